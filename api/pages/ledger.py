"""The public hall, the wall of seals: heads of the ledger, its keys, how to check them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.audience import Audience, open_to
from api.deps import Config, Db, Now
from api.i18n import current, gettext, iso_utc, number
from api.pages.conditional import conditional
from api.rendering import page
from registry.queries import tree
from registry.queries.moments import moment
from registry.queries.tree import Head

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])

# Two months of days; older ones are in the API.
SHOWN = 60
_ATOM = "http://www.w3.org/2005/Atom"


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
def feed(request: Request, db: Db, now: Now, config: Config) -> Response:
    """The newest heads, for programs that keep them (Atom, RFC 4287)."""

    def make() -> Response:
        found = tree.heads(db, limit=SHOWN)
        return Response(
            _atom(config.public_url.rstrip("/"), found, now),
            headers={"Content-Language": current().value},
            media_type="application/atom+xml",
        )

    return _answer(request, db, now, make)


def _answer(request: Request, db: Db, now: datetime, make: Callable[[], Response]) -> Response:
    """Signing a head is no event, and changes these pages."""
    return conditional(request, moment(db, now), make, changed=tree.signed_at(db))


def _atom(public_url: str, heads: Sequence[Head], now: datetime) -> bytes:
    ledger_page = f"{public_url}/{current()}/ledger"
    feed = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": current().value})
    # The same at every address and in every language of an entry: programs tell entries by it.
    identity = f"{public_url}/ledger/heads"
    _child(feed, "id", f"{identity}/{current()}")
    _child(feed, "title", gettext("Signed heads of the ledger"))
    _child(feed, "updated", iso_utc(heads[0].signed_at if heads else now))
    _child(_child(feed, "author"), "name", gettext("City AI registry"))
    _child(feed, "link", rel="self", href=f"{ledger_page}/heads.atom")
    _child(feed, "link", rel="alternate", href=ledger_page, type="text/html")
    for head in heads:
        at = iso_utc(head.signed_at)
        entry = _child(feed, "entry")
        _child(entry, "id", f"{identity}/{at}")
        title = gettext("%(events)s events") % {"events": number(head.size)}
        _child(entry, "title", title)
        _child(entry, "updated", at)
        _child(entry, "link", rel="alternate", href=ledger_page, type="text/html")
        _child(entry, "content", head.note, type="text")
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _child(parent: ET.Element, name: str, text: str | None = None, **values: str) -> ET.Element:
    found = ET.SubElement(parent, name, values)
    found.text = text
    return found
