"""Two chairs and a third: what is read twice, by whom, and how it becomes one decision or none."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from registry.actions import declare, review
from registry.actions.act import Act
from registry.actions.lists import end as end_of_list
from registry.db.engine import service_engine, sessions
from registry.db.tables import UseCaseVersion
from registry.domain.deciding import Opinion, Record
from registry.domain.errors import (
    AlreadyRead,
    Forbidden,
    ForTheLead,
    RegistryError,
    Stale,
    WrongState,
)
from registry.domain.intake import DecisionDraft, WithdrawalDraft
from registry.domain.lists import EndDraft, ListKind
from registry.domain.model import OPERATOR, Action, Actor, ReviewState, Role
from registry.domain.readers import Cause, End, Seat, draw
from registry.queries import deciding, lists, opinions
from registry.queries.opinions import Pairs
from tests.factories import Clock, World
from tests.postgres import Database


@pytest.fixture
def country(world: World) -> World:
    world.province()
    world.targets()
    world.roll([world.city("a"), world.city("b")])
    world.policy()
    return world


@pytest.fixture
def signer(country: World) -> Actor:
    return country.signer("a")


@pytest.fixture
def first(country: World) -> Actor:
    return country.reviewer()


@pytest.fixture
def second(country: World) -> Actor:
    return country.user(Role.REVIEWER)


@pytest.fixture
def lead(country: World) -> Actor:
    return country.user(Role.LEAD)


def submitted(country: World, signer: Actor, **changes: Any) -> UUID:
    """Of high risk, if nothing else is said."""
    problem = country.problem(signer, "a")
    version = country.draft(signer, "a", [problem], **{"risk_level": "high"} | changes)
    country.submit(signer, version)
    return version


@pytest.fixture
def version(country: World, signer: Actor) -> UUID:
    return submitted(country, signer)


@pytest.fixture
def live(country: World, signer: Actor) -> UUID:
    return country.approved(signer, "a", [country.problem(signer, "a")])


def say(
    country: World,
    by: Actor,
    version: UUID,
    action: Action = Action.APPROVE,
    *,
    claim: bool | None = None,
    **words: Any,
) -> None:
    """Takes up what is not live yet, and says something of it."""
    if claim is None:
        claim = action in {Action.APPROVE, Action.RETURN, Action.REJECT}
    if claim:
        country.claim(version, by)
    given: dict[str, Any] = {"ai_confirmed": True} if action is Action.APPROVE else {"reason": "r"}
    if action is Action.REVOKE and "effective_from" not in words:
        given["from_the_start"] = True
    with country.act(by) as act:
        revision = act.session.get_one(UseCaseVersion, version).revision
        review.decide(act, version, action, DecisionDraft.read(given | words), revision)


def state(country: World, version: UUID) -> ReviewState:
    with country.factory() as session:
        return ReviewState(session.get_one(UseCaseVersion, version).state)


def rounds(country: World, version: UUID) -> list[opinions.Round]:
    with country.factory() as session:
        return opinions.rounds(session, Actor(None), version)


def decisions(country: World) -> list[Any]:
    with country.factory() as session:
        return list(session.execute(text("SELECT * FROM decision ORDER BY position")))


def record(country: World, position: int) -> Record:
    with country.factory() as session:
        return deciding.records(session, [position])[position]


def counted(country: World) -> int:
    with country.factory() as session:
        return (
            session.scalar(
                text("SELECT count(*) FROM standing WHERE outcome = 'counted' AND upper_inf(known)")
            )
            or 0
        )


def messages(country: World, who: Actor) -> list[str]:
    with country.factory() as session:
        rows = session.scalars(
            text("SELECT kind FROM message WHERE user_id = :id ORDER BY created_at"),
            {"id": who.user_id},
        )
        return list(rows)


def test_two_who_agree_make_one_decision(
    country: World, version: UUID, signer: Actor, first: Actor, second: Actor
) -> None:
    say(country, first, version, reason="Rõ ràng")
    assert state(country, version) is ReviewState.SUBMITTED
    assert decisions(country) == []
    assert counted(country) == 0
    assert messages(country, signer) == []
    with country.factory() as session:
        row = session.get_one(UseCaseVersion, version)
        assert (row.reviewer_id, row.lease_until) == (None, None)
    with pytest.raises(AlreadyRead):
        country.claim(version, first)

    criteria = [{"criterion": 1, "met": True, "note": "xem tệp"}]
    say(country, second, version, reason="Đủ minh chứng", criteria=criteria)
    assert state(country, version) is ReviewState.APPROVED
    [decision] = decisions(country)
    assert decision.actor_id == second.user_id
    assert decision.reason == "Rõ ràng\n\nĐủ minh chứng"
    assert counted(country) == 1
    assert messages(country, signer) == ["approved"]
    kept = record(country, decision.position)
    assert [opinion.reason for opinion in kept.opinions] == ["Rõ ràng", "Đủ minh chứng"]
    assert not kept.settled
    assert kept.checklist[0].met is True
    assert kept.opinions[0].checklist[0].met is None
    [ended] = rounds(country, version)
    assert (ended.end, ended.cause) == (End.AGREED, Cause.HIGH_RISK)
    assert [given.seat for given in ended.given] == [Seat.FIRST, Seat.SECOND]


def test_where_two_differ_a_lead_decides_who_is_neither(
    country: World, version: UUID, signer: Actor, first: Actor, second: Actor, lead: Actor
) -> None:
    say(country, first, version)
    with pytest.raises(Forbidden):
        country.claim(version, lead)
    say(country, second, version, Action.REJECT, reason="Không dùng AI")
    assert state(country, version) is ReviewState.SUBMITTED
    assert decisions(country) == []
    assert (messages(country, signer), messages(country, lead)) == ([], ["difference"])
    third = country.user(Role.REVIEWER)
    for reader, refusal in ((first, AlreadyRead), (second, AlreadyRead), (third, ForTheLead)):
        with pytest.raises(refusal):
            country.claim(version, reader)
    say(country, lead, version, Action.RETURN, reason="Nói rõ kỹ thuật")
    assert state(country, version) is ReviewState.RETURNED
    [decision] = decisions(country)
    assert (decision.actor_id, decision.reason) == (lead.user_id, "Nói rõ kỹ thuật")
    kept = record(country, decision.position)
    assert kept.settled
    assert [opinion.action for opinion in kept.opinions] == [Action.APPROVE, Action.REJECT]
    assert rounds(country, version)[0].end is End.SETTLED
    assert messages(country, signer) == ["returned"]


def test_a_lead_who_was_a_reader_does_not_settle(country: World, version: UUID) -> None:
    both = country.user(Role.REVIEWER)
    both = Actor(both.user_id, both.memberships | country.user(Role.LEAD).memberships)
    say(country, country.reviewer(), version)
    say(country, both, version, ai_confirmed=False)
    with pytest.raises(AlreadyRead):
        country.claim(version, both)


def test_approving_with_and_without_ai_is_no_agreement(
    country: World, version: UUID, first: Actor, second: Actor
) -> None:
    say(country, first, version)
    say(country, second, version, ai_confirmed=False)
    assert decisions(country) == []
    assert rounds(country, version)[0].waits_for is Seat.LEAD


def test_a_withdrawal_ends_the_round_and_the_next_text_has_its_own(
    country: World, version: UUID, signer: Actor, first: Actor, second: Actor
) -> None:
    say(country, first, version)
    country.withdraw(signer, version)
    [ended] = rounds(country, version)
    assert ended.end is End.WITHDRAWN
    following = country.revise(signer, version)
    country.submit(signer, following)
    # Whoever gave an opinion on the text before may be the first reader of this one.
    say(country, first, following)
    say(country, second, following)
    assert state(country, following) is ReviewState.APPROVED
    assert len(decisions(country)) == 1


def test_a_round_once_opened_is_finished_whatever_the_policy_says_since(
    country: World, version: UUID, first: Actor, second: Actor, clock: Clock
) -> None:
    say(country, first, version)
    with country.act(OPERATOR) as act:
        [entry] = lists.entries(act.session, ListKind.POLICIES)
        ends = EndDraft(ends_on=date(2025, 6, 16), source="test")
        end_of_list(act, ListKind.POLICIES, entry.id, ends)
    clock.set("2025-06-16T02:00:00")
    say(country, second, version)
    assert rounds(country, version)[0].end is End.AGREED


def test_the_sample_is_drawn_by_the_hash_of_the_submission(world: World) -> None:
    world.province()
    world.city("a")
    world.policy(sample_percent=50)
    signer, first, second = world.signer("a"), world.reviewer(), world.user(Role.REVIEWER)
    problem = world.problem(signer, "a")
    drawn = Counter[bool]()
    for _ in range(12):
        version = world.draft(signer, "a", [problem])
        world.submit(signer, version)
        say(world, first, version)
        with world.factory() as session:
            lot = draw(opinions.submission_hash(session, version))
        read_twice = state(world, version) is ReviewState.SUBMITTED
        assert read_twice == (lot < 50)
        drawn[read_twice] += 1
        if read_twice:
            say(world, second, version)
            assert rounds(world, version)[0].cause is Cause.SAMPLE
    assert sum(drawn.values()) == len(decisions(world)) == 12


def test_a_revocation_is_proposed_and_confirmed(
    country: World, live: UUID, signer: Actor, first: Actor, second: Actor
) -> None:
    before = _shown(country, live)
    say(country, first, live, Action.REVOKE, reason="Đã dừng", effective_from="2025-03-01")
    assert state(country, live) is ReviewState.APPROVED
    # Nothing that others see of the version changes.
    assert _shown(country, live) == before
    assert counted(country) == 1
    with pytest.raises(AlreadyRead):
        say(country, first, live, Action.REVOKE)
    say(country, second, live, Action.REVOKE, reason="Xác nhận", effective_from="2025-03-01")
    assert state(country, live) is ReviewState.REVOKED
    assert [d.action for d in decisions(country)] == ["approve", "revoke"]
    assert decisions(country)[1].effective_from.isoformat() == "2025-03-01"
    assert messages(country, signer) == ["approved", "revoked"]


def _shown(country: World, version: UUID) -> tuple[int, object]:
    with country.factory() as session:
        row = session.get_one(UseCaseVersion, version)
        return row.revision, row.updated_at


def test_another_day_of_effect_is_a_difference_and_the_lead_may_uphold(
    country: World, live: UUID, signer: Actor, first: Actor, second: Actor, lead: Actor
) -> None:
    with pytest.raises(Forbidden):
        say(country, second, live, Action.UPHOLD, claim=False)
    say(country, first, live, Action.REVOKE, effective_from="2025-03-01")
    say(country, second, live, Action.REVOKE, effective_from="2025-04-01")
    with pytest.raises(ForTheLead):
        say(country, country.user(Role.REVIEWER), live, Action.UPHOLD)
    say(country, lead, live, Action.UPHOLD, reason="Vẫn vận hành")
    assert state(country, live) is ReviewState.APPROVED
    assert messages(country, signer) == ["approved"]
    [ended] = rounds(country, live)
    assert (ended.end, ended.given[2].opinion.reason) == (End.SETTLED, "Vẫn vận hành")
    with country.factory() as session:
        payload = session.scalar(text("SELECT payload FROM event WHERE kind = 'version.uphold'"))
    assert payload["reason"] == "Vẫn vận hành"
    # It can be proposed again, by the same people.
    say(country, first, live, Action.REVOKE)
    say(country, second, live, Action.REVOKE)
    assert state(country, live) is ReviewState.REVOKED


def test_a_lead_settles_a_revocation_by_revoking(
    country: World, live: UUID, first: Actor, second: Actor, lead: Actor
) -> None:
    say(country, first, live, Action.REVOKE)
    say(country, second, live, Action.UPHOLD)
    with pytest.raises(Forbidden):
        say(country, second, live, Action.TAKE_BACK)
    say(country, lead, live, Action.REVOKE, effective_from="2025-05-01")
    assert state(country, live) is ReviewState.REVOKED
    assert record(country, decisions(country)[1].position).settled


def test_a_proposal_is_taken_back_by_its_author_alone(
    country: World, live: UUID, first: Actor, second: Actor
) -> None:
    with pytest.raises(Forbidden):
        say(country, first, live, Action.TAKE_BACK)
    say(country, first, live, Action.REVOKE)
    with pytest.raises(Forbidden):
        say(country, second, live, Action.TAKE_BACK)
    say(country, first, live, Action.TAKE_BACK, reason="Nhầm hồ sơ")
    assert rounds(country, live)[0].end is End.TAKEN_BACK
    with pytest.raises(Forbidden):
        say(country, second, live, Action.UPHOLD)
    assert state(country, live) is ReviewState.APPROVED


def test_a_newer_version_ends_a_proposal_and_a_suspension_does_not(
    country: World, live: UUID, signer: Actor, first: Actor, second: Actor
) -> None:
    say(country, first, live, Action.REVOKE)
    say(country, second, live, Action.SUSPEND, from_the_start=True)
    assert state(country, live) is ReviewState.SUSPENDED
    assert rounds(country, live)[0].waits_for is Seat.SECOND
    newer = country.revise(signer, live)
    country.submit(signer, newer)
    say(country, second, newer)
    assert state(country, live) is ReviewState.SUPERSEDED
    assert rounds(country, live)[0].end is End.SUPERSEDED


def test_how_often_readers_differ(
    country: World, signer: Actor, first: Actor, second: Actor, lead: Actor, clock: Clock
) -> None:
    clock.set("2025-07-01")
    say(country, first, agreed := submitted(country, signer))
    say(country, second, agreed)
    clock.set("2025-07-02")
    say(country, first, differing := submitted(country, signer))
    say(country, second, differing, Action.REJECT)
    waiting = submitted(country, signer)
    say(country, first, waiting)
    with country.factory() as session:
        found = opinions.agreement(session, None, None)
        assert found[Cause.HIGH_RISK] == Pairs(2, 1)
        assert found[Cause.SAMPLE] == Pairs()
        assert opinions.in_all(found).percent == 50
        later = opinions.agreement(session, clock().date(), None)
        assert later[Cause.HIGH_RISK] == Pairs(1, 1)
        [difference] = opinions.differences(session)
        assert (difference.number, difference.held) == (1, False)
    say(country, lead, differing, Action.REJECT)
    with country.factory() as session:
        assert opinions.differences(session) == []
        # That the lead has decided does not make them agree.
        assert opinions.agreement(session, None, None)[Cause.HIGH_RISK] == Pairs(2, 1)


def test_nothing_half_done_where_two_speak_at_once(
    country: World, live: UUID, database: Database, first: Actor
) -> None:
    """Ten second readers answer a proposal: one of them is the second, the others are told."""
    say(country, first, live, Action.REVOKE)
    people = [country.user(Role.REVIEWER) for _ in range(10)]

    def answer(who: Actor) -> Callable[[Act], object]:
        action = Action.REVOKE if people.index(who) % 2 else Action.UPHOLD
        words = {"reason": "r", "from_the_start": action is Action.REVOKE}
        return lambda act: review.decide(
            act, live, action, DecisionDraft.read(words), _shown(country, live)[0]
        )

    outcomes = at_once(country, database, {who: answer(who) for who in people})
    assert Counter(outcomes)["done"] == 1, outcomes
    [found] = rounds(country, live)
    assert len(found.given) == 2
    assert len(decisions(country)) == (2 if found.end is End.AGREED else 1)


def test_an_opinion_and_a_withdrawal_at_once(
    country: World, version: UUID, signer: Actor, database: Database, first: Actor, second: Actor
) -> None:
    say(country, first, version)
    country.claim(version, second)
    revision = _shown(country, version)[0]
    draft = DecisionDraft(ai_confirmed=True)
    outcomes = at_once(
        country,
        database,
        {
            second: lambda act: review.decide(act, version, Action.APPROVE, draft, revision),
            signer: lambda act: declare.withdraw(
                act, version, WithdrawalDraft(reason="r"), revision
            ),
        },
    )
    assert sorted(outcomes) == ["Stale", "done"]
    [found] = rounds(country, version)
    approved = state(country, version) is ReviewState.APPROVED
    assert found.end is (End.AGREED if approved else End.WITHDRAWN)
    assert len(found.given) == (2 if approved else 1)
    assert len(decisions(country)) == approved


def at_once(
    country: World, database: Database, acts: dict[Actor, Callable[[Act], object]]
) -> list[str]:
    start = Barrier(len(acts))
    engine = service_engine(database.settings.model_copy(update={"pool_size": len(acts)}))
    factory = sessions(engine)

    def run(who: Actor) -> str:
        with factory() as session:
            session.connection()
            start.wait()
            try:
                acts[who](Act(session, who, country.clock))
                session.commit()
            except RegistryError as refusal:
                return type(refusal).__name__
        return "done"

    try:
        with ThreadPoolExecutor(len(acts)) as threads:
            return list(threads.map(run, acts))
    finally:
        engine.dispose()


def test_an_opinion_stays_what_it_was(country: World, version: UUID, first: Actor) -> None:
    say(country, first, version, reason="Lời đầu")
    with country.factory() as session:
        said, sha256 = session.execute(
            text("""
                SELECT o.said, event.payload ->> 'opinion_sha256' FROM opinion o
                JOIN event ON event.position = o.position
            """)
        ).one()
    assert Opinion.read(said).sha256 == sha256


def test_suspending_needs_nobody_else(country: World, live: UUID, first: Actor) -> None:
    say(country, first, live, Action.SUSPEND, from_the_start=True)
    with pytest.raises((Stale, WrongState)):
        say(country, first, live, Action.SUSPEND, from_the_start=True)
    assert state(country, live) is ReviewState.SUSPENDED
    assert rounds(country, live) == []
