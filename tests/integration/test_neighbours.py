"""The wall between two cities: at no address does one see, touch or guess what is another's.

Every door of the census that names something is tried with what belongs to Huế: a new door with a
parameter nobody knows here fails this test until it says what to try it with.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import Response
from sqlalchemy import select, text

from api.ogc.collections import LAYERS
from registry.actions import error_desk, error_reports, indicators, periods, sheets
from registry.actions.boundaries import start_boundaries
from registry.actions.error_reports import Submission
from registry.actions.files import receive
from registry.actions.roll_drafts import start_roll
from registry.actions.saved_filters import save_filter
from registry.actions.threads import open_thread
from registry.db.tables import Base, WebSession
from registry.domain.boundary_intake import BoundaryDraftBody
from registry.domain.error_intake import ForwardDraft, ReportDraft
from registry.domain.indicator_intake import read_lines, sealed
from registry.domain.indicators import Indicator, LineKind
from registry.domain.messages import Language
from registry.domain.model import PUBLIC, Action, Actor, Role
from registry.domain.period_intake import PeriodDraft, PublicationDraft
from registry.domain.roll_intake import RollDraftBody
from registry.domain.standard import CURRENT
from registry.domain.thread_intake import ThreadDraft
from registry.domain.waiting import SavedFilterDraft
from registry.queries.error_reports import city_aimed_at
from registry.queries.indicators import Wanted, entries
from registry.queries.moments import moment
from registry.store import cabinet
from tests.documents import census
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service, signed_in
from tests.office import filled, row
from tests.postgres import Database
from tests.samples import pdf

HUE, DA_NANG = "46", "48"
SECRET = "Bí mật của Huế 51c0ffee"
_AT = re.compile(r" at 0x[0-9a-f]+")
PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
# Written when somebody is refused or looks: about the asker, never about Huế.
_ABOUT_THE_ASKER = {"event", "ledger_head", "web_session", "idempotency_key"}


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def neighbour(app: FastAPI, world: World) -> Caller:
    world.province("48")
    world.targets()
    world.roll([world.city(HUE), world.city(DA_NANG)])
    return signed_in(app, world, world.signer(DA_NANG))


@pytest.fixture
def editor(world: World, neighbour: Caller) -> Actor:
    """Of Huế. The country is there before its people."""
    del neighbour
    return world.user(Role.CITY_EDITOR, HUE)


@pytest.fixture
def names(world: World, database: Database, editor: Actor) -> dict[str, list[str]]:
    """Everything of Huế's that is not public, by the parameter that would name it."""
    signer = world.signer(HUE)
    problem = world.problem(editor, HUE)
    with world.act(editor) as act:
        files = cabinet(database.settings)
        file = receive(act, files, HUE, "mat.pdf", BytesIO(pdf(text=SECRET)))
        rows_given = BytesIO(filled([row("UD-1", title=SECRET)]))
        sheet = sheets.hand_in(act, files, HUE, f"{SECRET}.xlsx", rows_given)
    evidence = [{"file": file.sha256, "title": SECRET}]
    draft = world.draft(editor, HUE, [problem], **_told(), evidence=evidence)
    submitted = world.draft(editor, HUE, [problem], **_told())
    world.submit(signer, submitted)
    returned = world.draft(editor, HUE, [problem], **_told())
    world.submit(signer, returned)
    world.claim(returned)
    world.decide(returned, Action.RETURN, reason=SECRET)
    withdrawn = world.draft(editor, HUE, [problem], **_told())
    world.withdraw(editor, withdrawn, reason=SECRET)
    with world.factory() as session:
        messages = session.scalars(text("SELECT id FROM message")).all()
    assert messages
    return {
        "city_code": [HUE],
        "code": [HUE, *(f"{HUE}-00{n}" for n in range(1, 5))],
        "use_case_code": [f"{HUE}-00{n}" for n in range(1, 5)],
        "n": ["1"],
        "number": ["1"],
        "version_id": [str(v) for v in (draft, submitted, returned, withdrawn)],
        "sha256": [file.sha256],
        "message_id": [str(m) for m in messages],
        "problem_id": [str(problem)],
        "upload_id": [str(sheet)],
        "sheet_id": [str(sheet)],
        "version": [CURRENT],
        # A key is a secret nobody guesses; without one the door leads nowhere.
        "token": ["guessed"],
        # Nobody but an administrator names accounts.
        "user_id": [str(editor.user_id)],
        "decision": ["2025-000001"],
        "draft_id": [str(_roll_being_prepared(world)), str(_boundaries_being_prepared(world))],
        # Of changes to a roll, and of files.
        "kind": ["renamed", "csv", "xlsx", "pdf", "service", "svg"],
        "form": ["csv", "json", "ndjson", "csv-metadata.json"],
        "download": ["cities.none"],
        "thread": [_asked(world, signer, submitted)],
        "session_id": [_session_of(world, editor)],
        "list_kind": ["reviewing-bodies", "targets"],
        # Of a list, and a line of an indicator.
        "entry_id": ["1", str(_reported_line(world))],
        "period_code": [published_period(world)],
        # A kind of problem, by its code.
        "problem": ["not_found"],
        # Of a feed, and a part of the sitemap.
        "area": ["flooding"],
        "part": ["cities", "use-cases", "decisions"],
        "filter_id": [str(_saved_filter(world))],
        # A code is a secret nobody guesses.
        "tracking": ["guessed", "a" * 32],
        "report_id": [str(_reported_error(world))],
        # Of the map services, as their standard calls them.
        "collectionId": list(LAYERS),
        "itemId": [HUE, f"{HUE}-001", str(problem)],
        "tileMatrixSetId": ["WebMercatorQuad"],
        **{part: ["0"] for part in "zxy"},
        "product": ["bi-mat-cua-hue-51c0ffee"],
        "provider": ["bi-mat-cua-hue-51c0ffee"],
        # Of an address with a slash too many.
        "path": [f"vi/use-cases/{HUE}-001"],
    }


def _asked(world: World, signer: Actor, version: UUID) -> str:
    """Huế asks the ministry back."""
    with world.act(signer) as act:
        return str(open_thread(act, version, ThreadDraft.read({"text": SECRET})))


def _saved_filter(world: World) -> UUID:
    """A reviewer's own, and nobody else's."""
    with world.act(world.reviewer()) as act:
        return save_filter(act, SavedFilterDraft(name=SECRET)).id


def _reported_error(world: World) -> UUID:
    """Somebody reports an error about Huế, and Huế is asked to answer."""
    with world.act(PUBLIC) as act:
        aimed = city_aimed_at(act.session, HUE, moment(act.session, world.clock()))
        draft = ReportDraft.read({"category": "other", "text": SECRET, "contact": "a@hue.vn"})
        sent = error_reports.send(act, aimed, draft, Submission(b"x", SECRET, "", Language.VI))
    with world.act(world.reviewer()) as act:
        error_desk.forward(act, sent.report.id, ForwardDraft(text=SECRET))
    return sent.report.id


def _session_of(world: World, editor: Actor) -> str:
    """A browser in which the editor is signed in."""
    with world.factory() as session, session.begin():
        row = WebSession(
            token_hash=b"of the editor",
            user_id=editor.user_id,
            created_at=world.clock(),
            expires_at=world.clock() + timedelta(days=1),
        )
        session.add(row)
        session.flush()
        session.refresh(row)
        return str(row.id)


def published_period(world: World, counted: int = 0, total: int = 2) -> str:
    """A figure is public, and what is not stays out of it and of its reports."""
    facts = {
        "code": "2024",
        "name_vi": "Năm 2024",
        "name_en": "Year 2024",
        "reporting_day": "2024-12-31",
        "cut_off_day": "2025-03-31",
        "target_year": 2024,
    }
    with world.act(world.user(Role.ADMINISTRATOR)) as act:
        periods.announce(act, PeriodDraft.read(facts))
        periods.publish(act, "2024", PublicationDraft(counted=counted, total=total))
    return "2024"


def _reported_line(world: World) -> UUID:
    """A line of indicator 1 that no reviewer has read yet."""
    line = {
        "code": "1.1",
        "name_vi": SECRET,
        "owner": SECRET,
        "since": "2024-01-01",
        "source_url": "https://example.vn",
    }
    lines = sealed(read_lines(LineKind.SERVICE, [line]), None)
    with world.act(world.user(Role.ADMINISTRATOR)) as act:
        indicators.report(act, Indicator.SERVICES, LineKind.SERVICE, lines)
        return entries(act.session, Wanted(), limit=1)[0].id


def _roll_being_prepared(world: World) -> UUID:
    """It would rename Huế; only administrators know."""
    facts = {
        **dict.fromkeys(("name_vi", "name_en", "legal_basis", "source_vi", "source_en"), SECRET),
        "code": "next",
        "valid_from": "2025-06-01",
        "source_url": "https://example.vn",
    }
    line = {"code": HUE, "name_vi": SECRET, "unit_type": "ward", "urban_class": "I"}
    body = RollDraftBody.read({"roll": facts, "lines": [line]})
    with world.act(world.user(Role.ADMINISTRATOR)) as act:
        return start_roll(act, body, SECRET).id


def _boundaries_being_prepared(world: World) -> UUID:
    """They would rename the province; only administrators know."""
    facts = {
        **dict.fromkeys(("name_vi", "name_en", "legal_basis", "source_vi", "source_en"), SECRET),
        "valid_from": "2025-06-01",
        "source_url": "https://example.vn",
    }
    ring = [[107, 15], [109, 15], [109, 17], [107, 17], [107, 15]]
    feature = {
        "type": "Feature",
        "properties": {"code": "48", "name_vi": SECRET},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    areas = {"type": "FeatureCollection", "features": [feature]}
    body = BoundaryDraftBody.read({"boundaries": facts, "areas": areas})
    with world.act(world.user(Role.ADMINISTRATOR)) as act:
        return start_boundaries(act, body, SECRET).id


def _told() -> dict[str, Any]:
    words = ("title", "summary", "solution", "provider", "product", "public_contact")
    return dict.fromkeys(words, SECRET)


def addresses(names: dict[str, list[str]], method: str) -> list[str]:
    """Each door of a method that names something, for everything of Huế's it could name."""
    found: list[str] = []
    for _, verb, path in census():
        given = PARAMETER.findall(path)
        if verb != method or not given or "/static/" in path:
            continue
        assert set(given) <= names.keys(), f"{path}: what of a city's does this name?"
        tried = [path]
        for name in given:
            slot = re.compile(rf"\{{{name}(?::\w+)?\}}")
            tried = [slot.sub(value, address) for address in tried for value in names[name]]
        found += tried
    assert found
    return found


def ask(caller: Caller, method: str, address: str) -> Response:
    headers = {"Authorization": f"Bearer {caller.token}", "If-Match": '"1"'} if caller.token else {}
    headers["Idempotency-Key"] = "x"
    if caller.token:
        caller.client.cookies.set("session", caller.token)
    if method == "GET":
        return caller.client.get(address, headers=headers)
    if address.startswith("/api/"):
        return caller.client.request(method, address, json=BODY, headers=headers)
    return caller.client.request(method, address, data=FORM, headers=headers)


BODY: dict[str, Any] = {"title": "của tôi"}
FORM = {"action": "submit", "revision": "1", "title": "của tôi", "reason": "vì thế"}


def test_a_neighbour_and_the_public_read_nothing_of_it(
    app: FastAPI, neighbour: Caller, names: dict[str, list[str]]
) -> None:
    for caller in (neighbour, public(app)):
        for address in addresses(names, "GET"):
            answer = ask(caller, "GET", address)
            assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, address
            assert SECRET not in answer.text, address
            assert all(sha not in answer.text for sha in names["sha256"]), address
            mine = re.match(r"/(vi|en)/desk/|.*/versions/|.*/files/", address)
            assert answer.status_code >= HTTPStatus.SEE_OTHER or not mine, address


def test_its_own_people_read_it_at_the_same_addresses(
    app: FastAPI, world: World, editor: Actor, names: dict[str, list[str]]
) -> None:
    """Else the test above could not fail."""
    own = signed_in(app, world, editor)
    shown = [a for a in addresses(names, "GET") if SECRET in ask(own, "GET", a).text]
    for part in ("/vi/desk/", "/en/desk/", "/api/v1/use-cases/", "/versions/1"):
        assert any(part in address for address in shown)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_neighbour_touches_nothing_of_it(
    neighbour: Caller, world: World, names: dict[str, list[str]], method: str
) -> None:
    doors = addresses(names, method) if method != "DELETE" else _deletions(names)
    before = rows(world)
    for address in doors:
        answer = ask(neighbour, method, address)
        refused = HTTPStatus.BAD_REQUEST <= answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
        assert refused, (address, answer.status_code)
        assert SECRET not in answer.text, address
    assert rows(world) == before


def _deletions(names: dict[str, list[str]]) -> list[str]:
    """There may be none that names anything."""
    named = [p for _, verb, p in census() if verb == "DELETE" and PARAMETER.search(p)]
    return addresses(names, "DELETE") if named else []


def test_a_file_is_not_guessed_by_its_hash(
    world: World, neighbour: Caller, names: dict[str, list[str]]
) -> None:
    """Naming another city's file says the same as naming one that nobody has."""
    answers = [
        neighbour.create(
            f"/cities/{DA_NANG}/use-cases", {"evidence": [{"file": sha256, "title": "t"}]}
        )
        for sha256 in (*names["sha256"], "0" * 64)
    ]
    assert {a.status_code for a in answers} == {HTTPStatus.UNPROCESSABLE_ENTITY}
    assert len({str(a.json()["errors"]) for a in answers}) == 1
    del world


def rows(world: World) -> dict[str, list[str]]:
    """Everything the register holds, but what it notes about who asked."""
    with world.factory() as session:
        return {
            name: sorted(_AT.sub("", str(row)) for row in session.execute(select(table)))
            for name, table in Base.metadata.tables.items()
            if name not in _ABOUT_THE_ASKER
        }
