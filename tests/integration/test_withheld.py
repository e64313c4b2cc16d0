"""What a city withholds by law stays between it and the ministry until its day has passed."""

import gzip
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi import FastAPI

from registry.domain.model import Actor
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service, signed_in
from tests.postgres import Database

HUE = "46"
SECRET = "Công ty Bí Mật 7f3a"
GROUND = "Điều 6 Luật X"
PATH = f"/use-cases/{HUE}-001"


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def signer(world: World) -> Actor:
    world.province("48")
    world.targets()
    world.roll([world.city(HUE), world.city("48")])
    return world.signer(HUE)


@pytest.fixture
def version(world: World, signer: Actor, clock: Clock) -> UUID:
    """Approved, with its provider withheld for a year from now: the database has its own clock."""
    now = datetime.now(UTC)
    clock.set(now.isoformat())
    until = (now + timedelta(days=365)).date().isoformat()
    return world.approved(
        signer,
        HUE,
        [world.problem(signer, HUE)],
        provider=SECRET,
        withheld=[{"field": "provider", "legal_ground": GROUND, "until": until}],
    )


ADDRESSES = (
    f"/api/v1{PATH}",
    f"/api/v1{PATH}/versions/1",
    f"/api/v1{PATH}/versions",
    "/api/v1/use-cases",
    f"/api/v1/cities/{HUE}",
    "/api/v1/cities?f=csv",
    "/api/v1/cities?f=geojson",
    "/api/v1/events",
    f"/vi{PATH}",
    f"/en{PATH}?version=1&compare=1",
    "/vi/use-cases",
    f"/vi/cities/{HUE}",
    "/ogc/collections/use_cases/items",
    "/ogc/collections/use_cases/items?f=csv",
    f"/ogc/collections/use_cases/items/{HUE}-001?f=html",
    "/ogc/collections/use_cases/tiles/WebMercatorQuad/0/0/0",
)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.usefixtures("version")
def test_the_public_never_reads_it(app: FastAPI, address: str) -> None:
    answer = public(app).client.get(address)
    assert answer.status_code == 200
    assert SECRET not in answer.text


@pytest.mark.parametrize("kind", ["csv", "json", "ndjson", "geojson", "gpkg", "parquet", "xlsx"])
@pytest.mark.usefixtures("version")
def test_no_file_to_take_away_holds_it(app: FastAPI, kind: str) -> None:
    """What is packed is unpacked first."""
    answer = public(app).get(f"/downloads/use-cases.{kind}")
    assert answer.status_code == 200
    found = answer.content
    if kind == "parquet":
        found = str(pq.read_table(pa.BufferReader(found)).to_pylist()).encode()
    if kind == "xlsx":
        with zipfile.ZipFile(BytesIO(found)) as book:
            found = b"".join(book.read(name) for name in book.namelist())
    assert GROUND.encode() in found
    assert SECRET.encode() not in found


@pytest.mark.usefixtures("version")
def test_the_history_does_not_hold_it(app: FastAPI) -> None:
    found = gzip.decompress(public(app).get("/downloads/history.ndjson.gz").content)
    assert GROUND.encode() in found
    assert SECRET.encode() not in found


@pytest.mark.usefixtures("version")
def test_nor_finds_out_by_a_condition(app: FastAPI) -> None:
    items = "/ogc/collections/use_cases/items"

    def matched(condition: str) -> int:
        answer = public(app).client.get(items, params={"filter": condition})
        found: int = answer.json()["numberMatched"]
        return found

    assert matched("provider IS NULL") == 1
    assert matched("provider LIKE '%'") == 0


@pytest.mark.usefixtures("version")
def test_the_public_reads_that_it_is_withheld_why_and_until_when(app: FastAPI) -> None:
    content = public(app).read(f"{PATH}/versions/1")["content"]
    assert content["provider"] == ""
    assert content["withheld"][0]["field"] == "provider"
    assert content["withheld"][0]["legal_ground"] == GROUND
    assert content["deployer"]
    assert GROUND in public(app).client.get(f"/vi{PATH}").text


@pytest.mark.usefixtures("version")
def test_the_city_and_the_ministry_read_it(app: FastAPI, world: World, signer: Actor) -> None:
    def provider(caller: Caller) -> str:
        found: str = caller.read(f"{PATH}/versions/1")["content"]["provider"]
        return found

    assert provider(signed_in(app, world, signer)) == SECRET
    assert provider(signed_in(app, world, world.reviewer())) == SECRET
    assert provider(signed_in(app, world, world.signer("48"))) == ""


@pytest.mark.usefixtures("version")
def test_the_letter_of_a_submission_is_no_public_event(app: FastAPI) -> None:
    events = public(app).read("/events")["items"]
    submitted = next(e for e in events if e["kind"] == "version.submit")
    told = {"version", "from_state", "state", "before_sha256", "content_sha256"}
    assert submitted["payload"].keys() == told
