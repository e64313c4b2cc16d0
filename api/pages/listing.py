"""The reading room's index cards: names found without their marks, put in order, cut into pages."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import AfterValidator

from registry.domain.errors import NotFound

T = TypeVar("T")

PAGE_SIZE = 50

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
# In the order of Vietnamese dictionaries: none, grave, hook above, tilde, acute, dot below.
_TONES = " \u0300\u0309\u0303\u0301\u0323"
# What a place is stands before its name, and readers look for the name.
_FORMS = ("Thành phố ", "Thị xã ", "Thị trấn ", "Đô thị ", "Phường ", "Đặc khu ", "Tỉnh ")


def fold(text: str) -> str:
    """Lower case without marks: Vietnamese is often typed so."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("đ", "d")


def bare(name: str) -> str:
    """A place's name without the word that says what it is."""
    return next((name.removeprefix(form) for form in _FORMS if name.startswith(form)), name)


def in_order(text: str) -> tuple[list[int], list[int]]:
    """The sort key of Vietnamese dictionaries: letters first, tones where letters are equal."""
    letters, tones = [], []
    for char in unicodedata.normalize("NFC", text).casefold():
        parts = unicodedata.normalize("NFD", char)
        tone = next((c for c in parts if c in _TONES), " ")
        letter = unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONES))
        letters.append(_ALPHABET.find(letter) if letter else -1)
        tones.append(_TONES.index(tone))
    return letters, tones


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
