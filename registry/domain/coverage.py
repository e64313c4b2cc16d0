"""From counts to a verdict: integers in, never a rounded number in between (domain.md §3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum


class Verdict(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Target:
    """The share of cities to be reached by the end of `year` (Decision 699/QĐ-BTTTT)."""

    year: int
    percent: int


@dataclass(frozen=True, slots=True)
class Tally:
    """A numerator and its denominator.

    `official_total` is the published number of cities when it is larger than what a roll can
    enumerate; it is None for parts of a roll (a province, a class).
    """

    counted: int
    enumerated: int
    official_total: int | None = None

    @property
    def total(self) -> int:
        return max(self.enumerated, self.official_total or 0)

    @property
    def has_data(self) -> bool:
        """A roll that names no city says nothing: that is "no data", never 0%."""
        return self.enumerated > 0

    @property
    def share(self) -> Decimal | None:
        """Counted over total, 0 to 1, cut (not rounded) at six decimals."""
        if not self.has_data:
            return None
        exact = Decimal(self.counted) / Decimal(self.total)
        return exact.quantize(Decimal("0.000001"), rounding=ROUND_DOWN)

    def verdict(self, target: Target) -> Verdict:
        if not self.has_data:
            return Verdict.NO_DATA
        met = self.counted * 100 >= target.percent * self.total
        return Verdict.MET if met else Verdict.NOT_MET

    def missing(self, target: Target) -> int | None:
        """How many more cities the target needs; None without data."""
        if not self.has_data:
            return None
        needed = -(-target.percent * self.total // 100)
        return max(0, needed - self.counted)


def target_for(targets: Sequence[Target], on: date) -> Target:
    """The target by which a date is measured: the last one whose year has come, else the first.

    `targets` must not be empty.
    """
    ordered = sorted(targets, key=lambda t: t.year)
    due = [t for t in ordered if t.year <= on.year]
    return due[-1] if due else ordered[0]


def next_target(targets: Sequence[Target], on: date) -> Target | None:
    """The first target after the one `target_for` names, if any."""
    current = target_for(targets, on)
    later = [t for t in targets if t.year > current.year]
    return min(later, key=lambda t: t.year, default=None)
