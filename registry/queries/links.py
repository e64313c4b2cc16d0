"""Links: which are to be asked for again, and which did not answer."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.findings import Link

# How long a finding is good for: a page that answers is asked weekly, one that fails daily.
GOOD_FOR = timedelta(days=7)
FAILING_FOR = timedelta(hours=20)

# Everything that others rely on: what was submitted and not taken back, and bases of problems.
_USED = """
    SELECT e.url FROM evidence e JOIN use_case_version v ON v.id = e.version_id
    WHERE e.url IS NOT NULL AND v.state NOT IN ('withdrawn', 'rejected', 'returned')
    UNION
    SELECT basis_url FROM problem WHERE basis_url <> '' AND withdrawn_position IS NULL
"""


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """Addresses not asked for long enough, those never asked first."""
    rows = session.scalars(
        text(f"""
            SELECT used.url FROM ({_USED}) used LEFT JOIN link_state s ON s.url = used.url
            WHERE s.url IS NULL
                OR s.checked_at <= CASE
                    WHEN s.failing_since IS NULL THEN CAST(:good AS timestamptz)
                    ELSE CAST(:failing AS timestamptz)
                END
            ORDER BY s.checked_at NULLS FIRST, used.url LIMIT :limit
        """),
        {"good": now - GOOD_FOR, "failing": now - FAILING_FOR, "limit": limit},
    )
    return list(rows)


def broken(session: Session, urls: Iterable[str]) -> dict[str, datetime]:
    """Of these addresses those that are broken, with the time when they last did not answer."""
    rows = session.execute(
        text("""
            SELECT url, checked_at FROM link_state
            WHERE url = ANY(:urls) AND broken_since IS NOT NULL
        """),
        {"urls": list(urls)},
    )
    return {row.url: row.checked_at for row in rows}


def known(session: Session, urls: Iterable[str]) -> dict[str, Link]:
    """How these addresses were found; those never asked for are left out."""
    rows = session.execute(
        text("""
            SELECT url, checked_at, failing_since, broken_since FROM link_state
            WHERE url = ANY(:urls)
        """),
        {"urls": list(urls)},
    )
    return {row.url: Link(row.checked_at, row.failing_since, row.broken_since) for row in rows}
