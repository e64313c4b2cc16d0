"""The rules between fields: what one answer asks of another."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.rules import missing_for_submission, questions, unanswered
from registry.domain.standard import CODES
from registry.domain.use_case import UseCaseDraft, UseCaseText, read_text

TODAY = date(2026, 11, 23)
OPERATIONAL = [{"stage": "operational", "since": "2024"}]
SQUARE = {"type": "Polygon", "coordinates": [[[108, 16], [108.1, 16], [108.1, 16.1], [108, 16]]]}


def draft(**text: Any) -> UseCaseText:
    return UseCaseDraft.read(text)


def missing(**text: Any) -> set[tuple[str, str]]:
    return {(p.pointer, p.code) for p in missing_for_submission(draft(**text), TODAY)}


def asked(**text: Any) -> set[str]:
    return {p.code for p in questions(draft(**text))}


def test_an_empty_draft_misses_what_the_standard_requires_and_no_more() -> None:
    assert missing() == {
        ("/title", "required"),
        ("/summary", "required"),
        ("/problem_ids", "choose_one"),
        ("/solution", "required"),
        ("/techniques", "choose_one"),
        ("/deployer", "required"),
        ("/stages", "choose_one"),
    }
    assert asked() == set()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ({"stages": [{"stage": "pilot"}]}, ("/stages/0/since", "required")),
        ({"stages": [{"since": "2024"}]}, ("/stages/0/stage", "required")),
        ({"stages": OPERATIONAL}, ("/evidence", "operational_needs_evidence")),
        ({"evidence": [{"title": "t"}]}, ("/evidence/0/url", "link_or_file")),
        (
            {"evidence": [{"title": "t", "url": "https://a.vn", "file": "0" * 64}]},
            ("/evidence/0/url", "link_or_file"),
        ),
        ({"evidence": [{"url": "https://a.vn"}]}, ("/evidence/0/title", "required")),
        (
            {"evidence": [{"url": "https://a.vn", "title": "t", "published": "2027"}]},
            ("/evidence/0/published", "in_the_future"),
        ),
        ({"techniques": ["other"]}, ("/technique_detail", "required")),
        ({"area_kind": "wards"}, ("/area_wards", "choose_one")),
        ({"area_kind": "drawn"}, ("/area_geometry", "required")),
        ({"results": [{"value": 0, "unit": "%"}]}, ("/results/0/indicator", "required")),
        (
            {"results": [{"value": 1, "period_from": "2025", "period_to": "2024"}]},
            ("/results/0/period_to", "ends_before_it_begins"),
        ),
        (
            {"withheld": [{"field": "provider", "legal_ground": "x", "until": "2026-11-23"}]},
            ("/withheld/0/until", "withheld_too_long"),
        ),
        (
            {"withheld": [{"field": "provider", "legal_ground": "x", "until": "2032-01-01"}]},
            ("/withheld/0/until", "withheld_too_long"),
        ),
        (
            {"withheld": [{"field": "provider"}, {"field": "provider"}]},
            ("/withheld/1/field", "repeated"),
        ),
        ({"describes_from": "2027-01-01"}, ("/describes_from", "in_the_future")),
    ],
)
def test_what_keeps_a_draft_back(text: dict[str, Any], place: tuple[str, str]) -> None:
    assert place in missing(**text)


def test_a_result_of_zero_is_an_answer() -> None:
    assert not any(
        "/results" in p for p, _ in missing(results=[{"indicator": "i", "value": 0, "unit": "%"}])
    )


def test_an_area_drawn_is_enough() -> None:
    assert "/area_geometry" not in {p for p, _ in missing(area_kind="drawn", area_geometry=SQUARE)}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ({"personal_data": "none", "data_sources": ["camera"]}, "camera_without_personal_data"),
        ({"personal_data": "none", "solution": "Đọc BIỂN SỐ xe"}, "camera_without_personal_data"),
        ({"personal_data": "basic"}, "personal_data_without_assessment"),
        ({"personal_data": "sensitive"}, "personal_data_without_assessment"),
        ({"risk_level": "high"}, "risk_without_notification"),
        ({"risk_level": "medium"}, "risk_without_notification"),
        ({"risk_level": "high"}, "high_risk_without_assessment"),
        ({"risk_level": "low"}, "risk_without_scheme"),
        ({"risk_level": "medium", "automation": "fully_automatic"}, "risk_fully_automatic"),
        ({"techniques": ["generative"]}, "generative_without_notice"),
    ],
)
def test_what_a_reviewer_is_made_to_ask(text: dict[str, Any], code: str) -> None:
    assert code in asked(**text)
    assert code not in {c for _, c in missing(**text)}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ({"personal_data": "basic", "data_sources": ["camera"]}, "camera_without_personal_data"),
        ({"data_sources": ["camera"]}, "camera_without_personal_data"),
        (
            {"personal_data": "basic", "assessment_reference": "12/ĐGTĐ"},
            "personal_data_without_assessment",
        ),
        (
            {"personal_data": "basic", "impact_assessments": [{"kind": "personal_data"}]},
            "personal_data_without_assessment",
        ),
        ({"risk_level": "low"}, "risk_without_notification"),
        ({"risk_level": "high", "notification_number": "1"}, "risk_without_notification"),
        ({"techniques": ["generative"], "public_notice": "Có"}, "generative_without_notice"),
    ],
)
def test_what_needs_no_question(text: dict[str, Any], code: str) -> None:
    assert code not in asked(**text)


def test_more_is_expected_the_further_an_application_has_come() -> None:
    planned = set(unanswered(draft(stages=[{"stage": "planned", "since": "2027"}])))
    operational = set(unanswered(draft(stages=OPERATIONAL)))
    stopped = set(unanswered(draft(stages=[*OPERATIONAL, {"stage": "retired", "since": "2025"}])))
    assert operational - planned == {"human_oversight", "public_notice", "results"}
    assert stopped == operational
    assert "human_oversight" not in unanswered(
        draft(stages=OPERATIONAL, human_oversight="Trực ban")
    )


def test_an_older_text_is_asked_only_what_its_standard_asked() -> None:
    old = read_text("0.1", {"techniques": ["generative"], "stages": OPERATIONAL})
    assert questions(old) == []
    assert unanswered(old) == []


def test_withheld_fields_are_kept_back_until_the_end_of_their_day() -> None:
    text = draft(
        title="Tên",
        provider="Công ty",
        developer="Viện",
        withheld=[
            {"field": "provider", "legal_ground": "Điều 6", "until": "2027-01-01"},
            {"field": "developer", "legal_ground": "Điều 6"},
        ],
    )
    shown = text.published_on(date(2027, 1, 1))
    assert (shown.title, shown.provider, shown.get("developer")) == ("Tên", "", "Viện")
    assert [*text.withheld_on(date(2027, 1, 1))] == ["provider"]
    assert text.published_on(date(2027, 1, 2)) == text


choices = {
    name: st.sampled_from([None, *(code.value for code in CODES[name])])
    for name in ("risk_level", "risk_scheme", "automation", "personal_data", "area_kind")
}


@given(st.fixed_dictionaries({}, optional=choices))
def test_questions_never_stand_in_the_way(text: dict[str, Any]) -> None:
    """Whatever is chosen, what is asked hinders nothing and what hinders is not merely asked."""
    assert asked(**text).isdisjoint(code for _, code in missing(**text))
