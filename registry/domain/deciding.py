"""The record of a decision: its number, what it rests on, and the answer to each criterion.

Kept whole with the decision, in the words of its day: a body renamed or a code list changed later
leaves it as it was. The ledger holds the record's hash.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from registry.domain.counting import RULE, RULE_TEXT
from registry.domain.ledger import content_hash

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
class Record:
    """Everything a decision is answered for with, besides its own words."""

    number: Number
    body: Named | None
    bases: tuple[Named, ...]
    reasons: tuple[Reason, ...]
    checklist: tuple[Answer, ...]
    comments: tuple[Comment, ...]
    rule: str = RULE

    def as_json(self) -> dict[str, Any]:
        """As it is stored and hashed; `read` is the inverse."""
        return {
            "number": str(self.number),
            "rule": self.rule,
            "body": None if self.body is None else asdict(self.body),
            "legal_bases": [asdict(basis) for basis in self.bases],
            "reason_codes": [asdict(reason) for reason in self.reasons],
            "checklist": [
                asdict(answer) | {"found": answer.found.value} for answer in self.checklist
            ],
            "comments": [asdict(comment) for comment in self.comments],
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
            reasons=tuple(Reason(**reason) for reason in stored["reason_codes"]),
            checklist=tuple(
                Answer(**answer | {"found": Mark(answer["found"])})
                for answer in stored["checklist"]
            ),
            comments=tuple(Comment(**comment) for comment in stored["comments"]),
        )


def checklist(
    marks: Sequence[Mark], judged: Mapping[int, tuple[bool | None, str]]
) -> tuple[Answer, ...]:
    """Every criterion of the rule once: what was found, and what the reviewer said of it, if
    anything."""
    return tuple(
        Answer(n, mark, *judged.get(n, (None, ""))) for n, mark in zip(CRITERIA, marks, strict=True)
    )
