"""The seal of the ledger: signed heads, keys, proofs, and the whole of it to take home."""

from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from api.answers import Content, as_json, public
from api.audience import Audience, open_to
from api.deps import Db, Now
from api.i18n import iso_utc
from api.openapi import Responses, reading
from api.paging import Cursor, Limit, following, place
from api.release import release
from api.v1.ledger_lines import file_of
from api.v1.shapes import Instant, Shape
from api.validators import not_modified, of_public
from registry.domain.errors import NotFound
from registry.queries import tree
from registry.queries.moments import moment
from registry.queries.tree import Head

router = APIRouter(tags=["ledger"], dependencies=[open_to(Audience.PUBLIC)])

NDJSON = "application/x-ndjson"
_PLAIN = "text/plain"
_LAST = 2**63 - 1

Position = Annotated[int, Query(ge=1, le=_LAST, description="An event's position, from 1 on")]
Size = Annotated[int, Query(ge=1, le=_LAST, description="A number of events")]
SizeOrLatest = Annotated[
    int | None, Query(ge=1, le=_LAST, description="A number of events; default: the latest head's")
]


class LedgerHead(Shape):
    """`note` is the head as it was signed: a checkpoint (C2SP tlog-checkpoint, signed-note)."""

    size: int
    root: str
    signed_at: Instant
    key: str
    note: str


class LedgerHeads(Shape):
    items: list[LedgerHead]
    next: str | None


class LedgerKey(Shape):
    """A verifier's key, `name+id+key`. `statement` is signed by the key before it, and by itself;
    `since` is the position of the event by which it became the ledger's."""

    key: str
    since: int
    since_at: Instant
    statement: str


class LedgerKeys(Shape):
    """The oldest first; the last one signs."""

    items: list[LedgerKey]


class InclusionProof(Shape):
    """`leaf_hash` is SHA-256 of a zero byte and the event's `hash`. `hashes` (RFC 9162, 2.1.3) lead
    from it to `root`, that of the first `size` events; `index` is `position` counted from 0."""

    position: int
    index: int
    leaf_hash: str
    size: int
    root: str
    hashes: list[str]


class ConsistencyProof(Shape):
    """`hashes` (RFC 9162, 2.1.4) show that the tree of the `second` number of events begins with
    that of the `first`."""

    first: int
    first_root: str
    second: int
    second_root: str
    hashes: list[str]


def _text(media_type: str, *statuses: HTTPStatus) -> Responses:
    answers = reading(*statuses)
    answers[HTTPStatus.OK.value]["content"] = {media_type: {"schema": {"type": "string"}}}
    return answers


@router.get("/ledger/head", response_model=LedgerHead, responses=reading(HTTPStatus.NOT_FOUND))
def head(request: Request, db: Db, now: Now) -> Response:
    """The latest signed head."""
    return _answer(request, db, now, lambda: as_json(_head(_latest(db))))


@router.get(
    "/ledger/checkpoint",
    response_class=PlainTextResponse,
    responses=_text(_PLAIN, HTTPStatus.NOT_FOUND),
)
def checkpoint(request: Request, db: Db, now: Now) -> Response:
    """The latest signed head as it was signed, for tools of transparency logs."""
    return _answer(request, db, now, lambda: Content(_latest(db).note.encode(), _PLAIN))


@router.get("/ledger/heads", response_model=LedgerHeads, responses=reading())
def every(
    request: Request, db: Db, now: Now, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """All signed heads, newest first."""

    def answer() -> Content:
        found = tree.heads(db, before=place(cursor, _instant), limit=limit + 1)
        leaf = found[:limit]
        address = following(request, iso_utc(leaf[-1].signed_at)) if len(found) > limit else None
        return as_json(LedgerHeads(items=[_head(item) for item in leaf], next=address), address)

    return _answer(request, db, now, answer)


@router.get("/ledger/keys", response_model=LedgerKeys, responses=reading())
def keys(request: Request, db: Db, now: Now) -> Response:
    """Every key that signed or signs, with the statement that introduced it."""

    def answer() -> Content:
        items = [
            LedgerKey(
                key=str(item.key),
                since=item.position,
                since_at=item.since,
                statement=item.statement,
            )
            for item in tree.keys(db)
        ]
        return as_json(LedgerKeys(items=items))

    return _answer(request, db, now, answer)


@router.get(
    "/ledger/proof/inclusion",
    response_model=InclusionProof,
    responses=reading(HTTPStatus.NOT_FOUND),
)
def inclusion(
    request: Request, db: Db, now: Now, position: Position, size: SizeOrLatest = None
) -> Response:
    """The proof that an event stands in the ledger of so many events."""

    def answer() -> Content:
        leaf, proof = tree.inclusion_proof(db, position, size)
        shape = InclusionProof(
            position=position,
            index=position - 1,
            leaf_hash=leaf.hex(),
            size=proof.size,
            root=proof.root.hex(),
            hashes=_hex(proof.hashes),
        )
        return as_json(shape)

    return _answer(request, db, now, answer)


@router.get(
    "/ledger/proof/consistency",
    response_model=ConsistencyProof,
    responses=reading(HTTPStatus.NOT_FOUND),
)
def consistency(
    request: Request, db: Db, now: Now, first: Size, second: SizeOrLatest = None
) -> Response:
    """The proof that the ledger of `second` events begins with that of `first`."""

    def answer() -> Content:
        root, proof = tree.consistency_proof(db, first, second)
        shape = ConsistencyProof(
            first=first,
            first_root=root.hex(),
            second=proof.size,
            second_root=proof.root.hex(),
            hashes=_hex(proof.hashes),
        )
        return as_json(shape)

    return _answer(request, db, now, answer)


@router.get(
    "/ledger/export",
    response_class=StreamingResponse,
    responses=_text(NDJSON),
)
def export(request: Request, db: Db, now: Now) -> Response:
    """The whole public ledger, one JSON record a line: its keys and heads first, then every event
    with its hash and its leaf. `registry ledger verify` checks it without a network."""
    seen, signed_at = moment(db, now), tree.signed_at(db)
    signed = "" if signed_at is None else signed_at.timestamp()
    tag = f'W/"{release()[:12]}-{seen.position}-{signed}"'
    validators = of_public(request, seen, tag, (signed_at,))
    headers = {
        **validators.headers,
        "Cache-Control": "no-cache",
        "Content-Disposition": 'attachment; filename="ledger.ndjson"',
    }
    if validators.held_by(request.headers):
        return not_modified(headers)
    return StreamingResponse(
        # It outlasts this request's own session.
        file_of(request.app.state.read_sessions, full=False),
        headers=headers,
        media_type=NDJSON,
    )


def _answer(request: Request, db: Db, now: datetime, make: Callable[[], Content]) -> Response:
    """Signing a head is no event, and changes these answers."""
    return public(request, moment(db, now), make, changed=tree.signed_at(db))


def _latest(db: Db) -> Head:
    found = tree.latest_head(db)
    if found is None:
        raise NotFound
    return found


def _head(found: Head) -> LedgerHead:
    return LedgerHead(
        size=found.size,
        root=found.root.hex(),
        signed_at=found.signed_at,
        key=str(found.key),
        note=found.note,
    )


def _hex(hashes: Sequence[bytes]) -> list[str]:
    return [found.hex() for found in hashes]


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found
