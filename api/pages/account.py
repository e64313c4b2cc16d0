"""The gate: signing in and out, one's own account."""

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.background import BackgroundTask
from starlette.responses import Response

from api import forms, i18n, watchman
from api.audience import Audience, open_to
from api.deps import Config, Db, Form, Me, Now, session_token
from api.i18n import gettext, mark
from api.refusals import status_of, words_of
from api.rendering import page
from api.role_table import role_table
from api.security import clear_session, origin_of, set_session
from registry.actions import account
from registry.domain.errors import InvalidInput, SignInRequired, TooManyAttempts
from registry.domain.model import CITY_ROLES, MINISTRY_ROLES, Role
from registry.queries.demo import demo_roles
from registry.queries.people import Person, sessions_of, signed_in
from registry.settings import Mode

router = APIRouter()
_public = [open_to(Audience.PUBLIC)]
_signed_in = [open_to(Audience.SIGNED_IN)]

# Our own pages, and nothing a browser could take for another host's address.
_OWN_PAGE = re.compile(r"/(vi|en)(/[^\s\\]*)?")

_NOTICES = {
    "signed-out": mark("You have signed out."),
    "everywhere": mark("You have signed out on all devices."),
    "expired": mark(
        "Your session had ended, so what you sent was not saved. Sign in, then send it again."
    ),
    "key": mark("Your password was set. Sign in with it."),
    "ended": mark("That session was ended."),
    "password": mark("Your password was changed. All other devices were signed out."),
}


@router.get("/sign-in", dependencies=_public)
def sign_in_form(
    request: Request,
    db: Db,
    me: Me,
    config: Config,
    then: Annotated[str, Query(alias="next")] = "",
    email: str = "",
    done: str = "",
) -> Response:
    if me.actor.user_id is not None:
        return _see(_destination(then, me))
    return _sign_in_page(request, db, config, {"email": email, "next": then}, done=done)


@router.post("/sign-in", dependencies=_public)
def sign_in(request: Request, db: Db, config: Config, now: Now, form: Form) -> Response:
    typed = {name: forms.text(form, name) for name in ("email", "next")}
    outcome = account.sign_in(
        db,
        typed["email"].replace("\0", ""),  # which the database cannot even be asked about
        forms.text(form, "password"),
        now,
        timedelta(hours=config.session_hours),
        origin_of(request),
    )
    if isinstance(outcome, str):
        answer = _see(_destination(typed["next"], signed_in(db, outcome, now)))
        set_session(answer, config, outcome)
        return answer
    wait = int(account.FAILURE_WINDOW.total_seconds())
    answer = _sign_in_page(
        request,
        db,
        config,
        typed,
        refused=words_of(outcome),
        status=status_of(outcome),
        headers={"Retry-After": str(wait)} if isinstance(outcome, TooManyAttempts) else None,
    )
    answer.background = BackgroundTask(watchman.sign_in_failed, request, typed["email"])
    return answer


@router.post("/sign-out", dependencies=_public)
def sign_out(request: Request, db: Db, config: Config) -> Response:
    token = session_token(request)
    if token is not None:
        account.sign_out(db, token)
    return _left(config, "signed-out")


@router.get("/account", dependencies=_signed_in)
def own_account(request: Request, db: Db, me: Me, now: Now, done: str = "") -> Response:
    return _account_page(request, db, me, now, {}, done=done)


@router.get("/account/roles", dependencies=_signed_in)
def own_roles(request: Request, me: Me) -> Response:
    """What the person's own roles may do."""
    held = [role for role in Role if any(m.role is role for m in me.actor.memberships)]
    return page(request, "account/roles.html", roles=held, rows=role_table(held))


@router.post("/account/sessions/{session_id:uuid}/end", dependencies=_signed_in)
def end_session(db: Db, me: Me, session_id: UUID) -> Response:
    account.end_session(db, _user(me), session_id)
    return _see(f"/{i18n.current()}/account?done=ended")


@router.post("/account", dependencies=_signed_in)
def change_password(
    request: Request, db: Db, me: Me, config: Config, now: Now, form: Form
) -> Response:
    """Sets a new password; every session ends, and this browser gets a new one."""
    old, new, again = (forms.text(form, name) for name in ("old", "new", "again"))
    if new != again:
        differs = gettext("The two new passwords are not the same.")
        return _account_page(request, db, me, now, {"/again": differs})
    try:
        account.change_password(db, _user(me), old, new)
    except InvalidInput as error:
        return _account_page(request, db, me, now, forms.sentences(error.problems))
    lasts = timedelta(hours=config.session_hours)
    token = account.sign_in(db, me.email, new, now, lasts, origin_of(request))
    if not isinstance(token, str):
        return _left(config, "password")
    answer = _see(f"/{i18n.current()}/account?done=password")
    set_session(answer, config, token)
    return answer


@router.post("/account/sign-out-everywhere", dependencies=_signed_in)
def sign_out_everywhere(db: Db, me: Me, config: Config) -> Response:
    account.sign_out_everywhere(db, _user(me))
    return _left(config, "everywhere")


def _sign_in_page(
    request: Request,
    db: Db,
    config: Config,
    typed: dict[str, str],
    *,
    refused: str = "",
    done: str = "",
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> Response:
    trying_out = config.mode is Mode.DEVELOPMENT
    return page(
        request,
        "account/sign_in.html",
        status=status,
        headers=headers,
        values=typed,
        refused=refused,
        notice=gettext(_NOTICES.get(done, "")),
        demo=demo_roles(db) if trying_out else [],
        demo_password=account.DEMO_PASSWORD if trying_out else "",
        can_do={role: gettext(words) for role, words in _CAN_DO.items()},
    )


def _account_page(
    request: Request, db: Db, me: Me, now: Now, errors: dict[str, str], done: str = ""
) -> Response:
    return page(
        request,
        "account/account.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        errors=errors,
        sessions=sessions_of(db, _user(me), session_token(request) or "", now),
        notice=gettext(_NOTICES.get(done, "")),
        can_do={role: gettext(words) for role, words in _CAN_DO.items()},
        shortest=account.SHORTEST_PASSWORD,
    )


def _destination(then: str, person: Person) -> str:
    """Where one wanted to go, if that is a page of ours; else one's desk."""
    if _OWN_PAGE.fullmatch(then):
        return then
    roles = {m.role for m in person.actor.memberships}
    desk = "desk" if roles & CITY_ROLES else "review" if roles & MINISTRY_ROLES else "account"
    return f"/{i18n.current()}/{desk}"


def _left(config: Config, done: str) -> Response:
    answer = _see(f"/{i18n.current()}/sign-in?done={done}")
    clear_session(answer, config)
    return answer


def _see(address: str) -> Response:
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def _user(me: Me) -> UUID:
    if me.actor.user_id is None:
        raise SignInRequired
    return me.actor.user_id


# What each role is for, said to people who hold it.
_CAN_DO = {
    Role.CITY_EDITOR: mark("Declares problems and writes AI applications for the city."),
    Role.CITY_SIGNER: mark("Declares, writes and submits in the name of the city."),
    Role.REVIEWER: mark("Reviews what cities submit, and decides."),
    Role.LEAD: mark("Settles what reviewers differ on, and gives entries to reviewers."),
    Role.ADMINISTRATOR: mark("Keeps the rolls of cities, the accounts and the lists."),
}
