"""Opinions of first and second readers: what waits, what was said, how often readers differ."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.deciding import Opinion
from registry.domain.model import LIVE_STATES, Action, Actor, ReviewState, Role, Subject
from registry.domain.permissions import sees_difference, sees_opinions
from registry.domain.readers import Cause, End, Seat, cause, draw
from registry.domain.use_case import UseCaseText
from registry.queries.desk_policy import policy
from registry.queries.moments import VIET_NAM

# Whose opinions on a version `v` wait for another's: what rules need to know of a round.
READERS_SQL = """ARRAY(
    SELECT o.actor_id FROM opinion o
    WHERE o.version_id = v.id AND NOT EXISTS (
        SELECT FROM round_end e WHERE e.version_id = o.version_id AND e.round = o.round
    )
    ORDER BY o.position
)"""


@dataclass(frozen=True, slots=True)
class Given:
    """An opinion as it was given: as whom, when, whether by the reader of this."""

    seat: Seat
    at: datetime
    own: bool
    opinion: Opinion


@dataclass(frozen=True, slots=True)
class Round:
    """The opinions of one round that a reader may see; `paired` says that there are two."""

    number: int
    cause: Cause
    paired: bool
    end: End | None
    given: tuple[Given, ...]

    @property
    def columns(self) -> list[tuple[str, Opinion]]:
        """As they stand side by side."""
        return [(given.seat.value, given.opinion) for given in self.given]

    @property
    def waits_for(self) -> Seat | None:
        if self.end is not None:
            return None
        return Seat.LEAD if self.paired else Seat.SECOND


@dataclass(frozen=True, slots=True)
class Difference:
    """Two readers' difference that waits for the lead; `held` when somebody has taken it up."""

    use_case_code: str
    number: int
    title: str
    title_en: str
    city_vi: str
    city_en: str
    cause: Cause
    since: datetime
    held: bool


@dataclass(frozen=True, slots=True)
class Pairs:
    """How many pairs of opinions there were, and how many of them differed."""

    paired: int = 0
    differing: int = 0

    @property
    def percent(self) -> int | None:
        """Rounded half up; None where there was no pair."""
        return None if not self.paired else (200 * self.differing + self.paired) // self.paired // 2


def with_readers(subject: Subject, readers: Collection[UUID]) -> Subject:
    """The version with those whose opinions on it wait."""
    return replace(
        subject,
        reader_ids=frozenset(readers),
        disputed=len(readers) > 1,
        proposed=bool(readers) and subject.state in LIVE_STATES,
    )


def readers(session: Session, version_id: UUID) -> Sequence[UUID]:
    found: Sequence[UUID] = session.execute(
        text(f"SELECT {READERS_SQL} FROM use_case_version v WHERE v.id = :id"), {"id": version_id}
    ).scalar_one()
    return found


def next_round(session: Session, version_id: UUID) -> int:
    """For whoever holds the version."""
    last = session.scalar(
        text("SELECT max(round) FROM opinion WHERE version_id = :id"), {"id": version_id}
    )
    return (last or 0) + 1


def needed(
    session: Session, on: date, version_id: UUID, said: UseCaseText, action: Action
) -> Cause | None:
    """Why doing this to a submitted version needs a second reader on a day, or None."""
    return cause(
        policy(session, on),
        action,
        high_risk=str(said.get("risk_level")) == "high",
        drawn=draw(submission_hash(session, version_id)),
    )


def submission_hash(session: Session, version_id: UUID) -> bytes:
    """The hash of the event by which a version was submitted."""
    found = session.execute(
        text("""
            SELECT event.hash FROM use_case_version v
            JOIN event ON event.position = v.submitted_position WHERE v.id = :id
        """),
        {"id": version_id},
    ).scalar_one()
    return bytes(found)


def rounds(session: Session, actor: Actor, version_id: UUID) -> list[Round]:
    """All rounds on a version, the oldest first, whole. Not for readers: see `readable`."""
    rows = session.execute(
        text("""
            SELECT o.round, o.seat, o.cause, o.actor_id, o.said, event.recorded_at AS at, e.outcome
            FROM opinion o
            JOIN event ON event.position = o.position
            LEFT JOIN round_end e ON e.version_id = o.version_id AND e.round = o.round
            WHERE o.version_id = :id ORDER BY o.position
        """),
        {"id": version_id},
    ).all()
    return [
        _round(number, [row for row in rows if row.round == number], actor)
        for number in sorted({row.round for row in rows})
    ]


def readable(session: Session, actor: Actor, version_id: UUID, subject: Subject) -> list[Round]:
    """The rounds on a version with what `actor` may read of them: of one that waits, as
    `sees_opinions` says; of one that led to a decision or upheld an approval, what the ministry
    reads of it; of one that came to nothing, one's own."""
    return [
        replace(each, given=tuple(g for g in each.given if g.own or _shown(actor, subject, each)))
        for each in rounds(session, actor, version_id)
    ]


def differences(session: Session) -> list[Difference]:
    """What waits for a lead, the oldest difference first. For the ministry's people."""
    rows = session.execute(
        text("""
            SELECT u.code AS use_case_code, v.number, v.content ->> 'title' AS title,
                coalesce(v.content ->> 'title_en', '') AS title_en,
                coalesce(period.name_vi, city.code) AS city_vi,
                coalesce(period.name_en, city.code) AS city_en,
                o.cause, event.recorded_at AS since, v.state = 'in_review' AS held
            FROM opinion o
            JOIN event ON event.position = o.position
            JOIN use_case_version v ON v.id = o.version_id
            JOIN use_case u ON u.id = v.use_case_id
            JOIN city ON city.id = u.city_id
            LEFT JOIN LATERAL (
                SELECT name_vi, name_en FROM city_period p WHERE p.city_id = city.id
                ORDER BY p.valid DESC LIMIT 1
            ) period ON true
            WHERE o.seat = 'second' AND NOT EXISTS (
                SELECT FROM round_end e WHERE e.version_id = o.version_id AND e.round = o.round
            )
            ORDER BY o.position
        """)
    )
    names = Difference.__dataclass_fields__.keys() - {"cause"}
    return [
        Difference(cause=Cause(row.cause), **{name: getattr(row, name) for name in names})
        for row in rows
    ]


def agreement(session: Session, since: date | None, until: date | None) -> dict[Cause, Pairs]:
    """Of the pairs completed on these days (Viet Nam's, both included) how many differed."""
    rows = session.execute(
        text(f"""
            SELECT o.cause, count(*) AS paired,
                count(*) FILTER (WHERE e.outcome IS DISTINCT FROM 'agreed') AS differing
            FROM opinion o
            JOIN event ON event.position = o.position
            LEFT JOIN round_end e ON e.version_id = o.version_id AND e.round = o.round
            WHERE o.seat = 'second'
                AND (CAST(:since AS date) IS NULL
                    OR (event.recorded_at AT TIME ZONE '{VIET_NAM.key}')::date >= :since)
                AND (CAST(:until AS date) IS NULL
                    OR (event.recorded_at AT TIME ZONE '{VIET_NAM.key}')::date <= :until)
            GROUP BY o.cause
        """),
        {"since": since, "until": until},
    )
    found = {Cause(row.cause): Pairs(row.paired, row.differing) for row in rows}
    return {cause: found.get(cause, Pairs()) for cause in Cause}


def in_all(pairs: dict[Cause, Pairs]) -> Pairs:
    return Pairs(
        sum(each.paired for each in pairs.values()), sum(each.differing for each in pairs.values())
    )


def leads(session: Session, city_id: int) -> list[UUID]:
    """Who may settle differences on an entry of a city, but for the readers themselves."""
    return list(
        session.scalars(
            text("""
                SELECT DISTINCT user_id FROM membership lead WHERE role = :lead
                    AND NOT EXISTS (SELECT FROM membership m
                        WHERE m.user_id = lead.user_id AND m.city_id = :city)
                ORDER BY 1
            """),
            {"lead": Role.LEAD.value, "city": city_id},
        )
    )


def state_for(state: ReviewState, readers: Collection[UUID], *, oversees: bool) -> ReviewState:
    """The state as it is shown: that a version goes from reader to reader is the ministry's
    affair, so others see it in review all the while."""
    between = state is ReviewState.SUBMITTED and bool(readers) and not oversees
    return ReviewState.IN_REVIEW if between else state


def _shown(actor: Actor, subject: Subject, found: Round) -> bool:
    if found.end is None:
        return sees_opinions(actor, subject)
    return found.end in {End.AGREED, End.SETTLED} and sees_difference(actor)


def _round(number: int, rows: Sequence[Any], actor: Actor) -> Round:
    outcome = rows[0].outcome
    return Round(
        number=number,
        cause=Cause(rows[0].cause),
        paired=len(rows) > 1,
        end=None if outcome is None else End(outcome),
        given=tuple(
            Given(Seat(row.seat), row.at, row.actor_id == actor.user_id, Opinion.read(row.said))
            for row in rows
        ),
    )
