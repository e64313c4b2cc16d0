"""Dates as sources give them: a day, a month or a year (ISO 8601, reduced precision)."""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Self

# [0-9], for \d would also take the digits of other scripts.
_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
FIRST_YEAR, LAST_YEAR = 1900, 2199


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of known precision, kept exactly as precise as it was given.

    `text` is "YYYY", "YYYY-MM" or "YYYY-MM-DD". A beginning is certain only on the last day the
    text could mean, an end only on the first: precision is never gained by storage
    (domain.md §6), and no day counts that the source does not support.
    """

    text: str
    earliest: date
    latest: date

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads ISO 8601 with reduced precision. Raises ValueError for anything else."""
        match = _ISO.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"not a date: {text!r}")
        year = int(match[1])
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValueError(f"not a date: {text!r}")
        if match[2] is None:
            return cls(match[0], date(year, 1, 1), date(year, 12, 31))
        month = int(match[2])
        if match[3] is None:
            first = date(year, month, 1)
            return cls(match[0], first, date(year, month, calendar.monthrange(year, month)[1]))
        day = date(year, month, int(match[3]))
        return cls(match[0], day, day)

    def __str__(self) -> str:
        return self.text
