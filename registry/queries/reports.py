"""What a report about a day is made of, in a number of queries that does not grow with the cities.

What is known of reviewers is for the ministry alone; `reviewing` is asked for apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from statistics import median
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.attestation import Due
from registry.domain.coverage import Tally
from registry.domain.model import Action
from registry.domain.periods import FigureRow
from registry.queries.cities import CityRow, cities
from registry.queries.coverage import Coverage, GroupBy, coverage
from registry.queries.figures import SERIES, Figure, figure, figure_rows
from registry.queries.moments import Moment
from registry.queries.periods import Late, Period, late, periods
from registry.queries.staying import live_cases
from registry.queries.tree import Head, head_over


@dataclass(frozen=True, slots=True)
class Proof:
    """A piece of evidence: a link, or a file by its SHA-256."""

    title: str
    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class CountedCase:
    """A case by which a city counts, in the version that governs the day."""

    city: CityRow
    use_case: str
    version: int
    areas: tuple[str, ...]
    title: str
    title_en: str
    submitted_at: datetime
    evidence: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Overdue:
    """A live case whose city has not confirmed it in time."""

    city: CityRow | None
    use_case: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Before:
    """The period before, and which cities came into the count or left it between the two days."""

    period: Period
    tally: Tally
    entered: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """`figure` is that of the day with its parts; `names` are those of the day, by city code.
    `head` is the signed head of the ledger that covers what the report knows, once there is one.
    """

    period: Period
    published: Figure | None
    figure: Coverage
    parts: Mapping[GroupBy, Coverage]
    cities: tuple[CityRow, ...]
    counted: tuple[CountedCase, ...]
    overdue: tuple[Overdue, ...]
    before: Before | None
    late: Mapping[tuple[str, int], Late]
    names: Mapping[str, tuple[str, str]]
    head: Head | None

    @property
    def moment(self) -> Moment:
        return self.figure.moment


@dataclass(frozen=True, slots=True)
class Throughput:
    """What one reviewer decided, and how long it had waited; in days.

    `opinions` are those that another's decision rests on or that changed nothing: of rounds that
    have ended, for one that waits would be known by the number it adds.
    """

    name: str
    decisions: Mapping[Action, int]
    opinions: int
    median_days: float
    longest_days: float

    @property
    def total(self) -> int:
        return sum(self.decisions.values())


@dataclass(frozen=True, slots=True)
class Reviewing:
    """Decisions recorded after `since` (None: ever) and up to a moment, and what waits then."""

    since: datetime | None
    reviewers: tuple[Throughput, ...]
    waiting: int
    oldest: datetime | None


PARTS = (GroupBy.PROVINCE, GroupBy.URBAN_CLASS, GroupBy.AREA)

_CASES = text("""
    SELECT u.code AS use_case, v.number AS version, v.content ->> 'title' AS title,
        coalesce(v.content ->> 'title_en', '') AS title_en, e.recorded_at AS submitted_at,
        coalesce((
            SELECT jsonb_agg(jsonb_build_array(
                i.title, coalesce(i.url, ''), coalesce(encode(i.file_sha256, 'hex'), '')
            ) ORDER BY i.ordinal) FROM evidence i WHERE i.version_id = v.id
        ), '[]') AS evidence
    FROM use_case_version v
    JOIN use_case u ON u.id = v.use_case_id
    JOIN event e ON e.position = v.submitted_position
    WHERE u.code = ANY(:codes)
""")

_DECISIONS = text("""
    SELECT a.id, a.name, d.action, count(*) AS n,
        array_agg(EXTRACT(EPOCH FROM done.recorded_at - sent.recorded_at) / 86400.0) AS days
    FROM decision d
    JOIN event done ON done.position = d.position
    JOIN use_case_version v ON v.id = d.version_id
    JOIN event sent ON sent.position = v.submitted_position
    JOIN user_account a ON a.id = d.actor_id
    WHERE d.position <= :position
        AND (CAST(:since AS timestamptz) IS NULL OR done.recorded_at > :since)
    GROUP BY a.id, a.name, d.action ORDER BY a.name, a.id, d.action
""")
# A second opinion that agrees is the decision itself.
_OPINIONS = text("""
    SELECT a.id, a.name, count(*) AS n,
        array_agg(EXTRACT(EPOCH FROM given.recorded_at - sent.recorded_at) / 86400.0)
            FILTER (WHERE o.cause <> 'revocation') AS days
    FROM opinion o
    JOIN round_end e ON e.version_id = o.version_id AND e.round = o.round
    JOIN event given ON given.position = o.position
    JOIN use_case_version v ON v.id = o.version_id
    JOIN event sent ON sent.position = v.submitted_position
    JOIN user_account a ON a.id = o.actor_id
    WHERE e.position <= :position
        AND (CAST(:since AS timestamptz) IS NULL OR given.recorded_at > :since)
        AND NOT EXISTS (SELECT FROM decision d WHERE d.position = o.position)
    GROUP BY a.id, a.name ORDER BY a.name, a.id
""")
# First decisions are what a city waits for; suspending or revoking answers nobody's submission.
_ANSWERS = frozenset({Action.APPROVE, Action.RETURN, Action.REJECT})

_WAITING = text("""
    SELECT count(*) AS n, min(e.recorded_at) AS oldest
    FROM use_case_version v JOIN event e ON e.position = v.submitted_position
    WHERE v.submitted_position <= :position
        AND (v.withdrawn_position IS NULL OR v.withdrawn_position > :position)
        AND NOT EXISTS (
            SELECT FROM decision d WHERE d.version_id = v.id AND d.position <= :position
        )
""")


def report(session: Session, period: Period, moment: Moment) -> Report:
    """The report about the day of `moment`, as known then."""
    parts = {part: coverage(session, moment, SERIES, part) for part in PARTS}
    rows = cities(session, moment, SERIES)
    by_code = {row.code: row for row in rows}
    by_id = {row.id: row for row in rows}
    entries = figure_rows(session, moment)
    live = live_cases(session, moment)
    return Report(
        period=period,
        published=figure(session, period.code),
        figure=replace(parts[GroupBy.PROVINCE], groups=()),
        parts=parts,
        cities=tuple(rows),
        counted=_counted(session, by_code, entries),
        overdue=tuple(
            Overdue(by_id.get(case.city_id), case.code, case.term.due_on)
            for case in live.values()
            if case.due(moment.on) is Due.OVERDUE
        ),
        before=_before(session, period, moment, {row.city for row in entries if row.counts}),
        late=late(session, moment.position, period_code=period.code),
        names=_names(session, moment),
        head=head_over(session, moment.position),
    )


def reviewing(session: Session, moment: Moment, since: datetime | None) -> Reviewing:
    """For the ministry: who decided how much, after how long, and what waits."""
    names: dict[UUID, str] = {}
    counts: dict[UUID, dict[Action, int]] = {}
    days: dict[UUID, list[float]] = {}
    for row in session.execute(_DECISIONS, {"position": moment.position, "since": since}):
        action = Action(row.action)
        names[row.id] = row.name
        counts.setdefault(row.id, {})[action] = row.n
        waited = [float(each) for each in row.days] if action in _ANSWERS else []
        days.setdefault(row.id, []).extend(waited)
    opinions: dict[UUID, int] = {}
    for row in session.execute(_OPINIONS, {"position": moment.position, "since": since}):
        names[row.id] = row.name
        opinions[row.id] = row.n
        days.setdefault(row.id, []).extend(float(each) for each in row.days or [])
    waiting = session.execute(_WAITING, {"position": moment.position}).one()
    return Reviewing(
        since=since,
        reviewers=tuple(
            Throughput(
                name,
                counts.get(user, {}),
                opinions.get(user, 0),
                median(days[user] or [0.0]),
                max(days[user], default=0.0),
            )
            for user, name in sorted(names.items(), key=lambda each: (each[1], each[0]))
        ),
        waiting=waiting.n,
        oldest=waiting.oldest,
    )


def _counted(
    session: Session, by_code: Mapping[str, CityRow], entries: Sequence[FigureRow]
) -> tuple[CountedCase, ...]:
    bases = [(row.city, case) for row in entries if row.counts for case in row.cases]
    codes = sorted({case.use_case for _, case in bases})
    texts = {(row.use_case, row.version): row for row in session.execute(_CASES, {"codes": codes})}
    found = []
    for city, case in bases:
        said = texts[case.use_case, case.version]
        found.append(
            CountedCase(
                city=by_code[city],
                use_case=case.use_case,
                version=case.version,
                areas=case.areas,
                title=said.title,
                title_en=said.title_en,
                submitted_at=said.submitted_at,
                evidence=tuple(Proof(*item) for item in said.evidence),
            )
        )
    return tuple(found)


def _before(session: Session, period: Period, moment: Moment, now: set[str]) -> Before | None:
    """Compared with what was published of the day before; else with what is known of it now."""
    earlier = [p for p in periods(session) if p.reporting_day < period.reporting_day]
    if not earlier:
        return None
    last = earlier[0]
    published = figure(session, last.code)
    if published is not None:
        tally, rows = published.tally, published.rows
    else:
        then = Moment(last.reporting_day, moment.position, moment.known_at)
        tally = coverage(session, then, SERIES).tally
        rows = tuple(figure_rows(session, then))
    counted = {row.city for row in rows if row.counts}
    return Before(last, tally, tuple(sorted(now - counted)), tuple(sorted(counted - now)))


def _names(session: Session, moment: Moment) -> dict[str, tuple[str, str]]:
    """Of every city of the register: whoever left the count may have left the roll as well."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (city.code) city.code, p.name_vi, p.name_en
            FROM city JOIN city_period_known p ON p.city_id = city.id
            ORDER BY city.code, p.known @> CAST(:position AS bigint) DESC,
                p.valid @> CAST(:on AS date) DESC, p.valid
        """),
        {"position": moment.position, "on": moment.on},
    )
    return {row.code: (row.name_vi, row.name_en) for row in rows}
