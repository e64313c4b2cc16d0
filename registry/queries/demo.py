"""The demo accounts, for whoever tries the service: who they are and what they can do."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import Role
from registry.queries.moments import TODAY_SQL


@dataclass(frozen=True, slots=True)
class DemoRole:
    """One role of an open demo account; `cities` counts those it holds for a city role."""

    email: str
    name: str
    role: Role
    cities: int
    city_vi: str
    city_en: str


def demo_roles(session: Session) -> list[DemoRole]:
    """Every role of every open demo account; the city is named where there is only one."""
    rows = session.execute(
        text(f"""
            SELECT u.email, u.name, m.role, count(m.city_id) AS cities,
                CASE WHEN count(m.city_id) = 1 THEN min(period.name_vi) ELSE '' END AS city_vi,
                CASE WHEN count(m.city_id) = 1 THEN min(period.name_en) ELSE '' END AS city_en
            FROM user_account u
            JOIN membership m ON m.user_id = u.id
            LEFT JOIN LATERAL (
                SELECT name_vi, name_en FROM city_period p WHERE p.city_id = m.city_id
                ORDER BY p.valid @> {TODAY_SQL} DESC, p.valid DESC LIMIT 1
            ) period ON true
            WHERE u.is_demo AND u.disabled_at IS NULL
            GROUP BY u.email, u.name, m.role ORDER BY m.role, u.email
        """)
    )
    return [
        DemoRole(row.email, row.name, Role(row.role), row.cities, row.city_vi, row.city_en)
        for row in rows
    ]
