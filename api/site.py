"""The gatehouse: what programs look for at the root of a site before they read anything.

The catalogue for harvesters, the map for search engines, where they need not go, and whom to tell
about a weakness. All absolute addresses are those of the settings, never of the request.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from typing import Any, Literal

from fastapi import APIRouter, Request, params
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from api import dcat, sitemap
from api.answers import Content, public
from api.audience import Audience, open_to
from api.dcat_sets import TITLE
from api.deps import Config, Db, Now
from api.i18n import Language, current
from api.negotiation import wanted
from api.query_names import known_names_only
from registry.domain.errors import NotFound
from registry.domain.standard import Words
from registry.queries.coverage import rolls
from registry.queries.deciding import body
from registry.queries.figures import figures
from registry.queries.happenings import spans
from registry.queries.moments import Moment, moment
from registry.settings import Settings

router = APIRouter(
    include_in_schema=False,
    dependencies=[open_to(Audience.PUBLIC), params.Depends(known_names_only)],
)

_HTML = "text/html"
# The first is what a harvester gets that says nothing.
_RDF = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
}
_WRITERS = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml"}
# Pages that ask who somebody is, or are theirs alone.
PRIVATE = (
    *("account", "admin", "desk", "forgotten-password", "key", "reports"),
    *("review", "sign-in", "sign-out"),
)
# The same pages under endless addresses: crawlers would never come home.
_ENDLESS = ("/*?*as_of=", "/*?*known_at=", "/*/search?", "/*/report$", "/*/report?")
_SECURITY_TEXT_DAYS = 180


@router.get("/catalog")
def catalogue(
    request: Request,
    db: Db,
    now: Now,
    config: Config,
    f: Literal["ttl", "jsonld", "rdf"] | None = None,
) -> Response:
    """DCAT-AP 3, by `f` or by Accept; people are led to the page of open data."""
    form = wanted(request, {**_RDF, "html": _HTML}, f)
    if form == "html":
        return RedirectResponse(
            f"/{current()}/data", HTTPStatus.SEE_OTHER, {"Vary": "Accept, Accept-Language"}
        )
    return _catalogue(request, db, now, config, form)


def _door(form: str) -> Callable[[Request, Db, Now, Config], Response]:
    def catalogue_as(request: Request, db: Db, now: Now, config: Config) -> Response:
        return _catalogue(request, db, now, config, form)

    return catalogue_as


for _form in _RDF:
    router.get(f"/catalog.{_form}")(_door(_form))


def _catalogue(request: Request, db: Db, now: Now, config: Config, form: str) -> Response:
    seen = moment(db, now)

    def make() -> Content:
        found = dcat.graph(_facts(db, seen, config))
        # Compact JSON-LD has its context inside; the other forms do not know the word.
        how: dict[str, Any] = {"auto_compact": True} if form == "jsonld" else {}
        written = found.serialize(format=_WRITERS[form], encoding="utf-8", **how)
        return Content(written, _RDF[form])

    return public(request, seen, make)


def _facts(db: Db, seen: Moment, config: Settings) -> dcat.Facts:
    publisher = body(db, seen.on)
    return dcat.Facts(
        site=config.site,
        seen=seen,
        publisher=TITLE if publisher is None else Words(publisher.vi, publisher.en),
        contact=config.contact,
        spans=spans(db, dcat.kinds(), seen),
        first_day=min((roll.valid_from for roll, _ in rolls(db)), default=None),
        figures=figures(db),
    )


@router.get("/api/v1")
def description() -> Response:
    """The root of the API leads to what describes it."""
    return RedirectResponse("/openapi.json", HTTPStatus.SEE_OTHER)


@router.get("/sitemap.xml")
def sitemap_index(request: Request, db: Db, now: Now, config: Config) -> Response:
    seen = moment(db, now)

    def make() -> Content:
        return Content(sitemap.index(db, seen, config.site), sitemap.MEDIA_TYPE)

    return public(request, seen, make)


@router.get("/sitemap-{part}-{number:int}.xml")
def sitemap_part(
    request: Request, db: Db, now: Now, config: Config, part: str, number: int
) -> Response:
    seen = moment(db, now)

    def make() -> Content:
        found = sitemap.part(db, seen, config.site, part, number)
        return Content(found, sitemap.MEDIA_TYPE)

    return public(request, seen, make)


@router.get("/robots.txt")
def robots(config: Config) -> Response:
    """RFC 9309. What is not to be read by everybody is guarded; this only saves the way."""
    closed = [f"/{language}/{page}" for language in Language for page in PRIVATE]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in (*closed, *_ENDLESS))]
    text = "\n".join([*lines, "", f"Sitemap: {config.site}/sitemap.xml", ""])
    return PlainTextResponse(text, headers={"Cache-Control": "public, max-age=86400"})


@router.get("/.well-known/security.txt")
def security(now: Now, config: Config) -> Response:
    """RFC 9116. Without somebody to tell there is none: the standard asks for a contact."""
    if config.weaknesses_to is None:
        raise NotFound
    until = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    until += timedelta(days=_SECURITY_TEXT_DAYS)
    lines = (
        f"Contact: {config.weaknesses_to}",
        f"Expires: {until:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: vi, en",
        f"Canonical: {config.site}/.well-known/security.txt",
        f"Policy: {config.site}/en/about#security",
        "",
    )
    return PlainTextResponse("\n".join(lines), headers={"Cache-Control": "public, max-age=86400"})
