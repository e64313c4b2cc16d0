"""The catalogue for harvesters: what the register offers, as DCAT-AP 3 in RDF.

https://semiceu.github.io/DCAT-AP/releases/3.0.0/ - each class with its mandatory and recommended
properties. Codes are those of the EU's controlled vocabularies that it asks for; each is typed
and named in the graph, so that nobody has to fetch them to read or validate it. Resources have
addresses under /catalog#.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from rdflib import DCTERMS, FOAF, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from api.dcat_sets import (
    ABOUT,
    FILE_TYPES,
    LICENCE,
    SERVICES,
    SETS,
    STANDARDS,
    TITLE,
    File,
    Service,
    Set,
)
from registry.domain.counting import RULE
from registry.domain.model import ProblemArea
from registry.domain.standard import Words, words
from registry.queries.figures import Figure
from registry.queries.moments import Moment, today

_EU = "http://publications.europa.eu/resource/authority"
_VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
# DCAT 3 has words that rdflib's own namespace does not know yet.
DCAT = Namespace("http://www.w3.org/ns/dcat#")
_DCATAP = Namespace("http://data.europa.eu/r5r/")
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types"
_PROVENANCE = Words(
    "Do đô thị khai báo, do cán bộ thẩm định của bộ phê duyệt; mỗi bước là một sự kiện của sổ cái"
    " chỉ ghi thêm. Vị trí đô thị: © GeoNames (CC BY 4.0).",
    "Declared by cities and approved by the ministry's reviewers; each step is an event of an"
    " append-only ledger. Locations of cities: © GeoNames (CC BY 4.0).",
)
_FIGURES = Words("Số liệu đã công bố", "Published figures")
_ABOUT_FIGURES = Words(
    "Mỗi kỳ báo cáo một bộ dữ liệu: số liệu tại ngày báo cáo như đã biết khi công bố, với danh sách"
    " đô thị làm nên số liệu. Không bao giờ thay đổi.",
    "One dataset for each reporting period: the figure of the reporting day as known when it was"
    " published, with the list of cities it is made of. They never change.",
)
_THEMES = {
    "GOVE": Words("Chính phủ và khu vực công", "Government and public sector"),
    "TECH": Words("Khoa học và công nghệ", "Science and technology"),
    "REGI": Words("Vùng và đô thị", "Regions and cities"),
    "SOCI": Words("Dân số và xã hội", "Population and society"),
}
_EU_THEMES = Words("Chủ đề dữ liệu của EU", "Data themes of the EU")
_SCHEMA = Words("Lược đồ JSON của tệp", "JSON Schema of the file")
_AREAS = Words("Lĩnh vực vấn đề của sổ đăng ký", "Problem areas of the register")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the catalogue says that the register knows. `spans` has, by kind of event, the times
    of the first and the last one (UTC); `first_day` is the first one that a roll speaks of;
    `contact` an address (mailto: or https:), None where nobody named one."""

    site: str
    seen: Moment
    publisher: Words
    contact: str | None
    spans: Mapping[str, tuple[datetime, datetime]]
    first_day: date | None
    figures: Sequence[Figure]


def kinds() -> list[str]:
    """The kinds of events that `Facts.spans` is asked for."""
    return sorted({kind for each in SETS for kind in each.kinds})


def graph(facts: Facts) -> Graph:
    return _Catalogue(facts).written()


class _Catalogue:
    """The graph while it is written."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._graph = Graph(bind_namespaces="none")
        for prefix, space in (
            *(("dcat", DCAT), ("dcatap", _DCATAP), ("dct", DCTERMS), ("foaf", FOAF)),
            *(("rdf", RDF), ("rdfs", RDFS), ("skos", SKOS), ("vcard", _VCARD), ("xsd", XSD)),
        ):
            self._graph.bind(prefix, space)
        self._catalogue = self._here("catalog")
        self._publisher = self._here("publisher")
        self._contact = self._here("contact")

    def written(self) -> Graph:
        catalogue = self._catalogue
        self._agents()
        self._described(catalogue, DCAT.Catalog, TITLE, ABOUT)
        self._common(catalogue)
        self._add(catalogue, FOAF.homepage, self._document("/vi/"))
        self._add(catalogue, DCTERMS.license, self._licence())
        self._add(catalogue, DCTERMS.rights, self._statement(DCTERMS.RightsStatement, _PROVENANCE))
        self._add(catalogue, DCAT.themeTaxonomy, self._scheme(f"{_EU}/data-theme", _EU_THEMES))
        self._add(catalogue, DCAT.themeTaxonomy, self._areas())
        self._changed(catalogue, self._span(kinds()))
        for each in SETS:
            self._add(catalogue, DCAT.dataset, self._set(each))
        self._figures()
        for service in SERVICES:
            self._add(catalogue, DCAT.service, self._service(service))
        return self._graph

    def _agents(self) -> None:
        self._graph.add((self._publisher, RDF.type, FOAF.Agent))
        self._say(self._publisher, FOAF.name, self._facts.publisher)
        national = self._concept(
            "http://purl.org/adms/publishertype/NationalAuthority",
            Words("Cơ quan trung ương", "National authority"),
        )
        self._add(self._publisher, DCTERMS.type, national)
        for kind in (_VCARD.Kind, _VCARD.Organization):
            self._graph.add((self._contact, RDF.type, kind))
        self._say(self._contact, _VCARD.fn, self._facts.publisher)
        given = self._facts.contact
        if given is not None and given.startswith("mailto:"):
            self._add(self._contact, _VCARD.hasEmail, URIRef(given))
        else:
            self._add(self._contact, _VCARD.hasURL, URIRef(given or self._at("/vi/about")))

    def _set(self, each: Set) -> URIRef:
        found = self._here(each.name)
        self._dataset(found, each.title, each.description, each.page)
        for keyword in each.keywords:
            self._say(found, DCAT.keyword, keyword)
        span = self._span(each.kinds)
        self._changed(found, span)
        self._add(found, DCTERMS.accrualPeriodicity, self._frequency(each.frequency))
        self._add(found, DCAT.version, Literal(f"{RULE}-{self._facts.seen.position}"))
        began = self._facts.first_day if each.since_roll else span and today(span[0])
        if began:
            self._add(found, DCTERMS.temporal, self._period(began, None))
        if each.by_area:
            for area in ProblemArea:
                self._add(found, DCAT.theme, self._area(area))
        for file in each.files:
            self._add(found, DCAT.distribution, self._file(each.name, each.title, file))
        return found

    def _figures(self) -> None:
        """A series, in which each published figure is a dataset of its own."""
        published = self._facts.figures
        if not published:
            return
        series = self._here("figures")
        self._described(series, DCAT.DatasetSeries, _FIGURES, _ABOUT_FIGURES)
        self._common(series)
        self._add(series, DCAT.contactPoint, self._contact)
        self._add(series, DCTERMS.accrualPeriodicity, self._frequency("IRREG"))
        times = [figure.published_at for figure in published]
        self._changed(series, (min(times), max(times)))
        days = [figure.moment.on for figure in published]
        self._add(series, DCTERMS.temporal, self._period(min(days), max(days)))
        for figure in published:
            found = self._here(f"figure-{figure.code}")
            title = Words(figure.name_vi, figure.name_en or figure.name_vi)
            self._dataset(found, title, _ABOUT_FIGURES, f"figures/{figure.code}")
            self._add(found, DCAT.inSeries, series)
            self._changed(found, (figure.published_at, figure.published_at))
            self._add(found, DCTERMS.temporal, self._period(figure.moment.on, figure.moment.on))
            self._add(found, DCTERMS.accrualPeriodicity, self._frequency("NEVER"))
            address = f"/api/v1/figures/{figure.code}"
            for file in (
                File("json", address, "application/json", "/openapi.json"),
                File("csv", f"{address}?f=csv", "text/csv"),
            ):
                self._add(
                    found, DCAT.distribution, self._file(f"figure-{figure.code}", title, file)
                )
            self._add(self._catalogue, DCAT.dataset, found)

    def _dataset(self, found: URIRef, title: Words, about: Words, page: str) -> None:
        self._described(found, DCAT.Dataset, title, about)
        self._common(found)
        self._add(found, DCAT.contactPoint, self._contact)
        self._add(found, DCTERMS.identifier, Literal(str(found)))
        for language in ("vi", "en"):
            self._add(found, DCAT.landingPage, self._document(f"/{language}/{page}"))
        for code, name in _THEMES.items():
            self._add(found, DCAT.theme, self._concept(f"{_EU}/data-theme/{code}", name))
        self._add(found, DCTERMS.accessRights, self._open())
        provenance = self._statement(DCTERMS.ProvenanceStatement, _PROVENANCE)
        self._add(found, DCTERMS.provenance, provenance)
        rule = Words(f"Quy tắc tính {RULE}", f"Counting rule {RULE}")
        self._add(found, DCTERMS.conformsTo, self._standard(self._at("/vi/rule"), rule))

    def _file(self, name: str, title: Words, file: File) -> URIRef:
        found = self._here(f"{name}-{file.name}")
        self._graph.add((found, RDF.type, DCAT.Distribution))
        form = FILE_TYPES.get(file.media_type, file.name.upper())
        self._say(found, DCTERMS.title, Words(f"{title.vi} ({form})", f"{title.en} ({form})"))
        self._say(found, DCTERMS.description, Words(f"Dạng {form}.", f"As {form}."))
        address = self._resource(self._at(file.address))
        self._add(found, DCAT.accessURL, address)
        self._add(found, DCAT.downloadURL, address)
        media_type = URIRef(f"{_MEDIA_TYPES}/{file.media_type}")
        self._graph.add((media_type, RDF.type, DCTERMS.MediaType))
        self._add(found, DCAT.mediaType, media_type)
        if file.media_type in FILE_TYPES:
            kind = URIRef(f"{_EU}/file-type/{form}")
            self._graph.add((kind, RDF.type, DCTERMS.MediaTypeOrExtent))
            self._add(found, DCTERMS["format"], kind)
        if file.schema:
            schema = file.schema if file.schema.startswith("https:") else self._at(file.schema)
            kept = self._standard(schema, STANDARDS.get(file.schema, _SCHEMA))
            self._add(found, DCTERMS.conformsTo, kept)
        self._add(found, DCTERMS.license, self._licence())
        available = self._concept(f"{_EU}/planned-availability/STABLE", Words("Ổn định", "Stable"))
        self._add(found, _DCATAP.availability, available)
        return found

    def _service(self, service: Service) -> URIRef:
        found = self._here(service.name)
        self._described(found, DCAT.DataService, service.title, service.about)
        self._add(found, DCAT.endpointURL, self._resource(self._at(service.endpoint)))
        description = self._resource(self._at(service.description))
        self._add(found, DCAT.endpointDescription, description)
        self._add(found, DCAT.contactPoint, self._contact)
        self._add(found, DCTERMS.publisher, self._publisher)
        self._add(found, DCTERMS.license, self._licence())
        self._add(found, DCTERMS.accessRights, self._open())
        for address in service.standards:
            self._add(found, DCTERMS.conformsTo, self._standard(address, STANDARDS[address]))
        for each in SETS:
            if not service.serves or each.name in service.serves:
                self._add(found, DCAT.servesDataset, self._here(each.name))
        return found

    def _described(self, found: URIRef, kind: URIRef, title: Words, about: Words) -> None:
        self._graph.add((found, RDF.type, kind))
        self._say(found, DCTERMS.title, title)
        self._say(found, DCTERMS.description, about)

    def _common(self, found: URIRef) -> None:
        self._add(found, DCTERMS.publisher, self._publisher)
        for code in ("VIE", "ENG"):
            self._add(found, DCTERMS.language, self._typed("language", code, "LinguisticSystem"))
        self._add(found, DCTERMS.spatial, self._typed("country", "VNM", "Location"))

    def _changed(self, found: URIRef, span: tuple[datetime, datetime] | None) -> None:
        if span is not None:
            self._add(found, DCTERMS.issued, _instant(span[0]))
            self._add(found, DCTERMS.modified, _instant(span[1]))

    def _span(self, of: Sequence[str]) -> tuple[datetime, datetime] | None:
        known = [self._facts.spans[kind] for kind in of if kind in self._facts.spans]
        if not known:
            return None
        return min(first for first, _ in known), max(last for _, last in known)

    def _period(self, began: date, ended: date | None) -> URIRef:
        found = self._here(f"period-{began}" if ended is None else f"period-{began}-{ended}")
        self._graph.add((found, RDF.type, DCTERMS.PeriodOfTime))
        self._add(found, DCAT.startDate, Literal(began))
        if ended is not None:
            self._add(found, DCAT.endDate, Literal(ended))
        return found

    def _areas(self) -> URIRef:
        scheme = self._scheme(str(self._here("areas")), _AREAS)
        for area in ProblemArea:
            concept = self._area(area)
            self._add(concept, SKOS.inScheme, scheme)
            self._add(concept, SKOS.topConceptOf, scheme)
            self._add(concept, SKOS.notation, Literal(area.value))
            self._add(scheme, SKOS.hasTopConcept, concept)
        return scheme

    def _area(self, area: ProblemArea) -> URIRef:
        return self._concept(str(self._here(f"area-{area.value}")), words(area))

    def _scheme(self, address: str, title: Words) -> URIRef:
        found = URIRef(address)
        self._graph.add((found, RDF.type, SKOS.ConceptScheme))
        self._say(found, DCTERMS.title, title)
        return found

    def _concept(self, address: str, name: Words) -> URIRef:
        found = URIRef(address)
        self._graph.add((found, RDF.type, SKOS.Concept))
        self._say(found, SKOS.prefLabel, name)
        return found

    def _typed(self, table: str, code: str, kind: str) -> URIRef:
        found = URIRef(f"{_EU}/{table}/{code}")
        self._graph.add((found, RDF.type, DCTERMS[kind]))
        return found

    def _frequency(self, code: str) -> URIRef:
        return self._typed("frequency", code, "Frequency")

    def _open(self) -> URIRef:
        return self._typed("access-right", "PUBLIC", "RightsStatement")

    def _licence(self) -> URIRef:
        found = URIRef(LICENCE)
        self._graph.add((found, RDF.type, DCTERMS.LicenseDocument))
        return found

    def _standard(self, address: str, title: Words) -> URIRef:
        found = URIRef(address)
        self._graph.add((found, RDF.type, DCTERMS.Standard))
        self._say(found, DCTERMS.title, title)
        return found

    def _statement(self, kind: URIRef, said: Words) -> URIRef:
        found = self._here("provenance" if kind == DCTERMS.ProvenanceStatement else "rights")
        self._graph.add((found, RDF.type, kind))
        self._say(found, RDFS.label, said)
        return found

    def _document(self, path: str) -> URIRef:
        found = URIRef(self._at(path))
        self._graph.add((found, RDF.type, FOAF.Document))
        return found

    def _resource(self, address: str) -> URIRef:
        found = URIRef(address)
        self._graph.add((found, RDF.type, RDFS.Resource))
        return found

    def _at(self, path: str) -> str:
        return f"{self._facts.site}{path}"

    def _here(self, name: str) -> URIRef:
        return URIRef(f"{self._facts.site}/catalog#{name}")

    def _say(self, subject: Node, predicate: URIRef, said: Words) -> None:
        self._graph.add((subject, predicate, Literal(said.vi, lang="vi")))
        self._graph.add((subject, predicate, Literal(said.en, lang="en")))

    def _add(self, subject: Node, predicate: URIRef, value: Node) -> None:
        self._graph.add((subject, predicate, value))


def _instant(value: datetime) -> Literal:
    return Literal(value.replace(microsecond=0))
