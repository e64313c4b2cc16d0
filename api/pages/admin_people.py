"""The administrator's desk: what pages about people share, and moving somebody between units."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms, i18n
from api.audience import Audience, open_to
from api.deps import Acting, Db, Form, Me, Now
from api.i18n import gettext, mark
from api.labels import label
from api.refusals import status_of, words_of
from api.rendering import page
from registry.actions.units import move_person
from registry.domain.errors import InvalidInput, NotFound, RegistryError, WrongState
from registry.domain.intake import MoveDraft
from registry.domain.model import REGISTER, Action, Role
from registry.domain.permissions import check
from registry.queries import members as people
from registry.queries.cities import cities
from registry.queries.moments import moment

router = APIRouter(prefix="/admin/users", dependencies=[open_to(Audience.MINISTRY)])

# The ministry as a choice of a form, in which an empty one says nothing.
_MINISTRY = "-"


@router.get("/{user_id:uuid}/move")
def move_form(request: Request, db: Db, me: Me, now: Now, user_id: UUID) -> Response:
    check(me.actor, Action.MANAGE_USERS, REGISTER)
    return _move_page(request, db, now, user_id, {})


@router.post("/{user_id:uuid}/move")
def move(
    request: Request, db: Db, me: Me, act: Acting, now: Now, user_id: UUID, form: Form
) -> Response:
    check(me.actor, Action.MANAGE_USERS, REGISTER)
    typed = {
        "from_city_code": forms.text(form, "from_city_code"),
        "roles": forms.texts(form, "roles"),
        "city_code": forms.text(form, "city_code"),
    }
    leaves = "" if typed["from_city_code"] == _MINISTRY else typed["from_city_code"] or "-"
    try:
        move_person(act, user_id, MoveDraft.read({**typed, "from_city_code": leaves}))
    except (InvalidInput, WrongState) as error:
        return _move_page(request, db, now, user_id, typed, error)
    address = f"/{i18n.current()}/admin/users/{user_id}?done=moved"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def _move_page(
    request: Request,
    db: Session,
    now: Now,
    user_id: UUID,
    typed: dict[str, Any],
    refused: RegistryError | None = None,
) -> Response:
    found = people.member(db, user_id, now)
    if found is None:
        raise NotFound
    problems = refused.problems if isinstance(refused, InvalidInput) else ()
    left = {
        role.city_code or _MINISTRY: i18n.pick(role.city_vi, role.city_en)
        or gettext(mark("The ministry"))
        for role in found.roles
    }
    values = typed or ({"from_city_code": next(iter(left))} if len(left) == 1 else {})
    last = gettext(mark("Somebody must remain who keeps the accounts."))
    return page(
        request,
        "admin/move.html",
        status=HTTPStatus.OK if refused is None else status_of(refused),
        member=found,
        units=list(left.items()),
        roles=forms.options(Role),
        cities=cities_to_choose(db, now),
        values=values,
        errors=forms.sentences(problems),
        refused=last if isinstance(refused, WrongState) else refused and words_of(refused),
    )


def cities_to_choose(db: Session, now: Now) -> list[tuple[str, str]]:
    """Code and name of every city of the roll, to choose from."""
    rows = cities(db, moment(db, now))
    return [(row.code, f"{i18n.pick(row.name_vi, row.name_en)} ({row.code})") for row in rows]


_HAPPENED = {
    "user.created": mark("The account was opened"),
    "user.invited": mark("Invited"),
    "user.key_made": mark("A key was made to be handed over"),
    "user.password_set": mark("The owner set a password with a key"),
    "user.disabled": mark("The account was closed"),
    "user.enabled": mark("The account was opened again"),
    "membership.granted": mark("A role was given"),
    "membership.revoked": mark("A role was taken away"),
    "membership.moved": mark("Moved to another unit"),
    "sign_in.burst": mark("Sign-ins failed again and again"),
}


def told(event: people.Happened) -> tuple[str, str]:
    """An event about a person in words (its own name where there are none), and what it changed:
    the roles before and after, where it says them."""
    words = gettext(_HAPPENED[event.kind]) if event.kind in _HAPPENED else event.kind
    before, after = (event.facts.get(name) for name in ("before", "after"))
    if isinstance(before, list) and isinstance(after, list):
        return words, f"{_roles(before)} → {_roles(after)}"
    return words, _roles([event.facts]) if event.facts.get("role") else ""


def _roles(held: list[dict[str, Any]]) -> str:
    known = set(Role)
    words = []
    for each in held:
        role = str(each["role"])
        word = label(Role(role)) if role in known else role
        words.append(f"{word} ({each['city']})" if each.get("city") else word)
    return ", ".join(words) or "–"
