"""Reports of errors: the desk's queue, a city's, one by its code, and what the public reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.error_reports import (
    ASKING,
    REPEATED,
    About,
    Category,
    Outcome,
    ReportAct,
    ReportState,
    overdue,
    possible,
    reads_reporter,
)
from registry.domain.errors import NotFound
from registry.domain.model import PUBLIC, PUBLIC_STATES, Actor, ReviewState, Subject
from registry.queries import cities, entries
from registry.queries.moments import TODAY_SQL, Moment


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done with a report. `version` is that which the city names in its answer, and
    `version_public` whether everybody may read it."""

    act: ReportAct
    position: int
    at: datetime
    text: str
    due_on: date | None
    outcome: Outcome | None
    version: int | None
    version_public: bool
    published: bool | None
    actor_id: UUID | None


@dataclass(frozen=True, slots=True)
class Report:
    """A report as far as nothing in it is the reporter's. For a report on a city itself the title
    is the city's name. Times are UTC, days of Viet Nam."""

    id: UUID
    position: int
    about: About
    city_id: int
    city_vi: str
    city_en: str
    title_vi: str
    title_en: str
    category: Category
    field: str
    state: ReportState
    due_on: date | None
    received_at: datetime
    ended_at: datetime | None
    steps: Sequence[Step]

    @property
    def subject(self) -> Subject:
        return Subject(city_id=self.city_id)

    @property
    def rounds(self) -> list[Step]:
        """The city's answers, and what the desk missed in them: in turn."""
        return [each for each in self.steps if each.act in REPEATED]

    @property
    def answer(self) -> Step | None:
        """The answer that stands: none where the last one was sent back."""
        given = self.rounds[-1:]
        return given[0] if given and given[0].act is ReportAct.ANSWER else None

    @property
    def sent_back(self) -> Step | None:
        """What the desk misses in the city's last answer, while there is no other."""
        asked = self.rounds[-1:]
        return asked[0] if asked and asked[0].act is ReportAct.RETURN else None

    @property
    def asked(self) -> Step | None:
        """What the city was asked last."""
        return next((each for each in reversed(self.steps) if each.act in ASKING), None)

    @property
    def forwarded(self) -> Step | None:
        return self._done(ReportAct.FORWARD)

    @property
    def dismissal(self) -> Step | None:
        return self._done(ReportAct.DISMISS)

    @property
    def closing(self) -> Step | None:
        return self._done(ReportAct.CLOSE)

    def _done(self, act: ReportAct) -> Step | None:
        return next((each for each in self.steps if each.act is act), None)

    def overdue(self, today: date) -> bool:
        return overdue(self.state, self.due_on, today)

    def possible(self, today: date) -> frozenset[ReportAct]:
        return possible(self.state, self.due_on, today)


@dataclass(frozen=True, slots=True)
class Words:
    """What the reporter wrote, and where they can be reached ("" where they did not say)."""

    text: str
    contact: str


@dataclass(frozen=True, slots=True)
class Aimed:
    """What somebody is about to report on, as the public reads it."""

    about: About
    city_id: int
    use_case_id: UUID | None
    version_id: UUID | None
    title_vi: str
    title_en: str
    city_vi: str
    city_en: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader of the queue looks for; None: no matter."""

    state: ReportState | None = None
    category: Category | None = None
    overdue: bool = False


def use_case_aimed_at(session: Session, code: str, number: int | None = None) -> Aimed:
    """A version everybody may read; without a number the newest. Raises NotFound."""
    versions = entries.versions(session, PUBLIC, use_case_code=code)
    for each in versions:
        if number in {None, each.number}:
            return Aimed(
                About(each.city_code, code, each.number),
                each.city_id,
                each.use_case_id,
                each.id,
                each.draft.title or code,
                each.draft.title_en or "",
                each.city_vi,
                each.city_en,
            )
    raise NotFound


def city_aimed_at(session: Session, code: str, at: Moment) -> Aimed:
    """Raises NotFound."""
    row = cities.city(session, code, at)
    if row is None:
        raise NotFound
    names = (row.name_vi, row.name_en)
    return Aimed(About(code), row.id, None, None, *names, *names)


_REPORT = f"""
    SELECT r.id, r.position, r.city_id, r.category, r.field, r.state, r.due_on, r.received_at,
        r.ended_at, city.code AS city_code, period.name_vi AS city_vi, period.name_en AS city_en,
        u.code AS use_case_code, v.number AS version, v.content ->> 'title' AS title,
        v.content ->> 'title_en' AS title_en
    FROM error_report r
    JOIN city ON city.id = r.city_id
    LEFT JOIN use_case u ON u.id = r.use_case_id
    LEFT JOIN use_case_version v ON v.id = r.version_id
    LEFT JOIN LATERAL (
        SELECT name_vi, name_en FROM city_period WHERE city_period.city_id = city.id
        ORDER BY valid @> {TODAY_SQL} DESC, valid DESC LIMIT 1
    ) period ON true
"""
_PUBLISHED = f"""
    {_REPORT}
    JOIN error_report_step closing ON closing.report_id = r.id AND closing.act = 'close'
        AND closing.published AND closing.position <= :position
"""
_WANTED = """
    (CAST(:state AS text) IS NULL OR r.state = :state)
    AND (CAST(:category AS text) IS NULL OR r.category = :category)
    AND (NOT :overdue OR r.state = 'forwarded' AND r.due_on < :today)
"""


def queue(
    session: Session, wanted: Wanted, today: date, *, limit: int, offset: int = 0
) -> list[Report]:
    """Reports for the desk, oldest first."""
    values = {**_values(wanted, today), "limit": limit, "offset": offset}
    sql = f"{_REPORT} WHERE {_WANTED} ORDER BY r.received_at, r.id LIMIT :limit OFFSET :offset"
    return _reports(session, sql, values)


def how_many(session: Session, wanted: Wanted, today: date) -> int:
    sql = f"SELECT count(*) FROM error_report r WHERE {_WANTED}"
    return int(session.scalar(text(sql), _values(wanted, today)) or 0)


def counts(session: Session) -> dict[ReportState, int]:
    """How many reports are in each state."""
    rows = session.execute(text("SELECT state, count(*) AS n FROM error_report GROUP BY state"))
    found = {ReportState(row.state): row.n for row in rows}
    return {state: found.get(state, 0) for state in ReportState}


def report(session: Session, report_id: UUID) -> Report | None:
    found = _reports(session, f"{_REPORT} WHERE r.id = :id", {"id": report_id})
    return found[0] if found else None


def tracked(session: Session, code_hash: bytes) -> Report | None:
    """The report with the code of this hash."""
    found = _reports(session, f"{_REPORT} WHERE r.code_hash = :hash", {"hash": code_hash})
    return found[0] if found else None


def of_city(session: Session, city_id: int) -> list[Report]:
    """What was forwarded to a city: what waits for its answer first, then the latest."""
    sql = f"""
        {_REPORT} WHERE r.city_id = :id AND r.state IN ('forwarded', 'answered', 'closed')
        ORDER BY r.state <> 'forwarded', CASE WHEN r.state = 'forwarded' THEN r.due_on END,
            r.received_at DESC
    """
    return _reports(session, sql, {"id": city_id})


def awaited(session: Session, due_by: date) -> list[Report]:
    """Reports whose answer is due on this day or before."""
    sql = f"{_REPORT} WHERE r.state = 'forwarded' AND r.due_on <= :day ORDER BY r.due_on, r.id"
    return _reports(session, sql, {"day": due_by})


def published(
    session: Session, position: int, *, city_code: str = "", use_case_code: str = ""
) -> list[Report]:
    """What the public reads on an application, or on a city itself, as known at a ledger position;
    the latest first."""
    about = "u.code = :use_case" if use_case_code else "u.id IS NULL AND city.code = :city"
    sql = f"{_PUBLISHED} WHERE {about} ORDER BY closing.position DESC"
    values = {"position": position, "city": city_code, "use_case": use_case_code}
    return _reports(session, sql, values)


def all_published(
    session: Session, position: int, *, city_code: str, before: int | None, limit: int
) -> list[Report]:
    """What the public reads of a city and all its applications, or of every city (""), as known at
    a ledger position; the latest first. `before`: the position of the last closing one has."""
    sql = f"""
        {_PUBLISHED}
        WHERE (:city = '' OR city.code = :city) AND closing.position < :before
        ORDER BY closing.position DESC LIMIT :limit
    """
    end = position + 1 if before is None else before
    values = {"position": position, "city": city_code, "before": end, "limit": limit}
    return _reports(session, sql, values)


def words(session: Session, actor: Actor, found: Report) -> Words | None:
    """What the reporter wrote, for those who may read it and while it is kept."""
    if not reads_reporter(actor, found.city_id):
        return None
    row = session.execute(
        text("SELECT text, contact FROM error_report_words WHERE report_id = :id"),
        {"id": found.id},
    ).one_or_none()
    return None if row is None else Words(row.text, row.contact)


def has_contact(session: Session, report_id: UUID) -> bool:
    """Whether an address is kept; for whoever gave it."""
    found = session.scalar(
        text("SELECT contact <> '' FROM error_report_words WHERE report_id = :id"),
        {"id": report_id},
    )
    return bool(found)


def _values(wanted: Wanted, today: date) -> dict[str, Any]:
    return {
        "state": wanted.state,
        "category": wanted.category,
        "overdue": wanted.overdue,
        "today": today,
    }


def _reports(session: Session, sql: str, values: Mapping[str, Any]) -> list[Report]:
    rows = session.execute(text(sql), values).all()
    steps = _steps(session, [row.id for row in rows])
    return [_report(row, steps.get(row.id, [])) for row in rows]


def _steps(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[Step]]:
    rows = session.execute(
        text("""
            SELECT s.*, event.recorded_at AS at, v.number AS version, v.state AS version_state
            FROM error_report_step s JOIN event ON event.position = s.position
            LEFT JOIN use_case_version v ON v.id = s.version_id
            WHERE s.report_id = ANY(:ids) ORDER BY s.position
        """),
        {"ids": list(ids)},
    )
    found: dict[UUID, list[Step]] = {}
    for row in rows:
        step = Step(
            act=ReportAct(row.act),
            position=row.position,
            at=row.at,
            text=row.text,
            due_on=row.due_on,
            outcome=None if row.outcome is None else Outcome(row.outcome),
            version=row.version,
            version_public=row.version is not None
            and ReviewState(row.version_state) in PUBLIC_STATES,
            published=row.published,
            actor_id=row.actor_id,
        )
        found.setdefault(row.report_id, []).append(step)
    return found


def _report(row: Any, steps: Sequence[Step]) -> Report:
    city_vi, city_en = row.city_vi or row.city_code, row.city_en or row.city_code
    named = row.use_case_code is not None
    return Report(
        id=row.id,
        position=row.position,
        about=About(row.city_code, row.use_case_code or "", row.version),
        city_id=row.city_id,
        city_vi=city_vi,
        city_en=city_en,
        title_vi=(row.title or row.use_case_code) if named else city_vi,
        title_en=(row.title_en or "") if named else city_en,
        category=Category(row.category),
        field=row.field,
        state=ReportState(row.state),
        due_on=row.due_on,
        received_at=row.received_at,
        ended_at=row.ended_at,
        steps=steps,
    )
