"""The comparison room: what one version's text changed against another's. Pure.

Long texts are compared word by word, lists item by item; a reader is shown both the whole and
what is new in it.
"""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from registry.domain.standard import STANDARD
from registry.domain.use_case import UseCaseDraft, UseCaseText

# A word keeps the space after it, so that segments put together are the text again.
_WORD = re.compile(r"\S+\s*|\s+")


class Kind(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of words of a text, or one item of a list, and where it stands."""

    kind: Kind
    value: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs. Without what was added the segments are `before`, without what was
    removed `after`."""

    field: str
    before: Any
    after: Any
    segments: tuple[Segment, ...]


def differences(before: UseCaseText | None, after: UseCaseText) -> tuple[Change, ...]:
    """The fields of `after` that differ from `before` (None: from an empty entry), in the
    order of the form."""
    old, new = (before or UseCaseDraft()).upgraded(), after.upgraded()
    return tuple(
        Change(field.name, was, now, _segments(was, now))
        for field in STANDARD.fields
        if (was := old.get(field.name)) != (now := new.get(field.name))
    )


def compared(before: UseCaseText | None, after: UseCaseText) -> dict[str, tuple[Segment, ...]]:
    """Every field of `after` with what it changed against `before`; nothing where that is None."""
    old, new = (before or after).upgraded(), after.upgraded()
    return {
        field.name: _segments(old.get(field.name), new.get(field.name)) for field in STANDARD.fields
    }


def _segments(was: Any, now: Any) -> tuple[Segment, ...]:
    # A code is a text to Python, and is replaced as a whole.
    if type(was) is str:
        runs = _runs(_WORD.findall(was), _WORD.findall(now))
        return tuple(Segment(kind, "".join(words)) for kind, words in runs)
    if not isinstance(was, tuple):
        was, now = ([value] if value is not None else [] for value in (was, now))
    return tuple(Segment(kind, item) for kind, items in _runs(was, now) for item in items)


def _runs(was: Sequence[Hashable], now: Sequence[Hashable]) -> list[tuple[Kind, Sequence[Any]]]:
    runs: list[tuple[Kind, Sequence[Any]]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, was, now).get_opcodes():
        if tag == "equal":
            runs.append((Kind.SAME, was[i1:i2]))
            continue
        runs += [(Kind.REMOVED, was[i1:i2]), (Kind.ADDED, now[j1:j2])]
    return [run for run in runs if run[1]]
