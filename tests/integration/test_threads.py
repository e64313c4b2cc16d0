"""Talk about entries on a real register: said, answered, settled - and never overheard."""

import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from registry.actions import threads as acts
from registry.domain.errors import Forbidden, InvalidInput, NotFound, RegistryError, WrongState
from registry.domain.model import Action, Actor, Role
from registry.domain.thread_intake import ReplyDraft, ThreadDraft
from registry.domain.threads import MOST_COMMENTS, Saying, Scope, Side, Thread
from registry.queries import entries
from registry.queries.threads import threads
from tests.documents import census
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service, signed_in
from tests.postgres import Database

HUE, VINH = "46", "40"
SECRET = "Nội bộ 7d1f"
FOR_HUE = "Riêng Huế 93ab"
HOSTILE = "{{7*7}}{% raw %}${alert(1)}<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def country(world: World) -> World:
    world.province("48")
    world.targets()
    world.roll([world.city(HUE), world.city(VINH)])
    return world


@pytest.fixture
def signer(country: World) -> Actor:
    return country.signer(HUE)


@pytest.fixture
def version(country: World, signer: Actor) -> UUID:
    found = country.draft(signer, HUE, [country.problem(signer, HUE)])
    country.submit(signer, found)
    return found


def begin(
    world: World,
    by: Actor,
    version: UUID,
    text: str = "Xin làm rõ.",
    *,
    field: str = "title",
    scope: Scope = Scope.CITY,
) -> int:
    with world.act(by) as act:
        draft = ThreadDraft.read({"field": field, "scope": scope, "text": text})
        return acts.open_thread(act, version, draft)


def say(
    world: World,
    by: Actor,
    version: UUID,
    thread: int,
    text: str = "Đã rõ.",
    saying: Saying = Saying.SAID,
) -> int:
    with world.act(by) as act:
        return acts.reply(act, version, thread, ReplyDraft.read({"saying": saying, "text": text}))


def read(world: World, by: Actor) -> list[Thread]:
    with world.factory() as session:
        return threads(session, by, entries.versions(session, by, use_case_code=f"{HUE}-001"))


def told(world: World, by: Actor) -> list[tuple[str, str]]:
    with world.factory() as session:
        rows = session.execute(
            text(
                "SELECT link, facts ->> 'text' AS text FROM message"
                " WHERE kind = 'comment' AND user_id = :id ORDER BY created_at, link"
            ),
            {"id": by.user_id},
        )
        return [(row.link, row.text) for row in rows]


def test_asked_answered_settled_and_opened_again(
    country: World, signer: Actor, version: UUID
) -> None:
    reviewer = country.reviewer()
    thread = begin(country, reviewer, version, field="evidence")
    say(country, signer, version, thread, "Đây là liên kết mới.")
    (found,) = read(country, reviewer)
    assert found.waits_for is Side.MINISTRY
    say(country, reviewer, version, thread, "", Saying.SETTLED)
    assert read(country, reviewer)[0].settled
    say(country, signer, version, thread, "Còn một điều.", Saying.REOPENED)
    (found,) = read(country, signer)
    assert [(c.saying, c.side, c.text) for c in found.comments] == [
        (Saying.SAID, Side.MINISTRY, "Xin làm rõ."),
        (Saying.SAID, Side.CITY, "Đây là liên kết mới."),
        (Saying.SETTLED, Side.MINISTRY, ""),
        (Saying.REOPENED, Side.CITY, "Còn một điều."),
    ]
    assert [bool(c.name) for c in found.comments] == [False, True, False, True]


def test_a_thread_goes_on_between_versions_and_after_a_decision(
    country: World, signer: Actor, version: UUID
) -> None:
    reviewer = country.reviewer()
    thread = begin(country, reviewer, version)
    country.claim(version)
    country.decide(version, Action.RETURN)
    draft = country.revise(signer, version, title="Tên mới")
    say(country, signer, draft, thread, "Sẽ sửa ở phiên bản sau.")
    # Nobody but the city knows of the draft: its answer is on what was handed in.
    assert [c.version for c in read(country, reviewer)[0].comments] == [1, 1]
    country.submit(signer, draft)
    country.claim(draft)
    country.decide(draft, Action.APPROVE)
    say(country, reviewer, draft, thread, "Cảm ơn.", Saying.SETTLED)
    assert [c.version for c in read(country, signer)[0].comments] == [1, 1, 2]


def test_who_hears_of_it(country: World, signer: Actor, version: UUID) -> None:
    reviewer, colleague = country.reviewer(), country.user(Role.REVIEWER)
    thread = begin(country, reviewer, version, "Xin làm rõ.")
    begin(country, reviewer, version, SECRET, scope=Scope.INTERNAL)
    assert told(country, signer) == [
        (f"/desk/{HUE}/versions/{version}#thread-{thread}", "Xin làm rõ.")
    ]
    say(country, signer, version, thread, "Đây ạ.")
    assert told(country, reviewer) == [(f"/review/{HUE}-001/1#thread-{thread}", "Đây ạ.")]
    assert told(country, colleague) == []
    # Settling without a word tells nobody anything.
    say(country, reviewer, version, thread, "", Saying.SETTLED)
    assert len(told(country, signer)) == 1


def refuses(error: type[RegistryError], do: Callable[[], object]) -> RegistryError:
    with pytest.raises(error) as refused:
        do()
    return refused.value


def test_what_nobody_may(country: World, signer: Actor, version: UUID) -> None:
    reviewer, stranger = country.reviewer(), country.signer(VINH)
    internal = begin(country, reviewer, version, scope=Scope.INTERNAL)
    thread = begin(country, reviewer, version)
    refuses(NotFound, lambda: begin(country, stranger, version))
    refuses(NotFound, lambda: say(country, stranger, version, thread))
    refuses(NotFound, lambda: say(country, signer, version, internal))
    refuses(InvalidInput, lambda: begin(country, signer, version, scope=Scope.INTERNAL))
    refuses(InvalidInput, lambda: begin(country, reviewer, version, field="nothing"))
    refuses(InvalidInput, lambda: say(country, signer, version, thread, ""))
    settled = Saying.SETTLED
    refuses(WrongState, lambda: say(country, signer, version, thread, "", settled))
    say(country, reviewer, version, thread, "", settled)
    refuses(WrongState, lambda: say(country, reviewer, version, thread, "Nữa"))
    refuses(InvalidInput, lambda: say(country, reviewer, version, thread, "", Saying.REOPENED))
    refuses(Forbidden, lambda: begin(country, country.user(Role.ADMINISTRATOR), version))
    draft = country.draft(signer, HUE, [country.problem(signer, HUE)])
    refuses(WrongState, lambda: begin(country, signer, draft))
    refuses(NotFound, lambda: begin(country, reviewer, draft))


def test_sent_twice_is_said_once(country: World, signer: Actor, version: UUID) -> None:
    reviewer = country.reviewer()
    first = begin(country, reviewer, version)
    assert begin(country, reviewer, version) == first
    answer = say(country, signer, version, first)
    assert say(country, signer, version, first) == answer
    # The same words of another, or on another field, are said anew.
    assert begin(country, reviewer, version, field="summary") != first
    assert begin(country, country.user(Role.REVIEWER), version) != first
    assert len(read(country, reviewer)) == 3


def test_a_flood_ends(
    country: World, signer: Actor, version: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_COMMENTS >= 100
    monkeypatch.setattr(acts, "MOST_COMMENTS", 3)
    thread = begin(country, signer, version)
    for n in range(2):
        say(country, signer, version, thread, f"Lần {n}")
    error = refuses(InvalidInput, lambda: say(country, signer, version, thread, "Nữa"))
    assert isinstance(error, InvalidInput)
    assert [p.code for p in error.problems] == ["too_many"]


def test_the_ledger_holds_that_it_was_said_and_not_what(
    country: World, version: UUID, app: FastAPI
) -> None:
    begin(country, country.reviewer(), version, SECRET, scope=Scope.INTERNAL)
    with country.factory() as session:
        kind, payload = session.execute(
            text("SELECT kind, payload::text FROM event ORDER BY position DESC LIMIT 1")
        ).one()
    assert kind == "comment.opened"
    assert "text_sha256" in payload
    assert SECRET not in payload
    shown = public(app).read("/events")["items"][-1]
    assert (shown["role"], shown["subject"], shown["payload"]) == (None, None, None)


@pytest.fixture
def overheard(country: World, signer: Actor, version: UUID) -> dict[str, list[str]]:
    """An entry that is public, with an internal thread and one for its city."""
    reviewer = country.reviewer()
    internal = begin(country, reviewer, version, SECRET, scope=Scope.INTERNAL)
    thread = begin(country, reviewer, version, FOR_HUE)
    say(country, reviewer, version, internal, f"{SECRET} nữa")
    country.claim(version)
    country.decide(version, Action.APPROVE)
    draft = country.revise(signer, version)
    return {
        "city_code": [HUE],
        "code": [HUE, f"{HUE}-001"],
        "use_case_code": [f"{HUE}-001"],
        "n": ["1", "2"],
        "number": ["1", "2"],
        "version_id": [str(version), str(draft)],
        "thread": [str(internal), str(thread)],
        "decision": ["2025-000001"],
        "kind": ["pdf"],
        "message_id": _messages(country),
    }


def _messages(world: World) -> list[str]:
    with world.factory() as session:
        return [str(each) for each in session.scalars(text("SELECT id FROM message"))]


def doors(names: dict[str, list[str]]) -> list[str]:
    """Every address that can be asked for and names nothing but what is known here; of pages one
    language."""
    found: list[str] = []
    for _, verb, path in census():
        given = re.findall(r"\{(\w+)(?::\w+)?\}", path)
        named = set(given) <= names.keys()
        if verb != "GET" or path.startswith("/en") or "/static/" in path or not named:
            continue
        tried = [path]
        for name in given:
            slot = re.compile(rf"\{{{name}(?::\w+)?\}}")
            tried = [slot.sub(value, each) for each in tried for value in names[name]]
        found += tried
    assert len(found) > 80
    return found


def heard(caller: Caller, names: dict[str, list[str]]) -> dict[str, list[str]]:
    """At which doors one reads each of the two secrets."""
    headers = {"Authorization": f"Bearer {caller.token}"} if caller.token else {}
    if caller.token:
        caller.client.cookies.set("session", caller.token)
    pages = {each: caller.client.get(each, headers=headers).text for each in doors(names)}
    return {
        words: [address for address, page in pages.items() if words in page]
        for words in (SECRET, FOR_HUE)
    }


def test_nobody_overhears_the_ministry_at_any_door(
    app: FastAPI, country: World, signer: Actor, overheard: dict[str, list[str]]
) -> None:
    silence: dict[str, list[str]] = {SECRET: [], FOR_HUE: []}
    assert heard(public(app), overheard) == silence
    assert heard(signed_in(app, country, country.signer(VINH)), overheard) == silence
    city = heard(signed_in(app, country, signer), overheard)
    assert city[SECRET] == []
    # Else the above could not fail.
    ministry = heard(signed_in(app, country, country.user(Role.REVIEWER)), overheard)
    assert f"/api/v1/use-cases/{HUE}-001/versions/1/comments" in ministry[SECRET]
    assert ministry[FOR_HUE]
    assert city[FOR_HUE]


def test_by_the_api_as_by_the_actions(
    app: FastAPI, country: World, signer: Actor, version: UUID
) -> None:
    del version
    reviewer = signed_in(app, country, country.reviewer())
    city = signed_in(app, country, signer)
    path = f"/use-cases/{HUE}-001/versions/1/comments"
    asked: dict[str, Any] = reviewer.created(
        path, {"field": "evidence", "scope": "city", "text": HOSTILE}
    ).json()
    assert asked["sayings"] == ["said", "settled"]
    assert asked["comments"][0]["text"] == HOSTILE
    reviewer.created(path, {"field": "", "scope": "internal", "text": SECRET})
    seen = city.read(path)["items"]
    assert [(t["id"], t["waits_for"], t["sayings"]) for t in seen] == [
        (asked["id"], "city", ["said"])
    ]
    assert seen[0]["comments"][0]["name"] is None
    answered = city.created(f"{path}/{asked['id']}", {"text": "Đây ạ."}, idempotency_key="k")
    again = city.created(f"{path}/{asked['id']}", {"text": "Đây ạ."}, idempotency_key="k")
    assert again.json() == answered.json()
    reviewer.created(f"{path}/{asked['id']}", {"saying": "settled"})
    assert city.read(path)["items"][0]["settled"] is True
    wrong = city.create(path, {"field": "x", "text": " ", "scope": "city"})
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert city.create(f"{path}/999999", {"text": "a"}).status_code == HTTPStatus.NOT_FOUND
    assert public(app).get(path).status_code == HTTPStatus.UNAUTHORIZED


def test_the_findings_are_the_ministrys(
    app: FastAPI, country: World, signer: Actor, version: UUID
) -> None:
    del version
    path = f"/use-cases/{HUE}-001/versions/1/findings"
    found = signed_in(app, country, country.reviewer()).read(path)
    assert {"code", "weight", "field", "params", "detail"} == found["items"][0].keys()
    assert "letter_unseen" in {each["code"] for each in found["items"]}
    assert signed_in(app, country, signer).get(path).status_code == HTTPStatus.FORBIDDEN
    assert public(app).get(path).status_code == HTTPStatus.UNAUTHORIZED
