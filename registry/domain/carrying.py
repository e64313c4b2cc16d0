"""Carrying a case over: along which links of lineage, from which day, without counting it twice."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from registry.domain.errors import FieldProblem


@dataclass(frozen=True, slots=True)
class Link:
    """That a city goes on in another, from a day on."""

    predecessor_id: int
    successor_id: int
    effective_on: date


def carrying_problems(
    to: Sequence[int],
    on: date,
    stands_for: Mapping[int, date | None],
    links: Iterable[Link],
    rolls: Collection[Collection[int]],
) -> list[FieldProblem]:
    """What hinders that a case stands for these cities too.

    `stands_for` are the cities it stands for already, with the day from which it does (None for
    its own). `rolls` are the cities of each roll in force on the day: one that names predecessor
    and successor both would count one case twice.
    """
    links = tuple(links)
    problems = []
    for index, city_id in enumerate(to):
        place = f"/to_city_codes/{index}"
        since = stands_for.get(city_id)
        if city_id in stands_for and (since is None or since <= on):
            problems.append(FieldProblem(place, "own_city" if since is None else "carried_already"))
            continue
        leading = [
            link
            for link in links
            if link.successor_id == city_id and link.predecessor_id in stands_for
        ]
        if not leading:
            problems.append(FieldProblem(place, "no_successor"))
            continue
        due = [link for link in leading if link.effective_on <= on]
        if not due:
            first = min(link.effective_on for link in leading)
            problems.append(
                FieldProblem("/effective_on", "before_succession", {"day": first.isoformat()})
            )
        elif all(_both_named(link, rolls) for link in due):
            problems.append(FieldProblem(place, "counted_twice"))
    return problems


def ending_problems(
    gone: Sequence[int],
    stands_for: Mapping[int, date | None],
    links: Iterable[Link],
) -> list[FieldProblem]:
    """What hinders that a case no longer stands for these cities.

    It stands for its own city for good, and nowhere by way of a city that it does not stand for:
    where it was carried on from one of them, that goes first or together.
    """
    links = tuple(links)
    problems = []
    for index, city_id in enumerate(gone):
        if stands_for.get(city_id) is None:
            code = "own_city" if city_id in stands_for else "not_carried"
            problems.append(FieldProblem(f"/to_city_codes/{index}", code))
    left = stands_for.keys() - set(gone)
    reached = {city_id for city_id in left if stands_for[city_id] is None}
    onward = set(reached)
    while onward:
        onward = {
            link.successor_id
            for link in links
            if link.predecessor_id in onward and link.successor_id in left - reached
        }
        reached |= onward
    if not problems and left - reached:
        problems.append(FieldProblem("/to_city_codes", "carried_on"))
    return problems


def _both_named(link: Link, rolls: Collection[Collection[int]]) -> bool:
    return any(link.predecessor_id in roll and link.successor_id in roll for roll in rolls)
