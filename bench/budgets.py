"""The scoreboard: what was to be reached, what was, and the table that says so."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Bound(StrEnum):
    AT_LEAST = "≥"
    AT_MOST = "≤"
    EXACTLY = "="


@dataclass(frozen=True, slots=True)
class Line:
    """One measured thing beside its budget. `how` gives the absolute numbers behind it."""

    budget: str
    what: str
    bound: Bound
    limit: float
    reached: float
    unit: str
    how: str

    @property
    def kept(self) -> bool:
        if self.bound is Bound.AT_LEAST:
            return self.reached >= self.limit
        if self.bound is Bound.AT_MOST:
            return self.reached <= self.limit
        return self.reached == self.limit


def ratio(budget: str, what: str, limit: float, own: float, other: float, peer: str) -> Line:
    """How many times as many answers per second as a peer or a ceiling gives."""
    how = f"{_number(own)}/s, {peer} {_number(other)}/s"
    return Line(budget, what, Bound.AT_LEAST, limit, own / other, "×", how)


def faster(budget: str, what: str, limit: float, own: float, other: float, peer: str) -> Line:
    """How many times faster than a peer; both in seconds."""
    how = f"{_number(own * 1000)} ms, {peer} {_number(other * 1000)} ms"
    return Line(budget, what, Bound.AT_LEAST, limit, other / own, "×", how)


def at_most(budget: str, what: str, limit: float, reached: float, unit: str, how: str) -> Line:
    return Line(budget, what, Bound.AT_MOST, limit, reached, unit, how)


def table(lines: Iterable[Line]) -> Iterator[str]:
    """The lines as Markdown."""
    yield "| | What | Budget | Reached | Kept? | Seen |"
    yield "|---|---|---|---|---|---|"
    for line in lines:
        yield (
            f"| {line.budget} | {line.what} | {line.bound} {_number(line.limit)} {line.unit}"
            f" | {_number(line.reached)} {line.unit} | {'yes' if line.kept else '**no**'}"
            f" | {line.how} |"
        )


def _number(value: float) -> str:
    """Three digits are all that a noisy machine can vouch for."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
