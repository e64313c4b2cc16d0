"""What an entry was, and that nobody invented it later: tombstones, public versions, proofs."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from registry import seals
from registry.actions import tree
from registry.domain.model import OPERATOR, Action
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service
from tests.integration.test_pages_public import Reader, known_now, links, main
from tests.postgres import Database

PATH = "/use-cases/46-001"


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as made:
        yield made


@pytest.fixture
def reader(app: FastAPI) -> Reader:
    return Reader(public(app).client)


@pytest.fixture
def everybody(app: FastAPI) -> Caller:
    return public(app)


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.province("48")
    return world


def two_versions(country: World, clock: Clock) -> None:
    """Version 1 approved on 15 June 2025, version 2 on 25 June."""
    city, signer, version = country.counted_city("46")
    country.roll([city])
    clock.now += timedelta(days=10)
    new = country.revise(signer, version, summary="Dự báo trước ba giờ.")
    country.submit(signer, new)
    country.claim(new)
    country.decide(new, Action.APPROVE)
    clock.now += timedelta(days=10)


def test_the_public_text_of_any_day(
    country: World, reader: Reader, everybody: Caller, clock: Clock
) -> None:
    two_versions(country, clock)
    then = reader.words(f"/en{PATH}?as_of=2025-06-20")
    assert "You are reading version 1, the text that was public at the end of 20 June 2025" in then
    assert "Dự báo điểm ngập trước hai giờ." in then
    now = reader.words(f"/en{PATH}")
    assert "Dự báo trước ba giờ." in now
    assert "version 2, approved then" in now
    early = reader.words(f"/en{PATH}?as_of=2025-06-01")
    assert "Nothing of this entry was public at the end of 1 June 2025" in early
    since = reader.words(f"/en{PATH}?since=2025-06-20")
    assert "What changed from version 1 to version 2" in since
    assert "Nothing: the text is the one" in reader.words(f"/en{PATH}?since=2025-06-25")
    assert "nothing to compare" in reader.words(f"/en{PATH}?since=2025-01-01")
    assert everybody.client.get(f"/vi{PATH}?since=hier").status_code == 422
    assert everybody.read(f"{PATH}?as_of=2025-06-20")["public_version"] == 1
    assert everybody.read(f"{PATH}?as_of=2025-06-01")["public_version"] is None
    found = everybody.read(PATH)
    assert (found["public_version"], found["tombstone"]) == (2, None)
    assert [(s["version"], s["ended_by"]) for s in found["history"]] == [
        (1, "supersede"),
        (2, None),
    ]
    assert found["history"][0]["until"] == found["history"][1]["since"]
    assert found["history"][0]["since_decision"] == "2025-000001"


def test_a_revoked_entry_keeps_a_tombstone(
    country: World, reader: Reader, everybody: Caller, clock: Clock
) -> None:
    city, _, version = country.counted_city("46")
    country.roll([city])
    clock.now += timedelta(days=1)
    known = known_now(clock)
    country.decide(version, Action.SUSPEND, "2025-06-01", reason="Đang xác minh.")
    told = reader.words(f"/en{PATH}")
    assert "The approval of this entry is suspended." in told
    clock.now += timedelta(days=1)
    country.decide(version, Action.REVOKE, "2025-03-01", reason="Đã dừng từ tháng 3.")
    html = reader.page(f"/en{PATH}")
    told = " ".join("".join(main(html).itertext()).split())
    assert "The approval of this entry was revoked." in told
    assert "from 1 March 2025" in told
    assert "Đã dừng từ tháng 3." in told
    assert "/en/decisions/2025-000003" in links(html)
    found = everybody.read(PATH)
    stone = found["tombstone"]
    assert (stone["action"], stone["effective_from"]) == ("revoke", "2025-03-01")
    assert (stone["reason"], stone["decision"]) == ("Đã dừng từ tháng 3.", "2025-000003")
    assert stone["approved_at"] < stone["decided_at"]
    assert found["live_version"] is None
    # As it was known before, nothing had happened to it.
    assert everybody.read(f"{PATH}?{known}")["tombstone"] is None
    assert "was revoked" not in reader.words(f"/en{PATH}?{known}").split("Decisions")[0]


def test_a_reinstated_entry_has_none(
    country: World, reader: Reader, everybody: Caller, clock: Clock
) -> None:
    _, _, version = country.counted_city("46")
    country.decide(version, Action.SUSPEND)
    country.decide(version, Action.REINSTATE)
    assert everybody.read(PATH)["tombstone"] is None
    assert "tombstone" not in reader.page(f"/vi{PATH}")
    spans = everybody.read(PATH)["history"]
    assert [(s["version"], s["ended_by"]) for s in spans] == [(1, "suspend"), (1, None)]
    del clock


def test_what_was_never_public_is_nowhere(
    country: World, reader: Reader, everybody: Caller
) -> None:
    city = country.city("46")
    signer = country.signer(city)
    draft = country.draft(signer, city, [country.problem(signer, city)])
    country.submit(signer, draft)
    country.withdraw(signer, draft)
    assert everybody.get(PATH).status_code == 404
    assert everybody.get(f"{PATH}?as_of=2025-06-01").status_code == 404
    reader.page(f"/vi{PATH}", 404)


def sign(world: World, database: Database) -> None:
    key = seals.ledger_key(database.settings)
    with world.act(OPERATOR) as act:
        tree.sign_head(act, key, seals.origin(database.settings))


def test_a_decision_is_proven_on_its_page(
    country: World, database: Database, reader: Reader, everybody: Caller
) -> None:
    city, _, _ = country.counted_city("46")
    country.roll([city])
    page = "/en/decisions/2025-000001"
    assert "No head has been signed since" in reader.words(page)
    unsealed = everybody.read("/decisions/2025-000001/proof")
    assert (unsealed["head"], unsealed["path"]) == (None, [])
    sign(country, database)
    country.city("later")
    country.counted_city("47")
    sign(country, database)
    told = reader.words(page)
    assert told.count("checked here: true") == 5
    assert "NOT true" not in told
    proof = everybody.read("/decisions/2025-000001/proof")
    assert set(proof["verified"].values()) == {True}
    assert proof["root"] in reader.page(page)
    assert page + "#proof" in links(reader.page(f"/en/cities/{city}"))


def test_the_proof_holds_without_us(
    country: World, database: Database, reader: Reader, everybody: Caller, tmp_path: Path
) -> None:
    """By the words of the page itself, with nothing of this register but the file."""
    for code in ("46", "47", "48x"):
        country.counted_city(code)
    sign(country, database)
    html = reader.page("/vi/decisions/2025-000002")
    shown = {
        pre.get("id"): "".join(pre.itertext()) for pre in main(html).iter("pre") if pre.get("id")
    }
    proof = everybody.read("/decisions/2025-000002/proof")
    (tmp_path / "proof.json").write_text(json.dumps(proof), encoding="utf-8")
    run = [sys.executable, "-I", "-c", unescape(shown["check-way"])]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"TRUE: in the ledger of {proof['head']['size']} events\n"
    openssl = shutil.which("openssl")
    assert openssl is not None
    command = [openssl, *shown["check-signature"].split()[1:]]
    signed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert signed.returncode == 0, signed.stderr
    forged = proof | {"event_hash": "00" * 32}
    (tmp_path / "proof.json").write_text(json.dumps(forged), encoding="utf-8")
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "FALSE\n"
    (tmp_path / "head.txt").write_text("another\n1\nAAAA\n", encoding="utf-8")
    signed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert signed.returncode != 0


@pytest.mark.parametrize(
    ("damage", "broken"),
    [
        ("UPDATE event SET payload = payload || '{\"x\": 1}' WHERE position = {at}", "unaltered"),
        (
            "UPDATE tree_node SET hash = sha256('x') WHERE level = 0 AND number = {at} - 2",
            "included",
        ),
        ("DELETE FROM tree_node WHERE level = 0 AND number = {at} - 2", "included"),
        ("UPDATE tree_head SET note = replace(note, E'\\n\\n', E'x\\n\\n')", "signed"),
    ],
)
def test_what_was_changed_afterwards_is_seen(
    country: World,
    database: Database,
    reader: Reader,
    everybody: Caller,
    damage: str,
    broken: str,
) -> None:
    country.counted_city("46")
    country.city("47")
    sign(country, database)
    at = everybody.read("/decisions/2025-000001")["position"]
    # An even place has its neighbour on the left.
    statement = damage.replace("{at}", str(at))
    with database.owner.begin() as connection:
        # Whoever owns the tables can take their locks off: that is what the seal is for.
        table = re.search(r"event|tree_node|tree_head", statement)
        assert table is not None
        connection.execute(text(f"ALTER TABLE {table[0]} DISABLE TRIGGER USER"))
        connection.exec_driver_sql(statement.replace("%", "%%"))
    verified = everybody.read("/decisions/2025-000001/proof")["verified"]
    assert verified[broken] is False
    told = reader.words("/en/decisions/2025-000001")
    assert "The check of this decision failed." in told
    assert "checked here: NOT true" in told
