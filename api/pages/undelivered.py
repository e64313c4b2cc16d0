"""The dead letter office: mails that did not arrive, for whoever keeps the accounts."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api import i18n, tidings
from api.audience import Audience, open_to
from api.deps import Acting, Db, Me
from api.i18n import gettext, mark
from api.rendering import page
from registry.actions import notify
from registry.domain.messages import MailState
from registry.domain.model import REGISTER, Action
from registry.domain.permissions import check
from registry.queries.messages import troubled_mails

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
def undelivered(request: Request, db: Db, me: Me, done: str = "") -> Response:
    check(me.actor, Action.MANAGE_USERS, REGISTER)
    return page(
        request,
        "account/undelivered.html",
        mails=[
            (item, gettext(tidings.KINDS[item.kind]), gettext(_STATES[item.state]))
            for item in troubled_mails(db)
        ],
        notice=gettext("The mail will be sent in a moment.") if done == "sent" else "",
    )


@router.post("/{message_id:uuid}")
def send_again(act: Acting, message_id: UUID) -> Response:
    notify.send_again(act, message_id)
    address = f"/{i18n.current()}/account/messages/undelivered?done=sent"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
