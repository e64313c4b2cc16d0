"""The guest house: other people's servers for the same cities, on the same PostGIS.

They publish a table with the columns of our own GeoJSON, so that all answer the same question.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg.sql import SQL, Composable, Identifier
from psycopg.types.json import Jsonb
from sqlalchemy.engine import URL

from bench.servers import PEERS, Server, uvicorn
from tests.postgres import administration

_SCHEMA, _TABLE = "bench", "cities"


def publish(url: URL, collection: dict[str, Any]) -> None:
    """Makes the table that the peers serve from a GeoJSON collection."""
    features = collection["features"]
    # As text, what is nested too: pygeoapi leaves out columns that are JSON.
    columns: list[Composable] = [
        SQL("feature #>> {} AS {}").format(["properties", name], Identifier(name))
        for name in features[0]["properties"]
    ]
    table = SQL("{}.{}").format(Identifier(_SCHEMA), Identifier(_TABLE))
    with administration(url) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(_SCHEMA)))
        connection.execute("CREATE TEMPORARY TABLE given (feature jsonb)")
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO given VALUES (%s)", [[Jsonb(f)] for f in features])
        connection.execute(
            SQL(
                "CREATE TABLE {} AS SELECT {}, ST_SetSRID(ST_GeomFromGeoJSON("
                "nullif(feature -> 'geometry', 'null')), 4326)::geometry(Point, 4326) AS geom"
                " FROM given"
            ).format(table, SQL(", ").join(columns))
        )
        connection.execute(SQL("ALTER TABLE {} ADD PRIMARY KEY (code)").format(table))
        connection.execute(SQL("CREATE INDEX ON {} USING gist (geom)").format(table))
        connection.execute(SQL("ANALYZE {}").format(table))


@contextmanager
def tipg(url: URL) -> Iterator[Server]:
    plain = url.set(drivername="postgresql")
    # Its settings take an address with a host only; a socket's folder is one when quoted.
    socket = str(plain.query.get("host", ""))
    if socket:
        plain = plain.set(host=socket.replace("/", "%2F")).difference_update_query(["host"])
    environment = {
        "DATABASE_URL": plain.render_as_string(hide_password=False),
        "TIPG_DB_SCHEMAS": json.dumps([_SCHEMA]),
        "TIPG_CATALOG_TTL": "0",
    }
    with uvicorn("tipg.main:app", environment, PEERS) as server:
        yield server


def tipg_items(form: str) -> str:
    return f"/collections/{_SCHEMA}.{_TABLE}/items?limit=10000&f={form}"


def tipg_item(code: str) -> str:
    return f"/collections/{_SCHEMA}.{_TABLE}/items/{code}?f=geojson"


@contextmanager
def pygeoapi(url: URL, folder: Path) -> Iterator[Server]:
    config, description = folder / "pygeoapi.yml", folder / "openapi.yml"
    # JSON is YAML.
    config.write_text(json.dumps(_configuration(url)), encoding="utf-8")
    environment = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(description)}
    generate = [str(PEERS.with_name("pygeoapi")), "openapi", "generate", str(config)]
    generate += ["--output-file", str(description)]
    subprocess.run(generate, check=True, capture_output=True, env=environment)
    with uvicorn("pygeoapi.starlette_app:APP", environment, PEERS) as server:
        yield server


def pygeoapi_items() -> str:
    return f"/collections/{_TABLE}/items?limit=10000&f=json"


def pygeoapi_item(code: str) -> str:
    return f"/collections/{_TABLE}/items/{code}?f=json"


def _configuration(url: URL) -> dict[str, Any]:
    words = {"title": "cities", "description": "cities", "keywords": ["cities"]}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 0},
            "url": "http://127.0.0.1",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "gzip": True,
            "languages": ["en-US"],
            "limits": {"default_items": 10000, "max_items": 10000},
            "map": {"url": "http://127.0.0.1/{z}/{x}/{y}.png", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                **words,
                "keywords_type": "theme",
                "url": "http://127.0.0.1",
                "terms_of_service": "none",
            },
            "license": {"name": "none", "url": "http://127.0.0.1"},
            "provider": {"name": "bench"},
            "contact": {"name": "bench"},
        },
        "resources": {
            _TABLE: {
                "type": "collection",
                **words,
                "links": [],
                "extents": {"spatial": {"bbox": [102, 6, 118, 24]}},
                "providers": [
                    {
                        "type": "feature",
                        "name": "PostgreSQL",
                        "data": {
                            "host": url.query.get("host") or url.host,
                            "port": url.port or 5432,
                            "dbname": url.database,
                            "user": url.username,
                            "password": url.password,
                            "search_path": [_SCHEMA, "public"],
                        },
                        "id_field": "code",
                        "table": _TABLE,
                        "geom_field": "geom",
                    }
                ],
            }
        },
    }
