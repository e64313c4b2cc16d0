"""The ministry's desk: what each person keeps for themselves - named filters of the queue, and
until when they have seen it. No fact of the register, so nothing of it is in the ledger."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from registry.actions.act import Act
from registry.actions.declare import person
from registry.db.tables import DeskVisit, SavedFilter, UserAccount
from registry.domain.errors import FieldProblem, InvalidInput, NotFound, TooMany
from registry.domain.model import REGISTER, Action
from registry.domain.permissions import check
from registry.domain.waiting import MOST_SAVED, SavedFilterDraft


def save_filter(act: Act, draft: SavedFilterDraft) -> SavedFilter:
    """Keeps a filter. Raises InvalidInput for a name one has already, TooMany beyond the most."""
    owner = _owner(act)
    kept = select(func.count()).where(SavedFilter.user_id == owner)
    if (act.session.scalar(kept) or 0) >= MOST_SAVED:
        raise TooMany
    saved = SavedFilter(user_id=owner, created_at=act.clock())
    _write(act, saved, draft)
    act.session.add(saved)
    act.session.flush()
    return saved


def change_filter(act: Act, filter_id: UUID, draft: SavedFilterDraft) -> SavedFilter:
    """Renames it, changes what it asks for, makes it the default or no longer. Raises NotFound for
    another's."""
    _owner(act)
    saved = _own(act, filter_id)
    _write(act, saved, draft)
    act.session.flush()
    return saved


def delete_filter(act: Act, filter_id: UUID) -> None:
    _owner(act)
    act.session.delete(_own(act, filter_id))
    act.session.flush()


def seen(act: Act, until: datetime) -> None:
    """What came or changed until then is no longer new to the actor; time does not run back."""
    check(act.actor, Action.VIEW_QUEUE, REGISTER)
    visit = insert(DeskVisit).values(user_id=person(act), seen_until=min(until, act.clock()))
    act.session.execute(
        visit.on_conflict_do_update(
            index_elements=[DeskVisit.user_id],
            set_={"seen_until": func.greatest(DeskVisit.seen_until, visit.excluded.seen_until)},
        )
    )


def _owner(act: Act) -> UUID:
    """The actor, who does one thing after the other: their own row is locked until commit."""
    check(act.actor, Action.VIEW_QUEUE, REGISTER)
    me = person(act)
    act.session.scalar(select(UserAccount.id).where(UserAccount.id == me).with_for_update())
    return me


def _own(act: Act, filter_id: UUID) -> SavedFilter:
    saved = act.session.scalar(
        select(SavedFilter).where(
            SavedFilter.id == filter_id, SavedFilter.user_id == act.actor.user_id
        )
    )
    if saved is None:
        raise NotFound
    return saved


def _write(act: Act, saved: SavedFilter, draft: SavedFilterDraft) -> None:
    others = select(SavedFilter.id).where(
        SavedFilter.user_id == act.actor.user_id, SavedFilter.id != saved.id
    )
    with act.session.no_autoflush:
        if act.session.scalar(others.where(SavedFilter.name == draft.name)):
            raise InvalidInput([FieldProblem("/name", "taken_name")])
        if draft.default:
            act.session.execute(
                update(SavedFilter)
                .where(SavedFilter.id.in_(others), SavedFilter.is_default)
                .values(is_default=False)
            )
    saved.name = draft.name
    saved.wanted = dict(draft.wanted.given())
    saved.is_default = draft.default
