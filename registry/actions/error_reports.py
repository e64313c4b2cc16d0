"""The public's letter box: somebody without an account reports an error, and may take it back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, func, select, update

from registry.actions import later
from registry.actions.account import token_hash
from registry.actions.act import Act
from registry.actions.error_desk import record_step
from registry.actions.ledger import Ledger
from registry.db.tables import ErrorReport, ErrorReportWords
from registry.domain import tickets
from registry.domain.error_intake import ReportDraft
from registry.domain.error_reports import (
    DAY,
    ENDED,
    PER_CONTACT,
    PER_DAY,
    PER_ENTRY,
    PER_NETWORK,
    ReportAct,
    ReportState,
    folded,
    leads_to,
)
from registry.domain.errors import (
    EntryBusy,
    FieldProblem,
    IdempotencyKeyReused,
    InvalidInput,
    NetworkBusy,
    NotFound,
    TooManyReports,
)
from registry.domain.messages import Language
from registry.queries.error_reports import Aimed, Report, report
from registry.queries.moments import today

# Under which role the ledger holds what people without an account do.
STRANGER = "public"
_SAME_ELSEWHERE = 3


@dataclass(frozen=True, slots=True)
class Submission:
    """How a report came in. `id` (any bytes) is the same when the same is sent again; `network` is
    that of `api.security.origin_of`, "" where it is not known."""

    id: bytes
    secret: str
    network: str
    language: Language


@dataclass(frozen=True, slots=True)
class Sent:
    """`code` is shown to its owner and is nowhere else; `again`: this had been sent before."""

    code: str
    report: Report
    again: bool


def send(act: Act, aimed: Aimed, draft: ReportDraft, submission: Submission) -> Sent:
    """Takes a report in. Sent twice it is one, with the same code.

    Raises IdempotencyKeyReused where the submission brought other words before; NetworkBusy,
    EntryBusy or TooManyReports where too many came within a day; InvalidInput for words that wait
    already, and for an address that several reports of the day name.
    """
    ledger = Ledger(act)
    secret = submission.secret
    content = _content_hash(secret, aimed, draft)
    submitted = tickets.keyed(secret, "submission", submission.id)
    code = tickets.tracking_code(secret, submitted, content)
    before = act.session.scalar(select(ErrorReport).where(ErrorReport.submission_hash == submitted))
    if before is not None:
        if before.content_hash != content:
            raise IdempotencyKeyReused
        return Sent(code, _found(act, before), again=True)
    now = act.clock()
    day = today(now).isoformat()
    network = tickets.keyed(secret, "network", day, submission.network)
    contact = tickets.keyed(secret, "contact", draft.contact.lower()) if draft.contact else None
    words = tickets.keyed(secret, "words", folded(draft.text))
    _refuse_floods(act, aimed, now, network)
    _refuse_repetition(act, aimed, now, words, contact)
    row = ErrorReport(
        id=uuid4(),
        city_id=aimed.city_id,
        use_case_id=aimed.use_case_id,
        version_id=aimed.version_id,
        category=draft.category.value,
        field=draft.field,
        network_hash=network,
        contact_hash=contact,
        code_hash=token_hash(code),
        submission_hash=submitted,
        content_hash=content,
        state=ReportState.RECEIVED.value,
        due_on=None,
        received_at=now,
        ended_at=None,
    )
    row.position = ledger.append(
        "report.received",
        STRANGER,
        "error_report",
        row.id,
        {
            "city": aimed.about.city_code,
            "use_case": aimed.about.use_case_code,
            "version": aimed.about.version,
            "category": draft.category.value,
            "field": draft.field,
            # Keyed: nobody tries texts or addresses against it.
            "content_hmac": content.hex(),
        },
    )
    act.session.add(row)
    act.session.flush()
    act.session.add(
        ErrorReportWords(
            report_id=row.id,
            text=draft.text,
            text_hash=words,
            contact=draft.contact,
            language=submission.language.value,
        )
    )
    act.session.flush()
    if draft.contact:
        later.defer(act.session, "reports.letter", report_id=str(row.id), state=row.state)
    return Sent(code, _found(act, row), again=False)


def withdraw(act: Act, code: str) -> None:
    """The reporter takes the report back: what they wrote is deleted at once. Raises NotFound,
    WrongState where it is done with already."""
    ledger = Ledger(act)
    row = _by_code(act, code)
    reached = leads_to(ReportState(row.state), ReportAct.WITHDRAW, row.due_on, today(act.clock()))
    record_step(act, ledger, STRANGER, row, ReportAct.WITHDRAW, reached, "")
    act.session.execute(delete(ErrorReportWords).where(ErrorReportWords.report_id == row.id))
    act.session.flush()


def forget_contact(act: Act, code: str) -> None:
    """The reporter has their address deleted; the report goes on. Raises NotFound."""
    row = _by_code(act, code)
    act.session.execute(
        update(ErrorReportWords).where(ErrorReportWords.report_id == row.id).values(contact="")
    )
    row.contact_hash = None
    act.session.flush()


def code_of(secret: str, row: ErrorReport) -> str:
    """The code of a report, worked out again for a letter to whoever made it."""
    return tickets.tracking_code(secret, row.submission_hash, row.content_hash)


def _content_hash(secret: str, aimed: Aimed, draft: ReportDraft) -> bytes:
    about = f"{aimed.about.path} {aimed.about.version}"
    given = (draft.category.value, draft.field, draft.text, draft.contact)
    return tickets.keyed(secret, "content", about, *given)


def _found(act: Act, row: ErrorReport) -> Report:
    found = report(act.session, row.id)
    if found is None:
        raise NotFound
    return found


def _by_code(act: Act, code: str) -> ErrorReport:
    row = act.session.scalar(
        select(ErrorReport).where(ErrorReport.code_hash == token_hash(code)).with_for_update()
    )
    if row is None:
        raise NotFound
    return row


def _refuse_floods(act: Act, aimed: Aimed, now: datetime, network: bytes) -> None:
    """The ledger is held: no two are counted at once."""
    about = (
        ErrorReport.use_case_id == aimed.use_case_id
        if aimed.use_case_id is not None
        else ErrorReport.use_case_id.is_(None) & (ErrorReport.city_id == aimed.city_id)
    )
    everywhere, here, on_entry = act.session.execute(
        select(
            func.count(),
            func.count().filter(ErrorReport.network_hash == network),
            func.count().filter(about),
        ).where(ErrorReport.received_at > now - DAY)
    ).one()
    if here >= PER_NETWORK:
        raise NetworkBusy
    if on_entry >= PER_ENTRY:
        raise EntryBusy
    if everywhere >= PER_DAY:
        raise TooManyReports


def _refuse_repetition(
    act: Act, aimed: Aimed, now: datetime, words: bytes, contact: bytes | None
) -> None:
    problems = []
    same = act.session.scalars(
        select(ErrorReport)
        .join(ErrorReportWords, ErrorReportWords.report_id == ErrorReport.id)
        .where(ErrorReportWords.text_hash == words)
    ).all()
    waiting = [
        each
        for each in same
        if (each.city_id, each.use_case_id) == (aimed.city_id, aimed.use_case_id)
        and each.state not in ENDED
    ]
    if waiting or sum(each.received_at > now - DAY for each in same) >= _SAME_ELSEWHERE:
        problems.append(FieldProblem("/text", "same_words"))
    if contact is not None:
        named = act.session.scalar(
            select(func.count()).where(
                ErrorReport.contact_hash == contact, ErrorReport.received_at > now - DAY
            )
        )
        if (named or 0) >= PER_CONTACT:
            problems.append(FieldProblem("/contact", "contact_too_often"))
    if problems:
        raise InvalidInput(problems)
