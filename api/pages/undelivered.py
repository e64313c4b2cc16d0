"""The dead letter office: mails that did not arrive, for whoever keeps the accounts."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api import i18n, tidings
from api.audience import Audience, open_to
from api.deps import Acting, Db, Me
from api.i18n import gettext, mark
from api.pages.listing import PAGE_SIZE, Leaf, nearest
from api.rendering import page
from registry.actions import notify
from registry.domain.messages import MailState
from registry.domain.model import REGISTER, Action
from registry.domain.permissions import check
from registry.queries import messages

router = APIRouter(
    prefix="/account/messages/undelivered", dependencies=[open_to(Audience.MINISTRY)]
)

_STATES = {
    MailState.FAILED: mark("Refused, or the mail server was away for a day"),
    MailState.UNCONFIRMED: mark(
        "Cut off in the middle: it may have arrived, and if sent again may arrive twice"
    ),
    MailState.NOT_CONFIGURED: mark("There was no mail server"),
}


@router.get("")
def undelivered(
    request: Request,
    db: Db,
    me: Me,
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
    done: str = "",
) -> Response:
    check(me.actor, Action.MANAGE_USERS, REGISTER)
    total = messages.count_troubled_mails(db)
    at = nearest(number, total)
    mails = messages.troubled_mails(db, limit=PAGE_SIZE, offset=(at - 1) * PAGE_SIZE)
    return page(
        request,
        "account/undelivered.html",
        leaf=Leaf(
            [(m, gettext(tidings.KINDS[m.kind]), gettext(_STATES[m.state])) for m in mails],
            total,
            at,
        ),
        notice=gettext("The mail will be sent in a moment.") if done == "sent" else "",
    )


@router.post("/{message_id:uuid}")
def send_again(act: Acting, message_id: UUID) -> Response:
    notify.send_again(act, message_id)
    address = f"/{i18n.current()}/account/messages/undelivered?done=sent"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
