"""The personnel office: somebody leaves one unit for another, all at once.

Roles of the old unit end and those of the new begin; sessions end at once, so that nothing is done
under a role that is over. Drafts belong to the city and stay there.
"""

from uuid import UUID

from sqlalchemy import delete

from registry.actions.account import sign_out_everywhere
from registry.actions.act import Act
from registry.actions.ledger import Ledger
from registry.actions.letting_go import let_go
from registry.actions.members import account_of, city_named, not_the_last
from registry.db.tables import City, MembershipRow
from registry.domain.errors import FieldProblem, InvalidInput, WrongState
from registry.domain.intake import MoveDraft
from registry.domain.model import CITY_ROLES, REGISTER, Action, Role
from registry.domain.permissions import check
from registry.queries.members import recorded_roles


def move_person(act: Act, user_id: UUID, draft: MoveDraft) -> None:
    """Moves a person from a city or the ministry ("") to another city or the ministry.

    Raises InvalidInput where the person has no role in the old unit or the roles do not fit the
    new one, WrongState for the last administrator and for a closed account.
    """
    by = check(act.actor, Action.MANAGE_USERS, REGISTER).value
    ledger = Ledger(act)
    user = account_of(act.session, user_id)
    if user.disabled_at is not None:
        raise WrongState
    to = _unit(act, draft)
    before = recorded_roles(act.session, user.id)
    left = [role for role in before if (role["city"] or "") == draft.from_city_code]
    if not left:
        raise InvalidInput([FieldProblem("/from_city_code", "no_role_there")])
    if draft.from_city_code == draft.city_code:
        raise InvalidInput([FieldProblem("/city_code", "same_unit")])
    if any(role["role"] == Role.ADMINISTRATOR for role in left):
        not_the_last(act.session, user.id)
    old = None if not draft.from_city_code else city_named(act.session, draft.from_city_code)
    act.session.execute(
        delete(MembershipRow).where(
            MembershipRow.user_id == user.id,
            MembershipRow.city_id.is_not_distinct_from(None if old is None else old.id),
        )
    )
    held = {(role["role"], role["city"] or "") for role in before}
    act.session.add_all(
        MembershipRow(user_id=user.id, role=role.value, city_id=None if to is None else to.id)
        for role in draft.roles
        if (role.value, draft.city_code) not in held
    )
    act.session.flush()
    sign_out_everywhere(act.session, user.id)
    ledger.append(
        "membership.moved",
        by,
        "user",
        user.id,
        {
            "from": draft.from_city_code or None,
            "to": draft.city_code or None,
            "before": before,
            "after": recorded_roles(act.session, user.id),
        },
    )
    if not draft.from_city_code:
        let_go(act, ledger, by, user.id)


def _unit(act: Act, draft: MoveDraft) -> City | None:
    """Where to: a city, or None for the ministry. Raises InvalidInput where the roles differ."""
    of_city = set(draft.roles) <= CITY_ROLES
    if not of_city and set(draft.roles) & CITY_ROLES:
        raise InvalidInput([FieldProblem("/roles", "role_and_city")])
    if of_city != bool(draft.city_code):
        raise InvalidInput([FieldProblem("/city_code", "role_and_city")])
    return city_named(act.session, draft.city_code) if draft.city_code else None
