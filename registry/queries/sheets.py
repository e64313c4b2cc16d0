"""Spreadsheets: what a sheet is held against, and how one's own uploads stand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.errors import NotFound
from registry.domain.model import Action, Actor, Subject
from registry.domain.permissions import can
from registry.domain.sheets import Choice, Outcome, SheetState, Verdict
from registry.domain.standard import CURRENT
from registry.domain.use_case import UseCaseText
from registry.queries import entries
from registry.queries.moments import TODAY_SQL
from registry.queries.people import actor as actor_of
from registry.sheets.cells import folded
from registry.sheets.known import Known, KnownCase, KnownCity, KnownProblem, Predecessor
from registry.sheets.writing import Entry


@dataclass(frozen=True, slots=True)
class Upload:
    """A spreadsheet of one's own. Times are UTC; `counts` are rows by verdict and by outcome."""

    id: UUID
    city_code: str
    city_vi: str
    city_en: str
    name: str
    sha256: str
    standard: str
    state: SheetState
    trouble: str
    sheet: str
    notes: Mapping[str, Any]
    rows_total: int
    rows_done: int
    choice: Choice | None
    created_at: datetime
    changed_at: datetime
    counts: Mapping[str, int]

    def count(self, *kinds: Verdict | Outcome) -> int:
        return sum(self.counts.get(kind.value, 0) for kind in kinds)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A row as it was judged. `base` is the text it would change, where it is still the same."""

    number: int
    city_code: str
    own_id: str
    title: str
    verdict: Verdict
    colleague: bool
    changes: Mapping[str, Any]
    new_problems: Sequence[Mapping[str, Any]]
    cells: Sequence[Mapping[str, Any]]
    lacks: Sequence[Mapping[str, Any]]
    asks: Sequence[Mapping[str, Any]]
    outcome: Outcome | None
    trouble: str
    result_id: UUID | None
    version_id: UUID | None
    base: Mapping[str, Any] | None
    base_standard: str | None


_UPLOAD = f"""
    SELECT s.*, city.code AS city_code, coalesce(period.name_vi, city.code) AS city_vi,
        coalesce(period.name_en, city.code) AS city_en
    FROM sheet_upload s JOIN city ON city.id = s.city_id
    LEFT JOIN LATERAL (
        SELECT name_vi, name_en FROM city_period p WHERE p.city_id = city.id
        ORDER BY p.valid @> {TODAY_SQL} DESC, p.valid DESC LIMIT 1
    ) period ON true
"""


def upload(session: Session, user_id: UUID, upload_id: UUID) -> Upload | None:
    """One's own; of anybody else's nothing is said."""
    row = session.execute(
        text(f"{_UPLOAD} WHERE s.id = :id AND s.user_id = :user"),
        {"id": upload_id, "user": user_id},
    ).one_or_none()
    return None if row is None else _upload(row, _counts(session, [row.id])[row.id])


def uploads(session: Session, user_id: UUID, city_code: str, limit: int = 20) -> list[Upload]:
    """One's last ones at a city's desk, newest first."""
    rows = session.execute(
        text(f"""
            {_UPLOAD} WHERE s.user_id = :user AND city.code = :city
            ORDER BY s.created_at DESC, s.id LIMIT :limit
        """),
        {"user": user_id, "city": city_code, "limit": limit},
    ).all()
    counts = _counts(session, [row.id for row in rows])
    return [_upload(row, counts[row.id]) for row in rows]


def report_rows(
    session: Session,
    upload_id: UUID,
    after: int = 0,
    limit: int | None = None,
    *,
    skip: int = 0,
    problems_only: bool = False,
) -> list[ReportRow]:
    """Rows of a report after a number, in their order; by `limit` None all of them."""
    rows = session.execute(
        text("""
            SELECT r.*, v.content AS base, v.standard AS base_standard
            FROM sheet_row r
            LEFT JOIN use_case_version v ON v.id = r.version_id AND v.revision = r.revision
            WHERE r.upload_id = :id AND r.number > :after AND (
                NOT :problems OR r.verdict = 'refused' OR r.outcome = 'not_taken_over')
            ORDER BY r.number LIMIT :limit OFFSET :skip
        """),
        {
            "id": upload_id,
            "after": after,
            "limit": limit,
            "skip": skip,
            "problems": problems_only,
        },
    )
    names = ReportRow.__dataclass_fields__
    return [
        ReportRow(
            **{
                **{name: getattr(row, name) for name in names},
                "verdict": Verdict(row.verdict),
                "outcome": None if row.outcome is None else Outcome(row.outcome),
            }
        )
        for row in rows
    ]


def stale_rows(session: Session, upload_id: UUID) -> list[int]:
    """Accepted rows that are no longer true: what they would change was changed since, or what
    they would start was started."""
    return list(
        session.scalars(
            text("""
                SELECT r.number FROM sheet_row r
                LEFT JOIN use_case_version v ON v.id = r.version_id
                WHERE r.upload_id = :id AND r.verdict IN ('new', 'changed') AND (
                    v.revision <> r.revision
                    OR EXISTS (
                        SELECT FROM use_case_version newer
                        WHERE newer.use_case_id = v.use_case_id AND newer.number > v.number
                    )
                    OR r.version_id IS NULL AND EXISTS (
                        SELECT FROM use_case u JOIN city ON city.id = u.city_id
                        WHERE city.code = r.city_code AND u.own_id = r.own_id
                    )
                ) ORDER BY r.number
            """),
            {"id": upload_id},
        )
    )


def uploader(session: Session, upload_id: UUID) -> Actor | None:
    """Who handed it in, with the roles they have now; None where their account is closed."""
    user_id = session.scalar(
        text("""
            SELECT u.id FROM sheet_upload s JOIN user_account u ON u.id = s.user_id
            WHERE s.id = :id AND u.disabled_at IS NULL
        """),
        {"id": upload_id},
    )
    return None if user_id is None else actor_of(session, user_id)


def written(session: Session, actor: Actor, city_code: str, today: date) -> list[Entry]:
    """A city's use cases as an export writes them, in order of code. Raises NotFound for a city
    that is not one's own."""
    city = next((c for c in own_cities(session, actor, today) if c.code == city_code), None)
    if city is None:
        raise NotFound
    own_ids = _own_ids(session, city_code)
    return [
        Entry(city, version.use_case_code, own_ids[version.use_case_code] or "", _text(version))
        for version in entries.latest_versions(session, actor, city_code=city_code)
    ]


def own_cities(session: Session, actor: Actor, today: date) -> list[KnownCity]:
    """The cities one may declare for, with their names and problems, in order of code."""
    ids = [i for i in actor.city_ids if can(actor, Action.DECLARE_USE_CASE, Subject(city_id=i))]
    rows = session.execute(
        text("""
            SELECT city.code, array_agg(name ORDER BY now DESC, valid DESC) AS names
            FROM city
            JOIN LATERAL (
                SELECT valid, valid @> CAST(:today AS date) AS now, unnest(ARRAY[name_vi, name_en])
                    AS name
                FROM city_period WHERE city_id = city.id
            ) period ON true
            WHERE city.id = ANY(:ids) GROUP BY city.code ORDER BY city.code
        """),
        {"ids": ids, "today": today},
    )
    return [
        KnownCity(
            code=row.code,
            name=row.names[0],
            names=tuple(dict.fromkeys(row.names)),
            problems=_problems(session, row.code),
        )
        for row in rows
    ]


def known(session: Session, actor: Actor, home: str, today: date) -> Known:
    """Everything a sheet of this person is held against."""
    cities = {
        city.code: KnownCity(
            city.code,
            city.name,
            city.names,
            city.problems,
            cases(session, actor, city.code),
            _files(session, city.code),
        )
        for city in own_cities(session, actor, today)
    }
    return Known(home, cities, today, _predecessors(session, list(cities)), _elsewhere(session))


def cases(session: Session, actor: Actor, city_code: str) -> list[KnownCase]:
    """The city's use cases by their newest version, in order of code."""
    own_ids = _own_ids(session, city_code)
    found = []
    for version in entries.latest_versions(session, actor, city_code=city_code):
        actions = version.actions(actor)
        found.append(
            KnownCase(
                city=city_code,
                code=version.use_case_code,
                own_id=own_ids[version.use_case_code],
                version_id=version.id,
                revision=version.revision,
                state=version.state.value,
                content=_text(version).content(),
                may_edit=Action.EDIT in actions,
                may_revise=Action.REVISE in actions,
                colleague=version.edited_by_id not in {None, actor.user_id},
            )
        )
    return found


def _own_ids(session: Session, city_code: str) -> dict[str, str | None]:
    rows = session.execute(
        text("""
            SELECT u.code, u.own_id FROM use_case u JOIN city ON city.id = u.city_id
            WHERE city.code = :city
        """),
        {"city": city_code},
    )
    return {row.code: row.own_id for row in rows}


def _text(version: entries.Version) -> UseCaseText:
    """By the current standard; what is by it already is not read a second time."""
    return version.draft if version.standard == CURRENT else version.draft.upgraded()


def _problems(session: Session, city_code: str) -> list[KnownProblem]:
    return [
        KnownProblem(
            number=number,
            id=problem.id,
            title=problem.title,
            withdrawn=problem.withdrawn_on is not None,
            content=content_of(problem),
        )
        for number, problem in enumerate(entries.problems(session, city_code), 1)
    ]


def content_of(problem: entries.Problem) -> dict[str, Any]:
    """A declared problem as its draft had it."""
    return {
        "area": problem.area.value,
        "title": problem.title,
        "title_en": problem.title_en,
        "statement": problem.statement,
        "declared_on": problem.declared_on,
        "basis_kind": problem.basis_kind.value,
        "basis_number": problem.basis_number,
        "basis_date": problem.basis_date,
        "basis_url": problem.basis_url,
    }


def _files(session: Session, city_code: str) -> frozenset[str]:
    return frozenset(
        session.scalars(
            text("""
                SELECT encode(h.sha256, 'hex') FROM file_holding h
                JOIN city ON city.id = h.city_id WHERE city.code = :city
            """),
            {"city": city_code},
        )
    )


def _predecessors(session: Session, codes: Sequence[str]) -> list[Predecessor]:
    rows = session.execute(
        text("""
            SELECT old.code, array_agg(DISTINCT period.name_vi) AS names, new.code AS successor,
                l.effective_on AS on, l.legal_basis AS basis
            FROM city_lineage l
            JOIN city old ON old.id = l.predecessor_id
            JOIN city new ON new.id = l.successor_id
            JOIN city_period period ON period.city_id = old.id
            WHERE new.code = ANY(:codes) AND NOT old.code = ANY(:codes)
            GROUP BY 1, 3, 4, 5 ORDER BY 1, 3
        """),
        {"codes": list(codes)},
    )
    return [Predecessor(r.code, r.names, r.successor, r.on, r.basis) for r in rows]


def _elsewhere(session: Session) -> frozenset[str]:
    rows = session.execute(
        text("""
            SELECT DISTINCT city.code, period.name_vi FROM city
            JOIN city_period period ON period.city_id = city.id
        """)
    )
    return frozenset(name for row in rows for name in (row.code, folded(row.name_vi)))


def _counts(session: Session, ids: Sequence[UUID]) -> dict[UUID, Counter[str]]:
    found: dict[UUID, Counter[str]] = {each: Counter() for each in ids}
    rows = session.execute(
        text("""
            SELECT upload_id, verdict, outcome, count(*) AS rows FROM sheet_row
            WHERE upload_id = ANY(:ids) GROUP BY 1, 2, 3
        """),
        {"ids": list(ids)},
    )
    for row in rows:
        found[row.upload_id][row.verdict] += row.rows
        if row.outcome is not None:
            found[row.upload_id][row.outcome] += row.rows
    return found


def _upload(row: Any, counts: Mapping[str, int]) -> Upload:
    given = {"counts", "state", "choice", "sha256"}
    return Upload(
        **{name: getattr(row, name) for name in Upload.__dataclass_fields__.keys() - given},
        sha256=bytes(row.sha256).hex(),
        state=SheetState(row.state),
        choice=None if row.choice is None else Choice(row.choice),
        counts=counts,
    )
