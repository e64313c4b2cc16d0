"""The ministry's desk, back room: finding a version, leading on, in whose hands an entry is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote

from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from api import i18n
from registry.domain.desk import as_met, freed, lease_ended
from registry.domain.errors import NotFound
from registry.domain.model import Action, Actor, ReviewState, Role
from registry.domain.permissions import can
from registry.domain.workflow import available
from registry.queries import entries
from registry.queries.entries import Version
from registry.queries.hands import Handing, handings
from registry.queries.readings import read_at
from registry.queries.reviewers import Reviewer, who_may_decide
from registry.queries.waiting import STATES

# By name, as pages ask for them.
HANDING = frozenset({Action.HAND_BACK.value, Action.REASSIGN.value})


@dataclass(frozen=True, slots=True)
class Tried:
    """Handing an entry on, refused: what was chosen and typed, what is wrong, why it came late."""

    action: Action
    typed: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Hands:
    """In whose hands a waiting entry is, for one reader: `holder` is named to the lead only."""

    mine: bool
    ended: bool
    until: datetime | None
    holder: str
    handings: list[Handing]
    colleagues: list[Reviewer]
    read_at: datetime | None
    may_mark: bool
    tried: Tried | None


def actions_of(actor: Actor, version: Version, now: datetime) -> tuple[Action, ...]:
    """What this person can do with it now; what a colleague's time has ended on can be taken up."""
    return available(actor, as_met(actor, version.subject, version.lease_until, now))


def hands(
    db: Session, actor: Actor, version: Version, now: datetime, tried: Tried | None = None
) -> Hands | None:
    """None for what does not wait for a decision."""
    if version.state not in STATES:
        return None
    met = as_met(actor, version.subject, version.lease_until, now)
    held = version.state is ReviewState.IN_REVIEW
    mine = held and version.reviewer_id == actor.user_id
    leads = any(m.role is Role.LEAD for m in actor.memberships)
    free = freed(version.subject)
    everybody = who_may_decide(db, free) if leads and held else []
    named = next((each.name for each in everybody if each.id == version.reviewer_id), "")
    read = read_at(db, actor, version.id)
    return Hands(
        mine=mine,
        ended=held and lease_ended(version.lease_until, now),
        until=version.lease_until,
        holder=named,
        handings=handings(db, version.use_case_code, version.number),
        colleagues=[each for each in everybody if each.id != version.reviewer_id],
        read_at=read,
        may_mark=read is None
        and can(actor, Action.CLAIM, free)
        and met.holder_id in {None, actor.user_id},
        tried=tried,
    )


def find(db: Session, actor: Actor, use_case_code: str, number: int) -> Version:
    """A submitted version. Drafts are the city's own, even before a reviewer who lives there."""
    for version in entries.versions(db, actor, use_case_code=use_case_code):
        if version.number == number and version.submitter_id is not None:
            return version
    raise NotFound


def entry_path(version: Version) -> str:
    return f"/review/{quote(version.use_case_code)}/{version.number}"


def see(path: str) -> RedirectResponse:
    return RedirectResponse(f"/{i18n.current()}{path}", HTTPStatus.SEE_OTHER)
