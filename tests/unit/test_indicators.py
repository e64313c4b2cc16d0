"""Counting indicators 1, 3 and 4: against a plain model, and at the edges that matter."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.errors import InvalidInput
from registry.domain.indicator_intake import (
    CompletionDraft,
    DatasetDraft,
    EntryDecisionDraft,
    ServiceDraft,
    Stated,
    SupportDraft,
)
from registry.domain.indicators import (
    Count,
    EntryAction,
    EntryState,
    Fact,
    Indicator,
    LineKind,
    Said,
    count,
    edges,
    known,
    points,
    standings,
    state_of,
)

DAY_ONE = date(2024, 1, 1)
SOURCE = "https://dichvucong.gov.vn/"
CARD = "001099012345"


def day(number: int) -> date:
    return DAY_ONE + timedelta(days=number)


def said(
    kind: LineKind,
    key: str,
    parent: str = "",
    start: int = 0,
    end: int | None = None,
    approved: int = 1,
    revoked: int | None = None,
    revoked_from: int | None = None,
    person: str = "",
    amount: int | None = None,
    fits: bool = True,
) -> Said:
    return Said(
        kind,
        key,
        parent,
        day(start),
        None if end is None else day(end),
        approved,
        approved,
        revoked,
        None if revoked_from is None else day(revoked_from),
        person,
        amount,
        fits,
    )


def service(key: str, start: int = 0, end: int | None = None, approved: int = 1) -> Said:
    return said(LineKind.SERVICE, key, "", start, end, approved)


def support(key: str, of: str, start: int = 0, **more: int | None) -> Said:
    return said(LineKind.SUPPORT, key, of, start, **more)  # type: ignore[arg-type]


def figure(lines: list[Said], on: int, position: int = 99) -> Count:
    return count(Indicator.SERVICES, known(lines, position), day(on))


def test_nothing_reported_is_never_zero() -> None:
    assert figure([], 0).counted is None
    assert figure([service("a")], 0) == Count(None, 1)
    assert not figure([service("a")], 0).tally.has_data
    assert figure([support("s", "a")], 0) == Count(None, 0)


def test_a_service_with_three_supports_counts_once() -> None:
    lines = [service("a"), service("b"), *(support(f"s{n}", "a") for n in range(3))]
    assert figure(lines, 5) == Count(1, 2)


def test_what_ended_is_zero_because_it_was_reported() -> None:
    lines = [service("a"), support("s", "a", 0, end=10)]
    assert figure(lines, 9) == Count(1, 1)
    assert figure(lines, 10) == Count(0, 1)


def test_a_moving_denominator() -> None:
    lines = [service("a", 0, 10), service("b"), service("c", 10), support("s", "a")]
    assert figure(lines, 9) == Count(1, 2)
    assert figure(lines, 10) == Count(0, 2)


def test_the_official_total_of_the_day_is_the_newest_that_holds() -> None:
    totals = [
        said(LineKind.TOTAL, "1", amount=100),
        said(LineKind.TOTAL, "2", start=10, end=20, amount=80),
    ]
    lines = [service("a"), support("s", "a"), *totals]
    assert [figure(lines, on).tally.total for on in (9, 10, 20)] == [100, 80, 100]


def test_knowing_later_changes_nothing_known_before() -> None:
    lines = [
        service("a"),
        support("s", "a", approved=5, revoked=8),
        service("a", end=3, approved=7),
    ]
    assert figure(lines, 4, 4).counted is None
    assert figure(lines, 4, 5) == Count(1, 1)
    assert figure(lines, 4, 7).counted is None
    assert figure(lines, 2, 7) == Count(1, 1)
    # Revoked from the start, nothing of it was ever so.
    assert figure(lines, 2, 8).counted is None


def test_a_revocation_from_a_day_leaves_the_days_before() -> None:
    lines = [service("a"), support("s", "a", approved=2, revoked=3, revoked_from=5)]
    assert figure(lines, 4) == Count(1, 1)
    assert figure(lines, 5) == Count(0, 1)
    assert figure(lines, 5, 2) == Count(1, 1)


def test_of_a_line_said_twice_the_last_approved_holds() -> None:
    lines = [service("a"), support("s", "a", 0, approved=9), support("s", "a", 20, approved=4)]
    assert figure(lines, 5, 8).counted is None
    assert figure(lines, 5, 9) == Count(1, 1)


def test_data_that_no_machine_reads_opens_no_body() -> None:
    body = said(LineKind.BODY, "b")
    closed = said(LineKind.DATASET, "d", "b", fits=False)
    opened = said(LineKind.DATASET, "e", "b")
    assert count(Indicator.OPEN_DATA, known([body, closed], 9), day(1)).counted is None
    assert count(Indicator.OPEN_DATA, known([body, closed, opened], 9), day(1)) == Count(1, 1)


def person(course: str, who: str, on: int = 0, **more: int | None) -> Said:
    return said(
        LineKind.COMPLETION,
        f"{course} {who}",
        course,
        on,
        person=who,
        **more,  # type: ignore[arg-type]
    )


def people(lines: list[Said], on: int) -> Count:
    return count(Indicator.PEOPLE, known(lines, 99), day(on))


def test_a_person_of_three_courses_is_one_and_numbers_stand_apart() -> None:
    courses = [said(LineKind.COURSE, c) for c in "abc"]
    number = said(LineKind.COMPLETION, "a 2024", "a", amount=40)
    lines = [*courses, number, *(person(c, "p") for c in "abc"), person("a", "q", 9)]
    assert people(lines, 8) == Count(1, 0, None, 40)
    assert people(lines, 9) == Count(2, 0, None, 40)


def test_a_course_outside_the_scheme_trains_nobody() -> None:
    outside = said(LineKind.COURSE, "a", fits=False)
    assert people([outside, person("a", "p")], 1) == Count(0)


# --- against a plain model

days = st.integers(0, 6)
ends = st.none() | st.integers(1, 8)
positions = st.integers(1, 5)


@st.composite
def histories(draw: st.DrawFn, of: LineKind, by: LineKind) -> list[Said]:
    lines: list[Said] = []
    for kind, key, parent in draw(
        st.lists(
            st.one_of(
                st.tuples(st.just(of), st.sampled_from("abc"), st.just("")),
                st.tuples(st.just(by), st.sampled_from("xyz"), st.sampled_from("abc")),
            ),
            max_size=12,
        )
    ):
        start, end, approved = draw(days), draw(ends), draw(positions)
        revoked = draw(st.none() | st.integers(approved, 6))
        lines.append(
            said(
                kind,
                f"{parent} {key}" if by is LineKind.COMPLETION and kind is by else key,
                parent,
                start,
                None if end is None else max(end, start + 1),
                # Two acts have two places in the ledger.
                approved * 100 + len(lines),
                None if revoked is None else revoked * 100 + 99,
                draw(st.none() | days) if revoked is not None else None,
                person=key if kind is LineKind.COMPLETION else "",
            )
        )
    return lines


def holds(lines: list[Said], line: Said, on: date, position: int) -> bool:
    """The plain model: said without intervals, one day at a time."""
    rivals = [
        each
        for each in lines
        if (each.kind, each.key) == (line.kind, line.key) and each.approved <= position
    ]
    if line.approved > position or max(each.approved for each in rivals) != line.approved:
        return False
    taken = line.revoked is not None and line.revoked <= position
    if taken and (line.revoked_from is None or on >= line.revoked_from):
        return False
    return line.start <= on and not (line.end is not None and on >= line.end)


@given(histories(LineKind.SERVICE, LineKind.SUPPORT), days, st.integers(0, 700))
def test_every_figure_is_what_the_plain_model_says(
    lines: list[Said], on: int, position: int
) -> None:
    now = {each.key for each in lines if holds(lines, each, day(on), position)}
    units = {k for k in now if k in "abc"}
    with_support = {
        each.parent
        for each in lines
        if each.kind is LineKind.SUPPORT and holds(lines, each, day(on), position)
    }
    found = figure(lines, on, position)
    assert found.enumerated == len(units)
    ever = any(
        each.kind is LineKind.SUPPORT and holds(lines, each, day(earlier), position)
        for each in lines
        for earlier in range(on + 1)
    )
    assert found.counted == (len(units & with_support) if ever and units else None)
    rows = standings(Indicator.SERVICES, known(lines, position), day(on))
    assert {row.unit.key for row in rows} == units
    assert {row.unit.key for row in rows if row.counts} == units & with_support


@given(histories(LineKind.COURSE, LineKind.COMPLETION), days, st.integers(0, 700))
def test_nobody_is_counted_twice(lines: list[Said], on: int, position: int) -> None:
    held = {
        each.key
        for each in lines
        if each.kind is LineKind.COURSE and holds(lines, each, day(on), position)
    }
    trained = {
        each.person
        for each in lines
        if each.person and each.parent in held and holds(lines, each, day(on), position)
    }
    found = count(Indicator.PEOPLE, known(lines, position), day(on))
    assert found.counted in ({None, 0} if not trained else {len(trained)})
    assert (found.counted or 0) <= 3


@given(histories(LineKind.SERVICE, LineKind.SUPPORT), st.integers(0, 700))
def test_a_figure_changes_on_its_edges_only(lines: list[Said], position: int) -> None:
    found = known(lines, position)
    changing = set(edges(found))
    for on in range(1, 10):
        if day(on) not in changing:
            before = count(Indicator.SERVICES, found, day(on - 1))
            assert count(Indicator.SERVICES, found, day(on)) == before


@given(histories(LineKind.SERVICE, LineKind.SUPPORT), st.integers(0, 700), st.data())
def test_the_past_does_not_change(lines: list[Said], position: int, data: st.DataObject) -> None:
    """What is approved or revoked after a position is as if it had never been said."""
    later = [each for each in lines if each.approved > position]
    early = [each for each in lines if each not in later]
    on = day(data.draw(days))
    assert count(Indicator.SERVICES, known(lines, position), on) == count(
        Indicator.SERVICES, known(early, position), on
    )


@given(
    st.tuples(st.just(Indicator.SERVICES), histories(LineKind.SERVICE, LineKind.SUPPORT))
    | st.tuples(st.just(Indicator.PEOPLE), histories(LineKind.COURSE, LineKind.COMPLETION)),
    st.lists(st.integers(1, 50), max_size=2),
    st.integers(0, 700),
)
def test_a_series_says_of_each_day_what_its_figure_says(
    told: tuple[Indicator, list[Said]], totals: list[int], position: int
) -> None:
    indicator, lines = told
    if indicator is Indicator.SERVICES:
        lines = lines + [
            said(LineKind.TOTAL, str(n), start=3 * n, amount=total)
            for n, total in enumerate(totals)
        ]
    found = known(lines, position)
    on = [day(n) for n in range(10)]
    for point in points(indicator, found, on):
        figure = count(indicator, found, point.on)
        assert point.counted == figure.counted
        if indicator is Indicator.SERVICES:
            assert point.total == max(figure.enumerated, figure.official_total or 0)
        else:
            assert point.total is None


# --- intake


def test_a_number_is_sealed_and_nowhere_else() -> None:
    draft = CompletionDraft.read(
        {"course": "k1", "completed_on": "2024-05-01", "person": CARD, "source_url": SOURCE}
    )
    with pytest.raises(ValueError, match="not sealed"):
        draft.stated()
    stated = draft.sealed(b"one secret").stated()
    assert CARD not in str(stated.document())
    assert stated.person is not None
    again = draft.model_copy(update={"course": "k2"}).sealed(b"one secret").stated()
    other = draft.sealed(b"another secret").stated()
    assert again.person == stated.person != other.person
    assert Stated.read(stated.document()) == stated


@pytest.mark.parametrize(
    "typed",
    ["00109901234", "0010990123456", "key:" + "a" * 64, "abc", 1099012345, ["x"], "１" * 12],
)
def test_what_is_no_identity_number_is_refused_without_repeating_it(typed: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        CompletionDraft.read(
            {"course": "k", "completed_on": "2024-05-01", "person": typed, "source_url": SOURCE}
        )
    problem = refused.value.problems[0]
    assert (problem.pointer, problem.code) == ("/person", "not_an_identity_number")
    assert str(typed) not in str(problem)


@pytest.mark.parametrize("more", [{}, {"person": CARD, "number": 3}])
def test_a_completion_is_a_person_or_a_number(more: dict[str, object]) -> None:
    facts = {"course": "k", "completed_on": "2024-05-01", "source_url": SOURCE}
    with pytest.raises(InvalidInput, match="person_or_number"):
        CompletionDraft.read(facts | more)


def test_lines_end_after_they_begin() -> None:
    facts = {"code": "1.1", "name_vi": "Tên", "owner": "Bộ", "source_url": SOURCE}
    with pytest.raises(InvalidInput, match="ends_before_it_begins"):
        ServiceDraft.read(facts | {"since": "2024-05-01", "until": "2024-05-01"})
    with pytest.raises(InvalidInput, match="/support: unknown_choice"):
        SupportDraft.read(facts | {"service": "1.1", "support": "magic", "since": "2024-05-01"})
    data = {
        "body": "b",
        "licence": "CC BY",
        "machine_readable": True,
        "first_published": "2024-05-01",
    }
    facts.pop("owner")
    with pytest.raises(InvalidInput, match="checked_before_published"):
        DatasetDraft.read(facts | data | {"last_checked": "2024-04-30"})


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        ({"action": "revoke"}, "day_or_from_the_start"),
        (
            {"action": "revoke", "from_the_start": True, "effective_from": "2024-01-01"},
            "day_or_from_the_start",
        ),
        ({"action": "approve", "effective_from": "2024-01-01"}, "not_for_this_action"),
        ({"action": "bless"}, "unknown_choice"),
    ],
)
def test_only_a_revocation_has_a_day(draft: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidInput, match=code):
        EntryDecisionDraft.read(draft)


def test_a_line_moves_one_way() -> None:
    assert state_of([]) is EntryState.REPORTED
    assert state_of([EntryAction.APPROVE, EntryAction.REVOKE]) is EntryState.REVOKED
    with pytest.raises(KeyError):
        state_of([EntryAction.RETURN, EntryAction.APPROVE])


def test_a_fact_holds_from_its_first_day_to_the_day_before_its_end() -> None:
    fact = Fact(LineKind.SERVICE, "a", "", day(1), day(3))
    assert [fact.on(day(n)) for n in range(5)] == [False, True, True, False, False]
