"""The janitor's round: knocks on every door at two sizes of the register, counting SQL (P11)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.engine import URL

from api.deps import utc_now
from bench.budgets import Line, at_most
from bench.counted import HEADER
from bench.servers import Server, get, uvicorn
from bench.synthetic import Size, fill
from registry.actions.account import token_hash
from registry.db.engine import sessions, transaction
from registry.db.tables import WebSession
from registry.domain.model import Role
from tests.documents import census
from tests.factories import World
from tests.postgres import new_database, opened

SMALL = Size(cities=200, provinces=10, cases=1_000)
TWICE = Size(cities=200, provinces=10, cases=2_000)
_TOKEN = "bench"  # noqa: S105 - of a register that is dropped a minute later
# Doors of the framework, which never ask the database.
_NO_PAGES = ("/static", "/openapi.json", "/healthz", "/readyz", "/en", "/vi/sign-in")


@dataclass(frozen=True, slots=True)
class Names:
    """What stands for the placeholders in the addresses."""

    city: str
    use_case: str
    open_use_case: str
    open_version: str
    problem: str


def measure(url: URL, migrated: str) -> Iterator[Line]:
    """`migrated`: the name of an empty register, which is copied and filled twice."""
    counts = [_counts(url, migrated, size) for size in (SMALL, TWICE)]
    grown = [path for path in counts[0] if counts[1].get(path, 0) > counts[0][path]]
    busiest = max(counts[1], key=lambda path: counts[1][path])
    how = f"{len(counts[0])} pages; most by `{busiest}`: {counts[1][busiest]}"
    if grown:
        how += f"; grew: {', '.join(f'`{path}`' for path in grown)}"
    yield at_most("P11", "pages that ask more queries of twice the cases", 0, len(grown), "", how)


def _counts(url: URL, migrated: str, size: Size) -> dict[str, int]:
    with new_database(url, migrated) as copy:
        fill(copy, size)
        names = _people_and_names(copy)
        with _served(copy) as service:
            found = {}
            for path in sorted(_paths()):
                address = service.origin + _filled_in(path, names)
                answer = get(address, {"Cookie": f"session={_TOKEN}"})
                if answer.status == 200:
                    found[path] = int(answer.headers[HEADER])
            return found


def _paths() -> set[str]:
    return {
        path
        for _, method, path in census()
        if method == "GET" and not path.startswith(_NO_PAGES) and path != "/"
    }


def _filled_in(path: str, names: Names) -> str:
    if "/review/" in path:
        path = path.replace("{use_case_code}", names.open_use_case)
    for placeholder, value in {
        "cities/{code}": f"cities/{names.city}",
        "use-cases/{code}": f"use-cases/{names.use_case}",
        "rolls/{code}": "rolls/synthetic",
        "{city_code}": names.city,
        "{problem_id}": names.problem,
        "{problem_id:uuid}": names.problem,
        "{version_id:uuid}": names.open_version,
        "{number}": "1",
        "{n}": "1",
    }.items():
        path = path.replace(placeholder, value)
    return path


def _people_and_names(url: URL) -> Names:
    """Somebody who may open every door, and a city with a decided and an open use case."""
    with opened(url) as database:
        factory = sessions(database.service)
        world = World(factory, utc_now)
        with transaction(factory) as session:
            row = session.execute(
                text("""
                    SELECT city.code AS city, decided.code AS use_case,
                        waiting.code AS open_use_case, v.id AS open_version, p.id AS problem
                    FROM use_case_version v
                    JOIN use_case waiting ON waiting.id = v.use_case_id
                    JOIN city ON city.id = waiting.city_id
                    JOIN problem p ON p.city_id = city.id
                    JOIN use_case decided ON decided.city_id = city.id
                    JOIN use_case_version d ON d.use_case_id = decided.id
                    WHERE v.state = 'submitted' AND d.state = 'approved'
                    ORDER BY city.code, decided.code, waiting.code LIMIT 1
                """)
            ).one()
        names = Names(*map(str, row))
        somebody = world.user(Role.CITY_SIGNER, names.city)
        with transaction(factory) as session:
            session.execute(
                text("INSERT INTO membership (user_id, role) VALUES (:id, 'reviewer')"),
                {"id": somebody.user_id},
            )
            session.add(
                WebSession(
                    token_hash=token_hash(_TOKEN),
                    user_id=somebody.user_id,
                    created_at=utc_now(),
                    expires_at=utc_now() + timedelta(hours=1),
                )
            )
        return names


@contextmanager
def _served(url: URL) -> Iterator[Server]:
    environment = {"REGISTRY_DATABASE_URL": url.render_as_string(hide_password=False)}
    with uvicorn("bench.counted:app", environment, factory=True) as server:
        yield server
