"""Rolls: putting a denominator in force, and adding names as the ministry learns them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import Range

from registry.actions.act import Act
from registry.actions.ledger import Ledger
from registry.db.tables import City, Roll, RollEntry
from registry.domain.errors import FieldProblem, InvalidInput, NotFound
from registry.domain.model import REGISTER, Action, RollSeries, UnitType, UrbanClass
from registry.domain.permissions import check


@dataclass(frozen=True, slots=True)
class RollFacts:
    """What a roll says of itself; texts are for readers, in both languages."""

    code: str
    series: RollSeries
    name_vi: str
    name_en: str
    valid_from: date
    official_total: int | None
    source_vi: str
    source_en: str
    source_url: str
    legal_basis: str
    note_vi: str
    note_en: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A city as a roll names it."""

    city_code: str
    name_vi: str
    unit_type: UnitType
    urban_class: UrbanClass


def put_roll_in_force(
    act: Act,
    facts: RollFacts,
    entries: Sequence[Entry],
    told: Mapping[str, object] | None = None,
) -> Roll:
    """Makes a roll the denominator of its series from its date on.

    Figures asked for as known before this moment keep the roll they had. `told` is what else its
    event says.
    """
    role = check(act.actor, Action.MANAGE_ROLLS, REGISTER)
    ledger = Ledger(act)
    if act.session.scalar(select(Roll.id).where(Roll.code == facts.code)) is not None:
        raise InvalidInput([FieldProblem("/code", "taken_code", {"value": facts.code})])
    position = ledger.append(
        "roll.in_force",
        role,
        "roll",
        facts.code,
        {
            "series": facts.series.value,
            "valid_from": facts.valid_from.isoformat(),
            "official_total": facts.official_total,
            "legal_basis": facts.legal_basis,
            "cities": sorted(e.city_code for e in entries),
            **(told or {}),
        },
    )
    roll = Roll(
        code=facts.code,
        series=facts.series.value,
        name_vi=facts.name_vi,
        name_en=facts.name_en,
        valid_from=facts.valid_from,
        official_total=facts.official_total,
        source_vi=facts.source_vi,
        source_en=facts.source_en,
        source_url=facts.source_url,
        legal_basis=facts.legal_basis,
        note_vi=facts.note_vi,
        note_en=facts.note_en,
        in_force_position=position,
    )
    act.session.add(roll)
    act.session.flush()
    _add(act, roll, entries, position)
    return roll


def add_roll_entries(
    act: Act,
    roll_code: str,
    entries: Sequence[Entry],
    told: Mapping[str, object] | None = None,
    corrected: Collection[int] = (),
) -> int:
    """Names cities that the roll had counted without naming; returns the ledger position.

    `corrected` are the ids of entries that hold no longer: theirs are among the new ones.
    """
    role = check(act.actor, Action.MANAGE_ROLLS, REGISTER)
    ledger = Ledger(act)
    roll = act.session.scalar(select(Roll).where(Roll.code == roll_code))
    if roll is None:
        raise NotFound
    position = ledger.append(
        "roll.named",
        role,
        "roll",
        roll.code,
        {"cities": sorted(e.city_code for e in entries), **(told or {})},
    )
    act.session.execute(
        update(RollEntry)
        .where(RollEntry.id.in_(corrected))
        .values(known=func.int8range(func.lower(RollEntry.known), position))
    )
    _add(act, roll, entries, position)
    return position


def _add(act: Act, roll: Roll, entries: Sequence[Entry], position: int) -> None:
    named = select(City.code, City.id).where(City.code.in_([e.city_code for e in entries]))
    ids = {row.code: row.id for row in act.session.execute(named)}
    problems = [
        FieldProblem(f"/entries/{index}/city_code", "unknown_choice", {"value": e.city_code})
        for index, e in enumerate(entries)
        if e.city_code not in ids
    ]
    seen = set(
        act.session.scalars(
            select(City.code)
            .join(RollEntry, RollEntry.city_id == City.id)
            .where(RollEntry.roll_id == roll.id, func.upper_inf(RollEntry.known))
        )
    )
    for index, entry in enumerate(entries):
        if entry.city_code in seen:
            problems.append(FieldProblem(f"/entries/{index}/city_code", "repeated_city"))
        seen.add(entry.city_code)
    if problems:
        raise InvalidInput(problems)
    act.session.add_all(
        RollEntry(
            roll_id=roll.id,
            city_id=ids[e.city_code],
            known=Range(position, None),
            name_vi=e.name_vi,
            unit_type=e.unit_type.value,
            urban_class=e.urban_class.value,
        )
        for e in entries
    )
    act.session.flush()
