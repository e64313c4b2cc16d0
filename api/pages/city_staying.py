"""The city's desk, after approval: report that an application stops, confirm that it goes on."""

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms
from api.deps import Acting, Db, Form, Me, Now
from api.labels import label
from api.pages.city_view import Desk, cases, notice, own_desk, see
from api.pages.files import proof
from api.pages.listing import Code
from api.refusals import status_of, words_of
from api.rendering import page
from registry.actions import staying
from registry.domain.attestation import Due
from registry.domain.errors import (
    InvalidInput,
    NotFound,
    RegistryError,
    ReportedOtherwise,
    Stale,
    WrongState,
)
from registry.domain.intake import AttestationDraft, StageReportDraft
from registry.domain.model import LIVE_STATES, Action, Stage
from registry.queries import entries
from registry.queries.entries import Version
from registry.queries.moments import moment
from registry.queries.staying import Live, live_cases, reported_stages

router = APIRouter(prefix="/desk/{city_code}")

_STOPS = (Stage.SUSPENDED, Stage.RETIRED)


@router.get("/use-cases/{code}/stage")
def stage_form(request: Request, db: Db, me: Me, now: Now, city_code: str, code: Code) -> Response:
    own = own_desk(db, me, city_code)
    return _stage_page(request, db, own, now, _live_version(db, own, code), {})


@router.post("/use-cases/{code}/stage")
def report_stage(
    request: Request, db: Db, me: Me, act: Acting, now: Now, city_code: str, code: Code, form: Form
) -> Response:
    own = own_desk(db, me, city_code)
    version = _live_version(db, own, code)
    typed = {name: forms.text(form, name) for name in ("stage", "effective_on", "reason")}
    iso = typed | {"effective_on": forms.iso_date(typed["effective_on"])}
    try:
        staying.report_stage(act, code, StageReportDraft.read(forms.filled(iso)))
    except (InvalidInput, WrongState) as refused:
        return _stage_page(request, db, own, now, version, typed, refused)
    return see(own.address(f"/versions/{version.id}?done=stage-reported"))


@router.get("/attestations")
def attestations(
    request: Request, db: Db, me: Me, now: Now, city_code: str, done: str = ""
) -> Response:
    return _attest_page(request, db, own_desk(db, me, city_code), now, done=done)


@router.post("/attestations")
def attest(
    request: Request, db: Db, me: Me, act: Acting, now: Now, city_code: str, form: Form
) -> Response:
    """Confirms one case (`only`) or those ticked (`case`): all of them or, on a refusal, none."""
    own = own_desk(db, me, city_code)
    one = forms.text(form, "only")
    chosen = [one] if one else forms.texts(form, "case")
    own_codes = {case.newest.use_case_code for case in cases(db, own, moment(db, now).on)}
    if not set(chosen) <= own_codes:
        raise NotFound
    try:
        with act.session.begin_nested():
            for code in chosen:
                seen = forms.text(form, f"version-{code}")
                staying.attest(act, code, AttestationDraft.read({"version": seen}))
    except InvalidInput:
        # Only a form that is not ours names no version: what it saw is not what there is.
        return _attest_page(request, db, own, now, chosen, Stale())
    except (Stale, WrongState, ReportedOtherwise) as refused:
        return _attest_page(request, db, own, now, chosen, refused)
    return see(own.address(f"/attestations?done={'attested' if chosen else 'none-ticked'}"))


def _live_version(db: Session, own: Desk, code: str) -> Version:
    """The live version of one of the city's own. Raises NotFound."""
    live = entries.versions(
        db, own.actor, city_code=own.home.code, use_case_code=code, states=sorted(LIVE_STATES)
    )
    if not live:
        raise NotFound
    return live[0]


def _stage_page(
    request: Request,
    db: Session,
    own: Desk,
    now: Now,
    version: Version,
    typed: dict[str, str],
    refused: RegistryError | None = None,
) -> Response:
    wrong = forms.sentences(refused.problems) if isinstance(refused, InvalidInput) else {}
    return page(
        request,
        "city/stage.html",
        status=HTTPStatus.OK if refused is None else status_of(refused),
        desk=own,
        version=version,
        reports=reported_stages(db, version.use_case_code, moment(db, now).position),
        stages=[(stage.value, label(stage)) for stage in _STOPS],
        values=typed,
        errors=wrong,
        refused="" if refused is None or wrong else words_of(refused),
        Action=Action,
    )


def _attest_page(
    request: Request,
    db: Session,
    own: Desk,
    now: Now,
    ticked: Sequence[str] = (),
    refused: RegistryError | None = None,
    done: str = "",
) -> Response:
    at = moment(db, now)
    live = live_cases(db, at, [case.newest.use_case_code for case in cases(db, own, at.on)])
    seen = entries.versions_by_id(db, own.actor, [kept.version_id for kept in live.values()])
    shown = {version.use_case_code: version for version in seen.values()}
    drafts = [version.draft for version in shown.values()]
    problem_ids = {problem for draft in drafts for problem in draft.problem_ids}
    ordered = _soonest_first(live, at.on)
    return page(
        request,
        "city/attest.html",
        status=HTTPStatus.OK if refused is None else status_of(refused),
        desk=own,
        today=at.on,
        due=[kept for kept in ordered if kept.due(at.on) not in {None, Due.FRESH}],
        early=[kept for kept in ordered if kept.due(at.on) in {None, Due.FRESH}],
        versions=shown,
        problems={p.id: p for p in entries.problems_by_id(db, sorted(problem_ids))},
        proof=proof(db, own.city_id, *drafts),
        ticked=ticked,
        refused="" if refused is None else words_of(refused),
        notice=notice(done),
        Action=Action,
    )


def _soonest_first(live: dict[str, Live], today: date) -> list[Live]:
    """What can be confirmed by its due day, then what cannot."""
    return sorted(
        live.values(), key=lambda kept: (kept.due(today) is None, kept.term.due_on, kept.code)
    )
