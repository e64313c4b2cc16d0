"""The pigeonhole: what one has been told, and what of it one wants mailed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api import forms, i18n, tidings
from api.audience import Audience, open_to
from api.deps import Config, Db, Form, Me, Now
from api.i18n import gettext, mark
from api.pages.listing import PAGE_SIZE, Leaf, nearest
from api.rendering import page
from registry.actions import notify
from registry.domain.errors import FieldProblem, InvalidInput, SignInRequired
from registry.domain.messages import MANDATORY, Language, MessageKind, Withheld, withheld
from registry.domain.model import REGISTER, Action
from registry.domain.permissions import can
from registry.queries import messages

router = APIRouter(prefix="/account/messages", dependencies=[open_to(Audience.SIGNED_IN)])

_NOTICES = {
    "read": mark("All messages are marked as read."),
    "chosen": mark("Your choices are saved."),
}


@router.get("")
def inbox(
    request: Request,
    db: Db,
    me: Me,
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
    done: str = "",
) -> Response:
    user = _user(me)
    total = messages.total(db, user)
    at = nearest(number, total)
    told = messages.inbox(db, user, limit=PAGE_SIZE, offset=(at - 1) * PAGE_SIZE)
    return page(
        request,
        "account/messages.html",
        leaf=Leaf([(each, tidings.put(each.kind, each.facts)) for each in told], total, at),
        undelivered=messages.count_troubled_mails(db) if keeps_accounts(me) else 0,
        notice=gettext(_NOTICES.get(done, "")),
    )


@router.post("/read")
def read_all(db: Db, me: Me, now: Now) -> Response:
    notify.mark_all_read(db, _user(me), now)
    return _see("/account/messages?done=read")


@router.post("/{message_id:uuid}/read")
def read_one(db: Db, me: Me, now: Now, message_id: UUID, form: Form) -> Response:
    """Marks as read; whoever opens the message goes on to what it is about."""
    link = notify.mark_read(db, _user(me), now, message_id)
    return _see(link if forms.text(form, "open") else "/account/messages")


@router.get("/choices")
def choices(request: Request, db: Db, me: Me, config: Config, done: str = "") -> Response:
    chosen = messages.choices(db, _user(me))
    return page(
        request,
        "account/message_choices.html",
        values={"language": chosen.language.value},
        wanted=[kind for kind in MessageKind if kind not in chosen.off],
        kinds=[(kind, gettext(words)) for kind, words in tidings.KINDS.items()],
        mandatory=MANDATORY,
        languages=[(Language.VI, "Tiếng Việt"), (Language.EN, "English")],
        obstacle=_obstacle(me.email, configured=config.smtp_url is not None),
        notice=gettext(_NOTICES.get(done, "")),
    )


@router.post("/choices")
def choose(db: Db, me: Me, form: Form) -> Response:
    language = forms.text(form, "language")
    if language not in set(Language):
        raise InvalidInput([FieldProblem("/language", "unknown_choice", {"value": language})])
    wanted = set(forms.texts(form, "kinds"))
    off = [kind for kind in MessageKind if kind.value not in wanted]
    notify.choose(db, _user(me), Language(language), off)
    return _see("/account/messages/choices?done=chosen")


def keeps_accounts(me: Me) -> bool:
    """Whether mails that did not arrive are this person's care."""
    return can(me.actor, Action.MANAGE_USERS, REGISTER)


# Why nothing is mailed, whatever one chooses.
_OBSTACLES = {
    Withheld.RESERVED_ADDRESS: mark(
        "Nothing is mailed to you: %(email)s is an address for examples, which belongs to nobody"
        " (RFC 2606). Your messages are in the list."
    ),
    Withheld.UNUSABLE_ADDRESS: mark(
        "Nothing is mailed to you: %(email)s is not an address that mail servers take. Ask the"
        " administrator to correct it. Your messages are in the list."
    ),
}


def _obstacle(email: str, *, configured: bool) -> str:
    reason = withheld(MessageKind.RETURNED, email, closed=False, switched_off=False)
    if reason is not None:
        return gettext(_OBSTACLES[reason]) % {"email": email}
    if not configured:
        return gettext(
            "Nothing is mailed at present: this service has no mail server. Your messages are in"
            " the list."
        )
    return ""


def _see(address: str) -> Response:
    return RedirectResponse(f"/{i18n.current()}{address}", 303)


def _user(me: Me) -> UUID:
    if me.actor.user_id is None:
        raise SignInRequired
    return me.actor.user_id
