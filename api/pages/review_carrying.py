"""The ministry's desk: cases of cities that are no more, carried over to those that came after."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms, i18n
from api.audience import Audience, open_to
from api.deps import Acting, Db, Form, Me, Now
from api.i18n import gettext, mark
from api.pages.listing import Code
from api.refusals import status_of, words_of
from api.rendering import page
from registry.actions.carrying import carry_all_over, take_back
from registry.domain.errors import FieldProblem, Forbidden, InvalidInput, NotFound, RegistryError
from registry.domain.model import Action, Subject
from registry.domain.permissions import can
from registry.domain.roll_intake import CarryOverDraft, CarryOverEndDraft
from registry.queries.carrying import CaseToCarry, Heir, Predecessor, heirs, predecessors
from registry.queries.moments import Moment, moment, today
from registry.queries.published import carried_over

# Above the entries: "carry-over" is no use case's code.
router = APIRouter(prefix="/review/carry-over", dependencies=[open_to(Audience.MINISTRY)])

_NAMES = {
    "cases": mark("Applications"),
    "to_city_codes": mark("Successors"),
    "effective_on": mark("Takes effect on"),
    "legal_basis": mark("Legal basis"),
    "reason": mark("Reason"),
}
_NOTICES = {
    "carried": mark("The decision was recorded."),
    "taken-back": mark("The carrying over was taken back."),
}


@router.get("")
def every(request: Request, db: Db, now: Now) -> Response:
    """Orphans first: cases whose city left the roll and which stand for no other."""
    found = predecessors(db, moment(db, now))
    return page(
        request,
        "review/carry_over.html",
        orphaned=[city for city in found if city.orphans],
        others=[city for city in found if not city.orphans],
    )


@router.get("/{code}")
def one(request: Request, db: Db, me: Me, now: Now, code: Code, done: str = "") -> Response:
    return _city_page(request, db, me, now, code, done=done)


@router.post("/{code}")
def carry(request: Request, me: Me, act: Acting, now: Now, code: Code, form: Form) -> Response:
    city = _predecessor(act.session, moment(act.session, now), code)
    cases = forms.texts(form, "cases")
    given: dict[str, Any] = {
        "to_city_codes": forms.texts(form, "to_city_codes"),
        "effective_on": forms.iso_date(forms.text(form, "effective_on")),
        "legal_basis": forms.text(form, "legal_basis"),
    }
    problems = []
    if not cases:
        problems.append(FieldProblem("/cases", "choose_one"))
    elif set(cases) - {case.code for case in city.cases}:
        raise NotFound
    try:
        draft = CarryOverDraft.read({name: value for name, value in given.items() if value})
        if not problems:
            carry_all_over(act, cases, draft)
    except InvalidInput as error:
        problems += error.problems
    except Forbidden as refused:
        return _city_page(request, act.session, me, now, code, typed=form, refused=refused)
    if problems:
        refused_by = InvalidInput(problems)
        return _city_page(request, act.session, me, now, code, typed=form, refused=refused_by)
    address = f"/{i18n.current()}/review/carry-over/{code}?done=carried"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


@router.get("/{code}/{use_case_code}")
def taking_back_form(
    request: Request, db: Db, me: Me, now: Now, code: Code, use_case_code: Code
) -> Response:
    typed = {"effective_on": forms.typed_date(today(now).isoformat())}
    return _taking_back_page(request, db, me, now, code, use_case_code, typed)


@router.post("/{code}/{use_case_code}")
def taking_back(
    request: Request,
    me: Me,
    act: Acting,
    now: Now,
    code: Code,
    use_case_code: Code,
    form: Form,
) -> Response:
    _carried(_predecessor(act.session, moment(act.session, now), code), use_case_code)
    given: dict[str, Any] = {
        "to_city_codes": forms.texts(form, "to_city_codes"),
        "effective_on": forms.iso_date(forms.text(form, "effective_on")),
        "reason": forms.text(form, "reason"),
    }
    try:
        draft = CarryOverEndDraft.read({name: value for name, value in given.items() if value})
        take_back(act, use_case_code, draft)
    except (InvalidInput, Forbidden) as refused:
        typed = {"to_city_codes": given["to_city_codes"], "reason": given["reason"]}
        typed["effective_on"] = forms.text(form, "effective_on")
        return _taking_back_page(request, act.session, me, now, code, use_case_code, typed, refused)
    address = f"/{i18n.current()}/review/carry-over/{code}?done=taken-back"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def _carried(city: Predecessor, use_case_code: str) -> CaseToCarry:
    found = next((c for c in city.cases if c.code == use_case_code and c.carried_to), None)
    if found is None:
        raise NotFound
    return found


def _taking_back_page(
    request: Request,
    db: Session,
    me: Me,
    now: Now,
    code: str,
    use_case_code: str,
    typed: dict[str, Any],
    refused: RegistryError | None = None,
) -> Response:
    city = _predecessor(db, moment(db, now), code)
    case = _carried(city, use_case_code)
    errors = forms.sentences(refused.problems) if isinstance(refused, InvalidInput) else {}
    standing = [c for c in carried_over(db, use_case_code) if c.ended_on is None]
    return page(
        request,
        "review/carry_over_end.html",
        status=HTTPStatus.OK if refused is None else status_of(refused),
        city=city,
        case=case,
        carried=standing,
        may=can(me.actor, Action.CARRY_OVER, Subject(city_id=city.city_id)),
        values=typed,
        errors=errors,
        names={name: gettext(words) for name, words in _NAMES.items()},
        refused="" if refused is None or errors else words_of(refused),
    )


def _predecessor(db: Session, at: Moment, code: str) -> Predecessor:
    found = predecessors(db, at, code)
    if not found:
        raise NotFound
    return found[0]


def _city_page(
    request: Request,
    db: Session,
    me: Me,
    now: Now,
    code: str,
    *,
    typed: dict[str, Any] | None = None,
    refused: RegistryError | None = None,
    done: str = "",
) -> Response:
    at = moment(db, now)
    city = _predecessor(db, at, code)
    # A case goes on from wherever it was carried: successors of those are offered as well.
    follow = _all_heirs(db, at, city)
    errors = forms.sentences(refused.problems) if isinstance(refused, InvalidInput) else {}
    return page(
        request,
        "review/carry_over_city.html",
        status=HTTPStatus.OK if refused is None else status_of(refused),
        city=city,
        heirs=follow,
        may=can(me.actor, Action.CARRY_OVER, Subject(city_id=city.city_id)),
        values=_values(city, follow) if typed is None else _as_typed(typed),
        errors=errors,
        names={name: gettext(words) for name, words in _NAMES.items()},
        refused="" if refused is None or errors else words_of(refused),
        notice=gettext(_NOTICES.get(done, "")),
    )


def _all_heirs(db: Session, at: Moment, city: Predecessor) -> list[Heir]:
    carried = {code for case in city.cases for code in case.carried_to}
    found = heirs(db, at, [city.city_id])
    seen = {heir.city_id for heir in found}
    onward = [heir.city_id for heir in found if heir.code in carried]
    while onward:
        more = [heir for heir in heirs(db, at, onward) if heir.city_id not in seen]
        found += more
        seen |= {heir.city_id for heir in more}
        onward = [heir.city_id for heir in more if heir.code in carried]
    return [heir for heir in found if heir.city_id != city.city_id]


def _values(city: Predecessor, follow: list[Heir]) -> dict[str, Any]:
    """What is most likely meant: the cases carried nowhere, and the one successor if it is one."""
    last = follow[-1] if follow else None
    return {
        "cases": [case.code for case in city.cases if not case.carried_to],
        "to_city_codes": [follow[0].code] if len(follow) == 1 else [],
        "effective_on": forms.typed_date(last.effective_on.isoformat()) if last else "",
        "legal_basis": last.legal_basis if last else "",
    }


def _as_typed(form: dict[str, Any]) -> dict[str, Any]:
    many = {name: forms.texts(form, name) for name in ("cases", "to_city_codes")}
    return many | {name: forms.text(form, name) for name in ("effective_on", "legal_basis")}
