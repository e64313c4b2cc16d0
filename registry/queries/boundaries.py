"""Boundaries on their way to being in force: what they say, what they would change, what is open;
and what they would do to the figures by province."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.boundaries import (
    AreaChange,
    AreaPlan,
    Choices,
    Outline,
    Place,
    plan,
)
from registry.domain.boundary_intake import restored
from registry.domain.counting import Outcome
from registry.domain.coverage import Tally
from registry.domain.errors import FieldProblem
from registry.domain.geometry import from_hex
from registry.domain.model import RollDraftState
from registry.domain.roll_changes import touched_days
from registry.queries.cities import cities
from registry.queries.moments import moment, today
from registry.queries.roll_drafts import Confirmed


@dataclass(frozen=True, slots=True)
class BoundaryDraft:
    """The areas of a file and what people did with them; `gaps` are grounds that would be in no
    province: size in square kilometres, longitude, latitude."""

    id: UUID
    facts: Mapping[str, Any]
    name_vi: str
    name_en: str
    valid_from: date
    approximate: bool
    gaps: tuple[tuple[float, float, float], ...]
    file_name: str
    outlines: tuple[Outline, ...]
    choices: Choices
    confirmed: Mapping[str, Confirmed]
    state: RollDraftState
    revision: int
    author: str
    updated_by: str
    updated_at: datetime
    in_force_at: datetime | None

    def is_confirmed(self, change: AreaChange) -> bool:
        word = self.confirmed.get(change.key)
        return word is not None and word.stamp == change.stamp


@dataclass(frozen=True, slots=True)
class BoundaryDossier:
    """Boundaries held against the register as it is now. `later` is a day after theirs on which
    provinces change already; `names` are those of all provinces that the plan speaks of."""

    draft: BoundaryDraft
    before: Mapping[str, Outline]
    plan: AreaPlan
    later: date | None

    @property
    def names(self) -> dict[str, str]:
        old = {code: outline.name_vi for code, outline in self.before.items()}
        return old | {code: outline.name_vi for code, outline in self.plan.areas.items()}

    @property
    def unconfirmed(self) -> list[AreaChange]:
        return [c for c in self.plan.changes if not self.draft.is_confirmed(c)]

    @property
    def hindrances(self) -> list[FieldProblem]:
        """What stands between the boundaries and their being in force."""
        found = []
        if self.later is not None:
            told = {"day": self.later.isoformat()}
            found.append(FieldProblem("/boundaries/valid_from", "later_boundaries", told))
        found += [
            FieldProblem(f"/areas/{outline.number}/code", "province_to_be_chosen")
            for outline in self.plan.open_areas
        ]
        found += [
            FieldProblem(f"/cities/{place.code}", "province_to_be_chosen")
            for place in self.plan.open_cities
        ]
        found += [FieldProblem(f"/changes/{c.key}", "not_confirmed") for c in self.unconfirmed]
        if not self.plan.changes:
            found.append(FieldProblem("/features", "boundaries_unchanged"))
        return found


@dataclass(frozen=True, slots=True)
class ProvinceEffect:
    """A province's figure of a day as it is and as it would be; None where there is no such
    province."""

    on: date
    code: str
    before: Tally | None
    after: Tally | None


_DRAFT = """
    SELECT d.*, author.name AS author, updater.name AS updated_by,
        event.recorded_at AS in_force_at
    FROM province_draft d
    JOIN user_account author ON author.id = d.author_id
    JOIN user_account updater ON updater.id = d.updated_by_id
    LEFT JOIN event ON event.position = d.in_force_position
"""


def boundary_drafts(session: Session) -> list[BoundaryDraft]:
    """All of them, the one touched last first."""
    rows = session.execute(text(f"{_DRAFT} ORDER BY d.updated_at DESC, d.id"))
    return [_draft(row) for row in rows]


def boundary_draft(session: Session, draft_id: UUID) -> BoundaryDraft | None:
    row = session.execute(text(f"{_DRAFT} WHERE d.id = :id"), {"id": draft_id}).one_or_none()
    return None if row is None else _draft(row)


def boundary_dossier(session: Session, draft: BoundaryDraft) -> BoundaryDossier:
    """What the boundaries would change, as the register stands now."""
    before = outlines_on(session, draft.valid_from)
    return BoundaryDossier(
        draft=draft,
        before=before,
        plan=plan(before, draft.outlines, places_on(session, draft.valid_from), draft.choices),
        later=next_change(session, draft.valid_from),
    )


def outlines_on(session: Session, on: date) -> dict[str, Outline]:
    """The provinces of a day as they are known now, by code."""
    rows = session.execute(
        text("""
            SELECT code, name_vi, name_en, encode(ST_AsBinary(geom), 'hex') AS shape FROM province
            WHERE valid @> CAST(:on AS date) ORDER BY code
        """),
        {"on": on},
    )
    return {
        row.code: Outline(row.code, row.name_vi, row.name_en, from_hex(row.shape)) for row in rows
    }


def places_on(session: Session, on: date) -> list[Place]:
    """The cities of a day or after it, with the province of that day or of their first one."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (city.code) city.code, p.name_vi, p.province_code,
                ST_X(city.point) AS lon, ST_Y(city.point) AS lat
            FROM city JOIN city_period p ON p.city_id = city.id
            WHERE upper_inf(p.valid) OR upper(p.valid) > :on
            ORDER BY city.code, p.valid
        """),
        {"on": on},
    )
    return [
        Place(
            row.code,
            row.name_vi,
            row.province_code,
            None if row.lon is None else (row.lon, row.lat),
        )
        for row in rows
    ]


def next_change(session: Session, after: date) -> date | None:
    """The first day after one on which a province begins or ends: boundaries are put in force in
    the order of their days, or those that follow would stand on others than were looked at."""
    found: date | None = session.scalar(
        text("""
            SELECT min(day) FROM (
                SELECT lower(valid) AS day FROM province UNION ALL SELECT upper(valid) FROM province
            ) change WHERE day > :after
        """),
        {"after": after},
    )
    return found


def province_effects(
    session: Session, dossier: BoundaryDossier, now: datetime
) -> list[ProvinceEffect]:
    """The provinces whose figure changes, on every day that the boundaries touch: their first,
    ends of years, today. Days before theirs stay as they are."""
    found = []
    for day in touched_days(dossier.draft.valid_from, None, today(now)):
        rows = cities(session, moment(session, now, day))
        counted = {row.code for row in rows if row.outcome is Outcome.COUNTED}
        before = {row.code: row.province_code for row in rows}
        after = {code: dossier.plan.moves.get(code, own) for code, own in before.items()}
        was, will = (_tallies(place, counted) for place in (before, after))
        for code in sorted(was.keys() | will.keys()):
            if was.get(code) != will.get(code):
                found.append(ProvinceEffect(day, code, was.get(code), will.get(code)))
    return found


def successors_of(session: Session, code: str, on: date) -> list[tuple[str, str, str]]:
    """Where a province that is no more on a day goes on: code and names of each there."""
    rows = session.execute(
        text("""
            WITH RECURSIVE gone (code) AS (
                SELECT unnest(successor_codes) FROM province
                WHERE code = :code AND upper(valid) <= :on
                UNION
                SELECT unnest(p.successor_codes) FROM gone JOIN province p ON p.code = gone.code
                WHERE upper(p.valid) <= :on
            )
            SELECT code, name_vi, name_en FROM province
            WHERE code IN (SELECT code FROM gone) AND valid @> CAST(:on AS date) ORDER BY code
        """),
        {"code": code, "on": on},
    )
    return [(row.code, row.name_vi, row.name_en) for row in rows]


def _tallies(provinces: Mapping[str, str], counted: set[str]) -> dict[str, Tally]:
    total = Counter(provinces.values())
    reached = Counter(province for city, province in provinces.items() if city in counted)
    return {code: Tally(reached[code], number) for code, number in total.items()}


def _draft(row: Any) -> BoundaryDraft:
    facts = row.facts
    return BoundaryDraft(
        id=row.id,
        facts=facts,
        name_vi=facts["name_vi"],
        name_en=facts["name_en"],
        valid_from=date.fromisoformat(facts["valid_from"]),
        approximate=facts["approximate"],
        gaps=tuple((size, lon, lat) for size, lon, lat in facts["gaps"]),
        file_name=row.file_name,
        outlines=tuple(restored(line) for line in row.lines),
        choices=Choices(
            {int(number): code for number, code in row.choices.get("areas", {}).items()},
            dict(row.choices.get("cities", {})),
        ),
        confirmed={key: Confirmed(**word) for key, word in row.confirmed.items()},
        state=RollDraftState(row.state),
        revision=row.revision,
        author=row.author,
        updated_by=row.updated_by,
        updated_at=row.updated_at,
        in_force_at=row.in_force_at,
    )
