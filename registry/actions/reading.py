"""The ministry's desk: that a reviewer has read a text, and approving together what was read.

A page that is opened records nothing; whoever has read a text says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from registry.actions.act import Act
from registry.actions.declare import person
from registry.actions.leases import renew, take_up
from registry.actions.ledger import Ledger
from registry.actions.moves import lock_version
from registry.actions.review import decide
from registry.db.tables import UseCase, UseCaseVersion, VersionReading
from registry.domain.desk import as_met, freed
from registry.domain.errors import (
    FieldProblem,
    Hindered,
    InOtherHands,
    InvalidInput,
    NotFound,
    NotRead,
    RegistryError,
    WrongState,
)
from registry.domain.findings import wants_a_reader
from registry.domain.intake import DecisionDraft
from registry.domain.model import Action, ReviewState
from registry.domain.permissions import check
from registry.queries.findings import open_findings
from registry.queries.moments import moment
from registry.queries.readings import read_at
from registry.queries.waiting import STATES

# As many as a page shows: each is a decision, and the others wait for the ledger meanwhile.
MOST_TOGETHER = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """A version to be approved as its approver saw it."""

    version_id: UUID
    revision: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where an entry stands now, and why it was not decided, if it was not."""

    version_id: UUID
    state: ReviewState | None
    refusal: RegistryError | None = None


def mark_read(act: Act, version_id: UUID, revision: int) -> None:
    """Records that the actor, who may decide it, has read this text; once is enough."""
    ledger = Ledger(act)
    version, subject = lock_version(act, version_id, revision)
    if version.state not in STATES or version.content_hash is None:
        raise WrongState
    met = as_met(act.actor, subject, version.lease_until, act.clock())
    role = check(act.actor, Action.CLAIM, freed(met))
    if met.holder_id not in {None, act.actor.user_id}:
        raise InOtherHands
    renew(act, version)
    if read_at(act.session, act.actor, version_id) is not None:
        return
    position = ledger.append(
        "reading.marked",
        role.value,
        "use_case",
        act.session.get_one(UseCase, version.use_case_id).code,
        {"version": version.number, "content_sha256": version.content_hash.hex()},
    )
    act.session.add(
        VersionReading(
            position=position,
            version_id=version.id,
            user_id=person(act),
            content_hash=version.content_hash,
        )
    )
    act.session.flush()


def approve_read(act: Act, asked: Sequence[Asked]) -> list[Outcome]:
    """Approves each of these entries, its AI use confirmed, by a decision of its own.

    One that is refused stays as it is and hinders no other. Raises InvalidInput for none, for more
    than `MOST_TOGETHER` and for one named twice.
    """
    if not 0 < len(asked) <= MOST_TOGETHER:
        limits = {"max_length": str(MOST_TOGETHER)}
        raise InvalidInput([FieldProblem("/items", "some_at_once", limits)])
    if len({each.version_id for each in asked}) < len(asked):
        raise InvalidInput([FieldProblem("/items", "repeated")])
    return [_outcome(act, each) for each in asked]


def _outcome(act: Act, asked: Asked) -> Outcome:
    refusal: RegistryError | None = None
    try:
        with act.session.begin_nested():
            _approve(act, asked)
    except RegistryError as refused:
        refusal = refused
    except IntegrityError:
        refusal = WrongState()
    version = act.session.get(UseCaseVersion, asked.version_id, populate_existing=True)
    if version is None or isinstance(refusal, NotFound):
        return Outcome(asked.version_id, None, refusal)
    return Outcome(asked.version_id, ReviewState(version.state), refusal)


def _approve(act: Act, asked: Asked) -> None:
    ledger = Ledger(act)
    version, subject = lock_version(act, asked.version_id, asked.revision)
    if read_at(act.session, act.actor, version.id) is None:
        raise NotRead
    met = as_met(act.actor, subject, version.lease_until, act.clock())
    if met.state is ReviewState.SUBMITTED:
        take_up(act, ledger, version, subject)
    found = open_findings(act.session, [version.id], moment(act.session, act.clock()))
    if wants_a_reader(found.get(version.id, ())):
        raise Hindered
    # Where a second reader is needed, this is an opinion, and the entry waits for theirs.
    decide(act, version.id, Action.APPROVE, DecisionDraft(ai_confirmed=True), version.revision)
