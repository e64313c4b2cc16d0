"""The seal-keeper's room: heads are signed, keys handed on, and whoever writes history anew is
found out by yesterday's head, also with a superuser's rights."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from api.v1.ledger_lines import file_of
from registry import seals
from registry.actions import later, tree
from registry.db.engine import transaction
from registry.db.tables import EventRow, TreeHead, TreeNode
from registry.domain import ledger_file, merkle, notes
from registry.domain.audit import Report, audit
from registry.domain.errors import Forbidden, LedgerBroken, NotFound, UnsafeConfiguration
from registry.domain.ledger import GENESIS, Event, Fault
from registry.domain.merkle import Node, leaf_hash
from registry.domain.model import OPERATOR, Role
from registry.domain.notes import PublicKey
from registry.queries.ledger import events
from registry.queries.tree import (
    Head,
    consistency_proof,
    heads,
    inclusion_proof,
    keys,
    verify_ledger,
)
from registry.settings import Mode
from tests.factories import World
from tests.jobs import run_jobs
from tests.postgres import Database

ORIGIN = "registry.test/ledger"
_numbers = count(1)


@pytest.fixture
def told(world: World) -> World:
    """A register of nine events."""
    world.targets()
    world.province()
    city, signer, _ = world.counted_city()
    world.roll([city])
    for _ in range(4):
        world.problem(signer, city)
    return world


def sign(world: World, database: Database) -> Head:
    key = seals.ledger_key(database.settings)
    with world.act(OPERATOR) as act:
        return tree.sign_head(act, key, ORIGIN)


def more(world: World, count: int) -> None:
    """Events that nobody minds."""
    for _ in range(count):
        world.roll([], code=f"urban-{next(_numbers)}")


def verified(world: World) -> Report:
    with world.factory() as session:
        return verify_ledger(session)


def written(world: World, *, full: bool = True) -> list[str]:
    return list(file_of(world.factory, full=full))


def checked(lines: Iterable[str], head: Head, earlier: Iterable[str] = ()) -> Report:
    """What somebody finds who has a file, and the head and key that they noted."""
    found = ledger_file.opened(lines)
    trusted = notes.known_by(head.key, found.statements)
    before = ledger_file.opened(earlier).lines if earlier else ()
    return audit(found.lines, [notes.checkpoint(head.note, trusted)[0]], before)


# ── Signing ─────────────────────────────────────────────────────────────────────────────────


def test_a_head_covers_every_event(told: World, database: Database) -> None:
    head = sign(told, database)
    with told.factory() as session:
        hashes = [leaf_hash(digest) for _, digest in events(session, limit=100)]
        assert (head.size, head.root) == (len(hashes), merkle.root_of(hashes))
        assert [h.size for h in heads(session)] == [head.size]
        [key] = keys(session)
    assert notes.checkpoint(head.note, [key.key])[0].root == head.root
    # The key's own introduction is an event, and the head covers it.
    assert key.position == head.size
    assert verified(told).signed == head.size
    assert verified(told).faults == ()


def test_the_tree_grows_from_head_to_head(told: World, database: Database) -> None:
    for added in (0, 1, 5, 12):
        more(told, added)
        sign(told, database)
    with told.factory() as session:
        hashes = [leaf_hash(digest) for _, digest in events(session, limit=100)]
        for head in heads(session):
            assert head.root == merkle.root_of(hashes[: head.size])
        rows = session.execute(select(TreeNode.level, TreeNode.number, TreeNode.hash)).all()
    grown = merkle.Growing()
    wanted = dict(pair for leaf in hashes for pair in grown.add(leaf))
    assert {Node(row.level, row.number): row.hash for row in rows} == wanted


def test_proofs_hold_for_whoever_knows_a_head(told: World, database: Database) -> None:
    first = sign(told, database)
    more(told, 6)
    second = sign(told, database)
    with told.factory() as session:
        for position in range(1, second.size + 1):
            [(event, digest)] = events(session, position - 1, 1)
            leaf, proof = inclusion_proof(session, position, None)
            assert leaf == leaf_hash(event.hash()) == leaf_hash(digest)
            assert merkle.includes(position - 1, proof.size, leaf, proof.hashes, second.root)
        root, proof = consistency_proof(session, first.size, second.size)
        assert (root, proof.root) == (first.root, second.root)
        assert merkle.extends(first.size, root, second.size, proof.root, proof.hashes)


def test_before_the_first_head_there_is_no_proof(told: World) -> None:
    with told.factory() as session, pytest.raises(NotFound):
        inclusion_proof(session, 1, None)
    assert verified(told).signed == 0
    assert verified(told).faults == ()


def test_a_day_without_events_has_its_head_too(told: World, database: Database) -> None:
    first, second = sign(told, database), sign(told, database)
    assert first.note == second.note
    assert first.signed_at < second.signed_at


def test_the_job_signs(told: World, database: Database) -> None:
    with transaction(told.factory) as session:
        later.defer(session, "ledger.sign")
    assert ("ledger.sign", "succeeded") in run_jobs(database, told.clock)
    with told.factory() as session:
        [head] = heads(session)
    assert head.key.name == "127.0.0.1:8000/ledger"
    assert Path(database.settings.ledger_key).stat().st_mode & 0o777 == 0o600


def test_nobody_else_signs(told: World, database: Database) -> None:
    for role in (Role.REVIEWER, Role.CITY_SIGNER):
        city = told.city() if role is Role.CITY_SIGNER else None
        with told.act(told.user(role, city)) as act, pytest.raises(Forbidden):
            tree.sign_head(act, seals.ledger_key(database.settings), ORIGIN)


def test_in_production_a_key_is_made_on_purpose(database: Database) -> None:
    production = database.settings.model_copy(update={"mode": Mode.PRODUCTION})
    with pytest.raises(UnsafeConfiguration, match="new-key"):
        seals.ledger_key(production)
    path = Path(production.ledger_key)
    made = seals.make(path)
    assert seals.ledger_key(production).private_bytes_raw() == made.private_bytes_raw()
    with pytest.raises(FileExistsError):
        seals.make(path)
    path.chmod(0o640)
    with pytest.raises(UnsafeConfiguration, match="read by others"):
        seals.ledger_key(production)
    path.chmod(0o600)
    path.write_text("no key", encoding="utf-8")
    with pytest.raises(UnsafeConfiguration, match="no Ed25519"):
        seals.ledger_key(production)


# ── Keys ────────────────────────────────────────────────────────────────────────────────────


def hand_on(world: World, database: Database, *, lost: bool = False) -> PublicKey:
    path = Path(database.settings.ledger_key)
    old = None if lost else seals.read(path)
    new = seals.make(seals.upcoming(path))
    with world.act(OPERATOR) as act:
        public = tree.hand_on(act, new, old)
    seals.take_over(path)
    return public


def test_old_heads_stay_verifiable_when_the_key_is_handed_on(
    told: World, database: Database
) -> None:
    first = sign(told, database)
    new = hand_on(told, database)
    more(told, 2)
    second = sign(told, database)
    assert (first.key != new, second.key) == (True, new)
    assert verified(told).faults == ()
    # Whoever noted the first key needs no other; nor does whoever noted the second.
    lines = written(told)
    opened = ledger_file.opened(lines)
    trusted = notes.known_by(first.key, opened.statements)
    assert trusted == [first.key, new]
    said = [notes.checkpoint(note, trusted)[0] for note in opened.heads]
    assert audit(opened.lines, said).signed == second.size
    assert checked(lines, second).signed == second.size
    kept = sorted(path.name for path in Path(database.settings.ledger_key).parent.iterdir())
    assert len(kept) == 2


def test_another_key_signs_nothing(told: World, database: Database) -> None:
    sign(told, database)
    path = Path(database.settings.ledger_key)
    stranger = seals.make(path.with_name("stranger.pem"))
    with told.act(OPERATOR) as act, pytest.raises(UnsafeConfiguration):
        tree.sign_head(act, stranger, ORIGIN)
    with told.act(OPERATOR) as act, pytest.raises(UnsafeConfiguration):
        tree.hand_on(act, stranger, stranger)


def test_a_lost_key_is_followed_by_one_that_nobody_vouches_for(
    told: World, database: Database
) -> None:
    first = sign(told, database)
    hand_on(told, database, lost=True)
    second = sign(told, database)
    assert verified(told).faults == ()
    with told.factory() as session:
        statements = [key.statement for key in keys(session)]
    assert notes.known_by(first.key, statements) == [first.key]
    assert notes.known_by(second.key, statements) == [second.key]


# ── Files ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("full", [True, False])
def test_a_file_says_all_that_is_needed(told: World, database: Database, full: bool) -> None:
    head = sign(told, database)
    report = checked(written(told, full=full), head)
    assert (report.count, report.signed, report.faults) == (head.size, head.size, ())


def test_the_public_file_names_nobody(told: World, database: Database) -> None:
    sign(told, database)
    names = {"actor_id", "request_id", "actor_role"}
    for line in written(told, full=False):
        assert not names & set(json.loads(line))


@pytest.mark.parametrize(
    "change",
    [
        lambda _lines: [],
        lambda lines: lines[1:],
        lambda lines: [*lines, "{"],
        lambda lines: [*lines, "[]"],
        lambda lines: [*lines, '{"record":"event"}'],
        lambda lines: [*lines, '{"record":"event","position":true,"leaf":null}'],
        lambda lines: [*lines[:-1], lines[-1].replace('"payload":', f'"payload":{10**30},"x":')],
        lambda lines: [lines[0], '{"record":"head","note":5}'],
        lambda lines: [*lines[:1], "[" * 100_000],
    ],
)
def test_what_is_no_export_is_refused_by_its_line(
    told: World, database: Database, change: Callable[[list[str]], list[str]]
) -> None:
    head = sign(told, database)
    with pytest.raises(ledger_file.Unreadable, match=r"^line \d+: "):
        checked(change(written(told)), head)


# ── A superuser at work ─────────────────────────────────────────────────────────────────────


def history(session: Session | Connection) -> list[Event]:
    rows = session.execute(select(EventRow.__table__).order_by(EventRow.position))
    return [
        Event(
            **{n: row[n] for n in Event.__dataclass_fields__ if n != "actor_id"},
            actor_id=None if row["actor_id"] is None else str(row["actor_id"]),
        )
        for row in rows.mappings()
    ]


def rewrite(database: Database, change: Callable[[list[Event]], list[Event]]) -> None:
    """As the owner of the tables, with every guard off: another history, its chain made whole."""
    with database.owner.begin() as connection:
        unguard(connection)
        told, previous = change(history(connection)), GENESIS
        connection.execute(delete(EventRow))
        last = None
        for position, event in enumerate(told, 1):
            last = replace(event, position=position, previous_hash=previous)
            previous = last.hash()
            connection.execute(insert(EventRow).values(**asdict(last), hash=previous))
        assert last is not None
        connection.execute(
            text("UPDATE ledger_head SET position = :p, recorded_at = :t, hash = :h"),
            {"p": last.position, "t": last.recorded_at, "h": previous},
        )


def unguard(connection: Connection) -> None:
    for table in ("event", "tree_node", "tree_head"):
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    named = connection.execute(
        text(
            "SELECT conrelid::regclass, conname FROM pg_constraint"
            " WHERE confrelid = 'event'::regclass AND contype = 'f'"
        )
    )
    for table, name in named.all():
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))


def altered(told: list[Event]) -> list[Event]:
    return [*told[:3], replace(told[3], payload={**told[3].payload, "reason": "khác"}), *told[4:]]


def dropped(told: list[Event]) -> list[Event]:
    return [*told[:4], *told[5:]]


def inserted(told: list[Event]) -> list[Event]:
    new = replace(told[4], recorded_at=told[4].recorded_at + timedelta(seconds=1))
    moved = [replace(e, recorded_at=e.recorded_at + timedelta(seconds=2)) for e in told[5:]]
    return [*told[:5], new, *moved]


def swapped(told: list[Event]) -> list[Event]:
    one, two = told[2], told[3]
    return [
        *told[:2],
        replace(two, recorded_at=one.recorded_at),
        replace(one, recorded_at=two.recorded_at),
        *told[4:],
    ]


CRIMES = [(altered, 4), (dropped, 5), (inserted, 6), (swapped, 3)]


@pytest.mark.parametrize(("crime", "place"), CRIMES, ids=[c.__name__ for c, _ in CRIMES])
def test_yesterdays_head_names_where_history_was_written_anew(
    told: World, database: Database, crime: Callable[[list[Event]], list[Event]], place: int
) -> None:
    head = sign(told, database)
    more(told, 3)
    rewrite(database, crime)
    named = Fault(place, "not_as_signed")
    # The database itself, whose chain is whole again …
    assert verified(told).faults == (named,)
    # … and both files that are taken of it now.
    for full in (True, False):
        assert checked(written(told, full=full), head).faults == (named,)


def test_who_wrote_the_leaves_anew_too_is_named_by_an_earlier_file(
    told: World, database: Database
) -> None:
    head = sign(told, database)
    before = {full: written(told, full=full) for full in (True, False)}
    more(told, 3)
    rewrite(database, altered)
    with database.owner.begin() as connection:
        for event in history(connection):
            connection.execute(
                update(TreeNode)
                .where(TreeNode.level == 0, TreeNode.number == event.position - 1)
                .values(hash=leaf_hash(event.hash()))
            )
    # Of itself the head says no more than that it is not this history …
    vague = Fault(1, "not_as_signed", head.size)
    assert verified(told).faults == (vague,)
    assert checked(written(told), head).faults == (vague,)
    # … and whoever kept a file, even the public one, knows the place.
    for full in (True, False):
        found = checked(written(told), head, before[full])
        assert found.faults == (Fault(4, "not_as_signed"),)


def test_two_heads_close_in_on_the_place(told: World, database: Database) -> None:
    first = sign(told, database)
    more(told, 4)
    second = sign(told, database)
    rewrite(database, lambda told: [*told[:-2], replace(told[-2], request_id="x"), told[-1]])
    with database.owner.begin() as connection:
        connection.execute(delete(TreeNode).where(TreeNode.level == 0))
    report = verified(told)
    assert report.signed == first.size
    assert report.faults == (Fault(first.size + 1, "not_as_signed", second.size),)


def test_a_ledger_that_was_cut_off_is_known_by_the_head(told: World, database: Database) -> None:
    head = sign(told, database)
    rewrite(database, lambda told: told[:5])
    missing = [Fault(place, "missing") for place in range(6, head.size + 1)]
    assert verified(told).faults == (*missing, Fault(6, "not_as_signed"))
    with database.owner.begin() as connection:
        connection.execute(delete(TreeNode))
    assert verified(told).faults == (Fault(6, "cut_off", head.size),)
    assert checked(written(told, full=False), head).faults == (Fault(6, "cut_off", head.size),)


def test_nothing_is_signed_on_top_of_another_history(told: World, database: Database) -> None:
    sign(told, database)
    more(told, 1)
    rewrite(database, altered)
    with pytest.raises(LedgerBroken):
        sign(told, database)


def test_nothing_is_signed_on_top_of_a_broken_chain(told: World, database: Database) -> None:
    sign(told, database)
    more(told, 2)
    with database.owner.begin() as connection:
        unguard(connection)
        connection.execute(text("UPDATE event SET kind = 'x' WHERE position = 11"))
    with pytest.raises(LedgerBroken):
        sign(told, database)


def test_a_forged_head_is_named(told: World, database: Database) -> None:
    head = sign(told, database)
    with database.owner.begin() as connection:
        unguard(connection)
        connection.execute(update(TreeHead).values(root=bytes(32)))
    assert verified(told).faults == (Fault(head.size, "signature"),)


def test_a_leaf_that_was_touched_is_named(told: World, database: Database) -> None:
    sign(told, database)
    with database.owner.begin() as connection:
        unguard(connection)
        touched = TreeNode.level == 0, TreeNode.number == 2
        connection.execute(update(TreeNode).where(*touched).values(hash=bytes(32)))
    assert verified(told).faults == (Fault(3, "leaf"),)


def test_what_was_never_signed_differs_from_what_was_kept(told: World, database: Database) -> None:
    head = sign(told, database)
    more(told, 3)
    before = written(told, full=False)
    rewrite(database, lambda told: [*told[:-1], replace(told[-1], request_id="x")])
    assert checked(written(told), head).faults == ()
    [fault] = checked(written(told), head, before).faults
    assert fault == Fault(head.size + 3, "not_as_before")


# ── The guards of the tables ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tree_node SET hash = hash",
        "DELETE FROM tree_head",
        "TRUNCATE tree_key CASCADE",
        "INSERT INTO tree_head SELECT signed_at + interval '1 day', 1, root, public_key, note"
        " FROM tree_head",
        "INSERT INTO tree_head SELECT signed_at - interval '1 day', size, root, public_key, note"
        " FROM tree_head",
    ],
)
def test_what_was_signed_stays(told: World, database: Database, statement: str) -> None:
    sign(told, database)
    with database.owner.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(text(statement))
    with database.service.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text(statement))


# ── The command line ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def registry(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Sequence[str]], tuple[int, str]]:
    from api import cli_ledger

    monkeypatch.setattr(cli_ledger, "settings", lambda: database.settings)
    monkeypatch.setattr(cli_ledger.console, "_width", 1000)

    def run(arguments: Sequence[str]) -> tuple[int, str]:
        done = CliRunner().invoke(cli_ledger.ledger, arguments)
        return done.exit_code, done.stdout

    return run


def test_the_command_line_from_key_to_verdict(
    told: World,
    database: Database,
    registry: Callable[[Sequence[str]], tuple[int, str]],
    tmp_path: Path,
) -> None:
    assert registry(["new-key"])[0] == 0
    assert registry(["new-key"])[0] == 1
    status, note = registry(["sign"])
    assert status == 0
    head, key, yesterday, today = (tmp_path / name for name in ("head", "key", "before", "now"))
    head.write_text(note, encoding="utf-8")
    with told.factory() as session:
        key.write_text(f"{keys(session)[0].key}\n", encoding="utf-8")
    yesterday.write_text(registry(["export", "--public"])[1], encoding="utf-8")
    status, said = registry(["rotate-key"])
    assert (status, PublicKey.parse(said).name) == (0, "127.0.0.1:8000/ledger")
    assert registry(["sign"])[0] == 0
    today.write_text(registry(["export"])[1], encoding="utf-8")
    trust = ["--head", str(head), "--key", str(key)]
    for arguments in (["verify"], ["verify", *trust], ["verify", str(today), *trust]):
        status, said = registry(arguments)
        assert (status, said.count("\n")) == (0, 1), said
    rewrite(database, altered)
    today.write_text(registry(["export"])[1], encoding="utf-8")
    for arguments in (
        ["verify"],
        ["verify", *trust],
        ["verify", str(today), *trust],
        ["verify", str(today), *trust, "--earlier", str(yesterday)],
    ):
        status, said = registry(arguments)
        assert status == 1
        assert "event 4: is not what was signed" in said
    stranger = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert registry(["verify", str(today), "--key", stranger])[0] == 1
    assert registry(["verify", str(today), "--key", "nonsense"])[0] == 1
    assert registry(["verify", str(today)])[0] == 2
