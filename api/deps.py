"""What routes ask for. These aliases are the only `Depends` of the house besides the guards."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, BinaryIO, cast

from fastapi import Depends, Header, Query, Request
from pydantic import BeforeValidator
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, UploadFile

from api.security import session_cookie
from registry.actions.act import Act
from registry.domain.errors import FieldProblem, InvalidInput, PreconditionRequired
from registry.domain.kinds import Day, blank_to_none
from registry.queries.moments import Moment, moment
from registry.queries.moments import today as today_of
from registry.queries.people import NOBODY, Person, signed_in
from registry.settings import Settings
from registry.store import Cabinet


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


_AsKnown = Annotated[
    datetime | None,
    BeforeValidator(blank_to_none),
    Query(description="As known at this time (ISO 8601 with zone); default: now"),
]


def _moment(
    db: Db,
    now: Now,
    as_of: Annotated[
        Day | None,
        BeforeValidator(blank_to_none),
        Query(description="The day asked about (ISO 8601); default: today"),
    ] = None,
    known_at: _AsKnown = None,
) -> Moment:
    if known_at is not None and known_at.tzinfo is None:
        raise InvalidInput([FieldProblem("/known_at", "zone_missing")])
    return moment(db, now, as_of, known_at)


When = Annotated[Moment, Depends(_moment)]


def _known(db: Db, now: Now, known_at: _AsKnown = None) -> Moment:
    return _moment(db, now, None, known_at)


# For what speaks of many days, or of none: what was known, with today for the day.
Known = Annotated[Moment, Depends(_known)]


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


def _texts(form: FormData) -> dict[str, Any]:
    """One text per name, a list where a name repeats."""
    return {
        name: values[0] if len(values) == 1 else values
        for name in form
        if (values := [v for v in form.getlist(name) if isinstance(v, str)])
    }


async def _form(request: Request) -> dict[str, Any]:
    """A submitted form. Files are not read."""
    async with request.form(max_files=0) as form:
        return _texts(form)


Form = Annotated[dict[str, Any], Depends(_form)]


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it came in: the name its sender gives it, and its content until the answer."""

    name: str
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted form with its files; a file field left empty is none."""

    texts: dict[str, Any]
    files: Mapping[str, Sequence[SentFile]]

    def file(self, name: str) -> SentFile | None:
        """The file of a field that takes one."""
        return next(iter(self.files.get(name, ())), None)


_MAX_FILES = 40


async def _submission(request: Request) -> AsyncIterator[Submission]:
    async with request.form(max_files=_MAX_FILES) as form:
        files = {
            name: [
                SentFile(v.filename, v.file)
                for v in form.getlist(name)
                if isinstance(v, UploadFile) and v.filename
            ]
            for name in form
        }
        yield Submission(_texts(form), {name: sent for name, sent in files.items() if sent})


# For a form of enctype multipart/form-data; its door must be one that the wall lets files through.
FormWithFiles = Annotated[Submission, Depends(_submission)]


async def _upload(
    request: Request,
    name: Annotated[str, Query(description="The file's name, with its ending", max_length=300)],
) -> AsyncIterator[SentFile]:
    """A body that is a file, kept on disk when it is more than a megabyte."""
    with SpooledTemporaryFile(max_size=1_000_000) as content:
        spooled = UploadFile(cast("BinaryIO", content), filename=name)
        async for part in request.stream():
            await spooled.write(part)
        await spooled.seek(0)
        yield SentFile(name, spooled.file)


Upload = Annotated[SentFile, Depends(_upload)]


def _files(request: Request) -> Cabinet:
    found: Cabinet = request.app.state.files
    return found


Files = Annotated[Cabinet, Depends(_files)]
