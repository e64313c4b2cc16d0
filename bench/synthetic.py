"""The model maker's bench: fills a migrated database with a register of any size.

The tables and indexes are the real ones. What checks rows one by one is set aside while filling
and put back afterwards, when the database checks all rows at once: so they satisfy it.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier
from sqlalchemy import select
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from registry.db.tables import StandingRow, UseCase
from registry.domain.counting import Outcome, Standing, standing_history
from registry.queries.histories import histories
from tests.postgres import administration

_FILL = (Path(__file__).parent / "synthetic.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Size:
    cities: int
    provinces: int
    cases: int


def fill(url: URL, size: Size) -> None:
    """`url` names the owner of an empty, migrated register."""
    with administration(url) as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("SET work_mem = '256MB'")
        connection.execute("CREATE TEMPORARY TABLE size (cities int, provinces int, cases int)")
        connection.execute(
            "INSERT INTO size VALUES (%s, %s, %s)", [size.cities, size.provinces, size.cases]
        )
        put_back = _set_aside(connection)
        connection.execute(_FILL.encode())
        for statement in put_back:
            connection.execute(statement.encode())
        connection.execute("VACUUM ANALYZE")


_TRIGGERS = """
    SELECT tgrelid::regclass::text, tgname, CASE tgenabled WHEN 'A' THEN 'ALWAYS' ELSE '' END
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace
"""
# Foreign keys last when they are put back, first when they go: they rest on the others.
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'x', 'u')
    ORDER BY contype = 'f'
"""
_INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    JOIN pg_class ON pg_class.oid = indrelid
    WHERE relnamespace = 'public'::regnamespace AND NOT indisprimary
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        AND NOT EXISTS (
            SELECT FROM pg_depend WHERE objid = indexrelid AND deptype = 'e'
        )
"""


def _set_aside(connection: Connection[Any]) -> list[str]:
    """Drops what slows filling down; returns the statements that bring it back."""
    constraints = connection.execute(_CONSTRAINTS).fetchall()
    indexes = connection.execute(_INDEXES).fetchall()
    triggers = connection.execute(_TRIGGERS).fetchall()
    for table, name, _ in reversed(constraints):
        connection.execute(
            SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(Identifier(table), Identifier(name))
        )
    for name, _ in indexes:
        connection.execute(SQL("DROP INDEX {}").format(Identifier(name)))
    for table, name, _ in triggers:
        connection.execute(
            SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(Identifier(table), Identifier(name))
        )
    return [
        *(definition for _, definition in indexes),
        *(
            f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'
            for table, name, definition in constraints
        ),
        *(f"ALTER TABLE {table} ENABLE {when} TRIGGER {name}" for table, name, when in triggers),
    ]


def check(session: Session, cases: int = 200) -> None:
    """Derives `standing` again for some of the cases, as the register itself would.

    Raises AssertionError where the filling derived something else.
    """
    ids = list(session.scalars(select(UseCase.id).order_by(UseCase.code).limit(cases)))
    held = defaultdict(set)
    for row in session.scalars(select(StandingRow).where(StandingRow.use_case_id.in_(ids))):
        standing = Standing(
            row.city_id, Outcome(row.outcome), row.problem_id, row.valid.lower, row.valid.upper
        )
        held[row.use_case_id].add((standing, row.known.lower, row.known.upper))
    for use_case_id, history in histories(session, ids).items():
        assert held[use_case_id] == set(standing_history(history)), use_case_id
