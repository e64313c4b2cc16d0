"""What a city says of its live use cases besides their texts: that they stop, that they hold."""

from datetime import date
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.answers import Content, as_json, to_reader
from api.audience import Audience, open_to
from api.deps import Acting, Db, Me, Now
from api.idempotency import CreationKey, create
from api.openapi import MAY_SIGN_IN, creating, only, reading
from api.v1.shapes import Code, Instant, Shape
from registry.actions import staying
from registry.domain.attestation import Due
from registry.domain.errors import NotFound
from registry.domain.intake import AttestationDraft, StageReportDraft
from registry.domain.model import Stage
from registry.queries import entries
from registry.queries.moments import Moment, moment
from registry.queries.staying import attestations, live_cases, reported_stages

router = APIRouter(prefix="/use-cases/{code}", tags=["use cases"])

_PUBLIC = [open_to(Audience.PUBLIC)]


class StageReported(Shape):
    """It holds for the texts handed in before `position`; a later one tells the stages anew."""

    position: int
    stage: Stage
    effective_on: date
    reason: str
    recorded_at: Instant


class StageReportList(Shape):
    items: list[StageReported]


class AttestationShape(Shape):
    """The city's word on `attested_on` that this version was still true."""

    position: int
    version: int
    attested_on: date
    note: str
    recorded_at: Instant


class AttestationList(Shape):
    """`state` is null where nothing is to be confirmed: nothing is approved, or the city has
    reported that it stopped. Being overdue takes nothing out of the count."""

    due_on: date | None
    overdue_after: date | None
    state: Due | None
    items: list[AttestationShape]


@router.get(
    "/stage-reports",
    response_model=StageReportList,
    responses=reading(HTTPStatus.NOT_FOUND),
    dependencies=_PUBLIC,
    openapi_extra=MAY_SIGN_IN,
)
def reports(request: Request, db: Db, me: Me, now: Now, code: Code) -> Response:
    """Suspensions and ends that the city reported, newest first."""
    seen = moment(db, now)

    def answer() -> Content:
        _visible(db, me, code)
        items = [
            StageReported.model_validate(report)
            for report in reported_stages(db, code, seen.position)
        ]
        return as_json(StageReportList(items=items))

    return to_reader(request, me.actor, seen, answer)


@router.post(
    "/stage-reports",
    status_code=HTTPStatus.CREATED,
    response_model=StageReported,
    responses=creating(),
    dependencies=only(Audience.CITY),
)
def report(
    request: Request, act: Acting, db: Db, code: Code, key: CreationKey, draft: StageReportDraft
) -> Response:
    """Records that a live application is suspended or retired from a day on. It takes effect on
    that day without a review; running again needs a new version."""

    def make() -> tuple[BaseModel, str]:
        made = staying.report_stage(act, code, draft)
        recorded, *_ = reported_stages(db, code, made.position)
        return StageReported.model_validate(recorded), f"/api/v1/use-cases/{code}/stage-reports"

    return create(request, act, key, draft, make, revision=None)


@router.get(
    "/attestations",
    response_model=AttestationList,
    responses=reading(HTTPStatus.NOT_FOUND),
    dependencies=_PUBLIC,
    openapi_extra=MAY_SIGN_IN,
)
def words(request: Request, db: Db, me: Me, now: Now, code: Code) -> Response:
    """When the city has to confirm the use case again, and when it did, newest first."""
    seen = moment(db, now)

    def answer() -> Content:
        _visible(db, me, code)
        return as_json(_attested(db, seen, code))

    return to_reader(request, me.actor, seen, answer)


@router.post(
    "/attestations",
    status_code=HTTPStatus.CREATED,
    response_model=AttestationShape,
    responses=creating(HTTPStatus.PRECONDITION_FAILED),
    dependencies=only(Audience.CITY),
)
def attest(
    request: Request, act: Acting, db: Db, code: Code, key: CreationKey, draft: AttestationDraft
) -> Response:
    """Confirms for the city that the live version, named by its number, is still true."""

    def make() -> tuple[BaseModel, str]:
        made = staying.attest(act, code, draft)
        recorded, *_ = attestations(db, code, made.position)
        return AttestationShape.model_validate(recorded), f"/api/v1/use-cases/{code}/attestations"

    return create(request, act, key, draft, make, revision=None)


def _visible(db: Db, me: Me, code: str) -> None:
    """Raises NotFound where there is no use case that the reader may see."""
    if not entries.versions(db, me.actor, use_case_code=code):
        raise NotFound


def _attested(db: Db, seen: Moment, code: str) -> AttestationList:
    kept = live_cases(db, seen, [code]).get(code)
    state = None if kept is None else kept.due(seen.on)
    given = [AttestationShape.model_validate(a) for a in attestations(db, code, seen.position)]
    term = None if kept is None or state is None else kept.term
    return AttestationList(
        due_on=None if term is None else term.due_on,
        overdue_after=None if term is None else term.grace_until,
        state=state,
        items=given,
    )
