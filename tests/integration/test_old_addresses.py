"""Whoever comes by another spelling of an address is led to the one that holds."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from httpx import Client

from tests.factories import Clock, World
from tests.integration.api_client import public, service
from tests.postgres import Database


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as made:
        yield made


@pytest.fixture
def client(app: FastAPI, world: World) -> Client:
    world.targets()
    world.province("01")
    for code in ("P25-00337", "00376", "X1", "x1"):
        world.city(code, province="01")
    city, _, _ = world.counted_city("Hue-1", product="What? AI")
    world.roll([city], code="DT-2024")
    return public(app).client


LEADS = [
    ("/vi/cities/p25-00337", "/vi/cities/P25-00337?came_from=p25-00337"),
    ("/vi/cities/376?as_of=2025-01-01", "/vi/cities/00376?as_of=2025-01-01&came_from=376"),
    ("/en/use-cases/HUE-1-1", "/en/use-cases/Hue-1-001?came_from=HUE-1-1"),
    ("/vi/rolls/dt-2024", "/vi/rolls/DT-2024?came_from=dt-2024"),
    ("/vi/provinces/1", "/vi/provinces/01?came_from=1"),
    ("/vi/decisions/2025-1", "/vi/decisions/2025-000001?came_from=2025-1"),
    ("/api/v1/cities/p25-00337?lang=en", "/api/v1/cities/P25-00337?lang=en"),
    ("/api/v1/use-cases/hue-1-001", "/api/v1/use-cases/Hue-1-001"),
    ("/api/v1/rolls/dt-2024", "/api/v1/rolls/DT-2024"),
    ("/api/v1/provinces/1", "/api/v1/provinces/01"),
    ("/api/v1/decisions/2025-0001/proof", "/api/v1/decisions/2025-000001/proof"),
    ("/vi/products/What%3F%20AI", "/vi/products/what-ai?came_from=What%3F+AI"),
    ("/vi/cities/", "/vi/cities"),
    ("/en/use-cases/Hue-1-001/?version=1", "/en/use-cases/Hue-1-001?version=1"),
    ("/api/v1/cities/?lang=vi", "/api/v1/cities?lang=vi"),
]


@pytest.mark.parametrize(("old", "new"), LEADS)
def test_another_spelling_leads_on(client: Client, old: str, new: str) -> None:
    answer = client.get(old)
    assert answer.status_code == 308
    assert answer.headers["location"] == new
    arrived = client.get(new)
    assert arrived.status_code == 200
    if "came_from" in new:
        assert "old address" in arrived.text or "địa chỉ cũ" in arrived.text
        assert 'rel="canonical"' in arrived.text
        assert "came_from" not in arrived.text.split('rel="canonical"')[1].split(">")[0]


@pytest.mark.parametrize(
    "address",
    [
        "/vi/cities/nowhere",
        "/api/v1/cities/nowhere",
        # Two cities are meant, so neither.
        "/vi/cities/%C3%97",
        "/vi/use-cases/nonsense",
        "/vi/rolls/nowhere",
        "/vi/decisions/2025-999999",
        "/vi/decisions/0000",
        "/vi/nothing",
        "//example.org/",
        "/example.org/",
        "/vi//example.org/",
        "/static/",
    ],
)
def test_what_is_not_here_is_not_invented(client: Client, address: str) -> None:
    assert client.get(f"http://registry.test{address}").status_code == 404


def test_a_code_that_is_there_stays(client: Client) -> None:
    """Two cities whose codes differ by case only are two."""
    for code in ("X1", "x1"):
        assert client.get(f"/vi/cities/{code}").status_code == 200
        assert client.get(f"/api/v1/cities/{code}").json()["code"] == code


def test_where_one_came_from_is_told_as_words(client: Client) -> None:
    text = client.get("/vi/cities?came_from=%3Cscript%3Ealert(1)%3C/script%3E%0A").text
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
