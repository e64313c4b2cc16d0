"""The exhibition, the makers' wall: products and providers, and the cities that run them."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.audience import Audience, open_to
from api.deps import Db, When
from api.making import Slug, found_maker, in_words
from api.pages.conditional import asked, conditional
from api.pages.listing import Words, leaf_of
from api.rendering import page
from registry.queries.makers import MakerKind, makers
from registry.queries.moments import Moment

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])

Number = Annotated[int, Query(alias="page", ge=1)]


@router.get("/products")
def products(request: Request, db: Db, when: When, q: Words = "", number: Number = 1) -> Response:
    return conditional(request, when, _every(request, db, when, MakerKind.PRODUCT, q, number))


@router.get("/products/{product}")
def product(request: Request, db: Db, when: When, product: Slug) -> Response:
    return conditional(request, when, _one(request, db, when, MakerKind.PRODUCT, product))


@router.get("/providers")
def providers(request: Request, db: Db, when: When, q: Words = "", number: Number = 1) -> Response:
    return conditional(request, when, _every(request, db, when, MakerKind.PROVIDER, q, number))


@router.get("/providers/{provider}")
def provider(request: Request, db: Db, when: When, provider: Slug) -> Response:
    return conditional(request, when, _one(request, db, when, MakerKind.PROVIDER, provider))


def _every(
    request: Request, db: Db, when: Moment, kind: MakerKind, q: str, number: int
) -> Callable[[], Response]:
    def make() -> Response:
        rows = makers(db, when, kind)
        return page(
            request,
            "public/makers.html",
            kind=kind,
            is_product=kind is MakerKind.PRODUCT,
            leaf=leaf_of([line for line in rows if in_words(line, q)], number),
            chosen={"q": q} if q else {},
            clocks=asked(request, when),
            when=when,
        )

    return make


def _one(
    request: Request, db: Db, when: Moment, kind: MakerKind, written: str
) -> Callable[[], Response]:
    def make() -> Response:
        return page(
            request,
            "public/maker.html",
            maker=found_maker(db, when, kind, written),
            kind=kind,
            is_product=kind is MakerKind.PRODUCT,
            clocks=asked(request, when),
            when=when,
        )

    return make
