"""The public hall, the wall of seals: heads of the ledger, its keys, how to check them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from api import atom
from api.atom import Entry, Feed
from api.audience import Audience, open_to
from api.deps import Config, Db, Now
from api.i18n import current, gettext, iso_utc, number
from api.pages.conditional import conditional
from api.rendering import page
from registry.queries import tree
from registry.queries.moments import moment
from registry.queries.tree import Head

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])

# Two months of days; older ones are on the feed's next pages.
SHOWN = 60
Before = Annotated[AwareDatetime | None, Query()]


@router.get("/ledger")
def ledger(request: Request, db: Db, now: Now) -> Response:
    def make() -> Response:
        return page(
            request,
            "public/ledger.html",
            events=moment(db, now).position,
            heads=tree.heads(db, limit=SHOWN),
            keys=tree.keys(db)[::-1],
        )

    return _answer(request, db, now, make)


@router.get("/ledger/heads.atom")
def feed(request: Request, db: Db, now: Now, config: Config, before: Before = None) -> Response:
    """The newest heads, for programs that keep them (Atom, RFC 4287); or those signed earlier."""

    def make() -> Response:
        found = tree.heads(db, before=before, limit=SHOWN + 1)
        return Response(
            atom.written(_feed(config.site, found, now, before)),
            headers={"Content-Language": current().value},
            media_type=atom.MEDIA_TYPE,
        )

    return _answer(request, db, now, make)


def _answer(request: Request, db: Db, now: datetime, make: Callable[[], Response]) -> Response:
    """Signing a head is no event, and changes these pages."""
    return conditional(request, moment(db, now), make, changed=tree.signed_at(db))


def _feed(public_url: str, heads: Sequence[Head], now: datetime, before: datetime | None) -> Feed:
    """A page of the heads before a time; of `heads` the one too many says that there are more."""
    ledger_page = f"{public_url}/{current()}/ledger"
    address = f"{ledger_page}/heads.atom"

    def page_before(at: datetime) -> str:
        return f"{address}?before={quote(iso_utc(at))}"

    # The same at every address and in every language of an entry: programs tell entries by it.
    identity = f"{public_url}/ledger/heads"
    return Feed(
        id=f"{identity}/{current()}",
        title=gettext("Signed heads of the ledger"),
        subtitle="",
        author=gettext("City AI registry"),
        url=ledger_page,
        first=address,
        this=address if before is None else page_before(before),
        following=page_before(heads[SHOWN - 1].signed_at) if len(heads) > SHOWN else None,
        updated=now,
        entries=[
            Entry(
                id=f"{identity}/{iso_utc(head.signed_at)}",
                title=gettext("%(events)s events") % {"events": number(head.size)},
                updated=head.signed_at,
                url=ledger_page,
                text=head.note,
            )
            for head in heads[:SHOWN]
        ],
    )
