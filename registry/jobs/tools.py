"""What every job is given to work with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from registry.actions.act import Clock
from registry.domain.error_reports import ReportState
from registry.domain.messages import KeyPurpose, Language, MessageKind
from registry.settings import Settings


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be said, to whom, in which language."""

    kind: MessageKind
    facts: dict[str, Any]
    link: str
    name: str
    language: Language


@dataclass(frozen=True, slots=True)
class KeyLetter:
    """A key to an account, for the owner of its address. `link` holds the key."""

    purpose: KeyPurpose
    link: str
    name: str
    language: Language
    good_until: datetime


@dataclass(frozen=True, slots=True)
class ReportLetter:
    """To whoever reported an error, of whom nothing but an address is known: how it stands.
    `link` holds the code of the report; `again`: the city is asked for another answer."""

    state: ReportState
    link: str
    name: str
    language: Language
    title_vi: str
    title_en: str
    due_on: date | None
    again: bool


AnyLetter = Letter | KeyLetter | ReportLetter


@dataclass(frozen=True, slots=True)
class Wording:
    """A letter put into words, twice: once for programs that show no HTML."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Tools:
    """A job opens its own transactions: what it has committed stays done when it is run again.

    `word` comes from above: templates and catalogues are not the registry's.
    """

    sessions: sessionmaker[Session]
    clock: Clock
    settings: Settings
    word: Callable[[AnyLetter], Wording]
