"""Accounts: who may sign in, with which roles; signing in and out."""

import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID, uuid4

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from registry.actions.act import Act
from registry.actions.ledger import Ledger
from registry.actions.letting_go import let_go
from registry.db.tables import (
    AccountKey,
    City,
    MembershipRow,
    SignInFailure,
    UserAccount,
    WebSession,
)
from registry.domain.errors import (
    FieldProblem,
    InvalidInput,
    NotFound,
    RegistryError,
    SignInFailed,
    TooManyAttempts,
)
from registry.domain.intake import LONGEST_ADDRESS
from registry.domain.model import CITY_ROLES, REGISTER, Action, Role
from registry.domain.permissions import check
from registry.queries.members import recorded_roles

SHORTEST_PASSWORD = 12
# Known to everybody who reads the README: good for demo accounts and nothing else.
DEMO_PASSWORD = "thu-nghiem-699"  # noqa: S105 - not a secret
FAILURES_ALLOWED = 10
FAILURE_WINDOW = timedelta(minutes=15)
# From all networks together.
FAILURES_ALLOWED_EVERYWHERE = 50


# Each hashing takes 64 MB: a flood of sign-ins waits here instead of filling the memory.
_HASHING = threading.BoundedSemaphore(4)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe())


def create_user(
    act: Act, email: str, name: str, password: str, *, is_demo: bool = False
) -> UserAccount:
    """Opens an account. Raises InvalidInput for a taken address or a short password."""
    role = check(act.actor, Action.MANAGE_USERS, REGISTER)
    address = email.strip().lower()
    problems = [] if is_demo else password_problems(password, "/password")
    if "@" not in address or not name.strip():
        problems.append(FieldProblem("/email" if name.strip() else "/name", "required"))
    ledger = Ledger(act)
    if act.session.scalar(select(UserAccount.id).where(UserAccount.email == address)):
        problems.append(FieldProblem("/email", "taken"))
    if problems:
        raise InvalidInput(problems)
    user = UserAccount(
        id=uuid4(),
        email=address,
        name=name.strip(),
        password_hash=_hasher().hash(password),
        is_demo=is_demo,
        created_at=act.clock(),
    )
    act.session.add(user)
    act.session.flush()
    ledger.append("user.created", role, "user", user.id, {"is_demo": is_demo})
    return user


def grant(act: Act, email: str, role: Role, city_code: str | None = None) -> None:
    """Gives a role; city roles name their city, the others none. Granting twice changes nothing."""
    own_role = check(act.actor, Action.MANAGE_USERS, REGISTER)
    if (role in CITY_ROLES) != (city_code is not None):
        raise InvalidInput([FieldProblem("/city_code", "role_and_city")])
    ledger = Ledger(act)
    user = act.session.scalar(select(UserAccount).where(UserAccount.email == email.strip().lower()))
    city = None
    if city_code is not None:
        city = act.session.scalar(select(City).where(City.code == city_code))
    if user is None or (city_code is not None and city is None):
        raise NotFound
    city_id = None if city is None else city.id
    held = act.session.scalar(
        select(MembershipRow.id).where(
            MembershipRow.user_id == user.id,
            MembershipRow.role == role.value,
            MembershipRow.city_id.is_not_distinct_from(city_id),
        )
    )
    if held is not None:
        return
    before = recorded_roles(act.session, user.id)
    act.session.add(MembershipRow(user_id=user.id, role=role.value, city_id=city_id))
    act.session.flush()
    payload = {
        "role": role.value,
        "city": city_code,
        "before": before,
        "after": recorded_roles(act.session, user.id),
    }
    ledger.append("membership.granted", own_role, "user", user.id, payload)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a sign-in comes from: the browser's own words, and its network."""

    agent: str = ""
    network: str = ""


def sign_in(
    session: Session,
    email: str,
    password: str,
    now: datetime,
    lasts: timedelta,
    origin: Origin = Origin(),
) -> str | RegistryError:
    """A session token, or the refusal as a value: the failed attempt must be committed too."""
    # The database takes no NUL; no account has one in its address.
    address = email.strip().lower().replace("\0", "\N{REPLACEMENT CHARACTER}")
    if len(address) > LONGEST_ADDRESS:
        return SignInFailed()
    # Locked: else a password changed meanwhile would leave behind a session opened with the old
    # one, and guesses made at the same time would not count each other.
    user = session.scalar(
        select(UserAccount)
        .where(UserAccount.email == address, UserAccount.disabled_at.is_(None))
        .with_for_update(key_share=True)
    )
    if _guessed_too_often(session, address, origin.network, None if user is None else user.id, now):
        return TooManyAttempts()
    # An unknown address costs the same time as a known one.
    stored = _nobodys_hash() if user is None else user.password_hash
    if not _matches(stored, password) or user is None:
        session.add(SignInFailure(email=address, network=origin.network, at=now))
        session.flush()
        return SignInFailed()
    if _hasher().check_needs_rehash(stored):
        user.password_hash = _hasher().hash(password)
    # Guesses of others are not forgiven because the owner came.
    own = (SignInFailure.email == address, SignInFailure.network == origin.network)
    session.execute(delete(SignInFailure).where(*own))
    token = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            token_hash=token_hash(token),
            user_id=user.id,
            created_at=now,
            expires_at=now + lasts,
            agent=origin.agent[:200],
            network=origin.network,
        )
    )
    session.flush()
    return token


def _guessed_too_often(
    session: Session, address: str, network: str, user_id: UUID | None, now: datetime
) -> bool:
    """Whether this network may not try this address for a while.

    Ten failures from one network close the address to that network only. What many networks
    together may try closes it to all but those in which its owner is signed in.
    """
    everywhere, here = session.execute(
        select(func.count(), func.count().filter(SignInFailure.network == network)).where(
            SignInFailure.email == address, SignInFailure.at > now - FAILURE_WINDOW
        )
    ).one()
    if here >= FAILURES_ALLOWED:
        return True
    if everywhere < FAILURES_ALLOWED_EVERYWHERE:
        return False
    known = exists().where(
        WebSession.user_id == user_id, WebSession.network == network, WebSession.expires_at > now
    )
    return not session.scalar(select(known))


def tidy(session: Session, now: datetime) -> None:
    """Forgets what is over: failed sign-ins of the day before, sessions and keys."""
    session.execute(delete(SignInFailure).where(SignInFailure.at <= now - timedelta(days=1)))
    session.execute(delete(WebSession).where(WebSession.expires_at <= now))
    session.execute(delete(AccountKey).where(AccountKey.expires_at <= now))


def end_session(session: Session, user_id: UUID, session_id: UUID) -> None:
    """Ends one of a person's own sessions. Raises NotFound for any other."""
    ended = session.execute(
        delete(WebSession)
        .where(WebSession.id == session_id, WebSession.user_id == user_id)
        .returning(WebSession.id)
    ).one_or_none()
    if ended is None:
        raise NotFound


def sign_out(session: Session, token: str) -> None:
    session.execute(delete(WebSession).where(WebSession.token_hash == token_hash(token)))


def sign_out_everywhere(session: Session, user_id: UUID) -> None:
    session.execute(delete(WebSession).where(WebSession.user_id == user_id))


def change_password(session: Session, user_id: UUID, old: str, new: str) -> None:
    """Sets a new password and ends all sessions. Raises InvalidInput naming the field."""
    user = session.get(UserAccount, user_id, with_for_update=True)
    if user is None:
        raise NotFound
    problems = password_problems(new, "/new")
    if not _matches(user.password_hash, old):
        problems.insert(0, FieldProblem("/old", "wrong_password"))
    if problems:
        raise InvalidInput(problems)
    user.password_hash = _hasher().hash(new)
    sign_out_everywhere(session, user_id)
    session.flush()


def close_demo_accounts(act: Act) -> int:
    """Disables every demo account and ends its sessions; returns how many there were."""
    role = check(act.actor, Action.MANAGE_USERS, REGISTER)
    ledger = Ledger(act)
    open_demo = act.session.scalars(
        select(UserAccount).where(UserAccount.is_demo, UserAccount.disabled_at.is_(None))
    ).all()
    for user in open_demo:
        user.disabled_at = act.clock()
        sign_out_everywhere(act.session, user.id)
        ledger.append(
            "user.disabled",
            role,
            "user",
            user.id,
            {"is_demo": True, "before": "open", "after": "closed"},
        )
        let_go(act, ledger, role.value, user.id)
    return len(open_demo)


def hash_password(password: str) -> str:
    with _HASHING:
        return _hasher().hash(password)


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _matches(stored: str, password: str) -> bool:
    try:
        with _HASHING:
            return _hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def password_problems(password: str, pointer: str) -> list[FieldProblem]:
    if password == DEMO_PASSWORD:
        return [FieldProblem(pointer, "password_known")]
    if len(password) < SHORTEST_PASSWORD:
        return [FieldProblem(pointer, "password_short", {"min_length": str(SHORTEST_PASSWORD)})]
    return []
