"""What an administrator sends of provinces' boundaries: a GeoJSON collection, where it comes from,
the choices. One model for file and API; a hostile or foreign file is refused by name."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Never

from pydantic import BeforeValidator, Field
from shapely import get_num_coordinates

from registry.domain import geometry
from registry.domain.boundaries import Outline
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.kinds import Day, Draft, Line, NoDoubles, WebAddress
from registry.domain.roll_intake import CityCode, OptionalCityCode

MOST_AREAS = 200
MOST_POINTS = 400_000
MOST_BYTES = 20_000_000
# EPSG:4326, longitude before latitude, by the names that programs give it.
_SYSTEMS = frozenset(
    {
        "urn:ogc:def:crs:OGC:1.3:CRS84",
        "urn:ogc:def:crs:OGC::CRS84",
        "urn:ogc:def:crs:EPSG::4326",
        "EPSG:4326",
    }
)
_SQLITE, _ZIP = b"SQLite format 3\x00", b"PK\x03\x04"
_KNOWN = ("code", "name_vi", "name_en", "predecessors")
_Given = Field(min_length=1)


def _codes(value: Any) -> Any:
    """GIS programs keep lists as text."""
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(value.replace(",", " ").replace(";", " ").split())
    return value


def _blank(value: Any) -> Any:
    return "" if value is None else value


class AreaDraft(Draft):
    """A province as its properties name it."""

    code: Annotated[OptionalCityCode, BeforeValidator(_blank)] = ""
    name_vi: Annotated[Line, _Given]
    name_en: Annotated[Line, BeforeValidator(_blank)] = ""
    predecessors: Annotated[
        tuple[CityCode, ...], BeforeValidator(_codes), Field(max_length=MOST_AREAS), NoDoubles
    ] = ()


class BoundaryFactsDraft(Draft):
    """What is said of the boundaries as a whole, with their legal source."""

    name_vi: Annotated[Line, _Given]
    name_en: Annotated[Line, _Given]
    valid_from: Day
    approximate: bool = True
    legal_basis: Annotated[Line, _Given]
    source_vi: Annotated[Line, _Given]
    source_en: Annotated[Line, _Given]
    source_url: WebAddress


class BoundaryDraftBody(Draft):
    """Boundaries of all provinces of a day, as a GeoJSON FeatureCollection (EPSG:4326)."""

    boundaries: BoundaryFactsDraft
    areas: dict[str, Any]


class AreaChoice(Draft):
    """Which province an area is, by its place in the file; an unknown code makes a new one."""

    area: Annotated[int, Field(ge=1, le=MOST_AREAS)]
    code: CityCode


class CityChoice(Draft):
    """In which province a city is from then on."""

    city_code: CityCode
    province_code: CityCode


class BoundaryChoicesDraft(Draft):
    areas: Annotated[tuple[AreaChoice, ...], Field(max_length=MOST_AREAS)] = ()
    cities: Annotated[tuple[CityChoice, ...], Field(max_length=5_000)] = ()


def read_collection(content: bytes) -> dict[str, Any]:
    """The JSON of a file. Raises InvalidInput for what is none, or another kind of file."""
    if len(content) > MOST_BYTES:
        _refuse("/file", "file_too_large", megabytes=str(MOST_BYTES // 1_000_000))
    if content.startswith(_SQLITE):
        _refuse("/file", "geopackage")
    if content.startswith(_ZIP):
        _refuse("/file", "zipped_shapes")
    try:
        found = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        _refuse("/file", "not_geojson")
    if not isinstance(found, dict):
        _refuse("/file", "not_geojson")
    return found


def outlines_of(collection: dict[str, Any]) -> list[Outline]:
    """The areas of a FeatureCollection, checked one by one and against each other's names.

    Raises InvalidInput naming each feature by its place.
    """
    features = collection.get("features")
    if collection.get("type") != "FeatureCollection" or not isinstance(features, list):
        _refuse("/type", "not_geojson")
    if not _is_4326(collection.get("crs")):
        _refuse("/crs", "other_coordinates")
    if not features:
        _refuse("/features", "list_empty")
    if len(features) > MOST_AREAS:
        _refuse("/features", "too_many", max_length=str(MOST_AREAS))
    problems: list[FieldProblem] = []
    found = []
    for index, feature in enumerate(features):
        try:
            found.append(_outline(index, feature))
        except InvalidInput as error:
            problems += error.problems
    if sum(get_num_coordinates(outline.shape) for outline in found) > MOST_POINTS:
        problems.append(
            FieldProblem("/features", "geometry_too_detailed", {"expected": f"{MOST_POINTS:,}"})
        )
    problems += _said_twice(found)
    if problems:
        raise InvalidInput(problems)
    return found


def stored(outline: Outline) -> dict[str, Any]:
    """An area as a draft keeps it: well-known text in hexadecimal says a shape to the last bit."""
    return {
        "number": outline.number,
        "code": outline.code,
        "name_vi": outline.name_vi,
        "name_en": outline.name_en,
        "predecessors": list(outline.predecessors),
        "shape": outline.shape.wkb_hex,
    }


def restored(line: dict[str, Any]) -> Outline:
    """The inverse of `stored`."""
    return Outline(
        line["code"],
        line["name_vi"],
        line["name_en"],
        geometry.from_hex(line["shape"]),
        line["number"],
        tuple(line["predecessors"]),
    )


def _outline(index: int, feature: Any) -> Outline:
    place = f"/features/{index}"
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        _refuse(place, "not_geojson")
    said = feature.get("properties")
    if not isinstance(said, dict):
        _refuse(f"{place}/properties", "required")
    problems: list[FieldProblem] = []
    draft, shape = None, None
    try:
        draft = AreaDraft.read({name: said[name] for name in _KNOWN if name in said})
    except InvalidInput as error:
        problems += [
            FieldProblem(f"{place}/properties{p.pointer}", p.code, p.params) for p in error.problems
        ]
    try:
        shape = geometry.area(feature.get("geometry") or {}, f"{place}/geometry")
    except InvalidInput as error:
        problems += error.problems
    if draft is None or shape is None:
        raise InvalidInput(problems)
    return Outline(
        draft.code, draft.name_vi, draft.name_en, shape, index + 1, tuple(draft.predecessors)
    )


def _said_twice(outlines: Sequence[Outline]) -> list[FieldProblem]:
    codes = Counter(outline.code for outline in outlines if outline.code)
    return [
        FieldProblem(f"/features/{outline.number - 1}/properties/code", "repeated_province")
        for outline in outlines
        if codes[outline.code] > 1
    ]


def _is_4326(crs: Any) -> bool:
    """A file that names no system is in EPSG:4326 (RFC 7946)."""
    if crs is None:
        return True
    properties = crs.get("properties") if isinstance(crs, dict) else None
    return isinstance(properties, dict) and properties.get("name") in _SYSTEMS


def _no_number(_: str) -> Never:
    raise ValueError


def _refuse(pointer: str, code: str, **params: str) -> Never:
    raise InvalidInput([FieldProblem(pointer, code, params)])
