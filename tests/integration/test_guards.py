"""The watchman's room: what the database refuses, even from someone past all of our Python."""

# ruff: noqa: S608 - statements are put together from the constants below

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import Engine, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from registry.actions import lists
from registry.db.engine import sessions
from registry.db.tables import Base
from registry.domain.lists import ListKind
from registry.domain.model import OPERATOR
from tests.factories import Clock, World
from tests.postgres import Database, new_database, opened

APPEND_ONLY = (
    "event",
    "decision",
    "carry_over",
    "carry_over_end",
    "year_declaration",
    "stage_report",
    "attestation",
    "comment_thread",
    "comment",
    "opinion",
    "round_end",
    "version_reading",
    "error_report_step",
)
APPEND_ONLY_STATE = "23000"
FORBIDDEN_STATE = "42501"

SQUARE = "SRID=4326;MULTIPOLYGON(((105 10, 106 10, 106 11, 105 11, 105 10)))"
BOW_TIE = "SRID=4326;MULTIPOLYGON(((105 10, 106 11, 106 10, 105 11, 105 10)))"
FAR_AWAY = "SRID=4326;MULTIPOLYGON(((5 10, 6 10, 6 11, 5 11, 5 10)))"
LATER = "2099-01-01T00:00:00Z"
FILE = bytes([9] * 32)
KEY = bytes([8] * 32)
SHEET = "00000000-0000-0000-0000-0000000000aa"
ENTRY = "00000000-0000-0000-0000-0000000000ab"
REPORT = "00000000-0000-0000-0000-0000000000ac"

Row = dict[str, Any]
Names = dict[str, Any]

# One row of each kind that is as it should be; "@name" stands for something in the register.
GOOD: dict[str, Row] = {
    "account_key": {
        "token_hash": KEY,
        "user_id": "@signer",
        "purpose": "reset",
        "created_at": LATER,
        "expires_at": "2099-01-01T01:00:00Z",
    },
    "sheet_upload": {
        "id": "00000000-0000-0000-0000-00000000000a",
        "user_id": "@signer",
        "city_id": "@city",
        "sha256": FILE,
        "name": "khai-bao.xlsx",
        "standard": "1.0",
        "state": "judged",
        "trouble": "",
        "sheet": "Khai báo",
        "notes": Jsonb({}),
        "rows_total": 1,
        "rows_done": 1,
        "choice": None,
        "created_at": LATER,
        "changed_at": LATER,
    },
    "sheet_row": {
        "upload_id": "@sheet",
        "number": 3,
        "city_code": "hue",
        "own_id": "UD-1",
        "title": "Tên",
        "verdict": "new",
        "version_id": None,
        "revision": None,
        "colleague": False,
        "changes": Jsonb({}),
        "new_problems": Jsonb([]),
        "cells": Jsonb([]),
        "lacks": Jsonb([]),
        "asks": Jsonb([]),
        "outcome": None,
        "trouble": "",
    },
    "reporting_period": {
        "position": 2,
        "code": "2024",
        "name_vi": "Năm 2024",
        "name_en": "Year 2024",
        "reporting_day": "2024-12-31",
        "cut_off": LATER,
        "target_year": 2024,
        "author_id": "@signer",
    },
    "period_extension": {
        "position": 2,
        "period_code": "2023",
        "cut_off": LATER,
        "reason": "Bão lũ",
        "author_id": "@signer",
    },
    "published_figure": {
        "period_code": "2023",
        "position": 2,
        "known_position": 1,
        "known_at": LATER,
        "as_of": "2023-12-31",
        "rule": "2024-1",
        "roll_code": "urban-2024",
        "counted": 1,
        "enumerated": 2,
        "official_total": 3,
        "target_year": 2024,
        "target_percent": 20,
        "rows": Jsonb([]),
        "rows_sha256": KEY,
        "author_id": "@signer",
    },
    "indicator_entry": {
        "id": "00000000-0000-0000-0000-0000000000a1",
        "position": 1,
        "indicator": 3,
        "kind": "completion",
        "key": "k 1",
        "parent": "k",
        "valid": "[2024-01-01,)",
        "person_key": KEY,
        "amount": None,
        "fits": True,
        "content": Jsonb({}),
        "author_id": "@signer",
    },
    "indicator_decision": {
        "entry_id": "@entry",
        "position": 1,
        "action": "return",
        "reason": "r",
        "effective_from": None,
        "decider_id": "@reviewer",
    },
    "indicator_sheet": {
        "id": "00000000-0000-0000-0000-0000000000a2",
        "indicator": 1,
        "kind": "service",
        "file_name": "f.csv",
        "lines": Jsonb([]),
        "state": "open",
        "position": None,
        "author_id": "@signer",
        "created_at": LATER,
    },
    "legal_basis": {"valid": "[2024-01-01,)", "text_vi": "t", "text_en": "t", "source": "test"},
    "desk_policy": {
        "valid": "[2024-02-01,2025-01-01)",
        "service_days": 15,
        "lease_hours": 24,
        "report_days": 15,
        "sample_percent": 10,
        "high_risk_twice": True,
        "revocation_twice": False,
        "source": "test",
    },
    "risk_scheme": {
        "valid": "[2024-02-01,)",
        "code": "law_134_2025",
        "levels": ["high", "low"],
        "name_vi": "Luật",
        "name_en": "Law",
        "source": "test",
    },
    "reviewing_body": {
        "valid": "[2024-02-01,2025-01-01)",
        "name_vi": "Bộ",
        "name_en": "Ministry",
        "source": "test",
    },
    "reason_code": {
        "code": "unclear",
        "valid": "[2024-01-01,2025-01-01)",
        "actions": ["return"],
        "label_vi": "Chưa rõ",
        "label_en": "Unclear",
        "source": "test",
    },
    "province": {
        "code": "79",
        "valid": "[2000-01-01,)",
        "name_vi": "Tỉnh",
        "name_en": "Province",
        "geom": SQUARE,
    },
    "city": {
        "code": "new-city",
        "point": "SRID=4326;POINT(105 10)",
        "point_source": "s",
        "population": 1,
        "source": "s",
    },
    "city_period": {
        "city_id": "@city",
        "valid": "[1990-01-01,2000-01-01)",
        "name_vi": "n",
        "name_en": "n",
        "unit_type": "township",
        "urban_class": "V",
        "class_basis": "b",
        "province_code": "48",
        "source": "s",
    },
    "city_lineage": {
        "predecessor_id": "@city",
        "successor_id": "@other_city",
        "effective_on": "2025-07-01",
        "kind": "merge",
        "legal_basis": "b",
        "source": "s",
    },
    "roll": {
        "code": "urban-2026",
        "series": "urban",
        "name_vi": "n",
        "name_en": "n",
        "valid_from": "2026-01-01",
        "official_total": 10,
        "source_vi": "s",
        "source_en": "s",
        "source_url": "https://example.vn",
        "legal_basis": "b",
        "note_vi": "",
        "note_en": "",
        "in_force_position": 1,
    },
    "roll_entry": {
        "roll_id": "@roll",
        "city_id": "@other_city",
        "known": "[1,)",
        "name_vi": "n",
        "unit_type": "township",
        "urban_class": "V",
    },
    "roll_draft": {
        "id": "00000000-0000-0000-0000-00000000000e",
        "adds_to_id": "@roll",
        "facts": Jsonb({}),
        "file_name": "f.csv",
        "lines": Jsonb([]),
        "choices": Jsonb({}),
        "confirmed": Jsonb({}),
        "state": "open",
        "in_force_position": None,
        "revision": 1,
        "author_id": "@reviewer",
        "updated_by_id": "@reviewer",
        "created_at": LATER,
        "updated_at": LATER,
    },
    "province_draft": {
        "id": "00000000-0000-0000-0000-00000000000e",
        "facts": Jsonb({}),
        "file_name": "f.csv",
        "lines": Jsonb([]),
        "choices": Jsonb({}),
        "confirmed": Jsonb({}),
        "state": "open",
        "in_force_position": None,
        "revision": 1,
        "author_id": "@reviewer",
        "updated_by_id": "@reviewer",
        "created_at": LATER,
        "updated_at": LATER,
    },
    "target": {
        "valid": "[2024-01-01,)",
        "indicator": 1,
        "year": 2030,
        "percent": 100,
        "people": None,
        "text_vi": "t",
        "text_en": "t",
        "legal_basis": "b",
    },
    "user_account": {
        "id": "00000000-0000-0000-0000-00000000000a",
        "email": "a@example.vn",
        "name": "n",
        "password_hash": "h",
        "is_demo": False,
        "language": "en",
        "created_at": LATER,
    },
    "message": {
        "id": "00000000-0000-0000-0000-00000000000b",
        "user_id": "@signer",
        "kind": "approved",
        "facts": Jsonb({}),
        "link": "/desk",
        "created_at": LATER,
    },
    "mail": {
        "message_id": "@message",
        "state": "waiting",
        "attempts": 0,
        "trouble": "",
        "changed_at": LATER,
        "sent_at": None,
    },
    "mail_choice": {"user_id": "@signer", "kind": "approved"},
    "membership": {"user_id": "@signer", "role": "city_editor", "city_id": "@city"},
    "web_session": {
        "token_hash": b"t",
        "user_id": "@signer",
        "created_at": "2025-01-01T00:00:00Z",
        "expires_at": LATER,
    },
    "problem": {
        "id": "00000000-0000-0000-0000-00000000000b",
        "city_id": "@city",
        "area": "traffic",
        "title": "t",
        "title_en": "",
        "statement": "s",
        "declared_on": "2024-02",
        "basis_kind": "plan",
        "basis_number": "1",
        "basis_date": "2024",
        "basis_url": "",
        "author_id": "@signer",
        "declared_position": 2,
        "revision": 1,
        "withdrawn_on": None,
        "withdrawn_reason": None,
        "withdrawn_position": None,
    },
    "use_case": {
        "id": "00000000-0000-0000-0000-00000000000c",
        "code": "uc-new",
        "city_id": "@city",
        "number": 99,
        "own_id": None,
    },
    "use_case_version": {
        "id": "00000000-0000-0000-0000-00000000000d",
        "use_case_id": "@quiet_case",
        "number": 2,
        "state": "draft",
        "standard": "0.1",
        "content": "{}",
        "content_hash": None,
        "author_id": "@signer",
        "edited_by_id": None,
        "submitter_id": None,
        "letter_number": None,
        "letter_date": None,
        "letter_sha256": None,
        "submitted_position": None,
        "withdrawn_position": None,
        "withdrawn_reason": None,
        "revision": 1,
        "updated_at": LATER,
        "lease_until": None,
    },
    "version_problem": {"version_id": "@draft", "problem_id": "@problem"},
    "version_stage": {
        "version_id": "@draft",
        "ordinal": 0,
        "stage": "pilot",
        "since": "2024-02",
        "period": "[2024-02-29,)",
    },
    "evidence": {
        "version_id": "@draft",
        "ordinal": 0,
        "url": "https://example.vn",
        "file_sha256": None,
        "title": "t",
        "published": "2024",
    },
    "file": {
        "sha256": bytes([8] * 32),
        "media_type": "application/pdf",
        "size": 1,
        "stored_at": LATER,
    },
    "file_holding": {
        "city_id": "@city",
        "sha256": "@file",
        "name": "n.pdf",
        "uploaded_by": "@signer",
        "uploaded_at": LATER,
    },
    "link_state": {
        "url": "https://example.vn",
        "checked_at": LATER,
        "outcome": "gone",
        "status": 404,
        "final_url": "https://example.vn",
        "failing_since": LATER,
        "broken_since": LATER,
    },
    "decision": {
        "position": 1,
        "use_case_id": "@use_case",
        "version_id": "@in_review",
        "author_id": "@signer",
        "submitter_id": "@second_signer",
        "actor_id": "@reviewer",
        "action": "return",
        "reason": "r",
        "ai_confirmed": False,
        "effective_from": None,
    },
    "carry_over": {
        "position": 1,
        "use_case_id": "@use_case",
        "to_city_id": "@other_city",
        "effective_on": "2025-07-01",
        "legal_basis": "b",
        "actor_id": "@reviewer",
    },
    "carry_over_end": {
        "position": 1,
        "use_case_id": "@use_case",
        "to_city_id": "@other_city",
        "effective_on": "2025-07-01",
        "reason": "r",
        "actor_id": "@reviewer",
    },
    "year_declaration": {
        "position": 1,
        "city_id": "@city",
        "year": 2025,
        "status": "none",
        "note": "",
        "author_id": "@signer",
    },
    "stage_report": {
        "position": 1,
        "use_case_id": "@use_case",
        "stage": "suspended",
        "effective_on": "2025-03-01",
        "reason": "r",
        "author_id": "@signer",
    },
    "attestation": {
        "position": 1,
        "use_case_id": "@use_case",
        "version_id": "@live",
        "attested_on": "2025-03-01",
        "note": "",
        "author_id": "@signer",
    },
    "comment_thread": {
        "position": 2,
        "use_case_id": "@use_case",
        "field": "title",
        "scope": "internal",
    },
    "comment": {
        "position": 2,
        "thread": 1,
        "version_id": "@live",
        "saying": "said",
        "text": "t",
        "author_id": "@reviewer",
    },
    "error_report": {
        "id": "00000000-0000-0000-0000-00000000000e",
        "position": 2,
        "city_id": "@city",
        "use_case_id": "@use_case",
        "version_id": "@live",
        "category": "wrong_fact",
        "field": "title",
        "network_hash": KEY,
        "contact_hash": None,
        "code_hash": KEY,
        "submission_hash": KEY,
        "content_hash": KEY,
        "state": "received",
        "due_on": None,
        "received_at": LATER,
        "ended_at": None,
    },
    "error_report_words": {
        "report_id": "@report",
        "text": "Sai rồi.",
        "text_hash": KEY,
        "contact": "",
        "language": "vi",
    },
    "error_report_step": {
        "position": 1,
        "report_id": "@report",
        "act": "forward",
        "text": "t",
        "due_on": "2099-01-01",
        "outcome": None,
        "version_id": None,
        "published": None,
        "actor_id": "@reviewer",
    },
    "error_report_reminder": {
        "report_id": "@report",
        "user_id": "@signer",
        "due_on": "2099-01-01",
        "overdue": False,
        "told_at": LATER,
    },
    "attestation_reminder": {
        "use_case_id": "@use_case",
        "due_on": "2025-03-01",
        "days_before": 14,
        "user_id": "@signer",
        "told_at": LATER,
    },
    "opinion": {
        "position": 1,
        "use_case_id": "@use_case",
        "version_id": "@in_review",
        "author_id": "@signer",
        "submitter_id": "@second_signer",
        "actor_id": "@reviewer",
        "round": 1,
        "seat": "first",
        "cause": "sample",
        "action": "approve",
        "said": Jsonb({"action": "approve"}),
    },
    "round_end": {
        "version_id": "@in_review",
        "round": 1,
        "position": 1,
        "outcome": "agreed",
    },
    "version_reading": {
        "position": 1,
        "version_id": "@in_review",
        "user_id": "@reviewer",
        "content_hash": KEY,
    },
    "saved_filter": {
        "id": "00000000-0000-0000-0000-0000000000ab",
        "user_id": "@reviewer",
        "name": "Của tôi",
        "wanted": Jsonb({"held": "me"}),
        "is_default": True,
        "created_at": LATER,
    },
    "desk_visit": {"user_id": "@reviewer", "seen_until": LATER},
    "standing": {
        "use_case_id": "@use_case",
        "city_id": "@city",
        "problem_id": "@problem",
        "outcome": "counted",
        "valid": "[2024-01-01,)",
        "known": "[1,)",
    },
    "event": {
        "position": "@next_position",
        "recorded_at": LATER,
        "kind": "k",
        "actor_id": None,
        "actor_role": "r",
        "subject_type": "s",
        "subject_id": "i",
        "payload": "{}",
        "request_id": "",
        "previous_hash": "@head_hash",
        "hash": bytes([7] * 32),
    },
    "tree_node": {"level": 0, "number": 0, "hash": bytes(32)},
    "tree_key": {"position": 2, "public_key": bytes([6] * 32), "name": "n", "statement": "s"},
    "tree_head": {
        "signed_at": LATER,
        "size": 1,
        "root": bytes(32),
        "public_key": KEY,
        "note": "n",
    },
}

# (table, what is changed in its good row, the constraint that refuses it)
REFUSED: list[tuple[str, Row, str]] = [
    ("account_key", {"purpose": "visit"}, "account_key_purpose_known"),
    ("account_key", {"expires_at": LATER}, "account_key_expires_later"),
    ("sheet_upload", {"state": "lost"}, "sheet_upload_state_known"),
    ("sheet_upload", {"choice": "some"}, "sheet_upload_choice_known"),
    ("sheet_upload", {"sha256": b""}, "sheet_upload_sha256_size"),
    ("sheet_upload", {"name": ""}, "sheet_upload_name_given"),
    ("sheet_upload", {"rows_done": 2}, "sheet_upload_progress_sound"),
    ("sheet_upload", {"trouble": "t"}, "sheet_upload_trouble_told"),
    ("sheet_row", {"number": 0}, "sheet_row_number_positive"),
    ("sheet_row", {"verdict": "maybe"}, "sheet_row_verdict_known"),
    ("sheet_row", {"outcome": "lost"}, "sheet_row_outcome_known"),
    ("sheet_row", {"revision": 1}, "sheet_row_base_whole"),
    (
        "sheet_row",
        {"verdict": "refused", "outcome": "taken_over"},
        "sheet_row_outcome_of_accepted",
    ),
    ("sheet_row", {"outcome": "taken_over", "trouble": "t"}, "sheet_row_trouble_told"),
    ("reporting_period", {"target_year": 2019}, "reporting_period_target_year_range"),
    ("period_extension", {"reason": ""}, "period_extension_reason_given"),
    ("published_figure", {"counted": 3}, "published_figure_counted_of_enumerated"),
    (
        "published_figure",
        {"counted": 0, "enumerated": 0},
        "published_figure_enumerated_positive",
    ),
    ("published_figure", {"official_total": 0}, "published_figure_official_total_positive"),
    ("published_figure", {"known_position": 2}, "published_figure_known_before"),
    ("published_figure", {"rows_sha256": b""}, "published_figure_rows_sha256_size"),
    ("published_figure", {"target_percent": 0}, "published_figure_target_percent_range"),
    ("indicator_entry", {"kind": "rumour"}, "indicator_entry_kind_known"),
    ("indicator_entry", {"indicator": 2}, "indicator_entry_kind_of_indicator"),
    ("indicator_entry", {"key": ""}, "indicator_entry_key_given"),
    ("indicator_entry", {"valid": "(,2024-01-01)"}, "indicator_entry_valid_begins"),
    ("indicator_entry", {"person_key": b"k"}, "indicator_entry_person_key_size"),
    ("indicator_entry", {"person_key": None, "amount": 0}, "indicator_entry_amount_positive"),
    ("indicator_entry", {"amount": 3}, "indicator_entry_measure_of_kind"),
    ("indicator_decision", {"reason": ""}, "indicator_decision_reason_given"),
    ("indicator_decision", {"effective_from": "2025-01-01"}, "indicator_decision_effect_dated"),
    ("indicator_decision", {"action": "bless"}, "indicator_decision_action_known"),
    ("indicator_sheet", {"kind": "rumour"}, "indicator_sheet_kind_known"),
    ("indicator_sheet", {"kind": "course"}, "indicator_sheet_kind_of_indicator"),
    ("indicator_sheet", {"state": "in_force"}, "indicator_sheet_force_recorded"),
    ("indicator_sheet", {"state": "lost"}, "indicator_sheet_state_known"),
    ("reviewing_body", {"valid": "[2023-01-01,2024-02-01)"}, "reviewing_body_one_at_a_time"),
    ("legal_basis", {"text_vi": "taken"}, "legal_basis_once_a_day"),
    ("desk_policy", {"valid": "[2023-01-01,)"}, "desk_policy_one_at_a_time"),
    ("desk_policy", {"service_days": 0}, "desk_policy_service_days_positive"),
    ("desk_policy", {"lease_hours": 0}, "desk_policy_lease_hours_positive"),
    ("desk_policy", {"report_days": 0}, "desk_policy_report_days_positive"),
    ("desk_policy", {"sample_percent": 101}, "desk_policy_sample_percent_range"),
    ("risk_scheme", {"valid": "[2023-01-01,)"}, "risk_scheme_one_at_a_time"),
    ("risk_scheme", {"levels": []}, "risk_scheme_levels_given"),
    ("target", {"year": 2024}, "target_once_a_day"),
    ("reason_code", {"actions": ["bless"]}, "reason_code_actions_known"),
    ("reason_code", {"actions": []}, "reason_code_actions_known"),
    ("reason_code", {"code": "taken"}, "reason_code_once_a_day"),
    ("version_reading", {"content_hash": b""}, "version_reading_content_hash_size"),
    ("use_case_version", {"lease_until": LATER}, "use_case_version_lease_in_review"),
    ("saved_filter", {"name": ""}, "saved_filter_name_given"),
    ("use_case", {"own_id": ""}, "use_case_own_id_given"),
    ("province", {"code": "48"}, "province_no_overlap"),
    ("province", {"valid": "empty"}, "province_valid_not_empty"),
    ("province", {"geom": BOW_TIE}, "province_geom_sound"),
    ("province", {"geom": FAR_AWAY}, "province_geom_sound"),
    ("city", {"code": "hue"}, "city_code_key"),
    ("city", {"point": "SRID=4326;POINT(10 105)"}, "city_point_in_country"),
    ("city", {"point": "SRID=4326;POINT(102 10)"}, "city_point_in_country"),
    ("city", {"population": 0}, "city_population_positive"),
    ("city_period", {"valid": "[1999-12-31,2000-01-02)"}, "city_period_no_overlap"),
    ("city_period", {"valid": "empty"}, "city_period_valid_not_empty"),
    ("city_period", {"unit_type": "village"}, "city_period_unit_type_known"),
    ("city_period", {"urban_class": "VI"}, "city_period_urban_class_known"),
    ("city_lineage", {"successor_id": "@city"}, "city_lineage_not_itself"),
    ("city_lineage", {"kind": "divorce"}, "city_lineage_kind_known"),
    ("roll", {"code": "urban-2024"}, "roll_code_key"),
    ("roll", {"official_total": 0}, "roll_official_total_positive"),
    ("roll", {"series": "rural"}, "roll_series_known"),
    ("roll_entry", {"city_id": "@city"}, "roll_entry_no_overlap"),
    ("roll_entry", {"known": "empty"}, "roll_entry_known_not_empty"),
    ("roll_entry", {"unit_type": "village"}, "roll_entry_unit_type_known"),
    ("roll_entry", {"urban_class": "VI"}, "roll_entry_urban_class_known"),
    ("roll_draft", {"state": "forgotten"}, "roll_draft_state_known"),
    ("roll_draft", {"state": "in_force"}, "roll_draft_force_recorded"),
    ("province_draft", {"state": "forgotten"}, "province_draft_state_known"),
    ("province_draft", {"state": "in_force"}, "province_draft_force_recorded"),
    ("target", {"indicator": 5}, "target_indicator_known"),
    ("target", {"people": 100}, "target_one_measure"),
    ("target", {"percent": None}, "target_one_measure"),
    ("target", {"percent": 101}, "target_percent_range"),
    ("target", {"percent": None, "people": 0}, "target_people_positive"),
    ("user_account", {"email": "A@example.vn"}, "user_account_email_lower"),
    ("user_account", {"email": "signer@example.vn"}, "user_account_email_key"),
    ("user_account", {"language": "fr"}, "user_account_language_known"),
    ("message", {"kind": "gossip"}, "message_kind_known"),
    ("message", {"facts": Jsonb([])}, "message_facts_named"),
    ("message", {"link": "//elsewhere.vn"}, "message_link_own_page"),
    ("mail", {"state": "lost"}, "mail_state_known"),
    ("mail", {"state": "sent"}, "mail_sending_dated"),
    ("mail", {"sent_at": LATER}, "mail_sending_dated"),
    ("mail_choice", {"kind": "gossip"}, "mail_choice_kind_known"),
    ("membership", {"city_id": None}, "membership_city_named"),
    ("membership", {"role": "reviewer"}, "membership_city_named"),
    ("membership", {"role": "king", "city_id": None}, "membership_role_known"),
    (
        "membership",
        {"user_id": "@reviewer", "role": "reviewer", "city_id": None},
        "membership_user_id_role_city_id_key",
    ),
    ("web_session", {"created_at": LATER}, "web_session_expires_later"),
    ("problem", {"area": "dragons"}, "problem_area_known"),
    ("problem", {"basis_kind": "rumour"}, "problem_basis_kind_known"),
    ("problem", {"declared_on": "02/2024"}, "problem_declared_on_partial"),
    ("problem", {"basis_date": "2024-"}, "problem_basis_date_partial"),
    ("problem", {"withdrawn_on": "2025-01-01"}, "problem_withdrawal_whole"),
    (
        "problem",
        {"withdrawn_on": "2025-01-01", "withdrawn_reason": "r", "withdrawn_position": 2},
        "problem_withdrawn_after",
    ),
    ("problem", {"declared_position": 9999}, "problem_declared_position_fkey"),
    ("use_case", {"number": 1}, "use_case_city_id_number_key"),
    ("use_case", {"number": 0}, "use_case_number_positive"),
    ("use_case_version", {"state": "lost"}, "use_case_version_state_known"),
    ("use_case_version", {"number": 0}, "use_case_version_number_positive"),
    ("use_case_version", {"number": 1}, "use_case_version_use_case_id_number_key"),
    ("use_case_version", {"use_case_id": "@use_case", "number": 9}, "use_case_version_one_open"),
    ("use_case_version", {"state": "submitted"}, "use_case_version_submitted_known"),
    ("use_case_version", {"state": "withdrawn"}, "use_case_version_withdrawal_known"),
    ("use_case_version", {"withdrawn_reason": "r"}, "use_case_version_withdrawal_whole"),
    (
        "use_case_version",
        {
            "state": "submitted",
            "submitted_position": 1,
            "content_hash": b"hash",
            "submitter_id": "@signer",
            "edited_by_id": "@signer",
        },
        "use_case_version_two_persons",
    ),
    ("use_case_version", {"letter_date": "2024-01-01"}, "use_case_version_letter_whole"),
    ("use_case_version", {"letter_sha256": b"h"}, "use_case_version_letter_named"),
    (
        "use_case_version",
        {"letter_number": "1", "letter_date": "2024-01-01"},
        "use_case_version_letter_submits",
    ),
    (
        "use_case_version",
        {"state": "submitted", "submitted_position": 1},
        "use_case_version_submission_whole",
    ),
    (
        "use_case_version",
        {
            "use_case_id": "@use_case",
            "number": 9,
            "state": "suspended",
            "submitted_position": 1,
            "submitter_id": "@signer",
            "content_hash": b"h",
        },
        "use_case_version_one_live",
    ),
    ("version_stage", {"stage": "dreamt"}, "version_stage_stage_known"),
    ("version_stage", {"since": "hôm qua"}, "version_stage_since_partial"),
    ("evidence", {"url": "javascript:alert(1)"}, "evidence_url_web"),
    ("evidence", {"published": "hôm qua"}, "evidence_published_partial"),
    ("evidence", {"url": None}, "evidence_link_or_file"),
    ("evidence", {"file_sha256": "@file"}, "evidence_link_or_file"),
    ("evidence", {"url": None, "file_sha256": b"h"}, "evidence_file_sha256_fkey"),
    ("file", {"sha256": b"short"}, "file_sha256_size"),
    ("file", {"media_type": "text/html"}, "file_media_type_known"),
    ("file", {"size": 0}, "file_size_positive"),
    ("file", {"sha256": "@file"}, "file_pkey"),
    ("file_holding", {"name": ""}, "file_holding_name_given"),
    ("file_holding", {"sha256": b"h"}, "file_holding_sha256_fkey"),
    ("link_state", {"outcome": "cursed"}, "link_state_outcome_known"),
    ("link_state", {"failing_since": None}, "link_state_broken_fails"),
    ("decision", {"actor_id": "@signer"}, "decision_decider_not_author"),
    ("decision", {"actor_id": "@second_signer"}, "decision_decider_not_author"),
    ("decision", {"author_id": "@reviewer"}, "decision_decider_not_author"),
    ("decision", {"author_id": "@second_signer"}, "decision_version_fkey"),
    ("decision", {"use_case_id": "@quiet_case"}, "decision_version_fkey"),
    ("decision", {"position": 9999}, "decision_position_fkey"),
    ("decision", {"action": "bless"}, "decision_action_known"),
    ("decision", {"reason": ""}, "decision_reason_given"),
    ("decision", {"ai_confirmed": True}, "decision_ai_on_approval"),
    ("decision", {"effective_from": "2025-01-01"}, "decision_effect_dated"),
    ("opinion", {"actor_id": "@signer"}, "opinion_reader_not_author"),
    ("opinion", {"actor_id": "@second_signer"}, "opinion_reader_not_author"),
    ("opinion", {"author_id": "@second_signer"}, "opinion_version_fkey"),
    ("opinion", {"position": 9999}, "opinion_position_fkey"),
    ("opinion", {"seat": "third"}, "opinion_seat_known"),
    ("opinion", {"cause": "mood"}, "opinion_cause_known"),
    (
        "opinion",
        {"action": "suspend", "said": Jsonb({"action": "suspend"})},
        "opinion_action_known",
    ),
    ("opinion", {"cause": "revocation"}, "opinion_cause_of_action"),
    (
        "opinion",
        {"cause": "revocation", "action": "uphold", "said": Jsonb({"action": "uphold"})},
        "opinion_nothing_to_uphold",
    ),
    ("opinion", {"round": 0}, "opinion_round_positive"),
    ("opinion", {"said": Jsonb({"action": "reject"})}, "opinion_said_as_done"),
    ("round_end", {"outcome": "forgotten"}, "round_end_outcome_known"),
    ("round_end", {"position": 9999}, "round_end_position_fkey"),
    ("carry_over", {"to_city_id": 9999}, "carry_over_to_city_id_fkey"),
    ("carry_over_end", {"reason": ""}, "carry_over_end_reason_given"),
    ("year_declaration", {"year": 2019}, "year_declaration_year_range"),
    ("year_declaration", {"status": "maybe"}, "year_declaration_status_known"),
    ("stage_report", {"stage": "operational"}, "stage_report_stage_ends_operation"),
    ("stage_report", {"reason": ""}, "stage_report_reason_given"),
    ("comment_thread", {"scope": "public"}, "comment_thread_scope_known"),
    ("comment", {"saying": "shouted"}, "comment_saying_known"),
    ("comment", {"text": ""}, "comment_text_given"),
    ("comment", {"text": "t" * 2001}, "comment_text_short"),
    ("comment", {"position": 0}, "comment_thread_first"),
    ("error_report", {"category": "spam"}, "error_report_category_known"),
    ("error_report", {"state": "lost"}, "error_report_state_known"),
    ("error_report", {"code_hash": b"short"}, "error_report_code_hash_size"),
    ("error_report", {"submission_hash": b""}, "error_report_submission_hash_size"),
    ("error_report", {"content_hash": b""}, "error_report_content_hash_size"),
    ("error_report", {"code_hash": bytes(32)}, "error_report_code_hash_key"),
    ("error_report", {"submission_hash": bytes(32)}, "error_report_submission_hash_key"),
    ("error_report", {"version_id": None}, "error_report_version_of_use_case"),
    ("error_report", {"state": "dismissed"}, "error_report_end_dated"),
    ("error_report", {"state": "forwarded"}, "error_report_due_dated"),
    ("error_report_words", {"text": ""}, "error_report_words_text_given"),
    ("error_report_words", {"text": "t" * 2001}, "error_report_words_text_short"),
    ("error_report_words", {"language": "fr"}, "error_report_words_language_known"),
    ("error_report_step", {"act": "lose"}, "error_report_step_act_known"),
    ("error_report_step", {"text": ""}, "error_report_step_text_given"),
    ("error_report_step", {"text": "t" * 2001}, "error_report_step_text_short"),
    ("error_report_step", {"due_on": None}, "error_report_step_due_dated"),
    (
        "error_report_step",
        {"act": "answer", "due_on": None, "outcome": "maybe"},
        "error_report_step_outcome_known",
    ),
    ("error_report_step", {"outcome": "right"}, "error_report_step_answer_told"),
    ("error_report_step", {"version_id": "@live"}, "error_report_step_version_of_answer"),
    ("error_report_step", {"published": False}, "error_report_step_publication_decided"),
    (
        "error_report_step",
        {"act": "close", "due_on": None, "published": True, "text": ""},
        "error_report_step_publication_worded",
    ),
    ("error_report_step", {"actor_id": None}, "error_report_step_actor_known"),
    ("error_report_step", {"act": "return", "due_on": None}, "error_report_step_due_dated"),
    ("attestation_reminder", {"days_before": -1}, "attestation_reminder_days_before_due"),
    ("standing", {"problem_id": None}, "standing_problem_named"),
    ("standing", {"outcome": "revoked"}, "standing_problem_named"),
    ("standing", {"outcome": "blessed", "problem_id": None}, "standing_outcome_known"),
    ("standing", {"valid": "empty"}, "standing_not_empty"),
    ("event", {"hash": b"short"}, "event_hash_size"),
    ("event", {"previous_hash": b"short"}, "event_previous_hash_size"),
    ("tree_node", {"level": 63}, "tree_node_place"),
    ("tree_node", {"number": -1}, "tree_node_place"),
    ("tree_node", {"hash": b""}, "tree_node_hash_size"),
    ("tree_key", {"public_key": b""}, "tree_key_public_key_size"),
    ("tree_key", {"public_key": KEY}, "tree_key_public_key_key"),
    ("tree_key", {"position": 999_999}, "tree_key_position_fkey"),
    ("tree_head", {"root": b""}, "tree_head_root_size"),
    ("tree_head", {"size": 999_999}, "tree_head_size_fkey"),
    ("tree_head", {"public_key": bytes(32)}, "tree_head_public_key_fkey"),
    ("event", {"position": 0}, "event_position_positive"),
    ("event", {"position": 1}, "event_pkey"),
]


@pytest.fixture(scope="module")
def register(server: URL, migrated: str) -> Iterator[Database]:
    """One register for all these tests: every attempt is rolled back, refused or not."""
    with new_database(server, migrated) as url, opened(url) as database:
        yield database


@pytest.fixture(scope="module")
def names(register: Database) -> Names:
    world = World(sessions(register.service), Clock(datetime(2025, 6, 15, tzinfo=UTC)))
    world.province("48")
    city = world.city("hue")
    world.city("thuan-hoa")
    world.roll([city])
    signer, second_signer = world.signer(city), world.signer(city)
    problem = world.problem(signer, city)
    live = world.approved(signer, city, [problem])
    in_review = world.revise(signer, live)
    world.submit(second_signer, in_review)
    world.claim(in_review)
    draft = world.draft(signer, city, [problem])
    quiet = world.draft(signer, city, [problem])
    world.withdraw(signer, quiet)
    with register.owner.begin() as connection:
        connection.execute(
            text("UPDATE user_account SET email = 'signer@example.vn' WHERE id = :id"),
            {"id": signer.user_id},
        )
        unsent = connection.scalar(
            text("""
                INSERT INTO message (id, user_id, kind, facts, link, created_at)
                VALUES (gen_random_uuid(), :user, 'approved', '{}', '/desk', now()) RETURNING id
            """),
            {"user": signer.user_id},
        )
        connection.execute(text(insert("file")), GOOD["file"] | {"sha256": FILE})
    with world.act(OPERATOR) as act:
        # The last event is of a list: entries of lists go in only with one.
        days, words = Range(date(2022, 1, 1), date(2024, 2, 1)), {"source": "s"}
        both = {"name_vi": "n", "name_en": "n"}
        for kind, row in (
            (ListKind.BODIES, both),
            (ListKind.LEGAL_BASES, {"text_vi": "taken", "text_en": "t"}),
            (ListKind.REASONS, GOOD["reason_code"] | {"code": "taken"}),
            (ListKind.POLICIES, GOOD["desk_policy"]),
            (ListKind.RISK_SCHEMES, GOOD["risk_scheme"]),
        ):
            lists.lay_down(act, kind, [row | words | {"valid": days}])
        days = Range(None, date(2030, 1, 1))
        lists.lay_down(act, ListKind.TARGETS, [GOOD["target"] | {"year": 2024, "valid": days}])
    with register.owner.begin() as connection:
        beside: list[tuple[str, Row]] = [
            ("sheet_upload", {"id": SHEET, "user_id": signer.user_id, "city_id": 1}),
            ("reporting_period", {"position": 1, "code": "2023", "author_id": signer.user_id}),
            ("indicator_entry", {"id": ENTRY, "author_id": signer.user_id}),
        ]
        for table, changes in beside:
            connection.execute(text(insert(table)), GOOD[table] | changes)
        key = {"position": 1, "public_key": KEY}
        connection.execute(text(insert("tree_key")), GOOD["tree_key"] | key)
        found: Names = dict(
            connection.execute(
                text("""
                    SELECT (SELECT id FROM city WHERE code = 'hue') AS city,
                        (SELECT id FROM city WHERE code = 'thuan-hoa') AS other_city,
                        (SELECT id FROM roll) AS roll,
                        (SELECT use_case_id FROM use_case_version WHERE id = :live) AS use_case,
                        (SELECT use_case_id FROM use_case_version WHERE id = :quiet) AS quiet_case,
                        (SELECT position + 1 FROM ledger_head) AS next_position,
                        (SELECT hash FROM ledger_head) AS head_hash
                """),
                {"live": live, "quiet": quiet},
            )
            .mappings()
            .one()
        )
        thread = {"position": 1, "use_case_id": found["use_case"]}
        connection.execute(text(insert("comment_thread")), GOOD["comment_thread"] | thread)
        told = {"id": REPORT, "position": 1, "city_id": found["city"]}
        about = {"use_case_id": found["use_case"], "version_id": live}
        hashes = {"code_hash": bytes(32), "submission_hash": bytes(32)}
        row = GOOD["error_report"] | told | about | hashes
        connection.execute(text(insert("error_report")), row)
    return found | {
        "signer": signer.user_id,
        "second_signer": second_signer.user_id,
        "reviewer": world.reviewer().user_id,
        "message": unsent,
        "file": FILE,
        "sheet": SHEET,
        "entry": ENTRY,
        "report": REPORT,
        "problem": problem,
        "live": live,
        "in_review": in_review,
        "draft": draft,
    }


def attempt(engine: Engine, statement: str, values: Names | None = None) -> None:
    with engine.connect() as connection:
        connection.execute(text(statement), values or {})
        # Deferred checks too; nothing is ever committed.
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def refusal(engine: Engine, statement: str, values: Names | None = None) -> psycopg.Error:
    with pytest.raises(DBAPIError) as refused:
        attempt(engine, statement, values)
    assert isinstance(refused.value.orig, psycopg.Error)
    return refused.value.orig


def insert(table: str) -> str:
    columns = list(GOOD[table])
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f':{c}' for c in columns)})"
    )


def resolve(row: Row, names: Names) -> Row:
    return {
        column: names[value[1:]] if isinstance(value, str) and value.startswith("@") else value
        for column, value in row.items()
    }


# ── Rows ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("table", GOOD)
def test_a_good_row_is_taken(register: Database, names: Names, table: str) -> None:
    attempt(register.service, insert(table), resolve(GOOD[table], names))


@pytest.mark.parametrize(
    ("table", "changes", "constraint"),
    REFUSED,
    ids=[f"{constraint}-{'-'.join(changes)}" for _, changes, constraint in REFUSED],
)
def test_a_bad_row_is_refused(
    register: Database, names: Names, table: str, changes: Row, constraint: str
) -> None:
    assert set(changes) <= set(GOOD[table])
    error = refusal(register.service, insert(table), resolve(GOOD[table] | changes, names))
    assert error.diag.constraint_name == constraint


def test_every_check_and_exclusion_is_tried() -> None:
    """A constraint added later must be tried above too."""
    there = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ in {"CheckConstraint", "ExcludeConstraint"}
    }
    tried = {constraint for _, _, constraint in REFUSED}
    # A trigger refuses a number out of turn before the check is asked.
    # Words of the search are written by the database's own triggers only.
    elsewhere = {
        "stage_no_overlap",
        "ledger_head_single",
        "decision_record_serial_positive",
        "search_entry_kind_known",
    }
    assert there - tried == elsewhere


@pytest.mark.parametrize(
    "changes",
    [{"decider_id": "@signer"}, {"decider_id": None}, {"action": "revoke"}],
    ids=["its author", "nobody", "not approved"],
)
def test_a_line_of_an_indicator_is_decided_by_another_and_in_order(
    register: Database, names: Names, changes: Row
) -> None:
    good = GOOD["indicator_decision"]
    error = refusal(register.owner, insert("indicator_decision"), resolve(good | changes, names))
    assert error.sqlstate == APPEND_ONLY_STATE


def test_what_was_said_of_an_indicator_stays(register: Database) -> None:
    for statement in (
        "UPDATE indicator_entry SET parent = 'x'",
        "DELETE FROM indicator_entry",
        "TRUNCATE indicator_entry CASCADE",
    ):
        assert refusal(register.owner, statement).sqlstate == APPEND_ONLY_STATE, statement


@pytest.mark.parametrize("column", ["point", "geom"])
def test_another_reference_system_is_refused(register: Database, names: Names, column: str) -> None:
    table = {"point": "city", "geom": "province"}[column]
    values = resolve(GOOD[table], names)
    values[column] = values[column].replace("4326", "3857")
    assert "SRID" in str(refusal(register.owner, insert(table), values).diag.message_primary)


def test_stages_of_a_version_never_overlap(register: Database, names: Names) -> None:
    second = GOOD["version_stage"] | {"ordinal": 1, "period": "[2024-03-01,2024-04-01)"}
    rows = [resolve(row, names) for row in (GOOD["version_stage"], second)]
    values = {f"{key}_{n}": value for n, row in enumerate(rows) for key, value in row.items()}
    columns = list(GOOD["version_stage"])
    both = ", ".join(f"({', '.join(f':{c}_{n}' for c in columns)})" for n in range(2))
    error = refusal(
        register.service,
        f"INSERT INTO version_stage ({', '.join(columns)}) VALUES {both}",
        values,
    )
    assert error.diag.constraint_name == "stage_no_overlap"


def test_there_is_one_head(register: Database) -> None:
    statement = "INSERT INTO ledger_head VALUES (2, 0, now(), :hash)"
    error = refusal(register.owner, statement, {"hash": bytes(32)})
    assert error.diag.constraint_name == "ledger_head_single"


def test_a_second_live_version_is_refused_to_an_update_too(
    register: Database, names: Names
) -> None:
    statement = (
        "UPDATE use_case_version SET state = 'approved', lease_until = NULL WHERE id = :in_review"
    )
    error = refusal(register.service, statement, names)
    assert error.diag.constraint_name == "use_case_version_one_live"


# ── What was submitted or recorded ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "change",
    [
        "content = '{}'",
        "content_hash = '\\x00'",
        "describes_from = '2020-01-01'",
        "author_id = :reviewer",
        "submitter_id = :signer",
        "submitted_position = 1",
        "number = 7",
        "standard = '9'",
        "use_case_id = :quiet_case",
        "id = gen_random_uuid()",
    ],
)
@pytest.mark.parametrize("role", ["service", "owner"])
def test_a_submitted_version_never_changes(
    register: Database, names: Names, role: str, change: str
) -> None:
    statement = f"UPDATE use_case_version SET {change} WHERE id = :in_review"
    error = refusal(getattr(register, role), statement, names)
    assert error.sqlstate == APPEND_ONLY_STATE


def test_a_submitted_version_does_not_become_a_draft_again(
    register: Database, names: Names
) -> None:
    statement = (
        "UPDATE use_case_version SET state = 'draft', lease_until = NULL WHERE id = :in_review"
    )
    error = refusal(register.service, statement, names)
    assert error.diag.constraint_name == "use_case_version_submitted_known"


@pytest.mark.parametrize("version", ["draft", "in_review", "live"])
def test_no_version_is_deleted(register: Database, names: Names, version: str) -> None:
    statement = f"DELETE FROM use_case_version WHERE id = :{version}"
    assert refusal(register.owner, statement, names).sqlstate == APPEND_ONLY_STATE
    assert refusal(register.service, statement, names).sqlstate == FORBIDDEN_STATE


@pytest.mark.parametrize("table", ["version_problem", "version_stage", "evidence"])
def test_the_parts_of_a_submitted_version_never_change(
    register: Database, names: Names, table: str
) -> None:
    row = resolve(GOOD[table] | {"version_id": "@live"}, names)
    row = {**row, "ordinal": 9} if "ordinal" in row else row
    assert refusal(register.service, insert(table), row).sqlstate == APPEND_ONLY_STATE
    for statement in (
        f"UPDATE {table} SET version_id = :draft WHERE version_id = :live",
        f"DELETE FROM {table} WHERE version_id = :live",
    ):
        assert refusal(register.owner, statement, names).sqlstate == APPEND_ONLY_STATE
        assert refusal(register.service, statement, names).sqlstate == FORBIDDEN_STATE


@pytest.fixture(scope="module")
def recorded(register: Database, names: Names) -> Names:
    """The register with a row in every append-only table."""
    with register.owner.begin() as connection:
        for table in APPEND_ONLY[2:]:
            connection.execute(text(insert(table)), resolve(GOOD[table], names))
    return names


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize(
    "verb", ["UPDATE {} SET position = position", "DELETE FROM {}", "TRUNCATE {}"]
)
def test_what_is_recorded_stays(register: Database, recorded: Names, table: str, verb: str) -> None:
    with register.owner.connect() as connection:
        assert connection.scalar(text(f"SELECT count(*) FROM {table}"))
    cascade = " CASCADE" if verb.startswith("TRUNCATE") else ""
    statement = verb.format(table) + cascade
    assert refusal(register.owner, statement, recorded).sqlstate == APPEND_ONLY_STATE
    assert refusal(register.service, statement, recorded).sqlstate == FORBIDDEN_STATE


@pytest.mark.parametrize(
    "change",
    [
        "category = 'other'",
        "city_id = :other_city",
        "code_hash = decode(repeat('07', 32), 'hex')",
        "received_at = now()",
        "network_hash = decode(repeat('07', 32), 'hex')",
        "contact_hash = decode(repeat('07', 32), 'hex')",
    ],
)
def test_a_report_stays_as_it_was_made(register: Database, names: Names, change: str) -> None:
    statement = f"UPDATE error_report SET {change} WHERE id = :report"
    assert refusal(register.owner, statement, names).sqlstate == APPEND_ONLY_STATE


def test_a_report_ends_once_and_is_forgotten(register: Database, names: Names) -> None:
    ended = "state = 'withdrawn', ended_at = now()"
    with register.service.connect() as connection:
        for change in (ended, "network_hash = NULL, contact_hash = NULL"):
            statement = f"UPDATE error_report SET {change} WHERE id = :report"
            connection.execute(text(statement), names)
        again = text("UPDATE error_report SET ended_at = ended_at + '1 day' WHERE id = :report")
        with pytest.raises(DBAPIError, match="ends once"):
            connection.execute(again, names)


def test_only_the_city_is_asked_and_answers_again(register: Database, names: Names) -> None:
    answer: Row = {"act": "answer", "due_on": None, "outcome": "right"}
    dismissal: Row = {"act": "dismiss", "due_on": None}
    statement = text(insert("error_report_step"))
    with register.owner.connect() as connection:
        for position, step in enumerate((answer, {"act": "return"}) * 2 + (dismissal,), 2):
            row = GOOD["error_report_step"] | step | {"position": position}
            connection.execute(statement, resolve(row, names))
        with pytest.raises(DBAPIError, match="error_report_step_once_idx"):
            connection.execute(statement, resolve(row | {"position": 7}, names))


def test_a_comment_is_on_the_entry_of_its_thread(register: Database, names: Names) -> None:
    row = resolve(GOOD["comment"] | {"version_id": "@draft"}, names)
    for engine in (register.owner, register.service):
        assert refusal(engine, insert("comment"), row).sqlstate == APPEND_ONLY_STATE


@pytest.mark.parametrize(
    "change",
    [
        {"position": 9999},
        {"previous_hash": bytes(32)},
        {"recorded_at": "2024-01-01T00:00:00Z"},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("role", ["service", "owner"])
def test_an_event_follows_the_head(
    register: Database, names: Names, role: str, change: Row
) -> None:
    values = resolve(GOOD["event"] | change, names)
    error = refusal(getattr(register, role), insert("event"), values)
    assert error.sqlstate == APPEND_ONLY_STATE
    assert "does not follow" in str(error.diag.message_primary)


def test_triggers_of_the_ledger_fire_for_replication_too(register: Database) -> None:
    with register.owner.connect() as connection:
        rows = connection.execute(
            text("""
                SELECT tgrelid::regclass::text AS name, tgname, tgenabled FROM pg_trigger
                WHERE NOT tgisinternal AND tgrelid::regclass::text = ANY(:tables)
            """),
            {"tables": list(APPEND_ONLY)},
        ).all()
    assert {row.name for row in rows} == set(APPEND_ONLY)
    assert {row.tgenabled for row in rows} == {"A"}


# ── The service's role ──────────────────────────────────────────────────────────────────────


def test_the_service_owns_nothing(register: Database) -> None:
    with register.owner.connect() as connection:
        owned = connection.scalars(
            text("""
                SELECT relname::text FROM pg_class WHERE relowner = 'registry_app'::regrole
                UNION ALL
                SELECT proname FROM pg_proc WHERE proowner = 'registry_app'::regrole
                UNION ALL
                SELECT nspname FROM pg_namespace WHERE nspowner = 'registry_app'::regrole
                UNION ALL
                SELECT datname FROM pg_database WHERE datdba = 'registry_app'::regrole
            """)
        ).all()
    assert owned == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE INDEX ON event (kind)",
        "CREATE TRIGGER mine BEFORE INSERT ON event EXECUTE FUNCTION refuse_change()",
        "ALTER TABLE event ADD COLUMN mine text",
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "ALTER TABLE event OWNER TO registry_app",
        "ALTER TABLE decision DROP CONSTRAINT decision_decider_not_author",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NULL; END'",
        "DROP TABLE event CASCADE",
        "DROP FUNCTION refuse_change() CASCADE",
        "DROP TRIGGER event_append_only ON event",
        "UPDATE ledger_head SET position = 0",
        "UPDATE use_case SET city_id = city_id",
        "UPDATE message SET facts = '{}'",
        "DELETE FROM mail",
        "CREATE TABLE queue.mine (id int)",
        "DROP TABLE queue.procrastinate_jobs CASCADE",
        "SET session_replication_role = replica",
    ],
)
def test_the_service_does_not_touch_the_house(register: Database, statement: str) -> None:
    assert refusal(register.service, statement).sqlstate == FORBIDDEN_STATE


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_the_service_truncates_nothing(register: Database, table: str) -> None:
    error = refusal(register.service, f"TRUNCATE {table} CASCADE")
    assert error.sqlstate == FORBIDDEN_STATE


def test_the_service_works_under_its_role(register: Database) -> None:
    with register.service.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == "registry_app"
