"""Talk about an entry, field by field: who reads what, who may do what, whose turn it is. Pure.

A thread is for the city or internal to the ministry. What is said in it is never changed; settling
and reopening are said, too. Nobody marks anything as read: a thread waits for the side that did
not speak last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from registry.domain.deciding import Named
from registry.domain.errors import Forbidden, SignInRequired
from registry.domain.model import CITY_ROLES, Action, Actor, Role, Subject
from registry.domain.permissions import check, sees_internal

# So many comments has an entry at most: a flood hides what is meant.
MOST_COMMENTS = 500


class Scope(StrEnum):
    """Who reads a thread besides the ministry."""

    CITY = "city"
    INTERNAL = "internal"


class Side(StrEnum):
    CITY = "city"
    MINISTRY = "ministry"


class Saying(StrEnum):
    """What a comment does."""

    SAID = "said"
    SETTLED = "settled"
    REOPENED = "reopened"


def side_of(role: Role) -> Side:
    return Side.CITY if role in CITY_ROLES else Side.MINISTRY


def side_in(actor: Actor, version: Subject) -> Side | None:
    """For which side `actor` speaks; None for those who have no say."""
    try:
        return side_of(check(actor, Action.COMMENT, version))
    except (Forbidden, SignInRequired):
        return None


@dataclass(frozen=True, slots=True)
class Comment:
    """`position` is that of its event; `version` the number of the one it was written on. `name`
    is empty where the reader is not to know it: a city learns role and body of the ministry's
    people, by the name that the body had then."""

    position: int
    version: int
    saying: Saying
    text: str
    author_id: UUID
    name: str
    role: Role
    at: datetime
    body: Named | None = None

    @property
    def side(self) -> Side:
        return side_of(self.role)


@dataclass(frozen=True, slots=True)
class Thread:
    """`id` is the position of its first comment; `field` one of the standard's, or empty for the
    whole entry."""

    id: int
    field: str
    scope: Scope
    comments: tuple[Comment, ...]

    @property
    def opened_by(self) -> Side:
        return self.comments[0].side

    @property
    def settled(self) -> bool:
        moves = [c.saying for c in self.comments if c.saying is not Saying.SAID]
        return bool(moves) and moves[-1] is Saying.SETTLED

    @property
    def waits_for(self) -> Side | None:
        """Whose answer is due; nobody's where it is settled or internal."""
        if self.settled or self.scope is Scope.INTERNAL:
            return None
        return Side.MINISTRY if self.comments[-1].side is Side.CITY else Side.CITY

    def sayings(self, side: Side | None) -> tuple[Saying, ...]:
        """What somebody of a side can say next: only who opened it settles it."""
        if side is None:
            return ()
        if self.settled:
            return (Saying.REOPENED,)
        return (Saying.SAID, Saying.SETTLED) if side is self.opened_by else (Saying.SAID,)


@dataclass(frozen=True, slots=True)
class Reading:
    """A version in which somebody's opinion waits for another's, as far as talk must not carry
    the one to the other. `since`: when it was handed in."""

    subject: Subject
    since: datetime


def readable(
    threads: Iterable[Thread],
    actor: Actor,
    versions: Sequence[Subject],
    readings: Sequence[Reading] = (),
) -> list[Thread]:
    """The threads on an entry that `actor` may read, with what they may read of them.

    `versions` are all of it that they see, `readings` those with an opinion that waits: while
    whoever reads has given none, they read nothing of what those who have given theirs wrote
    since it was handed in, nor what was answered to it.
    """
    blind = _blind(actor, readings)
    internal = all(sees_internal(actor, version) for version in versions)
    found = []
    for thread in threads:
        if thread.scope is Scope.INTERNAL and not internal:
            continue
        if _kept(thread.comments[0], blind):
            comments = tuple(c for c in thread.comments if _kept(c, blind))
            # A city knows its own people by name, the ministry's by their role.
            shown = (
                c if internal or c.side is Side.CITY else replace(c, name="") for c in comments
            )
            found.append(replace(thread, comments=tuple(shown)))
    return found


def _blind(actor: Actor, readings: Iterable[Reading]) -> Mapping[UUID, datetime]:
    """From when on the words of each reader are kept from `actor`."""
    kept: dict[UUID, datetime] = {}
    for reading in readings:
        readers = reading.subject.reader_ids
        # The city is no reader; who settles a dispute has both opinions before them.
        city = reading.subject.city_id in actor.city_ids
        if city or reading.subject.disputed or actor.user_id in readers:
            continue
        for reader in readers:
            kept[reader] = min(reading.since, kept.get(reader, reading.since))
    return kept


def _kept(comment: Comment, blind: Mapping[UUID, datetime]) -> bool:
    since = blind.get(comment.author_id)
    return since is None or comment.at < since
