"""The record office: what a decision is answered for with, kept, shown and on paper."""

from collections.abc import Iterator
from datetime import date
from http import HTTPStatus
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from pypdf import PdfReader
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError, ProgrammingError

from registry.actions import review
from registry.db.engine import transaction
from registry.db.tables import (
    DecisionRecord,
    LegalBasis,
    ReasonCode,
    ReviewingBody,
    UseCaseVersion,
)
from registry.domain.deciding import Mark, Number
from registry.domain.errors import InvalidInput
from registry.domain.intake import DecisionDraft
from registry.domain.model import Action, Actor
from registry.queries import deciding
from registry.queries.deciding import Decided
from tests.factories import Clock, World
from tests.integration import api_client
from tests.integration.visitor import signed_in, site, visitor
from tests.postgres import Database

OLD, NEW = "Bộ Thông tin và Truyền thông", "Bộ Khoa học và Công nghệ"
HOSTILE = "#evil $x$ *b* {{7*7}}<script>alert(1)</script>"


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.province()
    march = date(2025, 3, 1)
    with transaction(world.factory) as session:
        session.add_all(
            [
                ReviewingBody(valid=Range(None, march), name_vi=OLD, name_en="MIC", source="t"),
                ReviewingBody(valid=Range(march, None), name_vi=NEW, name_en="MOST", source="t"),
                LegalBasis(
                    valid=Range(date(2024, 5, 3), None),
                    text_vi="Quyết định 699/QĐ-BTTTT",
                    text_en="Decision 699/QĐ-BTTTT",
                    source="t",
                ),
                LegalBasis(
                    valid=Range(date(2026, 3, 1), None),
                    text_vi="Luật 134/2025/QH15",
                    text_en="Law 134/2025/QH15",
                    source="t",
                ),
                ReasonCode(
                    code="evidence",
                    valid=Range(date(2024, 1, 1), None),
                    actions=["return", "reject"],
                    label_vi="Thiếu minh chứng",
                    label_en="Evidence is missing",
                    source="t",
                ),
                ReasonCode(
                    code="gone",
                    valid=Range(date(2024, 1, 1), date(2025, 1, 1)),
                    actions=["return"],
                    label_vi="Đã bỏ",
                    label_en="Gone",
                    source="t",
                ),
            ]
        )
    return world


def in_review(world: World, city: str, signer: Actor, **changes: Any) -> UUID:
    version = world.draft(signer, city, [world.problem(signer, city)], **changes)
    world.submit(signer, version)
    world.claim(version)
    return version


def decide(world: World, version: UUID, action: Action, **words: Any) -> None:
    with world.act(world.reviewer()) as act:
        revision = act.session.get_one(UseCaseVersion, version).revision
        review.decide(act, version, action, DecisionDraft.read(words), revision)


def decided(world: World, reader: Actor, number: str) -> Decided:
    slug = Number.of_slug(number)
    assert slug is not None
    with world.factory() as session:
        found = deciding.decided(session, reader, slug)
    assert found is not None
    return found


def test_numbers_follow_each_other_year_by_year(country: World, clock: Clock) -> None:
    city = country.city()
    signer = country.signer(city)
    clock.set("2025-12-31T16:00:00")
    decide(country, in_review(country, city, signer), Action.APPROVE)
    # In Viet Nam the year begins seven hours earlier.
    clock.set("2025-12-31T17:00:01")
    decide(country, in_review(country, city, signer), Action.APPROVE)
    with pytest.raises(InvalidInput):
        decide(country, in_review(country, city, signer), Action.RETURN)
    decide(country, in_review(country, city, signer), Action.APPROVE)
    with country.factory() as session:
        rows = session.execute(
            text("SELECT year, serial FROM decision_record ORDER BY position")
        ).all()
    assert rows == [(2025, 1), (2026, 1), (2026, 2)]


def test_what_was_in_force_on_the_day_is_kept(country: World, clock: Clock) -> None:
    city = country.city()
    signer = country.signer(city)
    clock.set("2025-02-28T02:00:00")
    decide(country, in_review(country, city, signer), Action.APPROVE, ai_confirmed=True)
    clock.set("2026-03-02T02:00:00")
    decide(country, in_review(country, city, signer), Action.APPROVE)
    before = decided(country, signer, "2025-000001").record
    after = decided(country, signer, "2026-000001").record
    assert before.body is not None
    assert after.body is not None
    assert (before.body.vi, after.body.vi) == (OLD, NEW)
    assert [len(before.bases), len(after.bases)] == [1, 2]


def test_the_checklist_says_what_was_found_and_what_was_judged(country: World) -> None:
    city = country.city()
    signer = country.signer(city)
    country.roll([city])
    decide(
        country,
        in_review(country, city, signer),
        Action.APPROVE,
        ai_confirmed=True,
        criteria=[{"criterion": 2, "met": True, "note": "Nghị quyết đọc được"}],
    )
    answers = decided(country, signer, "2025-000001").record.checklist
    assert [a.found for a in answers] == [
        Mark.FOUND,
        Mark.FOUND,
        Mark.JUDGE,
        Mark.FOUND,
        Mark.JUDGE,
    ]
    assert [a.met for a in answers] == [None, True, True, None, None]
    assert answers[1].note == "Nghị quyết đọc được"


@pytest.mark.parametrize(
    ("words", "pointer"),
    [
        ({"reason_codes": ["unknown"]}, "/reason_codes/0"),
        ({"reason_codes": ["gone"]}, "/reason_codes/0"),
        ({"reason_codes": ["evidence", "evidence"]}, "/reason_codes/1"),
        ({"comments": [{"field": "unknown", "text": "x"}]}, "/comments/0/field"),
        ({"criteria": [{"criterion": 1}, {"criterion": 1}]}, "/criteria/1/criterion"),
    ],
)
def test_what_does_not_fit_leaves_no_decision_and_no_number(
    country: World, words: dict[str, Any], pointer: str
) -> None:
    city = country.city()
    version = in_review(country, city, country.signer(city))
    with pytest.raises(InvalidInput) as refused:
        decide(country, version, Action.RETURN, reason="vì", **words)
    assert [p.pointer for p in refused.value.problems] == [pointer]
    with country.factory() as session:
        assert session.scalar(text("SELECT count(*) FROM decision_record")) == 0


def test_a_record_cannot_be_changed_nor_a_number_left_out(
    country: World, database: Database
) -> None:
    city = country.city()
    signer = country.signer(city)
    version = in_review(country, city, signer)
    country.decide(version, Action.APPROVE)
    with country.factory() as session:
        session.add(DecisionRecord(position=1, year=2025, serial=3, record={}))
        with pytest.raises(IntegrityError, match="without gaps"):
            session.flush()
    with country.factory() as session, pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text("UPDATE decision_record SET serial = 2"))
    with database.owner.begin() as owner, pytest.raises(IntegrityError, match="append-only"):
        owner.execute(text("UPDATE decision_record SET serial = 2"))
    assert decided(country, signer, "2025-000001").intact


def test_the_page_says_what_is_public_and_the_city_reads_more(
    app: FastAPI, country: World, database: Database
) -> None:
    city = country.city()
    signer = country.signer(city)
    version = in_review(country, city, signer, title=HOSTILE)
    decide(
        country,
        version,
        Action.APPROVE,
        ai_confirmed=True,
        criteria=[{"criterion": 1, "note": "Ghi chú nội bộ"}],
    )
    public = visitor(app).open("/vi/decisions/2025-000001")
    for word in ("QĐ-AI/2025/000001", NEW, "Quyết định 699/QĐ-BTTTT", HOSTILE):
        assert word in public.words
    with country.factory() as session:
        row = session.get_one(UseCaseVersion, version)
        assert row.content_hash is not None
        assert row.content_hash.hex() in public.words
    assert "Ghi chú nội bộ" not in public.words
    own = signed_in(app, country, signer).open("/vi/decisions/2025-000001")
    assert "Ghi chú nội bộ" in own.words
    answer = visitor(app).client.get("/vi/decisions/2025-000001/receipt.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    paper = " ".join(PdfReader(BytesIO(answer.content)).pages[0].extract_text().split())
    for word in ("QĐ-AI/2025/000001", NEW.upper(), "#evil", "/vi/decisions/2025-000001"):
        assert word in paper
    # A later decision is said on the page of the earlier one.
    country.decide(version, Action.SUSPEND)
    assert "QĐ-AI/2025/000002" in visitor(app).open("/vi/decisions/2025-000001").words
    # Whoever alters a record with the owner's rights is told on by the ledger.
    with database.owner.begin() as connection:
        connection.execute(
            text("ALTER TABLE decision_record DISABLE TRIGGER decision_record_append_only")
        )
        connection.execute(
            text("UPDATE decision_record SET record = jsonb_set(record, '{rule}', '\"x\"')")
        )
    # An alteration is no event: the reader asks afresh.
    altered = visitor(app).open("/en/decisions/2025-000001")
    assert "It has been altered since." in altered.words


@pytest.mark.parametrize("slug", ["2025-000009", "2025-1", "x", "0000-000000", "٢٠٢٥-000001"])
def test_no_number_no_page(app: FastAPI, country: World, slug: str) -> None:
    del country
    visitor(app).open(f"/en/decisions/{slug}", HTTPStatus.NOT_FOUND)


def test_a_return_is_between_the_city_and_the_ministry(
    app: FastAPI, country: World, database: Database, clock: Clock
) -> None:
    city = country.city()
    signer = country.signer(city)
    version = in_review(country, city, signer)
    desk = signed_in(app, country, country.reviewer())
    page = desk.open(f"/en/review/{city}-001/1")
    # Nothing typed is lost when the decision is refused.
    form: dict[str, str | list[str]] = {
        "reason_codes": ["evidence"],
        "comments-0-field": "evidence",
        "comments-0-text": "Liên kết không mở được",
        "comments-3-field": "",
        "comments-3-text": "Không có trường",
        "criteria-3-met": "false",
    }
    refused = desk.send(
        page, "Return to the city: version 1", form, HTTPStatus.UNPROCESSABLE_ENTITY
    )
    assert "fill this in" in refused.error("return-comments-1-field")
    assert refused.one(".//*[@id='return-comments-1-text']").text == "Không có trường"
    assert refused.one(".//*[@id='return-code-evidence']").get("checked") is not None
    done = desk.send(
        refused,
        "Return to the city: version 1",
        {"reason": "Bổ sung minh chứng", "comments-1-text": ""},
    )
    assert "QĐ-AI/2025/000001" in done.words
    visitor(app).open("/en/decisions/2025-000001", HTTPStatus.NOT_FOUND)
    answer = visitor(app).client.get("/en/decisions/2025-000001/receipt.pdf")
    assert answer.status_code == HTTPStatus.NOT_FOUND
    mine = signed_in(app, country, country.signer(city))
    shown = mine.open("/en/decisions/2025-000001")
    assert "Evidence is missing" in shown.words
    assert "Liên kết không mở được" in shown.words
    draft = country.revise(signer, version)
    edit = mine.open(f"/en/desk/{city}/versions/{draft}/edit")
    assert edit.words.count("Liên kết không mở được") == 2
    with api_client.service(database, clock) as api:
        caller = api_client.signed_in(api, country, signer)
        answer = caller.get("/decisions/2025-000001")
        assert answer.json()["comments"] == [
            {"field": "evidence", "text": "Liên kết không mở được"}
        ]
        assert answer.json()["checklist"][3]["met"] is False
        assert api_client.public(api).get("/decisions/2025-000001").status_code == 404
