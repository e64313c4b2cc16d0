"""The ministry's desk: what it holds itself to, laid down for days."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from registry.domain.model import Actor, ReviewState, Subject


@dataclass(frozen=True, slots=True)
class DeskPolicy:
    """What holds on a day; the defaults are those of days for which nothing was laid down.

    `service_days` is within how many days of its submission an entry should be decided,
    `lease_hours` how long a reviewer keeps what they took up, `report_days` within how many days a
    city should answer a report of an error. A second reader is needed for what
    the city says is of high risk, for a revocation, and for `sample_percent` of the rest.
    """

    service_days: int = 30
    lease_hours: int = 24
    report_days: int = 15
    sample_percent: int = 0
    high_risk_twice: bool = False
    revocation_twice: bool = False

    def due_on(self, submitted_on: date) -> date:
        """The last day within the service target; days are those of Viet Nam."""
        return submitted_on + timedelta(days=self.service_days)

    def lease_end(self, now: datetime) -> datetime:
        return now + timedelta(hours=self.lease_hours)


def lease_ended(lease_until: datetime | None, now: datetime) -> bool:
    """What was taken up before there were leases is nobody's for longer than the next round."""
    return lease_until is None or lease_until <= now


def as_met(actor: Actor, subject: Subject, lease_until: datetime | None, now: datetime) -> Subject:
    """The version as this person may act on it: what somebody else holds under a lease that has
    ended is free, for it is given back before it is taken up."""
    others = subject.holder_id not in {None, actor.user_id}
    return freed(subject) if others and lease_ended(lease_until, now) else subject


def freed(subject: Subject) -> Subject:
    """What is in review, as it is once it was given back."""
    return replace(subject, state=ReviewState.SUBMITTED, holder_id=None)
