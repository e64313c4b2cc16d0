"""The public hall, the wire: what happens in the register, as feeds that programs follow.

Entries are events of the ledger: they never change, and their names last. A page of older ones
is asked for by the event before which it stands, so it stays what it is while new ones come.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api import atom
from api.atom import Entry, Feed
from api.audience import Audience, open_to
from api.deps import Config, Db, Now
from api.happening_words import told
from api.i18n import current, gettext, pick
from api.labels import label
from api.pages.conditional import conditional
from api.pages.listing import Code
from registry.domain.errors import NotFound
from registry.domain.model import ProblemArea
from registry.queries import happenings as queries
from registry.queries.cities import city
from registry.queries.deciding import body
from registry.queries.happenings import EVERYTHING, Happening, Wanted
from registry.queries.moments import Moment, moment
from registry.queries.provinces import name_of

router = APIRouter(prefix="/feeds", dependencies=[open_to(Audience.PUBLIC)])

PAGE = 50
Before = Annotated[int | None, Query(ge=1, le=2**63 - 1)]


@dataclass(frozen=True, slots=True)
class Topic:
    """What a feed is about. `page` is the path of the page that tells the same to people."""

    name: str
    title: str
    wanted: Wanted
    page: str


@router.get("/changes.atom")
def changes(request: Request, db: Db, now: Now, config: Config, before: Before = None) -> Response:
    def topic(_: Moment) -> Topic:
        return Topic("changes", gettext("What changed"), EVERYTHING, "changes")

    return _answer(request, db, now, config, before, topic)


@router.get("/decisions.atom")
def decisions(
    request: Request, db: Db, now: Now, config: Config, before: Before = None
) -> Response:
    def topic(_: Moment) -> Topic:
        wanted = Wanted(kinds=queries.DECISIONS)
        return Topic("decisions", gettext("New decisions"), wanted, "changes")

    return _answer(request, db, now, config, before, topic)


@router.get("/figures.atom")
def figures(request: Request, db: Db, now: Now, config: Config, before: Before = None) -> Response:
    def topic(_: Moment) -> Topic:
        wanted = Wanted(kinds=queries.FIGURES)
        return Topic("figures", gettext("Published figures"), wanted, "figures")

    return _answer(request, db, now, config, before, topic)


@router.get("/cities/{code}.atom")
def of_city(
    request: Request, db: Db, now: Now, config: Config, code: Code, before: Before = None
) -> Response:
    def topic(seen: Moment) -> Topic:
        row = city(db, code, seen)
        if row is None:
            raise NotFound
        title = pick(row.name_vi, row.name_en)
        return Topic(f"cities/{code}", title, Wanted(city_id=row.id), f"cities/{code}")

    return _answer(request, db, now, config, before, topic)


@router.get("/areas/{area}.atom")
def of_area(
    request: Request, db: Db, now: Now, config: Config, area: str, before: Before = None
) -> Response:
    def topic(_: Moment) -> Topic:
        if area not in set(ProblemArea):
            raise NotFound
        found = ProblemArea(area)
        return Topic(f"areas/{area}", label(found), Wanted(area=found), f"problem-areas/{area}")

    return _answer(request, db, now, config, before, topic)


@router.get("/provinces/{code}.atom")
def of_province(
    request: Request, db: Db, now: Now, config: Config, code: Code, before: Before = None
) -> Response:
    def topic(_: Moment) -> Topic:
        name = name_of(db, code)
        if name is None:
            raise NotFound
        about = f"provinces/{code}"
        return Topic(about, pick(*name), Wanted(province=code), about)

    return _answer(request, db, now, config, before, topic)


def _answer(
    request: Request,
    db: Db,
    now: Now,
    config: Config,
    before: int | None,
    choose: Callable[[Moment], Topic],
) -> Response:
    seen = moment(db, now)

    def make() -> Response:
        topic = choose(seen)
        position = seen.position if before is None else min(seen.position, before - 1)
        until = Moment(seen.on, position, seen.known_at)
        found = queries.happenings(db, until, topic.wanted, limit=PAGE + 1)
        site = f"{config.site}/{current()}"
        first = f"{site}/feeds/{topic.name}.atom"
        publisher = body(db, seen.on)
        feed = Feed(
            id=atom.tag(config.public_url, f"feed/{topic.name}/{current()}"),
            title=f"{topic.title} – {gettext('City AI registry')}",
            subtitle=gettext("Decision 699/QĐ-BTTTT, indicator 2: cities with an AI application"),
            author=gettext("City AI registry")
            if publisher is None
            else pick(publisher.vi, publisher.en),
            url=f"{site}/{topic.page}",
            first=first,
            this=first if before is None else f"{first}?before={before}",
            following=f"{first}?before={found[PAGE - 1].position}" if len(found) > PAGE else None,
            updated=seen.known_at,
            entries=[_entry(config.site, each) for each in found[:PAGE]],
        )
        headers = {"Content-Language": current().value}
        return Response(atom.written(feed), headers=headers, media_type=atom.MEDIA_TYPE)

    return conditional(request, seen, make)


def _entry(site: str, each: Happening) -> Entry:
    said = told(each)
    return Entry(
        # The same in every feed and language: programs tell entries by it.
        id=atom.tag(site, f"event/{each.position}"),
        title=said.headline,
        updated=each.recorded_at,
        url=f"{site}{said.address}",
        html=said.html,
        category=(each.kind.value, said.what),
    )
