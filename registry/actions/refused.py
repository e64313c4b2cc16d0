"""The watchman's book: acts that were refused and matter, each in a transaction of its own.

Nobody can fill the ledger by being refused: one event per person, door and hour, and few per
person and hour at all; one per account and hour in which sign-ins failed again and again.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from registry.actions.account import FAILURE_WINDOW, FAILURES_ALLOWED
from registry.actions.act import Act
from registry.actions.ledger import Ledger
from registry.db.tables import EventRow, SignInFailure, UserAccount
from registry.domain.intake import LONGEST_ADDRESS
from registry.domain.model import Role

DENIED = "access.denied"
BURST = "sign_in.burst"
AT_MOST = 20
# So many failures at any addresses are nobody's bad memory.
FLOOD = 100
_HOUR = timedelta(hours=1)

# A kind of subject, and which one: a city's desk, a door, an account.
Subject = tuple[str, str]


def note_denial(act: Act, subject: Subject, refusal: str, door: str) -> bool:
    """Records that the person was refused something, unless that was just said; tells whether."""
    who = act.actor.user_id
    if who is None:
        return False
    held = {m.role for m in act.actor.memberships}
    role = next((role.value for role in Role if role in held), "none")
    payload = {"refusal": refusal, "door": door}
    return _note(act, DENIED, role, subject, payload, lambda: _said_enough(act, who, subject))


def note_burst(act: Act, email: str) -> bool:
    """Records that sign-ins keep failing: at one account, or at addresses that have none."""
    address = email.strip().lower()
    if "\0" in address or len(address) > LONGEST_ADDRESS:
        return False
    session, since = act.session, act.clock() - FAILURE_WINDOW
    everywhere, here = session.execute(
        select(func.count(), func.count().filter(SignInFailure.email == address)).where(
            SignInFailure.at > since
        )
    ).one()
    user = session.scalar(select(UserAccount.id).where(UserAccount.email == address))
    if user is not None and here >= FAILURES_ALLOWED:
        subject, failures = ("user", str(user)), here
    elif everywhere >= FLOOD:
        subject, failures = ("door", "/sign-in"), everywhere
    else:
        return False
    minutes = int(FAILURE_WINDOW.total_seconds()) // 60
    payload = {"failures": failures, "minutes": minutes}
    return _note(act, BURST, "public", subject, payload, lambda: _said(act, subject))


def city_of(act: Act, code: str) -> str | None:
    """The city of this code, or the one whose use case has it."""
    found: str | None = act.session.scalar(
        text("""
            SELECT code FROM city WHERE code = :code
            UNION ALL
            SELECT city.code FROM use_case JOIN city ON city.id = use_case.city_id
            WHERE use_case.code = :code
            LIMIT 1
        """),
        {"code": code},
    )
    return found


def _note(
    act: Act,
    kind: str,
    role: str,
    subject: Subject,
    payload: dict[str, Any],
    enough: Callable[[], bool],
) -> bool:
    # Asked before, so that nobody waits for the ledger in vain, and again while it is held.
    if enough():
        return False
    ledger = Ledger(act)
    if enough():
        return False
    ledger.append(kind, role, *subject, payload)
    return True


def _said_enough(act: Act, who: UUID, subject: Subject) -> bool:
    so_far, of_this = act.session.execute(
        select(
            func.count(),
            func.count().filter(
                EventRow.subject_type == subject[0], EventRow.subject_id == subject[1]
            ),
        ).where(
            EventRow.kind == DENIED,
            EventRow.actor_id == who,
            EventRow.recorded_at > act.clock() - _HOUR,
        )
    ).one()
    return of_this > 0 or so_far >= AT_MOST


def _said(act: Act, subject: Subject) -> bool:
    return bool(
        act.session.scalar(
            select(func.count()).where(
                EventRow.kind == BURST,
                EventRow.subject_type == subject[0],
                EventRow.subject_id == subject[1],
                EventRow.recorded_at > act.clock() - _HOUR,
            )
        )
    )
