"""The rounds of the letter box: letters to reporters, reminders of answers due, and erasing."""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.actions.act import Act
from registry.actions.error_desk import erase as erase_what_is_over
from registry.actions.error_desk import remind as remind_of
from registry.actions.error_reports import code_of
from registry.db.engine import transaction
from registry.db.tables import ErrorReport, ErrorReportWords
from registry.domain.error_reports import REMIND_DAYS, ReportState
from registry.domain.messages import Language, reserved_address
from registry.domain.model import OPERATOR
from registry.jobs import smtp
from registry.jobs.mail import TryAgain
from registry.jobs.paper import written
from registry.jobs.tools import ReportLetter, Tools
from registry.queries.error_reports import awaited, report
from registry.queries.moments import today


class NotTaken(Exception):
    """Tells the queue that a letter to a reporter went nowhere, without saying to whom."""


def letter(tools: Tools, *, report_id: str, state: str, again: bool = False) -> None:
    """The job: tells a reporter who left an address that the report came into a state; `again`: it
    had been with the city, and goes back there.

    What the mail server says is not passed on: it may name the address, and logs are kept longer
    than that is. Raises TryAgain while it is worth another try, else NotTaken.
    """
    if tools.settings.smtp_url is None:
        return
    with transaction(tools.sessions) as session:
        addressed = _addressed(tools, session, UUID(report_id), ReportState(state), again)
    if addressed is None:
        return
    to, content = addressed
    try:
        with smtp.addressed(tools.settings, to) as server:
            smtp.hand_over(server, content)
    except smtp.NotNow:
        raise TryAgain("the mail server takes no letter to a reporter now") from None
    except smtp.Refused:
        raise NotTaken("a letter to a reporter was refused") from None
    except smtp.Unknown:
        # It may have arrived: a second one would say the same.
        return


def _addressed(
    tools: Tools, session: Session, report_id: UUID, state: ReportState, again: bool
) -> tuple[str, bytes] | None:
    row = session.get(ErrorReport, report_id)
    words = session.scalar(select(ErrorReportWords).where(ErrorReportWords.report_id == report_id))
    found = report(session, report_id)
    if row is None or words is None or found is None:
        return None
    if not words.contact or reserved_address(words.contact):
        return None
    to_send = ReportLetter(
        state=state,
        link=f"/reports/{code_of(tools.settings.secret_of_forms, row)}",
        name="",
        language=Language(words.language),
        title_vi=found.title_vi,
        title_en=found.title_en,
        due_on=found.due_on,
        again=again,
    )
    return words.contact, written(tools, words.contact, to_send, str(uuid4()))


def remind(tools: Tools) -> None:
    """The job. Each report is a transaction of its own: who was told is not told again."""
    on = today(tools.clock())
    with transaction(tools.sessions) as session:
        due = [each.id for each in awaited(session, on + timedelta(days=REMIND_DAYS))]
    for each in due:
        with transaction(tools.sessions) as session:
            remind_of(Act(session, OPERATOR, tools.clock, "reports.remind"), each, on)


def erase(tools: Tools) -> None:
    """The job."""
    with transaction(tools.sessions) as session:
        erase_what_is_over(Act(session, OPERATOR, tools.clock, "reports.erase"))
