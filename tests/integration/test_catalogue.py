"""The catalogue for harvesters, through its doors: forms of RDF, and data behind each address."""

import json
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from rdflib import DCTERMS, FOAF, RDF, SKOS, Graph, Literal, URIRef

from api.dcat import DCAT
from api.dcat_sets import SETS
from registry.actions import periods
from registry.actions.declare import declare_year
from registry.domain.intake import YearDraft
from registry.domain.model import ProblemArea, Role
from registry.domain.period_intake import PeriodDraft, PublicationDraft
from tests.dcat_shapes import faults
from tests.factories import Clock, World
from tests.integration.api_client import service
from tests.integration.visitor import Visitor, site, visitor
from tests.postgres import Database

HUE = "46"
SITE = "http://127.0.0.1:8000"


def here(name: str) -> URIRef:
    return URIRef(f"{SITE}/catalog#{name}")


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as made:
        yield made


@pytest.fixture
def country(world: World, clock: Clock) -> World:
    """A city that counts, and a figure published of it."""
    clock.set("2025-03-10T03:00:00+00:00")
    world.targets()
    world.province("48")
    world.roll([world.city(HUE)], code="DT-2024", official_total=4)
    keeper = world.user(Role.ADMINISTRATOR)
    period = {
        "code": "2024",
        "name_vi": "Báo cáo năm 2024",
        "name_en": "Report of 2024",
        "reporting_day": "2024-12-31",
        "cut_off_day": "2025-04-30",
        "target_year": 2024,
    }
    with world.act(keeper) as act:
        periods.announce(act, PeriodDraft.read(period))
    signer = world.signer(HUE)
    world.approved(signer, HUE, [world.problem(signer, HUE)])
    clock.set("2025-05-22T03:00:00+00:00")
    with world.act(keeper) as act:
        periods.publish(act, "2024", PublicationDraft(counted=1, total=4))
    clock.set("2025-06-15T03:00:00+00:00")
    return world


def read(reader: Visitor, path: str, form: str) -> Graph:
    answer = reader.client.get(path)
    assert answer.status_code == 200, answer.text
    return Graph().parse(data=answer.content, format=form)


@pytest.fixture
def catalogue(app: FastAPI, country: World) -> Graph:
    del country
    return read(visitor(app), "/catalog.ttl", "turtle")


def test_the_catalogue_keeps_dcat_ap(catalogue: Graph) -> None:
    assert not faults(catalogue)
    assert len(set(catalogue.objects(here("catalog"), DCAT.dataset))) == len(SETS) + 1


@pytest.mark.usefixtures("country")
def test_every_form_says_the_same(app: FastAPI) -> None:
    reader = visitor(app)
    forms = {
        "ttl": ("turtle", "text/turtle"),
        "jsonld": ("json-ld", "application/ld+json"),
        "rdf": ("xml", "application/rdf+xml"),
    }
    graphs = []
    for ending, (form, media_type) in forms.items():
        by_ending = reader.client.get(f"/catalog.{ending}")
        assert by_ending.headers["content-type"].partition(";")[0] == media_type
        by_accept = reader.client.get("/catalog", headers={"Accept": media_type})
        by_f = reader.client.get(f"/catalog?f={ending}")
        assert by_ending.status_code == by_accept.status_code == by_f.status_code == 200
        assert by_accept.content == by_ending.content == by_f.content
        graphs.append(Graph().parse(data=by_ending.content, format=form))
    assert set(graphs[0]) == set(graphs[1]) == set(graphs[2])
    # No context to fetch: it stands in the document.
    assert isinstance(json.loads(reader.client.get("/catalog.jsonld").text)["@context"], dict)


def test_people_are_led_to_their_page_and_nonsense_is_refused(app: FastAPI) -> None:
    client = visitor(app).client
    page = client.get(
        "/catalog",
        headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "en"},
        follow_redirects=False,
    )
    assert (page.status_code, page.headers["location"]) == (303, "/en/data")
    assert client.get("/catalog").headers["content-type"].startswith("text/turtle")
    for address, pointer in (("/catalog?f=xls", "/f"), ("/catalog?format=ttl", "/format")):
        refused = client.get(address)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == pointer


def test_what_is_held_already_is_not_sent_again(app: FastAPI, country: World) -> None:
    client = visitor(app).client
    first = client.get("/catalog.ttl")
    held = {"If-None-Match": first.headers["etag"]}
    assert client.get("/catalog.ttl", headers=held).status_code == 304
    country.problem(country.signer(HUE), HUE, title="Mới")
    assert client.get("/catalog.ttl", headers=held).status_code == 200


def test_behind_every_address_there_is_what_is_promised(app: FastAPI, catalogue: Graph) -> None:
    client = visitor(app).client
    promised: dict[str, str] = {}
    for file, address in catalogue.subject_objects(DCAT.accessURL):
        [media_type] = catalogue.objects(file, DCAT.mediaType)
        promised[str(address)] = str(media_type).rpartition("media-types/")[2]
    for predicate in (
        *(DCAT.downloadURL, DCAT.endpointURL, DCAT.endpointDescription, DCAT.landingPage),
        *(DCTERMS.conformsTo, FOAF.homepage),
    ):
        for address in catalogue.objects(None, predicate):
            promised.setdefault(str(address), "")
    ours = {place: kind for place, kind in promised.items() if place.startswith(SITE)}
    assert len(ours) >= 40
    for place, expected in ours.items():
        answer = client.get(place.removeprefix(SITE))
        assert answer.status_code == 200, place
        if expected:
            assert answer.headers["content-type"].partition(";")[0] == expected, place
    for uri in catalogue.all_nodes():
        if isinstance(uri, URIRef) and str(uri).startswith(f"{SITE}/catalog#"):
            assert (uri, None, None) in catalogue, f"{uri} names nothing"


def test_days_are_those_of_the_register(catalogue: Graph) -> None:
    def said(name: str, predicate: URIRef) -> str:
        return str(catalogue.value(here(name), predicate))

    assert said("problems", DCTERMS.modified).startswith("2025-03-10T03:00:00")
    assert said("catalog", DCTERMS.modified).startswith("2025-05-22T03:00:00")
    assert said("figure-2024", DCTERMS.issued).startswith("2025-05-22T03:00:00")
    assert catalogue.value(here("figure-2024"), DCAT.inSeries) == here("figures")
    [span] = catalogue.objects(here("figure-2024"), DCTERMS.temporal)
    assert catalogue.value(span, DCAT.startDate) == Literal(date(2024, 12, 31))
    areas = set(catalogue.objects(here("areas"), SKOS.hasTopConcept))
    assert areas == {here(f"area-{area}") for area in ProblemArea}
    assert areas < set(catalogue.objects(here("problems"), DCAT.theme))


def test_a_set_changes_with_whatever_changes_its_rows(app: FastAPI, country: World) -> None:
    """What a city says of its year stands in the rows of cities, and in no other set."""
    with country.act(country.signer(HUE)) as act:
        declare_year(act, HUE, YearDraft.read({"year": 2025, "status": "in_progress"}))
    found = read(visitor(app), "/catalog.ttl", "turtle")
    changed = {
        name: str(found.value(here(name), DCTERMS.modified)).startswith("2025-06-15")
        for name in ("cities", "problems", "coverage")
    }
    assert changed == {"cities": True, "problems": False, "coverage": False}


def test_the_first_day_of_a_register_has_a_catalogue_too(app: FastAPI) -> None:
    found = read(visitor(app), "/catalog.ttl", "turtle")
    assert (here("catalog"), RDF.type, DCAT.Catalog) in found
    assert (here("figures"), None, None) not in found


def test_addresses_are_those_of_the_settings(
    database: Database, clock: Clock, country: World
) -> None:
    del country
    address, asked = "https://so-ai.example.vn/", {"Host": "evil.example", "X-Forwarded-Host": "x"}
    changes = {"public_url": address, "contact": "mailto:so@example.vn"}
    with site(database.settings.model_copy(update=changes), clock) as app:
        client = visitor(app).client
        for path in (
            *("/catalog.ttl", "/catalog.jsonld", "/sitemap.xml", "/sitemap-pages-1.xml"),
            *("/robots.txt", "/.well-known/security.txt", "/vi/opensearch.xml", "/en/"),
            *("/vi/feeds/changes.atom", "/vi/ledger/heads.atom"),
            "/api/v1/search/beginning?q=46&f=opensearch",
        ):
            answer = client.get(path, headers=asked)
            assert answer.status_code == 200
            assert "evil.example" not in answer.text, path
            assert "registry.test" not in answer.text, path
            assert "https://so-ai.example.vn/" in answer.text, path
            assert "example.vn//" not in answer.text, path
        graph = read(visitor(app), "/catalog.ttl", "turtle")
        assert not faults(graph)
        assert "mailto:so@example.vn" in {str(node) for node in graph.all_nodes()}
        hosts = {urlsplit(str(link)).netloc for link in graph.objects(None, DCAT.accessURL)}
        assert hosts == {"so-ai.example.vn"}
