"""The personnel office: inviting people, their roles, closing accounts; keys that set a password.

A key is a secret sent to the owner of an address; whoever holds it sets the account's password,
once and before it expires. Only its SHA-256 is kept. Every act here leaves an event that the
public reads without person or payload.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from registry.actions import later
from registry.actions.account import (
    hash_password,
    password_problems,
    sign_out_everywhere,
    token_hash,
)
from registry.actions.act import Act
from registry.actions.ledger import Ledger
from registry.actions.letting_go import let_go
from registry.db.tables import AccountKey, City, MembershipRow, SignInFailure, UserAccount
from registry.domain.errors import FieldProblem, InvalidInput, NotFound, WrongState
from registry.domain.intake import LONGEST_ADDRESS, InvitationDraft, RoleDraft
from registry.domain.messages import KeyPurpose
from registry.domain.model import CITY_ROLES, REGISTER, Action, Role
from registry.domain.permissions import check
from registry.queries.members import recorded_roles

VALID: dict[KeyPurpose, timedelta] = {
    KeyPurpose.INVITATION: timedelta(days=7),
    KeyPurpose.RESET: timedelta(hours=1),
}
# Of an account that has no password yet; no password matches it.
NO_PASSWORD = "!"  # noqa: S105 - not a secret


def invite(act: Act, draft: InvitationDraft) -> UserAccount:
    """Opens an account with one role and sends its owner a key. Raises InvalidInput."""
    role = check(act.actor, Action.MANAGE_USERS, REGISTER)
    ledger = Ledger(act)
    address = draft.email.lower()
    city = _city(act.session, draft.role, draft.city_code)
    if act.session.scalar(select(exists().where(UserAccount.email == address))):
        raise InvalidInput([FieldProblem("/email", "taken")])
    user = UserAccount(
        id=uuid4(),
        email=address,
        name=draft.name,
        password_hash=NO_PASSWORD,
        is_demo=False,
        language=draft.language.value,
        created_at=act.clock(),
    )
    act.session.add(user)
    act.session.flush()
    ledger.append("user.invited", role, "user", user.id, {})
    _give(act, ledger, role, user.id, draft.role, city)
    _send_key(act.session, user.id, KeyPurpose.INVITATION)
    return user


def invite_again(act: Act, user_id: UUID) -> None:
    """Sends a new key; the ones before are void. Raises WrongState where a password is set."""
    check(act.actor, Action.MANAGE_USERS, REGISTER)
    user = account_of(act.session, user_id)
    if user.password_hash != NO_PASSWORD or user.disabled_at is not None:
        raise WrongState
    _send_key(act.session, user.id, KeyPurpose.INVITATION)


def hand_key(act: Act, user_id: UUID) -> tuple[str, KeyPurpose]:
    """A key for the administrator to pass on; that one was made is on record.

    Raises WrongState for a closed account.
    """
    role = check(act.actor, Action.MANAGE_USERS, REGISTER)
    ledger = Ledger(act)
    user = account_of(act.session, user_id)
    if user.disabled_at is not None:
        raise WrongState
    invited = user.password_hash == NO_PASSWORD
    purpose = KeyPurpose.INVITATION if invited else KeyPurpose.RESET
    ledger.append("user.key_made", role, "user", user.id, {"purpose": purpose.value})
    return new_key(act.session, user.id, purpose, act.clock()), purpose


def ask_for_reset(session: Session, email: str, now: datetime) -> None:
    """Sends the owner of the address a key, if there is an account; says neither way.

    A second key is not sent while one sent minutes ago is still good.
    """
    address = email.strip().lower().replace("\0", "")
    if not address or len(address) > LONGEST_ADDRESS:
        return
    user = session.scalar(
        select(UserAccount).where(
            UserAccount.email == address,
            UserAccount.disabled_at.is_(None),
            UserAccount.is_demo.is_(False),
        )
    )
    if user is None:
        return
    waiting = exists().where(
        AccountKey.user_id == user.id,
        AccountKey.purpose == KeyPurpose.RESET.value,
        AccountKey.created_at > now - _PATIENCE,
    )
    if not session.scalar(select(waiting)):
        _send_key(session, user.id, KeyPurpose.RESET)


def new_key(session: Session, user_id: UUID, purpose: KeyPurpose, now: datetime) -> str:
    """A key for an account; earlier ones for the same purpose are void. It is shown only here."""
    session.execute(
        delete(AccountKey).where(AccountKey.user_id == user_id, AccountKey.purpose == purpose.value)
    )
    token = secrets.token_urlsafe(32)
    session.add(
        AccountKey(
            token_hash=token_hash(token),
            user_id=user_id,
            purpose=purpose.value,
            created_at=now,
            expires_at=now + VALID[purpose],
        )
    )
    session.flush()
    return token


def owner_of_key(session: Session, token: str, now: datetime) -> UserAccount:
    """Whose key it is. Raises NotFound for one that is unknown, used, or no longer valid."""
    user = session.scalar(
        select(UserAccount)
        .join(AccountKey, AccountKey.user_id == UserAccount.id)
        .where(
            AccountKey.token_hash == token_hash(token),
            AccountKey.expires_at > now,
            UserAccount.disabled_at.is_(None),
        )
    )
    if user is None:
        raise NotFound
    return user


def use_key(act: Act, token: str, password: str) -> UserAccount:
    """Sets the account's password and ends its sessions; the key and its like are void.

    Raises NotFound for a key that is not good, InvalidInput for a password that is not.
    """
    owner = owner_of_key(act.session, token, act.clock())
    problems = password_problems(password, "/new")
    if problems:
        raise InvalidInput(problems)
    # Slow on purpose, so before others have to wait for the ledger.
    hashed = hash_password(password)
    ledger = Ledger(act)
    user = account_of(act.session, owner.id)
    # Locked only now: of two who use the same key at once, the second finds it gone.
    owner_of_key(act.session, token, act.clock())
    user.password_hash = hashed
    act.session.execute(delete(AccountKey).where(AccountKey.user_id == user.id))
    act.session.execute(delete(SignInFailure).where(SignInFailure.email == user.email))
    sign_out_everywhere(act.session, user.id)
    ledger.append("user.password_set", "", "user", user.id, {})
    return user


def give_role(act: Act, user_id: UUID, draft: RoleDraft) -> None:
    """Gives a role; one that is held already changes nothing. Raises InvalidInput."""
    role = check(act.actor, Action.MANAGE_USERS, REGISTER)
    ledger = Ledger(act)
    user = account_of(act.session, user_id)
    city = _city(act.session, draft.role, draft.city_code)
    held = _membership(act.session, user.id, draft.role, city)
    if held is None:
        _give(act, ledger, role, user.id, draft.role, city)


def take_role(act: Act, user_id: UUID, draft: RoleDraft) -> None:
    """Takes a role away and ends the person's sessions; what they wrote stays with its city.

    Raises WrongState for the last administrator's.
    """
    role = check(act.actor, Action.MANAGE_USERS, REGISTER)
    ledger = Ledger(act)
    user = account_of(act.session, user_id)
    city = _city(act.session, draft.role, draft.city_code)
    held = _membership(act.session, user.id, draft.role, city)
    if held is None:
        return
    if draft.role is Role.ADMINISTRATOR:
        not_the_last(act.session, user.id)
    before = recorded_roles(act.session, user.id)
    act.session.delete(held)
    sign_out_everywhere(act.session, user.id)
    after = recorded_roles(act.session, user.id)
    ledger.append(
        "membership.revoked",
        role,
        "user",
        user.id,
        {**_recorded(draft.role, city), "before": before, "after": after},
    )
    if not any(each["role"] in _REVIEWING for each in after):
        let_go(act, ledger, role.value, user.id)


def close(act: Act, user_id: UUID) -> None:
    """Closes an account and ends its sessions; what it has in review goes back to the queue.

    Raises WrongState for the last administrator's.
    """
    role = check(act.actor, Action.MANAGE_USERS, REGISTER)
    ledger = Ledger(act)
    user = account_of(act.session, user_id)
    if user.disabled_at is not None:
        return
    not_the_last(act.session, user.id)
    user.disabled_at = act.clock()
    act.session.execute(delete(AccountKey).where(AccountKey.user_id == user.id))
    sign_out_everywhere(act.session, user.id)
    closed = {"is_demo": user.is_demo, "before": "open", "after": "closed"}
    ledger.append("user.disabled", role, "user", user.id, closed)
    let_go(act, ledger, role.value, user.id)


def reopen(act: Act, user_id: UUID) -> None:
    """Opens a closed account again, with the password and roles it had."""
    role = check(act.actor, Action.MANAGE_USERS, REGISTER)
    ledger = Ledger(act)
    user = account_of(act.session, user_id)
    if user.disabled_at is None:
        return
    user.disabled_at = None
    opened = {"before": "closed", "after": "open"}
    ledger.append("user.enabled", role, "user", user.id, opened)


_PATIENCE = timedelta(minutes=10)
# Who has something in review holds one of these.
_REVIEWING = {Role.REVIEWER, Role.LEAD}


def _send_key(session: Session, user_id: UUID, purpose: KeyPurpose) -> None:
    """The worker makes the key as it writes the mail: it is never kept anywhere in clear."""
    name = f"key:{purpose}:{user_id}"
    later.defer(
        session,
        "account.key",
        lock=name,
        queueing_lock=name,
        user_id=str(user_id),
        purpose=purpose.value,
    )


def account_of(session: Session, user_id: UUID) -> UserAccount:
    user = session.get(UserAccount, user_id, with_for_update=True)
    if user is None:
        raise NotFound
    return user


def _city(session: Session, role: Role, code: str) -> City | None:
    """The city that a role names. Raises InvalidInput where one is missing or too much."""
    if (role in CITY_ROLES) != bool(code):
        raise InvalidInput([FieldProblem("/city_code", "role_and_city")])
    if not code:
        return None
    return city_named(session, code)


def city_named(session: Session, code: str) -> City:
    """Raises InvalidInput for a code that names no city."""
    city = session.scalar(select(City).where(City.code == code))
    if city is None:
        raise InvalidInput([FieldProblem("/city_code", "unknown_choice")])
    return city


def _membership(
    session: Session, user_id: UUID, role: Role, city: City | None
) -> MembershipRow | None:
    return session.scalar(
        select(MembershipRow).where(
            MembershipRow.user_id == user_id,
            MembershipRow.role == role.value,
            MembershipRow.city_id.is_not_distinct_from(None if city is None else city.id),
        )
    )


def _give(act: Act, ledger: Ledger, by: str, user_id: UUID, role: Role, city: City | None) -> None:
    before = recorded_roles(act.session, user_id)
    act.session.add(
        MembershipRow(user_id=user_id, role=role.value, city_id=None if city is None else city.id)
    )
    act.session.flush()
    after = recorded_roles(act.session, user_id)
    payload = {**_recorded(role, city), "before": before, "after": after}
    ledger.append("membership.granted", by, "user", user_id, payload)


def _recorded(role: Role, city: City | None) -> dict[str, str | None]:
    return {"role": role.value, "city": None if city is None else city.code}


def not_the_last(session: Session, user_id: UUID) -> None:
    """Somebody must be left who can let others in."""
    others = session.scalar(
        select(func.count())
        .select_from(MembershipRow)
        .join(UserAccount, UserAccount.id == MembershipRow.user_id)
        .where(
            MembershipRow.role == Role.ADMINISTRATOR.value,
            MembershipRow.user_id != user_id,
            UserAccount.disabled_at.is_(None),
        )
    )
    own = _membership(session, user_id, Role.ADMINISTRATOR, None)
    if own is not None and not others:
        raise WrongState
