"""Provinces' boundaries: a file taken in, looked through, put in force from its day on.

Days before stay as they were, and so does what was known before: rows are closed, and the database
keeps what a changed row said (`keep_province`, `keep_city_period`).
"""

import hashlib
from collections import defaultdict
from typing import Any
from uuid import UUID, uuid4

import rfc8785
from geoalchemy2.shape import from_shape
from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import Range

from registry.actions.act import Act
from registry.actions.city_periods import say_from
from registry.actions.drafts import (
    in_force,
    lock_draft,
    new_draft,
    put_aside,
    record_confirmations,
    touched,
)
from registry.actions.ledger import Ledger
from registry.db.tables import City, CityPeriod, Province, ProvinceDraft
from registry.domain import geometry
from registry.domain.boundaries import AreaChangeKind, Outline, gaps, overlaps
from registry.domain.boundary_intake import (
    BoundaryChoicesDraft,
    BoundaryDraftBody,
    outlines_of,
    stored,
)
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.model import REGISTER, Action
from registry.domain.permissions import check
from registry.domain.roll_intake import RollConfirmationsDraft
from registry.queries.boundaries import (
    BoundaryDossier,
    boundary_dossier,
    boundary_draft,
    next_change,
    outlines_on,
)


def start_boundaries(act: Act, body: BoundaryDraftBody, file_name: str) -> ProvinceDraft:
    """Takes a collection in. Raises InvalidInput naming each feature that cannot be a province."""
    check(act.actor, Action.MANAGE_ROLLS, REGISTER)
    facts = body.boundaries
    outlines = outlines_of(body.areas)
    before = outlines_on(act.session, facts.valid_from)
    problems = overlaps(outlines)
    problems += [
        FieldProblem(
            f"/features/{outline.number - 1}/properties/predecessors", "not_a_province_before"
        )
        for outline in outlines
        if any(code not in before or code == outline.code for code in outline.predecessors)
    ]
    later = next_change(act.session, facts.valid_from)
    if later is not None:
        told = {"day": later.isoformat()}
        problems.append(FieldProblem("/boundaries/valid_from", "later_boundaries", told))
    if problems:
        raise InvalidInput(problems)
    left = gaps([outline.shape for outline in before.values()], outlines)
    row = ProvinceDraft(
        id=uuid4(),
        facts={**facts.model_dump(mode="json"), "gaps": [list(gap) for gap in left]},
        file_name=file_name,
        lines=[stored(outline) for outline in outlines],
    )
    return new_draft(act, row)


def choose_provinces(
    act: Act, draft_id: UUID, choices: BoundaryChoicesDraft, revision: int
) -> ProvinceDraft:
    """Records which province an area is, and in which one a city is."""
    row = lock_draft(act, ProvinceDraft, draft_id, revision)
    found = _dossier(act, draft_id)
    numbers = {outline.number: outline for outline in found.draft.outlines}
    areas = dict(found.draft.choices.areas) | {c.area: c.code for c in choices.areas}
    taken = [areas.get(number) or outline.code for number, outline in numbers.items()]
    problems = []
    for index, area in enumerate(choices.areas):
        if area.area not in numbers:
            problems.append(FieldProblem(f"/areas/{index}/area", "unknown_choice"))
        elif taken.count(area.code) > 1:
            problems.append(FieldProblem(f"/areas/{index}/code", "repeated_province"))
    known = set(act.session.scalars(select(City.code)))
    provinces = found.plan.areas.keys() | set(areas.values())
    for index, city in enumerate(choices.cities):
        if city.city_code not in known:
            problems.append(FieldProblem(f"/cities/{index}/city_code", "unknown_choice"))
        if city.province_code not in provinces:
            problems.append(FieldProblem(f"/cities/{index}/province_code", "unknown_choice"))
    if problems:
        raise InvalidInput(problems)
    cities = {c.city_code: c.province_code for c in choices.cities}
    row.choices = {
        "areas": {str(number): code for number, code in areas.items()},
        "cities": dict(found.draft.choices.cities) | cities,
    }
    touched(act, row)
    return row


def confirm_boundaries(
    act: Act, draft_id: UUID, confirmations: RollConfirmationsDraft, revision: int
) -> ProvinceDraft:
    """Records the word that changes are as their source says."""
    row = lock_draft(act, ProvinceDraft, draft_id, revision)
    record_confirmations(act, row, _dossier(act, draft_id).plan.changes, confirmations)
    return row


def discard_boundaries(act: Act, draft_id: UUID, revision: int) -> ProvinceDraft:
    row = lock_draft(act, ProvinceDraft, draft_id, revision)
    put_aside(act, row)
    return row


def put_boundaries_in_force(act: Act, draft_id: UUID, revision: int) -> int:
    """Makes the areas the provinces from their day on; returns the ledger position.

    Raises InvalidInput naming each area or city left open and each change nobody confirmed.
    """
    role = check(act.actor, Action.MANAGE_ROLLS, REGISTER)
    ledger = Ledger(act)
    row = lock_draft(act, ProvinceDraft, draft_id, revision)
    found = _dossier(act, draft_id)
    if found.hindrances:
        raise InvalidInput(found.hindrances)
    day = found.draft.valid_from
    position = ledger.append(
        "boundaries.in_force", role, "provinces", day.isoformat(), _told(found)
    )
    _end_provinces(act, found)
    _say_provinces(act, found, position)
    _move_cities(act, found, position)
    _found_by_new_names(act, found)
    in_force(act, row, position)
    return position


def _dossier(act: Act, draft_id: UUID) -> BoundaryDossier:
    draft = boundary_draft(act.session, draft_id)
    assert draft is not None
    return boundary_dossier(act.session, draft)


def _told(found: BoundaryDossier) -> dict[str, Any]:
    """The changes by kind, where cities come to, and the hash of all areas as they now are."""
    by_kind = defaultdict(list)
    for change in found.plan.changes:
        by_kind[change.kind.value].append(change.code)
    areas = [
        [code, area.name_vi, area.name_en, area.shape.wkb_hex]
        for code, area in sorted(found.plan.areas.items())
    ]
    facts = found.draft.facts
    return {
        "valid_from": facts["valid_from"],
        "legal_basis": facts["legal_basis"],
        "source": facts["source_vi"],
        "approximate": found.draft.approximate,
        "provinces": len(areas),
        "changes": dict(by_kind),
        "successors": {code: list(heirs) for code, heirs in found.plan.heirs.items()},
        "moved": dict(found.plan.moves),
        "areas_sha256": hashlib.sha256(rfc8785.dumps(areas)).hexdigest(),
    }


def _rows_on(act: Act, found: BoundaryDossier) -> dict[str, Province]:
    day = found.draft.valid_from
    rows = act.session.scalars(select(Province).where(Province.valid.op("@>")(day)))
    return {row.code: row for row in rows}


def _end_provinces(act: Act, found: BoundaryDossier) -> None:
    day = found.draft.valid_from
    heirs = found.plan.heirs
    for code, row in _rows_on(act, found).items():
        if code in found.plan.areas:
            continue
        if row.valid.lower == day:
            act.session.delete(row)
        else:
            row.valid = Range(row.valid.lower, day)
            row.successor_codes = list(heirs[code])
    act.session.flush()
    # Those that ended on this day in what a correction takes away go on in its heirs.
    ended = select(Province).where(func.upper(Province.valid) == day)
    for row in act.session.scalars(ended):
        led = {heir for code in row.successor_codes for heir in heirs.get(code, (code,))}
        if led != set(row.successor_codes):
            row.successor_codes = sorted(led)
    act.session.flush()


def _say_provinces(act: Act, found: BoundaryDossier, position: int) -> None:
    """Each area as its province from the day on. What stays as it is keeps its row."""
    day, draft = found.draft.valid_from, found.draft
    rows = _rows_on(act, found)
    for code, area in found.plan.areas.items():
        row = rows.get(code)
        same = code in found.plan.unchanged
        if row is not None and same and row.approximate == draft.approximate:
            continue
        said = _said(found, area)
        if row is not None and row.valid.lower == day:
            for name, value in said.items():
                setattr(row, name, value)
            continue
        if row is not None:
            row.valid = Range(row.valid.lower, day)
            # The old one has to give way before the new one comes.
            act.session.flush()
        act.session.add(Province(code=code, valid=Range(day, None), known_from=position, **said))
    act.session.flush()


def _said(found: BoundaryDossier, area: Outline) -> dict[str, Any]:
    return {
        "name_vi": area.name_vi,
        "name_en": area.name_en,
        "source": str(found.draft.facts["source_vi"]),
        "approximate": found.draft.approximate,
        "geom": from_shape(area.shape, srid=geometry.SRID),
    }


def _found_by_new_names(act: Act, found: BoundaryDossier) -> None:
    """Cities are searched by their province's name too; the database follows their own rows."""
    renamed = [change.code for change in found.plan.of(AreaChangeKind.RENAMED)]
    cities = select(CityPeriod.city_id).where(CityPeriod.province_code.in_(renamed)).distinct()
    act.session.execute(select(func.search_city(cities.subquery().c.city_id))).all()


def _move_cities(act: Act, found: BoundaryDossier, position: int) -> None:
    """Also in periods that begin later: the province they name is no more, or another by then."""
    day, moves = found.draft.valid_from, found.plan.moves
    rows = act.session.execute(
        select(City.code, CityPeriod)
        .join(CityPeriod, CityPeriod.city_id == City.id)
        .where(
            City.code.in_(moves.keys()),
            or_(func.upper_inf(CityPeriod.valid), func.upper(CityPeriod.valid) > day),
        )
        .order_by(CityPeriod.valid)
    ).all()
    decree = str(found.draft.facts["legal_basis"])
    first: dict[str, str] = {}
    for row in rows:
        # A later period in a third province says something of its own.
        if first.setdefault(row.code, row.CityPeriod.province_code) == row.CityPeriod.province_code:
            say_from(act, row.CityPeriod, day, position, {"province_code": moves[row.code]}, decree)
    act.session.flush()
