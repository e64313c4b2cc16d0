"""The locksmith's counter: asking for a new password, and setting one with a key."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api import forms, i18n
from api.audience import Audience, open_to
from api.deps import Acting, Config, Db, Form, Now
from api.i18n import gettext, mark
from api.pages.listing import Code
from api.rendering import page
from registry.actions import members
from registry.actions.account import SHORTEST_PASSWORD
from registry.domain.errors import InvalidInput, NotFound

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])

# What lies in an address must not travel on to other sites, nor be kept by browsers.
_DISCREET = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


@router.get("/forgotten-password")
def reset_form(request: Request, config: Config, email: str = "") -> Response:
    return page(
        request,
        "account/forgotten.html",
        values={"email": email},
        asked=False,
        mails=config.smtp_url is not None,
    )


@router.post("/forgotten-password")
def ask_for_reset(request: Request, db: Db, config: Config, now: Now, form: Form) -> Response:
    """The same answer whether or not the address has an account."""
    members.ask_for_reset(db, forms.text(form, "email"), now)
    return page(
        request,
        "account/forgotten.html",
        values={},
        asked=True,
        mails=config.smtp_url is not None,
    )


@router.get("/key/{token}")
def key_form(request: Request, db: Db, now: Now, token: Code) -> Response:
    return _key_page(request, db, now, token, {})


@router.post("/key/{token}")
def use_key(request: Request, db: Db, act: Acting, now: Now, token: Code, form: Form) -> Response:
    new, again = forms.text(form, "new"), forms.text(form, "again")
    if new != again:
        differs = gettext(mark("The two new passwords are not the same."))
        return _key_page(request, db, now, token, {"/again": differs})
    try:
        members.use_key(act, token, new)
    except InvalidInput as error:
        return _key_page(request, db, now, token, forms.sentences(error.problems))
    except NotFound:
        return _key_page(request, db, now, token, {})
    return RedirectResponse(
        f"/{i18n.current()}/sign-in?done=key", HTTPStatus.SEE_OTHER, headers=_DISCREET
    )


def _key_page(request: Request, db: Db, now: Now, token: str, errors: dict[str, str]) -> Response:
    try:
        owner = members.owner_of_key(db, token, now)
    except NotFound:
        return page(
            request, "account/key_void.html", status=HTTPStatus.NOT_FOUND, headers=_DISCREET
        )
    return page(
        request,
        "account/key.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        headers=_DISCREET,
        owner=owner,
        errors=errors,
        shortest=SHORTEST_PASSWORD,
    )
