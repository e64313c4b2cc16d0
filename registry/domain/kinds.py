"""The kinds of values people send, and how each is read: once, for form, API and spreadsheet.

Nothing is guessed: what cannot be read is refused by the name of the rule it breaks.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError
from shapely import (
    MultiPolygon,
    get_num_coordinates,
    orient_polygons,
    set_precision,
    unary_union,
)
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape

from registry.domain import geometry
from registry.domain.dates import PartialDate
from registry.domain.errors import FieldProblem, InvalidInput

_SHA256 = re.compile(r"[0-9a-f]{64}")
LARGEST_NUMBER = 10**15
DECIMALS = 6
MOST_VERTICES = 10_000


def _clean(value: Any) -> Any:
    """Composes and trims; Vietnamese arrives decomposed from some systems (NFD)."""
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t" for c in text):
        raise PydanticCustomError("control_character", "control character")
    return text


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        valid = False
    if not valid or any(c.isspace() for c in text):
        raise PydanticCustomError("not_a_web_address", "not a web address")
    return parts.scheme + text[len(parts.scheme) :]


def _optional_web_address(text: str) -> str:
    return _web_address(text) if text else text


def _partial_date(value: Any) -> Any:
    if isinstance(value, PartialDate):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("not_a_date", "not a date")
    try:
        return PartialDate.parse(value)
    except ValueError:
        raise PydanticCustomError("not_a_date", "not a date") from None


def _day(value: Any) -> Any:
    """A whole date: without this pydantic takes a number for seconds since 1970."""
    if type(value) is date:
        return value
    when = _partial_date(value)
    if when.earliest != when.latest:
        raise PydanticCustomError("not_a_date", "not a date")
    return when.earliest


def blank_to_none(value: Any) -> Any:
    """An empty field of a form says nothing."""
    return None if isinstance(value, str) and not value.strip() else value


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise PydanticCustomError("not_a_decimal", "not a number")
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        raise PydanticCustomError("not_a_decimal", "not a number") from None
    exponent = found.as_tuple().exponent
    if not isinstance(exponent, int) or abs(found) >= LARGEST_NUMBER:
        raise PydanticCustomError("not_a_decimal", "not a number")
    plain = format(found.normalize() if found else Decimal(0), "f")
    if len(plain.partition(".")[2]) > DECIMALS:
        raise PydanticCustomError("not_a_decimal", "not a number")
    return Decimal(plain)


@dataclass(frozen=True, slots=True)
class Area:
    """A MultiPolygon of EPSG:4326, longitude before latitude, as its canonical GeoJSON text."""

    text: str

    @property
    def geojson(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def square_kilometres(self) -> Decimal:
        """Its size to three digits: people draw no finer."""
        size = geometry.square_kilometres(geometry.area(self.geojson, ""))
        return Decimal(f"{size:.3g}")


def _area(value: Any) -> Any:
    """GeoJSON, as an object or as text: a (multi)polygon, or features that hold some."""
    if isinstance(value, Area):
        return value
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise PydanticCustomError("geometry_unreadable", "not GeoJSON") from None
    try:
        found = geometry.area(_geometry_of(value), "")
        # About a decimetre: finer than any source, and the same text for the same shape.
        rounded = geometry.area(mapping(_canonical(found)), "")
    except InvalidInput as refused:
        raise _geometry_refused(refused.problems[0]) from None
    if get_num_coordinates(rounded) > MOST_VERTICES:
        params = {"expected": str(MOST_VERTICES)}
        raise _geometry_refused(FieldProblem("", "geometry_too_detailed", params))
    return Area(json.dumps(mapping(rounded), separators=(",", ":")))


def _canonical(found: MultiPolygon) -> Any:
    """Corners on a grid of a millionth degree, in one order, outer rings counterclockwise."""
    return orient_polygons(set_precision(found, 1e-6).normalize())


def _geometry_refused(problem: FieldProblem) -> PydanticCustomError:
    code: Any = problem.code  # pydantic's types want a literal
    return PydanticCustomError(code, "geometry", problem.params)


def _geometry_of(value: Any) -> dict[str, Any]:
    """The geometry of a Feature, the union of a FeatureCollection's."""
    if not isinstance(value, Mapping):
        raise PydanticCustomError("geometry_unreadable", "not GeoJSON")
    if value.get("type") == "Feature":
        return _geometry_of(value.get("geometry"))
    if value.get("type") == "FeatureCollection":
        parts = value.get("features")
        if not isinstance(parts, list) or not parts:
            raise PydanticCustomError("geometry_unreadable", "not GeoJSON")
        try:
            return dict(mapping(unary_union([shape(_geometry_of(part)) for part in parts])))
        except (ShapelyError, *_UNREADABLE):
            raise PydanticCustomError("geometry_unreadable", "not GeoJSON") from None
    return dict(value)


_UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError)


def _file(text: str) -> str:
    if text and not _SHA256.fullmatch(text):
        raise PydanticCustomError("unknown_file", "not a SHA-256")
    return text


def _no_doubles(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) < len(values):
        raise PydanticCustomError("repeated", "the same twice")
    return values


Line = Annotated[str, Field(max_length=200), BeforeValidator(_clean)]
Paragraph = Annotated[str, Field(max_length=2000), BeforeValidator(_clean)]
LongText = Annotated[str, Field(max_length=10000), BeforeValidator(_clean)]
WebAddress = Annotated[
    str, Field(max_length=2000), BeforeValidator(_clean), AfterValidator(_web_address)
]
OptionalWebAddress = Annotated[
    str, Field(max_length=2000), BeforeValidator(_clean), AfterValidator(_optional_web_address)
]
Day = Annotated[date, BeforeValidator(_day)]
When = Annotated[
    PartialDate,
    BeforeValidator(_partial_date),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$",
            "description": "ISO 8601 with reduced precision: YYYY, YYYY-MM or YYYY-MM-DD",
            "examples": ["2024", "2024-06", "2024-06-15"],
        }
    ),
]


Number = Annotated[
    Decimal,
    BeforeValidator(_number),
    PlainSerializer(lambda value: format(value, "f"), return_type=str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^-?\d{1,15}(\.\d{1,6})?$"},
                {"type": "number"},
            ],
            "description": "A decimal number; shown as text, so that no digit is lost",
        }
    ),
]
AreaValue = Annotated[
    Area,
    BeforeValidator(_area),
    PlainSerializer(lambda value: value.geojson, return_type=dict[str, Any]),
    WithJsonSchema(
        {
            "type": "object",
            "description": "GeoJSON Polygon or MultiPolygon (RFC 7946), or features holding some;"
            " WGS 84, longitude before latitude; inside the country's bounds",
            "required": ["type"],
        }
    ),
]
FileHash = Annotated[
    str,
    BeforeValidator(_clean),
    AfterValidator(_file),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^([0-9a-f]{64})?$",
            "description": "SHA-256 of a file that the city has uploaded",
        }
    ),
]
NoDoubles = AfterValidator(_no_doubles)
OrNone = BeforeValidator(blank_to_none)


class Draft(BaseModel):
    """Base of all input: unknown fields are refused, never ignored."""

    model_config = ConfigDict(
        extra="forbid", arbitrary_types_allowed=True, frozen=True, validate_default=False
    )

    @classmethod
    def read(cls, data: Any) -> Self:
        """Validates `data`. Raises InvalidInput naming every place."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise InvalidInput(field_problems(error)) from None


def field_problems(error: ValidationError) -> list[FieldProblem]:
    """Pydantic's findings as ours: pointer, code, values for the sentence."""
    return field_problems_of(error.errors(include_url=False, include_input=False))


def field_problems_of(found: Iterable[Mapping[str, Any]], skip: int = 0) -> list[FieldProblem]:
    """The same for findings taken apart already; `skip` leading parts of each place are dropped."""
    return [
        FieldProblem(
            "".join(f"/{_escaped(part)}" for part in item["loc"][skip:]),
            _CODES.get(item["type"], item["type"]),
            {k: str(v) for k, v in item.get("ctx", {}).items() if k in _PARAMS},
        )
        for item in found
    ]


def _escaped(part: int | str) -> str:
    """A step of a JSON Pointer (RFC 6901)."""
    return str(part).replace("~", "~0").replace("/", "~1")


_PARAMS = {"max_length", "min_length", "ge", "le", "expected", "detail"}
_CODES: dict[str, str] = {
    "missing": "required",
    "string_too_short": "required",
    "too_short": "required",
    "string_unicode": "control_character",
    "string_pattern_mismatch": "not_a_code",
    "float_parsing": "not_a_decimal",
    "float_type": "not_a_decimal",
    "enum": "unknown_choice",
    "extra_forbidden": "unknown_field",
    "string_type": "not_text",
    "uuid_parsing": "unknown_choice",
    "uuid_type": "unknown_choice",
    "int_parsing": "not_a_number",
    "int_type": "not_a_number",
    "int_from_float": "not_a_number",
    "int_parsing_size": "not_a_number",
    "finite_number": "not_a_number",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "greater_than": "out_of_range",
    "less_than": "out_of_range",
    "bool_parsing": "not_yes_or_no",
    "bool_type": "not_yes_or_no",
    "string_too_long": "too_long",
    "too_long": "too_many",
    "tuple_type": "not_a_list",
    "list_type": "not_a_list",
    "json_invalid": "unreadable",
    "datetime_parsing": "not_a_date",
    "datetime_from_date_parsing": "not_a_date",
    "datetime_type": "not_a_date",
    "literal_error": "unknown_choice",
    "model_type": "not_an_object",
    "model_attributes_type": "not_an_object",
    "dict_type": "not_an_object",
}
