"""The table of jobs: their names in the queue, how often they are tried, when they come round."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time

from registry.jobs import (
    accounts,
    attestation,
    error_reports,
    keys,
    leases,
    ledger,
    links,
    mail,
    sheets,
)

# Viet Nam is seven hours ahead of UTC, in which the queue reads its clock, all year round.
_AHEAD = 7


def daily(at: time) -> str:
    """Every day at this time in Viet Nam."""
    return f"{at.minute} {(at.hour - _AHEAD) % 24} * * *"


def every_minutes(count: int) -> str:
    """`count` divides an hour."""
    return f"*/{count} * * * *"


@dataclass(frozen=True, slots=True)
class Job:
    """`run(tools, **args)` may be run again after it failed, or after its worker died halfway.

    An error is answered by another try: after 30 seconds, then twice as late each time, never
    later than an hour; after `tries` of them the job has failed and `registry jobs` shows it.
    `comes_round` says when it is put into the queue by itself, without arguments.
    """

    run: Callable[..., None]
    tries: int = 8
    comes_round: str | None = None


JOBS: dict[str, Job] = {
    "mail.send": Job(mail.send, tries=mail.TRIES),
    "sheets.judge": Job(sheets.judge),
    "sheets.take_over": Job(sheets.take_over),
    "account.key": Job(keys.send),
    "reports.letter": Job(error_reports.letter, tries=mail.TRIES),
    "reports.erase": Job(error_reports.erase, comes_round=daily(time(3, 20))),
    "reports.remind": Job(error_reports.remind, comes_round=daily(time(7, 40))),
    "leases.end": Job(leases.end, comes_round=every_minutes(5)),
    "account.tidy": Job(accounts.clear, comes_round=daily(time(3, 10))),
    "attestation.remind": Job(attestation.go_round, comes_round=daily(time(7, 30))),
    # Early in the day, because pages are kept for the rest of it.
    "links.check": Job(links.check, comes_round=daily(time(0, 10))),
    "ledger.sign": Job(ledger.sign, comes_round=daily(time(0, 5))),
}
