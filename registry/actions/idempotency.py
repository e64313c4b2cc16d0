"""The memory of creations: the same request, sent twice, creates once and is answered alike."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select

from registry.actions.act import Act
from registry.actions.declare import person
from registry.db.tables import IdempotencyKey
from registry.domain.errors import IdempotencyKeyReused

# Long enough for whoever tries again after a breakdown; then a key may be used anew.
KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a creation."""

    status: int
    location: str
    body: bytes


def answered(act: Act, key: str, request_hash: bytes) -> Answer | None:
    """The first answer to this key, if there was one; holds the key until commit.

    Raises IdempotencyKeyReused where another request came with it.
    """
    user_id = person(act)
    # One 64-bit key: whoever sends it at the same time waits, and then finds the answer.
    held = func.hashtextextended(f"{user_id} {key}", 0)
    act.session.execute(select(func.pg_advisory_xact_lock(held)))
    own = IdempotencyKey.user_id == user_id
    too_old = act.clock() - KEPT_FOR
    act.session.execute(delete(IdempotencyKey).where(own, IdempotencyKey.created_at < too_old))
    found = act.session.scalar(select(IdempotencyKey).where(own, IdempotencyKey.key == key))
    if found is None:
        return None
    if found.request_hash != request_hash:
        raise IdempotencyKeyReused
    return Answer(found.status, found.location, found.body)


def remember(act: Act, key: str, request_hash: bytes, answer: Answer) -> None:
    act.session.add(
        IdempotencyKey(
            user_id=person(act),
            key=key,
            request_hash=request_hash,
            status=answer.status,
            location=answer.location,
            body=answer.body,
            created_at=act.clock(),
        )
    )
    act.session.flush()
