"""Who is to hear of what happens to a city's entries, and what the entry is called."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.queries.moments import today


@dataclass(frozen=True, slots=True)
class Entry:
    """A version as its people know it; `link` is its page on the desk, without a language."""

    city_id: int
    city_code: str
    city_vi: str
    city_en: str
    use_case: str
    version: int
    title_vi: str
    title_en: str
    link: str


def city_people(session: Session, city_id: int) -> list[UUID]:
    """Everybody with a role in the city."""
    return list(
        session.scalars(
            text("SELECT DISTINCT user_id FROM membership WHERE city_id = :id ORDER BY 1"),
            {"id": city_id},
        )
    )


def city_signers(session: Session, city_id: int) -> list[UUID]:
    """Those who may submit for the city."""
    return list(
        session.scalars(
            text("""
                SELECT user_id FROM membership WHERE city_id = :id AND role = 'city_signer'
                ORDER BY 1
            """),
            {"id": city_id},
        )
    )


def handed_over(session: Session, city_id: int) -> dict[UUID, datetime]:
    """When the city's people were last asked to look at each of its versions."""
    rows = session.execute(
        text("""
            SELECT v.id, max(m.created_at) AS at
            FROM use_case u
            JOIN city ON city.id = u.city_id
            JOIN use_case_version v ON v.use_case_id = u.id
            JOIN message m ON m.kind = 'mention'
                AND m.link = '/desk/' || city.code || '/versions/' || v.id
                AND m.user_id IN (SELECT user_id FROM membership WHERE city_id = :id)
            WHERE u.city_id = :id GROUP BY v.id
        """),
        {"id": city_id},
    )
    return {row.id: row.at for row in rows}


def entry(session: Session, version_id: UUID, now: datetime) -> Entry:
    row = session.execute(
        text("""
            SELECT city.id, city.code AS city_code, u.code AS use_case, v.number,
                v.content->>'title' AS title_vi, v.content->>'title_en' AS title_en,
                coalesce(period.name_vi, city.code) AS city_vi,
                coalesce(period.name_en, city.code) AS city_en
            FROM use_case_version v
            JOIN use_case u ON u.id = v.use_case_id
            JOIN city ON city.id = u.city_id
            LEFT JOIN LATERAL (
                SELECT name_vi, name_en FROM city_period p WHERE p.city_id = city.id
                ORDER BY p.valid @> CAST(:today AS date) DESC, p.valid DESC LIMIT 1
            ) period ON true
            WHERE v.id = :id
        """),
        {"id": version_id, "today": today(now)},
    ).one()
    return Entry(
        city_id=row.id,
        city_code=row.city_code,
        city_vi=row.city_vi,
        city_en=row.city_en,
        use_case=row.use_case,
        version=row.number,
        title_vi=row.title_vi or "",
        title_en=row.title_en or "",
        link=f"/desk/{row.city_code}/versions/{version_id}",
    )
