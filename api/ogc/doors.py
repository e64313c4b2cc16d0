"""The porch of the surveyors' hall: tipg's routes with our guards, errors, pages and headers."""

from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, FastAPI, Request, params
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from morecantile import tms as known_matrices
from morecantile.defaults import TileMatrixSets
from psycopg import DataError, InternalError, ProgrammingError
from psycopg.errors import InsufficientPrivilege, QueryCanceled
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.templating import Jinja2Templates
from tipg import collections as their_collections
from tipg import errors as theirs
from tipg import factory

from api.audience import Audience, open_to
from api.deps import KNOW_READER
from api.i18n import current
from api.negotiation import wanted
from api.ogc import asking, openapi, writing
from api.ogc.collections import LAYERS
from api.ogc.reading import Readers
from api.rendering import page
from api.validators import Validators, not_modified, of_public, weak_tag
from registry.domain.errors import FieldProblem, InvalidInput, InvalidQuestion, NotFound
from registry.domain.kinds import field_problems_of
from registry.queries.moments import moment
from registry.queries.people import NOBODY

PREFIX = "/ogc"
TITLE = "City AI registry"
# Features in one answer.
MOST = 10_000
_HTML = "text/html"
_JSON = "application/json"
# Of tipg's list of collections, not of ours: it is short and comes whole.
_NOT_CLAIMED = ("/conf/simple-query",)
_CQL2 = tuple(
    f"http://www.opengis.net/spec/cql2/1.0/conf/{name}"
    for name in (
        "cql2-text",
        "cql2-json",
        "basic-cql2",
        "advanced-comparison-operators",
        "case-insensitive-comparison",
        "accent-insensitive-comparison",
        "basic-spatial-functions",
        "basic-spatial-functions-plus",
        "spatial-functions",
    )
)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Pages:
    """What tipg takes for its templates: ours, in the reader's language."""

    def TemplateResponse(  # noqa: N802 - Starlette's name
        self, request: Request, *, name: str, context: Mapping[str, Any]
    ) -> Response:
        return page(
            request,
            f"ogc/{name}",
            LAYERS=LAYERS,
            ogc=home(request),
            asked=dict(request.query_params),
            read_instant=datetime.fromisoformat,
            response=context["response"],
        )


class Door(APIRoute):
    """A route of tipg's with the errors, the headers and the absolute addresses of this house."""

    def get_route_handler(self) -> Handler:
        ask = super().get_route_handler()

        async def answered(request: Request) -> Response:
            request = _as_reached(request)
            seen = await run_in_threadpool(_stamp, request)
            headers = {
                **seen.headers,
                "Cache-Control": "no-cache",
                "Content-Language": current().value,
                "Vary": "Accept, Accept-Language, Cookie",
            }
            if seen.held_by(request.headers):
                return not_modified(headers)
            with _refusals(request):
                answer = await ask(request)
            if getattr(request.state, "person", NOBODY) is NOBODY:
                answer.headers.update(headers)
            return answer

        return answered


def open_readers(app: FastAPI, readers: Engine) -> None:
    """The connections of what is asked under /ogc, where tipg looks for them."""
    app.state.pool = Readers(readers)


def install(app: FastAPI) -> None:
    """Opens the doors under /ogc."""
    app.dependency_overrides.update(asking.INSTEAD)
    features, tiles = _factories()
    routers = (_own(features, tiles), features.router, tiles.router)
    for router in routers:
        app.include_router(
            router,
            prefix=PREFIX,
            include_in_schema=False,
            dependencies=[
                open_to(Audience.PUBLIC),
                params.Depends(asking.known_names_only),
                KNOW_READER,
            ],
        )


@cache
def _factories() -> tuple[factory.OGCFeaturesFactory, factory.OGCTilesFactory]:
    _settle()
    ours: Any = {
        "router_prefix": PREFIX,
        "templates": cast("Jinja2Templates", Pages()),
        "collection_dependency": asking.collection,
        "with_common": False,
        "title": TITLE,
    }
    features = factory.OGCFeaturesFactory(
        router=APIRouter(route_class=Door),
        collections_dependency=asking.every_collection,
        **ours,
    )
    mercator = TileMatrixSets({"WebMercatorQuad": known_matrices.get("WebMercatorQuad")})
    tiles = factory.OGCTilesFactory(
        router=APIRouter(route_class=Door), supported_tms=mercator, with_viewer=False, **ours
    )
    return features, tiles


def _settle() -> None:
    """tipg reads these from its own environment when it is imported; here they are the house's."""
    for module in (factory, their_collections):
        module.features_settings.default_features_limit = 100
        module.features_settings.max_features_per_query = MOST
        module.mvt_settings.set_mvt_layername = True
        module.mvt_settings.tile_resolution = 4096
        module.mvt_settings.max_features_per_tile = MOST
    vars(factory).update(
        create_csv_rows=writing.csv,
        GeoJSONResponse=writing.Features,
        ORJSONResponse=writing.Collections,
    )


def _own(features: factory.OGCFeaturesFactory, tiles: factory.OGCTilesFactory) -> APIRouter:
    """What tipg would tie to an application of its own: landing page, conformance, description."""
    router = APIRouter(route_class=Door, tags=["OGC Common"])
    every_door = APIRouter()

    @router.get("")
    @router.get("/")
    def landing(request: Request, f: asking.JsonOrHtml = None) -> Response:
        """Where to find what, and how to show it in QGIS."""
        here = home(request)
        if _is_page(request, f):
            return page(request, "ogc/landing.html")
        theirs = [
            link.model_dump(exclude_none=True, mode="json")
            for each in (features, tiles)
            for link in each.links(request)
        ]
        own = (
            ("", "self", _JSON, "This document"),
            ("?f=html", "service-doc", _HTML, "How to use it"),
            ("/api", "service-desc", openapi.MEDIA_TYPE, "Description (OpenAPI)"),
            ("/conformance", "conformance", _JSON, "Conformance classes"),
        )
        links = [
            {"href": f"{here}{path}", "rel": rel, "type": kind, "title": title}
            for path, rel, kind, title in own
        ]
        return JSONResponse({"title": TITLE, "links": links + theirs})

    @router.get("/conformance")
    def conformance(request: Request, f: asking.JsonOrHtml = None) -> Response:
        """The classes of the standards that this service keeps."""
        claimed = [*factory.COMMON_CONFORMS, *features.conforms_to, *tiles.conforms_to]
        kept = [c for c in claimed if not c.endswith(_NOT_CLAIMED)] + list(_CQL2)
        if _is_page(request, f):
            return page(request, "ogc/conformance.html", classes=kept)
        return JSONResponse({"conformsTo": kept})

    @router.get("/api")
    def description(request: Request) -> Response:
        """All addresses, by OpenAPI."""
        title = f"{TITLE}: OGC API"
        document = openapi.described(title, home(request), every_door.routes)
        return JSONResponse(document, media_type=openapi.MEDIA_TYPE)

    for each in (router, features.router, tiles.router):
        every_door.include_router(each, prefix=PREFIX)
    return router


def home(request: Request) -> str:
    """The absolute address of the service, as readers reach it."""
    return f"{request.app.state.settings.site}{PREFIX}"


def _is_page(request: Request, f: str | None) -> bool:
    return wanted(request, {"json": _JSON, "html": _HTML}, f) == "html"


def _as_reached(request: Request) -> Request:
    """The request as its sender addressed it, whatever the proxy in between calls this host, and
    as the standard reads it: a limit beyond the largest one is the largest one."""
    public = urlsplit(request.app.state.settings.public_url)
    kept = [(name, value) for name, value in request.scope["headers"] if name != b"host"]
    asked = [
        (name, str(MOST) if name == "limit" and _is_more(value) else value)
        for name, value in request.query_params.multi_items()
    ]
    scope = {
        **request.scope,
        "scheme": public.scheme,
        "headers": [*kept, (b"host", public.netloc.encode())],
        "query_string": urlencode(asked).encode(),
    }
    return Request(scope, request.receive)


def _is_more(limit: str) -> bool:
    # Of thousands of digits the first ones tell.
    return limit.isascii() and limit.isdecimal() and int(limit[:9]) > MOST


def _stamp(request: Request) -> Validators:
    """What is shown changes with the ledger, the day, and a release of ours."""
    state = request.app.state
    with state.read_sessions() as session:
        seen = moment(session, state.clock())
    return of_public(request, seen, weak_tag(request, f"{seen.position} {seen.on}"))


_REFUSED: Mapping[type[Exception], tuple[str, str]] = {
    theirs.InvalidGeometryColumnName: ("/geom-column", "unknown_field"),
    theirs.InvalidDatetimeColumnName: ("/datetime-column", "unknown_field"),
    theirs.InvalidPropertyName: ("/sortby", "sorted_by_unselected"),
    theirs.InvalidLimit: ("/limit", "unreadable"),
    QueryCanceled: ("/filter", "takes_too_long"),
}


@contextmanager
def _refusals(request: Request) -> Generator[None, None, None]:
    """What this house, tipg and the database say of a question, as refusals of this house, with
    the number that the standard has for them (OGC API – Features, 7.2: 400)."""
    try:
        yield
    except theirs.NotFound:
        raise NotFound from None
    except InsufficientPrivilege:
        raise
    except RequestValidationError as error:
        if any(problem["loc"][0] == "path" for problem in error.errors()):
            raise NotFound from None
        raise InvalidQuestion(field_problems_of(error.errors(), skip=1)) from error
    except InvalidInput as error:
        raise InvalidQuestion(error.problems) from error
    except tuple(_REFUSED) as error:
        pointer, code = _REFUSED[type(error)]
        raise InvalidQuestion([FieldProblem(pointer, code)]) from error
    except (DataError, ProgrammingError, InternalError) as error:
        raise InvalidQuestion(
            [FieldProblem(pointer, "kinds_differ") for pointer in _conditions(request)]
        ) from error


_NO_CONDITIONS = frozenset({"f", "lang", "filter-lang", "bbox", "datetime", "properties"})


def _conditions(request: Request) -> Sequence[str]:
    """Where in the query the database may have stumbled."""
    given = request.query_params
    if "filter" in given:
        return ["/filter"]
    return [f"/{name}" for name in given if name not in _NO_CONDITIONS] or ["/"]
