"""The ministry's desk: what it holds itself to, laid down for days."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeskPolicy:
    """What holds on a day; the defaults are those of days for which nothing was laid down.

    `service_days` is within how many days of its submission an entry should be decided,
    `lease_hours` how long a reviewer keeps what they took up. A second reader is needed for what
    the city says is of high risk, for a revocation, and for `sample_percent` of the rest.
    """

    service_days: int = 30
    lease_hours: int = 24
    sample_percent: int = 0
    high_risk_twice: bool = False
    revocation_twice: bool = False
