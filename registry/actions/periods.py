"""Reporting periods: announcing one, putting its cut-off off, publishing its figure."""

from datetime import datetime

from sqlalchemy import select

from registry.actions.act import Act
from registry.actions.declare import person
from registry.actions.ledger import Ledger
from registry.db.tables import PeriodExtension, PublishedFigure, ReportingPeriod
from registry.domain.counting import RULE
from registry.domain.errors import (
    FieldProblem,
    InvalidInput,
    NotFound,
    PeriodOpen,
    RollMissing,
    Stale,
    WrongState,
)
from registry.domain.model import REGISTER, Action
from registry.domain.period_intake import (
    ExtensionDraft,
    PeriodDraft,
    PublicationDraft,
    earliest_cut_off,
)
from registry.domain.periods import Phase, digest
from registry.domain.permissions import check
from registry.queries.coverage import coverage, targets
from registry.queries.figures import SERIES, figure_rows
from registry.queries.moments import VIET_NAM, Moment
from registry.queries.periods import Period, period


def announce(act: Act, draft: PeriodDraft) -> ReportingPeriod:
    """Records a period. Raises InvalidInput for a code that is taken, a cut-off before the day."""
    role = check(act.actor, Action.MANAGE_PERIODS, REGISTER)
    ledger = Ledger(act)
    problems = []
    if act.session.scalar(select(ReportingPeriod.code).where(ReportingPeriod.code == draft.code)):
        problems.append(FieldProblem("/code", "taken_code", {"value": draft.code}))
    if draft.cut_off <= earliest_cut_off(draft.reporting_day):
        problems.append(FieldProblem("/cut_off_day", "before_reporting_day"))
    known = targets(act.session, Moment(draft.reporting_day, *ledger.head))
    if draft.target_year not in {target.year for target in known}:
        problems.append(FieldProblem("/target_year", "unknown_choice"))
    if problems:
        raise InvalidInput(problems)
    cut_off = _instant(draft.cut_off)
    position = ledger.append(
        "period.announced",
        role.value,
        "period",
        draft.code,
        {
            "reporting_day": draft.reporting_day.isoformat(),
            "cut_off": cut_off.isoformat(),
            "target_year": draft.target_year,
        },
    )
    row = ReportingPeriod(
        position=position,
        code=draft.code,
        name_vi=draft.name_vi,
        name_en=draft.name_en,
        reporting_day=draft.reporting_day,
        cut_off=cut_off,
        target_year=draft.target_year,
        author_id=person(act),
    )
    act.session.add(row)
    act.session.flush()
    return row


def extend(act: Act, code: str, draft: ExtensionDraft) -> PeriodExtension:
    """Puts the cut-off off. Raises WrongState once the figure is published."""
    role = check(act.actor, Action.MANAGE_PERIODS, REGISTER)
    ledger = Ledger(act)
    found = _unpublished(act, code)
    cut_off = _instant(draft.cut_off)
    if cut_off <= found.cut_off:
        raise InvalidInput([FieldProblem("/cut_off_day", "not_later")])
    position = ledger.append(
        "period.extended",
        role.value,
        "period",
        code,
        {"cut_off": cut_off.isoformat(), "reason": draft.reason},
    )
    row = PeriodExtension(
        position=position,
        period_code=code,
        cut_off=cut_off,
        reason=draft.reason,
        author_id=person(act),
    )
    act.session.add(row)
    act.session.flush()
    return row


def publish(act: Act, code: str, draft: PublicationDraft) -> PublishedFigure:
    """Publishes the figure of a period as it is known now, with the rows it is made of.

    Raises PeriodOpen before the cut-off has passed, RollMissing where there is nothing to count,
    and Stale where the figure is no longer the one that was seen.
    """
    role = check(act.actor, Action.MANAGE_PERIODS, REGISTER)
    # Held until commit: nothing is recorded between the figure and the event that publishes it.
    ledger = Ledger(act)
    found = _unpublished(act, code)
    if found.phase(act.clock()) is not Phase.CLOSED:
        raise PeriodOpen
    seen = Moment(found.reporting_day, *ledger.head)
    figure = coverage(act.session, seen, SERIES)
    if figure.roll is None or not figure.tally.has_data:
        raise RollMissing
    if (figure.tally.counted, figure.tally.total) != (draft.counted, draft.total):
        raise Stale
    rows = figure_rows(act.session, seen)
    sha256 = digest(rows)
    target = next(t for t in targets(act.session, seen) if t.year == found.target_year)
    position = ledger.append(
        "figure.published",
        role.value,
        "period",
        code,
        {
            "as_of": found.reporting_day.isoformat(),
            "position": seen.position,
            "rule": RULE,
            "roll": figure.roll.code,
            "counted": figure.tally.counted,
            "total": figure.tally.total,
            "rows_sha256": sha256.hex(),
        },
    )
    row = PublishedFigure(
        period_code=code,
        position=position,
        known_position=seen.position,
        known_at=seen.known_at,
        as_of=found.reporting_day,
        rule=RULE,
        roll_code=figure.roll.code,
        counted=figure.tally.counted,
        enumerated=figure.tally.enumerated,
        official_total=figure.tally.official_total,
        target_year=target.year,
        target_percent=target.percent,
        rows=[each.document() for each in rows],
        rows_sha256=sha256,
        author_id=person(act),
    )
    act.session.add(row)
    act.session.flush()
    return row


def _unpublished(act: Act, code: str) -> Period:
    found = period(act.session, code)
    if found is None:
        raise NotFound
    if found.published_at is not None:
        raise WrongState
    return found


def _instant(local: datetime) -> datetime:
    return local.replace(tzinfo=VIET_NAM)
