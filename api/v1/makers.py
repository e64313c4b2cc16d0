"""Products and providers: who runs what, by the names that the public entries give them."""

from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import WithJsonSchema

from api.answers import Content, as_json, public
from api.audience import Audience, open_to
from api.deps import Db, When
from api.i18n import current, pick
from api.making import Slug, found_maker, in_words
from api.names import slug
from api.openapi import reading
from api.v1.shapes import Instant, Shape
from registry.domain.model import ProblemArea, ReviewState, Stage
from registry.queries.makers import MakerKind, Named, makers
from registry.queries.published import Published

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])

_MAY_MOVE = (HTTPStatus.NOT_FOUND, HTTPStatus.PERMANENT_REDIRECT)
_PATH_SCHEMA = WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 300})


class MakerLine(Shape):
    """`key` is the last part of its address: two spellings of a name have one key. `cities` have an
    approved application with it; in `operating` of them one is in operation on the day, and
    `counting` count by one."""

    key: str
    name: str
    cities: int
    operating: int
    counting: int
    url: str


class MakerList(Shape):
    as_of: date
    known_at: Instant
    position: int
    total: int
    items: list[MakerLine]


class MakerCase(Shape):
    """An entry whose public text names it. `stage` is null where none is certain on the day."""

    use_case: str
    version: int
    title: str
    title_en: str
    city_code: str
    city_name: str
    areas: list[ProblemArea]
    state: ReviewState
    stage: Stage | None
    counts: bool
    approved_at: Instant
    url: str


class StageCount(Shape):
    stage: Stage | None
    cities: int


class AreaCount(Shape):
    area: ProblemArea
    cities: int


class MakerDetail(MakerLine):
    """`use_cases` are the approved ones, `ended` those suspended or revoked, which are in no
    number. `renamed` are entries that named it in an earlier text and no longer do, told where
    nothing names it any more. A provider that is withheld by law is named nowhere here."""

    as_of: date
    known_at: Instant
    position: int
    spellings: list[str]
    first_approved_at: Instant | None
    last_approved_at: Instant | None
    stages: list[StageCount]
    areas: list[AreaCount]
    use_cases: list[MakerCase]
    ended: list[MakerCase]
    renamed: list[MakerCase]


class ProductDetail(MakerDetail):
    providers: list[MakerLine]


class ProviderDetail(MakerDetail):
    products: list[MakerLine]


_Words = Annotated[str, Query(max_length=200, description="Part of a name, with or without marks")]
_Name = Annotated[Slug, Path(description="The name; any spelling leads on"), _PATH_SCHEMA]


@router.get("/products", response_model=MakerList, responses=reading(), tags=["products"])
def products(request: Request, db: Db, when: When, q: _Words = "") -> Response:
    """The products that approved applications run, those in most cities first."""
    return public(request, when, lambda: _every(db, when, MakerKind.PRODUCT, q))


@router.get(
    "/products/{product}",
    response_model=ProductDetail,
    responses=reading(*_MAY_MOVE),
    tags=["products"],
)
def product(request: Request, db: Db, when: When, product: _Name) -> Response:
    """One product: in how many cities, at which stage, for which problems, by which providers."""
    return public(request, when, _one(db, when, MakerKind.PRODUCT, product))


@router.get("/providers", response_model=MakerList, responses=reading(), tags=["providers"])
def providers(request: Request, db: Db, when: When, q: _Words = "") -> Response:
    """The providers that approved applications name, those in most cities first."""
    return public(request, when, lambda: _every(db, when, MakerKind.PROVIDER, q))


@router.get(
    "/providers/{provider}",
    response_model=ProviderDetail,
    responses=reading(*_MAY_MOVE),
    tags=["providers"],
)
def provider(request: Request, db: Db, when: When, provider: _Name) -> Response:
    """One provider: in how many cities, at which stage, for which problems, with which products."""
    return public(request, when, _one(db, when, MakerKind.PROVIDER, provider))


def maker_line(kind: MakerKind, line: Named) -> MakerLine:
    return MakerLine(**_line(kind, line))


def case_shape(case: Published) -> MakerCase:
    return MakerCase(
        use_case=case.code,
        version=case.version,
        title=case.title,
        title_en=case.title_en,
        city_code=case.city_code,
        city_name=pick(case.city_vi, case.city_en),
        areas=list(case.areas),
        state=case.state,
        stage=case.stage,
        counts=case.counts,
        approved_at=case.approved_at,
        url=f"/{current()}/use-cases/{case.code}",
    )


def _every(db: Db, when: When, kind: MakerKind, q: str) -> Content:
    found = [line for line in makers(db, when, kind) if in_words(line, q)]
    return as_json(
        MakerList(
            as_of=when.on,
            known_at=when.known_at,
            position=when.position,
            total=len(found),
            items=[maker_line(kind, line) for line in found],
        )
    )


def _one(db: Db, when: When, kind: MakerKind, written: str) -> Callable[[], Content]:
    def answer() -> Content:
        found = found_maker(db, when, kind, written)
        told = {
            **_line(kind, found.line),
            "as_of": when.on,
            "known_at": when.known_at,
            "position": when.position,
            "spellings": found.spellings,
            "first_approved_at": found.first,
            "last_approved_at": found.last,
            "stages": [StageCount(stage=stage, cities=n) for stage, n in found.stages],
            "areas": [AreaCount(area=area, cities=n) for area, n in found.areas],
            "use_cases": [case_shape(case) for case in found.live],
            "ended": [case_shape(case) for case in found.ended],
            "renamed": [case_shape(case) for case in found.renamed],
        }
        others = [maker_line(kind.other, line) for line in found.others]
        if kind is MakerKind.PRODUCT:
            return as_json(ProductDetail(**told, providers=others))
        return as_json(ProviderDetail(**told, products=others))

    return answer


def _line(kind: MakerKind, line: Named) -> dict[str, object]:
    return {
        "key": line.key.replace(" ", "-"),
        "name": line.name,
        "cities": line.cities,
        "operating": line.operating,
        "counting": line.counting,
        "url": f"/{current()}/{kind}s/{slug(line.key)}",
    }
