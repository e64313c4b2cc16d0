"""Reporting periods by programs: announced, put off, their figure published by administrators."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.audience import Audience
from api.deps import Acting
from api.idempotency import CreationKey, create
from api.openapi import creating, only
from api.v1.figures import PublishedFigure, ReportingPeriod, figure_shape, period_shape
from api.v1.shapes import Code
from registry.actions import periods as acts
from registry.domain.period_intake import ExtensionDraft, PeriodDraft, PublicationDraft
from registry.queries.figures import figure
from registry.queries.periods import period

router = APIRouter(prefix="/periods", tags=["figures"], dependencies=only(Audience.MINISTRY))


@router.post(
    "", status_code=HTTPStatus.CREATED, response_model=ReportingPeriod, responses=creating()
)
def announce(request: Request, act: Acting, key: CreationKey, draft: PeriodDraft) -> Response:
    """Announces a period: the day reported about, and until when it is reported."""

    def make() -> tuple[BaseModel, str]:
        made = acts.announce(act, draft)
        return _shape(act.session, made.code), _ADDRESS

    return create(request, act, key, draft, make, revision=None)


@router.post(
    "/{period_code}/extensions",
    status_code=HTTPStatus.CREATED,
    response_model=ReportingPeriod,
    responses=creating(),
)
def extend(
    request: Request, act: Acting, period_code: Code, key: CreationKey, draft: ExtensionDraft
) -> Response:
    """Puts the cut-off off, with the reason, as long as the figure is not published."""

    def make() -> tuple[BaseModel, str]:
        acts.extend(act, period_code, draft)
        return _shape(act.session, period_code), _ADDRESS

    return create(request, act, key, draft, make, revision=None)


@router.post(
    "/{period_code}/figure",
    status_code=HTTPStatus.CREATED,
    response_model=PublishedFigure,
    responses=creating(HTTPStatus.PRECONDITION_FAILED),
)
def publish(
    request: Request, act: Acting, period_code: Code, key: CreationKey, draft: PublicationDraft
) -> Response:
    """Publishes the figure that its author saw; another one by now is refused with 412."""

    def make() -> tuple[BaseModel, str]:
        acts.publish(act, period_code, draft)
        made = figure(act.session, period_code)
        assert made is not None
        return figure_shape(made), f"/api/v1/figures/{period_code}"

    return create(request, act, key, draft, make, revision=None)


# A period has no address of its own.
_ADDRESS = "/api/v1/periods"


def _shape(db: Session, code: str) -> ReportingPeriod:
    found = period(db, code)
    assert found is not None
    return period_shape(found)
