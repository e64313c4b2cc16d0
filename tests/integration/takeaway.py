"""The dispatch room's own country: three cities in two provinces, one counted by hostile words."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from httpx import Response
from sqlalchemy.engine import URL

from registry.db.engine import sessions
from registry.sheets.separated import unprotected
from tests.factories import Clock, World
from tests.integration.api_client import Caller, service
from tests.postgres import new_database, opened

HOSTILE = '=HYPERLINK("https://example.vn","ấn vào đây")'
STATEMENT = f'+1\n"hai", ba; bốn\t{"Ngập úng kéo dài " * 100}'.strip()
SUMMARY = "'=một dòng\n\tvà một dòng nữa"
NOW = datetime(2025, 6, 15, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Country:
    """The service over a register of its own, and the folder in which it keeps files ready."""

    app: FastAPI
    world: World
    clock: Clock
    folder: Path


@contextmanager
def country(server: URL, migrated: str) -> Iterator[Country]:
    with new_database(server, migrated) as url, opened(url) as database:
        clock = Clock(NOW)
        world = World(sessions(database.service), clock)
        world.province("46", box=(106, 16, 107, 17))
        world.province("48")
        world.targets()
        cities = [world.city("hue", province="46"), world.city("dn"), world.city("hoian")]
        world.roll(cities, official_total=10)
        signer = world.signer("hue")
        problem = world.problem(signer, "hue", title="-Ngập", statement=STATEMENT)
        world.approved(
            signer,
            "hue",
            [problem],
            title=HOSTILE,
            title_en="@SUM(1+1)",
            summary=SUMMARY,
            area_wards=["-Phường 1", "Phường; 2"],
        )
        assert database.settings.downloads is not None
        with service(database, clock) as app:
            yield Country(app, world, clock, Path(database.settings.downloads))


def fetched(reader: Caller, path: str, **headers: str) -> Response:
    answer = reader.get(f"/downloads/{path}", **headers)
    assert answer.status_code in {200, 206, 304}, answer.text
    return answer


def csv_rows(content: bytes) -> list[dict[str, str]]:
    """A CSV as its description says it is read."""
    assert content.startswith(b"\xef\xbb\xbf")
    text = content.decode("utf-8-sig")
    assert "\n" not in re.sub(r'"[^"]*"', "", text).replace("\r\n", "")
    return [
        {name: unprotected(cell) for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(text, newline=""))
    ]
