"""The comparison room: what one version's text changed against another's. Pure.

Long texts are compared word by word, lists item by item; a reader is shown both the whole and
what is new in it.
"""

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from registry.domain.standard import STANDARD
from registry.domain.use_case import UseCaseDraft, UseCaseText

# A word keeps the space after it, so that segments put together are the text again.
_WORD = re.compile(r"\S+\s*|\s+")
# So many words are kept on either side of a change.
_CONTEXT = 12
# Beyond so many words a thorough search would take too long.
_LONG = 600


class Kind(StrEnum):
    """`SKIPPED` stands for what is the same and was left out: a number of items, or a text."""

    SAME = "same"
    SKIPPED = "skipped"
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


def brief(change: Change) -> Change:
    """The same change without long stretches in which nothing changed."""
    text = type(change.after) is str
    parts = _without_stretches(change.segments) if text else _without_same(change.segments)
    return replace(change, segments=tuple(parts))


def _without_stretches(segments: Sequence[Segment]) -> Iterator[Segment]:
    """Of a text as many words around each change as are needed to know where it is."""
    last = len(segments) - 1
    for place, segment in enumerate(segments):
        words = _WORD.findall(segment.value)
        if segment.kind is not Kind.SAME or len(words) <= 3 * _CONTEXT:
            yield segment
            continue
        if place > 0:
            yield Segment(Kind.SAME, "".join(words[:_CONTEXT]))
        yield Segment(Kind.SKIPPED, "")
        if place < last:
            yield Segment(Kind.SAME, "".join(words[-_CONTEXT:]))


def _without_same(segments: Sequence[Segment]) -> Iterator[Segment]:
    """Of a list what came and what went."""
    same = sum(segment.kind is Kind.SAME for segment in segments)
    yield from (segment for segment in segments if segment.kind is not Kind.SAME)
    if same:
        yield Segment(Kind.SKIPPED, same)


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
    # Most of a long text stays: what begins and ends both need not be searched, and of what is
    # searched no word is too frequent to be seen again.
    begin, end = _common(was, now)
    runs: list[tuple[Kind, Sequence[Any]]] = [(Kind.SAME, was[:begin])]
    middle = was[begin : len(was) - end], now[begin : len(now) - end]
    matcher = SequenceMatcher(None, *middle, autojunk=max(map(len, middle)) > _LONG)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            runs.append((Kind.SAME, middle[0][i1:i2]))
            continue
        runs += [(Kind.REMOVED, middle[0][i1:i2]), (Kind.ADDED, middle[1][j1:j2])]
    runs.append((Kind.SAME, was[len(was) - end :]))
    return _joined(run for run in runs if run[1])


def _common(was: Sequence[Hashable], now: Sequence[Hashable]) -> tuple[int, int]:
    """How much the two have in common at the beginning, and of the rest at the end."""
    most = min(len(was), len(now))
    begin = next((n for n in range(most) if was[n] != now[n]), most)
    rest = most - begin
    return begin, next((n for n in range(rest) if was[-1 - n] != now[-1 - n]), rest)


def _joined(
    runs: Iterable[tuple[Kind, Sequence[Any]]],
) -> list[tuple[Kind, Sequence[Any]]]:
    """Neighbours that are both the same, or both new, as one."""
    found: list[tuple[Kind, Sequence[Any]]] = []
    for kind, values in runs:
        if found and found[-1][0] is kind:
            found[-1] = (kind, [*found[-1][1], *values])
        else:
            found.append((kind, values))
    return found
