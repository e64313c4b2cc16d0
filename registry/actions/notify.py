"""Telling people: a message in their list and a mail in the outbox, in the teller's transaction."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID, uuid4

from procrastinate.types import JSONValue
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from registry.actions import later
from registry.actions.act import Act
from registry.db.tables import Mail, MailChoice, Message, UserAccount
from registry.domain.errors import NotFound
from registry.domain.messages import (
    FACTS,
    MANDATORY,
    TROUBLED,
    Language,
    MailState,
    MessageKind,
)
from registry.domain.model import REGISTER, Action
from registry.domain.permissions import check
from registry.queries.addressees import city_people, entry

_OF_DECISION = {
    Action.RETURN: MessageKind.RETURNED,
    Action.REJECT: MessageKind.REJECTED,
    Action.APPROVE: MessageKind.APPROVED,
    Action.SUSPEND: MessageKind.SUSPENDED,
    Action.REVOKE: MessageKind.REVOKED,
    Action.REINSTATE: MessageKind.REINSTATED,
}


def tell(
    act: Act, kind: MessageKind, to: Collection[UUID], *, link: str, **facts: JSONValue
) -> None:
    """Tells each of these people, once; closed accounts hear nothing.

    `facts` are those of `FACTS[kind]`, of which the words are made when they are read, in the
    reader's language. `link` is a page's address without its language ("/desk/46").
    """
    if facts.keys() != FACTS[kind]:
        raise ValueError(f"{kind} is told with {sorted(FACTS[kind])}, not {sorted(facts)}")
    now = act.clock()
    people = act.session.scalars(
        select(UserAccount.id)
        .where(UserAccount.id.in_(to), UserAccount.disabled_at.is_(None))
        .order_by(UserAccount.id)
    ).all()
    for user_id in people:
        message_id = uuid4()
        act.session.add(
            Message(
                id=message_id,
                user_id=user_id,
                kind=kind.value,
                facts=facts,
                link=link,
                created_at=now,
            )
        )
        act.session.flush()
        act.session.add(Mail(message_id=message_id, state=MailState.WAITING.value, changed_at=now))
        put_in_post(act.session, message_id)
    act.session.flush()


def put_in_post(session: Session, message_id: UUID) -> None:
    later.defer(session, "mail.send", lock=f"mail:{message_id}", message_id=str(message_id))


def send_again(act: Act, message_id: UUID) -> None:
    """Somebody decided that a mail in trouble is to go out (again). Raises NotFound."""
    check(act.actor, Action.MANAGE_USERS, REGISTER)
    mail = act.session.get(Mail, message_id, with_for_update=True)
    if mail is None or mail.state not in TROUBLED:
        raise NotFound
    mail.state = MailState.WAITING.value
    mail.attempts = 0
    act.session.flush()
    put_in_post(act.session, message_id)


def tell_of_decision(
    act: Act, version_id: UUID, action: Action, reason: str, effective_from: date | None
) -> None:
    """The people of the city hear of a decision on their entry, with its reason in full."""
    about = entry(act.session, version_id, act.clock())
    tell(
        act,
        _OF_DECISION[action],
        city_people(act.session, about.city_id),
        link=about.link,
        city_vi=about.city_vi,
        city_en=about.city_en,
        use_case=about.use_case,
        version=about.version,
        title_vi=about.title_vi,
        title_en=about.title_en,
        reason=reason,
        effective_from=None if effective_from is None else effective_from.isoformat(),
    )


def mark_read(session: Session, user_id: UUID, now: datetime, message_id: UUID) -> str:
    """Marks one's own message as read, and gives the page it is about. Raises NotFound."""
    link = session.scalar(
        select(Message.link).where(Message.id == message_id, Message.user_id == user_id)
    )
    if link is None:
        raise NotFound
    _read(session, user_id, now, message_id)
    return link


def mark_all_read(session: Session, user_id: UUID, now: datetime) -> None:
    _read(session, user_id, now)


def choose(
    session: Session, user_id: UUID, language: Language, off: Collection[MessageKind]
) -> None:
    """Which mails a person wants, and in which language; the mandatory ones come regardless."""
    session.execute(
        update(UserAccount).where(UserAccount.id == user_id).values(language=language.value)
    )
    session.execute(delete(MailChoice).where(MailChoice.user_id == user_id))
    session.add_all(
        MailChoice(user_id=user_id, kind=kind.value) for kind in sorted(set(off) - MANDATORY)
    )
    session.flush()


def _read(session: Session, user_id: UUID, now: datetime, message_id: UUID | None = None) -> None:
    unread = update(Message).where(Message.user_id == user_id, Message.read_at.is_(None))
    if message_id is not None:
        unread = unread.where(Message.id == message_id)
    session.execute(unread.values(read_at=now))
