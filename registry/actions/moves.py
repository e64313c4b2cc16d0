"""The one function that changes a version's state, and what must be held before it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.actions.act import Act
from registry.actions.ledger import Ledger
from registry.actions.opinions import end_round
from registry.db.tables import UseCase, UseCaseVersion
from registry.domain.errors import NotFound, Stale
from registry.domain.model import OPEN_STATES, PUBLIC_STATES, Action, Actor, ReviewState, Subject
from registry.domain.permissions import check, sees
from registry.domain.readers import End
from registry.domain.workflow import leads_to
from registry.queries.opinions import readers, with_readers

# There is nothing left to read a second time.
_ENDS = {Action.WITHDRAW: End.WITHDRAWN, Action.SUPERSEDE: End.SUPERSEDED}


def lock_version(act: Act, version_id: UUID, revision: int) -> tuple[UseCaseVersion, Subject]:
    """The version, locked until commit, as the actor last saw it.

    Raises NotFound where there is none the actor may see, Stale where it changed since.
    """
    version = act.session.scalar(
        select(UseCaseVersion)
        .where(UseCaseVersion.id == version_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if version is None:
        raise NotFound
    subject = subject_of(act.session, version)
    if not sees(act.actor, subject):
        raise NotFound
    if version.revision != revision:
        raise Stale
    return version, subject


def subject_of(session: Session, version: UseCaseVersion) -> Subject:
    """The version as the rules need to know it."""
    city_id = session.scalar(select(UseCase.city_id).where(UseCase.id == version.use_case_id))
    newer = set(
        session.scalars(
            select(UseCaseVersion.state).where(
                UseCaseVersion.use_case_id == version.use_case_id,
                UseCaseVersion.number > version.number,
                UseCaseVersion.state.in_(OPEN_STATES | PUBLIC_STATES),
            )
        )
    )
    subject = Subject(
        city_id=city_id,
        state=ReviewState(version.state),
        author_id=version.author_id,
        submitter_id=version.submitter_id,
        editor_id=version.edited_by_id,
        replaceable=not newer,
        overtaken=bool(newer - {ReviewState.DRAFT}),
        holder_id=version.reviewer_id if version.state == ReviewState.IN_REVIEW else None,
    )
    return with_readers(subject, readers(session, version.id))


def permit(actor: Actor, action: Action, subject: Subject) -> tuple[str, ReviewState]:
    """The role under which the actor may do it and the state it leads to, or a refusal."""
    return check(actor, action, subject).value, leads_to(subject, action)


def move(
    act: Act,
    ledger: Ledger,
    version: UseCaseVersion,
    action: Action,
    permitted: tuple[str, ReviewState],
    payload: dict[str, Any],
    *,
    noun: str = "version",
) -> int:
    """Moves a locked version along the table and records the event; returns its position."""
    role, state = permitted
    code = act.session.scalar(select(UseCase.code).where(UseCase.id == version.use_case_id))
    position = ledger.append(
        f"{noun}.{action.value}",
        role,
        "use_case",
        str(code),
        {
            "version": version.number,
            "from_state": version.state,
            "state": state.value,
            # A move changes no text: this is the one before and after it.
            **({"content_sha256": version.content_hash.hex()} if version.content_hash else {}),
            **payload,
        },
    )
    if action in _ENDS:
        end_round(act.session, version.id, position, _ENDS[action])
    version.state = state.value
    version.lease_until = None
    version.revision += 1
    version.updated_at = act.clock()
    return position
