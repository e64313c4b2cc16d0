"""Rolls being prepared: for administrators only, until they are in force."""

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
from registry.actions import roll_drafts as acts
from registry.actions.roll_force import put_in_force
from registry.domain.errors import NotFound
from registry.domain.model import (
    REGISTER,
    Action,
    RollDraftState,
    RollSeries,
    UnitType,
    UrbanClass,
)
from registry.domain.permissions import check
from registry.domain.roll_changes import Change, ChangeKind, OpenLine
from registry.domain.roll_intake import RollChoicesDraft, RollConfirmationsDraft, RollDraftBody
from registry.queries.roll_drafts import Dossier, RollDraft, dossier, roll_draft, roll_drafts
from registry.queries.roll_effect import Effect, effects, left_behind

router = APIRouter(prefix="/roll-drafts", tags=["rolls"], dependencies=only(Audience.MINISTRY))


class RollDraftSummary(Shape):
    id: UUID
    code: str
    adds_to: str | None
    series: RollSeries
    valid_from: date
    state: RollDraftState
    file_name: str
    updated_at: Instant
    revision: int


class RollDraftList(Shape):
    items: list[RollDraftSummary]


class NamingShape(Shape):
    name_vi: str
    unit_type: UnitType
    urban_class: UrbanClass


class RollChange(Shape):
    """`key` and `stamp` are what a confirmation names; `line` is the number of a line."""

    key: str
    stamp: str
    kind: ChangeKind
    city_code: str
    before: NamingShape | None
    after: NamingShape | None
    heirs: list[str]
    line: int | None
    decree: str
    confirmed: bool


class UnknownLine(Shape):
    """A line of which nobody knows which city it is; `candidates` bear its name."""

    line: int
    name_vi: str
    candidates: list[str]


class EffectOnDay(Shape):
    """The figure of a day as it is and as it would be; the cities that count and come or go."""

    on: date
    counted_before: int
    total_before: int
    counted_after: int
    total_after: int
    gained: list[str]
    lost: list[str]


class RollDraftDetail(RollDraftSummary):
    """`hindrances` are pointers of what stands between the list and its being in force."""

    facts: dict[str, Any]
    unchanged: int
    changes: list[RollChange]
    unknown_lines: list[UnknownLine]
    effects: list[EffectOnDay]
    left_behind: list[str]
    hindrances: list[str]


@router.get(
    "",
    response_model=RollDraftList,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def every(db: Db, me: Me) -> Response:
    """All lists, the one touched last first."""
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    return personal(as_json(RollDraftList(items=[_summary(draft) for draft in roll_drafts(db)])))


@router.post(
    "", status_code=HTTPStatus.CREATED, response_model=RollDraftDetail, responses=creating()
)
def add(
    request: Request, act: Acting, db: Db, now: Now, key: CreationKey, draft: RollDraftBody
) -> Response:
    """Takes in a list: as a new roll, or as more names for one in force."""

    def make() -> tuple[BaseModel, str]:
        row = acts.start_roll(act, draft, "")
        return _detail(db, now, row.id), f"/api/v1/roll-drafts/{row.id}"

    return create(request, act, key, draft, make)


@router.get(
    "/{draft_id}",
    response_model=RollDraftDetail,
    responses=looking() | refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def one(db: Db, me: Me, now: Now, draft_id: UUID) -> Response:
    """One list: what it changes, and what that does to the figures."""
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    return _answer(db, now, draft_id)


@router.post("/{draft_id}/choices", response_model=RollDraftDetail, responses=moving())
def choose(
    act: Acting, db: Db, now: Now, draft_id: UUID, revision: IfMatch, draft: RollChoicesDraft
) -> Response:
    """Says which city a line is, and in which cities one goes on that is no longer listed."""
    acts.choose(act, draft_id, draft, revision)
    return _answer(db, now, draft_id)


@router.post("/{draft_id}/confirmations", response_model=RollDraftDetail, responses=moving())
def confirm(
    act: Acting, db: Db, now: Now, draft_id: UUID, revision: IfMatch, draft: RollConfirmationsDraft
) -> Response:
    """Gives the word that changes are as their source says."""
    acts.confirm(act, draft_id, draft, revision)
    return _answer(db, now, draft_id)


@router.post("/{draft_id}/in-force", response_model=RollDraftDetail, responses=moving())
def force(act: Acting, db: Db, now: Now, draft_id: UUID, revision: IfMatch) -> Response:
    """Puts the list in force from its date on."""
    put_in_force(act, draft_id, revision)
    return _answer(db, now, draft_id)


@router.post("/{draft_id}/discarding", response_model=RollDraftDetail, responses=moving())
def discard(act: Acting, db: Db, now: Now, draft_id: UUID, revision: IfMatch) -> Response:
    """Puts the list aside for good."""
    acts.discard(act, draft_id, revision)
    return _answer(db, now, draft_id)


def _answer(db: Session, now: Now, draft_id: UUID) -> Response:
    shape = _detail(db, now, draft_id)
    return personal(as_json(shape), revision=shape.revision)


def _detail(db: Session, now: Now, draft_id: UUID) -> RollDraftDetail:
    draft = roll_draft(db, draft_id)
    if draft is None:
        raise NotFound
    found = dossier(db, draft, now)
    is_open = draft.state is RollDraftState.OPEN
    plan = found.plan
    return RollDraftDetail(
        **dict(_summary(draft)),
        facts=dict(draft.facts),
        unchanged=len(plan.unchanged),
        changes=[_change(found, each) for each in plan.changes] if is_open else [],
        unknown_lines=[_unknown(each) for each in plan.open_lines] if is_open else [],
        effects=[_effect(each) for each in effects(db, found, now)] if is_open else [],
        left_behind=[c.use_case_code for c in left_behind(db, found)] if is_open else [],
        hindrances=[p.pointer for p in found.hindrances] if is_open else [],
    )


def _summary(draft: RollDraft) -> RollDraftSummary:
    return RollDraftSummary(
        id=draft.id,
        code=draft.code,
        adds_to=None if draft.adds_to is None else draft.adds_to.code,
        series=draft.series,
        valid_from=draft.valid_from,
        state=draft.state,
        file_name=draft.file_name,
        updated_at=draft.updated_at,
        revision=draft.revision,
    )


def _change(found: Dossier, change: Change) -> RollChange:
    before, after = change.before, change.after
    return RollChange(
        key=change.key,
        stamp=change.stamp,
        kind=change.kind,
        city_code=change.code,
        before=None if before is None else NamingShape.model_validate(before),
        after=None if after is None else NamingShape.model_validate(after),
        heirs=list(change.heirs),
        line=None if change.line is None else change.line.number,
        decree=change.decree,
        confirmed=found.draft.is_confirmed(change),
    )


def _unknown(each: OpenLine) -> UnknownLine:
    return UnknownLine(
        line=each.line.number,
        name_vi=each.line.naming.name_vi,
        candidates=list(each.candidates),
    )


def _effect(effect: Effect) -> EffectOnDay:
    return EffectOnDay(
        on=effect.on,
        counted_before=effect.before.counted,
        total_before=effect.before.total,
        counted_after=effect.after.counted,
        total_after=effect.after.total,
        gained=list(effect.gained),
        lost=list(effect.lost),
    )
