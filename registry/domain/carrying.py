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


def _both_named(link: Link, rolls: Collection[Collection[int]]) -> bool:
    return any(link.predecessor_id in roll and link.successor_id in roll for roll in rolls)
