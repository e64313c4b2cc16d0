"""The surveyors' hall as GDAL finds it, the library inside QGIS: over HTTP, by one address."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from shapely.geometry import shape

from api.app import create_app
from registry.db.engine import sessions
from registry.queries.cities import CityRow, cities
from registry.queries.moments import moment
from tests.factories import Clock, World
from tests.postgres import Database
from tests.web_servers import serving

pytestmark = pytest.mark.xdist_group("ogc")


@pytest.fixture(scope="module")
def address(full: Database) -> Iterator[str]:
    app = create_app(full.settings, Clock(datetime.now(UTC)))
    with serving(app) as address:
        app.state.settings = full.settings.model_copy(update={"public_url": address})
        yield f"{address}/ogc"


@pytest.fixture(scope="module")
def known(full: Database) -> list[CityRow]:
    with sessions(full.service)() as session:
        return cities(session, moment(session, datetime.now(UTC)))


def gdal(*words: str | Path) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout


def features(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text())["features"]
    return found


def test_it_lists_the_layers(address: str) -> None:
    told = gdal("ogrinfo", "-ro", f"OAPIF:{address}")
    for name, title, kind in (
        ("cities", "Đô thị", "Point"),
        ("provinces", "Tỉnh, thành phố", "Multi Polygon"),
        ("problems", "Vấn đề bức thiết", "Point"),
    ):
        assert f"{name} (title: {title}) ({kind})" in told


def test_it_takes_all_cities_page_by_page(
    address: str, known: list[CityRow], tmp_path: Path
) -> None:
    file = tmp_path / "cities.gpkg"
    gdal("ogr2ogr", "-f", "GPKG", file, f"OAPIF:{address}", "-oo", "PAGE_SIZE=100", "cities")
    told = gdal("ogrinfo", "-so", file, "cities")
    assert f"Feature Count: {len(known)}" in told
    assert "counted: Integer(Boolean)" in told
    assert "as_of: Date" in told


def test_it_takes_the_counted_cities_of_one_province(
    address: str, known: list[CityRow], tmp_path: Path
) -> None:
    counted = Counter(row.province_code for row in known if row.status == "counted")
    [(province, _)] = counted.most_common(1)
    file = tmp_path / "some.geojson"
    where = f"province_code = '{province}' AND status = 'counted'"
    gdal("ogr2ogr", "-f", "GeoJSON", file, f"OAPIF:{address}", "cities", "-where", where)
    assert {f["properties"]["code"] for f in features(file)} == {
        row.code for row in known if row.province_code == province and row.status == "counted"
    }


def test_it_finds_by_place_what_the_register_has_there(
    address: str, known: list[CityRow], tmp_path: Path
) -> None:
    file = tmp_path / "there.geojson"
    box = ("107.0", "15.5", "108.5", "17.0")
    gdal("ogr2ogr", "-f", "GeoJSON", file, f"OAPIF:{address}", "cities", "-spat", *box)
    wanted = {
        row.code
        for row in known
        if row.lon is not None
        and row.lat is not None
        and 107.0 <= row.lon <= 108.5
        and 15.5 <= row.lat <= 17.0
    }
    assert {f["properties"]["code"] for f in features(file)} == wanted
    assert wanted


# Around Huế, with a hole; and an island of its own.
AREA: dict[str, Any] = {
    "type": "MultiPolygon",
    "coordinates": [
        [
            [[107.5, 16.4], [107.7, 16.4], [107.7, 16.6], [107.5, 16.6], [107.5, 16.4]],
            [[107.55, 16.45], [107.55, 16.5], [107.6, 16.5], [107.6, 16.45], [107.55, 16.45]],
        ],
        [[[107.8, 16.3], [107.9, 16.3], [107.85, 16.35], [107.8, 16.3]]],
    ],
}


def test_it_takes_the_areas_that_cities_have_drawn(
    database: Database, world: World, tmp_path: Path
) -> None:
    world.province("46")
    world.targets()
    world.counted_city("46", title="Cảnh báo ngập", area_geometry=AREA)
    world.counted_city("48", title="Không có vùng")
    app = create_app(database.settings, Clock(datetime.now(UTC)))
    with serving(app) as address:
        app.state.settings = database.settings.model_copy(update={"public_url": address})
        layer = f"OAPIF:{address}/ogc"
        file = tmp_path / "areas.gpkg"
        gdal("ogr2ogr", "-f", "GPKG", file, layer, "use_case_areas")
        gdal("ogr2ogr", "-f", "GeoJSON", tmp_path / "areas.geojson", file)
        for name, box in (
            ("in", ("107.65", "16.55", "107.66", "16.56")),
            ("hole", ("107.56", "16.46", "107.57", "16.47")),
            ("island", ("107.84", "16.31", "107.86", "16.32")),
        ):
            there = tmp_path / f"{name}.geojson"
            gdal("ogr2ogr", "-f", "GeoJSON", there, layer, "use_case_areas", "-spat", *box)
        tile = tmp_path / "0.mvt"
        place = "/ogc/collections/use_case_areas/tiles/WebMercatorQuad/8/204/116"
        tile.write_bytes(httpx.get(f"{address}{place}").raise_for_status().content)
    [area] = features(tmp_path / "areas.geojson")
    said = area["properties"]
    assert (said["code"], said["title_vi"]) == ("46-001", "Cảnh báo ngập")
    drawn = shape(AREA)
    assert shape(area["geometry"]).equals(drawn)
    found = {n: features(tmp_path / f"{n}.geojson") for n in ("in", "hole", "island")}
    assert {name: len(rows) for name, rows in found.items()} == {"in": 1, "hole": 0, "island": 1}
    options = ("-oo", "Z=8", "-oo", "X=204", "-oo", "Y=116", "-oo", "METADATA_FILE=")
    out = tmp_path / "tile.geojson"
    kept = ("-t_srs", "EPSG:4326", out, f"MVT:{tile}", "use_case_areas", *options)
    gdal("ogr2ogr", "-f", "GeoJSON", *kept)
    [seen] = features(out)
    # Of a tile of this size a step is some 30 metres.
    assert shape(seen["geometry"]).symmetric_difference(drawn).area < drawn.area / 20


@pytest.mark.parametrize("condition", ["", "counted = true"])
def test_it_reads_the_points_of_a_tile(
    address: str, known: list[CityRow], tmp_path: Path, condition: str
) -> None:
    """Of the whole world: every city with a place is in it, once, near where it is."""
    tile = tmp_path / "0.mvt"
    asked = {"filter": condition} if condition else {}
    answer = httpx.get(f"{address}/collections/cities/tiles/WebMercatorQuad/0/0/0", params=asked)
    tile.write_bytes(answer.raise_for_status().content)
    file = tmp_path / "tile.geojson"
    place = ("-oo", "Z=0", "-oo", "X=0", "-oo", "Y=0", "-oo", "METADATA_FILE=")
    gdal("ogr2ogr", "-f", "GeoJSON", "-t_srs", "EPSG:4326", file, f"MVT:{tile}", "cities", *place)
    found = {f["properties"]["code"]: f["geometry"]["coordinates"] for f in features(file)}
    wanted = {
        row.code: (row.lon, row.lat)
        for row in known
        if row.lon is not None and (not condition or row.status == "counted")
    }
    assert found.keys() == wanted.keys()
    assert len(features(file)) == len(wanted)
    for code, at in found.items():
        # A tile of the world has 4,096 steps to a side.
        assert at == pytest.approx(wanted[code], abs=0.1)
