"""The administrator's desk: who has an account, with which roles; inviting, closing, keys."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import BeforeValidator
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms, i18n
from api.audience import Audience, open_to
from api.deps import Acting, Config, Db, Form, Me, Now
from api.i18n import gettext, mark
from api.pages.admin_people import cities_to_choose, told
from api.pages.listing import PAGE_SIZE, Leaf, Words, nearest
from api.refusals import status_of, words_of
from api.rendering import page
from registry.actions import members
from registry.domain.errors import InvalidInput, NotFound, RegistryError, WrongState
from registry.domain.intake import InvitationDraft, RoleDraft
from registry.domain.kinds import blank_to_none
from registry.domain.messages import KeyPurpose, Language
from registry.domain.model import REGISTER, Action, Role
from registry.domain.permissions import check
from registry.queries import members as people

router = APIRouter(prefix="/admin/users", dependencies=[open_to(Audience.MINISTRY)])

RoleFilter = Annotated[Role | None, BeforeValidator(blank_to_none), Query()]
Number = Annotated[int, Query(alias="page", ge=1)]

_NOTICES = {
    "invited": mark("The account was opened and its owner invited."),
    "again": mark("The owner was invited again. The invitation before is void."),
    "given": mark("The role was given."),
    "taken": mark("The role was taken away and the person's sessions were ended."),
    "closed": mark("The account was closed and its sessions were ended."),
    "moved": mark(
        "The person was moved, and their sessions were ended. What they had in review is back in"
        " the queue; their drafts stay with the city."
    ),
    "reopened": mark("The account is open again."),
}
_FIELDS = ("email", "name", "language", "role", "city_code")


@router.get("")
def every(
    request: Request,
    db: Db,
    me: Me,
    now: Now,
    q: Words = "",
    role: RoleFilter = None,
    closed: bool = False,
    number: Number = 1,
) -> Response:
    check(me.actor, Action.MANAGE_USERS, REGISTER)
    wanted = people.Wanted(q, role, closed)
    total = people.how_many(db, wanted)
    at = nearest(number, total)
    rows = people.members(db, wanted, now, limit=PAGE_SIZE, offset=(at - 1) * PAGE_SIZE)
    given = {"q": q, "role": role, "closed": "true" if closed else ""}
    return page(
        request,
        "admin/users.html",
        leaf=Leaf(rows, total, at),
        chosen={name: value for name, value in given.items() if value},
        closed_ones=people.how_many(db, replace(wanted, closed=not closed)),
        roles=forms.options(Role),
    )


@router.get("/invite")
def invitation_form(
    request: Request,
    db: Db,
    me: Me,
    config: Config,
    now: Now,
    role: Words = "",
    city_code: Words = "",
) -> Response:
    check(me.actor, Action.MANAGE_USERS, REGISTER)
    return _invitation_page(request, db, config, now, {"role": role, "city_code": city_code}, {})


@router.post("/invite")
def invite(
    request: Request, db: Db, me: Me, act: Acting, config: Config, now: Now, form: Form
) -> Response:
    check(me.actor, Action.MANAGE_USERS, REGISTER)
    typed = {name: forms.text(form, name) for name in _FIELDS}
    try:
        user = members.invite(act, InvitationDraft.read(typed))
    except InvalidInput as error:
        return _invitation_page(request, db, config, now, typed, forms.sentences(error.problems))
    return _see(f"/{user.id}?done=invited")


@router.get("/{user_id:uuid}")
def one(
    request: Request, db: Db, me: Me, config: Config, now: Now, user_id: UUID, done: str = ""
) -> Response:
    check(me.actor, Action.MANAGE_USERS, REGISTER)
    return _person_page(request, db, me, config, now, user_id, notice=_NOTICES.get(done, ""))


@router.post("/{user_id:uuid}")
def change(
    request: Request,
    db: Db,
    me: Me,
    act: Acting,
    config: Config,
    now: Now,
    user_id: UUID,
    form: Form,
) -> Response:
    """Gives or takes a role, closes or opens the account, as the form's `action` says."""
    check(me.actor, Action.MANAGE_USERS, REGISTER)
    typed = {name: forms.text(form, name) for name in ("role", "city_code")}
    try:
        match forms.text(form, "action"):
            case "give":
                members.give_role(act, user_id, RoleDraft.read(typed))
                done = "given"
            case "take":
                members.take_role(act, user_id, RoleDraft.read(typed))
                done = "taken"
            case "close":
                members.close(act, user_id)
                done = "closed"
            case "reopen":
                members.reopen(act, user_id)
                done = "reopened"
            case "invite":
                members.invite_again(act, user_id)
                done = "again"
            case "key":
                token, purpose = members.hand_key(act, user_id)
                return _key_page(request, db, config, now, user_id, token, purpose)
            case _:
                raise NotFound
    except InvalidInput as error:
        wrong = forms.sentences(error.problems)
        return _person_page(
            request, db, me, config, now, user_id, typed=typed, errors=wrong, refused=error
        )
    except WrongState as error:
        return _person_page(request, db, me, config, now, user_id, refused=error)
    return _see(f"/{user_id}?done={done}")


def _key_page(
    request: Request,
    db: Session,
    config: Config,
    now: Now,
    user_id: UUID,
    token: str,
    purpose: KeyPurpose,
) -> Response:
    """The key is shown once, to be handed over by other means than our mail."""
    return page(
        request,
        "admin/key.html",
        member=_member(db, now, user_id),
        address=f"{config.public_url}/{i18n.current()}/key/{token}",
        good_until=now + members.VALID[purpose],
    )


def _person_page(
    request: Request,
    db: Session,
    me: Me,
    config: Config,
    now: Now,
    user_id: UUID,
    *,
    notice: str = "",
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    refused: RegistryError | None = None,
) -> Response:
    last = gettext(mark("Somebody must remain who keeps the accounts."))
    found = _member(db, now, user_id)
    return page(
        request,
        "admin/user.html",
        status=HTTPStatus.OK if refused is None else status_of(refused),
        member=found,
        history=[(e, *told(e)) for e in people.history(db, user_id)],
        own=me.actor.user_id == user_id,
        mails=config.smtp_url is not None,
        notice=gettext(notice),
        values=typed or {},
        errors=errors or {},
        refused=last if isinstance(refused, WrongState) else refused and words_of(refused),
        roles=forms.options(Role),
        cities=cities_to_choose(db, now),
    )


def _invitation_page(
    request: Request,
    db: Session,
    config: Config,
    now: Now,
    values: dict[str, str],
    errors: dict[str, str],
) -> Response:
    return page(
        request,
        "admin/invite.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        values={"language": Language.VI.value, **values},
        errors=errors,
        roles=forms.options(Role),
        cities=cities_to_choose(db, now),
        mails=config.smtp_url is not None,
        languages=[(Language.VI.value, "Tiếng Việt"), (Language.EN.value, "English")],
        names={
            "email": gettext(mark("E-mail address")),
            "name": gettext(mark("Full name")),
            "language": gettext(mark("Language of the mails")),
            "role": gettext(mark("Role")),
            "city_code": gettext(mark("City code")),
        },
    )


def _member(db: Session, now: Now, user_id: UUID) -> people.Member:
    found = people.member(db, user_id, now)
    if found is None:
        raise NotFound
    return found


def _see(rest: str) -> Response:
    return RedirectResponse(f"/{i18n.current()}/admin/users{rest}", HTTPStatus.SEE_OTHER)
