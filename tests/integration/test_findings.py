"""What stands out in versions, found in a real register, for one as for many at once."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from registry.actions.files import receive
from registry.domain.findings import Finding
from registry.domain.model import Action, Actor
from registry.domain.similar import Reason
from registry.queries.findings import open_findings
from registry.queries.moments import moment
from registry.queries.similar import fates, similar
from registry.store import cabinet
from tests.factories import World
from tests.postgres import Database
from tests.samples import pdf

HUE, VINH = "46", "40"


@pytest.fixture
def country(world: World) -> World:
    world.province("48")
    world.city(HUE)
    world.city(VINH)
    world.roll([HUE, VINH])
    return world


@pytest.fixture
def signer(country: World) -> Actor:
    return country.signer(HUE)


def submitted(world: World, by: Actor, city: str, **changes: Any) -> UUID:
    version = world.draft(by, city, [world.problem(by, city)], **changes)
    world.submit(by, version)
    return version


def ask(world: World, versions: Collection[UUID]) -> dict[UUID, tuple[Finding, ...]]:
    with world.factory() as session:
        return open_findings(session, versions, moment(session, world.clock()))


def codes(world: World, version: UUID) -> set[str]:
    return {f.code for f in ask(world, [version])[version]} - {"unanswered"}


def only(world: World, version: UUID, code: str) -> Finding:
    (found,) = [f for f in ask(world, [version])[version] if f.code == code]
    return found


def own(**changes: Any) -> dict[str, Any]:
    """A text that no other test entry has."""
    return {
        "title": "Phân loại phản ánh",
        "summary": "Trợ lý đọc phản ánh của người dân và chuyển đến đúng đơn vị.",
        "solution": "Mô hình ngôn ngữ xếp từng phản ánh vào một trong bốn mươi nhóm.",
        "evidence": [{"url": "https://example.vn/phan-anh", "title": "Thông báo"}],
        **changes,
    }


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    yield seen
    event.remove(session.get_bind(), "before_cursor_execute", note)


def test_a_first_entry_has_a_link_nobody_asked_for_and_a_letter_without_its_file(
    country: World, signer: Actor
) -> None:
    version = submitted(country, signer, HUE)
    assert codes(country, version) == {"link_unchecked", "letter_unseen"}


def test_drafts_are_nobodys_business(country: World, signer: Actor) -> None:
    draft = country.draft(signer, HUE, [country.problem(signer, HUE)])
    assert ask(country, [draft]) == {}
    assert ask(country, []) == {}


def test_a_broken_link_is_found(country: World, signer: Actor) -> None:
    version = submitted(country, signer, HUE)
    with country.factory() as session, session.begin():
        session.execute(
            text("""
                INSERT INTO link_state (url, checked_at, outcome, final_url, failing_since,
                    broken_since)
                VALUES ('https://example.vn/canh-bao-ngap', now(), 'gone', '', now(), now())
            """)
        )
    assert {"link_broken", "no_evidence_answers"} <= codes(country, version)


def test_what_another_city_has_too_is_named(country: World, signer: Actor) -> None:
    first = submitted(country, signer, HUE)
    second = submitted(country, country.signer(VINH), VINH)
    assert only(country, second, "link_elsewhere").params == {"item": "1", "entries": "46-001"}
    assert only(country, second, "letter_elsewhere").params == {"entries": "46-001"}
    assert only(country, second, "text_elsewhere").params == {"entries": "46-001"}
    assert only(country, first, "text_elsewhere").params == {"entries": "40-001"}


def test_a_file_handed_in_again(country: World, signer: Actor, database: Database) -> None:
    def evidence(by: Actor, city: str) -> list[dict[str, str]]:
        with country.act(by) as act:
            held = receive(act, cabinet(database.settings), city, "bao-cao.pdf", BytesIO(pdf()))
        return [{"file": held.sha256, "title": "Báo cáo"}]

    submitted(country, signer, HUE, **own(evidence=evidence(signer, HUE)))
    again = submitted(country, signer, HUE, evidence=evidence(signer, HUE))
    assert only(country, again, "file_again").params["entries"] == "46-001"
    neighbour = country.signer(VINH)
    copy = submitted(country, neighbour, VINH, evidence=evidence(neighbour, VINH))
    assert only(country, copy, "file_elsewhere").params["entries"] == "46-001, 46-002"


@pytest.mark.parametrize(
    ("end", "code"), [(None, "possible_duplicate"), (Action.REJECT, "tried_before")]
)
def test_a_double_in_the_same_city_whatever_became_of_it(
    country: World, signer: Actor, end: Action | None, code: str
) -> None:
    first = submitted(country, signer, HUE)
    if end is not None:
        country.claim(first)
        country.decide(first, end)
    second = submitted(country, signer, HUE, title="Tên khác hẳn")
    assert only(country, second, code).params == {"entries": "46-001"}


def test_a_later_version_is_no_double_of_its_own_entry(country: World, signer: Actor) -> None:
    first = country.approved(signer, HUE, [country.problem(signer, HUE)])
    later = country.revise(signer, first, title="Cảnh báo ngập sớm, bản mới")
    country.submit(signer, later)
    assert not {"possible_duplicate", "link_elsewhere", "letter_elsewhere"} & codes(country, later)


def test_what_the_city_said_since_and_what_happened_to_its_problem(
    country: World, signer: Actor
) -> None:
    problem = country.problem(signer, HUE)
    version = country.draft(signer, HUE, [problem], **own())
    country.submit(signer, version)
    country.withdraw_problem(signer, problem, "2025-01-01")
    assert {"no_open_problem", "problem_withdrawn"} <= codes(country, version)


def test_an_entry_of_a_city_that_is_on_no_roll(country: World) -> None:
    country.city("99")
    signer = country.signer("99")
    assert "not_on_roll" in codes(country, submitted(country, signer, "99", **own()))


def test_as_many_queries_for_twelve_as_for_one(country: World, signer: Actor) -> None:
    versions = [submitted(country, signer, HUE) for _ in range(12)]
    asked = []
    with country.factory() as session:
        at = moment(session, country.clock())
        for some in (versions[:1], versions):
            with statements(session) as seen:
                found = open_findings(session, some, at)
            assert found.keys() == set(some)
            asked.append(len(seen))
    assert asked[0] == asked[1]
    assert asked[0] < 15


LONG = (
    "Hệ thống đọc mực nước từ 58 điểm đo của thành phố {} và dự báo nơi sắp ngập trước hai giờ."
    " Người dân nhận tin báo trên điện thoại, đội ứng trực nhận danh sách tuyến phố phải tránh."
    " Mô hình được huấn luyện lại mỗi tháng với số liệu mưa, triều và hồ chứa của ba năm gần nhất."
)


def test_a_text_copied_with_another_name_in_it_is_found(country: World, signer: Actor) -> None:
    changes = {"summary": "Báo ngập.", "title": "Tên riêng", "product": ""}
    first = submitted(country, signer, HUE, **changes, solution=LONG.format("Huế"))
    neighbour = country.signer(VINH)
    other = changes | {"title": "Cảnh báo"}
    second = submitted(country, neighbour, VINH, **other, solution=LONG.format("Vinh"))
    submitted(country, neighbour, VINH, **own())
    with country.factory() as session:
        (near,) = similar(session, [first])[first]
    assert near.other.id == second
    assert near.why == (Reason.SAME_TEXT,)
    assert near.copied


def test_the_product_and_who_provides_it_lead_to_other_cities(
    country: World, signer: Actor
) -> None:
    named = {"product": "VNPT Smart-Flood", "provider": "VNPT"}
    first = submitted(country, signer, HUE, **named)
    spelled = own(product="vnpt smart flood", provider="Vnpt")
    second = submitted(country, country.signer(VINH), VINH, **spelled)
    with country.factory() as session:
        (near,) = similar(session, [first])[first]
        (fate,) = fates(session, [second]).values()
    assert near.why == (Reason.SAME_PRODUCT, Reason.SAME_PROVIDER)
    assert (fate.code, fate.action, fate.city_code) == ("40-001", None, VINH)
    country.claim(second)
    country.decide(second, Action.REJECT, reason="Chưa vận hành")
    with country.factory() as session:
        (fate,) = fates(session, [second]).values()
    assert (fate.action, fate.reason, fate.slug) == (Action.REJECT, "Chưa vận hành", "2025-000001")
