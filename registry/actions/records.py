"""The ministry's desk: what a decision is answered for with is drawn up and kept with it."""

from collections.abc import Sequence
from uuid import UUID

from registry.actions.act import Act
from registry.db.tables import DecisionRecord
from registry.domain.deciding import (
    AI_IS_USED,
    Comment,
    Opinion,
    Reason,
    Record,
    checklist,
)
from registry.domain.errors import FieldProblem, InvalidInput, NotFound
from registry.domain.intake import DecisionDraft
from registry.domain.model import Action
from registry.queries import deciding, entries
from registry.queries.findings import marks
from registry.queries.moments import moment, today


def word(act: Act, version_id: UUID, action: Action, draft: DecisionDraft) -> Opinion:
    """What is said, in the words of the day.

    Raises InvalidInput for a reason that is not in force.
    """
    session, at = act.session, moment(act.session, act.clock())
    version = entries.version(session, act.actor, version_id)
    if version is None:
        raise NotFound
    return Opinion(
        action=action,
        reason=draft.reason,
        ai_confirmed=draft.ai_confirmed,
        effective_from=draft.effective_from,
        reasons=_reasons(draft, {r.code: r for r in deciding.reasons(session, at.on, action)}),
        checklist=checklist(marks(session, version, at), _judged(action, draft)),
        comments=tuple(Comment(comment.field, comment.text) for comment in draft.comments),
    )


def draw_up(
    act: Act, said: Opinion, opinions: Sequence[Opinion] = (), *, settled: bool = False
) -> Record:
    """The record of a decision that is about to be made, under its number. The ledger must be
    held."""
    session, on = act.session, today(act.clock())
    return Record(
        number=deciding.next_number(session, on.year),
        body=deciding.body(session, on),
        bases=deciding.legal_bases(session, on),
        reasons=said.reasons,
        checklist=said.checklist,
        comments=said.comments,
        opinions=tuple(opinions),
        settled=settled,
    )


def keep(act: Act, position: int, record: Record) -> None:
    """Keeps the record of the decision at a position of the ledger."""
    act.session.add(
        DecisionRecord(
            position=position,
            year=record.number.year,
            serial=record.number.serial,
            record=record.as_json(),
        )
    )
    act.session.flush()


def _judged(action: Action, draft: DecisionDraft) -> dict[int, tuple[bool | None, str]]:
    judged = {answer.criterion: (answer.met, answer.note) for answer in draft.criteria}
    if action is Action.APPROVE:
        _, note = judged.get(AI_IS_USED, (None, ""))
        judged[AI_IS_USED] = (draft.ai_confirmed, note)
    return judged


def _reasons(draft: DecisionDraft, known: dict[str, Reason]) -> tuple[Reason, ...]:
    problems = [
        FieldProblem(f"/reason_codes/{place}", "repeated" if code in known else "unknown_choice")
        for place, code in enumerate(draft.reason_codes)
        if code not in known or code in draft.reason_codes[:place]
    ]
    if problems:
        raise InvalidInput(problems)
    return tuple(known[code] for code in draft.reason_codes)
