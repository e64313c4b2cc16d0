"""The catalogue's shapes bite: what DCAT-AP asks for is missed, what it forbids is seen."""

from datetime import UTC, date, datetime

import pytest
from rdflib import DCTERMS, FOAF, SKOS, Graph, Literal, URIRef
from rdflib.term import Node

from api import dcat
from api.dcat import DCAT
from api.dcat_sets import TITLE
from registry.domain.coverage import Tally, Target
from registry.queries.figures import Figure
from registry.queries.moments import Moment
from tests.dcat_shapes import faults

SITE = "https://so-ai.example.vn"
NOW = datetime(2025, 6, 15, 3, 0, 0, 123456, tzinfo=UTC)
FIGURE = Figure(
    code="2024",
    name_vi="Báo cáo năm 2024",
    name_en="",
    moment=Moment(date(2024, 12, 31), 5, NOW),
    position=6,
    published_at=NOW,
    rule="2024-1",
    roll_code="DT-2024",
    roll_vi="Danh mục",
    roll_en="Roll",
    tally=Tally(1, 2, 4),
    target=Target(2024, 20),
    rows=(),
    rows_sha256=b"",
)


def here(name: str) -> URIRef:
    return URIRef(f"{SITE}/catalog#{name}")


@pytest.fixture
def catalogue() -> Graph:
    return dcat.graph(
        dcat.Facts(
            site=SITE,
            seen=Moment(date(2025, 6, 15), 7, NOW),
            publisher=TITLE,
            contact=None,
            spans=dict.fromkeys(dcat.kinds(), (NOW, NOW)),
            first_day=date(2024, 8, 16),
            figures=[FIGURE],
        )
    )


@pytest.mark.parametrize("form", ["turtle", "json-ld", "xml"])
def test_every_form_can_be_read_back(catalogue: Graph, form: str) -> None:
    written = catalogue.serialize(format=form, encoding="utf-8")
    assert set(Graph().parse(data=written, format=form)) == set(catalogue)


def test_the_catalogue_conforms(catalogue: Graph) -> None:
    assert not faults(catalogue)


@pytest.mark.parametrize(
    ("subject", "predicate"),
    [
        ("catalog", DCTERMS.publisher),
        ("catalog", DCTERMS.title),
        ("catalog", DCAT.themeTaxonomy),
        ("cities", DCTERMS.description),
        ("cities", DCTERMS.title),
        ("cities", DCAT.contactPoint),
        ("cities", DCAT.theme),
        ("cities-csv", DCAT.accessURL),
        ("cities-csv", DCTERMS.license),
        ("api", DCAT.endpointURL),
        ("publisher", FOAF.name),
        ("area-flooding", SKOS.prefLabel),
        ("figures", DCTERMS.description),
    ],
)
def test_the_shapes_miss_what_must_be_there(
    catalogue: Graph, subject: str, predicate: URIRef
) -> None:
    before = len(catalogue)
    catalogue.remove((here(subject), predicate, None))
    assert len(catalogue) < before
    assert str(here(subject)) in faults(catalogue)


@pytest.mark.parametrize(
    ("subject", "predicate", "value"),
    [
        ("cities", DCTERMS.publisher, Literal("the ministry")),
        ("cities", DCAT.distribution, URIRef("https://example.vn/nothing")),
        ("cities", DCTERMS.title, Literal("Again", lang="en")),
        ("cities-csv", DCAT.mediaType, URIRef("https://example.vn/csv")),
        ("cities", DCTERMS.accrualPeriodicity, URIRef("https://example.vn/often")),
    ],
)
def test_the_shapes_see_what_must_not_be_there(
    catalogue: Graph, subject: str, predicate: URIRef, value: Node
) -> None:
    catalogue.add((here(subject), predicate, value))
    assert str(here(subject)) in faults(catalogue)
