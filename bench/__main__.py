"""The timekeeper: runs the parts one after the other and prints one table (script/bench)."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from api.deps import utc_now
from bench import pages, reads, scale, start, writes
from bench.budgets import Line, table
from bench.servers import ROOT
from registry.db.engine import sessions
from seeds import examples, load
from tests.postgres import migrate, new_database, opened, prepared_template, server_url

REPORT = ROOT / "docs/performance.md"
_BEGIN, _END = "<!-- the last run -->\n", "<!-- end of the last run -->\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"default: {' '.join(PARTS)}")
    parser.add_argument(
        "--record", action="store_true", help="put the table in docs/performance.md"
    )
    arguments = parser.parse_args()
    lines: list[Line] = []
    failures: list[str] = []
    for name in arguments.parts or PARTS:
        if name not in PARTS:
            parser.error(f"no such part: {name}")
        try:
            for line in PARTS[name]():
                lines.append(line)
                _say(f"{line.budget} {line.what}: {line.reached:.3g} {line.unit} ({line.how})")
        except Exception as error:  # noqa: BLE001 - a part that fails must not hide the others
            failures.append(f"{name}: {type(error).__name__}: {error}")
            _say(f"could not measure {failures[-1]}")
    report = "\n".join([*_circumstances(), "", *table(lines), *_unmeasured(failures), ""])
    sys.stdout.write(report)
    if arguments.record:
        before, rest = REPORT.read_text(encoding="utf-8").split(_BEGIN)
        after = rest.split(_END)[1]
        REPORT.write_text(f"{before}{_BEGIN}{report}{_END}{after}", encoding="utf-8")
    return 1 if failures else 0


def _reads() -> Iterator[Line]:
    with _register(server_url()) as migrated, opened(migrated) as database:
        factory = sessions(database.service)
        load.load_facts(factory, utc_now, load.untracked)
        examples.load_examples(factory, utc_now, load.untracked)
        with factory() as session:
            use_case = session.execute(
                text("""
                    SELECT u.code FROM use_case u JOIN use_case_version v ON v.use_case_id = u.id
                    WHERE v.state = 'approved' ORDER BY u.code LIMIT 1
                """)
            ).scalar_one()
        yield from reads.measure(migrated, str(use_case))


def _scale() -> Iterator[Line]:
    with _register(server_url()) as migrated:
        yield from scale.measure(migrated, str(migrated.database))


def _writes() -> Iterator[Line]:
    # On the cluster that keeps what it is told: a write that is not waited for is no write.
    with _register(_durable()) as migrated:
        yield from writes.measure(migrated, str(migrated.database))


def _pages() -> Iterator[Line]:
    with _register(server_url()) as migrated:
        yield from pages.measure(migrated, str(migrated.database))


PARTS: dict[str, Callable[[], Iterator[Line]]] = {
    "reads": _reads,
    "writes": _writes,
    "pages": _pages,
    "start": start.measure,
    "scale": _scale,
}


@contextmanager
def _register(server: URL) -> Iterator[URL]:
    """An empty, migrated register of this run's own."""
    with new_database(server, prepared_template(server)) as url:
        with opened(url) as database:
            migrate(database.owner)
        yield url


def _durable() -> URL:
    """The clone's own cluster, never a database that is somebody else's care."""
    own = {n: v for n, v in os.environ.items() if not n.startswith("REGISTRY_")}
    script = [str(ROOT / "script/database"), "--urls"]
    urls = subprocess.run(script, check=True, capture_output=True, text=True, env=own).stdout
    owner = make_url(urls.split()[0])
    return owner.set(drivername="postgresql+psycopg", database="postgres")


def _circumstances() -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    with opened(server_url()) as database, database.owner.connect() as connection:
        postgres = connection.execute(text("SHOW server_version")).scalar_one().split()[0]
    busy = os.getloadavg()[2]
    yield (
        f"{datetime.now(UTC):%Y-%m-%d}; {os.cpu_count()} cores and {memory:.0f} GB of memory,"
        f" shared by load, servers and database; PostgreSQL {postgres}, Python"
        f" {sys.version_info.major}.{sys.version_info.minor}; load average over the last"
        f" quarter of an hour {busy:.1f}."
    )


def _unmeasured(failures: list[str]) -> Iterator[str]:
    if failures:
        yield ""
        yield "Could not be measured:"
        yield ""
        yield from (f"- {failure}" for failure in failures)


def _say(message: str) -> None:
    sys.stderr.write(f"bench: {message}\n")


if __name__ == "__main__":
    sys.exit(main())
