"""Signing in for programs: a bearer token, its end, and who its bearer is."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from starlette.background import BackgroundTask

from api import watchman
from api.answers import as_json, personal
from api.audience import Audience, open_to
from api.deps import Config, Db, Me, Now, session_token
from api.errors import refusal
from api.i18n import pick
from api.openapi import only, refusals
from api.security import origin_of
from api.v1.shapes import Instant, Shape
from registry.actions import account
from registry.domain.errors import SignInRequired
from registry.domain.kinds import Draft, Line
from registry.domain.model import Role
from registry.queries.people import sessions_of

router = APIRouter(tags=["sessions"])


def _writable(text: str) -> str:
    # JSON can spell half a character ("\ud800"), which no bytes can hold.
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("control_character", "lone surrogate") from None
    return text


class Credentials(Draft):
    email: Annotated[Line, Field(min_length=1)]
    password: Annotated[
        str, Field(min_length=1, max_length=1000, repr=False), AfterValidator(_writable)
    ]


class OpenSession(Shape):
    token: str
    token_type: str
    expires_at: Instant


class OwnCity(Shape):
    code: str
    name: str
    roles: list[Role]


class Myself(Shape):
    """Who the token belongs to. `roles` are those for the whole register."""

    name: str
    email: str
    roles: list[Role]
    cities: list[OwnCity]


@router.post(
    "/sessions",
    status_code=HTTPStatus.CREATED,
    response_model=OpenSession,
    responses=refusals(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.TOO_MANY_REQUESTS,
    ),
    dependencies=[open_to(Audience.PUBLIC)],
)
def sign_in(
    request: Request, db: Db, now: Now, config: Config, credentials: Credentials
) -> Response:
    """Signs in. Send the token as `Authorization: Bearer …`."""
    lasts = timedelta(hours=config.session_hours)
    origin = origin_of(request)
    token = account.sign_in(db, credentials.email, credentials.password, now, lasts, origin)
    if not isinstance(token, str):
        # Answered, not raised: the failed attempt must be committed.
        answer = refusal(request, token)
        answer.background = BackgroundTask(watchman.sign_in_failed, request, credentials.email)
        return answer
    shape = OpenSession(token=token, token_type="Bearer", expires_at=now + lasts)  # noqa: S106 - RFC 6750's word
    return personal(
        as_json(shape), status=HTTPStatus.CREATED, headers={"Cache-Control": "no-store"}
    )


@router.delete(
    "/sessions/current",
    status_code=HTTPStatus.NO_CONTENT,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
    dependencies=only(Audience.SIGNED_IN),
)
def sign_out(request: Request, db: Db) -> Response:
    """Ends this session."""
    account.sign_out(db, session_token(request) or "")
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.delete(
    "/sessions",
    status_code=HTTPStatus.NO_CONTENT,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
    dependencies=only(Audience.SIGNED_IN),
)
def sign_out_everywhere(db: Db, me: Me) -> Response:
    """Ends all sessions of the person, in every browser and program."""
    if me.actor.user_id is None:
        raise SignInRequired
    account.sign_out_everywhere(db, me.actor.user_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


class SessionShape(Shape):
    """`network` and `agent` are of the sign-in; `here` is the one of this request."""

    id: UUID
    created_at: Instant
    expires_at: Instant
    agent: str
    network: str
    here: bool


class SessionList(Shape):
    items: list[SessionShape]


@router.get(
    "/sessions",
    response_model=SessionList,
    responses=refusals(HTTPStatus.UNAUTHORIZED),
    dependencies=only(Audience.SIGNED_IN),
)
def own_sessions(request: Request, db: Db, me: Me, now: Now) -> Response:
    """The person's own sessions that have not ended, this one first."""
    if me.actor.user_id is None:
        raise SignInRequired
    found = sessions_of(db, me.actor.user_id, session_token(request) or "", now)
    return personal(as_json(SessionList(items=[SessionShape.model_validate(s) for s in found])))


@router.delete(
    "/sessions/{session_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    dependencies=only(Audience.SIGNED_IN),
)
def end_session(db: Db, me: Me, session_id: UUID) -> Response:
    """Ends one of the person's own sessions."""
    if me.actor.user_id is None:
        raise SignInRequired
    account.end_session(db, me.actor.user_id, session_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get(
    "/me",
    response_model=Myself,
    responses=refusals(HTTPStatus.UNAUTHORIZED),
    dependencies=only(Audience.SIGNED_IN),
)
def who_am_i(me: Me) -> Response:
    """The person of this token, with their roles."""
    everywhere = {m.role for m in me.actor.memberships if m.city_id is None}
    shape = Myself(
        name=me.name,
        email=me.email,
        roles=sorted(everywhere),
        cities=[
            OwnCity(code=home.code, name=pick(home.name_vi, home.name_en), roles=sorted(home.roles))
            for home in me.homes
        ],
    )
    return personal(as_json(shape))
