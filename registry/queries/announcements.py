"""The decisions the public may read, across the register or of one city, and a city's own words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import Action, YearStatus
from registry.queries.moments import Moment


@dataclass(frozen=True, slots=True)
class Announcement:
    """A decision on a public version: what, when, why - by role, not by name."""

    position: int
    decided_at: datetime
    action: Action
    reason: str
    effective_from: date | None
    use_case_code: str
    version: int
    title: str
    title_en: str
    city_code: str
    city_vi: str
    city_en: str


@dataclass(frozen=True, slots=True)
class YearWord:
    """What a city says of itself for a year."""

    year: int
    status: YearStatus
    note: str
    declared_at: datetime


def announcements(
    session: Session, moment: Moment, *, city_id: int | None = None, limit: int | None = None
) -> list[Announcement]:
    """Decisions as known, newest first. Returns and rejections concern the city alone."""
    return list(announced(session, moment, city_id=city_id, limit=limit, part=1000))


def announced(
    session: Session,
    moment: Moment,
    *,
    city_id: int | None = None,
    limit: int | None = None,
    part: int,
) -> Iterator[Announcement]:
    """The same, one after another; `part` of them are in memory."""
    rows = session.execute(
        text("""
            SELECT d.position, event.recorded_at AS decided_at, d.action, d.reason,
                d.effective_from, u.code AS use_case_code, v.number AS version,
                v.content ->> 'title' AS title, v.content ->> 'title_en' AS title_en,
                city.code AS city_code, period.name_vi AS city_vi, period.name_en AS city_en
            FROM decision d
            JOIN event ON event.position = d.position
            JOIN use_case_version v ON v.id = d.version_id
            JOIN use_case u ON u.id = d.use_case_id
            JOIN city ON city.id = u.city_id
            LEFT JOIN LATERAL (
                SELECT name_vi, name_en FROM city_period WHERE city_period.city_id = city.id
                ORDER BY valid @> CAST(:on AS date) DESC, valid LIMIT 1
            ) period ON true
            WHERE d.action IN ('approve', 'suspend', 'revoke', 'reinstate')
                AND d.position <= :position
                AND (CAST(:city_id AS bigint) IS NULL OR u.city_id = :city_id OR EXISTS (
                    SELECT FROM carry_over c
                    WHERE c.use_case_id = u.id AND c.to_city_id = :city_id
                        AND c.position <= :position AND NOT EXISTS (
                            SELECT FROM carry_over_end e WHERE e.use_case_id = c.use_case_id
                                AND e.to_city_id = c.to_city_id AND e.position > c.position
                                AND e.position <= :position
                        )
                ))
            ORDER BY d.position DESC LIMIT :limit
        """),
        {"on": moment.on, "position": moment.position, "city_id": city_id, "limit": limit},
        execution_options={"yield_per": part},
    )
    for row in rows.mappings():
        yield Announcement(**{**row, "action": Action(row["action"])})


def year_words(session: Session, city_id: int, moment: Moment) -> list[YearWord]:
    """The city's last word for each year, as known; newest year first."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (y.year) y.year, y.status, y.note,
                event.recorded_at AS declared_at
            FROM year_declaration y JOIN event USING (position)
            WHERE y.city_id = :id AND y.position <= :position
            ORDER BY y.year DESC, y.position DESC
        """),
        {"id": city_id, "position": moment.position},
    )
    return [YearWord(r.year, YearStatus(r.status), r.note, r.declared_at) for r in rows]
