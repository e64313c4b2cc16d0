"""The fair copy: what tipg writes, with what the standard asks for besides."""

from collections.abc import Generator, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tipg.resources.enums import MediaType
from tipg.resources.response import GeoJSONResponse, ORJSONResponse

from api.csv_text import csv_text
from api.ogc.collections import collection

_QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
# Besides GeoJSON; the name of each is the word that asks for it.
_OF_ONE = (MediaType.html, MediaType.csv, MediaType.json, MediaType.ndjson)
_OF_MANY = (*_OF_ONE, MediaType.geojsonseq)

Link = dict[str, str]


class Features(GeoJSONResponse):
    """One feature or many, with links to the same in the other forms (OGC API – Features,
    `/req/core/fc-links` and `/req/core/f-links`)."""

    def render(self, content: Any) -> bytes:
        [own] = [link["href"] for link in content["links"] if link["rel"] == "self"]
        forms = _OF_ONE if content["type"] == "Feature" else _OF_MANY
        links = [*content["links"], *_others(own, "alternate", forms)]
        return super().render({**content, "links": links})


class Collections(ORJSONResponse):
    """Any other document; in those about collections these have their titles, and links to their
    features in every form (`/req/core/fc-md-items-links`)."""

    def render(self, content: Any) -> bytes:
        if isinstance(content, dict) and "collections" in content:
            content = {**content, "collections": list(map(_described, content["collections"]))}
        elif isinstance(content, dict) and "itemType" in content:
            content = _described(content)
        return super().render(content)


def csv(data: Iterable[dict[Any, Any]]) -> Generator[str]:
    """tipg's own leaves formulas in the cells, and fails where there is no row."""
    found = list(data)
    headings = list(found[0]) if found else []
    yield csv_text(headings, [[row.get(name) for name in headings] for row in found]).decode()


def _described(said: Mapping[str, Any]) -> Mapping[str, Any]:
    known = collection(said["id"])
    # tipg calls the features in other forms alternates of what describes the collection.
    links = [link for link in said["links"] if link["rel"] != "alternate"]
    [items] = [link["href"] for link in links if link["rel"] == "items"]
    for link in links:
        if link["rel"] == "queryables":
            link["rel"] = _QUERYABLES
    links += _others(items, "items", _OF_MANY)
    return {**said, "title": known and known.title, "links": links}


def _others(address: str, rel: str, forms: Iterable[MediaType]) -> list[Link]:
    place, _, query = address.partition("?")
    asked = [(name, value) for name, value in parse_qsl(query, True) if name != "f"]
    return [
        {"href": f"{place}?{urlencode([*asked, ('f', each.name)])}", "rel": rel, "type": each.value}
        for each in forms
    ]
