"""What people are told: the kinds of message, what each must say, and who may be sent mail."""

import re
from enum import StrEnum


class Language(StrEnum):
    """In which the register speaks to people."""

    VI = "vi"
    EN = "en"


class MessageKind(StrEnum):
    RETURNED = "returned"
    REJECTED = "rejected"
    APPROVED = "approved"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    REINSTATED = "reinstated"
    DEADLINE = "deadline"
    MENTION = "mention"
    SPREADSHEET_DONE = "spreadsheet_done"
    LINK_BROKEN = "link_broken"
    COMMENT = "comment"
    DIFFERENCE = "difference"
    ERROR_FORWARDED = "error_forwarded"
    ERROR_ANSWERED = "error_answered"
    ERROR_DUE = "error_due"


class KeyPurpose(StrEnum):
    """What a key to an account is for."""

    INVITATION = "invitation"
    RESET = "reset"


class MailState(StrEnum):
    WAITING = "waiting"
    # Handed to the mail server at this moment, or at the moment at which a worker died.
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    # The mail server may or may not have taken it: never sent again by itself.
    UNCONFIRMED = "unconfirmed"
    WITHHELD = "withheld"
    NOT_CONFIGURED = "not_configured"


# Somebody has to look at these, and may have them sent (again).
TROUBLED = frozenset({MailState.FAILED, MailState.UNCONFIRMED, MailState.NOT_CONFIGURED})


class Withheld(StrEnum):
    """Why a message is shown in the list only."""

    RESERVED_ADDRESS = "reserved_address"
    UNUSABLE_ADDRESS = "unusable_address"
    SWITCHED_OFF = "switched_off"
    ACCOUNT_CLOSED = "account_closed"


# A decision against an application binds the city whether or not somebody likes mail.
MANDATORY = frozenset(
    {MessageKind.RETURNED, MessageKind.REJECTED, MessageKind.SUSPENDED, MessageKind.REVOKED}
)

_USE_CASE = frozenset({"city_vi", "city_en", "use_case", "title_vi", "title_en"})
# Of a report about a city itself, `use_case` is empty and the title is the city's name.
_REPORT = _USE_CASE
_DECISION = _USE_CASE | {"version", "reason", "effective_from"}

# What the words of each kind are made of; `effective_from`, `due_on` are ISO days or null.
FACTS: dict[MessageKind, frozenset[str]] = {
    MessageKind.RETURNED: _DECISION,
    MessageKind.REJECTED: _DECISION,
    MessageKind.APPROVED: _DECISION,
    MessageKind.SUSPENDED: _DECISION,
    MessageKind.REVOKED: _DECISION,
    MessageKind.REINSTATED: _DECISION,
    MessageKind.DEADLINE: _USE_CASE | {"due_on"},
    MessageKind.MENTION: _USE_CASE | {"version", "by", "note"},
    MessageKind.SPREADSHEET_DONE: frozenset({"city_vi", "city_en", "name", "accepted", "refused"}),
    MessageKind.LINK_BROKEN: _USE_CASE | {"url", "answer"},
    MessageKind.COMMENT: _USE_CASE | {"version", "field", "text"},
    MessageKind.DIFFERENCE: _USE_CASE | {"version"},
    # `again`: the city's answer was sent back, and `text` says what it lacks.
    MessageKind.ERROR_FORWARDED: _REPORT | {"due_on", "text", "again"},
    MessageKind.ERROR_ANSWERED: _REPORT | {"text"},
    MessageKind.ERROR_DUE: _REPORT | {"due_on"},
}

# RFC 2606 and 6761: names that belong to nobody, for examples and tests. Mail sent there goes
# astray at best.
_RESERVED = ("test", "example", "invalid", "localhost", "example.com", "example.net", "example.org")

# Of what RFC 5321 allows, what every mail server takes as it is: nothing quoted, ASCII only.
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
)


def reserved_address(email: str) -> bool:
    domain = email.rpartition("@")[2].rstrip(".").lower()
    return any(domain == name or domain.endswith(f".{name}") for name in _RESERVED)


def sendable(email: str) -> bool:
    """Whether every mail server takes the address as it is."""
    return _ADDRESS.fullmatch(email) is not None


def withheld(kind: MessageKind, email: str, *, closed: bool, switched_off: bool) -> Withheld | None:
    """Why no mail is sent, or None where one is."""
    if closed:
        return Withheld.ACCOUNT_CLOSED
    if reserved_address(email):
        return Withheld.RESERVED_ADDRESS
    if not sendable(email):
        return Withheld.UNUSABLE_ADDRESS
    if switched_off and kind not in MANDATORY:
        return Withheld.SWITCHED_OFF
    return None
