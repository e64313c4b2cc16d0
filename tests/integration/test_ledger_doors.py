"""The seal-keeper's counter: heads, proofs and the whole ledger, as everybody gets them."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from fastapi import FastAPI

from api.pages import ledger
from registry import seals
from registry.actions import tree
from registry.domain import ledger_file, merkle, notes
from registry.domain.audit import audit
from registry.domain.model import OPERATOR, Actor
from registry.queries.tree import Head
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service
from tests.integration.visitor import visitor
from tests.postgres import Database

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def everybody(app: FastAPI) -> Caller:
    return public(app)


@pytest.fixture
def signer(world: World) -> Actor:
    """Of a city in a register of some events."""
    world.targets()
    world.province()
    city, signer, _ = world.counted_city("hue")
    world.roll([city])
    return signer


def sign(world: World, database: Database) -> Head:
    key = seals.ledger_key(database.settings)
    with world.act(OPERATOR) as act:
        return tree.sign_head(act, key, seals.origin(database.settings))


def test_before_the_first_head(app: FastAPI, everybody: Caller) -> None:
    for path in ("head", "checkpoint", "proof/inclusion?position=1", "proof/consistency?first=1"):
        assert everybody.get(f"/ledger/{path}").status_code == 404
    assert everybody.read("/ledger/heads") == {"items": [], "next": None}
    assert everybody.read("/ledger/keys") == {"items": []}
    assert "No head has been signed yet." in visitor(app).open("/en/ledger").words
    assert visitor(app).client.get("/vi/ledger/heads.atom").status_code == 200


@pytest.mark.usefixtures("signer")
def test_the_latest_head_is_told_though_no_event_tells_it(
    world: World, database: Database, everybody: Caller
) -> None:
    first = sign(world, database)
    answer = everybody.get("/ledger/head")
    assert answer.json()["note"] == first.note
    again = everybody.get("/ledger/head", if_none_match=answer.headers["etag"])
    assert again.status_code == 304
    second = sign(world, database)
    again = everybody.get("/ledger/head", if_none_match=answer.headers["etag"])
    assert again.status_code == 200
    assert again.json()["size"] == second.size == first.size
    plain = everybody.get("/ledger/checkpoint")
    assert plain.text == second.note
    assert plain.headers["content-type"].startswith("text/plain")


def test_heads_come_newest_first_page_by_page(
    world: World, database: Database, everybody: Caller, signer: Actor
) -> None:
    signed = [sign(world, database)]
    for _ in range(4):
        world.problem(signer, "hue")
        signed.append(sign(world, database))
    pages = list(everybody.walk("/ledger/heads?limit=2"))
    assert [len(page["items"]) for page in pages] == [2, 2, 1]
    sizes = [head["size"] for page in pages for head in page["items"]]
    assert sizes == [head.size for head in reversed(signed)]
    assert everybody.get("/ledger/heads?cursor=bm9uc2Vuc2U=").status_code == 422
    naive = base64.urlsafe_b64encode(b"2025-01-01T00:00:00").decode()
    assert everybody.get(f"/ledger/heads?cursor={naive}").status_code == 422


def test_everybody_can_check_an_event_and_that_history_only_grew(
    world: World, database: Database, everybody: Caller, signer: Actor
) -> None:
    noted = sign(world, database)
    for _ in range(3):
        world.problem(signer, "hue")
    sign(world, database)
    key = notes.PublicKey.parse(everybody.read("/ledger/keys")["items"][0]["key"])
    head = notes.checkpoint(everybody.get("/ledger/checkpoint").text, [key])[0]
    for event in everybody.read("/events?limit=1000")["items"]:
        proof = everybody.read(f"/ledger/proof/inclusion?position={event['position']}")
        leaf = merkle.leaf_hash(bytes.fromhex(event["hash"]))
        assert proof["leaf_hash"] == leaf.hex()
        hashes = [bytes.fromhex(found) for found in proof["hashes"]]
        assert merkle.includes(proof["index"], head.size, leaf, hashes, head.root)
    proof = everybody.read(f"/ledger/proof/consistency?first={noted.size}&second={head.size}")
    hashes = [bytes.fromhex(found) for found in proof["hashes"]]
    assert merkle.extends(noted.size, noted.root, head.size, head.root, hashes)


@pytest.mark.parametrize(
    ("question", "pointer"),
    [
        ("inclusion", "/position"),
        ("inclusion?position=0", "/position"),
        ("inclusion?position=1000", "/position"),
        ("inclusion?position=1&size=1000", "/size"),
        ("inclusion?position=3&size=2", "/position"),
        ("inclusion?position=99999999999999999999", "/position"),
        ("consistency?first=0", "/first"),
        ("consistency?first=3&second=2", "/first"),
        ("consistency?first=1&second=1000", "/second"),
        ("consistency?first=x", "/first"),
    ],
)
@pytest.mark.usefixtures("signer")
def test_what_no_head_covers_is_refused_by_name(
    world: World,
    database: Database,
    everybody: Caller,
    question: str,
    pointer: str,
) -> None:
    sign(world, database)
    answer = everybody.get(f"/ledger/proof/{question}")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.usefixtures("signer")
def test_the_whole_ledger_can_be_taken_home(
    world: World, database: Database, everybody: Caller
) -> None:
    head = sign(world, database)
    answer = everybody.get("/ledger/export")
    lines = answer.text.splitlines()
    shown = [json.loads(line) for line in lines if '"record":"event"' in line]
    events = everybody.read("/events?limit=1000")["items"]
    assert [
        {k: v for k, v in line.items() if k not in {"record", "leaf"}} for line in shown
    ] == events
    opened = ledger_file.opened(lines)
    said = notes.checkpoint(opened.heads[-1], notes.known_by(head.key, opened.statements))[0]
    report = audit(opened.lines, [said])
    assert (report.signed, report.faults) == (head.size, ())


def test_the_page_shows_head_key_and_how_to_check(
    app: FastAPI, world: World, database: Database, signer: Actor
) -> None:
    head = sign(world, database)
    page = visitor(app).open("/en/ledger")
    for words in (head.root.hex(), str(head.key), "registry ledger verify", "Events covered"):
        assert words in page.words
    assert "more since then" not in page.words
    world.problem(signer, "hue")
    assert "(1 more since then)" in visitor(app).open("/en/ledger").words
    assert "Sổ cái" in visitor(app).open("/vi/ledger").words


def test_the_feed_leads_on_to_earlier_heads(
    app: FastAPI,
    world: World,
    database: Database,
    signer: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signed = [sign(world, database)]
    for _ in range(4):
        world.problem(signer, "hue")
        signed.append(sign(world, database))
    monkeypatch.setattr(ledger, "SHOWN", 2)
    client = visitor(app).client
    following: str | None = "/en/ledger/heads.atom"
    pages: list[list[str | None]] = []
    while following:
        answer = client.get(following)
        assert answer.status_code == 200
        feed = ET.fromstring(answer.content)  # noqa: S314 - our own
        links = {each.get("rel"): each.get("href", "") for each in feed.findall(f"{ATOM}link")}
        assert links["self"].endswith(following)
        pages.append([each.text for each in feed.findall(f"{ATOM}entry/{ATOM}content")])
        following = links.get("next", "").removeprefix("http://127.0.0.1:8000")
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [note for page in pages for note in page] == [head.note for head in reversed(signed)]
    assert client.get("/en/ledger/heads.atom?before=2025-01-01T00:00:00").status_code == 422


def test_the_feed_is_atom(
    app: FastAPI, world: World, database: Database, signer: Actor, clock: Clock
) -> None:
    signed = [sign(world, database)]
    clock.now += timedelta(days=1)
    world.problem(signer, "hue")
    signed.append(sign(world, database))
    answer = visitor(app).client.get("/en/ledger/heads.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = ET.fromstring(answer.content)  # noqa: S314 - our own
    assert feed.tag == f"{ATOM}feed"
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}content") for entry in entries] == [
        head.note for head in reversed(signed)
    ]
    for part in (feed, *entries):
        for name in ("id", "title", "updated"):
            assert part.findtext(f"{ATOM}{name}")
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2
    assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
