"""The service put together: settings, the wall, the doors, the error handlers. Nothing else."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute
from starlette.types import Message, Receive, Scope, Send

from api import assets, errors, i18n, ogc, old_addresses, pages, signposts, site, social, v1
from api.audience import Audience, open_to
from api.deps import Db, utc_now
from api.embed import doors
from api.exports.export import LICENCE
from api.exports.sets import BASE
from api.exports.spool import Spool
from api.pace import Pace
from api.prepared import Prepared, Watch
from api.security import Wall
from api.startup import assert_migrated, assert_safe
from api.validators import not_modified, of_release
from registry.actions.act import Clock
from registry.db.engine import read_sessions, reader_engine, service_engine, sessions
from registry.domain.files import MediaType
from registry.settings import Settings
from registry.settings import settings as from_environment
from registry.store import cabinet


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> FastAPI:
    """The whole application. `clock` gives UTC with zone; tests set it."""
    config = settings or from_environment()
    engine = service_engine(config)
    watch = Watch(config)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        assert_safe(config, app.state.sessions)
        watch.start()
        yield
        watch.stop()
        app.state.spool.close()
        engine.dispose()
        app.state.pool.close()

    app = FastAPI(
        title="City AI registry",
        version="1",
        summary="Which cities of Viet Nam use AI on a pressing social problem"
        " (Decision 699/QĐ-BTTTT, indicator 2)",
        license_info={"name": LICENCE["name"], "url": LICENCE["url"]},
        openapi_url=None,  # api/openapi.py has its own
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.settings = config
    app.state.sessions = sessions(engine)
    app.state.read_sessions = read_sessions(engine)
    app.state.clock = clock
    app.state.watch = watch
    app.state.files = cabinet(config)
    app.state.spool = Spool(config.downloads, config.max_downloads_bytes)
    app.add_middleware(
        # What is packed already, and is asked for in parts, leaves as it is.
        Packing,
        minimum_size=1000,
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, *MediaType),
    )
    app.add_middleware(Wall, settings=config)
    app.add_middleware(Prepared, watch=watch, clock=clock)
    app.add_middleware(Pace, settings=config)
    errors.install(app)
    ogc.open_readers(app, reader_engine(config))
    app.router.routes.extend(_doors())
    v1.describe(app)
    return app


@cache
def _doors() -> Sequence[BaseRoute]:
    """Every route. They are the same for each application of a process, and FastAPI takes a second
    to put together what stands behind them."""
    hall = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    public = [open_to(Audience.PUBLIC)]

    def slash(request: Request) -> Response:
        return RedirectResponse(f"{request.url.path}/", HTTPStatus.PERMANENT_REDIRECT)

    for language in i18n.Language:
        hall.get(f"/{language}", include_in_schema=False, dependencies=public)(slash)

    @hall.get("/healthz", include_in_schema=False, dependencies=public)
    async def alive() -> Response:
        return PlainTextResponse("ok\n")

    @hall.get("/readyz", include_in_schema=False, dependencies=public)
    def ready(db: Db) -> Response:
        assert_migrated(db)
        return PlainTextResponse("ok\n")

    hall.add_route("/static/{path:path}", _static, include_in_schema=False)
    hall.include_router(signposts.router)
    hall.include_router(site.router)
    hall.include_router(v1.router)
    ogc.install(hall)
    for language in i18n.Language:
        hall.include_router(pages.router, prefix=f"/{language}")
        hall.include_router(doors.router, prefix=f"/embed/{language}")
        hall.include_router(social.router, prefix=f"/og/{language}")
    old_addresses.install(hall)
    return hall.routes


class Packing(GZipMiddleware):
    """Packs answers, but no download: its ETag, digest and parts are those of its very bytes.

    Who reads a download in parts (GDAL, DuckDB, download managers) asks for its head first.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def head(message: Message) -> None:
            bodiless = message["type"] == "http.response.body"
            await send({**message, "body": b""} if bodiless else message)

        if not scope.get("path", "").startswith(f"{BASE}/"):
            await super().__call__(scope, receive, send)
        elif scope["method"] == "HEAD":
            await self.app({**scope, "method": "GET"}, receive, head)
        else:
            await self.app(scope, receive, send)


async def _static(request: Request) -> Response:
    asset = assets.by_url().get(request.url.path)
    if asset is None:
        return PlainTextResponse("not found\n", HTTPStatus.NOT_FOUND)
    # The address carries a hash of the content.
    validators = of_release(request, f'W/"{request.url.path}"')
    headers = {
        **validators.headers,
        "Cache-Control": "public, max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
    }
    if validators.held_by(request.headers):
        return not_modified(headers)
    content = asset.content
    if asset.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content = asset.gzipped
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=asset.media_type, headers=headers)
