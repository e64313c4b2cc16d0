"""Reports of errors: sent and followed by anybody, judged by reviewers, answered by the city."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator
from sqlalchemy.orm import Session

from api import i18n
from api.answers import Content, as_json, personal, public
from api.audience import Audience, open_to
from api.deps import Acting, Config, Db, Me, Now, Today
from api.error_form import DISCREET, keyed_submission
from api.idempotency import CreationKey
from api.openapi import changing, creating, only, reading, refusals
from api.paging import Cursor, Limit, following, place
from api.v1.error_shapes import (
    PublishedPage,
    PublishedReports,
    ReceivedReport,
    ReportForCity,
    ReportForReviewers,
    ReportPage,
    ReportsForCity,
    TrackedReport,
    for_city,
    for_public,
    for_reporter,
    for_reviewers,
)
from api.v1.shapes import Code
from registry.actions import error_desk as desk
from registry.actions import error_reports as acts
from registry.actions.account import token_hash
from registry.actions.act import Act
from registry.domain.error_intake import (
    AddressedReportDraft,
    AnswerDraft,
    ClosingDraft,
    DismissalDraft,
    ForwardDraft,
    ReturnDraft,
)
from registry.domain.error_reports import FOR_THE_CITY, Category, ReportState
from registry.domain.errors import InvalidInput, NotFound
from registry.domain.kinds import blank_to_none
from registry.domain.model import REGISTER, Action, Actor, Subject
from registry.domain.permissions import can, check
from registry.queries import error_reports as queries
from registry.queries.desk import city_id
from registry.queries.error_reports import Aimed, Report, Wanted
from registry.queries.moments import moment
from registry.queries.people import Person

router = APIRouter(tags=["reports"])

_PUBLIC = [open_to(Audience.PUBLIC)]
# What every judgement of the desk answers.
_JUDGED: dict[str, Any] = {
    "response_model": ReportForReviewers,
    "responses": changing(),
    "dependencies": only(Audience.MINISTRY),
}
Tracking = Annotated[str, Path(pattern="^[a-z2-7]{32}$", description="The report's code")]
State = Annotated[ReportState | None, BeforeValidator(blank_to_none), Query()]
Kind = Annotated[Category | None, BeforeValidator(blank_to_none), Query()]


@router.post(
    "/reports",
    status_code=HTTPStatus.CREATED,
    response_model=ReceivedReport,
    responses=creating(HTTPStatus.TOO_MANY_REQUESTS),
    dependencies=_PUBLIC,
)
def send(
    request: Request,
    act: Acting,
    config: Config,
    now: Now,
    key: CreationKey,
    draft: AddressedReportDraft,
) -> Response:
    """Reports an error in an entry. No account is needed; the answer has the code by which the
    report is followed. Sent again with the same key it is the same report."""
    problems = draft.problems()
    if problems:
        raise InvalidInput(problems)
    aimed = _aimed(act.session, now, draft)
    sent = acts.send(act, aimed, draft.report(), keyed_submission(request, config, key))
    shape = ReceivedReport(
        code=sent.code,
        page=f"{config.site}/{i18n.current()}/reports/{sent.code}",
        state=ReportState.RECEIVED,
        received_at=sent.report.received_at,
    )
    location = {"Location": f"/api/v1/reports/{sent.code}"}
    replayed = {"Idempotency-Replayed": "true"} if sent.again else {}
    return personal(
        as_json(shape), status=HTTPStatus.CREATED, headers={**DISCREET, **location, **replayed}
    )


@router.get("/reports", response_model=PublishedPage, responses=reading(), dependencies=_PUBLIC)
def every(
    request: Request,
    db: Db,
    now: Now,
    city: Annotated[str, Query(description="Of this city and all its applications")] = "",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Reports that were closed in public, the latest first."""
    seen = moment(db, now)

    def answer() -> Content:
        found = queries.all_published(
            db, seen.position, city_code=city, before=place(cursor, int), limit=limit + 1
        )
        leaf = found[:limit]
        last = leaf[-1].closing if len(found) > limit else None
        address = None if last is None else following(request, last.position)
        return as_json(
            PublishedPage(items=[for_public(each) for each in leaf], next=address), address
        )

    return public(request, seen, answer)


@router.get(
    "/reports/{tracking}",
    response_model=TrackedReport,
    responses=refusals(HTTPStatus.NOT_FOUND),
    dependencies=_PUBLIC,
)
def track(db: Db, today: Today, tracking: Tracking) -> Response:
    """How a report stands, for whoever has its code."""
    return personal(as_json(_tracked(db, tracking, today)), headers=DISCREET)


@router.post(
    "/reports/{tracking}/withdrawal",
    response_model=TrackedReport,
    responses=changing(),
    dependencies=_PUBLIC,
)
def withdraw(act: Acting, today: Today, tracking: Tracking) -> Response:
    """Takes the report back; what was written is deleted at once."""
    acts.withdraw(act, tracking)
    return personal(as_json(_tracked(act.session, tracking, today)), headers=DISCREET)


@router.delete(
    "/reports/{tracking}/contact",
    status_code=HTTPStatus.NO_CONTENT,
    responses=changing(),
    dependencies=_PUBLIC,
)
def forget(act: Acting, tracking: Tracking) -> Response:
    """Deletes the address that was given with the report."""
    acts.forget_contact(act, tracking)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get(
    "/use-cases/{code}/reports",
    response_model=PublishedReports,
    responses=reading(HTTPStatus.NOT_FOUND),
    dependencies=_PUBLIC,
)
def of_use_case(request: Request, db: Db, now: Now, code: Code) -> Response:
    """Reports that were closed in public, the latest first."""
    seen = moment(db, now)

    def answer() -> Content:
        queries.use_case_aimed_at(db, code)
        found = queries.published(db, seen.position, use_case_code=code)
        return as_json(PublishedReports(items=[for_public(each) for each in found]))

    return public(request, seen, answer)


@router.get(
    "/review/reports",
    response_model=ReportPage,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
    dependencies=only(Audience.MINISTRY),
)
def queue(
    db: Db,
    me: Me,
    today: Today,
    state: State = None,
    category: Kind = None,
    overdue: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Reports for the desk, oldest first."""
    check(me.actor, Action.VIEW_QUEUE, REGISTER)
    wanted = Wanted(state, category, overdue)
    found = queries.queue(db, wanted, today, limit=limit, offset=offset)
    items = [_for_desk(db, me.actor, each, today) for each in found]
    return personal(as_json(ReportPage(items=items, total=queries.how_many(db, wanted, today))))


@router.get(
    "/review/reports/{report_id}",
    response_model=ReportForReviewers,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    dependencies=only(Audience.MINISTRY),
)
def one(db: Db, me: Me, today: Today, report_id: UUID) -> Response:
    check(me.actor, Action.VIEW_QUEUE, REGISTER)
    found = queries.report(db, report_id)
    if found is None:
        raise NotFound
    return personal(as_json(_for_desk(db, me.actor, found, today)))


@router.post("/review/reports/{report_id}/dismissal", **_JUDGED)
def dismiss(act: Acting, today: Today, report_id: UUID, draft: DismissalDraft) -> Response:
    """Nothing is done; the reporter reads why."""
    return _judged(act, today, desk.dismiss(act, report_id, draft))


@router.post("/review/reports/{report_id}/forwarding", **_JUDGED)
def forward(act: Acting, today: Today, report_id: UUID, draft: ForwardDraft) -> Response:
    """Gives the report to the city, in the reviewer's words."""
    return _judged(act, today, desk.forward(act, report_id, draft))


@router.post("/review/reports/{report_id}/return", **_JUDGED)
def send_back(act: Acting, today: Today, report_id: UUID, draft: ReturnDraft) -> Response:
    """Asks the city for another answer than the one it gave."""
    return _judged(act, today, desk.send_back(act, report_id, draft))


@router.post("/review/reports/{report_id}/closing", **_JUDGED)
def close(act: Acting, today: Today, report_id: UUID, draft: ClosingDraft) -> Response:
    """Ends the report, in public or not; without an answer only once that is overdue."""
    return _judged(act, today, desk.close(act, report_id, draft))


@router.get(
    "/cities/{code}/reports",
    response_model=ReportsForCity,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    dependencies=only(Audience.CITY),
)
def of_city(db: Db, me: Me, today: Today, code: Code) -> Response:
    """What was given to one's city to answer; what waits comes first."""
    found = [for_city(each, today) for each in queries.of_city(db, _own_city(db, me, code))]
    return personal(as_json(ReportsForCity(items=found)))


@router.post(
    "/cities/{code}/reports/{report_id}/answer",
    response_model=ReportForCity,
    responses=changing(),
    dependencies=only(Audience.CITY),
)
def answer(
    act: Acting, me: Me, today: Today, code: Code, report_id: UUID, draft: AnswerDraft
) -> Response:
    """Says what the city does about a report: once, and again where the answer was sent back."""
    own = _own_city(act.session, me, code)
    found = queries.report(act.session, report_id)
    if found is None or found.city_id != own or found.state not in FOR_THE_CITY:
        raise NotFound
    return personal(as_json(for_city(desk.answer(act, report_id, draft), today)))


def _aimed(db: Session, now: Now, draft: AddressedReportDraft) -> Aimed:
    if draft.use_case:
        return queries.use_case_aimed_at(db, draft.use_case, draft.version)
    return queries.city_aimed_at(db, draft.city, moment(db, now))


def _tracked(db: Session, code: str, today: Today) -> TrackedReport:
    found = queries.tracked(db, token_hash(code))
    if found is None:
        raise NotFound
    return for_reporter(found, today)


def _judged(act: Act, today: Today, done: Report) -> Response:
    return personal(as_json(_for_desk(act.session, act.actor, done, today)))


def _for_desk(db: Session, actor: Actor, found: Report, today: Today) -> ReportForReviewers:
    may = can(actor, Action.MODERATE_REPORT, found.subject)
    return for_reviewers(found, queries.words(db, actor, found), today, may=may)


def _own_city(db: Session, me: Person, code: str) -> int:
    """Raises NotFound for no city, Forbidden for another's."""
    found = city_id(db, code)
    if found is None:
        raise NotFound
    check(me.actor, Action.ANSWER_REPORT, Subject(city_id=found))
    return found
