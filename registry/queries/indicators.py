"""Indicators 1, 3 and 4: the figure of a day as known, and the lines it is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.indicators import (
    SHAPES,
    Count,
    EntryAction,
    EntryState,
    Fact,
    Indicator,
    LineKind,
    Said,
    count,
    known,
    standings,
)
from registry.queries.moments import Moment


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided of a line, when and why. Of whom only the role is ever shown."""

    position: int
    recorded_at: datetime
    action: EntryAction
    reason: str
    effective_from: date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as it was reported, with where it stands now."""

    id: UUID
    position: int
    recorded_at: datetime
    indicator: Indicator
    kind: LineKind
    key: str
    parent: str
    start: date
    end: date | None
    is_person: bool
    amount: int | None
    fits: bool
    content: dict[str, Any]
    author_id: UUID | None
    state: EntryState
    rulings: tuple[Ruling, ...]

    @property
    def name_vi(self) -> str:
        return str(self.content.get("name_vi", ""))

    @property
    def name_en(self) -> str:
        return str(self.content.get("name_en", ""))

    @property
    def source_url(self) -> str:
        return str(self.content["source_url"])

    @property
    def public(self) -> bool:
        """Everybody may read what was approved once; one person's line nobody needs to."""
        return self.state in {EntryState.APPROVED, EntryState.REVOKED} and not self.is_person

    @property
    def example(self) -> bool:
        return bool(self.content["example"])


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit (of indicator 3: a course) of a day, with the lines by which it counts."""

    entry: Entry
    by: tuple[Entry, ...]
    # Completions are counted, not listed: nobody needs to see one person's line.
    people: int = 0
    numbers: int = 0

    @property
    def counts(self) -> bool:
        return bool(self.by or self.people)


_KNOWN = text("""
    SELECT e.id, e.kind, e.key, e.parent, lower(e.valid) AS start, upper(e.valid) AS until,
        coalesce(encode(e.person_key, 'hex'), '') AS person, e.amount, e.fits,
        e.position AS reported, approved.position AS approved, revoked.position AS revoked,
        revoked.effective_from AS revoked_from
    FROM indicator_entry e
    JOIN indicator_decision approved ON approved.entry_id = e.id AND approved.action = 'approve'
    LEFT JOIN indicator_decision revoked
        ON revoked.entry_id = e.id AND revoked.action = 'revoke' AND revoked.position <= :position
    WHERE e.indicator = :indicator AND approved.position <= :position
""")


def said(session: Session, indicator: Indicator, position: int) -> list[tuple[UUID, Said]]:
    """The lines approved by a ledger position, with their ids."""
    rows = session.execute(_KNOWN, {"indicator": indicator.value, "position": position})
    return [
        (
            row.id,
            Said(
                LineKind(row.kind),
                row.key,
                row.parent,
                row.start,
                row.until,
                row.reported,
                row.approved,
                row.revoked,
                row.revoked_from,
                row.person,
                row.amount,
                row.fits,
            ),
        )
        for row in rows
    ]


def facts(session: Session, indicator: Indicator, position: int) -> list[Fact]:
    """What holds on which days, as known at a ledger position."""
    return known([each for _, each in said(session, indicator, position)], position)


def count_on(session: Session, indicator: Indicator, at: Moment) -> Count:
    """The figure of indicator 1, 3 or 4 for the day, as known."""
    return count(indicator, facts(session, indicator, at.position), at.on)


def unit_rows(session: Session, indicator: Indicator, at: Moment) -> list[UnitRow]:
    """The rows under the figure: every unit of the day, in the order of its code."""
    lines = said(session, indicator, at.position)
    holding = known([each for _, each in lines], at.position)
    ids = _governing(lines)
    found = standings(indicator, holding, at.on)
    of_people = SHAPES[indicator].of_people
    wanted = [ids[s.unit.kind, s.unit.key] for s in found]
    if not of_people:
        wanted += [ids[f.kind, f.key] for s in found for f in s.by]
    entries = entries_by_id(session, wanted)
    return [
        UnitRow(
            entries[ids[s.unit.kind, s.unit.key]],
            () if of_people else tuple(entries[ids[f.kind, f.key]] for f in s.by),
            people=len({f.person for f in s.by if f.person}),
            numbers=sum(f.amount or 0 for f in s.by if of_people and not f.person),
        )
        for s in found
    ]


def total_entry(session: Session, indicator: Indicator, at: Moment) -> Entry | None:
    """The line that tells the official total of the day, if one does."""
    lines = said(session, indicator, at.position)
    totals = [
        fact
        for fact in known([each for _, each in lines], at.position)
        if fact.kind is LineKind.TOTAL and fact.on(at.on)
    ]
    if not totals:
        return None
    newest = max(totals, key=lambda fact: fact.start)
    found = _governing(lines)[newest.kind, newest.key]
    return entries_by_id(session, [found])[found]


def _governing(lines: Iterable[tuple[UUID, Said]]) -> dict[tuple[LineKind, str], UUID]:
    ordered = sorted(lines, key=lambda line: (line[1].approved, line[1].reported))
    return {(each.kind, each.key): entry_id for entry_id, each in ordered}


_ENTRY = """
    SELECT e.id, e.position, event.recorded_at, e.indicator, e.kind, e.key, e.parent,
        lower(e.valid) AS start, upper(e.valid) AS until, e.person_key IS NOT NULL AS is_person,
        e.amount, e.fits, e.content, e.author_id, coalesce(last.action, '') AS last_action
    FROM indicator_entry e
    JOIN event ON event.position = e.position
    LEFT JOIN LATERAL (
        SELECT action FROM indicator_decision d WHERE d.entry_id = e.id
        ORDER BY d.position DESC LIMIT 1
    ) last ON true
"""
_STATES = {
    "": EntryState.REPORTED,
    "approve": EntryState.APPROVED,
    "return": EntryState.RETURNED,
    "revoke": EntryState.REVOKED,
}
_WORDS = {state: action for action, state in _STATES.items()}


def entries_by_id(session: Session, ids: Iterable[UUID]) -> dict[UUID, Entry]:
    rows = session.execute(text(f"{_ENTRY} WHERE e.id = ANY(:ids)"), {"ids": list(set(ids))})
    return {entry.id: entry for entry in _entries(session, rows.all())}


def entry(session: Session, entry_id: UUID) -> Entry | None:
    return entries_by_id(session, [entry_id]).get(entry_id)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines somebody looks for; None: no matter."""

    indicator: Indicator | None = None
    kind: LineKind | None = None
    state: EntryState | None = None


_WHERE = """
    WHERE (CAST(:indicator AS smallint) IS NULL OR e.indicator = :indicator)
        AND (CAST(:kind AS text) IS NULL OR e.kind = :kind)
        AND (CAST(:action AS text) IS NULL OR coalesce(last.action, '') = :action)
"""


def entries(session: Session, wanted: Wanted, *, limit: int, offset: int = 0) -> list[Entry]:
    """Lines as they were reported, the oldest first."""
    rows = session.execute(
        text(f"{_ENTRY} {_WHERE} ORDER BY e.position, e.kind, e.key LIMIT :limit OFFSET :offset"),
        {**_values(wanted), "limit": limit, "offset": offset},
    )
    return _entries(session, rows.all())


def how_many(session: Session, wanted: Wanted) -> int:
    return int(
        session.scalar(text(f"SELECT count(*) FROM ({_ENTRY} {_WHERE}) found"), _values(wanted))
        or 0
    )


def waiting(session: Session) -> dict[tuple[Indicator, LineKind, EntryState], int]:
    """How many lines stand where, by indicator and kind."""
    rows = session.execute(
        text(f"""
            SELECT indicator, kind, last_action, count(*) AS number FROM ({_ENTRY}) found
            GROUP BY 1, 2, 3
        """)
    )
    return {
        (Indicator(r.indicator), LineKind(r.kind), _STATES[r.last_action]): r.number for r in rows
    }


def latest(
    session: Session,
    indicator: Indicator,
    kind: LineKind,
    keys: Iterable[str],
    *,
    standing: bool = False,
) -> dict[str, Entry]:
    """Of each key the line reported last that was not returned; `standing`: nor revoked."""
    ended = ["return", "revoke"] if standing else ["return"]
    rows = session.execute(
        text(f"""
            SELECT DISTINCT ON (found.key) found.* FROM ({_ENTRY}) found
            WHERE indicator = :indicator AND kind = :kind AND key = ANY(:keys)
                AND last_action <> ALL(:ended)
            ORDER BY found.key, found.position DESC
        """),
        {
            "indicator": indicator.value,
            "kind": kind.value,
            "keys": sorted(set(keys)),
            "ended": ended,
        },
    )
    return {entry.key: entry for entry in _entries(session, rows.all())}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list on its way in. `lines` are rows of the file with what each would do."""

    id: UUID
    indicator: Indicator
    kind: LineKind
    file_name: str
    lines: list[dict[str, Any]]
    state: str
    author_id: UUID
    created_at: datetime


def sheet(session: Session, sheet_id: UUID) -> Sheet | None:
    row = (
        session.execute(
            text("""
                SELECT id, indicator, kind, file_name, lines, state, author_id, created_at
                FROM indicator_sheet WHERE id = :id
            """),
            {"id": sheet_id},
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else _sheet(row)


def open_sheets(session: Session) -> list[Sheet]:
    """Lists that wait for their author's word, the newest first."""
    rows = session.execute(
        text("""
            SELECT id, indicator, kind, file_name, lines, state, author_id, created_at
            FROM indicator_sheet WHERE state = 'open' ORDER BY created_at DESC
        """)
    )
    return [_sheet(row) for row in rows.mappings()]


def _sheet(row: Any) -> Sheet:
    kind, indicator = LineKind(row["kind"]), Indicator(row["indicator"])
    return Sheet(**{**row, "kind": kind, "indicator": indicator})


def _values(wanted: Wanted) -> dict[str, Any]:
    return {
        "indicator": None if wanted.indicator is None else wanted.indicator.value,
        "kind": None if wanted.kind is None else wanted.kind.value,
        "action": None if wanted.state is None else _WORDS[wanted.state],
    }


def _entries(session: Session, rows: Sequence[Any]) -> list[Entry]:
    decisions = session.execute(
        text("""
            SELECT d.entry_id, d.position, event.recorded_at, d.action, d.reason, d.effective_from
            FROM indicator_decision d JOIN event USING (position)
            WHERE d.entry_id = ANY(:ids) ORDER BY d.position
        """),
        {"ids": [row.id for row in rows]},
    )
    rulings: dict[UUID, list[Ruling]] = {}
    for d in decisions:
        ruling = Ruling(
            d.position, d.recorded_at, EntryAction(d.action), d.reason, d.effective_from
        )
        rulings.setdefault(d.entry_id, []).append(ruling)
    return [
        Entry(
            id=row.id,
            position=row.position,
            recorded_at=row.recorded_at,
            indicator=Indicator(row.indicator),
            kind=LineKind(row.kind),
            key=row.key,
            parent=row.parent,
            start=row.start,
            end=row.until,
            is_person=row.is_person,
            amount=row.amount,
            fits=row.fits,
            content=row.content,
            author_id=row.author_id,
            state=_STATES[row.last_action],
            rulings=tuple(rulings.get(row.id, ())),
        )
        for row in rows
    ]
