"""The gatehouse: sitemap, robots, security.txt, the search for browsers, signposts in pages."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import html5lib
import pytest
from fastapi import FastAPI
from pydantic import ValidationError
from rdflib import Graph, Namespace
from rdflib.namespace import RDF

from registry.domain.model import Actor
from registry.settings import Settings
from tests.documents import census
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service
from tests.integration.visitor import Visitor, signed_in, site, visitor
from tests.postgres import Database

HUE = "46"
SITE = "http://127.0.0.1:8000"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
SCHEMA = Namespace("https://schema.org/")
HOSTILE = '</script><script>alert(1)</script> <!-- ]]> "&'


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as made:
        yield made


@pytest.fixture
def reader(app: FastAPI) -> Visitor:
    return visitor(app)


@pytest.fixture
def signer(world: World, clock: Clock) -> Actor:
    clock.set("2025-06-15T03:00:00+00:00")
    world.targets()
    world.province("48")
    world.roll([world.city(HUE), world.city("48")])
    signer = world.signer(HUE)
    problem = world.problem(signer, HUE)
    world.approved(signer, HUE, [problem], title=HOSTILE, title_en="")
    world.submit(signer, world.draft(signer, HUE, [problem]))
    return signer


def xml(reader: Visitor, path: str) -> ET.Element:
    answer = reader.client.get(path)
    assert answer.status_code == 200, path
    return ET.fromstring(answer.content)  # noqa: S314 - our own


@pytest.mark.usefixtures("signer")
def test_the_sitemap_leads_to_every_public_page_and_no_other(reader: Visitor) -> None:
    index = xml(reader, "/sitemap.xml")
    assert index.tag == f"{MAP}sitemapindex"
    parts = [each.findtext(f"{MAP}loc", "") for each in index]
    assert f"{SITE}/sitemap-use-cases-1.xml" in parts
    found: dict[str, ET.Element] = {}
    for part in parts:
        root = xml(reader, part.removeprefix(SITE))
        assert root.tag == f"{MAP}urlset"
        assert 0 < len(root) <= 50_000
        found |= {url.findtext(f"{MAP}loc", ""): url for url in root}
    assert {f"{SITE}/vi/", f"{SITE}/en/cities/{HUE}", f"{SITE}/vi/use-cases/{HUE}-001"} <= set(
        found
    )
    # In review: nobody's business yet.
    assert f"{SITE}/vi/use-cases/{HUE}-002" not in found
    assert any("/decisions/2025-" in address for address in found)
    for address, url in found.items():
        assert reader.client.get(address.removeprefix(SITE)).status_code == 200, address
        links = {link.get("hreflang"): link.get("href", "") for link in url.findall(f"{XHTML}link")}
        assert set(links) == {"vi", "en", "x-default"}
        # Alternates name each other, or search engines believe none of them.
        assert address in links.values()
        assert links["vi"] in found
        assert links["en"] in found
        if changed := url.findtext(f"{MAP}lastmod"):
            assert datetime.fromisoformat(changed) <= datetime(2025, 6, 15, 4, tzinfo=UTC)
    assert found[f"{SITE}/vi/cities/{HUE}"].findtext(f"{MAP}lastmod")
    assert found[f"{SITE}/vi/cities/48"].findtext(f"{MAP}lastmod") is None


@pytest.mark.usefixtures("signer")
def test_a_large_register_is_mapped_in_parts(
    reader: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.sitemap.PART", 1)
    index = [each.findtext(f"{MAP}loc", "") for each in xml(reader, "/sitemap.xml")]
    cities = [address for address in index if "/sitemap-cities-" in address]
    assert [address.rpartition("/")[2] for address in cities] == [
        "sitemap-cities-1.xml",
        "sitemap-cities-2.xml",
    ]
    told = [
        url.findtext(f"{MAP}loc")
        for address in cities
        for url in xml(reader, address.removeprefix(SITE))
    ]
    assert len(told) == len(set(told)) == 4
    for path in ("cities-3", "cities-0", "desks-1", "nothing-1"):
        assert reader.client.get(f"/sitemap-{path}.xml").status_code == 404


def test_robots_are_kept_from_desks_and_let_to_the_rest(reader: Visitor) -> None:
    answer = reader.client.get("/robots.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    robots = RobotFileParser()
    robots.parse(answer.text.splitlines())
    assert robots.site_maps() == [f"{SITE}/sitemap.xml"]
    for audience, method, path in census():
        if method != "GET" or not path.startswith(("/vi", "/en")):
            continue
        may = robots.can_fetch("*", SITE + re.sub(r"\{[^}]+\}", "x", path))
        entrance = (
            re.search(r"/(sign-in|sign-out|forgotten-password|key|reports)\b", path) is not None
        )
        assert may == (audience == "public" and not entrance), (audience, path)
    assert robots.can_fetch("*", f"{SITE}/catalog.ttl")
    assert robots.can_fetch("*", f"{SITE}/api/v1/cities")


def test_a_weakness_is_told_to_somebody_or_there_is_no_such_file(
    database: Database, clock: Clock, app: FastAPI
) -> None:
    path = "/.well-known/security.txt"
    assert visitor(app).client.get(path).status_code == 404
    assert "security.txt" not in visitor(app).open("/en/about").answer.text
    told = {"contact": "mailto:so@example.vn", "security_contact": "https://example.vn/an-ninh"}
    with site(database.settings.model_copy(update=told), clock) as named:
        answer = visitor(named).client.get(path)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        fields = [line.partition(": ")[::2] for line in answer.text.splitlines()]
        said = dict(fields)
        assert len(said) == len(fields)
        assert said["Contact"] == "https://example.vn/an-ninh"
        assert said["Canonical"] == f"{SITE}{path}"
        assert said["Preferred-Languages"] == "vi, en"
        # RFC 9116, section 2.5.5: once, a time to come, best less than a year ahead.
        left = datetime.fromisoformat(said["Expires"]) - clock.now
        assert timedelta(days=90) < left < timedelta(days=365)
        policy = said["Policy"].removeprefix(SITE)
        page = visitor(named).open(policy)
        assert page.main.find(f".//*[@id='{policy.partition('#')[2]}']") is not None
        assert "https://example.vn/an-ninh" in page.links()
    only = {"contact": "mailto:so@example.vn"}
    with site(database.settings.model_copy(update=only), clock) as named:
        assert "Contact: mailto:so@example.vn\n" in visitor(named).client.get(path).text


@pytest.mark.parametrize("bad", ["so@example.vn", "http://example.vn", "javascript:x", "mailto: x"])
def test_a_contact_is_an_address(bad: str) -> None:
    with pytest.raises(ValidationError):
        Settings(contact=bad)


@pytest.mark.usefixtures("signer")
@pytest.mark.parametrize("language", ["vi", "en"])
def test_browsers_can_add_the_search(reader: Visitor, language: str) -> None:
    path = f"/{language}/opensearch.xml"
    answer = reader.client.get(path)
    assert answer.headers["content-type"] == "application/opensearchdescription+xml"
    root = xml(reader, path)
    assert root.tag == f"{OPENSEARCH}OpenSearchDescription"
    # OpenSearch 1.1, "Elements": at most 16, 48 and 1024 letters.
    for name, most in (("ShortName", 16), ("LongName", 48), ("Description", 1024)):
        assert 0 < len(root.findtext(f"{OPENSEARCH}{name}", "")) <= most
    assert root.find(f"{OPENSEARCH}Contact") is None
    for url in root.findall(f"{OPENSEARCH}Url"):
        template = url.get("template", "")
        assert template.startswith(SITE)
        asked = reader.client.get(template.removeprefix(SITE).replace("{searchTerms}", "ngập"))
        assert asked.status_code == 200, template
        assert asked.headers["content-type"].partition(";")[0] == url.get("type")
    image = root.findtext(f"{OPENSEARCH}Image", "").removeprefix(SITE)
    assert reader.client.get(image).headers["content-type"] == "image/svg+xml"
    manifest = reader.client.get(f"/{language}/site.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"
    assert manifest.json()["icons"][0]["src"] == image
    assert reader.client.get(manifest.json()["start_url"]).status_code == 200


@pytest.mark.usefixtures("signer")
def test_suggestions_come_as_browsers_read_them(app: FastAPI) -> None:
    caller: Caller = public(app)
    plain = caller.read("/search/beginning?q=46&lang=vi")["items"]
    answer = caller.get("/search/beginning?q=46&lang=vi&f=opensearch")
    assert answer.headers["content-type"] == "application/x-suggestions+json"
    words, titles, notes, addresses = answer.json()
    assert words == "46"
    assert titles == [each["title"] for each in plain] != []
    assert notes == [each["note"] for each in plain]
    assert addresses == [f"{SITE}{each['url']}" for each in plain]
    assert caller.get("/search/beginning?q=&f=opensearch").json() == ["", [], [], []]
    assert caller.get("/search/beginning?q=a&f=xml").status_code == 422


def head_of(reader: Visitor, path: str, status: int = 200) -> Any:
    answer = reader.client.get(path)
    assert answer.status_code == status
    return html5lib.parse(answer.text, namespaceHTMLElements=False).find("head")


def linked(head: Any) -> Graph:
    """All linked data of a page as one graph; its context is ours to know, nothing is fetched."""
    graph = Graph()
    for script in head.iter("script"):
        if script.get("type") == "application/ld+json":
            said = json.loads(script.text)
            assert said.pop("@context") == "https://schema.org"
            graph.parse(
                data=json.dumps({"@context": {"@vocab": str(SCHEMA)}, **said}), format="json-ld"
            )
    return graph


def signs(head: Any, kind: str) -> list[str]:
    return [link.get("href") for link in head.iter("link") if link.get("type") == kind]


PAGES = {
    "": {"WebSite", "DataCatalog", "Dataset"},
    "cities": {"Dataset", "BreadcrumbList"},
    "use-cases": {"Dataset", "BreadcrumbList"},
    f"cities/{HUE}": {"BreadcrumbList"},
    f"use-cases/{HUE}-001": {"BreadcrumbList"},
    "rule": {"BreadcrumbList"},
    "rolls": {"Dataset", "BreadcrumbList"},
    "search?q=x": set[str](),
}


@pytest.mark.usefixtures("signer")
def test_pages_say_what_they_are_in_the_words_of_schema_org(reader: Visitor) -> None:
    for path, wanted in PAGES.items():
        for language in ("vi", "en"):
            says_what_it_is(reader, linked(head_of(reader, f"/{language}/{path}")), wanted)


def says_what_it_is(reader: Visitor, graph: Graph, wanted: set[str]) -> None:
    kinds = {str(kind).rpartition("/")[2] for kind in graph.objects(None, RDF.type)}
    assert wanted <= kinds
    assert bool(kinds) == bool(wanted)
    for dataset in graph.subjects(RDF.type, SCHEMA.Dataset):
        for needed in ("name", "description", "license", "url", "creator", "distribution"):
            assert graph.value(dataset, SCHEMA[needed]), needed
        assert 50 <= len(str(graph.value(dataset, SCHEMA.description))) <= 5000
    for file in graph.subjects(RDF.type, SCHEMA.DataDownload):
        assert str(graph.value(file, SCHEMA.contentUrl)).startswith(SITE)
    for crumbs in graph.subjects(RDF.type, SCHEMA.BreadcrumbList):
        steps = list(graph.objects(crumbs, SCHEMA.itemListElement))
        places = sorted(int(str(graph.value(step, SCHEMA.position))) for step in steps)
        assert places == list(range(1, len(steps) + 1))
        for step in steps:
            target = str(graph.value(step, SCHEMA.item)).removeprefix(SITE)
            assert reader.client.get(target).status_code == 200


@pytest.mark.usefixtures("signer")
def test_text_from_people_cannot_leave_its_data(reader: Visitor) -> None:
    path = f"/vi/use-cases/{HUE}-001"
    text = reader.client.get(path).text
    assert "<script>alert(1)" not in text
    names = {str(name) for name in linked(head_of(reader, path)).objects(None, SCHEMA.name)}
    assert any(HOSTILE in name for name in names), names


@pytest.mark.usefixtures("signer")
def test_pages_point_to_what_tells_of_them(reader: Visitor) -> None:
    def feeds(path: str) -> list[str]:
        found = signs(head_of(reader, path), "application/atom+xml")
        for address in found:
            assert reader.client.get(address).status_code == 200, address
        return found

    usual = ["/vi/feeds/decisions.atom", "/vi/feeds/changes.atom"]
    assert feeds("/vi/") == usual
    assert feeds(f"/vi/cities/{HUE}") == [f"/vi/feeds/cities/{HUE}.atom", *usual]
    assert feeds("/vi/use-cases?area=health") == ["/vi/feeds/areas/health.atom", *usual]
    assert feeds("/vi/figures") == ["/vi/feeds/figures.atom", *usual]
    assert "/vi/ledger/heads.atom" in feeds("/vi/ledger")
    lost = head_of(reader, "/vi/cities/nowhere", 404)
    assert not signs(lost, "application/atom+xml")
    assert not list(linked(lost))
    home = head_of(reader, "/en/")
    assert signs(home, "text/turtle") == ["/catalog.ttl"]
    for kind in ("image/svg+xml", "application/opensearchdescription+xml"):
        [address] = signs(home, kind)
        assert reader.client.get(address).status_code == 200


def test_desks_are_no_public_data(app: FastAPI, world: World, signer: Actor) -> None:
    head = head_of(signed_in(app, world, signer), f"/vi/desk/{HUE}")
    assert not list(linked(head))


def test_the_root_of_the_api_leads_to_its_description(reader: Visitor) -> None:
    assert reader.client.get("/api/v1").json()["openapi"].startswith("3.")
