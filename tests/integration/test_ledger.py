"""The archive's room: facts are recorded one after the other, and the past does not change."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from registry.actions import declare, review
from registry.actions.act import Act
from registry.db.engine import read_sessions, service_engine, sessions
from registry.domain.errors import RegistryError, Stale, WrongState
from registry.domain.intake import DecisionDraft, ProblemDraft, YearDraft
from registry.domain.ledger import Event, Fault
from registry.domain.model import Action, Actor
from registry.queries.coverage import coverage
from registry.queries.ledger import events
from registry.queries.moments import Moment, moment
from registry.queries.tree import verify_ledger
from tests.factories import PROBLEM, Clock, World
from tests.postgres import Database
from tests.unit.json_values import HOSTILE

YEAR_END = date(2024, 12, 31)


def at(text_: str) -> datetime:
    return datetime.fromisoformat(text_).replace(tzinfo=UTC)


def ledger(factory: sessionmaker[Session]) -> list[Event]:
    with factory() as session:
        return [event for event, _ in events(session, limit=10_000)]


def faults(factory: sessionmaker[Session]) -> list[Fault]:
    with factory() as session:
        return list(verify_ledger(session).faults)


def counted(factory: sessionmaker[Session], now: datetime, known_at: datetime | None) -> Any:
    """The figure for the end of 2024 and the moment it is pinned to."""
    with factory() as session:
        asked = moment(session, now, YEAR_END, known_at)
        return coverage(session, asked).tally.counted, asked


def wait_until_blocked(database: Database, waiting: Future[Any]) -> None:
    query = text("""
        SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
        WHERE NOT granted AND datname = current_database()
    """)
    with database.owner.connect() as connection:
        while not connection.scalar(query):
            connection.rollback()
            assert not waiting.done(), "it did not wait"


@pytest.fixture
def city(world: World) -> str:
    """A city on the roll, with nothing declared."""
    world.targets()
    world.province()
    code = world.city("hue")
    world.roll([code])
    return code


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(30) as pool:
        yield pool


# ── One after the other ─────────────────────────────────────────────────────────────────────


def test_every_deed_leaves_its_line(world: World, city: str) -> None:
    signer = world.signer(city)
    problem = world.problem(signer, city)
    first = world.approved(signer, city, [problem])
    second = world.revise(signer, first)
    world.submit(signer, second)
    world.claim(second)
    world.decide(second, Action.APPROVE)
    world.decide(second, Action.REVOKE)
    world.withdraw_problem(signer, problem, "2025-01-01")
    told = [(e.kind, e.actor_role, e.subject_id) for e in ledger(world.factory)]
    assert told == [
        ("roll.in_force", "administrator", "urban-2024"),
        ("problem.declared", "city_signer", str(problem)),
        ("version.submit", "city_signer", "hue-001"),
        ("version.claim", "reviewer", "hue-001"),
        ("version.approve", "reviewer", "hue-001"),
        ("version.submit", "city_signer", "hue-001"),
        ("version.claim", "reviewer", "hue-001"),
        ("version.supersede", "reviewer", "hue-001"),
        ("version.approve", "reviewer", "hue-001"),
        ("version.revoke", "reviewer", "hue-001"),
        ("problem.withdrawn", "city_signer", str(problem)),
    ]
    assert faults(world.factory) == []


def test_what_changes_a_text_says_what_it_was_and_what_it_is(world: World, city: str) -> None:
    signer = world.signer(city)
    problem = world.problem(signer, city)
    first = world.approved(signer, city, [problem])
    second = world.revise(signer, first, title="Khác")
    world.submit(signer, second)
    world.withdraw_problem(signer, problem, "2025-01-01")
    for status in ("in_progress", "none"):
        with world.act(signer) as act:
            declare.declare_year(act, city, YearDraft.read({"year": 2024, "status": status}))
    told = [(e.kind, e.payload) for e in ledger(world.factory)]
    texts = [p for kind, p in told if kind.startswith("version.")]
    one, two = texts[0]["content_sha256"], texts[-1]["content_sha256"]
    assert one != two
    assert [(p["from_state"], p["state"], p["content_sha256"]) for p in texts] == [
        ("draft", "submitted", one),
        ("submitted", "in_review", one),
        ("in_review", "approved", one),
        ("draft", "submitted", two),
    ]
    assert [p["before_sha256"] for p in texts if "before_sha256" in p] == [None, one]
    for noun in ("problem.", "year."):
        [before, after] = [p for kind, p in told if kind.startswith(noun)]
        assert before["before_sha256"] is None
        assert before["after_sha256"] == after["before_sha256"] != after["after_sha256"]


def test_hostile_text_is_recorded_as_it_is_and_verifies(world: World, city: str) -> None:
    signer = world.signer(city)
    for words in HOSTILE:
        world.problem(signer, city, title=words, statement=words)
    recorded = [e.payload for e in ledger(world.factory) if e.kind == "problem.declared"]
    assert [payload["title"] for payload in recorded] == list(HOSTILE)
    assert faults(world.factory) == []


def test_what_is_refused_or_fails_leaves_no_line(world: World, city: str) -> None:
    signer = world.signer(city)
    before = len(ledger(world.factory))
    with pytest.raises(RegistryError):
        world.problem(signer, city, declared_on="2030")
    with world.factory() as session:
        declare.declare_problem(Act(session, signer, world.clock), city, ProblemDraft.read(PROBLEM))
        session.rollback()
    assert len(ledger(world.factory)) == before
    world.problem(signer, city)
    assert [e.position for e in ledger(world.factory)] == list(range(1, before + 2))
    assert faults(world.factory) == []


def test_times_increase_even_when_the_clock_does_not(world: World, city: str, clock: Clock) -> None:
    signer = world.signer(city)
    for now in ("2025-06-15T10:00:00", "2025-06-15T10:00:00", "2025-06-15T09:00:00"):
        clock.set(now)
        world.problem(signer, city)
    first, second, third = [e.recorded_at for e in ledger(world.factory)][-3:]
    assert first == at("2025-06-15T10:00:00")
    assert first < second < third


def test_writers_at_once_take_turns(world: World, city: str, threads: ThreadPoolExecutor) -> None:
    writers, deeds = 6, 8
    signer = world.signer(city)
    start = Barrier(writers)

    def write(number: int) -> None:
        # Every writer's clock is wrong in its own way; the ledger's order is not theirs.
        clock = Clock(at("2025-06-15T10:00:00") - timedelta(hours=number))
        start.wait()
        for _ in range(deeds):
            with world.factory() as session, session.begin():
                declare.declare_problem(
                    Act(session, signer, clock), city, ProblemDraft.read(PROBLEM)
                )

    list(threads.map(write, range(writers)))
    told = ledger(world.factory)
    assert [e.position for e in told] == list(range(1, 1 + 1 + writers * deeds))
    assert all(a.recorded_at < b.recorded_at for a, b in pairwise(told))
    assert faults(world.factory) == []


def test_the_time_is_taken_after_the_wait(
    world: World, database: Database, city: str, threads: ThreadPoolExecutor, clock: Clock
) -> None:
    """A writer that came at 10:00:00 and waited until 10:00:05 writes 10:00:05."""
    signer = world.signer(city)
    clock.set("2025-06-15T10:00:00")
    with world.act(signer) as act:
        declare.declare_year(act, city, YearDraft.read({"year": 2024, "status": "none"}))
        waiting = threads.submit(world.problem, signer, city)
        wait_until_blocked(database, waiting)
        clock.set("2025-06-15T10:00:05")
    waiting.result()
    assert ledger(world.factory)[-1].recorded_at == at("2025-06-15T10:00:05")


# ── The past does not change ────────────────────────────────────────────────────────────────


@pytest.fixture
def in_review(world: World, city: str, clock: Clock) -> Any:
    """A version that waits for its decision since nine o'clock."""
    clock.set("2025-06-15T09:00:00")
    signer = world.signer(city)
    version = world.draft(signer, city, [world.problem(signer, city)])
    world.submit(signer, version)
    world.claim(version)
    return version


def approve(act: Act, version: Any) -> None:
    revision = act.session.execute(
        text("SELECT revision FROM use_case_version WHERE id = :id"), {"id": version}
    ).scalar_one()
    review.decide(act, version, Action.APPROVE, DecisionDraft(ai_confirmed=True), revision)


@pytest.mark.parametrize("reading", [sessions, read_sessions])
def test_a_question_about_a_writers_time_waits_for_it(
    world: World,
    database: Database,
    in_review: Any,
    threads: ThreadPoolExecutor,
    clock: Clock,
    reading: Callable[..., sessionmaker[Session]],
) -> None:
    """The trap: recorded at 10:00:00, committed at 10:00:05, asked about at 10:00:02."""
    factory = reading(database.service)
    asked_at = at("2025-06-15T10:00:02")
    clock.set("2025-06-15T10:00:00")
    with world.act(world.reviewer()) as act:
        approve(act, in_review)
        answer: Future[Any] = threads.submit(counted, factory, asked_at, asked_at)
        wait_until_blocked(database, answer)
        clock.set("2025-06-15T10:00:05")
    first, pinned = answer.result()
    assert first == 1
    assert pinned.known_at == at("2025-06-15T10:00:00")
    for now in ("2025-06-15T10:00:06", "2026-01-01T00:00:00"):
        assert counted(factory, at(now), asked_at) == (first, pinned)
        assert counted(factory, at(now), pinned.known_at) == (first, pinned)


def test_a_question_about_now_or_before_waits_for_nobody(
    world: World, in_review: Any, clock: Clock
) -> None:
    clock.set("2025-06-15T10:00:00")
    with world.act(world.reviewer()) as act:
        approve(act, in_review)
        with world.factory() as session:
            # It would wait for ever: the writer is this very thread.
            session.execute(text("SET lock_timeout = '200ms'"))
            now = moment(session, clock.now, YEAR_END)
            before = moment(session, clock.now, YEAR_END, at("2025-06-15T08:00:00"))
            assert coverage(session, now).tally.counted == 0
            assert coverage(session, before).tally.counted == 0
            with pytest.raises(OperationalError, match="lock timeout"):
                moment(session, clock.now, YEAR_END, clock.now)
    later = at("2025-06-15T11:00:00")
    assert counted(world.factory, later, now.known_at) == (0, now)
    assert counted(world.factory, later, None)[0] == 1


def test_answers_pinned_while_others_write_are_given_again(
    world: World, threads: ThreadPoolExecutor
) -> None:
    """Readers and writers in one crowd, on the machine's own clock."""
    world.targets()
    world.province()
    signers = [(code := world.city(), world.signer(code)) for _ in range(4)]
    world.roll([code for code, _ in signers])
    live = World(world.factory, lambda: datetime.now(UTC), [world.reviewer()])

    def write(code: str, signer: Actor) -> None:
        version = live.approved(signer, code, [live.problem(signer, code)])
        live.decide(version, Action.REVOKE)
        live.decide(version, Action.REINSTATE)

    def read(_: int) -> list[tuple[datetime, int, Moment]]:
        answers = []
        while not all(done.done() for done in writing):
            asked = datetime.now(UTC)
            answers.append((asked, *counted(world.factory, asked, asked)))
        return answers

    writing = [threads.submit(write, code, signer) for code, signer in signers]
    answers = [answer for told in threads.map(read, range(3)) for answer in told]
    for done in writing:
        done.result()
    assert len({pinned.position for _, _, pinned in answers}) > 3
    now = datetime.now(UTC)
    for asked, figure, pinned in answers:
        assert counted(world.factory, now, asked) == (figure, pinned)


def test_the_head_can_be_asked_for_even_when_the_clock_was_set_back(
    world: World, city: str, clock: Clock
) -> None:
    world.problem(world.signer(city), city)
    clock.set("2025-06-15T01:00:00")
    _, pinned = counted(world.factory, clock.now, None)
    assert counted(world.factory, clock.now, pinned.known_at) == (0, pinned)


# ── Tampering shows ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("crime", "fault"),
    [
        (
            'UPDATE event SET payload = payload || \'{"title": "x"}\' WHERE position = 2',
            Fault(2, "altered"),
        ),
        ("UPDATE event SET actor_role = 'city_editor' WHERE position = 3", Fault(3, "altered")),
        (
            "UPDATE event SET recorded_at = '2025-06-15T08:59:00Z' WHERE position = 3",
            Fault(3, "time_order"),
        ),
        ("DELETE FROM event WHERE position = 3", Fault(3, "missing")),
        ("DELETE FROM event WHERE position = 4", Fault(4, "head")),
    ],
    ids=["payload", "role", "time", "dropped", "dropped last"],
)
def test_the_owner_can_tamper_but_not_unseen(
    world: World, database: Database, in_review: Any, crime: str, fault: Fault
) -> None:
    assert in_review
    assert faults(world.factory) == []
    with database.owner.begin() as connection:
        connection.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
        connection.execute(
            text(
                "ALTER TABLE use_case_version"
                " DROP CONSTRAINT use_case_version_submitted_position_fkey"
            )
        )
        connection.execute(text(crime))
    assert fault in faults(world.factory)


# ── Deciders at once ────────────────────────────────────────────────────────────────────────


def test_of_thirty_deciders_one_wins(
    world: World, database: Database, in_review: Any, threads: ThreadPoolExecutor
) -> None:
    # Whoever took it up, in thirty windows: nobody else decides it.
    deciders = [world.reviewer()] * 30
    with world.factory() as session:
        revision = session.execute(
            text("SELECT revision FROM use_case_version WHERE id = :id"), {"id": in_review}
        ).scalar_one()
    start = Barrier(len(deciders))
    settings = database.settings.model_copy(update={"pool_size": len(deciders)})
    engine = service_engine(settings)
    factory = sessions(engine)

    def decide(number: int) -> str:
        action = (Action.APPROVE, Action.RETURN, Action.REJECT)[number % 3]
        draft = DecisionDraft(reason="vì", ai_confirmed=action is Action.APPROVE)
        with factory() as session:
            session.connection()
            start.wait()
            try:
                review.decide(
                    Act(session, deciders[number], world.clock), in_review, action, draft, revision
                )
                session.commit()
            except Stale:
                return "told"
        return action.value

    try:
        outcomes = Counter(threads.map(decide, range(len(deciders))))
    finally:
        engine.dispose()
    assert outcomes.pop("told") == len(deciders) - 1
    [winner] = outcomes
    with world.factory() as session:
        rows = session.execute(text("SELECT action FROM decision")).scalars().all()
        state = session.execute(
            text("SELECT state FROM use_case_version WHERE id = :id"), {"id": in_review}
        ).scalar_one()
    assert rows == [winner]
    assert state == {"approve": "approved", "return": "returned", "reject": "rejected"}[winner]
    assert faults(world.factory) == []


def test_what_is_offered_can_be_done(world: World, city: str) -> None:
    signer = world.signer(city)
    older = world.approved(signer, city, [world.problem(signer, city)])
    world.decide(older, Action.REVOKE)
    newer = world.revise(signer, older)
    world.submit(signer, newer)
    world.claim(newer)
    world.decide(newer, Action.APPROVE)
    world.decide(newer, Action.REVOKE)
    with pytest.raises(WrongState):
        world.decide(older, Action.REINSTATE)
    world.decide(newer, Action.REINSTATE)


def test_a_reinstated_text_governs_no_day_before_it_describes(world: World, city: str) -> None:
    signer = world.signer(city)
    older = world.approved(signer, city, [world.problem(signer, city)])
    newer = world.revise(signer, older, describes_from="2025-03-01")
    world.submit(signer, newer)
    world.claim(newer)
    world.decide(newer, Action.APPROVE)
    world.decide(newer, Action.SUSPEND, "2025-04-01")
    world.decide(newer, Action.REINSTATE)
    with world.factory() as session:
        effects = session.execute(
            text("SELECT effective_from FROM decision ORDER BY position")
        ).scalars()
        assert list(effects)[-1] == date(2025, 3, 1)
