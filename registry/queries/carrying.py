"""Cases of cities that go on in others: what waits for a decision, and where it could lead."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.carrying import Link
from registry.domain.model import LineageKind, ReviewState, RollSeries
from registry.queries.coverage import roll_in_force
from registry.queries.moments import Moment


@dataclass(frozen=True, slots=True)
class Heir:
    """A successor by lineage, and where the case stands already, since which day."""

    city_id: int
    code: str
    name_vi: str
    name_en: str
    kind: LineageKind
    effective_on: date
    legal_basis: str
    on_roll: bool


@dataclass(frozen=True, slots=True)
class CaseToCarry:
    """A live case of the city; `carried_to` are the codes of cities it stands for as well."""

    use_case_id: UUID
    code: str
    title: str
    title_en: str
    state: ReviewState
    carried_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Predecessor:
    """A city that goes on in others, with its live cases. `on_roll` tells whether it is still on
    the roll in force of every series that ever named it; where it is not, the cases that were
    carried nowhere are orphans."""

    city_id: int
    code: str
    name_vi: str
    name_en: str
    on_roll: bool
    cases: tuple[CaseToCarry, ...]

    @property
    def orphans(self) -> tuple[CaseToCarry, ...]:
        return () if self.on_roll else tuple(c for c in self.cases if not c.carried_to)


def predecessors(session: Session, at: Moment, code: str | None = None) -> list[Predecessor]:
    """Cities with live cases that have successors, or are on no roll any more; of them all, or
    the one of this code."""
    rows = session.execute(
        text("""
            SELECT city.id AS city_id, city.code AS city_code, p.name_vi, p.name_en,
                EXISTS (
                    SELECT FROM roll_entry e WHERE e.city_id = city.id
                        AND e.roll_id = ANY(:rolls) AND upper_inf(e.known)
                ) AND NOT EXISTS (
                    SELECT FROM roll_entry once JOIN roll ON roll.id = once.roll_id
                    WHERE once.city_id = city.id AND upper_inf(once.known)
                        AND roll.valid_from <= :on AND NOT EXISTS (
                            SELECT FROM roll_entry now JOIN roll latest ON latest.id = now.roll_id
                            WHERE now.city_id = city.id AND upper_inf(now.known)
                                AND latest.id = ANY(:rolls) AND latest.series = roll.series
                        )
                ) AS on_roll,
                u.id, u.code, v.content ->> 'title' AS title,
                coalesce(v.content ->> 'title_en', '') AS title_en, v.state,
                ARRAY(SELECT DISTINCT heir.code FROM carry_over_open c
                      JOIN city heir ON heir.id = c.to_city_id
                      WHERE c.use_case_id = u.id ORDER BY 1) AS carried_to
            FROM use_case u
            JOIN city ON city.id = u.city_id
            JOIN use_case_version v ON v.use_case_id = u.id AND v.state IN ('approved', 'suspended')
            LEFT JOIN LATERAL (
                SELECT name_vi, name_en FROM city_period WHERE city_period.city_id = city.id
                ORDER BY valid @> CAST(:on AS date) DESC, valid DESC LIMIT 1
            ) p ON true
            WHERE (CAST(:code AS text) IS NULL OR city.code = :code)
            ORDER BY city.code, u.number
        """),
        {"code": code, "on": at.on, "rolls": _rolls(session, at)},
    )
    by_city: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_city[row.city_id].append(row)
    with_heirs = set(
        session.scalars(
            text("SELECT DISTINCT predecessor_id FROM city_lineage WHERE effective_on <= :on"),
            {"on": at.on},
        )
    )
    return [
        Predecessor(
            city_id=city_id,
            code=of_city[0].city_code,
            name_vi=of_city[0].name_vi,
            name_en=of_city[0].name_en,
            on_roll=of_city[0].on_roll,
            cases=tuple(
                CaseToCarry(
                    row.id,
                    row.code,
                    row.title,
                    row.title_en,
                    ReviewState(row.state),
                    tuple(row.carried_to),
                )
                for row in of_city
            ),
        )
        for city_id, of_city in by_city.items()
        if city_id in with_heirs or not of_city[0].on_roll
    ]


def heirs(session: Session, at: Moment, city_ids: Collection[int]) -> list[Heir]:
    """The successors of these cities, by the day they succeeded and by name."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (l.effective_on, p.name_vi, city.code) city.id AS city_id,
                city.code, p.name_vi, p.name_en, l.kind, l.effective_on, l.legal_basis,
                EXISTS (SELECT FROM roll_entry e WHERE e.city_id = city.id
                        AND e.roll_id = ANY(:rolls) AND upper_inf(e.known)) AS on_roll
            FROM city_lineage l
            JOIN city ON city.id = l.successor_id
            LEFT JOIN LATERAL (
                SELECT name_vi, name_en FROM city_period WHERE city_period.city_id = city.id
                ORDER BY valid @> l.effective_on DESC, valid LIMIT 1
            ) p ON true
            WHERE l.predecessor_id = ANY(:ids)
            ORDER BY l.effective_on, p.name_vi, city.code
        """),
        {"ids": list(city_ids), "rolls": _rolls(session, at)},
    )
    return [Heir(**{**row, "kind": LineageKind(row["kind"])}) for row in rows.mappings()]


def stands_for(session: Session, use_case_id: UUID) -> dict[int, date | None]:
    """The cities that a case stands for: its own (None), and others since a day."""
    rows = session.execute(
        text("""
            SELECT city_id, NULL AS since FROM use_case WHERE id = :id
            UNION ALL
            SELECT to_city_id, min(effective_on) FROM carry_over_open
            WHERE use_case_id = :id GROUP BY to_city_id
        """),
        {"id": use_case_id},
    )
    return {row.city_id: row.since for row in rows}


def links_from(session: Session, city_ids: Collection[int]) -> list[Link]:
    rows = session.execute(
        text("""
            SELECT predecessor_id, successor_id, effective_on FROM city_lineage
            WHERE predecessor_id = ANY(:ids)
        """),
        {"ids": list(city_ids)},
    )
    return [Link(row.predecessor_id, row.successor_id, row.effective_on) for row in rows]


def rolls_of(session: Session, at: Moment) -> list[set[int]]:
    """The cities of each roll in force on a day, one roll per series."""
    found = []
    for roll_id in _rolls(session, at):
        rows = session.scalars(
            text("SELECT city_id FROM roll_entry WHERE roll_id = :id AND upper_inf(known)"),
            {"id": roll_id},
        )
        found.append(set(rows))
    return found


def _rolls(session: Session, at: Moment) -> list[int]:
    rolls = (roll_in_force(session, at, series) for series in RollSeries)
    return [roll.id for roll in rolls if roll is not None]
