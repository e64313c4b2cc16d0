"""Putting a list in force: the roll, its cities' periods and lineage, in one transaction.

What was known before stays what was known before: entries and periods are closed, not changed.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

import rfc8785
from geoalchemy2.shape import from_shape
from shapely import Point
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range

from registry.actions.act import Act
from registry.actions.city_periods import say_from
from registry.actions.drafts import in_force, lock_draft
from registry.actions.ledger import Ledger
from registry.actions.rolls import Entry, RollFacts, add_roll_entries, put_roll_in_force
from registry.db.tables import City, CityLineage, CityPeriod, Roll, RollEntry
from registry.db.tables import RollDraft as RollDraftRow
from registry.domain import geometry
from registry.domain.errors import InvalidInput
from registry.domain.model import REGISTER, Action
from registry.domain.permissions import check
from registry.domain.roll_changes import LINEAGE, Change, ChangeKind, Naming
from registry.domain.roll_intake import RollFactsDraft
from registry.queries.roll_drafts import Dossier, RollDraft, dossier, roll_draft

# What is told of one city in the ledger; the rest is told of the roll, city by city.
OF_A_CITY = frozenset(
    {
        ChangeKind.CREATED,
        ChangeKind.RENAMED,
        ChangeKind.MERGED,
        ChangeKind.SPLIT,
        ChangeKind.SUCCEEDED,
        ChangeKind.DISSOLVED,
    }
)
_OF_A_PERIOD = frozenset({ChangeKind.RENAMED, ChangeKind.RECLASSIFIED, ChangeKind.MOVED})
CLASS_BASIS = "named"


def put_in_force(act: Act, draft_id: UUID, revision: int) -> int:
    """Makes the list a roll from its date on; returns the ledger position.

    Raises InvalidInput naming each line without a city and each change nobody confirmed.
    """
    role = check(act.actor, Action.MANAGE_ROLLS, REGISTER)
    ledger = Ledger(act)
    row = lock_draft(act, RollDraftRow, draft_id, revision)
    draft = roll_draft(act.session, draft_id)
    assert draft is not None
    found = dossier(act.session, draft, act.clock())
    if found.hindrances:
        raise InvalidInput(found.hindrances)
    changes = found.plan.changes
    _create(act, draft, found.plan.of(ChangeKind.CREATED))
    for change in changes:
        if change.kind in OF_A_CITY:
            ledger.append(f"city.{change.kind}", role, "city", change.code, _told(draft, change))
    told = _told_of_all(found)
    if draft.adds_to is None:
        roll = put_roll_in_force(act, _facts(draft), _entries(found.after), told)
        position = roll.in_force_position
    else:
        position = _add_names(act, found, told)
    _open_periods(act, draft, position, found.plan.of(ChangeKind.CREATED))
    _change_periods(act, draft, position, [c for c in changes if c.kind in _OF_A_PERIOD])
    _close_periods(act, draft, [c for c in changes if c.after is None])
    _record_lineage(act, draft, changes)
    in_force(act, row, position)
    return position


def _told(draft: RollDraft, change: Change) -> dict[str, object]:
    told: dict[str, object] = {
        "roll": draft.code,
        "effective_on": draft.valid_from.isoformat(),
        "legal_basis": draft.confirmed[change.key].decree,
    }
    if change.after is not None and change.after != change.before:
        told["name_vi"] = change.after.name_vi
    if change.heirs:
        told["successors"] = list(change.heirs)
    return told


def _told_of_all(found: Dossier) -> dict[str, object]:
    """The changes by kind, and the hash of the whole list as it now is (RFC 8785, SHA-256)."""
    by_kind = defaultdict(list)
    for change in found.plan.changes:
        by_kind[change.kind.value].append(change.code)
    listed = [
        [code, naming.name_vi, naming.unit_type.value, naming.urban_class.value]
        for code, naming in sorted(found.after.items())
    ]
    return {
        "changes": dict(by_kind),
        "enumerated": len(listed),
        "list_sha256": hashlib.sha256(rfc8785.dumps(listed)).hexdigest(),
        "source": str(found.draft.facts["source_vi"]),
    }


def _facts(draft: RollDraft) -> RollFacts:
    facts = RollFactsDraft.model_validate(draft.facts)
    return RollFacts(**dict(facts))


def _entries(listed: Mapping[str, Naming]) -> list[Entry]:
    return [Entry(code, n.name_vi, n.unit_type, n.urban_class) for code, n in listed.items()]


def _add_names(act: Act, found: Dossier, told: dict[str, object]) -> int:
    """Names more cities of a roll in force, and corrects those it names otherwise."""
    draft, after = found.draft, found.after
    assert draft.adds_to is not None
    changed = {code for code, naming in after.items() if found.before.get(code) != naming}
    open_entries = (
        select(RollEntry.id)
        .join(City, City.id == RollEntry.city_id)
        .where(
            RollEntry.roll_id == draft.adds_to.id,
            City.code.in_(changed),
            func.upper_inf(RollEntry.known),
        )
    )
    ids = list(act.session.scalars(open_entries))
    return add_roll_entries(
        act, draft.code, _entries({code: after[code] for code in sorted(changed)}), told, ids
    )


def _ids(act: Act, codes: Iterable[str]) -> dict[str, int]:
    rows = act.session.execute(select(City.code, City.id).where(City.code.in_(list(codes))))
    return {row.code: row.id for row in rows}


def _create(act: Act, draft: RollDraft, created: list[Change]) -> None:
    source = str(draft.facts["source_vi"])
    for change in created:
        place = None if change.line is None else change.line.lonlat
        act.session.add(
            City(
                code=change.code,
                point=None if place is None else from_shape(Point(place), srid=geometry.SRID),
                point_source="" if place is None else source,
                population=None,
                source=source,
            )
        )
    act.session.flush()


def _open_periods(act: Act, draft: RollDraft, position: int, created: list[Change]) -> None:
    ids = _ids(act, [change.code for change in created])
    for change in created:
        assert change.after is not None
        assert change.line is not None
        act.session.add(
            CityPeriod(
                city_id=ids[change.code],
                valid=Range(draft.valid_from, None),
                name_vi=change.after.name_vi,
                name_en=change.line.name_en,
                unit_type=change.after.unit_type.value,
                urban_class=change.after.urban_class.value,
                class_basis=CLASS_BASIS,
                province_code=change.line.province,
                source=draft.confirmed[change.key].decree,
                known_from=position,
            )
        )


def _change_periods(act: Act, draft: RollDraft, position: int, changes: list[Change]) -> None:
    """From the roll's first day on, the city is called and counted as was confirmed."""
    by_city = defaultdict(list)
    for change in changes:
        by_city[change.code].append(change)
    periods = _periods_on(act, by_city, draft.valid_from)
    for code, of_city in by_city.items():
        old = periods.get(code)
        if old is None:
            continue
        said: dict[str, str] = {}
        for change in of_city:
            said |= _said_by(change)
        decree = draft.confirmed[of_city[0].key].decree
        say_from(act, old, draft.valid_from, position, said, decree)
    act.session.flush()


def _said_by(change: Change) -> dict[str, str]:
    assert change.after is not None
    assert change.line is not None
    if change.kind is ChangeKind.RENAMED:
        return {"name_vi": change.after.name_vi, "name_en": change.line.name_en}
    if change.kind is ChangeKind.MOVED:
        return {"province_code": change.line.province}
    return {
        "unit_type": change.after.unit_type.value,
        "urban_class": change.after.urban_class.value,
        "class_basis": CLASS_BASIS,
    }


def _close_periods(act: Act, draft: RollDraft, gone: list[Change]) -> None:
    """A city that is no longer listed is no more, unless a roll of another series names it."""
    codes = [change.code for change in gone]
    elsewhere = set(
        act.session.scalars(
            select(City.code)
            .join(RollEntry, RollEntry.city_id == City.id)
            .join(Roll, Roll.id == RollEntry.roll_id)
            .where(
                City.code.in_(codes),
                Roll.series != draft.series.value,
                Roll.valid_from <= draft.valid_from,
                func.upper_inf(RollEntry.known),
            )
        )
    )
    over = [code for code in codes if code not in elsewhere]
    later = select(CityPeriod).where(
        CityPeriod.city_id.in_(_ids(act, over).values()),
        CityPeriod.valid.op("&&")(Range(draft.valid_from, None)),
    )
    for period in act.session.scalars(later):
        if period.valid.lower is not None and period.valid.lower >= draft.valid_from:
            act.session.delete(period)
        else:
            period.valid = Range(period.valid.lower, draft.valid_from)
    act.session.flush()


def _periods_on(act: Act, codes: Iterable[str], day: date) -> dict[str, CityPeriod]:
    rows = act.session.execute(
        select(City.code, CityPeriod)
        .join(CityPeriod, CityPeriod.city_id == City.id)
        .where(City.code.in_(list(codes)), CityPeriod.valid.op("@>")(day))
    )
    return {row.code: row.CityPeriod for row in rows}


def _record_lineage(act: Act, draft: RollDraft, changes: Iterable[Change]) -> None:
    links = [
        (change, heir) for change in changes if change.kind in LINEAGE for heir in change.heirs
    ]
    ids = _ids(act, {code for change, heir in links for code in (change.code, heir)})
    known = {
        (row.predecessor_id, row.successor_id)
        for row in act.session.execute(
            select(CityLineage.predecessor_id, CityLineage.successor_id).where(
                CityLineage.predecessor_id.in_(ids.values()),
                CityLineage.effective_on <= draft.valid_from,
            )
        )
    }
    act.session.add_all(
        CityLineage(
            predecessor_id=ids[change.code],
            successor_id=ids[heir],
            effective_on=draft.valid_from,
            kind=LINEAGE[change.kind].value,
            legal_basis=draft.confirmed[change.key].decree,
            source=str(draft.facts["source_vi"]),
        )
        for change, heir in links
        if (ids[change.code], ids[heir]) not in known
    )
    act.session.flush()
