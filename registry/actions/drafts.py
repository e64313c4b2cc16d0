"""What is on its way to being in force, whatever it is: locked, confirmed change by change, put
aside. Rolls and boundaries are made ready in the same steps."""

from collections.abc import Iterable
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import select

from registry.actions.act import Act
from registry.actions.declare import person
from registry.db.tables import Drafted, ProvinceDraft, RollDraft
from registry.domain.errors import FieldProblem, InvalidInput, NotFound, Stale, WrongState
from registry.domain.model import REGISTER, Action, RollDraftState
from registry.domain.permissions import check
from registry.domain.roll_intake import RollConfirmationsDraft

Table = TypeVar("Table", RollDraft, ProvinceDraft)


class Stamped(Protocol):
    """A change that somebody would confirm; its stamp changes when what it says does."""

    @property
    def key(self) -> str: ...

    @property
    def stamp(self) -> str: ...


def lock_draft(act: Act, table: type[Table], draft_id: UUID, revision: int) -> Table:
    """An open draft, locked until commit, as the actor last saw it.

    Raises NotFound, WrongState for one that is in force or discarded, Stale where it changed.
    """
    check(act.actor, Action.MANAGE_ROLLS, REGISTER)
    row = act.session.scalar(
        select(table)
        .where(table.id == draft_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if row.state != RollDraftState.OPEN:
        raise WrongState
    if row.revision != revision:
        raise Stale
    return row


def record_confirmations(
    act: Act, row: Drafted, changes: Iterable[Stamped], confirmations: RollConfirmationsDraft
) -> None:
    """Raises InvalidInput for a change that is not, or no longer, what was confirmed."""
    stamps = {change.key: change.stamp for change in changes}
    problems = [
        FieldProblem(f"/changes/{index}", "no_such_change")
        for index, each in enumerate(confirmations.changes)
        if stamps.get(each.key) != each.stamp
    ]
    if problems:
        raise InvalidInput(problems)
    row.confirmed = {
        **row.confirmed,
        **{c.key: {"stamp": c.stamp, "decree": c.decree} for c in confirmations.changes},
    }
    touched(act, row)


def put_aside(act: Act, row: Drafted) -> None:
    """For good; it stays readable for administrators."""
    row.state = RollDraftState.DISCARDED.value
    touched(act, row)


def in_force(act: Act, row: Drafted, position: int) -> None:
    row.state = RollDraftState.IN_FORCE.value
    row.in_force_position = position
    row.revision += 1
    act.session.flush()


def touched(act: Act, row: Drafted) -> None:
    row.revision += 1
    row.updated_by_id = person(act)
    row.updated_at = act.clock()
    act.session.flush()


def new_draft(act: Act, row: Table) -> Table:
    """The beginning of each: nothing chosen, nothing confirmed."""
    now = act.clock()
    row.choices, row.confirmed = {}, {}
    row.state, row.in_force_position, row.revision = RollDraftState.OPEN.value, None, 1
    row.author_id = row.updated_by_id = person(act)
    row.created_at = row.updated_at = now
    act.session.add(row)
    act.session.flush()
    return row
