"""The ministry's desk: deciding. `leases` has who may."""

from uuid import UUID

from sqlalchemy import select

from registry.actions.act import Act
from registry.actions.declare import person
from registry.actions.ledger import Ledger
from registry.actions.moves import lock_version, move, permit, subject_of
from registry.actions.notify import tell_of_decision
from registry.actions.opinions import Waiting, end_round, give, note, tell_leads, waiting
from registry.actions.records import draw_up, keep, word
from registry.actions.standing import refresh
from registry.db.tables import Decision, UseCaseVersion
from registry.domain.deciding import Opinion, Record
from registry.domain.errors import InvalidInput
from registry.domain.intake import DecisionDraft, decision_problems
from registry.domain.model import LIVE_STATES, Action, ReviewState, Subject
from registry.domain.readers import Done, End, Recorded, Seat, Step, next_step, together
from registry.domain.workflow import leads_to


def decide(act: Act, version_id: UUID, action: Action, draft: DecisionDraft, revision: int) -> Done:
    """Records a decision and what follows from it; or an opinion, where another has to read it.

    A second opinion that agrees with the first completes the decision, one that differs leaves it
    to the lead. Raises InvalidInput where the words do not fit the action; Stale for everyone but
    the first of several who decide at once.
    """
    ledger = Ledger(act)
    version, subject = lock_version(act, version_id, revision)
    permitted = permit(act.actor, action, subject)
    problems = decision_problems(action, draft)
    if problems:
        raise InvalidInput(problems)
    said = word(act, version_id, action, draft)
    found = waiting(act, version, action)
    if action is Action.TAKE_BACK:
        return _take_back(act, ledger, version, permitted[0], found, said)
    match next_step(found.cause, found.given, said):
        case Step.DECIDE:
            return _decide(act, ledger, version, permitted, said, draw_up(act, said))
        case Step.FIRST:
            return _opinion(act, ledger, version, subject, permitted[0], found, Seat.FIRST, said)
        case Step.DIFFER:
            done = _opinion(act, ledger, version, subject, permitted[0], found, Seat.SECOND, said)
            tell_leads(act, version_id)
            return done
        case Step.AGREE:
            both = [*found.given, said]
            one = together(*both)
            done = _decide(act, ledger, version, permitted, one, draw_up(act, one, both))
            give(act, version, found, Seat.SECOND, said, person(act), done.position)
            end_round(act.session, version_id, done.position, End.AGREED)
            return done
        case Step.SETTLE if action is Action.UPHOLD:
            return _uphold(act, ledger, version, permitted[0], found, said)
        case Step.SETTLE:
            record = draw_up(act, said, found.given, settled=True)
            done = _decide(act, ledger, version, permitted, said, record)
            end_round(act.session, version_id, done.position, End.SETTLED)
            return done


def _decide(
    act: Act,
    ledger: Ledger,
    version: UseCaseVersion,
    permitted: tuple[str, ReviewState],
    said: Opinion,
    record: Record,
) -> Done:
    """An approval takes effect from the day its text describes, and supersedes the version that
    was live until now."""
    action = said.action
    if action is Action.APPROVE:
        _supersede(act, ledger, version, permitted[0])
    effective_from = said.effective_from
    if action in {Action.APPROVE, Action.REINSTATE}:
        # A text never governs days before the first it describes.
        days = [day for day in (effective_from, version.describes_from) if day is not None]
        effective_from = max(days, default=None)
    position = move(
        act,
        ledger,
        version,
        action,
        permitted,
        {
            "number": str(record.number),
            "record_sha256": record.sha256,
            "reason": said.reason,
            "ai_confirmed": said.ai_confirmed,
            "effective_from": None if effective_from is None else effective_from.isoformat(),
        },
    )
    act.session.add(
        Decision(
            position=position,
            use_case_id=version.use_case_id,
            version_id=version.id,
            author_id=version.author_id,
            submitter_id=version.submitter_id,
            actor_id=person(act),
            action=action.value,
            reason=said.reason,
            ai_confirmed=said.ai_confirmed,
            effective_from=effective_from,
        )
    )
    act.session.flush()
    keep(act, position, record)
    refresh(act.session, [version.use_case_id], position)
    tell_of_decision(act, version.id, action, said.reason, effective_from)
    return Done(position, Recorded.DECISION, record.number)


def _opinion(
    act: Act,
    ledger: Ledger,
    version: UseCaseVersion,
    subject: Subject,
    role: str,
    found: Waiting,
    seat: Seat,
    said: Opinion,
) -> Done:
    """What was in review goes back to the queue for the next reader; an approval that somebody
    proposes to revoke stays as it is, and nobody sees by its revision that it was spoken of."""
    told = {"opinion_sha256": said.sha256}
    position = note(act, ledger, version, said.action, role, seat, found, told)
    give(act, version, found, seat, said, person(act), position)
    if subject.state is ReviewState.IN_REVIEW:
        reached = leads_to(subject, Action.HAND_OVER)
        move(act, ledger, version, Action.HAND_OVER, (role, reached), {})
        version.reviewer_id = None
        act.session.flush()
    waits_for = Seat.SECOND if seat is Seat.FIRST else Seat.LEAD
    return Done(position, Recorded.OPINION, waits_for=waits_for)


def _uphold(
    act: Act, ledger: Ledger, version: UseCaseVersion, role: str, found: Waiting, said: Opinion
) -> Done:
    """The lead ends a proposal to revoke: the approval stays as it is."""
    told = {"opinion_sha256": said.sha256, "reason": said.reason}
    position = note(act, ledger, version, said.action, role, Seat.LEAD, found, told)
    give(act, version, found, Seat.LEAD, said, person(act), position)
    end_round(act.session, version.id, position, End.SETTLED)
    return Done(position, Recorded.UPHELD)


def _take_back(
    act: Act, ledger: Ledger, version: UseCaseVersion, role: str, found: Waiting, said: Opinion
) -> Done:
    """Whoever proposed a revocation by mistake ends it before anybody has answered."""
    told = {"reason": said.reason}
    position = note(act, ledger, version, said.action, role, Seat.FIRST, found, told)
    end_round(act.session, version.id, position, End.TAKEN_BACK)
    return Done(position, Recorded.TAKEN_BACK)


def _supersede(act: Act, ledger: Ledger, newer: UseCaseVersion, role: str) -> None:
    live = act.session.scalar(
        select(UseCaseVersion)
        .where(
            UseCaseVersion.use_case_id == newer.use_case_id,
            UseCaseVersion.state.in_(LIVE_STATES),
        )
        .with_for_update()
    )
    if live is None:
        return
    reached: ReviewState = leads_to(subject_of(act.session, live), Action.SUPERSEDE)
    move(act, ledger, live, Action.SUPERSEDE, (role, reached), {"by_version": newer.number})
    act.session.flush()
