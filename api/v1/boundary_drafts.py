"""Provinces' boundaries being prepared: for administrators only, until they are in force."""

from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.answers import as_json, personal
from api.audience import Audience
from api.deps import Acting, Db, IfMatch, Me, Now
from api.idempotency import CreationKey, create
from api.openapi import creating, looking, moving, only, refusals
from api.v1.shapes import Instant, Shape
from registry.actions import boundaries as acts
from registry.domain.boundaries import AreaChange, AreaChangeKind
from registry.domain.boundary_intake import BoundaryChoicesDraft, BoundaryDraftBody
from registry.domain.errors import NotFound
from registry.domain.model import REGISTER, Action, RollDraftState
from registry.domain.permissions import check
from registry.domain.roll_intake import RollConfirmationsDraft
from registry.queries.boundaries import (
    BoundaryDossier,
    BoundaryDraft,
    ProvinceEffect,
    boundary_dossier,
    boundary_draft,
    boundary_drafts,
    province_effects,
)

router = APIRouter(
    prefix="/boundary-drafts", tags=["provinces"], dependencies=only(Audience.MINISTRY)
)


class BoundaryDraftSummary(Shape):
    id: UUID
    name_vi: str
    name_en: str
    valid_from: date
    approximate: bool
    state: RollDraftState
    file_name: str
    updated_at: Instant
    revision: int


class BoundaryDraftList(Shape):
    items: list[BoundaryDraftSummary]


class BoundaryChange(Shape):
    """`key` and `stamp` are what a confirmation names. `code` is a province's, or a city's that
    moves from `province_before` into `heirs`; areas gained and lost are in square kilometres."""

    key: str
    stamp: str
    kind: AreaChangeKind
    code: str
    name: str
    heirs: list[str]
    province_before: str
    gained_km2: float
    lost_km2: float
    confirmed: bool


class Gap(Shape):
    """Ground that was in a province and would be in none."""

    km2: float
    lon: float
    lat: float


class StrayCity(Shape):
    """A city whose point lies elsewhere than its period says, and that stays where it is."""

    code: str
    province: str
    found_in: str


class ProvinceOnDay(Shape):
    """A province's figure of a day as it is and as it would be; null where there is none."""

    on: date
    code: str
    counted_before: int | None
    total_before: int | None
    counted_after: int | None
    total_after: int | None


class BoundaryDraftDetail(BoundaryDraftSummary):
    """`unknown_areas` are places of features in their file; `open_cities` wait for a province."""

    facts: dict[str, Any]
    unchanged: int
    changes: list[BoundaryChange]
    unknown_areas: list[int]
    open_cities: list[str]
    strays: list[StrayCity]
    gaps: list[Gap]
    effects: list[ProvinceOnDay]
    hindrances: list[str]


@router.get(
    "",
    response_model=BoundaryDraftList,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def every(db: Db, me: Me) -> Response:
    """All of them, the one touched last first."""
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    items = [_summary(draft) for draft in boundary_drafts(db)]
    return personal(as_json(BoundaryDraftList(items=items)))


@router.post(
    "", status_code=HTTPStatus.CREATED, response_model=BoundaryDraftDetail, responses=creating()
)
def add(
    request: Request, act: Acting, db: Db, now: Now, key: CreationKey, draft: BoundaryDraftBody
) -> Response:
    """Takes in the boundaries of all provinces of a day."""

    def make() -> tuple[BaseModel, str]:
        row = acts.start_boundaries(act, draft, "")
        return _detail(db, now, row.id), f"/api/v1/boundary-drafts/{row.id}"

    return create(request, act, key, draft, make)


@router.get(
    "/{draft_id}",
    response_model=BoundaryDraftDetail,
    responses=looking() | refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def one(db: Db, me: Me, now: Now, draft_id: UUID) -> Response:
    """What they change, and what that does to the figures by province."""
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    return _answer(db, now, draft_id)


@router.post("/{draft_id}/choices", response_model=BoundaryDraftDetail, responses=moving())
def choose(
    act: Acting, db: Db, now: Now, draft_id: UUID, revision: IfMatch, draft: BoundaryChoicesDraft
) -> Response:
    """Says which province an area is, and in which one a city is."""
    acts.choose_provinces(act, draft_id, draft, revision)
    return _answer(db, now, draft_id)


@router.post("/{draft_id}/confirmations", response_model=BoundaryDraftDetail, responses=moving())
def confirm(
    act: Acting, db: Db, now: Now, draft_id: UUID, revision: IfMatch, draft: RollConfirmationsDraft
) -> Response:
    """Gives the word that changes are as their source says."""
    acts.confirm_boundaries(act, draft_id, draft, revision)
    return _answer(db, now, draft_id)


@router.post("/{draft_id}/in-force", response_model=BoundaryDraftDetail, responses=moving())
def force(act: Acting, db: Db, now: Now, draft_id: UUID, revision: IfMatch) -> Response:
    """Puts the boundaries in force from their day on."""
    acts.put_boundaries_in_force(act, draft_id, revision)
    return _answer(db, now, draft_id)


@router.post("/{draft_id}/discarding", response_model=BoundaryDraftDetail, responses=moving())
def discard(act: Acting, db: Db, now: Now, draft_id: UUID, revision: IfMatch) -> Response:
    """Puts them aside for good."""
    acts.discard_boundaries(act, draft_id, revision)
    return _answer(db, now, draft_id)


def _answer(db: Session, now: Now, draft_id: UUID) -> Response:
    shape = _detail(db, now, draft_id)
    return personal(as_json(shape), revision=shape.revision)


def _detail(db: Session, now: Now, draft_id: UUID) -> BoundaryDraftDetail:
    draft = boundary_draft(db, draft_id)
    if draft is None:
        raise NotFound
    found = boundary_dossier(db, draft)
    is_open = draft.state is RollDraftState.OPEN
    plan = found.plan
    return BoundaryDraftDetail(
        **dict(_summary(draft)),
        facts={name: value for name, value in draft.facts.items() if name != "gaps"},
        unchanged=len(plan.unchanged),
        changes=[_change(found, each) for each in plan.changes] if is_open else [],
        unknown_areas=[outline.number for outline in plan.open_areas] if is_open else [],
        open_cities=[place.code for place in plan.open_cities] if is_open else [],
        strays=[StrayCity.model_validate(each) for each in plan.strays] if is_open else [],
        gaps=[Gap(km2=size, lon=lon, lat=lat) for size, lon, lat in draft.gaps],
        effects=[_effect(e) for e in province_effects(db, found, now)] if is_open else [],
        hindrances=[p.pointer for p in found.hindrances] if is_open else [],
    )


def _summary(draft: BoundaryDraft) -> BoundaryDraftSummary:
    return BoundaryDraftSummary.model_validate(draft)


def _change(found: BoundaryDossier, change: AreaChange) -> BoundaryChange:
    return BoundaryChange(
        key=change.key,
        stamp=change.stamp,
        kind=change.kind,
        code=change.code,
        name=change.name,
        heirs=list(change.heirs),
        province_before=change.province_before,
        gained_km2=round(change.gained, 3),
        lost_km2=round(change.lost, 3),
        confirmed=found.draft.is_confirmed(change),
    )


def _effect(effect: ProvinceEffect) -> ProvinceOnDay:
    before, after = effect.before, effect.after
    return ProvinceOnDay(
        on=effect.on,
        code=effect.code,
        counted_before=None if before is None else before.counted,
        total_before=None if before is None else before.total,
        counted_after=None if after is None else after.counted,
        total_after=None if after is None else after.total,
    )
