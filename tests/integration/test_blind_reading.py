"""The curtain between two chairs: what a first reader said is behind no door but its own."""

from collections.abc import Iterator
from http import HTTPStatus
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from openpyxl import load_workbook
from sqlalchemy import text

from api.ogc.collections import LAYERS
from registry.actions import error_reports
from registry.actions.error_reports import Submission
from registry.domain.error_intake import ReportDraft
from registry.domain.messages import Language
from registry.domain.model import PUBLIC, Action, Actor, Role
from registry.queries.error_reports import use_case_aimed_at
from tests.documents import census
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service, signed_in
from tests.integration.test_neighbours import PARAMETER, published_period
from tests.integration.test_second_readers import say
from tests.postgres import Database

HUE = "46"
SECRET = "Lời kín 9d2f"
DAY = "2025-03-07"
READER = "Người đọc kín 3b1c"


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def country(world: World) -> World:
    world.province()
    world.targets()
    world.roll([world.city(HUE)])
    world.policy()
    return world


@pytest.fixture
def signer(country: World) -> Actor:
    return country.signer(HUE)


@pytest.fixture
def first(country: World, database: Database) -> Actor:
    reader = country.user(Role.REVIEWER)
    with database.owner.begin() as connection:
        connection.execute(
            text("UPDATE user_account SET name = :name WHERE id = :id"),
            {"name": READER, "id": reader.user_id},
        )
    return reader


def spoken(country: World, signer: Actor, first: Actor) -> tuple[UUID, UUID]:
    """One version in review and one approval, of both of which one reader has spoken."""
    problem = country.problem(signer, HUE)
    live = country.approved(signer, HUE, [problem])
    say(country, first, live, Action.REVOKE, reason=SECRET, effective_from=DAY)
    waiting = country.draft(signer, HUE, [problem], risk_level="high")
    country.submit(signer, waiting)
    comments = [{"field": "title", "text": SECRET}]
    criteria = [{"criterion": 1, "met": False, "note": SECRET}]
    words: dict[str, Any] = {"comments": comments, "criteria": criteria, "reason": SECRET}
    say(country, first, waiting, Action.REJECT, **words)
    return live, waiting


def addresses(country: World, versions: tuple[UUID, UUID]) -> list[str]:
    """Every page and every answer of the API, about what there is in Huế."""
    with country.factory() as session:
        messages = [str(m) for m in session.scalars(text("SELECT id FROM message"))]
        user = str(session.scalar(text("SELECT id FROM user_account LIMIT 1")))
        problem = str(session.scalar(text("SELECT id FROM problem")))
    names: dict[str, list[str]] = {
        "city_code": [HUE],
        "code": [f"{HUE}-001", f"{HUE}-002"],
        "use_case_code": [f"{HUE}-001", f"{HUE}-002"],
        "n": ["1"],
        "number": ["1"],
        "version_id": [str(v) for v in versions],
        "message_id": messages,
        "problem_id": [problem],
        "user_id": [user],
        "decision": ["2025-000001", "2025-000002"],
        "period_code": [published_period(country, counted=1, total=1)],
        "area": ["flooding"],
        "part": ["cities", "use-cases", "decisions"],
        "kind": ["xlsx", "csv"],
        "form": ["csv", "json", "ndjson"],
        "download": ["cities.none"],
        "version": ["2"],
        "report_id": [_reported_error(country)],
        "tracking": ["a" * 32],
        "collectionId": list(LAYERS),
        "itemId": [HUE, f"{HUE}-001", f"{HUE}-002", problem],
        "tileMatrixSetId": ["WebMercatorQuad"],
        **{part: ["0"] for part in "zxy"},
    }
    found = []
    for _, verb, path in census():
        given = PARAMETER.findall(path)
        # Accounts are the administrator's to see; none says who reads what. Vietnamese pages
        # show what the English ones show.
        if verb != "GET" or path.startswith(("/static/", "/vi/", "/en/admin/users")):
            continue
        if not set(given) <= names.keys():
            continue
        tried = [path]
        for name in given:
            slots = [f"{{{name}{kind}}}" for kind in ("", ":uuid", ":path", ":int")]
            tried = [_filled(address, slots, value) for address in tried for value in names[name]]
        found += tried
    # What is in review is listed there too, and what was decided under a query.
    return [*found, "/en/review/entries?state=approved", "/api/v1/cities?f=csv"]


def _reported_error(country: World) -> str:
    """A report on an entry of which a reader has spoken."""
    with country.act(PUBLIC) as act:
        aimed = use_case_aimed_at(act.session, f"{HUE}-001")
        draft = ReportDraft.read({"category": "other", "text": "Điều này không đúng."})
        made = Submission(b"x", "a secret of the test", "", Language.VI)
        return str(error_reports.send(act, aimed, draft, made).report.id)


def _filled(address: str, slots: list[str], value: str) -> str:
    for slot in slots:
        address = address.replace(slot, value)
    return address


def read(caller: Caller, address: str) -> str:
    headers = {"Authorization": f"Bearer {caller.token}"} if caller.token else {}
    if caller.token:
        caller.client.cookies.set("session", caller.token)
    answer = caller.client.get(address, headers=headers)
    assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, address
    if "spreadsheetml" in answer.headers.get("content-type", ""):
        book = load_workbook(BytesIO(answer.content))
        return str([[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()])
    return answer.text


def test_nobody_reads_a_first_opinion_before_their_own(
    app: FastAPI, country: World, signer: Actor, first: Actor
) -> None:
    versions = spoken(country, signer, first)
    second = country.user(Role.REVIEWER)
    lead, keeper = country.user(Role.LEAD), country.user(Role.ADMINISTRATOR)
    readers = {
        "second": signed_in(app, country, second),
        "lead": signed_in(app, country, lead),
        "administrator": signed_in(app, country, keeper),
        "city": signed_in(app, country, signer),
        "public": public(app),
    }
    own = signed_in(app, country, first)
    tried = addresses(country, versions)
    assert len(tried) > 50
    for who, caller in readers.items():
        for address in tried:
            seen = read(caller, address)
            for told in (SECRET, DAY, "07/03/2025", READER, str(first.user_id)):
                assert told not in seen, (who, address, told)
    # Else nothing above could fail.
    shown = [address for address in tried if SECRET in read(own, address)]
    assert any("/review/" in a for a in shown)
    assert any(a.endswith("/opinions") for a in shown)


def test_the_city_sees_in_review_all_the_while(
    app: FastAPI, country: World, signer: Actor, first: Actor
) -> None:
    _, waiting = spoken(country, signer, first)
    city, desk = signed_in(app, country, signer), signed_in(app, country, first)
    path = f"/use-cases/{HUE}-002/versions/1"
    assert city.read(path)["state"] == "in_review"
    assert city.read(f"{path}/available-actions")["actions"] == ["withdraw"]
    assert desk.read(path)["state"] == "submitted"
    events = city.read("/events?limit=200")["items"]
    hidden = [e for e in events if e["kind"] in {"version.opinion", "version.hand_over"}]
    assert len(hidden) == 3
    assert all((e["role"], e["subject"], e["payload"]) == (None, None, None) for e in hidden)
    assert city.get(f"{path}/opinions").status_code == HTTPStatus.FORBIDDEN
    del waiting


def test_both_read_everything_once_it_is_decided(
    app: FastAPI, country: World, signer: Actor, first: Actor
) -> None:
    _, waiting = spoken(country, signer, first)
    second = country.user(Role.REVIEWER)
    say(country, second, waiting, Action.REJECT, reason="Lời sau")
    city, desk = signed_in(app, country, signer), signed_in(app, country, second)
    kept = city.read("/decisions/2025-000002")
    assert kept["reason"] == f"{SECRET}\n\nLời sau"
    assert [o["reason"] for o in kept["opinions"]] == [SECRET, "Lời sau"]
    assert not kept["settled_difference"]
    [found] = desk.read(f"/use-cases/{HUE}-002/versions/1/opinions")["items"]
    assert (found["outcome"], found["waits_for"]) == ("agreed", None)
    assert READER not in read(desk, f"/vi/review/{HUE}-002/1")


def test_a_settled_difference_is_said_and_stays_with_the_ministry(
    app: FastAPI, country: World, signer: Actor, first: Actor
) -> None:
    _, waiting = spoken(country, signer, first)
    second, lead = country.user(Role.REVIEWER), country.user(Role.LEAD)
    say(country, second, waiting, Action.APPROVE, reason="Lời sau")
    caller = signed_in(app, country, lead)
    both = read(caller, f"/en/review/{HUE}-002/1")
    assert SECRET in both
    assert "Lời sau" in both
    assert "differs" in both
    assert f"{HUE}-002" in read(caller, "/en/review/differences")
    third = signed_in(app, country, country.user(Role.REVIEWER))
    assert SECRET not in read(third, f"/en/review/{HUE}-002/1")
    say(country, lead, waiting, Action.APPROVE, reason="Trưởng nhóm")
    for reader, seen in (
        (public(app), False),
        (signed_in(app, country, signer), False),
        (third, True),
    ):
        kept = reader.read("/decisions/2025-000002")
        assert kept["settled_difference"]
        assert bool(kept["opinions"]) == seen
        assert (SECRET in read(reader, "/en/decisions/2025-000002")) == seen
    assert "They differed, and the lead decided." in read(public(app), "/en/decisions/2025-000002")


def test_the_api_says_what_was_recorded(
    app: FastAPI, country: World, signer: Actor, first: Actor
) -> None:
    live = country.approved(signer, HUE, [country.problem(signer, HUE)])
    path = f"/use-cases/{HUE}-001/versions/1"
    one, two = (signed_in(app, country, r) for r in (first, country.user(Role.REVIEWER)))
    lead = signed_in(app, country, country.user(Role.LEAD))

    def tell(who: Caller, **body: Any) -> tuple[Any, ...]:
        tag = who.get(path).headers["etag"]
        answer = who.moved(f"{path}/decisions", {"reason": "r", **body}, tag=tag).json()
        return tuple(answer[name] for name in ("recorded", "decision", "waits_for", "state"))

    revoke = {"action": "revoke", "from_the_start": True}
    assert tell(one, **revoke) == ("opinion", None, "second", "approved")
    assert tell(one, action="take_back") == ("taken_back", None, None, "approved")
    assert tell(one, **revoke) == ("opinion", None, "second", "approved")
    assert tell(two, action="uphold") == ("opinion", None, "lead", "approved")
    assert tell(lead, action="uphold") == ("upheld", None, None, "approved")
    assert tell(two, **revoke) == ("opinion", None, "second", "approved")
    assert tell(one, **revoke) == ("decision", "QĐ-AI/2025/000002", None, "revoked")
    found = lead.read("/review/agreement")
    assert (found["paired"], found["differing"], found["percent"]) == (2, 1, 50)
    assert {c["cause"]: c["paired"] for c in found["by_cause"]} == {
        "revocation": 2,
        "high_risk": 0,
        "sample": 0,
    }
    assert lead.read("/review/agreement?until=2025-06-14")["percent"] is None
    outcomes = [r["outcome"] for r in two.read(f"{path}/opinions")["items"]]
    assert outcomes == ["taken_back", "settled", "agreed"]
    del live
