"""The surveyor's room: a new list against the old roll - nothing guessed, nothing lost."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from registry.domain.carrying import Link, carrying_problems
from registry.domain.model import UnitType, UrbanClass
from registry.domain.roll_changes import (
    ChangeKind,
    Choices,
    Known,
    Line,
    Naming,
    Plan,
    applied,
    plan,
    touched_days,
)

TOWN = Naming("Thị xã Sông Bình", UnitType.DISTRICT_TOWN, UrbanClass.IV)
CITY = Naming("Thành phố Biên An", UnitType.PROVINCIAL_CITY, UrbanClass.II)
REGISTER = (Known("100", TOWN, "48"), Known("200", CITY, "48"))
BASE = {"100": TOWN, "200": CITY}


def held(*lines: Line, adds: bool = False, choices: Choices | None = None, **lineage: str) -> Plan:
    led = {code.removeprefix("c"): to.split() for code, to in lineage.items()}
    return plan(BASE, lines, REGISTER, choices or Choices(), led, adds=adds)


def told(found: Plan) -> list[tuple[str, str]]:
    return [(change.kind.value, change.code) for change in found.changes]


# ── Which line is which city ────────────────────────────────────────────────────────────────


def test_a_code_says_which_city_whatever_it_is_called() -> None:
    found = held(Line(2, replace(TOWN, name_vi="Thị xã Khác"), "100"), Line(3, CITY, "200"))
    assert told(found) == [("renamed", "100")]
    assert found.unchanged == ("200",)


def test_name_type_and_province_say_it_too_in_any_writing() -> None:
    typed = replace(TOWN, name_vi="thị  xã Sông Bình".upper())
    found = held(Line(2, typed, province="48"), Line(3, CITY, "200"))
    assert set(found.cities) == {"100", "200"}


def test_a_name_without_its_province_or_type_is_not_enough() -> None:
    other_type = replace(TOWN, unit_type=UnitType.TOWNSHIP)
    for line in (Line(2, TOWN), Line(2, other_type, province="48")):
        found = held(line, Line(3, CITY, "200"))
        assert [(o.line, o.candidates) for o in found.open_lines] == [(line, ("100",))]
        assert told(found) == [("dissolved", "100")]


def test_two_lines_of_one_name_are_nobody_s_until_one_chooses() -> None:
    lines = (Line(2, TOWN, province="48"), Line(3, TOWN, province="48"), Line(4, CITY, "200"))
    found = held(*lines)
    assert [o.line.number for o in found.open_lines] == [2, 3]
    chosen = held(*lines, choices=Choices({2: "100", 3: "300"}))
    assert not chosen.open_lines
    assert told(chosen) == [("created", "300")]


def test_an_unknown_code_with_a_known_name_is_asked_about() -> None:
    found = held(Line(2, TOWN, "101", province="48"), Line(3, CITY, "200"))
    assert [(o.line.number, o.candidates) for o in found.open_lines] == [(2, ("100",))]


def test_an_unknown_code_and_name_are_a_new_city() -> None:
    new = replace(TOWN, name_vi="Thị trấn Mới")
    found = held(Line(2, new, "300", province="48"), Line(3, CITY, "200"), Line(4, TOWN, "100"))
    assert told(found) == [("created", "300")]
    assert applied(BASE, found.changes) == BASE | {"300": new}


# ── What becomes of cities ──────────────────────────────────────────────────────────────────


def test_one_that_is_missing_and_goes_on_nowhere_is_dissolved() -> None:
    assert told(held(Line(2, CITY, "200"))) == [("dissolved", "100")]


def test_one_that_goes_on_in_another_is_merged_by_file_choice_or_lineage() -> None:
    by_file = held(Line(2, CITY, "200", predecessors=("100",)))
    by_choice = held(Line(2, CITY, "200"), choices=Choices(heirs={"100": ("200",)}))
    by_lineage = held(Line(2, CITY, "200"), c100="200 999")
    for found in (by_file, by_choice, by_lineage):
        assert told(found) == [("merged", "100")]
        assert found.changes[0].heirs == ("200",)


def test_who_chooses_no_heir_says_that_it_is_dissolved() -> None:
    found = held(Line(2, CITY, "200"), choices=Choices(heirs={"100": ()}), c100="200")
    assert told(found) == [("dissolved", "100")]


def test_one_new_city_after_one_old_is_a_succession_two_are_a_split() -> None:
    new = [Line(n, replace(TOWN, name_vi=f"Phường {n}"), f"P{n}", province="48") for n in (2, 3)]
    one = held(replace(new[0], predecessors=("100",)), Line(9, CITY, "200"))
    assert told(one) == [("succeeded", "100"), ("created", "P2")]
    two = held(*(replace(line, predecessors=("100",)) for line in new), Line(9, CITY, "200"))
    assert told(two) == [("split", "100"), ("created", "P2"), ("created", "P3")]


def test_one_that_gives_a_part_away_lives_on() -> None:
    new = Line(2, replace(TOWN, name_vi="Phường 2"), "P2", province="48", predecessors=("200",))
    found = held(new, Line(3, CITY, "200"), Line(4, TOWN, "100"))
    assert told(found) == [("split", "200"), ("created", "P2")]
    assert set(applied(BASE, found.changes)) == {"100", "200", "P2"}


def test_a_list_of_more_names_says_nothing_of_the_rest() -> None:
    new = Line(2, replace(TOWN, name_vi="Thị trấn Mới"), "300", province="48")
    assert told(held(new, adds=True)) == [("created", "300")]


def test_another_province_is_a_change_of_its_own() -> None:
    found = held(Line(2, TOWN, "100", province="75"), Line(3, CITY, "200", province="48"))
    assert told(found) == [("moved", "100")]
    assert applied(BASE, found.changes) == BASE


def test_a_change_that_is_another_bears_another_stamp() -> None:
    def stamp(name: str) -> str:
        return (
            held(Line(2, replace(TOWN, name_vi=name), "100"), Line(3, CITY, "200")).changes[0].stamp
        )

    assert stamp("Một") == stamp("Một")
    assert stamp("Một") != stamp("Hai")


# ── The law ─────────────────────────────────────────────────────────────────────────────────

codes = st.sampled_from([f"{n}" for n in range(12)])
namings = st.builds(
    Naming,
    st.sampled_from(["An", "Bình", "Châu", "Dương"]),
    st.sampled_from([UnitType.TOWNSHIP, UnitType.WARD]),
    st.sampled_from([UrbanClass.IV, UrbanClass.V]),
)


@given(
    base=st.dictionaries(codes, namings),
    new=st.dictionaries(codes, namings),
    others=st.dictionaries(codes, namings),
    data=st.data(),
)
def test_the_changes_lead_from_the_old_list_to_the_new(
    base: dict[str, Naming], new: dict[str, Naming], others: dict[str, Naming], data: st.DataObject
) -> None:
    """Whatever the lists: once every line is a city, applying the changes gives the new list."""
    known = [Known(code, naming, "48") for code, naming in (others | base).items()]
    predecessors = st.lists(codes, max_size=3, unique=True).map(tuple)
    lines = [
        Line(
            number,
            naming,
            data.draw(st.sampled_from([code, ""])),
            province="48",
            predecessors=data.draw(predecessors),
        )
        for number, (code, naming) in enumerate(new.items(), 2)
    ]
    chosen = Choices(dict(zip((line.number for line in lines), new, strict=True)))
    found = plan(base, lines, known, chosen, {})
    assert not found.open_lines
    assert applied(base, found.changes) == new
    assert plan(new, lines, known, chosen, {}).of(ChangeKind.RENAMED) == []


@given(new=st.lists(namings, max_size=8), base=st.dictionaries(codes, namings))
def test_no_line_is_lost_and_no_city_is_two_lines(
    new: list[Naming], base: dict[str, Naming]
) -> None:
    known = [Known(code, naming, "48") for code, naming in base.items()]
    lines = [Line(number, naming, province="48") for number, naming in enumerate(new, 2)]
    found = plan(base, lines, known, Choices(), {})
    taken = [line.number for line in found.cities.values()]
    assert sorted([*taken, *(o.line.number for o in found.open_lines)]) == [
        line.number for line in lines
    ]


# ── Days ────────────────────────────────────────────────────────────────────────────────────


def test_the_days_that_a_roll_touches() -> None:
    first, today = date(2023, 6, 1), date(2025, 3, 2)
    ends = [first, date(2023, 12, 31), date(2024, 12, 31)]
    assert touched_days(first, None, today) == [*ends, today]
    assert touched_days(first, date(2024, 12, 31), today) == ends[:2]
    assert touched_days(today, None, today) == [today]
    assert touched_days(date(2026, 1, 1), None, today) == [date(2026, 1, 1)]


# ── Carrying over ───────────────────────────────────────────────────────────────────────────

OLD, NEW, LATER, STRANGER = 1, 2, 3, 4
DAY = date(2025, 7, 1)
LINKS = (Link(OLD, NEW, DAY), Link(NEW, LATER, date(2026, 1, 1)))


def hindered(
    to: int, on: date = DAY, stands: dict[int, date | None] | None = None, *rolls: set[int]
) -> list[str]:
    stands_for = {OLD: None} if stands is None else stands
    return [p.code for p in carrying_problems([to], on, stands_for, LINKS, rolls)]


def test_a_case_is_carried_along_lineage_only_and_not_before_its_day() -> None:
    assert hindered(NEW) == []
    assert hindered(STRANGER) == ["no_successor"]
    assert hindered(LATER) == ["no_successor"]
    assert hindered(OLD) == ["own_city"]
    assert hindered(NEW, date(2025, 6, 30)) == ["before_succession"]


def test_a_case_is_carried_on_from_where_it_was_carried() -> None:
    carried: dict[int, date | None] = {OLD: None, NEW: DAY}
    assert hindered(LATER, date(2026, 1, 1), carried) == []
    assert hindered(NEW, DAY, carried) == ["carried_already"]
    # An earlier day says something new.
    assert hindered(NEW, DAY, {OLD: None, NEW: date(2025, 8, 1)}) == []


def test_no_roll_counts_one_case_for_predecessor_and_successor() -> None:
    assert hindered(NEW, DAY, None, {OLD, NEW}) == ["counted_twice"]
    assert hindered(NEW, DAY, None, {NEW}, {OLD}) == []
