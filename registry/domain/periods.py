"""Reporting periods and the figures published for them. Pure.

A figure is published with the list of rows it was made from, so that it can be made again for
ever: from the facts known then, and from that list. What is learned later changes neither.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import rfc8785

from registry.domain.counting import Outcome

# Positions of the ledger [from, until); None: still so.
Span = tuple[int, int | None]


class Phase(StrEnum):
    """Where a period stands."""

    AHEAD = "ahead"
    OPEN = "open"
    CLOSED = "closed"
    PUBLISHED = "published"


def phase(
    reporting_day: date, cut_off: datetime, published: bool, now: datetime, today: date
) -> Phase:
    """Entries are in time until the cut-off, the instant itself included."""
    if published:
        return Phase.PUBLISHED
    if now > cut_off:
        return Phase.CLOSED
    return Phase.OPEN if reporting_day <= today else Phase.AHEAD


@dataclass(frozen=True, slots=True)
class Basis:
    """A case by which a city counts: its version, and the areas of the problems it counts for."""

    use_case: str
    version: int
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A city of the roll, what the rule says of it, and by which cases it counts."""

    city: str
    name_vi: str
    name_en: str
    unit_type: str
    urban_class: str
    province: str
    province_vi: str
    province_en: str
    outcome: str
    cases: tuple[Basis, ...]

    @property
    def counts(self) -> bool:
        return self.outcome == Outcome.COUNTED

    def document(self) -> dict[str, Any]:
        cases = [
            {"use_case": c.use_case, "version": c.version, "areas": list(c.areas)}
            for c in self.cases
        ]
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**values, "cases": cases}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "FigureRow":
        cases = tuple(
            Basis(c["use_case"], c["version"], tuple(c["areas"])) for c in document["cases"]
        )
        return cls(**{**document, "cases": cases})


def digest(rows: Sequence[FigureRow]) -> bytes:
    """SHA-256 of the rows in canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps([row.document() for row in rows])).digest()


def overlap(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """What lies in a span of both, as the longest spans there are."""
    others = list(other)
    parts = [
        (max(start, begin), _sooner(end, until)) for start, end in one for begin, until in others
    ]
    return joined((start, end) for start, end in parts if end is None or start < end)


def joined(spans: Iterable[Span]) -> list[Span]:
    """Spans that touch or overlap made one, in order."""
    result: list[Span] = []
    for start, end in sorted(spans, key=lambda span: span[0]):
        if result and (result[-1][1] is None or start <= result[-1][1]):
            begin, until = result.pop()
            result.append((begin, None if until is None or end is None else max(until, end)))
        else:
            result.append((start, end))
    return result


def changed_at(spans: Iterable[Span], since: int, until: int | None = None) -> int | None:
    """Where something that is (or is not) so in `spans` last became what it is, after `since`
    and no later than `until`.

    None where that is as it was at `since`.
    """
    edges = [edge for span in joined(spans) for edge in span if edge is not None]
    return max(
        (edge for edge in edges if edge > since and (until is None or edge <= until)), default=None
    )


def _sooner(one: int | None, other: int | None) -> int | None:
    given = [end for end in (one, other) if end is not None]
    return min(given, default=None)
