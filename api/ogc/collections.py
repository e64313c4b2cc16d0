"""The plan chest: the collections on offer, their columns and what these mean, in both languages.

Views and columns are those of migrations 0021 and 0023, with the English words as their comments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from tipg.collections import Column, PgCollection

from api import i18n
from api.i18n import gettext, mark
from registry.domain.counting import Outcome
from registry.domain.geometry import BOUNDS
from registry.domain.model import (
    BasisKind,
    CityStatus,
    ProblemArea,
    ReviewState,
    Stage,
    Technique,
    UnitType,
    UrbanClass,
    YearStatus,
)

SCHEMA = "ogc"
GEOMETRY = "geom"


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its type in the database, what it means, its code list where it has one.

    `briefly` says that it stands in the table of many features, not only on the page of one.
    """

    kind: str
    meaning: str
    codes: type[StrEnum] | None = None
    briefly: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """A collection: one view. Without `when` its features have no time of their own."""

    title: str
    description: str
    geometry_type: str
    fields: Mapping[str, Field]
    key: str = "code"
    when: str | None = None

    def told(self, language: i18n.Language) -> Sequence[str]:
        """The columns of the table of many features in this language, after their names."""
        other = "_vi" if language is i18n.Language.EN else "_en"
        return [
            name
            for name, field in self.fields.items()
            if field.briefly and not name.endswith(other)
        ]


class PublicCollection(PgCollection):
    """What tipg needs to know of a view, with the meaning of its columns in one language."""

    @property
    def queryables(self) -> dict[str, Any]:
        said: dict[str, Any] = super().queryables
        for column in self.properties:
            if not column.is_geometry:
                whole = column.type == "integer"
                said[column.name] = {"type": "integer" if whole else column.json_type}
            said[column.name]["title"] = column.name
            said[column.name]["description"] = column.description or ""
            if column.is_datetime:
                said[column.name]["format"] = "date" if column.type == "date" else "date-time"
        return said


_PROVINCE = Field("text", mark("Code of the province, as of today"))
_URL = Field("text", mark("Address of its page"))
_POINT = Field("geometry", mark("A point inside the city, approximate; none where it is not known"))
_CITY = {
    "city_code": Field("text", mark("Code of the city")),
    "city_vi": Field("text", mark("Name of the city in Vietnamese"), briefly=True),
    "city_en": Field("text", mark("Name of the city in English"), briefly=True),
    "province_code": _PROVINCE,
}
_TODAY = Field("date", mark("The day this is about: today in Viet Nam"))
_CASE = {
    "code": Field("text", mark("Code of the application in the register"), briefly=True),
    "version": Field("integer", mark("Number of the version that holds today")),
    "title_vi": Field("text", mark("Title in Vietnamese")),
    "title_en": Field("text", mark("Title in English")),
    "summary_vi": Field("text", mark("Summary in Vietnamese")),
    "summary_en": Field("text", mark("Summary in English")),
    **_CITY,
    "state": Field("text", mark("State of the review"), ReviewState, briefly=True),
    "counted": Field("boolean", mark("Whether a city counts by it today"), briefly=True),
    "stage": Field(
        "text",
        mark("Lifecycle stage today; none where it is not certain"),
        Stage,
        briefly=True,
    ),
    "stage_since": Field(
        "text", mark("Since when, as precisely as the city knows (YYYY, YYYY-MM or YYYY-MM-DD)")
    ),
    "problem_areas": Field(
        "text", mark("Areas of the pressing problems it addresses"), ProblemArea, briefly=True
    ),
    "techniques": Field("text", mark("AI techniques"), Technique),
    "product": Field("text", mark("Product it is an instance of")),
    "provider": Field("text", mark("Provider; none where the city withholds it by law")),
    "approved_at": Field("timestamptz", mark("When this version was approved")),
    "url": _URL,
}

LAYERS: Mapping[str, Layer] = {
    "cities": Layer(
        mark("Cities"),
        mark("Cities of the roll in force today, each with what the counting rule says of it"),
        "Point",
        {
            "code": Field("text", mark("Code of the city in the register"), briefly=True),
            "name_vi": Field("text", mark("Its name in Vietnamese")),
            "name_en": Field("text", mark("Its name in English")),
            "unit_type": Field("text", mark("Type of administrative unit"), UnitType),
            "urban_class": Field("text", mark("Class of the urban area"), UrbanClass, briefly=True),
            "province_code": _PROVINCE,
            "province_vi": Field("text", mark("Name of the province in Vietnamese"), briefly=True),
            "province_en": Field("text", mark("Name of the province in English"), briefly=True),
            "status": Field(
                "text", mark("What the map shows of the city"), CityStatus, briefly=True
            ),
            "counted": Field("boolean", mark("Whether the city counts toward the target today")),
            "outcome": Field(
                "text", mark("What the counting rule says, and why"), Outcome, briefly=True
            ),
            "year_status": Field(
                "text",
                mark("What the city declared for this year; none where it is silent"),
                YearStatus,
            ),
            "use_case_code": Field("text", mark("Code of the application behind the outcome")),
            "use_case_vi": Field("text", mark("Its title in Vietnamese")),
            "use_case_en": Field("text", mark("Its title in English")),
            "roll": Field("text", mark("Code of the roll in force")),
            "as_of": _TODAY,
            "url": _URL,
            GEOMETRY: _POINT,
        },
    ),
    "provinces": Layer(
        mark("Provinces"),
        mark("Provinces of today, with how many of their cities count"),
        "MultiPolygon",
        {
            "code": Field("text", mark("Code of the province"), briefly=True),
            "name_vi": Field("text", mark("Its name in Vietnamese")),
            "name_en": Field("text", mark("Its name in English")),
            "cities": Field("integer", mark("Cities of the roll in force"), briefly=True),
            "counted": Field("integer", mark("Cities among them that count today"), briefly=True),
            "approximate": Field("boolean", mark("Whether the boundary is approximate")),
            "as_of": _TODAY,
            "url": _URL,
            GEOMETRY: Field("geometry", mark("Boundary; it serves this map only")),
        },
    ),
    "use_cases": Layer(
        mark("AI applications"),
        mark(
            "AI applications that the register has approved, also those suspended or revoked since"
        ),
        "Point",
        {**_CASE, GEOMETRY: _POINT},
        when="approved_at",
    ),
    "use_case_areas": Layer(
        mark("Areas of AI applications"),
        mark("The areas that AI applications serve, where their cities have drawn them"),
        "MultiPolygon",
        {**_CASE, GEOMETRY: Field("geometry", mark("The area served, as its city has drawn it"))},
        when="approved_at",
    ),
    "problems": Layer(
        mark("Pressing problems"),
        mark("Pressing problems that cities have declared"),
        "Point",
        {
            "id": Field("text", mark("Identifier of the problem")),
            **_CITY,
            "area": Field("text", mark("Area of the problem"), ProblemArea, briefly=True),
            "title_vi": Field("text", mark("Title in Vietnamese")),
            "title_en": Field("text", mark("Title in English")),
            "statement": Field("text", mark("What the problem is, in the city's words")),
            "declared_on": Field(
                "text",
                mark("Declared as pressing on (YYYY, YYYY-MM or YYYY-MM-DD)"),
                briefly=True,
            ),
            "basis_kind": Field("text", mark("Kind of the document it rests on"), BasisKind),
            "basis_number": Field("text", mark("Number of that document")),
            "basis_url": Field("text", mark("Address of that document")),
            "declared_at": Field("timestamptz", mark("When it was entered into the register")),
            "withdrawn_on": Field("date", mark("From which day the city has withdrawn it")),
            "open": Field("boolean", mark("Whether it is open today"), briefly=True),
            "url": _URL,
            GEOMETRY: _POINT,
        },
        key="id",
        when="declared_at",
    ),
}


def collection(name: str) -> PublicCollection | None:
    """A collection in the reader's language; None where there is none of this name."""
    return _made(name, i18n.current()) if name in LAYERS else None


def every() -> Sequence[PublicCollection]:
    return [_made(name, i18n.current()) for name in LAYERS]


@cache
def _made(name: str, language: i18n.Language) -> PublicCollection:
    del language  # the one that `gettext` speaks
    layer = LAYERS[name]
    columns = {key: _column(key, field, layer) for key, field in layer.fields.items()}
    return PublicCollection(
        type="Table",
        id=name,
        schema=SCHEMA,
        table=name,
        title=gettext(layer.title),
        description=gettext(layer.description),
        table_columns=list(columns.values()),
        properties=list(columns.values()),
        id_column=columns[layer.key],
        geometry_column=columns[GEOMETRY],
        datetime_column=columns[layer.when] if layer.when else None,
    )


def _column(name: str, field: Field, layer: Layer) -> Column:
    meaning = gettext(field.meaning)
    if field.codes is not None:
        meaning = f"{meaning}: {', '.join(field.codes)}"
    if field.kind != "geometry":
        return Column(name=name, type=field.kind, description=meaning)
    return Column(
        name=name,
        type=field.kind,
        description=meaning,
        geometry_type=layer.geometry_type,
        srid=4326,
        # Nothing lies outside; what is inside moves from day to day.
        bounds=list(BOUNDS),
    )
