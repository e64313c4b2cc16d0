"""The postman: takes one mail of the outbox to the mail server, at most once.

A mail is marked `sending`, and that is committed, before the server is given its text. Whoever
finds it so was not there when its sender died: nobody knows whether it arrived, and it is not sent
again by itself. Everything before that moment may be repeated, and is.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from registry.db.engine import transaction
from registry.db.tables import Mail, MailChoice, Message, UserAccount
from registry.domain.messages import Language, MailState, MessageKind, withheld
from registry.jobs import smtp
from registry.jobs.paper import written
from registry.jobs.tools import Letter, Tools

# With the queue's waiting times about a day: as long as a mail server may be away.
TRIES = 30


class TryAgain(Exception):
    """Tells the queue that the mail still waits, and why."""


@dataclass(frozen=True, slots=True)
class _Envelope:
    to: str
    letter: Letter


def send(tools: Tools, *, message_id: str) -> None:
    """The job. What stands in the way is written down beside the mail.

    Raises TryAgain while it is worth another try.
    """
    number = UUID(message_id)
    envelope = _take_up(tools, number)
    if envelope is None:
        return
    content = _compose(tools, number, envelope)
    try:
        with smtp.addressed(tools.settings, envelope.to) as server:
            if not _move(tools, number, MailState.WAITING, MailState.SENDING):
                return
            smtp.hand_over(server, content)
    except smtp.NotNow as error:
        _not_now(tools, number, str(error))
    except smtp.Refused as error:
        _settle(tools, number, MailState.FAILED, str(error))
    except smtp.Unknown as error:
        _settle(tools, number, MailState.UNCONFIRMED, str(error))
    else:
        _settle(tools, number, MailState.SENT)


def _take_up(tools: Tools, number: UUID) -> _Envelope | None:
    """The mail, if it is to be sent; else what becomes of it is settled here."""
    with transaction(tools.sessions) as session:
        mail = session.get(Mail, number, with_for_update={"skip_locked": True})
        if mail is None or mail.state not in {MailState.WAITING, MailState.SENDING}:
            return None
        mail.changed_at = tools.clock()
        if mail.state == MailState.SENDING:
            mail.state = MailState.UNCONFIRMED.value
            mail.trouble = "the worker ended while it handed the mail over"
            return None
        message, user = session.execute(
            select(Message, UserAccount)
            .join(UserAccount, UserAccount.id == Message.user_id)
            .where(Message.id == number)
        ).one()
        kind = MessageKind(message.kind)
        reason = withheld(
            kind,
            user.email,
            closed=user.disabled_at is not None,
            switched_off=_switched_off(session, user.id, kind),
        )
        if reason is not None:
            mail.state = MailState.WITHHELD.value
            mail.trouble = reason.value
            return None
        if tools.settings.smtp_url is None:
            mail.state = MailState.NOT_CONFIGURED.value
            return None
        language = Language(user.language)
        letter = Letter(kind, message.facts, message.link, user.name, language)
        return _Envelope(user.email, letter)


def _switched_off(session: Session, user_id: UUID, kind: MessageKind) -> bool:
    choice = exists().where(MailChoice.user_id == user_id, MailChoice.kind == kind.value)
    return bool(session.scalar(select(choice)))


def _compose(tools: Tools, number: UUID, envelope: _Envelope) -> bytes:
    letter = envelope.letter
    choices = f"{tools.settings.public_url}/{letter.language}/account/messages/choices"
    more = {"List-Unsubscribe": f"<{choices}>"}
    return written(tools, envelope.to, letter, str(number), more)


def _not_now(tools: Tools, number: UUID, trouble: str) -> None:
    with transaction(tools.sessions) as session:
        mail = session.get_one(Mail, number, with_for_update=True)
        mail.attempts += 1
        mail.trouble = trouble
        mail.changed_at = tools.clock()
        last = mail.attempts >= TRIES
        mail.state = (MailState.FAILED if last else MailState.WAITING).value
    if not last:
        raise TryAgain(trouble)


def _move(tools: Tools, number: UUID, before: MailState, after: MailState) -> bool:
    """Whether the mail was in the state `before`; if so, it is now in `after` for all to see."""
    with transaction(tools.sessions) as session:
        mail = session.get_one(Mail, number, with_for_update=True)
        if mail.state != before:
            return False
        mail.state = after.value
        mail.changed_at = tools.clock()
        return True


def _settle(tools: Tools, number: UUID, state: MailState, trouble: str = "") -> None:
    with transaction(tools.sessions) as session:
        mail = session.get_one(Mail, number, with_for_update=True)
        now = tools.clock()
        mail.state = state.value
        mail.attempts += 1
        mail.trouble = trouble
        mail.changed_at = now
        mail.sent_at = now if state is MailState.SENT else None
