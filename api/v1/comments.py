"""Talk about an entry, field by field: between its city and the ministry, and inside that."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.answers import as_json, personal
from api.audience import Audience
from api.deps import Acting, Db, Me
from api.idempotency import CreationKey, create
from api.openapi import creating, only, refusals
from api.v1.decisions import Words
from api.v1.shapes import Code, Instant, Shape, VersionNumber
from registry.actions import threads as acts
from registry.domain.errors import NotFound
from registry.domain.model import Actor, Role
from registry.domain.permissions import sees_notes
from registry.domain.thread_intake import ReplyDraft, ThreadDraft
from registry.domain.threads import Comment, Saying, Scope, Side, Thread, side_in
from registry.queries import entries
from registry.queries.entries import Version
from registry.queries.threads import threads

router = APIRouter(
    prefix="/use-cases/{code}/versions/{n}/comments",
    tags=["versions"],
    dependencies=only(Audience.SIGNED_IN),
)

ThreadId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class CommentOfThread(Shape):
    """`version`: the number of the version it was written on. `name` is null where the reader is
    not to know it: cities learn the ministry's people by their role."""

    position: int
    version: int
    saying: Saying
    text: str
    role: Role
    side: Side
    name: str | None
    body: Words | None
    at: Instant


class ThreadShape(Shape):
    """`field` is one of the standard's, empty for the whole entry. `waits_for`: whose answer is
    due; `sayings`: what the reader can say in it now."""

    id: int
    field: str
    scope: Scope
    opened_by: Side
    settled: bool
    waits_for: Side | None
    sayings: list[Saying]
    comments: list[CommentOfThread]


class ThreadList(Shape):
    items: list[ThreadShape]


@router.get(
    "",
    response_model=ThreadList,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def every(db: Db, me: Me, code: Code, n: VersionNumber) -> Response:
    """The threads on the entry that the reader may read, whatever version they began on."""
    version = _found(db, me.actor, code, n)
    return personal(as_json(ThreadList(items=_shapes(db, me.actor, version))))


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=ThreadShape,
    responses=creating(),
)
def begin(
    request: Request,
    act: Acting,
    db: Db,
    code: Code,
    n: VersionNumber,
    key: CreationKey,
    draft: ThreadDraft,
) -> Response:
    """Begins a thread with its first comment, which is never changed."""
    version = _found(db, act.actor, code, n)

    def make() -> tuple[BaseModel, str]:
        return _answer(act.session, act.actor, version, acts.open_thread(act, version.id, draft))

    return create(request, act, key, draft, make, revision=None)


@router.post(
    "/{thread}",
    status_code=HTTPStatus.CREATED,
    response_model=ThreadShape,
    responses=creating(),
)
def reply(
    request: Request,
    act: Acting,
    db: Db,
    code: Code,
    n: VersionNumber,
    thread: ThreadId,
    key: CreationKey,
    draft: ReplyDraft,
) -> Response:
    """Says something in a thread, settles it or opens it again."""
    version = _found(db, act.actor, code, n)

    def make() -> tuple[BaseModel, str]:
        acts.reply(act, version.id, thread, draft)
        return _answer(act.session, act.actor, version, thread)

    return create(request, act, key, draft, make, revision=None)


def _found(db: Session, reader: Actor, code: str, number: int) -> Version:
    """Raises NotFound for everybody who has no part in the talk about it."""
    version = entries.numbered(db, reader, code, number)
    if not sees_notes(reader, version.subject):
        raise NotFound
    return version


def _answer(db: Session, reader: Actor, version: Version, thread: int) -> tuple[ThreadShape, str]:
    shape = next(each for each in _shapes(db, reader, version) if each.id == thread)
    path = f"/api/v1/use-cases/{version.use_case_code}/versions/{version.number}/comments"
    return shape, path


def _shapes(db: Session, reader: Actor, version: Version) -> list[ThreadShape]:
    versions = entries.versions(db, reader, use_case_code=version.use_case_code)
    side = side_in(reader, version.subject)
    return [_shape(thread, side) for thread in threads(db, reader, versions)]


def _shape(thread: Thread, side: Side | None) -> ThreadShape:
    return ThreadShape(
        id=thread.id,
        field=thread.field,
        scope=thread.scope,
        opened_by=thread.opened_by,
        settled=thread.settled,
        waits_for=thread.waits_for,
        sayings=list(thread.sayings(side)),
        comments=[_comment(comment) for comment in thread.comments],
    )


def _comment(comment: Comment) -> CommentOfThread:
    return CommentOfThread(
        position=comment.position,
        version=comment.version,
        saying=comment.saying,
        text=comment.text,
        role=comment.role,
        side=comment.side,
        name=comment.name or None,
        body=None if comment.body is None else Words.model_validate(comment.body),
        at=comment.at,
    )
