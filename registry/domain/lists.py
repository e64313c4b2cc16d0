"""The administrator's shelf: what holds on some days and not on others, list by list.

An entry holds from a day on, until it is ended; the days before are never rewritten, for what was
decided on them took up its words. One machinery serves all lists: `KINDS` says what each holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from registry.domain.kinds import Day, Draft, Line, NoDoubles, OrNone, Paragraph
from registry.domain.model import DECISIONS
from registry.domain.roll_intake import CityCode
from registry.domain.standard import CODES


class ListKind(StrEnum):
    BODIES = "reviewing-bodies"
    LEGAL_BASES = "legal-bases"
    REASONS = "reason-codes"
    TARGETS = "targets"
    POLICIES = "desk-policies"
    RISK_SCHEMES = "risk-schemes"


class Standing(StrEnum):
    """How an entry stands to a day."""

    IN_FORCE = "in_force"
    AHEAD = "ahead"
    OVER = "over"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Days:
    """From `begin` (None: always) to the day before `end` (None: until it is ended)."""

    begin: date | None
    end: date | None = None

    def hold(self, on: date) -> bool:
        return (self.begin is None or self.begin <= on) and (self.end is None or on < self.end)

    def standing(self, on: date) -> Standing:
        if self.hold(on):
            return Standing.IN_FORCE
        ahead = self.begin is not None and on < self.begin
        return Standing.AHEAD if ahead else Standing.OVER

    def meet(self, other: "Days") -> bool:
        """Whether there is a day of both."""
        return all(
            one.begin is None or two.end is None or one.begin < two.end
            for one, two in ((self, other), (other, self))
        )


_Given = Field(min_length=1)
Source = Annotated[
    Line,
    Field(min_length=1, description="The legal act, or the decision, on which this rests."),
]


class EndDraft(Draft):
    """`ends_on` is the first day on which the entry no longer holds."""

    ends_on: Day
    source: Source


class RetractionDraft(Draft):
    """What was to begin on a day to come is not to begin."""

    source: Source


class EntryDraft(Draft):
    """What every entry says: from which day on it holds, and on what that rests."""

    valid_from: Day
    source: Source


class BodyDraft(EntryDraft):
    """Who answers for decisions."""

    name_vi: Annotated[Line, _Given]
    name_en: Annotated[Line, _Given]


class LegalBasisDraft(EntryDraft):
    """An act on which decisions rest."""

    text_vi: Annotated[Line, _Given]
    text_en: Annotated[Line, _Given]


def _decision(code: str) -> str:
    if code not in set(DECISIONS):
        raise PydanticCustomError("unknown_choice", "not a decision")
    return code


class ReasonDraft(EntryDraft):
    """A reason that decisions of some kinds can give."""

    code: CityCode
    actions: Annotated[
        tuple[Annotated[str, AfterValidator(_decision)], ...], Field(min_length=1), NoDoubles
    ]
    label_vi: Annotated[Line, _Given]
    label_en: Annotated[Line, _Given]


# Of the four indicators the third is a number of people, the others are shares.
COUNTS_PEOPLE = 3


class TargetDraft(EntryDraft):
    """What an indicator of Decision 699/QĐ-BTTTT is to reach by the end of a year."""

    indicator: Annotated[int, Field(ge=1, le=4)]
    year: Annotated[int, Field(ge=2020, le=2100)]
    percent: Annotated[int | None, OrNone, Field(ge=1, le=100)] = None
    people: Annotated[int | None, OrNone, Field(ge=1, le=100_000_000)] = None
    text_vi: Annotated[Paragraph, _Given]
    text_en: Annotated[Paragraph, _Given]

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        people = self.indicator == COUNTS_PEOPLE
        if (self.people is not None, self.percent is not None) != (people, not people):
            raise PydanticCustomError("percent_or_people", "the measure of the indicator")
        return self


class PolicyDraft(EntryDraft):
    """What the desk holds itself to (`registry.domain.desk.DeskPolicy`)."""

    service_days: Annotated[int, Field(ge=1, le=365)]
    lease_hours: Annotated[int, Field(ge=1, le=720)]
    report_days: Annotated[int, Field(ge=1, le=90)] = 15
    sample_percent: Annotated[int, Field(ge=0, le=100)]
    high_risk_twice: bool = False
    revocation_twice: bool = False


def _scheme(code: str) -> str:
    if code not in set(CODES["risk_scheme"]):
        raise PydanticCustomError("unknown_choice", "not a scheme of the standard")
    return code


def _level(code: str) -> str:
    if code not in RISK_LEVELS:
        raise PydanticCustomError("unknown_choice", "not a level of the standard")
    return code


# What the standard lets a city answer, but for "not yet classified".
RISK_LEVELS: tuple[str, ...] = tuple(
    level.value for level in CODES["risk_level"] if level.value != "not_classified"
)


class RiskSchemeDraft(EntryDraft):
    """By which scheme risk is classified; its code and levels are of the metadata standard."""

    code: Annotated[str, AfterValidator(_scheme)]
    levels: Annotated[
        tuple[Annotated[str, AfterValidator(_level)], ...], Field(min_length=1), NoDoubles
    ]
    name_vi: Annotated[Line, _Given]
    name_en: Annotated[Line, _Given]


@dataclass(frozen=True, slots=True)
class Kind:
    """One list. Of entries alike in `key` one holds on a day; () lets only one hold at all.

    `fixed` are the fields that say which entry it is: a replacement keeps them. `copied` is true
    where decisions take up the words that hold on their day: days with decisions stay as they are.
    """

    draft: type[EntryDraft]
    key: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    copied: bool = True

    @property
    def fields(self) -> tuple[str, ...]:
        """What its entries say beyond their days and their source."""
        return tuple(n for n in self.draft.model_fields if n not in EntryDraft.model_fields)


KINDS: Mapping[ListKind, Kind] = {
    ListKind.BODIES: Kind(BodyDraft),
    ListKind.LEGAL_BASES: Kind(LegalBasisDraft, key=("text_vi",)),
    ListKind.REASONS: Kind(ReasonDraft, key=("code",), fixed=("code",)),
    # Targets are read as they were known, so past figures do not hang on their days.
    ListKind.TARGETS: Kind(
        TargetDraft, key=("indicator", "year"), fixed=("indicator", "year"), copied=False
    ),
    ListKind.POLICIES: Kind(PolicyDraft),
    ListKind.RISK_SCHEMES: Kind(RiskSchemeDraft),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is kept. `known_from` and the others are positions of the ledger."""

    id: int
    kind: ListKind
    values: Mapping[str, Any]
    days: Days
    source: str
    known_from: int = 0
    ended_position: int | None = None
    withdrawn_position: int | None = None
    end_source: str | None = None

    def standing(self, on: date) -> Standing:
        return Standing.WITHDRAWN if self.withdrawn_position else self.days.standing(on)

    def known_at(self, position: int) -> Days | None:
        """The days on which it held by what was known at a position; None: not known, or gone."""
        if self.known_from > position:
            return None
        if self.withdrawn_position is not None and self.withdrawn_position <= position:
            return None
        if self.ended_position is not None and self.ended_position > position:
            return Days(self.days.begin)
        return self.days

    def alike(self, values: Mapping[str, Any]) -> bool:
        """Whether it and an entry of these values cannot hold on one day."""
        key = KINDS[self.kind].key
        return self.withdrawn_position is None and all(self.values[n] == values[n] for n in key)

    def document(self) -> dict[str, Any]:
        """What the ledger holds of it."""
        return _document(self.values, self.days, self.source)


def values_of(draft: EntryDraft) -> dict[str, Any]:
    """What a draft says beyond its day and its source."""
    return {n: v for n, v in draft.model_dump().items() if n not in EntryDraft.model_fields}


def document(draft: EntryDraft) -> dict[str, Any]:
    """What the ledger holds of an entry that is being made."""
    return _document(values_of(draft), Days(draft.valid_from), draft.source)


def _document(values: Mapping[str, Any], days: Days, source: str) -> dict[str, Any]:
    return {
        **{n: list(v) if isinstance(v, tuple) else v for n, v in values.items()},
        "valid_from": None if days.begin is None else days.begin.isoformat(),
        "valid_to": None if days.end is None else days.end.isoformat(),
        "source": source,
    }


def title(entry: Entry) -> str:
    """What an entry is called among people; empty where its days are its only name."""
    named = ("name_vi", "text_vi", "label_vi")
    return next((str(entry.values[n]) for n in named if n in entry.values), "")
