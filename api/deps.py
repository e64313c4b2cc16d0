"""What routes ask for. These aliases are the only `Depends` of the house besides the guards."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from pydantic import BeforeValidator
from sqlalchemy.orm import Session

from api.security import session_cookie
from registry.actions.act import Act
from registry.domain.errors import FieldProblem, InvalidInput, PreconditionRequired
from registry.domain.intake import Day, blank_to_none
from registry.queries.moments import Moment, moment
from registry.queries.moments import today as today_of
from registry.queries.people import NOBODY, Person, signed_in
from registry.settings import Settings


def utc_now() -> datetime:
    return datetime.now(UTC)


def _db(request: Request) -> Iterator[Session]:
    # Scope "function": the answer leaves after the commit, and a failing commit is an error.
    # Whoever only asks gets a session in which the database refuses to write.
    state = request.app.state
    factory = state.read_sessions if request.method in {"GET", "HEAD"} else state.sessions
    with factory() as session, session.begin():
        yield session
    if factory is state.sessions:
        state.watch.bump()


Db = Annotated[Session, Depends(_db, scope="function")]


def _settings(request: Request) -> Settings:
    found: Settings = request.app.state.settings
    return found


Config = Annotated[Settings, Depends(_settings)]


def _now(request: Request) -> datetime:
    found: datetime = request.app.state.clock()
    return found


Now = Annotated[datetime, Depends(_now)]


def session_token(request: Request) -> str | None:
    """The caller's session: a bearer token (programs) or our cookie (browsers)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return request.cookies.get(session_cookie(request.app.state.settings))


def _me(request: Request, db: Db, now: Now) -> Person:
    token = session_token(request)
    person = signed_in(db, token, now) if token else NOBODY
    request.state.person = person
    return person


Me = Annotated[Person, Depends(_me)]
# For routers whose pages greet the reader: finds out who asks before the route runs.
KNOW_READER = Depends(_me)


def _act(request: Request, db: Db, me: Me) -> Act:
    return Act(db, me.actor, request.app.state.clock, request.state.request_id)


Acting = Annotated[Act, Depends(_act)]


def _moment(
    db: Db,
    now: Now,
    as_of: Annotated[
        Day | None,
        BeforeValidator(blank_to_none),
        Query(description="The day asked about (ISO 8601); default: today"),
    ] = None,
    known_at: Annotated[
        datetime | None,
        BeforeValidator(blank_to_none),
        Query(description="As known at this time (ISO 8601 with zone); default: now"),
    ] = None,
) -> Moment:
    if known_at is not None and known_at.tzinfo is None:
        raise InvalidInput([FieldProblem("/known_at", "zone_missing")])
    return moment(db, now, as_of, known_at)


When = Annotated[Moment, Depends(_moment)]


def _today(now: Now) -> date:
    return today_of(now)


Today = Annotated[date, Depends(_today)]


def _if_match(
    if_match: Annotated[
        str | None, Header(description="The ETag of the state the change was made against")
    ] = None,
) -> int:
    """The revision in an If-Match header. Raises PreconditionRequired where it is missing."""
    if if_match is None:
        raise PreconditionRequired
    tag = if_match.strip().removeprefix("W/").strip('"')
    # Another resource's tag, or nonsense, matches no revision: the caller is told it is stale.
    return int(tag) if tag.isascii() and tag.isdigit() and len(tag) < 10 else -1


IfMatch = Annotated[int, Depends(_if_match)]


async def _form(request: Request) -> dict[str, Any]:
    """A submitted form: one text per name, a list where a name repeats. Files are not read."""
    async with request.form(max_files=0) as form:
        return {
            name: values[0] if len(values) == 1 else values
            for name in form
            if (values := [v for v in form.getlist(name) if isinstance(v, str)])
        }


Form = Annotated[dict[str, Any], Depends(_form)]
