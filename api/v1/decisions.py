"""Decisions by their number: what each rests on, and what a checker compares with the ledger."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import WithJsonSchema

from api.answers import Content, as_json, to_reader
from api.audience import Audience, open_to
from api.deps import Db, Me, Now
from api.openapi import MAY_SIGN_IN, reading
from api.v1.shapes import Instant, Shape
from registry.domain.deciding import Mark, Number, Opinion, Record
from registry.domain.errors import NotFound
from registry.domain.model import Action, Role
from registry.domain.permissions import sees_notes
from registry.queries import deciding
from registry.queries.moments import moment

router = APIRouter(prefix="/decisions", tags=["decisions"])

Slug = Annotated[
    str, Path(), WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{6,9}$"})
]


class Words(Shape):
    vi: str
    en: str


class ReasonShape(Words):
    code: str


class CriterionShape(Shape):
    """`note` is shown to the city and the ministry only."""

    criterion: int
    found: Mark
    met: bool | None
    note: str | None


class CommentShape(Shape):
    field: str
    text: str


class OpinionShape(Shape):
    """What one reader said; never under a name. `comments` and the notes of the checklist are shown
    to the city and the ministry only."""

    action: Action
    reason: str
    reason_codes: list[ReasonShape]
    ai_confirmed: bool
    effective_from: date | None
    checklist: list[CriterionShape]
    comments: list[CommentShape] | None


class DecisionRecordShape(Shape):
    """`opinions` are those of the first and the second reader, in this order, where a second reader
    was needed. Where the two had differed (`settled_difference`) the lead decided, and only the
    ministry reads what they had said. `record_sha256` is that of the record in canonical JSON (RFC
    8785), as the event of the ledger at `position` holds it; `intact` says whether the two agree.
    `comments` are shown to the city and the ministry only."""

    number: str
    position: int
    event_hash: str
    decided_at: Instant
    action: Action
    role: Role
    body: Words | None
    legal_bases: list[Words]
    rule: str
    use_case: str
    version: int
    content_sha256: str | None
    reason: str
    reason_codes: list[ReasonShape]
    ai_confirmed: bool
    effective_from: date | None
    checklist: list[CriterionShape]
    comments: list[CommentShape] | None
    settled_difference: bool
    opinions: list[OpinionShape]
    record_sha256: str
    intact: bool


@router.get(
    "/{decision}",
    response_model=DecisionRecordShape,
    responses=reading(HTTPStatus.NOT_FOUND),
    dependencies=[open_to(Audience.PUBLIC)],
    openapi_extra=MAY_SIGN_IN,
)
def one(request: Request, db: Db, me: Me, now: Now, decision: Slug) -> Response:
    """A decision by its number in the form 2026-000123, for whoever may read its version."""

    def answer() -> Content:
        number = Number.of_slug(decision)
        found = None if number is None else deciding.decided(db, me.actor, number)
        if found is None:
            raise NotFound
        between = sees_notes(me.actor, found.version.subject)
        record = found.record
        return as_json(
            DecisionRecordShape(
                number=str(record.number),
                position=found.position,
                event_hash=found.event_hash,
                decided_at=found.decided_at,
                action=found.action,
                role=found.role,
                body=None if record.body is None else Words.model_validate(record.body),
                legal_bases=[Words.model_validate(basis) for basis in record.bases],
                rule=record.rule,
                use_case=found.version.use_case_code,
                version=found.version.number,
                content_sha256=found.version.content_sha256,
                reason=found.reason,
                ai_confirmed=found.ai_confirmed,
                effective_from=found.effective_from,
                **_kept(record, between),
                settled_difference=record.settled,
                opinions=[opinion_shape(each, between) for each in found.opinions],
                record_sha256=record.sha256,
                intact=found.intact,
            )
        )

    return to_reader(request, me.actor, moment(db, now), answer)


def opinion_shape(opinion: Opinion, between: bool) -> OpinionShape:
    """`between`: its reader is of the city or the ministry."""
    return OpinionShape(
        action=opinion.action,
        reason=opinion.reason,
        ai_confirmed=opinion.ai_confirmed,
        effective_from=opinion.effective_from,
        **_kept(opinion, between),
    )


def _kept(said: Opinion | Record, between: bool) -> dict[str, Any]:
    return {
        "reason_codes": [ReasonShape.model_validate(reason) for reason in said.reasons],
        "checklist": [
            CriterionShape(
                criterion=each.criterion,
                found=each.found,
                met=each.met,
                note=each.note if between else None,
            )
            for each in said.checklist
        ],
        "comments": [CommentShape.model_validate(each) for each in said.comments]
        if between
        else None,
    }
