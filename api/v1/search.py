"""The search, for programs: the same words, ranks and facets as the page."""

import json
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.answers import Content, as_json, public
from api.audience import Audience, open_to
from api.deps import Config, Db, Now
from api.facets import KINDS, facets
from api.i18n import current, gettext, pick
from api.openapi import SUGGESTIONS, Responses, reading
from api.pages.listing import Words
from api.searching import Narrowed
from api.v1.shapes import Instant, Shape
from registry.domain.model import ReviewState
from registry.domain.search import read, vocabulary
from registry.queries import search as queries
from registry.queries.moments import moment

router = APIRouter(prefix="/search", tags=["search"], dependencies=[open_to(Audience.PUBLIC)])

_PAGE = 50


class Result(Shape):
    """`key` is the city's or use case's code, the problem's id. `at` is when the problem was
    entered or the use case first approved."""

    kind: queries.Kind
    key: str
    city_code: str
    city_name: str
    title: str
    title_en: str
    said: str
    said_en: str
    state: ReviewState | None
    at: Instant | None
    counted: bool | None
    url: str


class FacetValue(Shape):
    value: str
    text: str
    count: int
    chosen: bool


class FacetShape(Shape):
    name: str
    title: str
    values: list[FacetValue]


class MakerShape(Shape):
    key: str
    name: str
    cities: int


class SearchResults(Shape):
    """`total` is after narrowing; `more`: there may be more than were ranked. `partial`: nothing
    has all the words, these have some. `meant` is a spelling that would find something."""

    total: int
    more: bool
    partial: bool
    meant: str | None
    items: list[Result]
    facets: list[FacetShape]
    products: list[MakerShape]
    providers: list[MakerShape]
    page: int
    pages: int


class Beginning(Shape):
    kind: queries.Kind
    title: str
    note: str
    url: str


class Beginnings(Shape):
    items: list[Beginning]


def _suggesting() -> Responses:
    """`beginning` has the form of the OpenSearch suggestions extension besides."""
    found = reading()
    text = {"type": "string"}
    schema = {"type": "array", "items": {"anyOf": [text, {"type": "array", "items": text}]}}
    found[HTTPStatus.OK.value].setdefault("content", {})[SUGGESTIONS] = {"schema": schema}
    return found


@router.get("", response_model=SearchResults, responses=reading())
def search(request: Request, db: Db, now: Now, narrowed: Narrowed) -> Response:
    """Cities, problems and public use cases by their words; without words all use cases."""
    seen = moment(db, now)

    def answer() -> Content:
        asked = read(narrowed.q, vocabulary())
        found = queries.search(
            db,
            seen,
            asked,
            narrowed.chosen,
            narrowed.sort,
            limit=_PAGE,
            offset=(narrowed.page - 1) * _PAGE,
        )
        return as_json(
            SearchResults(
                total=found.total,
                more=found.capped,
                partial=found.some,
                meant=queries.meant(db, asked) if not found.hits or found.some else None,
                items=[_result(hit) for hit in found.hits],
                facets=[FacetShape.model_validate(each) for each in facets(found, narrowed.chosen)],
                products=[MakerShape.model_validate(each) for each in found.products],
                providers=[MakerShape.model_validate(each) for each in found.providers],
                page=narrowed.page,
                pages=max(1, -(-found.total // _PAGE)),
            )
        )

    return public(request, seen, answer)


@router.get("/beginning", response_model=Beginnings, responses=_suggesting())
def beginning(
    request: Request,
    db: Db,
    now: Now,
    config: Config,
    q: Annotated[Words, Query()] = "",
    f: Literal["json", "opensearch"] | None = None,
) -> Response:
    """The best few while somebody types, cities first; `f=opensearch` as browsers read it: the
    words, then titles, notes and absolute addresses as lists of the same length."""
    seen = moment(db, now)

    def answer() -> Content:
        asked = read(q, vocabulary())
        found = queries.beginning(db, seen, asked, 8) if asked.parts else []
        if f == "opensearch":
            titles = [pick(hit.title, hit.title_en) for hit in found]
            addresses = [f"{config.site}{_url(hit)}" for hit in found]
            lists = [q, titles, [_note(hit) for hit in found], addresses]
            return Content(json.dumps(lists, ensure_ascii=False).encode(), SUGGESTIONS)
        return as_json(
            Beginnings(
                items=[
                    Beginning(
                        kind=hit.kind,
                        title=pick(hit.title, hit.title_en),
                        note=_note(hit),
                        url=_url(hit),
                    )
                    for hit in found
                ]
            )
        )

    return public(request, seen, answer)


def _note(hit: queries.Hit) -> str:
    where = {name: hit.facets[name][0] for name in ("province_vi", "province_en")}
    place = (
        pick(where["province_vi"], where["province_en"])
        if hit.kind is queries.Kind.CITY
        else pick(hit.city_vi, hit.city_en)
    )
    return f"{gettext(KINDS[hit.kind])} · {place}"


def _result(hit: queries.Hit) -> Result:
    counted: Mapping[tuple[str, ...], bool] = {("yes",): True, ("no",): False}
    at: datetime | None = hit.at
    return Result(
        kind=hit.kind,
        key=hit.key,
        city_code=hit.city_code,
        city_name=pick(hit.city_vi, hit.city_en),
        title=hit.title,
        title_en=hit.title_en,
        said=hit.said,
        said_en=hit.said_en,
        state=hit.state,
        at=at,
        counted=counted.get(hit.facets["counted"]),
        url=_url(hit),
    )


def _url(hit: queries.Hit) -> str:
    folder = "use-cases" if hit.kind is queries.Kind.USE_CASE else "cities"
    key = hit.city_code if hit.kind is queries.Kind.PROBLEM else hit.key
    return f"/{current()}/{folder}/{key}"
