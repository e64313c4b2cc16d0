"""The enquiry desk: one box for cities, problems, use cases, products and providers."""

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.audience import Audience, open_to
from api.deps import Db, Now
from api.facets import facets
from api.pages.conditional import conditional
from api.pages.listing import PAGE_SIZE, Leaf, nearest
from api.rendering import page
from api.searching import Narrowed
from registry.domain.search import read, vocabulary
from registry.queries import search as queries
from registry.queries.moments import moment

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])


@router.get("/search")
def search(request: Request, db: Db, now: Now, narrowed: Narrowed) -> Response:
    seen = moment(db, now)

    def make() -> Response:
        asked = read(narrowed.q, vocabulary())
        found = queries.search(
            db,
            seen,
            asked,
            narrowed.chosen,
            narrowed.sort,
            limit=PAGE_SIZE,
            offset=(narrowed.page - 1) * PAGE_SIZE,
        )
        at = nearest(narrowed.page, found.total)
        if at != narrowed.page:
            return make_at(at)
        return page(
            request,
            "public/search.html",
            q=narrowed.q,
            found=found,
            leaf=Leaf(found.hits, found.total, at),
            facets=facets(found, narrowed.chosen),
            chosen=narrowed.chosen,
            given=narrowed.given,
            meant=queries.meant(db, asked) if not found.hits or found.some else None,
            Order=queries.Order,
            sort=narrowed.sort,
        )

    def make_at(number: int) -> Response:
        nonlocal narrowed
        narrowed = replace(narrowed, page=number)
        return make()

    return conditional(request, seen, make)
