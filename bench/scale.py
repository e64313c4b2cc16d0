"""The world map: coverage over 235,000 cities and 1,000,000 cases, against the facts (P7, P11).

A tenth of the size, once with half of the cases, tells growth from size.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from math import inf
from statistics import median
from time import perf_counter
from typing import Any, TypeVar

from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from api.deps import utc_now
from bench import facts
from bench.budgets import Line, at_most, faster
from bench.servers import Server, get, uvicorn
from bench.synthetic import Size, check, fill
from registry.db.engine import sessions
from registry.queries.coverage import Coverage, GroupBy, coverage
from registry.queries.moments import Moment, moment
from tests.postgres import new_database, opened

HALF = Size(cities=20_000, provinces=400, cases=50_000)
TWICE = Size(cities=20_000, provinces=400, cases=100_000)
WORLD = Size(cities=235_000, provinces=4_000, cases=1_000_000)
ROUNDS = 3
# A read that takes as long as this is not asked again for its median.
TOO_LONG = 2.0
Answered = TypeVar("Answered")

# Before half of the decisions were known, and before many of the cases ran.
PAST = date(2024, 12, 31)

_READS = {
    "coverage": "/api/v1/coverage",
    "coverage by province": "/api/v1/coverage?group_by=province",
    "one city": "/api/v1/cities/C000100",
    "one use case": "/api/v1/use-cases/C000100-001",
    "a page of use cases": "/api/v1/use-cases?limit=100",
    "a page of problems": "/api/v1/problems?limit=100",
    "a page of events": "/api/v1/events?limit=100",
    "a page of cities": "/api/v1/cities?limit=100",
    "city page": "/vi/cities/C000100",
    "use-case page": "/vi/use-cases/C000100-001",
    "use cases, page by page": "/vi/use-cases",
    "home": "/vi/",
}


class Disagreement(Exception):
    """Two ways to the same figure gave two figures: no speed can be told."""


@dataclass(frozen=True, slots=True, order=True)
class Read:
    seconds: float
    status: int

    def __str__(self) -> str:
        refused = "" if self.status == 200 else f" ({self.status})"
        return f"{self.seconds * 1000:,.0f} ms{refused}"


def measure(url: URL, migrated: str) -> Iterator[Line]:
    """`migrated`: the name of an empty register, which is copied and filled."""
    with (
        _filled(url, migrated, HALF) as fewer,
        _filled(url, migrated, TWICE) as more,
        _served(fewer) as half,
        _served(more) as twice,
    ):
        compared = _reads(half, twice)
    with _filled(url, migrated, WORLD) as world, _served(world) as service:
        fresh = service.memory()
        with opened(world) as database, sessions(database.service)() as session:
            check(session)
            yield from _against_facts(session, service)
        yield from _growth(compared, _reads(service))
        how = f"{fresh / 1e6:.0f} MB before the first read, then one after the other of the above"
        used = service.memory() / 1e6
        yield at_most("P12", "memory of the worker at 1,000,000 cases", 250, used, "MB", how)


@contextmanager
def _filled(url: URL, migrated: str, size: Size) -> Iterator[URL]:
    with new_database(url, migrated) as copy:
        fill(copy, size)
        yield copy


@contextmanager
def _served(url: URL) -> Iterator[Server]:
    environment = {"REGISTRY_DATABASE_URL": url.render_as_string(hide_password=False)}
    with uvicorn("api.app:create_app", environment, factory=True) as server:
        yield server


def _reads(*services: Server) -> dict[str, list[Read]]:
    """Each read made anew for a reader with a cookie, whose answers are never kept. The services
    have their turns, so that a noisy neighbour is a neighbour of all."""
    found = {}
    for name, path in _READS.items():
        seen: list[list[Read]] = [[] for _ in services]
        for _ in range(ROUNDS):
            for service, reads in zip(services, seen, strict=True):
                if not reads or reads[-1].seconds < TOO_LONG:
                    reads.append(_read(service, path))
        found[name] = [sorted(reads)[len(reads) // 2] for reads in seen]
    return found


def _read(service: Server, path: str) -> Read:
    began = perf_counter()
    status = get(service.origin + path, {"Cookie": "bench=1"}).status
    return Read(perf_counter() - began, status)


def _growth(compared: dict[str, list[Read]], world: dict[str, list[Read]]) -> Iterator[Line]:
    for name, (half, twice) in compared.items():
        seen = ", ".join(str(read) for read in (half, twice, *world[name]))
        answered = half.status == twice.status == 200
        grown = twice.seconds / half.seconds if answered else inf
        yield at_most("P11", f"{name}, cost with twice the cases", 2, grown, "×", seen)


def _against_facts(session: Session, service: Server) -> Iterator[Line]:
    now = moment(session, utc_now())
    middle = Moment(PAST, now.position * 2 // 3, now.known_at)
    for group_by, query in ((None, facts.TOTAL), (GroupBy.PROVINCE, facts.BY_PROVINCE)):
        parts = "by province" if group_by else "one figure"
        for when, limit, name in ((now, 50, "now"), (middle, 0.5, "as known in the past")):
            figure, own = _timed(partial(coverage, session, when, group_by=group_by))
            rows, theirs = _timed(partial(_worked_out, session, query, figure))
            _agree(figure, rows)
            what = f"coverage, {name}, {parts}"
            yield faster("P7", what, limit, own, theirs, "best query on the facts")
            if when is now:
                path = _READS["coverage by province" if group_by else "coverage"]
                get(service.origin + path)
                _, kept = _timed(partial(get, service.origin + path))
                what = f"{what}, prepared, over HTTP"
                yield faster("P7", what, limit, kept, theirs, "best query on the facts")


def _worked_out(session: Session, query: str, figure: Coverage) -> list[tuple[Any, ...]]:
    assert figure.roll is not None
    connection: Any = session.connection().connection.driver_connection
    for advice in facts.ADVICE:
        connection.execute(advice)
    asked = {
        "on": figure.moment.on,
        "position": figure.moment.position,
        "roll": figure.roll.id,
    }
    rows: list[tuple[Any, ...]] = connection.execute(query, asked).fetchall()
    session.rollback()
    return rows


def _agree(figure: Coverage, rows: list[tuple[Any, ...]]) -> None:
    if figure.groups:
        own = {(g.key, g.tally.enumerated, g.tally.counted) for g in figure.groups}
        same = own == set(rows)
    else:
        same = [(figure.tally.enumerated, figure.tally.counted)] == rows
    if not same:
        raise Disagreement(f"{figure.moment}: the derived table and the facts differ")


def _timed(ask: Callable[[], Answered]) -> tuple[Answered, float]:
    """The last answer, and the median of the seconds each took."""
    seen = []
    for _ in range(ROUNDS):
        began = perf_counter()
        answer = ask()
        seen.append(perf_counter() - began)
    return answer, median(seen)
