"""The city's desk: where it stands, what to do next, its word for the year."""

from datetime import timedelta
from http import HTTPStatus

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms, i18n
from api.audience import Audience, open_to
from api.criteria import checks
from api.deps import Acting, Db, Form, Me, Now
from api.i18n import gettext, mark
from api.pages import (
    city_problems,
    city_reports,
    city_staying,
    city_submit,
    city_threads,
    city_use_cases,
    city_versions,
    learning,
    sheets,
)
from api.pages.cities import text_of
from api.pages.city_tasks import Step, Whom, tasks, waiting
from api.pages.city_view import Desk, cases, notice, own_desk, see
from api.rendering import page
from registry.actions import declare
from registry.domain.counting import Outcome
from registry.domain.errors import InvalidInput, NotFound
from registry.domain.intake import YearDraft
from registry.domain.model import Action, ReviewState, YearStatus
from registry.queries import addressees, cities, desk, entries
from registry.queries.error_reports import of_city
from registry.queries.moments import moment
from registry.queries.published import Wanted, published
from registry.queries.staying import live_cases

router = APIRouter(dependencies=[open_to(Audience.CITY)])
for journey in (
    city_problems,
    city_reports,
    city_use_cases,
    city_threads,
    city_versions,
    city_submit,
    city_staying,
    learning,
    sheets,
):
    router.include_router(journey.router)

# A year's word is still asked for a while after the year.
_YEARS_ASKED = 3


@router.get("/desk")
def desks(request: Request, me: Me) -> Response:
    if len(me.homes) == 1:
        return see(f"/{i18n.current()}/desk/{me.homes[0].code}")
    return page(request, "city/desks.html")


@router.get("/desk/{city_code}")
def city_desk(
    request: Request, db: Db, me: Me, now: Now, city_code: str, done: str = ""
) -> Response:
    return _desk_page(request, db, own_desk(db, me, city_code), now, done=done)


@router.post("/desk/{city_code}")
def declare_year(
    request: Request, db: Db, me: Me, act: Acting, now: Now, city_code: str, form: Form
) -> Response:
    own = own_desk(db, me, city_code)
    typed = {name: forms.text(form, name) for name in ("year", "status", "note")}
    try:
        declare.declare_year(act, city_code, YearDraft.read(forms.filled(typed)))
    except InvalidInput as error:
        return _desk_page(request, db, own, now, typed, forms.sentences(error.problems))
    return see(own.address("?done=year#the-year"))


def _desk_page(
    request: Request,
    db: Session,
    own: Desk,
    now: Now,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    done: str = "",
) -> Response:
    at = moment(db, now)
    row = cities.city(db, own.home.code, at)
    if row is None:
        raise NotFound
    this_year = at.on.year
    own_cases = cases(db, own, at.on)
    problems = entries.problems(db, own.home.code)
    live = live_cases(db, at, [case.newest.use_case_code for case in own_cases])
    years = desk.year_words(db, own.city_id)
    approved = published(db, at, Wanted(city_id=row.id))
    reports = of_city(db, own.city_id)
    best = next((case for case in approved if case.code == row.use_case_code), None)
    return page(
        request,
        "city/desk.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        desk=own,
        row=row,
        today=at.on,
        counted=desk.counted(db, own.city_id, at),
        checks=checks(row.outcome),
        best=best,
        best_version=None if best is None else text_of(db, best),
        tasks=tasks(
            own,
            own_cases,
            problems,
            live,
            years,
            reports,
            at.on,
            counted=row.outcome is Outcome.COUNTED,
        ),
        reports=reports,
        waiting=waiting(own_cases, addressees.handed_over(db, own.city_id), now),
        cases=own_cases,
        live=live,
        problems=problems,
        signers=desk.signers(db, own.city_id),
        years=years,
        history=desk.history(db, own.city_id),
        happened={kind: gettext(words) for kind, words in _HAPPENED.items()},
        next_by_state={state: gettext(words) for state, words in _NEXT.items()},
        year_options=[(y, y) for y in range(this_year, this_year - _YEARS_ASKED, -1)],
        statuses=forms.options(YearStatus),
        values=typed or {"year": str(this_year)},
        errors=errors or {},
        notice=notice(done),
        one_day=timedelta(days=1),
        Action=Action,
        Step=Step,
        Whom=Whom,
    )


# What comes next for a use case, by the state of its newest version.
_NEXT = {
    ReviewState.DRAFT: mark("Complete the draft; then a signer of the city submits it."),
    ReviewState.SUBMITTED: mark("A reviewer of the ministry takes it up. You can withdraw it."),
    ReviewState.IN_REVIEW: mark("A reviewer of the ministry is reading it and will decide."),
    ReviewState.APPROVED: mark("Write a new version when the application or its stage changes."),
    ReviewState.RETURNED: mark("Answer the reason with a new version."),
    ReviewState.REJECTED: mark("The entry was refused for good. You can declare another."),
    ReviewState.WITHDRAWN: mark("You can take its text up again in a new version."),
    ReviewState.SUPERSEDED: mark("A later version has taken its place."),
    ReviewState.SUSPENDED: mark("Answer the reason of the suspension with a new version."),
    ReviewState.REVOKED: mark("You can answer the reason with a new version."),
}

# The ledger's events, as the city reads them.
_HAPPENED = {
    "problem.declared": mark("Pressing problem declared"),
    "problem.withdrawn": mark("Pressing problem withdrawn"),
    "version.submit": mark("Submitted"),
    "version.withdraw": mark("Withdrawn by the city"),
    "version.claim": mark("Taken up for review"),
    "version.approve": mark("Approved"),
    "version.return": mark("Returned to the city"),
    "version.reject": mark("Rejected"),
    "version.suspend": mark("Approval suspended"),
    "version.revoke": mark("Approval revoked"),
    "version.reinstate": mark("Approval reinstated"),
    "version.supersede": mark("Superseded by a later version"),
    "draft.withdraw": mark("Draft withdrawn by the city"),
    "use_case.stage_reported": mark("Stage reported by the city"),
    "use_case.attested": mark("Confirmed by the city as still true"),
    "use_case.carried_over": mark("Application carried over to a successor city"),
    "use_case.carry_over_ended": mark("Carrying over of an application taken back"),
    "year.declared": mark("Word for the year given"),
    "city.created": mark("City entered on a roll for the first time"),
    "city.renamed": mark("City renamed"),
    "city.merged": mark("City merged into another"),
    "city.split": mark("City split, or gave a part away"),
    "city.succeeded": mark("City succeeded by a new one"),
    "city.dissolved": mark("City dissolved"),
}
