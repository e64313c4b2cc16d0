"""The auditor's room: the figures of the database are those of the rule, for any history."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session, sessionmaker

from registry.actions import rolls, staying
from registry.actions.account import grant
from registry.actions.standing import rebuild
from registry.db.engine import sessions, transaction
from registry.db.tables import City, LedgerHead, UseCase, UseCaseVersion
from registry.domain.counting import (
    CarryOver,
    CarryOverEnd,
    CaseHistory,
    Outcome,
    Problem,
    Ruling,
    StageReport,
    Version,
)
from registry.domain.coverage import Verdict
from registry.domain.dates import PartialDate
from registry.domain.errors import InvalidInput, OwnWork, RegistryError
from registry.domain.intake import StageReportDraft
from registry.domain.model import OPERATOR, Action, Actor, Role, Stage, UnitType, UrbanClass
from registry.domain.use_case import UseCaseDraft
from registry.queries.carrying import predecessors
from registry.queries.cities import cities
from registry.queries.coverage import Coverage, GroupBy, coverage
from registry.queries.moments import Moment, moment
from registry.queries.people import actor
from tests.factories import Clock, World, entries
from tests.postgres import new_database, opened
from tests.unit import oracle
from tests.unit.histories import WINDOW, days, partial_dates, stage_dates

START = datetime(2025, 6, 15, 2, 0, tzinfo=UTC)
YEAR_END = date(2024, 12, 31)


def figure(
    world: World,
    on: date = YEAR_END,
    position: int | None = None,
    by: GroupBy | None = None,
) -> Coverage:
    with world.factory() as session:
        now = moment(session, world.clock(), on)
        asked = now if position is None else replace(now, position=position)
        return coverage(session, asked, group_by=by)


def head(factory: sessionmaker[Session]) -> int:
    with factory() as session:
        return session.execute(select(LedgerHead.position)).scalar_one()


# ── Worked boundaries, through the actions ──────────────────────────────────────────────────


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.province()
    return world


def test_fifty_cases_of_one_city_count_once(country: World) -> None:
    city, other = country.city(), country.city()
    country.roll([city, other])
    signer = country.signer(city)
    problem = country.problem(signer, city)
    for _ in range(50):
        country.approved(signer, city, [problem])
    tally = figure(country).tally
    assert (tally.counted, tally.enumerated, tally.total) == (1, 2, 2)


def test_the_official_total_is_the_denominator(country: World) -> None:
    city, _, _ = country.counted_city()
    country.roll([city], official_total=6)
    told = figure(country)
    assert (told.tally.counted, told.tally.enumerated, told.tally.total) == (1, 1, 6)
    assert (told.verdict, told.missing) == (Verdict.NOT_MET, 1)


def test_no_roll_and_an_empty_roll_are_no_data(country: World) -> None:
    country.counted_city()
    assert (figure(country).roll, figure(country).verdict) == (None, Verdict.NO_DATA)
    country.roll([], official_total=908)
    told = figure(country)
    assert told.roll is not None
    assert (told.tally.counted, told.verdict, told.missing) == (0, Verdict.NO_DATA, None)
    assert figure(country, date(2023, 12, 31)).roll is None


def test_a_city_that_is_not_on_the_roll_counts_nowhere(country: World) -> None:
    country.counted_city()
    country.roll([country.city()])
    assert figure(country).tally.counted == 0


def test_a_late_approval_changes_the_figure_only_for_those_who_know(country: World) -> None:
    city = country.city()
    country.roll([city])
    signer = country.signer(city)
    version = country.draft(signer, city, [country.problem(signer, city)])
    country.submit(signer, version)
    country.claim(version)
    january = head(country.factory)
    country.decide(version, Action.APPROVE)
    assert figure(country).tally.counted == 1
    assert figure(country, position=january).tally.counted == 0
    assert figure(country, date(2024, 10, 31)).tally.counted == 0


@pytest.mark.parametrize(
    ("effective_from", "falls_on", "stays_on"),
    [(None, [YEAR_END, date(2024, 11, 1)], []), ("2024-12-01", [YEAR_END], [date(2024, 11, 30)])],
)
def test_a_revocation_with_past_effect(
    country: World, effective_from: str | None, falls_on: list[date], stays_on: list[date]
) -> None:
    city, _, version = country.counted_city()
    country.roll([city])
    before = head(country.factory)
    country.decide(version, Action.REVOKE, effective_from)
    for on in falls_on:
        assert figure(country, on).tally.counted == 0
        assert figure(country, on, before).tally.counted == 1
    for on in stays_on:
        assert figure(country, on).tally.counted == 1


def test_naming_a_city_later_does_not_change_what_was_known(country: World) -> None:
    city, _, _ = country.counted_city()
    code = country.roll([country.city()], official_total=5)
    before = head(country.factory)
    with country.act(OPERATOR) as act:
        rolls.add_roll_entries(act, code, entries([city]))
    assert [figure(country, position=p).tally.counted for p in (before, before + 1)] == [0, 1]
    assert figure(country).tally.total == 5


def test_the_roll_of_a_day_is_the_newest_and_of_two_the_later_word(country: World) -> None:
    city, _, _ = country.counted_city()
    country.roll([city], code="first")
    before = head(country.factory)
    country.roll([city, country.city()], code="second")
    country.roll([country.city()], code="next", valid_from=date(2025, 7, 1))
    country.roll([city], code="found late", valid_from=date(2023, 1, 1))
    asked = [
        figure(country),
        figure(country, position=before),
        figure(country, date(2025, 7, 1)),
        figure(country, date(2025, 6, 30)),
        figure(country, date(2023, 12, 31)),
    ]
    assert [(told.roll and told.roll.code, told.tally.total) for told in asked] == [
        ("second", 2),
        ("first", 1),
        ("next", 1),
        ("second", 2),
        ("found late", 1),
    ]


def test_a_withdrawn_problem_takes_its_cases_from_the_figure(country: World) -> None:
    city = country.city()
    country.roll([city])
    signer = country.signer(city)
    problem = country.problem(signer, city)
    country.approved(signer, city, [problem])
    before = head(country.factory)
    country.withdraw_problem(signer, problem, "2024-12-31")
    assert figure(country, date(2024, 12, 30)).tally.counted == 1
    assert figure(country, YEAR_END).tally.counted == 0
    assert figure(country, YEAR_END, before).tally.counted == 1


def test_a_later_text_leaves_the_days_before_it(country: World) -> None:
    grown = [{"stage": "pilot", "since": "2024-03"}, {"stage": "operational", "since": "2024-11"}]
    city, signer, first = country.counted_city(stages=grown)
    country.roll([city])
    retired = [{"stage": "retired", "since": "2025-01"}]
    second = country.revise(signer, first, stages=retired, describes_from="2025-02-01")
    country.submit(signer, second)
    country.claim(second)
    country.decide(second, Action.APPROVE)
    days_asked = (date(2024, 11, 29), date(2024, 11, 30), date(2025, 1, 31), date(2025, 2, 1))
    assert [figure(country, on).tally.counted for on in days_asked] == [0, 1, 1, 0]


def test_a_city_is_told_where_it_stands_at_every_step(country: World) -> None:
    city = country.city()
    country.roll([city])
    signer = country.signer(city)
    said: list[str] = []

    def listen() -> None:
        with country.factory() as session:
            [row] = cities(session, moment(session, country.clock(), YEAR_END))
            said.append(row.outcome.value)

    listen()
    problem = country.problem(signer, city)
    first = country.draft(signer, city, [problem])
    listen()
    country.submit(signer, first)
    listen()
    country.withdraw(signer, first)
    listen()
    second = country.revise(signer, first, stages=[{"stage": "pilot", "since": "2024"}])
    country.submit(signer, second)
    country.claim(second)
    country.decide(second, Action.RETURN)
    listen()
    third = country.revise(signer, second)
    country.submit(signer, third)
    country.claim(third)
    country.decide(third, Action.APPROVE, ai_confirmed=False)
    listen()
    fourth = country.revise(signer, third, describes_from=None)
    country.submit(signer, fourth)
    country.claim(fourth)
    country.decide(fourth, Action.APPROVE)
    listen()
    country.decide(fourth, Action.SUSPEND)
    listen()
    country.decide(fourth, Action.REVOKE)
    listen()
    country.approved(signer, city, [problem])
    listen()
    assert said == [
        "no_application",
        "no_application",
        "under_review",
        "no_application",
        "returned",
        "ai_not_confirmed",
        "not_operational",
        "suspended",
        "revoked",
        "counted",
    ]


def test_a_case_carried_over_counts_for_the_successor_too(country: World) -> None:
    city, _, _ = country.counted_city("old")
    successor = country.city("new")
    country.roll([city], code="before")
    country.roll([successor], code="after", valid_from=date(2025, 7, 1))
    on = date(2025, 7, 1)
    country.lineage(city, successor, on)
    assert figure(country, on).tally.counted == 0
    country.carry_over("old-001", [successor], on)
    assert figure(country, on).tally.counted == 1
    assert figure(country, date(2025, 6, 30)).tally.counted == 1


def test_a_carry_over_taken_back_counts_no_longer_as_known_now(country: World) -> None:
    city, _, _ = country.counted_city("old")
    heir, further = country.city("heir"), country.city("further")
    on = date(2025, 1, 1)
    country.roll([city])
    country.roll([further], code="after", valid_from=on)
    country.lineage(city, heir, on)
    country.lineage(heir, further, on)
    country.carry_over("old-001", [heir], on)
    country.carry_over("old-001", [further], on)
    with country.factory() as session:
        before = moment(session, country.clock(), on)
        assert coverage(session, before).tally.counted == 1

    def refused(to: list[str], day: date = on) -> list[str]:
        with pytest.raises(InvalidInput) as error:
            country.take_back("old-001", to, day)
        return [problem.code for problem in error.value.problems]

    assert refused([heir]) == ["carried_on"]
    assert refused(["old"]) == ["own_city"]
    assert refused(["nowhere"]) == ["unknown_choice"]
    assert refused([further], date(2099, 1, 1)) == ["in_the_future"]
    country.take_back("old-001", [heir, further], on)
    assert refused([heir]) == ["not_carried"]
    assert figure(country, on).tally.counted == 0
    assert figure(country, date(2024, 12, 31)).tally.counted == 1
    with country.factory() as session:
        assert coverage(session, before).tally.counted == 1
        [old] = predecessors(session, moment(session, country.clock()), city)
        assert [case.code for case in old.orphans] == ["old-001"]
    country.carry_over("old-001", [heir], on)
    country.carry_over("old-001", [further], on)
    assert figure(country, on).tally.counted == 1


def test_nobody_carries_a_case_over_to_their_own_city(country: World) -> None:
    country.counted_city("old")
    successor = country.city("new")
    reviewer = country.user(Role.REVIEWER, email="both@example.vn")
    with country.act(OPERATOR) as act:
        grant(act, "both@example.vn", Role.CITY_EDITOR, successor)
    assert reviewer.user_id is not None
    with country.factory() as session:
        both = actor(session, reviewer.user_id)
    with pytest.raises(OwnWork):
        country.carry_over("old-001", [successor], date(2025, 7, 1), by=both)


def test_groups_are_parts_of_the_whole(country: World) -> None:
    country.province("01", box=(105, 20, 107, 22))
    here, signer, _ = country.counted_city()
    country.approved(signer, here, [country.problem(signer, here, area="health")])
    there = country.city(
        province="01", unit_type=UnitType.TOWNSHIP, urban_class=UrbanClass.V, lonlat=(106, 21)
    )
    country.roll([here, there])
    told = {
        by: {g.key: (g.tally.counted, g.tally.enumerated) for g in figure(country, by=by).groups}
        for by in GroupBy
    }
    assert told == {
        GroupBy.PROVINCE: {"01": (0, 1), "48": (1, 1)},
        # The roll's own class, which the entries of this test give to both.
        GroupBy.URBAN_CLASS: {"I": (1, 2)},
        GroupBy.UNIT_TYPE: {"provincial_city": (1, 1), "township": (0, 1)},
        GroupBy.AREA: {"flooding": (1, 2), "health": (1, 2)},
    }


# ── Any history ─────────────────────────────────────────────────────────────────────────────


@dataclass
class Play:
    """Plays a history through the actions, and keeps its own record of what happened.

    The record holds only what the deeds were and the positions they were given: nothing in it is
    read back through the queries that are being tested.
    """

    world: World
    signers: dict[str, Actor]
    clock: Clock
    ids: dict[str, int]
    cases: dict[UUID, CaseHistory] = field(default_factory=dict)
    owners: dict[UUID, str] = field(default_factory=dict)
    problems: dict[UUID, Problem] = field(default_factory=dict)
    # In order of position: the day from which it is in force, its total, its (position, city).
    rolls: list[tuple[int, date, int, str, list[tuple[int, str]]]] = field(default_factory=list)

    def declare(self, city: str, declared_on: str) -> None:
        problem_id = self.world.problem(self.signers[city], city, declared_on=declared_on)
        self.problems[problem_id] = Problem(
            problem_id, PartialDate.parse(declared_on), self._head()
        )
        self.owners[problem_id] = city

    def withdraw_problem(self, problem_id: UUID, on: str) -> None:
        self.world.withdraw_problem(self.signers[self.owners[problem_id]], problem_id, on)
        self.problems[problem_id] = replace(
            self.problems[problem_id],
            withdrawn_on=date.fromisoformat(on),
            withdrawn=self._head(),
        )

    def open_case(self, city: str, problems: Sequence[UUID], stages: dict[str, str]) -> UUID:
        told = [{"stage": stage, "since": since} for stage, since in stages.items()]
        version_id = self.world.draft(self.signers[city], city, problems, stages=told)
        case_id, _ = self._text(version_id)
        self.cases[case_id] = CaseHistory(self.ids[city])
        self.owners[case_id] = city
        return version_id

    def revise(self, version_id: UUID, stages: dict[str, str], describes_from: str | None) -> UUID:
        case_id, _ = self._text(version_id)
        return self.world.revise(
            self.signers[self.owners[case_id]],
            version_id,
            stages=[{"stage": stage, "since": since} for stage, since in stages.items()],
            describes_from=describes_from,
        )

    def submit(self, version_id: UUID) -> None:
        case_id, draft = self._text(version_id)
        self.world.submit(self.signers[self.owners[case_id]], version_id)
        case = self.cases[case_id]
        told = Version(
            version_id, self._head(), frozenset(draft.problem_ids), draft.stage_entries()
        )
        self.cases[case_id] = replace(case, versions=(*case.versions, told))

    def withdraw(self, version_id: UUID) -> None:
        case_id, _ = self._text(version_id)
        self.world.withdraw(self.signers[self.owners[case_id]], version_id)
        self._ruled(case_id, Ruling(self._head(), Action.WITHDRAW, version_id))

    def decide(
        self, version_id: UUID, action: Action, effective_from: str | None, ai_confirmed: bool
    ) -> None:
        case_id, draft = self._text(version_id)
        if action in {Action.APPROVE, Action.RETURN, Action.REJECT}:
            self.world.claim(version_id)
            effective_from = None
        position = self.world.decide(version_id, action, effective_from, ai_confirmed=ai_confirmed)
        effect = None if effective_from is None else date.fromisoformat(effective_from)
        if action is Action.APPROVE:
            effect = draft.describes_from
        confirmed = ai_confirmed and action is Action.APPROVE
        self._ruled(case_id, Ruling(position, action, version_id, effect, confirmed))

    def carry_over(self, case_id: UUID, to: str, on: str) -> None:
        effective_on = date.fromisoformat(on)
        position = self.world.carry_over(self._code(case_id), [to], effective_on)
        case = self.cases[case_id]
        told = CarryOver(self.ids[to], effective_on, position)
        self.cases[case_id] = replace(case, carry_overs=(*case.carry_overs, told))

    def take_back(self, case_id: UUID, to: str, on: str) -> None:
        effective_on = date.fromisoformat(on)
        position = self.world.take_back(self._code(case_id), [to], effective_on)
        case = self.cases[case_id]
        told = CarryOverEnd(self.ids[to], effective_on, position)
        self.cases[case_id] = replace(case, carry_over_ends=(*case.carry_over_ends, told))

    def report(self, case_id: UUID, stage: Stage, on: str) -> None:
        draft = StageReportDraft.read({"stage": stage, "effective_on": on, "reason": "bảo trì"})
        with self.world.act(self.signers[self.owners[case_id]]) as act:
            position = staying.report_stage(act, self._code(case_id), draft).position
        case = self.cases[case_id]
        told = StageReport(stage, date.fromisoformat(on), position)
        self.cases[case_id] = replace(case, stage_reports=(*case.stage_reports, told))

    def roll(self, named: Sequence[str], valid_from: str, official_total: int) -> None:
        code = f"roll-{len(self.rolls)}"
        in_force = date.fromisoformat(valid_from)
        self.world.roll(named, code=code, valid_from=in_force, official_total=official_total)
        position = self._head()
        cities_named = [(position, city) for city in named]
        self.rolls.append((position, in_force, official_total, code, cities_named))

    def name_more(self, city: str) -> None:
        _, _, _, code, named = self.rolls[-1]
        if city in {c for _, c in named}:
            return
        with self.world.act(OPERATOR) as act:
            named.append((rolls.add_roll_entries(act, code, entries([city])), city))

    # What the figure must be, by the record and the oracle alone.

    def roll_of(self, on: date, known: int) -> tuple[int, list[str]] | None:
        best = None
        for position, valid_from, total, _, named in self.rolls:
            if position > known or valid_from > on:
                continue
            if best is None or (valid_from, position) >= best[0]:
                there = [city for since, city in named if since <= known]
                best = ((valid_from, position), total, there)
        return None if best is None else best[1:]

    def histories(self) -> list[CaseHistory]:
        return [
            replace(case, problems=tuple(self.problems[p] for p in self._addressed(case)))
            for case in self.cases.values()
        ]

    def best_outcome(self, told: list[CaseHistory], city: str, on: date, known: int) -> str:
        order = [outcome.value for outcome in Outcome]
        said = {oracle.answer(case, self.ids[city], on, known).outcome for case in told}
        return min((s for s in said if s), key=order.index, default="no_application")

    def _addressed(self, case: CaseHistory) -> set[UUID]:
        return set().union(*(version.problem_ids for version in case.versions))

    def _ruled(self, case_id: UUID, ruling: Ruling) -> None:
        case = self.cases[case_id]
        self.cases[case_id] = replace(case, rulings=(*case.rulings, ruling))

    def _text(self, version_id: UUID) -> tuple[UUID, UseCaseDraft]:
        with transaction(self.world.factory) as session:
            row = session.get_one(UseCaseVersion, version_id)
            return row.use_case_id, UseCaseDraft.read(row.content)

    def _code(self, case_id: UUID) -> str:
        with self.world.factory() as session:
            return session.scalars(select(UseCase.code).where(UseCase.id == case_id)).one()

    def _head(self) -> int:
        return head(self.world.factory)


CITIES = ("an", "binh", "chau")


@pytest.fixture(scope="module")
def stage(server: URL, migrated: str) -> Iterator[tuple[str, dict[str, Actor], Actor]]:
    """A database with three cities and their people, copied for each play."""
    with new_database(server, migrated) as url:
        with opened(url) as database:
            world = World(sessions(database.service), Clock(START))
            world.targets()
            world.province()
            signers = {city: world.signer(world.city(city)) for city in CITIES}
            for old, new in permutations(CITIES, 2):
                world.lineage(old, new, WINDOW[0])
            reviewer = world.reviewer()
        assert url.database is not None
        yield url.database, signers, reviewer


ANSWERS = (Action.APPROVE, Action.APPROVE, Action.APPROVE, Action.RETURN, Action.REJECT)
ENDS = (Action.REVOKE, Action.SUSPEND, Action.REINSTATE)


def perform(play: Play, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
    """One more thing that somebody does. What the register refuses has not happened."""
    versions = [v for case in play.cases.values() for v in case.versions]
    newest = [case.versions[-1].id for case in play.cases.values() if case.versions]
    city = draw(st.sampled_from(CITIES))
    own = [p for p in play.problems if play.owners[p] == city]
    deeds = ["open", "open"] if own else ["declare"]
    deeds += ["end", "end", "end", "revise", "revise", "carry_over"] if versions else []
    deeds += ["report", "report"] if versions else []
    deeds += ["declare", "roll", "name_more"]
    carried = [(i, c.to_city_id) for i, case in play.cases.items() for c in case.carry_overs]
    deeds += ["take_back", "take_back"] if carried else []
    deeds += ["withdraw_problem"] if own else []
    match draw(st.sampled_from(deeds)):
        case "declare":
            play.declare(city, draw(partial_dates))
        case "withdraw_problem":
            play.withdraw_problem(draw(st.sampled_from(own)), draw(days))
        case "open":
            chosen = draw(st.lists(st.sampled_from(own), min_size=1, unique=True))
            finish(play, play.open_case(city, chosen, draw(stage_dates())), draw)
        case "revise":
            after = draw(st.sampled_from(newest))
            finish(play, play.revise(after, draw(stage_dates()), draw(st.none() | days)), draw)
        case "end":
            # Of an older version too, but for reinstatement: see test_what_is_offered_can_be_done.
            action = draw(st.sampled_from(ENDS))
            among = newest if action is Action.REINSTATE else [v.id for v in versions]
            play.decide(draw(st.sampled_from(among)), action, draw(st.none() | days), False)
        case "carry_over":
            case_id = draw(st.sampled_from(list(play.cases)))
            others = [c for c in CITIES if c != play.owners[case_id]]
            play.carry_over(case_id, draw(st.sampled_from(others)), draw(days))
        case "take_back":
            case_id, to_city_id = draw(st.sampled_from(carried))
            to = next(code for code, city_id in play.ids.items() if city_id == to_city_id)
            play.take_back(case_id, to, draw(days))
        case "report":
            stopped = draw(st.sampled_from([Stage.SUSPENDED, Stage.RETIRED]))
            play.report(draw(st.sampled_from(list(play.cases))), stopped, draw(days))
        case "roll":
            named = draw(st.lists(st.sampled_from(CITIES), unique=True))
            play.roll(named, draw(st.just("2024-01-01") | days), draw(st.integers(1, 5)))
        case _:
            play.name_more(city)


def finish(play: Play, version_id: UUID, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
    """Submits a draft, and mostly has it answered."""
    play.submit(version_id)
    match draw(st.sampled_from(["answer", "answer", "answer", "withdraw", "wait"])):
        case "answer":
            action = draw(st.sampled_from(ANSWERS))
            play.decide(version_id, action, None, draw(st.integers(0, 4)) > 0)
        case "withdraw":
            play.withdraw(version_id)


def standing_rows(session: Session) -> set[tuple[Any, ...]]:
    rows = session.execute(
        text("SELECT use_case_id, city_id, problem_id, outcome, valid, known FROM standing")
    ).all()
    told = {tuple(row) for row in rows}
    assert len(told) == len(rows)
    return told


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_the_database_counts_as_the_rule_does(
    server: URL, stage: tuple[str, dict[str, Actor], Actor], data: st.DataObject
) -> None:
    template, signers, reviewer = stage
    with new_database(server, template) as url, opened(url) as database:
        clock = Clock(START)
        factory = sessions(database.service)
        with factory() as session:
            ids = {row.code: row.id for row in session.execute(select(City.code, City.id))}
        play = Play(World(factory, clock, [reviewer]), signers, clock, ids)
        play.roll(CITIES, "2024-01-01", 4)
        for city in CITIES[: data.draw(st.integers(1, 2))]:
            play.declare(city, "2024")
        for _ in range(data.draw(st.integers(2, 10))):
            clock.now += timedelta(hours=1)
            try:
                perform(play, data.draw)
            except RegistryError:
                continue
        audit(play, data.draw(st.lists(st.sampled_from(WINDOW), min_size=4, max_size=6)))


def audit(play: Play, dates: list[date]) -> None:
    told = play.histories()
    with play.world.factory() as session:
        last = session.execute(text("SELECT position FROM ledger_head")).scalar_one()
        for known in range(last + 1):
            for on in dates:
                asked = Moment(on, known, START)
                roll = play.roll_of(on, known)
                seen = coverage(session, asked)
                rows = {row.code: row.outcome.value for row in cities(session, asked)}
                if roll is None:
                    assert (seen.roll, seen.tally.counted, rows) == (None, 0, {})
                    continue
                total, there = roll
                outcomes = {city: play.best_outcome(told, city, on, known) for city in there}
                assert rows == outcomes, (on, known)
                counted = oracle.counted_cities(told, on, known) & {play.ids[c] for c in there}
                tally = (seen.tally.counted, seen.tally.enumerated, seen.tally.total)
                assert tally == (len(counted), len(there), max(total, len(there))), (on, known)
        kept = standing_rows(session)
        rebuild(session)
        assert standing_rows(session) == kept
