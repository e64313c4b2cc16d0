"""What is said in one line of a list of indicators 1, 3 and 4: one model for form, sheet and API.

Whoever completed a course is named by the number of their identity card, and that number ends
here: `sealed` puts a key in its place before anything is kept, shown or written down.
"""

import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.indicators import BodyLevel, EntryAction, LineKind, SupportKind
from registry.domain.kinds import (
    Day,
    Draft,
    Line,
    NoDoubles,
    OrNone,
    Paragraph,
    WebAddress,
    blank_to_none,
)

MOST_LINES = 5_000
_LONGEST_CODE = 80
# As services and data sets are numbered on the national portals: 1.004873, 2.000286.000.00.00.H49.
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]*")
_CARD = re.compile(r"[0-9]{12}")
_SEAL = "key:"
_Given = Field(min_length=1)


def _code(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text and not _CODE.fullmatch(text):
        raise PydanticCustomError("not_a_code", "not a code")
    return text


def _person(value: Any) -> Any:
    """Twelve digits. What was typed is in no message."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    text = value.strip().replace(" ", "") if isinstance(value, str) else ""
    if not _CARD.fullmatch(text):
        raise PydanticCustomError("not_an_identity_number", "not an identity number")
    return text


Code = Annotated[str, Field(min_length=1, max_length=_LONGEST_CODE), BeforeValidator(_code)]
Name = Annotated[Line, _Given]
OptionalDay = Annotated[Day | None, BeforeValidator(blank_to_none)]


@dataclass(frozen=True, slots=True)
class Stated:
    """A line as it is kept: by what it is known again, the days on which it holds, its words."""

    kind: LineKind
    key: str
    parent: str
    start: date
    end: date | None
    person: bytes | None
    amount: int | None
    fits: bool
    content: dict[str, Any]

    def document(self) -> dict[str, Any]:
        """For the ledger's hash: everything that is kept."""
        return {
            "kind": self.kind.value,
            "key": self.key,
            "parent": self.parent,
            "start": self.start.isoformat(),
            "end": None if self.end is None else self.end.isoformat(),
            "person": None if self.person is None else self.person.hex(),
            "amount": self.amount,
            "fits": self.fits,
            "content": self.content,
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """The inverse of `document`."""
        end, person = document["end"], document["person"]
        return cls(
            **{
                **document,
                "kind": LineKind(document["kind"]),
                "start": date.fromisoformat(document["start"]),
                "end": None if end is None else date.fromisoformat(end),
                "person": None if person is None else bytes.fromhex(person),
            }
        )


class LineDraft(Draft):
    """What every line has: where it can be looked up, and whether it is a documented example."""

    KIND: ClassVar[LineKind]

    source_url: WebAddress
    note: Paragraph = ""
    example: bool = False

    def key(self) -> str:
        return str(getattr(self, "code", ""))

    def parent(self) -> str:
        return ""

    def days(self) -> tuple[date, date | None]:
        # The kinds declare their days themselves, and one of them has no last day.
        return getattr(self, "since"), getattr(self, "until", None)  # noqa: B009 - not declared here

    def person_key(self) -> bytes | None:
        return None

    def amount(self) -> int | None:
        return None

    def fits(self) -> bool:
        return True

    def stated(self) -> Stated:
        start, end = self.days()
        return Stated(
            self.KIND,
            self.key(),
            self.parent(),
            start,
            end,
            self.person_key(),
            self.amount(),
            self.fits(),
            self.model_dump(mode="json", exclude={"person"}),
        )


class _Lasting(LineDraft):
    since: Day
    until: OptionalDay = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until <= self.since:
            raise PydanticCustomError("ends_before_it_begins", "ends before it begins")
        return self


class ServiceDraft(_Lasting):
    """A public service that is fully online, by its code on the national portal."""

    KIND: ClassVar = LineKind.SERVICE

    code: Code
    name_vi: Name
    name_en: Line = ""
    owner: Name


class SupportDraft(_Lasting):
    """An AI application that supports people and firms with a public service."""

    KIND: ClassVar = LineKind.SUPPORT

    code: Code
    service: Code
    support: SupportKind
    name_vi: Name
    name_en: Line = ""

    def parent(self) -> str:
        return self.service


class CourseDraft(LineDraft):
    """A course in applied AI; only those of the scheme of Decision 146/QĐ-TTg count."""

    KIND: ClassVar = LineKind.COURSE

    code: Code
    organiser: Name
    name_vi: Name
    name_en: Line = ""
    held_on: Day
    hours: Annotated[int | None, Field(ge=1, le=5_000), OrNone] = None
    in_scheme: bool

    def days(self) -> tuple[date, date | None]:
        return self.held_on, None

    def fits(self) -> bool:
        return self.in_scheme


class CompletionDraft(LineDraft):
    """That one person, or a number of people, completed a course."""

    KIND: ClassVar = LineKind.COMPLETION

    course: Code
    completed_on: Day
    person: Annotated[str, BeforeValidator(_person)] = ""
    number: Annotated[int | None, Field(ge=1, le=1_000_000), OrNone] = None

    @model_validator(mode="after")
    def _person_or_number(self) -> Self:
        if bool(self.person) == (self.number is not None):
            raise PydanticCustomError("person_or_number", "one of two")
        return self

    def sealed(self, secret: bytes) -> Self:
        """The same with a key in the place of the identity number."""
        if not _CARD.fullmatch(self.person):
            return self
        digest = hmac.new(secret, f"person:{self.person}".encode(), sha256).hexdigest()
        return self.model_copy(update={"person": f"{_SEAL}{digest}"})

    def key(self) -> str:
        """A person completes a course once; of numbers a course has one a day."""
        if self.person:
            return f"{self.course} {self.person.removeprefix(_SEAL)}"
        return f"{self.course} {self.completed_on.isoformat()}"

    def parent(self) -> str:
        return self.course

    def days(self) -> tuple[date, date | None]:
        return self.completed_on, None

    def person_key(self) -> bytes | None:
        if not self.person:
            return None
        # A number that nobody sealed would be a fault of ours: it is not kept.
        if not self.person.startswith(_SEAL):
            raise ValueError("not sealed")
        return bytes.fromhex(self.person.removeprefix(_SEAL))

    def amount(self) -> int | None:
        return self.number


class BodyDraft(_Lasting):
    """A ministry- or province-level body; `predecessors` are the bodies whose place it took."""

    KIND: ClassVar = LineKind.BODY

    code: Code
    name_vi: Name
    name_en: Line = ""
    level: BodyLevel
    predecessors: Annotated[tuple[Code, ...], Field(max_length=20), NoDoubles] = ()
    legal_basis: Name


class DatasetDraft(LineDraft):
    """A data set opened by the rules on the national data portal (`source_url`)."""

    KIND: ClassVar = LineKind.DATASET

    code: Code
    body: Code
    name_vi: Name
    name_en: Line = ""
    licence: Name
    first_published: Day
    until: OptionalDay = None
    last_checked: Day
    machine_readable: bool

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until <= self.first_published:
            raise PydanticCustomError("ends_before_it_begins", "ends before it begins")
        if self.last_checked < self.first_published:
            raise PydanticCustomError("checked_before_published", "checked before published")
        return self

    def parent(self) -> str:
        return self.body

    def days(self) -> tuple[date, date | None]:
        return self.first_published, self.until

    def fits(self) -> bool:
        return self.machine_readable


class TotalDraft(_Lasting):
    """The published number of all units, where it is more than can be named."""

    KIND: ClassVar = LineKind.TOTAL

    name_vi: Name
    name_en: Line = ""
    total: Annotated[int, Field(ge=1, le=10_000_000)]

    def key(self) -> str:
        return self.since.isoformat()

    def amount(self) -> int | None:
        return self.total


def sealed(drafts: Iterable[LineDraft], secret: str | None) -> list[Stated]:
    """The lines as they are kept: from here on nobody's identity number is anywhere.

    Raises InvalidInput where people are told and there is no `secret` to make their keys with.
    """
    problems, lines = [], []
    for index, draft in enumerate(drafts):
        if isinstance(draft, CompletionDraft) and draft.person:
            if secret is None:
                problems.append(FieldProblem(f"/lines/{index}/person", "no_secret_for_people"))
            else:
                lines.append(draft.sealed(secret.encode()).stated())
        else:
            lines.append(draft.stated())
    if problems:
        raise InvalidInput(problems)
    return lines


DRAFTS: Mapping[LineKind, type[LineDraft]] = {
    draft.KIND: draft
    for draft in (
        ServiceDraft,
        SupportDraft,
        CourseDraft,
        CompletionDraft,
        BodyDraft,
        DatasetDraft,
        TotalDraft,
    )
}
# The day from which a line holds, and the line it belongs to: by the name of its field.
BEGINS: Mapping[LineKind, str] = {
    LineKind.COURSE: "held_on",
    LineKind.COMPLETION: "completed_on",
    LineKind.DATASET: "first_published",
}
BELONGS: Mapping[LineKind, tuple[str, LineKind]] = {
    LineKind.SUPPORT: ("service", LineKind.SERVICE),
    LineKind.COMPLETION: ("course", LineKind.COURSE),
    LineKind.DATASET: ("body", LineKind.BODY),
}


def read_lines(kind: LineKind, lines: Sequence[Any]) -> list[LineDraft]:
    """The lines of one kind. Raises InvalidInput naming every place in every line."""
    drafts: list[LineDraft] = []
    problems: list[FieldProblem] = []
    for index, line in enumerate(lines):
        try:
            drafts.append(DRAFTS[kind].read(line))
        except InvalidInput as refused:
            problems += [
                FieldProblem(f"/lines/{index}{p.pointer}", p.code, p.params)
                for p in refused.problems
            ]
    if problems:
        raise InvalidInput(problems)
    return drafts


class EntryDecisionDraft(Draft):
    """A reviewer's word on some lines. `effective_from`: of a revocation, the first day on which
    they no longer hold; without one they never did, which `from_the_start` has to say."""

    action: EntryAction
    reason: Paragraph = ""
    effective_from: OptionalDay = None
    from_the_start: bool = False

    @model_validator(mode="after")
    def _day_of_a_revocation(self) -> Self:
        dated = self.effective_from is not None
        if self.action is EntryAction.REVOKE and dated == self.from_the_start:
            raise PydanticCustomError("day_or_from_the_start", "one of two")
        if self.action is not EntryAction.REVOKE and (dated or self.from_the_start):
            raise PydanticCustomError("not_for_this_action", "only a revocation has a day")
        return self


def digest(lines: Sequence[Stated]) -> str:
    """SHA-256 of the lines, by which the ledger vouches for them."""
    documents = [line.document() for line in lines]
    text = json.dumps(documents, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
