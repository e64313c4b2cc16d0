"""The front counter: public reads against bare Starlette and other people's servers (P1-P4)."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.engine import URL

from bench import ceiling, peers
from bench.budgets import Line, at_most, ratio
from bench.load import Shot, rates
from bench.servers import Answer, Server, get, uvicorn
from tests.postgres import administration

CITY = "46"
_GEOJSON = "/api/v1/cities?f=geojson"
_PUBLIC = {
    "cities as GeoJSON": _GEOJSON,
    "coverage": "/api/v1/coverage",
    "home": "/vi/",
    "map page": "/vi/map",
}
_COMPRESSED = {"Accept-Encoding": "gzip"}
# An answer to somebody with a cookie is never kept, so this one is made anew each time.
_NOT_PREPARED = {"Cookie": "bench=1"}


class NotServed(Exception):
    """An address that has to be measured does not answer 200."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """The servers of this part, all up at the same time and asked in turns."""

    service: Server
    starlette: Server
    tipg: Server
    pygeoapi: Server


def measure(url: URL, use_case: str) -> Iterator[Line]:
    """`url`: a register with the seeds. `use_case`: the code of a public use case in it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        environment = {"REGISTRY_DATABASE_URL": url.render_as_string(hide_password=False)}
        service = stack.enter_context(uvicorn("api.app:create_app", environment, factory=True))
        kept = {path: _kept(service, path) for path in _PUBLIC.values()}
        ceiling.lay_out(folder, {path.split("?")[0]: answer for path, answer in kept.items()})
        peers.publish(url, json.loads(_answer(service, _GEOJSON, {}).body))
        rooms = Rooms(
            service,
            stack.enter_context(
                uvicorn("bench.ceiling:app", {"BENCH_PREPARED": str(folder)}, factory=True)
            ),
            stack.enter_context(peers.tipg(url)),
            stack.enter_context(peers.pygeoapi(url, folder)),
        )
        yield from _prepared(rooms)
        yield from _not_modified(rooms, kept, url)
        yield from _items(rooms, use_case)
        yield from _collections(rooms)


def _prepared(rooms: Rooms) -> Iterator[Line]:
    tipg = rooms.tipg.origin + peers.tipg_items("geojson")
    for name, path in _PUBLIC.items():
        shots = {
            "service": Shot(rooms.service.origin + path, _COMPRESSED),
            "starlette": Shot(rooms.starlette.origin + path, _COMPRESSED),
        }
        if path == _GEOJSON:
            shots["tipg"] = Shot(tipg, _COMPRESSED)
        found = rates(shots)
        yield ratio(
            "P1", f"{name}, gzip", 1.0, found["service"], found["starlette"], "bare Starlette"
        )
        if "tipg" in found:
            yield ratio("P1", f"{name}, gzip", 1000, found["service"], found["tipg"], "tipg")


def _not_modified(rooms: Rooms, kept: dict[str, Answer], url: URL) -> Iterator[Line]:
    began, before = time.monotonic(), _transactions(url)
    for name, path in _PUBLIC.items():
        asking = {**_COMPRESSED, "If-None-Match": _header(kept[path], "etag")}
        for room in (rooms.service, rooms.starlette):
            answer = get(room.origin + path, asking)
            if answer.status != 304:
                raise NotServed(f"{path}: {answer.status} where 304 was due")
        found = rates(
            {
                "service": Shot(rooms.service.origin + path, asking),
                "starlette": Shot(rooms.starlette.origin + path, asking),
            }
        )
        yield ratio(
            "P2", f"{name}, 304", 1.3, found["service"], found["starlette"], "bare Starlette"
        )
    yield at_most(
        "P2",
        "transactions that read a table meanwhile",
        10,
        (_transactions(url) - before) / (time.monotonic() - began),
        "a second",
        "as the database counts them; the watch only asks whether it is there",
    )


def _items(rooms: Rooms, use_case: str) -> Iterator[Line]:
    own = {"one city": f"/api/v1/cities/{CITY}", "one use case": f"/api/v1/use-cases/{use_case}"}
    for path in own.values():
        _answer(rooms.service, path, _NOT_PREPARED)
    found = rates(
        {
            **{n: Shot(rooms.service.origin + path, _NOT_PREPARED) for n, path in own.items()},
            "tipg": Shot(rooms.tipg.origin + peers.tipg_item(CITY)),
            "pygeoapi": Shot(rooms.pygeoapi.origin + peers.pygeoapi_item(CITY)),
        }
    )
    for name in own:
        what = f"{name} as JSON, not prepared"
        yield ratio("P3", what, 4, found[name], found["tipg"], "tipg's item")
        yield ratio("P3", what, 12, found[name], found["pygeoapi"], "pygeoapi's item")


def _collections(rooms: Rooms) -> Iterator[Line]:
    found = rates(
        {
            "service": Shot(rooms.service.origin + _GEOJSON, _NOT_PREPARED),
            "tipg geojson": Shot(rooms.tipg.origin + peers.tipg_items("geojson")),
            "tipg json": Shot(rooms.tipg.origin + peers.tipg_items("json")),
            "pygeoapi": Shot(rooms.pygeoapi.origin + peers.pygeoapi_items()),
        }
    )
    what = "all cities as GeoJSON, not prepared"
    for limit, peer in ((40, "tipg geojson"), (5, "tipg json"), (35, "pygeoapi")):
        yield ratio("P4", what, limit, found["service"], found[peer], peer)


def _kept(service: Server, path: str) -> Answer:
    _answer(service, path, _COMPRESSED)
    return _answer(service, path, _COMPRESSED)


def _answer(service: Server, path: str, headers: dict[str, str]) -> Answer:
    answer = get(service.origin + path, headers)
    if answer.status != 200:
        raise NotServed(f"{path}: {answer.status}")
    return answer


def _header(answer: Answer, wanted: str) -> str:
    return next(value for name, value in answer.headers.items() if name.lower() == wanted)


def _transactions(url: URL) -> int:
    with administration(url) as connection:
        row = connection.execute(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database"
            " WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(str(row[0]))
