"""The reading room: what a sheet is held against - the reader's cities, and what they declared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class KnownProblem:
    """`number` counts a city's problems in the order they were declared. `content` is what a
    ProblemDraft of it says."""

    number: int
    id: UUID
    title: str
    withdrawn: bool
    content: Mapping[str, Any]

    @property
    def named(self) -> str:
        """How a sheet refers to it."""
        return f"{self.number}. {self.title}"


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A use case by its newest version; `content` is its text by the current standard.

    `colleague`: somebody else wrote it last.
    """

    city: str
    code: str
    own_id: str | None
    version_id: UUID
    revision: int
    state: str
    content: Mapping[str, Any]
    may_edit: bool
    may_revise: bool
    colleague: bool


@dataclass(slots=True)
class KnownCity:
    """`names` are those it has and had; `files` the hashes of what it holds."""

    code: str
    name: str
    names: Sequence[str] = ()
    problems: Sequence[KnownProblem] = ()
    cases: Sequence[KnownCase] = ()
    files: frozenset[str] = frozenset()
    by_own_id: dict[str, KnownCase] = field(init=False)
    by_code: dict[str, KnownCase] = field(init=False)

    def __post_init__(self) -> None:
        self.by_own_id = {case.own_id: case for case in self.cases if case.own_id}
        self.by_code = {case.code: case for case in self.cases}


@dataclass(frozen=True, slots=True)
class Predecessor:
    """A former city, and into which of the reader's it went."""

    code: str
    names: Sequence[str]
    successor: str
    on: date
    basis: str


@dataclass(frozen=True, slots=True)
class Known:
    """`home` is the city at whose desk the sheet was handed in; `cities` are all of the reader's.
    `elsewhere` are the names and codes of all other cities."""

    home: str
    cities: Mapping[str, KnownCity]
    today: date
    predecessors: Sequence[Predecessor] = ()
    elsewhere: frozenset[str] = frozenset()
