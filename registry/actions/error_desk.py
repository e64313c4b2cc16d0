"""Reports of errors at the desks: a reviewer judges and forwards, the city answers, it ends."""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from registry.actions import later
from registry.actions.act import Act
from registry.actions.ledger import Ledger
from registry.actions.notify import tell
from registry.db.tables import (
    ErrorReport,
    ErrorReportReminder,
    ErrorReportStep,
    ErrorReportWords,
)
from registry.domain.error_intake import (
    AnswerDraft,
    ClosingDraft,
    DismissalDraft,
    ForwardDraft,
    ReturnDraft,
)
from registry.domain.error_reports import (
    ENDED,
    FOR_THE_CITY,
    LONGEST_DAYS,
    NETWORK_KEPT,
    Outcome,
    ReportAct,
    ReportState,
    erased_before,
    last_day,
    leads_to,
    working_day,
)
from registry.domain.errors import FieldProblem, InvalidInput, NotFound
from registry.domain.ledger import content_hash
from registry.domain.messages import MessageKind
from registry.domain.model import Action, Subject
from registry.domain.permissions import check
from registry.queries import entries
from registry.queries.addressees import city_people
from registry.queries.desk_policy import policy
from registry.queries.error_reports import Report, report
from registry.queries.moments import today


def dismiss(act: Act, report_id: UUID, draft: DismissalDraft) -> Report:
    """Nothing is done, and whoever reported is told why. Raises as `_begin` does."""
    ledger, row, role, reached = _begin(act, report_id, ReportAct.DISMISS)
    record_step(act, ledger, role, row, ReportAct.DISMISS, reached, draft.text)
    return _done(act, row)


def forward(act: Act, report_id: UUID, draft: ForwardDraft) -> Report:
    """Gives the report to the city in the desk's words, with the last day for an answer.

    Raises as `_begin` does, InvalidInput for a day that is past or too far away.
    """
    ledger, row, role, reached = _begin(act, report_id, ReportAct.FORWARD)
    due_on = row.due_on = _last_day(act, draft)
    record_step(act, ledger, role, row, ReportAct.FORWARD, reached, draft.text, due_on=due_on)
    return _city_told(act, row, due_on, draft.text, again=False)


def send_back(act: Act, report_id: UUID, draft: ReturnDraft) -> Report:
    """Asks the city for another answer than the one it gave, by a new last day. Raises as
    `forward` does."""
    ledger, row, role, reached = _begin(act, report_id, ReportAct.RETURN)
    due_on = row.due_on = _last_day(act, draft)
    record_step(act, ledger, role, row, ReportAct.RETURN, reached, draft.text, due_on=due_on)
    return _city_told(act, row, due_on, draft.text, again=True)


def answer(act: Act, report_id: UUID, draft: AnswerDraft) -> Report:
    """The city says what it does about the report; whoever asked it hears of that.

    Raises as `_begin` does, InvalidInput for a version that the entry does not have.
    """
    ledger, row, role, reached = _begin(act, report_id, ReportAct.ANSWER)
    version_id = None
    if draft.version is not None:
        version_id = _version_named(act, row, draft.version)
    record_step(
        act,
        ledger,
        role,
        row,
        ReportAct.ANSWER,
        reached,
        draft.text,
        outcome=draft.outcome,
        version_id=version_id,
    )
    done = _done(act, row)
    asked = done.asked
    if asked is not None and asked.actor_id is not None:
        _tell(
            act,
            MessageKind.ERROR_ANSWERED,
            [asked.actor_id],
            done,
            f"/review/reports/{row.id}",
            text=draft.text,
        )
    return done


def close(act: Act, report_id: UUID, draft: ClosingDraft) -> Report:
    """Ends the report, in public or not. Without an answer only once that is overdue.

    Raises as `_begin` does, InvalidInput for a publication without words.
    """
    ledger, row, role, reached = _begin(act, report_id, ReportAct.CLOSE)
    problems = draft.problems()
    if problems:
        raise InvalidInput(problems)
    record_step(
        act, ledger, role, row, ReportAct.CLOSE, reached, draft.text, published=draft.published
    )
    return _done(act, row)


def remind(act: Act, report_id: UUID, on: date) -> None:
    """Tells the city that its answer is due soon, and it and the desk that it is overdue: each of
    them once for each last day. The answer may have come since somebody looked."""
    act.session.get(ErrorReport, report_id, with_for_update=True)
    found = report(act.session, report_id)
    if found is None or found.state is not ReportState.FORWARDED or found.due_on is None:
        return
    late, due_on = found.overdue(on), found.due_on
    city = set(city_people(act.session, found.city_id))
    desk = {s.actor_id for s in (found.asked,) if s is not None and s.actor_id and late}
    told = select(ErrorReportReminder.user_id).where(
        ErrorReportReminder.report_id == found.id,
        ErrorReportReminder.due_on == due_on,
        ErrorReportReminder.overdue == late,
    )
    before = set(act.session.scalars(told))
    for people, link in (
        (city - before, f"/desk/{found.about.city_code}/reports/{found.id}"),
        (desk - city - before, f"/review/reports/{found.id}"),
    ):
        _tell(act, MessageKind.ERROR_DUE, people, found, link, due_on=due_on.isoformat())
        act.session.add_all(
            ErrorReportReminder(
                report_id=found.id,
                user_id=user_id,
                due_on=due_on,
                overdue=late,
                told_at=act.clock(),
            )
            for user_id in sorted(people)
        )
    act.session.flush()


def erase(act: Act) -> None:
    """Deletes what is personal and not needed any more: the words and addresses of reports done
    with some time ago, and by which network or address today's floods are known."""
    now = act.clock()
    over = select(ErrorReport.id).where(ErrorReport.ended_at <= erased_before(now))
    act.session.execute(delete(ErrorReportWords).where(ErrorReportWords.report_id.in_(over)))
    act.session.execute(
        update(ErrorReport)
        .where(
            ErrorReport.received_at <= now - NETWORK_KEPT,
            ErrorReport.network_hash.is_not(None) | ErrorReport.contact_hash.is_not(None),
        )
        .values(network_hash=None, contact_hash=None)
    )


def record_step(
    act: Act,
    ledger: Ledger,
    role: str,
    row: ErrorReport,
    done: ReportAct,
    reached: ReportState,
    text: str,
    *,
    due_on: date | None = None,
    outcome: Outcome | None = None,
    version_id: UUID | None = None,
    published: bool | None = None,
) -> None:
    """One move of a report with its event, which holds no word but the hash of them. The report is
    locked and the ledger held."""
    payload = {
        "before": row.state,
        "after": reached.value,
        "text_sha256": content_hash({"text": text}).hex(),
        **({} if due_on is None else {"due_on": due_on.isoformat()}),
        **({} if outcome is None else {"outcome": outcome.value}),
        **({} if published is None else {"published": published}),
    }
    position = ledger.append(f"report.{done.value}", role, "error_report", row.id, payload)
    act.session.add(
        ErrorReportStep(
            position=position,
            report_id=row.id,
            act=done.value,
            text=text,
            due_on=due_on,
            outcome=None if outcome is None else outcome.value,
            version_id=version_id,
            published=published,
            actor_id=act.actor.user_id,
        )
    )
    row.state = reached.value
    if reached in ENDED:
        row.ended_at = act.clock()
    act.session.flush()
    # Whoever left no address has no letter to write.
    contact = act.session.scalar(
        select(ErrorReportWords.contact).where(ErrorReportWords.report_id == row.id)
    )
    if contact and done is not ReportAct.WITHDRAW:
        later.defer(
            act.session,
            "reports.letter",
            report_id=str(row.id),
            state=reached.value,
            again=done is ReportAct.RETURN,
        )


def _begin(
    act: Act, report_id: UUID, done: ReportAct
) -> tuple[Ledger, ErrorReport, str, ReportState]:
    """Raises NotFound (also for a city, of what was not forwarded to it), Forbidden or OwnWork for
    those who may not, WrongState where the report is elsewhere already."""
    ledger = Ledger(act)
    row = act.session.get(ErrorReport, report_id, with_for_update=True)
    if row is None:
        raise NotFound
    wanted = Action.ANSWER_REPORT if done is ReportAct.ANSWER else Action.MODERATE_REPORT
    role = check(act.actor, wanted, Subject(city_id=row.city_id))
    state = ReportState(row.state)
    if done is ReportAct.ANSWER and state not in FOR_THE_CITY:
        raise NotFound
    return ledger, row, role.value, leads_to(state, done, row.due_on, today(act.clock()))


def _last_day(act: Act, draft: ForwardDraft) -> date:
    """The day that the draft names or the policy gives; never one of rest."""
    now = today(act.clock())
    if draft.due_on is None:
        return last_day(now, policy(act.session, now).report_days)
    if not now < draft.due_on <= now + timedelta(days=LONGEST_DAYS):
        limits = {"max_length": str(LONGEST_DAYS)}
        raise InvalidInput([FieldProblem("/due_on", "due_out_of_range", limits)])
    return working_day(draft.due_on)


def _city_told(act: Act, row: ErrorReport, due_on: date, text: str, *, again: bool) -> Report:
    done = _done(act, row)
    _tell(
        act,
        MessageKind.ERROR_FORWARDED,
        city_people(act.session, row.city_id),
        done,
        f"/desk/{done.about.city_code}/reports/{row.id}",
        due_on=due_on.isoformat(),
        text=text,
        again=again,
    )
    return done


def _version_named(act: Act, row: ErrorReport, number: int) -> UUID:
    found = report(act.session, row.id)
    code = "" if found is None else found.about.use_case_code
    try:
        return entries.numbered(act.session, act.actor, code, number).id
    except NotFound:
        raise InvalidInput([FieldProblem("/version", "no_such_version")]) from None


def _done(act: Act, row: ErrorReport) -> Report:
    found = report(act.session, row.id)
    if found is None:
        raise NotFound
    return found


def _tell(
    act: Act,
    kind: MessageKind,
    people: Collection[UUID],
    found: Report,
    link: str,
    **more: str | bool,
) -> None:
    tell(
        act,
        kind,
        people,
        link=link,
        city_vi=found.city_vi,
        city_en=found.city_en,
        use_case=found.about.use_case_code,
        title_vi=found.title_vi,
        title_en=found.title_en,
        **more,
    )
