"""The porter's slips: what of the queue somebody asks for - in an address, a form or a cookie."""

from collections.abc import Mapping
from inspect import Parameter, Signature
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Query, Request
from starlette.responses import Response

from api import forms
from registry.domain.errors import InvalidInput
from registry.domain.waiting import QueueFilter
from registry.settings import Mode

# Which list somebody looked at last: "next" goes on in it from any page.
_COOKIE = "queue"


def _wanted(**asked: Any) -> QueueFilter:
    return QueueFilter.read(asked)


# Each question of a filter is a parameter of its own, documented and checked as the model says.
_wanted.__signature__ = Signature(  # type: ignore[attr-defined]  # read by FastAPI
    [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=Annotated[field.rebuild_annotation(), Query()],
        )
        for name, field in QueueFilter.model_fields.items()
    ]
)

Wanted = Annotated[QueueFilter, Depends(_wanted)]


def of_form(form: Mapping[str, Any]) -> QueueFilter:
    """Raises InvalidInput for what no filter of ours asks."""
    return QueueFilter.read(
        {name: typed for name in QueueFilter.model_fields if (typed := forms.text(form, name))}
    )


def last_of(request: Request) -> QueueFilter:
    """The list looked at last; all of it where nobody knows."""
    try:
        return of_form(dict(parse_qsl(request.cookies.get(_COOKIE, ""))))
    except InvalidInput:
        return QueueFilter()


def remember(request: Request, answer: Response, wanted: QueueFilter) -> None:
    """Until the browser is closed."""
    asked = urlencode(wanted.given())
    if request.cookies.get(_COOKIE, "") != asked:
        secure = request.app.state.settings.mode is Mode.PRODUCTION
        answer.set_cookie(_COOKIE, asked, httponly=True, samesite="lax", secure=secure)


def address(wanted: QueueFilter) -> str:
    """The list as an address of ours, without its language."""
    asked = urlencode(wanted.given())
    return f"/review?{asked}" if asked else "/review?all=yes"
