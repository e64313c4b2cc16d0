"""The reading room's index cards: what readers ask for, and lists cut into pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import AfterValidator

from registry.domain.errors import NotFound

T = TypeVar("T")

PAGE_SIZE = 50


def _askable(code: str) -> str:
    # The database takes no NUL, so nothing is named by one.
    if "\0" in code:
        raise NotFound
    return code


def _legible(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


Code = Annotated[str, AfterValidator(_askable)]
Words = Annotated[str, Query(max_length=200), AfterValidator(_legible)]


@dataclass(frozen=True, slots=True)
class Leaf(Generic[T]):
    """One page of a list. `first` and `last` are the ordinals of its rows, 0 when it is empty."""

    rows: Sequence[T]
    total: int
    number: int

    @property
    def first(self) -> int:
        return (self.number - 1) * PAGE_SIZE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


def nearest(number: int, total: int) -> int:
    """The page asked for, or the last one there is."""
    return min(number, max(1, -(-total // PAGE_SIZE)))


def leaf_of(rows: Sequence[T], number: int) -> Leaf[T]:
    """A page of rows that are all at hand."""
    number = nearest(number, len(rows))
    start = (number - 1) * PAGE_SIZE
    return Leaf(rows[start : start + PAGE_SIZE], len(rows), number)
