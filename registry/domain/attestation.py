"""When a city has to say again that a live entry is still true. Pure.

Being late is shown and never uncounts by itself: the counting rule has no such criterion.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Policy:
    """How often a city attests, from a day on."""

    since: date
    every_months: int
    remind_days_before: tuple[int, ...]
    grace_days: int


# In the order in which they come into force; the first is that of the register's own beginning.
POLICIES: tuple[Policy, ...] = (
    Policy(since=date(2024, 1, 1), every_months=12, remind_days_before=(60, 14), grace_days=60),
)


class Due(StrEnum):
    """How an entry stands with its attestation on a day."""

    FRESH = "fresh"
    DUE_SOON = "due_soon"
    IN_GRACE = "in_grace"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Term:
    """From a word (approval or attestation) until the next one is due.

    On `due_on` it is not late yet; after `grace_until` it is overdue.
    """

    given_on: date
    due_on: date
    grace_until: date
    remind_days_before: tuple[int, ...]

    def state(self, on: date) -> Due:
        if on > self.grace_until:
            return Due.OVERDUE
        if on > self.due_on:
            return Due.IN_GRACE
        first = max(self.remind_days_before)
        return Due.DUE_SOON if on >= self.due_on - timedelta(days=first) else Due.FRESH

    def reminder(self, on: date) -> int | None:
        """The reminder that a day calls for, by its days before the due day: the latest reached.

        None before the first and once it is overdue, when reminding has not helped.
        """
        if on > self.grace_until:
            return None
        reached = (n for n in self.remind_days_before if on >= self.due_on - timedelta(days=n))
        return min(reached, default=None)


def term(given_on: date, policies: Sequence[Policy] = POLICIES) -> Term:
    """The term that a word given on a day opens, by the policy of that day."""
    in_force = [policy for policy in policies if policy.since <= given_on] or policies[:1]
    policy = max(in_force, key=lambda p: p.since)
    due_on = _months_after(given_on, policy.every_months)
    return Term(
        given_on=given_on,
        due_on=due_on,
        grace_until=due_on + timedelta(days=policy.grace_days),
        remind_days_before=policy.remind_days_before,
    )


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
