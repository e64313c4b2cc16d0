"""Lists on their way to a roll: what they say, what they would change, what is still open."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.errors import FieldProblem
from registry.domain.model import RollDraftState, RollSeries, UnitType, UrbanClass
from registry.domain.roll_changes import (
    Change,
    ChangeKind,
    Choices,
    Known,
    Line,
    Naming,
    Plan,
    applied,
    plan,
)
from registry.domain.roll_intake import RollLineDraft
from registry.queries.coverage import Roll, roll_in_force, rolls
from registry.queries.moments import Moment, moment
from registry.queries.rolls import roll_entries


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Somebody's word for a change as it stood when it bore `stamp`."""

    stamp: str
    decree: str


@dataclass(frozen=True, slots=True)
class RollDraft:
    """A list and what people did with it. `adds_to` is the roll in force it names more cities of,
    None for a roll of its own; `facts` are what was sent of the one or of the other."""

    id: UUID
    facts: Mapping[str, Any]
    adds_to: Roll | None
    code: str
    name_vi: str
    name_en: str
    series: RollSeries
    valid_from: date
    official_total: int | None
    file_name: str
    lines: tuple[Line, ...]
    choices: Choices
    confirmed: Mapping[str, Confirmed]
    state: RollDraftState
    revision: int
    author: str
    updated_by: str
    updated_at: datetime
    in_force_at: datetime | None

    def is_confirmed(self, change: Change) -> bool:
        word = self.confirmed.get(change.key)
        return word is not None and word.stamp == change.stamp


@dataclass(frozen=True)
class Dossier:
    """A list held against the register as it is now."""

    draft: RollDraft
    base: Roll | None
    before: Mapping[str, Naming]
    plan: Plan
    # Names in the register, of every city that the plan speaks of.
    names: Mapping[str, str]

    @cached_property
    def after(self) -> dict[str, Naming]:
        """The roll as it will be."""
        return applied(self.before, self.plan.changes)

    @property
    def unconfirmed(self) -> list[Change]:
        return [c for c in self.plan.changes if not self.draft.is_confirmed(c)]

    @property
    def hindrances(self) -> list[FieldProblem]:
        """What stands between the list and its being in force."""
        found = [
            FieldProblem(f"/lines/{each.line.number}/code", "city_to_be_chosen")
            for each in self.plan.open_lines
        ]
        found += [
            FieldProblem(f"/lines/{change.line.number}/province", "required")
            for change in self.plan.of(ChangeKind.CREATED)
            if change.line is not None and not change.line.province
        ]
        found += [FieldProblem(f"/changes/{c.key}", "not_confirmed") for c in self.unconfirmed]
        if not self.plan.changes and self.draft.adds_to is not None:
            found.append(FieldProblem("/lines", "nothing_changes"))
        return found


_DRAFT = """
    SELECT d.*, author.name AS author, updater.name AS updated_by, roll.code AS roll_code,
        event.recorded_at AS in_force_at
    FROM roll_draft d
    JOIN user_account author ON author.id = d.author_id
    JOIN user_account updater ON updater.id = d.updated_by_id
    LEFT JOIN roll ON roll.id = d.adds_to_id
    LEFT JOIN event ON event.position = d.in_force_position
"""


def roll_drafts(session: Session) -> list[RollDraft]:
    """All of them, the one touched last first."""
    rows = session.execute(text(f"{_DRAFT} ORDER BY d.updated_at DESC, d.id")).all()
    by_code = {roll.code: roll for roll, _ in rolls(session)}
    return [_draft(row, by_code) for row in rows]


def roll_draft(session: Session, draft_id: UUID) -> RollDraft | None:
    row = session.execute(text(f"{_DRAFT} WHERE d.id = :id"), {"id": draft_id}).one_or_none()
    return None if row is None else _draft(row, {roll.code: roll for roll, _ in rolls(session)})


def dossier(session: Session, draft: RollDraft, now: datetime) -> Dossier:
    """What the list would change, as the register stands now."""
    at = moment(session, now, draft.valid_from)
    base = draft.adds_to or roll_in_force(session, at, draft.series)
    before = {} if base is None else namings(session, base.code)
    known = cities_known(session, draft.valid_from)
    since = None if base is None else base.valid_from
    return Dossier(
        draft=draft,
        base=base,
        before=before,
        plan=plan(
            before,
            draft.lines,
            known.values(),
            draft.choices,
            _successors(session, since, draft.valid_from),
            adds=draft.adds_to is not None,
        ),
        names={code: city.naming.name_vi for code, city in known.items()},
    )


def namings(session: Session, roll_code: str) -> dict[str, Naming]:
    return {
        entry.city_code: Naming(entry.name_vi, entry.unit_type, entry.urban_class)
        for entry in roll_entries(session, roll_code)
    }


def cities_known(session: Session, on: date) -> dict[str, Known]:
    """Every city of the register as it was on a day, or last before or first after it."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (city.id) city.code, p.name_vi, p.unit_type, p.urban_class,
                p.province_code
            FROM city JOIN city_period p ON p.city_id = city.id
            ORDER BY city.id, p.valid @> CAST(:on AS date) DESC, p.valid DESC
        """),
        {"on": on},
    )
    return {
        row.code: Known(
            row.code,
            Naming(row.name_vi, UnitType(row.unit_type), UrbanClass(row.urban_class)),
            row.province_code,
        )
        for row in rows
    }


def provinces_named(session: Session, on: date) -> list[tuple[str, str, str]]:
    """Code and names of each province of a day."""
    rows = session.execute(
        text("""
            SELECT code, name_vi, name_en FROM province WHERE valid @> CAST(:on AS date)
            ORDER BY code
        """),
        {"on": on},
    )
    return [(row.code, row.name_vi, row.name_en) for row in rows]


def next_roll(session: Session, after: Moment, series: RollSeries) -> date | None:
    """The first day of the roll that follows in a series."""
    found: date | None = session.scalar(
        text("SELECT min(valid_from) FROM roll WHERE series = :series AND valid_from > :on"),
        {"series": series.value, "on": after.on},
    )
    return found


def _successors(session: Session, since: date | None, until: date) -> dict[str, list[str]]:
    """Predecessor and successors by what took effect between two rolls."""
    rows = session.execute(
        text("""
            SELECT old.code AS old, new.code AS new FROM city_lineage l
            JOIN city old ON old.id = l.predecessor_id JOIN city new ON new.id = l.successor_id
            WHERE (CAST(:since AS date) IS NULL OR l.effective_on > :since)
                AND l.effective_on <= :until
            ORDER BY old.code, new.code
        """),
        {"since": since, "until": until},
    )
    found = defaultdict(list)
    for row in rows:
        found[row.old].append(row.new)
    return found


def _draft(row: Any, by_code: Mapping[str, Roll]) -> RollDraft:
    adds_to = None if row.roll_code is None else by_code[row.roll_code]
    facts = row.facts
    return RollDraft(
        id=row.id,
        facts=facts,
        adds_to=adds_to,
        code=adds_to.code if adds_to else facts["code"],
        name_vi=adds_to.name_vi if adds_to else facts["name_vi"],
        name_en=adds_to.name_en if adds_to else facts["name_en"],
        series=adds_to.series if adds_to else RollSeries(facts["series"]),
        valid_from=adds_to.valid_from if adds_to else date.fromisoformat(facts["valid_from"]),
        official_total=adds_to.official_total if adds_to else facts["official_total"],
        file_name=row.file_name,
        lines=tuple(
            RollLineDraft.model_validate(line["said"]).line(line["number"]) for line in row.lines
        ),
        choices=Choices(
            {int(number): code for number, code in row.choices.get("lines", {}).items()},
            {code: tuple(heirs) for code, heirs in row.choices.get("heirs", {}).items()},
        ),
        confirmed={key: Confirmed(**word) for key, word in row.confirmed.items()},
        state=RollDraftState(row.state),
        revision=row.revision,
        author=row.author,
        updated_by=row.updated_by,
        updated_at=row.updated_at,
        in_force_at=row.in_force_at,
    )
