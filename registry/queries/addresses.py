"""What has a public page of its own, and when it last changed: for those who walk through all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.deciding import Number
from registry.queries.moments import Moment


@dataclass(frozen=True, slots=True)
class Address:
    """`key` is what its path ends in, `changed` (UTC) the last event of its own, None where it has
    had none yet."""

    key: str
    changed: datetime | None


_CITIES = text("""
    SELECT city.code AS key, max(event.recorded_at) AS changed FROM city
    LEFT JOIN (
        SELECT u.city_id, d.position FROM decision d JOIN use_case u ON u.id = d.use_case_id
        WHERE d.action IN ('approve', 'suspend', 'revoke', 'reinstate')
        UNION ALL SELECT city_id, declared_position FROM problem
        UNION ALL SELECT city_id, withdrawn_position FROM problem
        UNION ALL SELECT to_city_id, position FROM carry_over
        UNION ALL SELECT to_city_id, position FROM carry_over_end
    ) told ON told.city_id = city.id AND told.position <= :position
    LEFT JOIN event ON event.position = told.position
    GROUP BY city.code ORDER BY city.code
""")
_USE_CASES = text("""
    SELECT u.code AS key, max(event.recorded_at) AS changed FROM use_case u
    JOIN (
        SELECT use_case_id, position FROM decision
        WHERE action IN ('approve', 'suspend', 'revoke', 'reinstate')
        UNION ALL SELECT use_case_id, position FROM stage_report
        UNION ALL SELECT use_case_id, position FROM carry_over
    ) told ON told.use_case_id = u.id AND told.position <= :position
    JOIN event ON event.position = told.position
    WHERE EXISTS (
        SELECT FROM decision d
        WHERE d.use_case_id = u.id AND d.action = 'approve' AND d.position <= :position
    )
    GROUP BY u.code ORDER BY u.code
""")
_DECISIONS = text("""
    SELECT r.year, r.serial, event.recorded_at AS changed FROM decision_record r
    JOIN decision d ON d.position = r.position
    JOIN event ON event.position = r.position
    WHERE d.action IN ('approve', 'suspend', 'revoke', 'reinstate') AND d.position <= :position
    ORDER BY r.year, r.serial
""")
_FIGURES = text("""
    SELECT f.period_code AS key, event.recorded_at AS changed FROM published_figure f
    JOIN event ON event.position = f.position
    WHERE f.position <= :position ORDER BY f.position
""")

_ROLLS = text("""
    SELECT r.code AS key, event.recorded_at AS changed FROM roll r
    JOIN event ON event.position = r.in_force_position
    WHERE r.in_force_position <= :position ORDER BY r.code
""")
_PROVINCES = text("""
    SELECT DISTINCT code AS key FROM province_known WHERE known @> CAST(:position AS bigint)
    ORDER BY code
""")


def cities(session: Session, seen: Moment) -> list[Address]:
    rows = session.execute(_CITIES, {"position": seen.position})
    return [Address(row.key, row.changed) for row in rows]


def use_cases(session: Session, seen: Moment) -> list[Address]:
    """Those that were approved once: they stay public."""
    rows = session.execute(_USE_CASES, {"position": seen.position})
    return [Address(row.key, row.changed) for row in rows]


def decisions(session: Session, seen: Moment) -> list[Address]:
    """By number, those that everybody may read."""
    rows = session.execute(_DECISIONS, {"position": seen.position})
    return [Address(Number(row.year, row.serial).slug, row.changed) for row in rows]


def figures(session: Session, seen: Moment) -> list[Address]:
    rows = session.execute(_FIGURES, {"position": seen.position})
    return [Address(row.key, row.changed) for row in rows]


def rolls(session: Session, seen: Moment) -> list[Address]:
    """Those that were put in force."""
    rows = session.execute(_ROLLS, {"position": seen.position})
    return [Address(row.key, row.changed) for row in rows]


def provinces(session: Session, seen: Moment) -> list[Address]:
    """Also those that are no more: they have a page that leads on."""
    rows = session.execute(_PROVINCES, {"position": seen.position})
    return [Address(row.key, None) for row in rows]


# By the folder of their pages.
FOLDERS: Mapping[str, Callable[[Session, Moment], list[Address]]] = {
    "cities": cities,
    "use-cases": use_cases,
    "decisions": decisions,
    "figures": figures,
    "rolls": rolls,
    "provinces": provinces,
}
