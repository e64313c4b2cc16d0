"""The record of a decision: its number, what it rests on, and the answer to each criterion.

Kept whole with the decision, in the words of its day: a body renamed or a code list changed later
leaves it as it was. The ledger holds the record's hash.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from registry.domain.counting import RULE, RULE_TEXT
from registry.domain.ledger import content_hash
from registry.domain.model import Action

# The rule's text begins with a sentence that is no criterion.
CRITERIA = range(1, len(RULE_TEXT["vi"]))
# The reviewer's confirmation that AI is used is the answer to this one.
AI_IS_USED = 3

_SLUG = re.compile(r"([0-9]{4})-([0-9]{6,9})")


class Mark(StrEnum):
    """What the register itself finds of a criterion."""

    FOUND = "found"
    MISSING = "missing"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True)
class Number:
    """Of all decisions of a year in Viet Nam, counted from 1 without gaps."""

    year: int
    serial: int

    def __str__(self) -> str:
        return f"QĐ-AI/{self.year}/{self.serial:06}"

    @property
    def slug(self) -> str:
        """As it stands in an address."""
        return f"{self.year}-{self.serial:06}"

    @classmethod
    def of_slug(cls, slug: str) -> Self | None:
        """None for what is no number, or not written as `slug` writes it."""
        match = _SLUG.fullmatch(slug)
        found = None if match is None else cls(int(match[1]), int(match[2]))
        return found if found is not None and found.slug == slug else None


@dataclass(frozen=True, slots=True)
class Named:
    """Words of the day, in both languages."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of the code list, as it was worded then."""

    code: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Of one criterion what the register found, what the reviewer judged (None: as found), why."""

    criterion: int
    found: Mark
    met: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """What the city should put right in one field."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one reader says of a version: the whole of a decision, in the words of its day."""

    action: Action
    reason: str
    ai_confirmed: bool
    effective_from: date | None
    reasons: tuple[Reason, ...]
    checklist: tuple[Answer, ...]
    comments: tuple[Comment, ...]

    def as_json(self) -> dict[str, Any]:
        """As it is stored and hashed; `read` is the inverse."""
        return {
            "action": self.action.value,
            "reason": self.reason,
            "ai_confirmed": self.ai_confirmed,
            "effective_from": None
            if self.effective_from is None
            else self.effective_from.isoformat(),
            **_words_as_json(self),
        }

    @property
    def sha256(self) -> str:
        return content_hash(self.as_json()).hex()

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Self:
        day = stored["effective_from"]
        return cls(
            action=Action(stored["action"]),
            reason=stored["reason"],
            ai_confirmed=stored["ai_confirmed"],
            effective_from=None if day is None else date.fromisoformat(day),
            **_read_words(stored),
        )


@dataclass(frozen=True, slots=True)
class Record:
    """Everything a decision is answered for with, besides its own words.

    `opinions` are those of the first and the second reader, where there were two; `settled` says
    that they differed and the lead decided.
    """

    number: Number
    body: Named | None
    bases: tuple[Named, ...]
    reasons: tuple[Reason, ...]
    checklist: tuple[Answer, ...]
    comments: tuple[Comment, ...]
    rule: str = RULE
    opinions: tuple[Opinion, ...] = ()
    settled: bool = False

    def as_json(self) -> dict[str, Any]:
        """As it is stored and hashed; `read` is the inverse."""
        alone: dict[str, Any] = {
            "number": str(self.number),
            "rule": self.rule,
            "body": None if self.body is None else asdict(self.body),
            "legal_bases": [asdict(basis) for basis in self.bases],
            **_words_as_json(self),
        }
        if not self.opinions:
            return alone
        return alone | {
            "opinions": [opinion.as_json() for opinion in self.opinions],
            "settled_difference": self.settled,
        }

    def by_field(self) -> dict[str, list[str]]:
        """What was said of each field."""
        found: dict[str, list[str]] = {}
        for comment in self.comments:
            found.setdefault(comment.field, []).append(comment.text)
        return found

    @property
    def sha256(self) -> str:
        return content_hash(self.as_json()).hex()

    @classmethod
    def read(cls, number: Number, stored: dict[str, Any]) -> Self:
        return cls(
            number=number,
            rule=stored["rule"],
            body=None if stored["body"] is None else Named(**stored["body"]),
            bases=tuple(Named(**basis) for basis in stored["legal_bases"]),
            opinions=tuple(Opinion.read(opinion) for opinion in stored.get("opinions", ())),
            settled=stored.get("settled_difference", False),
            **_read_words(stored),
        )


def checklist(
    marks: Sequence[Mark], judged: Mapping[int, tuple[bool | None, str]]
) -> tuple[Answer, ...]:
    """Every criterion of the rule once: what was found, and what the reviewer said of it, if
    anything."""
    return tuple(
        Answer(n, mark, *judged.get(n, (None, ""))) for n, mark in zip(CRITERIA, marks, strict=True)
    )


def _words_as_json(said: Opinion | Record) -> dict[str, Any]:
    return {
        "reason_codes": [asdict(reason) for reason in said.reasons],
        "checklist": [asdict(answer) | {"found": answer.found.value} for answer in said.checklist],
        "comments": [asdict(comment) for comment in said.comments],
    }


def _read_words(stored: dict[str, Any]) -> dict[str, Any]:
    return {
        "reasons": tuple(Reason(**reason) for reason in stored["reason_codes"]),
        "checklist": tuple(
            Answer(**answer | {"found": Mark(answer["found"])}) for answer in stored["checklist"]
        ),
        "comments": tuple(Comment(**comment) for comment in stored["comments"]),
    }
