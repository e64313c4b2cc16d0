"""Reports of errors as programs read them: none of these shapes holds a word of the reporter but
`ReportForReviewers`, and none an address."""

from datetime import date
from uuid import UUID

from api.v1.shapes import Instant, Shape
from registry.domain.error_reports import Category, Outcome, ReportAct, ReportState
from registry.queries.error_reports import Report, Words


class ReportAbout(Shape):
    """`use_case` and `version` are null for a report on the city itself."""

    city: str
    use_case: str | None
    version: int | None


class ReportAnswer(Shape):
    """What the city says. `version`: the number of that in which it corrects the entry."""

    outcome: Outcome
    text: str
    version: int | None
    answered_at: Instant


class SentBack(Shape):
    """What a reviewer misses in the city's last answer."""

    text: str
    sent_back_at: Instant


class PublishedReport(Shape):
    """`text` is a reviewer's wording. `answer` is null where the city let its last day pass; it had
    given one that was `sent_back`, or none at all."""

    about: ReportAbout
    category: Category
    field: str
    text: str
    received_at: Instant
    closed_at: Instant
    due_on: date | None
    answer: ReportAnswer | None
    sent_back: bool


class PublishedReports(Shape):
    items: list[PublishedReport]


class PublishedPage(PublishedReports):
    next: str | None


class ReceivedReport(Shape):
    """`code` is shown here and never again; `page` is the report's page for people."""

    code: str
    page: str
    state: ReportState
    received_at: Instant


class TrackedReport(Shape):
    """`reason`: why it was not taken up, or the reviewer's remark at its end. `answer` is that
    which stands; while the city is asked for another one it is null, and `sent_back` says why."""

    about: ReportAbout
    category: Category
    field: str
    state: ReportState
    received_at: Instant
    forwarded_at: Instant | None
    due_on: date | None
    overdue: bool
    answer: ReportAnswer | None
    sent_back: SentBack | None
    reason: str
    published: bool | None
    ended_at: Instant | None
    can_withdraw: bool


class ReportForCity(Shape):
    """`text` is what a reviewer gave the city to answer."""

    id: UUID
    about: ReportAbout
    category: Category
    field: str
    state: ReportState
    text: str
    received_at: Instant
    due_on: date | None
    overdue: bool
    answer: ReportAnswer | None
    sent_back: SentBack | None
    can_answer: bool


class ReportsForCity(Shape):
    items: list[ReportForCity]


class ReportForReviewers(Shape):
    """`words` is what the reporter wrote: null where it was deleted or is not for this reader.
    Addresses are shown on the page of the desk only."""

    id: UUID
    about: ReportAbout
    category: Category
    field: str
    state: ReportState
    words: str | None
    forwarded: str | None
    received_at: Instant
    due_on: date | None
    overdue: bool
    answer: ReportAnswer | None
    sent_back: SentBack | None
    published: bool | None
    ended_at: Instant | None
    actions: list[ReportAct]


class ReportPage(Shape):
    items: list[ReportForReviewers]
    total: int


def for_public(found: Report) -> PublishedReport:
    closing = found.closing
    if closing is None:
        raise ValueError("a report is published when it is closed")
    return PublishedReport(
        about=_about(found),
        category=found.category,
        field=found.field,
        text=closing.text,
        received_at=found.received_at,
        closed_at=closing.at,
        due_on=found.due_on,
        answer=_answer(found),
        sent_back=found.sent_back is not None,
    )


def for_reporter(found: Report, today: date) -> TrackedReport:
    closing = found.closing
    last = found.dismissal or closing
    return TrackedReport(
        about=_about(found),
        category=found.category,
        field=found.field,
        state=found.state,
        received_at=found.received_at,
        forwarded_at=None if found.forwarded is None else found.forwarded.at,
        due_on=found.due_on,
        overdue=found.overdue(today),
        answer=_answer(found),
        sent_back=_sent_back(found),
        reason="" if last is None else last.text,
        published=None if closing is None else closing.published,
        ended_at=found.ended_at,
        can_withdraw=ReportAct.WITHDRAW in found.possible(today),
    )


def for_city(found: Report, today: date) -> ReportForCity:
    """For those who may answer it."""
    return ReportForCity(
        id=found.id,
        about=_about(found),
        category=found.category,
        field=found.field,
        state=found.state,
        text="" if found.forwarded is None else found.forwarded.text,
        received_at=found.received_at,
        due_on=found.due_on,
        overdue=found.overdue(today),
        answer=_answer(found),
        sent_back=_sent_back(found),
        can_answer=ReportAct.ANSWER in found.possible(today),
    )


def for_reviewers(
    found: Report, words: Words | None, today: date, *, may: bool
) -> ReportForReviewers:
    desk = (ReportAct.DISMISS, ReportAct.FORWARD, ReportAct.RETURN, ReportAct.CLOSE)
    possible = found.possible(today) if may else frozenset()
    return ReportForReviewers(
        id=found.id,
        about=_about(found),
        category=found.category,
        field=found.field,
        state=found.state,
        words=None if words is None else words.text,
        forwarded=None if found.forwarded is None else found.forwarded.text,
        received_at=found.received_at,
        due_on=found.due_on,
        overdue=found.overdue(today),
        answer=_answer(found),
        sent_back=_sent_back(found),
        published=None if found.closing is None else found.closing.published,
        ended_at=found.ended_at,
        actions=[each for each in desk if each in possible],
    )


def _about(found: Report) -> ReportAbout:
    return ReportAbout(
        city=found.about.city_code,
        use_case=found.about.use_case_code or None,
        version=found.about.version,
    )


def _answer(found: Report) -> ReportAnswer | None:
    given = found.answer
    if given is None or given.outcome is None:
        return None
    return ReportAnswer(
        outcome=given.outcome, text=given.text, version=given.version, answered_at=given.at
    )


def _sent_back(found: Report) -> SentBack | None:
    asked = found.sent_back
    return None if asked is None else SentBack(text=asked.text, sent_back_at=asked.at)
