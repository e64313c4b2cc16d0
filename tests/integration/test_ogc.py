"""The surveyors' hall: OGC API – Features and Tiles, over the real cities and the examples."""

import csv
import json
from datetime import UTC, datetime
from http import HTTPStatus
from io import StringIO
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import Client
from psycopg.errors import InsufficientPrivilege
from schemathesis.specs.openapi.definitions import OPENAPI_30_VALIDATOR
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from api import i18n
from api.i18n import Language
from api.ogc.collections import LAYERS, collection
from registry.db.engine import reader_engine, sessions
from registry.domain.model import Action
from registry.queries.moments import moment
from registry.queries.published import published
from tests.factories import Clock, World
from tests.integration.api_client import public, service
from tests.integration.visitor import visitor
from tests.postgres import Database

pytestmark = pytest.mark.xdist_group("ogc")

CITIES = "/ogc/collections/cities/items"
CASES = "/ogc/collections/use_cases/items"
TILE = "/ogc/collections/cities/tiles/WebMercatorQuad"
ALL = {"limit": 10_000}

Row = dict[str, Any]


@pytest.fixture(scope="module")
def client(hall: FastAPI) -> Client:
    return public(hall).client


@pytest.fixture(scope="module")
def rows(client: Client) -> list[Row]:
    return [feature["properties"] for feature in client.get(CITIES, params=ALL).json()["features"]]


# ── The same facts as everywhere ──────────────────────────────────────────────────────────────


def test_the_cities_are_those_of_the_api(client: Client) -> None:
    theirs = client.get("/api/v1/cities?f=geojson").json()["features"]
    ours = client.get(CITIES, params=ALL).json()
    assert ours["numberMatched"] == ours["numberReturned"] == len(theirs) > 700
    for feature, said in zip(ours["features"], theirs, strict=True):
        own, other = feature["properties"], said["properties"]
        assert feature["id"] == own["code"] == other["code"]
        same = ("unit_type", "urban_class", "province_code", "status", "outcome", "year_status")
        assert [own[name] for name in same] == [other[name] for name in same]
        assert own["name_vi"], own["province_vi"] == (other["name"], other["province_name"])
        assert own["counted"] is (other["status"] == "counted")
        assert own["use_case_code"] == (other["use_case"] and other["use_case"]["code"])
        assert own["url"].endswith(f"/vi/cities/{own['code']}")
        at, there = feature["geometry"], said["geometry"]
        assert (at is None) == (there is None)
        if at is not None:
            assert at["coordinates"] == pytest.approx(there["coordinates"], abs=1e-5)


def test_every_outcome_is_there_to_be_compared(rows: list[Row]) -> None:
    """Else the test above could miss one."""
    assert {row["status"] for row in rows} >= {"counted", "approved", "in_progress", "silent"}


def test_the_applications_are_those_once_approved(full: Database, client: Client) -> None:
    with sessions(full.service)() as session:
        said = {c.code: c for c in published(session, moment(session, datetime.now(UTC)))}
    found = client.get(CASES, params=ALL).json()["features"]
    assert {f["id"] for f in found} == said.keys()
    for own in (f["properties"] for f in found):
        case = said[own["code"]]
        assert (own["title_vi"], own["city_vi"]) == (case.title, case.city_vi)
        assert (own["version"], own["state"]) == (case.version, case.state)
        assert (own["stage"], own["stage_since"]) == (case.stage, case.stage_since)
        assert own["counted"] is case.counts
        assert own["problem_areas"] == ", ".join(case.areas)
        assert datetime.fromisoformat(own["approved_at"]) == case.approved_at


def test_the_provinces_have_the_tallies_of_the_api(client: Client) -> None:
    theirs = client.get("/api/v1/coverage?group_by=province").json()["groups"]
    found = client.get("/ogc/collections/provinces/items").json()["features"]
    ours = {f["id"]: (f["properties"]["counted"], f["properties"]["cities"]) for f in found}
    assert len(ours) == 34
    assert {g["key"]: (g["counted"], g["total"]) for g in theirs}.items() <= ours.items()
    assert {f["geometry"]["type"] for f in found} == {"MultiPolygon"}


def test_problems_say_whether_they_are_open(client: Client) -> None:
    found = client.get("/ogc/collections/problems/items", params=ALL).json()["features"]
    assert {f["id"] for f in found} == {
        item["id"] for item in client.get("/api/v1/problems?limit=500").json()["items"]
    }
    assert {f["properties"]["open"] for f in found} >= {True}


def test_the_table_of_columns_is_that_of_the_database(full: Database) -> None:
    i18n.speak(Language.EN)
    with full.owner.connect() as connection:
        for name, layer in LAYERS.items():
            told = connection.execute(
                text("""
                    SELECT attname, format_type(atttypid, NULL) AS kind,
                        col_description(attrelid, attnum) AS meaning
                    FROM pg_attribute WHERE attrelid = CAST(:view AS regclass) AND attnum > 0
                    ORDER BY attnum
                """),
                {"view": f"ogc.{name}"},
            ).all()
            kinds = {row.attname: row.kind for row in told}
            assert {
                n: "timestamptz" if k.endswith("with time zone") else k for n, k in kinds.items()
            } == {n: field.kind for n, field in layer.fields.items()}
            assert {r.attname: r.meaning for r in told} == {
                n: field.meaning for n, field in layer.fields.items()
            }
            found = collection(name)
            assert found is not None
            about = text("SELECT obj_description(CAST(:view AS regclass))")
            assert connection.scalar(about, {"view": f"ogc.{name}"}) == found.description


@pytest.mark.parametrize(
    "address",
    [
        "/ogc/collections/user_account/items",
        "/ogc/collections/public.user_account",
        "/ogc/collections/ogc.known_case/items",
        "/ogc/collections/known_case/items",
        f"{CITIES}/none",
        f"{TILE}/25/0/0",
        f"{TILE}/0/1/0",
        f"{TILE}/3/-1/0",
        f"{TILE}/none/0/0",
        "/ogc/collections/cities/tiles/WorldCRS84Quad/0/0/0",
        "/ogc/nothing",
    ],
)
def test_what_is_not_there_is_not_found(client: Client, address: str) -> None:
    assert client.get(address).status_code == HTTPStatus.NOT_FOUND
    page = client.get(address, headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.status_code == HTTPStatus.NOT_FOUND
    assert page.headers["content-type"].startswith("text/html")


# ── What may be read at all ───────────────────────────────────────────────────────────────────


def test_the_reader_reads_the_views_and_nothing_else(full: Database) -> None:
    readable = text("""
        SELECT c.relnamespace::regnamespace || '.' || c.relname FROM pg_class c
        WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p')
            AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
            AND has_schema_privilege('registry_reader', c.relnamespace, 'USAGE')
            AND has_any_column_privilege('registry_reader', c.oid, 'SELECT')
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
    """)
    writable = text("""
        SELECT c.relname FROM pg_class c
        WHERE c.relkind IN ('r', 'v', 'm', 'p') AND c.relnamespace <> 'pg_catalog'::regnamespace
            AND has_table_privilege('registry_reader', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
    """)
    with full.owner.connect() as connection:
        assert set(connection.scalars(readable)) == {f"ogc.{name}" for name in LAYERS}
        assert list(connection.scalars(writable)) == []


_REFUSED_TO_READERS = {
    "a table of the register": "SELECT * FROM public.user_account",
    "what a view is made of": "SELECT * FROM ogc.known_case",
    "a row changed": "UPDATE public.city SET code = 'x'",
    "a row put in": "INSERT INTO public.event DEFAULT VALUES",
    "all rows taken out": "TRUNCATE public.city",
    "a table made": "CREATE TABLE public.mine ()",
    "a job put in the queue": "SELECT queue.procrastinate_defer_jobs_v1(NULL)",
    "a number taken": "SELECT nextval(c.oid) FROM pg_class c WHERE relkind = 'S' LIMIT 1",
    "a file of the server": "SELECT pg_read_file('PG_VERSION')",
    "a program of the server": "COPY (SELECT 1) TO PROGRAM 'true'",
    "other people's statements": "SELECT pg_terminate_backend(0), pg_stat_reset()",
}


@pytest.mark.parametrize("what", _REFUSED_TO_READERS)
def test_the_reader_is_refused_everything_else(full: Database, what: str) -> None:
    """By its rights alone: here a transaction may write."""
    engine = reader_engine(full.settings)
    with engine.connect() as connection:
        connection.execute(text("SET TRANSACTION READ WRITE"))
        with pytest.raises(ProgrammingError) as refused:
            connection.execute(text(_REFUSED_TO_READERS[what]))
        assert isinstance(refused.value.orig, InsufficientPrivilege)
    engine.dispose()


def test_the_service_asks_as_the_reader_and_only_reads(full: Database) -> None:
    engine = reader_engine(full.settings)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == "registry_reader"
        assert connection.scalar(text("SHOW transaction_read_only")) == "on"
        assert connection.scalar(text("SHOW transaction_isolation")) == "repeatable read"
        assert connection.scalar(text("SHOW statement_timeout")) == "10s"
    engine.dispose()


def test_what_is_not_public_is_in_no_collection(database: Database, world: World) -> None:
    world.province("48")
    world.targets()
    world.roll([world.city("46"), world.city("48")])
    signer = world.signer("46")
    problem = world.problem(signer, "46")
    secret = "Bí mật chưa công bố"
    world.draft(signer, "46", [problem], title=secret, product=secret)
    live = world.approved(signer, "46", [problem], title="=1+1")
    world.revise(signer, live, title=secret)
    returned = world.draft(
        world.signer("48"), "48", [world.problem(world.signer("48"), "48")], title=secret
    )
    world.submit(world.signer("48"), returned)
    world.claim(returned)
    world.decide(returned, Action.RETURN, reason=secret)
    with service(database, Clock(datetime.now(UTC))) as app:
        client = public(app).client
        for name in LAYERS:
            for f in ("geojson", "csv", "ndjson", "html"):
                answer = client.get(f"/ogc/collections/{name}/items", params={"f": f})
                assert answer.status_code == HTTPStatus.OK
                assert secret not in answer.text, name
            tile = client.get(f"/ogc/collections/{name}/tiles/WebMercatorQuad/0/0/0").content
            assert secret.encode() not in tile
        table = client.get(CASES, params={"f": "csv"}).text
    [row] = csv.DictReader(StringIO(table.removeprefix("\ufeff")))
    assert row["title_vi"] == "'=1+1"


def test_an_empty_register_has_empty_collections(database: Database) -> None:
    with service(database, Clock(datetime.now(UTC))) as app:
        client = public(app).client
        for name in LAYERS:
            items = f"/ogc/collections/{name}/items"
            assert client.get(items).json()["numberMatched"] == 0
            assert client.get(items, params={"f": "csv"}).status_code == HTTPStatus.OK
            page = visitor(app).open(f"{items}?f=html&lang=en")
            assert "There is nothing here yet." in page.words


# ── How it answers ────────────────────────────────────────────────────────────────────────────


def test_it_describes_itself(client: Client) -> None:
    landing = client.get("/ogc").json()
    links = {link["rel"]: link for link in landing["links"]}
    assert {"self", "service-desc", "service-doc", "conformance", "data"} <= links.keys()
    described = client.get(links["service-desc"]["href"])
    assert described.headers["content-type"] == links["service-desc"]["type"]
    document = described.json()
    OPENAPI_30_VALIDATOR.validate(document)
    said = document["paths"]["/collections/cities/items"]["get"]["responses"]
    assert said.keys() >= {"200", "400"}
    assert "422" not in json.dumps(document)
    asked = document["paths"]["/collections/cities/items"]["get"]["parameters"]
    assert {"limit", "bbox", "filter", "status"} <= {each["name"] for each in asked}
    assert document["servers"] == [{"url": landing["links"][0]["href"]}]
    classes = client.get("/ogc/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in classes
    assert "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text" in classes
    assert "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt" in classes


def test_every_link_it_gives_leads_somewhere(client: Client) -> None:
    found: set[str] = set()
    for address in (
        "/ogc",
        "/ogc/collections",
        "/ogc/collections/cities",
        f"{CITIES}?limit=2",
        f"{TILE}",
        "/ogc/collections/cities/tiles",
    ):
        found |= _links(client.get(address).json())
    assert len(found) > 20
    for address in found:
        assert client.get(address).status_code == HTTPStatus.OK, address


@pytest.mark.parametrize(
    "address", [f"{CITIES}?limit=2&f=geojson&status=silent", f"{CASES}/46-001"]
)
def test_features_lead_to_the_same_in_every_other_form(client: Client, address: str) -> None:
    found = client.get(address).json()
    others = [link for link in found["links"] if link["rel"] == "alternate"]
    kinds = {"text/html", "text/csv", "application/json", "application/ndjson"}
    many = {"application/geo+json-seq"} if "features" in found else set()
    assert {link["type"] for link in others} == kinds | many
    for link in others:
        answer = client.get(link["href"])
        assert answer.status_code == HTTPStatus.OK, link
        assert answer.headers["content-type"].partition(";")[0] == link["type"]
    if "features" in found:
        [table] = [link["href"] for link in others if link["type"] == "text/csv"]
        codes = csv.DictReader(StringIO(client.get(table).text.removeprefix("\ufeff")))
        assert [row["code"] for row in codes] == [f["id"] for f in found["features"]]


def test_a_collection_has_its_title_and_leads_to_its_features_in_every_form(
    client: Client,
) -> None:
    listed = client.get("/ogc/collections?lang=vi").json()["collections"]
    alone = [client.get(f"/ogc/collections/{name}?lang=vi").json() for name in LAYERS]
    for each in (*listed, *alone):
        i18n.speak(Language.VI)
        assert each["title"] == i18n.gettext(LAYERS[each["id"]].title)
        kinds = {link["type"] for link in each["links"] if link["rel"] == "items"}
        assert kinds >= {"application/geo+json", "text/html", "text/csv"}
        relations = {link["rel"] for link in each["links"]}
        assert "http://www.opengis.net/def/rel/ogc/1.0/queryables" in relations


def _links(node: Any) -> set[str]:
    """Every address in a document that is not a template."""
    if isinstance(node, list):
        return set().union(*map(_links, node))
    if not isinstance(node, dict):
        return set()
    href = node.get("href", "")
    own = {href} if href and "{" not in href else set()
    return own.union(*map(_links, node.values()))


def test_tiles_hold_what_lies_in_them(client: Client) -> None:
    whole = client.get(f"{TILE}/0/0/0")
    assert whole.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert b"cities" in whole.content
    picked = client.get(f"{TILE}/0/0/0", params={"filter": "counted = true"})
    assert 0 < len(picked.content) < len(whole.content)
    assert client.get(f"{TILE}/5/0/0").content == b""
    told = client.get(f"{TILE}/tilejson.json").json()
    assert [layer["id"] for layer in told["vector_layers"]] == ["cities"]


def test_what_a_reader_holds_is_not_sent_again(
    database: Database, world: World, clock: Clock
) -> None:
    world.province("48")
    world.targets()
    city, signer, _ = world.counted_city()
    with service(database, clock) as app:
        client = public(app).client
        first = client.get(CASES)
        assert first.headers["access-control-allow-origin"] == "*"
        held = {"If-None-Match": first.headers["etag"]}
        assert client.get(CASES, headers=held).status_code == HTTPStatus.NOT_MODIFIED
        assert client.get(f"{CASES}?limit=1", headers=held).status_code == HTTPStatus.OK
        clock.set("2025-06-15T03:00:00")
        world.problem(signer, city)
        assert client.get(CASES, headers=held).status_code == HTTPStatus.OK


PAGES = (
    "/ogc",
    "/ogc/conformance",
    "/ogc/collections",
    *(f"/ogc/collections/{name}" for name in LAYERS),
    *(f"/ogc/collections/{name}/items" for name in LAYERS),
    *(f"/ogc/collections/{name}/queryables" for name in LAYERS),
    f"{CITIES}/46",
    f"{CASES}/46-001",
    "/ogc/tileMatrixSets",
    "/ogc/tileMatrixSets/WebMercatorQuad",
    "/ogc/collections/cities/tiles",
    TILE,
)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("address", PAGES)
def test_browsers_get_pages_in_their_language(
    hall: FastAPI, address: str, language: Language
) -> None:
    browser = visitor(hall)
    browser.client.headers["Accept"] = "text/html,application/xhtml+xml,*/*;q=0.8"
    page = browser.open(f"{address}?lang={language}")
    assert page.answer.headers["content-language"] == language
    assert "default-src 'none'" in page.answer.headers["content-security-policy"]
    assert "<script" not in page.answer.text
    other = Language.EN if language is Language.VI else Language.VI
    assert f'href="?lang={other}"' in page.answer.text
    within = [a for a in page.links() if a.startswith("/ogc/") and "f=" not in a]
    assert all(f"lang={language}" in a for a in within if "/tiles/Web" not in a and "/api" not in a)


def test_a_stranger_is_told_how_to_show_it_in_qgis(hall: FastAPI) -> None:
    page = visitor(hall).open("/ogc?f=html&lang=vi")
    assert "Layer → Add Layer → Add WFS / OGC API - Features Layer…" in page.words
    address = f"{hall.state.settings.public_url}/ogc"
    assert address in {"".join(code.itertext()) for code in page.main.iter("code")}


@pytest.mark.parametrize("language", list(Language))
def test_every_link_of_a_page_leads_somewhere(hall: FastAPI, language: Language) -> None:
    browser = visitor(hall)
    browser.client.headers["Accept"] = "text/html,application/xhtml+xml,*/*;q=0.8"
    site = hall.state.settings.site
    found: set[str] = set()
    for address in PAGES:
        table = "&limit=3" if address.endswith("/items") else ""
        found |= browser.open(f"{address}?lang={language}{table}").links()
    ours = {a.removeprefix(site) for a in found if a.startswith(("/", site))}
    assert len(ours) > 60
    assert {f"/{language}/{page}" for page in ("cities/46", "use-cases/46-001")} < ours
    broken = {a for a in ours if browser.client.get(a).status_code != HTTPStatus.OK}
    assert broken == set()


@pytest.mark.parametrize(
    ("feature", "page"),
    [
        ("cities/items/46", "cities/46"),
        ("provinces/items/46", "provinces/46"),
        ("use_cases/items/46-001", "use-cases/46-001"),
    ],
)
def test_a_feature_leads_on_to_its_page(hall: FastAPI, feature: str, page: str) -> None:
    address = f"/ogc/collections/{feature}"
    site = hall.state.settings.site
    said = public(hall).client.get(address).json()["properties"]
    assert said["url"] == f"{site}/vi/{page}"
    for language in Language:
        shown = visitor(hall).open(f"{address}?f=html&lang={language}")
        assert f"{site}/{language}/{page}" in shown.links()
        visitor(hall).open(f"/{language}/{page}")


def test_a_time_is_told_by_the_clocks_of_viet_nam(
    database: Database, world: World, clock: Clock
) -> None:
    world.province("48")
    clock.set("2025-06-14T18:30:00Z")
    world.targets()
    world.counted_city("46")
    clock.set("2025-06-15T03:00:00Z")
    with service(database, clock) as app:
        shown = visitor(app).open(f"{CASES}/46-001?f=html&lang=vi")
    assert "01:30 15/06/2025" in shown.words


def test_a_table_turns_its_pages_without_a_script(hall: FastAPI) -> None:
    browser = visitor(hall)
    first = browser.open(f"{CITIES}?f=html&lang=en&limit=5&filter=counted%20%3D%20true")
    following = first.one(".//a[@rel='next']").get("href", "")
    second = browser.open(following)
    assert "6 to 10 of 10" in second.words
    assert second.answer.headers["content-language"] == "en"


def test_people_read_what_is_wrong_in_their_language(hall: FastAPI) -> None:
    bad = f"{CITIES}?f=html&filter=status%20%3D"
    vi = visitor(hall).open(f"{bad}&lang=vi", HTTPStatus.BAD_REQUEST)
    assert "bộ lọc CQL2" in vi.words
    en = visitor(hall).open(f"{bad}&lang=en", HTTPStatus.BAD_REQUEST)
    assert "no CQL2 filter" in en.words
