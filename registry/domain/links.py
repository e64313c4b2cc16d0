"""Links that entries rest on: which addresses may be asked, what an answer is, when one is broken.

A broken link is shown as such and has no other effect: what was counted stays counted.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address


class Outcome(StrEnum):
    """What asking for a page came to."""

    ANSWERED = "answered"
    # The server is there and wants no programs: a person may be let in.
    GUARDED = "guarded"
    GONE = "gone"
    FAILING = "failing"
    NO_HOST = "no_host"
    NO_CONNECTION = "no_connection"
    TOO_SLOW = "too_slow"
    UNREADABLE = "unreadable"
    ROUNDABOUT = "roundabout"
    NOT_PUBLIC = "not_public"


FINE = frozenset({Outcome.ANSWERED, Outcome.GUARDED})
_GUARDED = frozenset({401, 403, 405, 406, 418, 429, 451})
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def meaning(status: int) -> Outcome:
    if status < 400:
        return Outcome.ANSWERED
    if status in _GUARDED:
        return Outcome.GUARDED
    return Outcome.GONE if status < 500 else Outcome.FAILING


_UNICAST_6 = IPv6Network("2000::/3")
# Reach IPv4 hosts under other names; `ipaddress` calls them global.
_ALIASES = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))
_SPECIAL_4 = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))


def is_public(address: str) -> bool:
    """Whether an address is one of the open Internet, and of no network that only this machine
    reaches: its own, the house's, the provider's."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if not found.is_global or found.is_multicast or found.is_reserved:
        return False
    if isinstance(found, IPv6Address):
        return found in _UNICAST_6 and not any(found in net for net in _ALIASES)
    return not any(found in net for net in _SPECIAL_4)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Since when a page does not answer; `broken_since` is set once it failed on two days."""

    failing_since: datetime | None = None
    broken_since: datetime | None = None


def trouble(before: Trouble, outcome: Outcome, at: datetime, day: date, first_day: date) -> Trouble:
    """What is to be said after a check `at` that fell on `day`; `first_day` is that of the first
    of the checks that failed up to now (`day` where there is none)."""
    if outcome in FINE:
        return Trouble()
    since = before.failing_since or at
    return Trouble(since, before.broken_since or (since if day > first_day else None))
