"""The dispatch room's labels for programs: JSON Schema and CSVW of a file, from its columns."""

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from api.exports.columns import Column, Type, Value
from api.exports.export import LICENCE, SEPARATOR, Export
from api.exports.sets import BASE, DataSet
from registry.domain.standard import Words

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_PARTIAL = r"^\d{4}(-\d{2}(-\d{2})?)?$"
_JSON: dict[Type, dict[str, Any]] = {
    Type.TEXT: {"type": ["string", "null"]},
    Type.CODE: {"type": ["string", "null"]},
    Type.URL: {"type": ["string", "null"]},
    Type.INTEGER: {"type": ["integer", "null"]},
    Type.NUMBER: {"type": ["number", "null"]},
    Type.BOOLEAN: {"type": ["boolean", "null"]},
    Type.DAY: {"type": ["string", "null"], "format": "date"},
    Type.DATE: {"type": ["string", "null"], "pattern": _PARTIAL},
    Type.INSTANT: {"type": ["string", "null"], "format": "date-time"},
    Type.CODES: {"type": "array"},
    Type.TEXTS: {"type": "array", "items": {"type": "string"}},
    Type.ROWS: {"type": "array"},
    Type.AREA: {"type": ["object", "null"]},
}
_CSVW: dict[Type, Any] = {
    Type.INTEGER: "integer",
    Type.NUMBER: "double",
    Type.BOOLEAN: "boolean",
    Type.DAY: {"base": "date"},
    Type.INSTANT: "dateTime",
    Type.TEXTS: "json",
    Type.ROWS: "json",
    Type.AREA: "json",
}
ESCAPING = Words(
    "Ô bắt đầu bằng một trong các ký tự = + - @ ' (kể cả dạng toàn góc), tab hoặc xuống dòng"
    " được thêm một dấu ' ở đầu, để không phần mềm bảng tính nào coi đó là công thức. Khi đọc"
    " lại: nếu ô bắt đầu bằng ' và theo sau là một trong các ký tự đó thì bỏ dấu ' đầu tiên.",
    "A cell of text that begins with one of = + - @ ' (also full width), a tab or a line break"
    " has one ' put before it, so that no spreadsheet takes it for a formula. Reading it back:"
    " where a cell begins with ' and one of these follows, leave the first ' out.",
)
_NOTES: dict[str, Words] = {
    "permalink": Words("Địa chỉ", "Address"),
    "filters": Words("Điều kiện lọc", "Filters"),
    "partial": Words("Chỉ khớp một số từ của", "Nothing has all words; these have some of"),
    "as_of": Words("Tại ngày", "As of"),
    "known_at": Words("Theo những gì đã biết tại (UTC)", "As known at (UTC)"),
    "position": Words("Vị trí trong sổ cái", "Position in the ledger"),
    "rule": Words("Quy tắc tính", "Counting rule"),
    "standard": Words("Chuẩn mô tả", "Metadata standard"),
    "roll": Words("Danh mục đô thị", "Roll of cities"),
    "licence": Words("Giấy phép", "Licence"),
    "ledger_head": Words("Đỉnh sổ cái đã ký", "Signed head of the ledger"),
    "schema": Words("Lược đồ JSON", "JSON Schema"),
}


def _note(name: str, kind: Type, value: Callable[[Any], Value] | None = None) -> Column:
    return Column(f"about_{name}", kind, _NOTES[name], value or itemgetter(name))


def _basis(about: dict[str, Any]) -> str:
    roll = about["roll"]
    code = "none" if roll is None else roll["code"]
    return f"roll {code}; rule {about['rule']}; standard {about['standard']}"


# At the end of every row where a format has no other place for it: so each says what it is true of,
# also where rows are cut out, or put together with those of another day. Texts that no spreadsheet
# takes for a number or a month. Their values are read off `Export.about`.
ABOUT_ROWS = (
    _note("as_of", Type.DAY),
    _note("known_at", Type.INSTANT),
    Column(
        "about_basis",
        Type.TEXT,
        Words("Danh mục, quy tắc tính và chuẩn mô tả", "Roll, counting rule and metadata standard"),
        _basis,
    ),
    _note("licence", Type.TEXT, lambda about: "{name}: {attribution}".format(**about["licence"])),
    _note("permalink", Type.URL),
)


def json_schema(data: DataSet, public_url: str) -> dict[str, Any]:
    """JSON Schema of the set's JSON; `$defs/line` is that of a line of its NDJSON, and
    `$defs/collection` that of its GeoJSON."""
    row = _object(data.columns)
    found: dict[str, Any] = {
        "$schema": DRAFT,
        "$id": f"{public_url}{data.schema}",
        "title": data.title.en,
        "description": data.description.en,
        "type": "object",
        "required": ["about", "items"],
        "properties": {
            "about": {"$ref": "#/$defs/about"},
            "items": {"type": "array", "items": {"$ref": "#/$defs/row"}},
        },
        "$defs": {"about": ABOUT, "row": row, "line": _object((*data.columns, *ABOUT_ROWS))},
    }
    if data.geometry_type:
        found["$defs"]["collection"] = _collection(data)
    return found


def _object(columns: tuple[Column, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [column.name for column in columns],
        "properties": {column.name: described(column) for column in columns},
        "additionalProperties": False,
    }


def described(column: Column) -> dict[str, Any]:
    """A column as a property of a JSON Schema."""
    found = {**_JSON[column.kind], "title": column.title.en, "x-title-vi": column.title.vi}
    if column.description.en:
        found["description"] = column.description.en
    if column.unit:
        found["x-unit"] = column.unit
    if column.codes is not None:
        codes = [member.value for member in column.codes]
        if column.kind is Type.CODES:
            found["items"] = {"enum": codes}
        else:
            found["enum"] = [*codes, None]
    if column.parts:
        found["items"] = _object(column.parts)
    return found


def _collection(data: DataSet) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "about", "features"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "about": {"$ref": "#/$defs/about"},
            "features": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["type", "id", "geometry", "properties"],
                    "properties": {
                        "type": {"const": "Feature"},
                        "id": {"type": ["string", "integer"]},
                        "geometry": {
                            "type": ["object", "null"],
                            "properties": {
                                "type": {"const": data.geometry_type},
                                "coordinates": {"type": "array"},
                            },
                            "required": ["type", "coordinates"],
                        },
                        "properties": {"$ref": "#/$defs/row"},
                    },
                },
            },
        },
    }


_TEXT = {"type": "string"}
ABOUT: dict[str, Any] = {
    "type": "object",
    "required": [
        *("set", "title", "permalink", "filters", "as_of", "known_at", "position", "rule"),
        *("standard", "roll", "licence", "ledger_head", "schema", "language"),
    ],
    "properties": {
        "set": _TEXT,
        "permalink": {"type": "string", "format": "uri"},
        "filters": {"type": "object", "additionalProperties": _TEXT},
        "as_of": {"type": "string", "format": "date"},
        "known_at": {"type": "string", "format": "date-time"},
        "position": {"type": "integer", "minimum": 0},
        "rule": _TEXT,
        "standard": _TEXT,
        "roll": {"type": ["object", "null"]},
        "licence": {
            "type": "object",
            "required": list(LICENCE),
            "properties": dict.fromkeys(LICENCE, _TEXT),
        },
        "ledger_head": {"type": ["object", "null"]},
        "schema": {"type": "string", "format": "uri"},
        "language": {"enum": ["vi", "en"]},
        # Of a search only.
        "partial": {"type": "boolean"},
    },
}


def csvw(export: Export, url: str) -> dict[str, Any]:
    """CSV on the Web: how the table at `url` is read, and what else is to be known of it."""
    about = export.about
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "url": url,
        "dc:title": _both(export.set.title),
        "dc:description": _both(export.set.description),
        "dc:license": {"@id": LICENCE["url"]},
        "dc:rights": LICENCE["attribution"],
        "dc:identifier": about["permalink"],
        "dialect": {
            "encoding": "utf-8",
            "delimiter": ",",
            "quoteChar": '"',
            "doubleQuote": True,
            "lineTerminators": ["\r\n"],
            "header": True,
        },
        "notes": [{"escaping": {"vi": ESCAPING.vi, "en": ESCAPING.en}}, {"about": about}],
        "tableSchema": {
            "primaryKey": export.set.key,
            "columns": [_csvw_column(c) for c in (*export.set.columns, *ABOUT_ROWS)],
        },
    }


def _csvw_column(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": column.name,
        "titles": column.name,
        "dc:title": _both(column.title),
        "datatype": _CSVW.get(column.kind, "string"),
    }
    if column.description.en:
        found["dc:description"] = _both(column.description)
    if column.unit:
        found["schema:unitCode"] = column.unit
    if column.kind is Type.CODES:
        found["separator"] = SEPARATOR
    return found


def _both(words: Words) -> list[dict[str, str]]:
    return [
        {"@value": words.vi, "@language": "vi"},
        {"@value": words.en, "@language": "en"},
    ]


def about_lines(export: Export) -> Iterator[tuple[str, str, str]]:
    """What is said of a file, for people: in Vietnamese, in English, and the value."""
    yield "Nội dung", "Content", f"{export.set.title.vi} – {export.set.title.en}"
    for name, words in _NOTES.items():
        value: Any = export.about.get(name)
        match name:
            case "partial":
                if not value:
                    continue
                shown = export.about["filters"]["q"]
            case "filters":
                shown = "; ".join(f"{k} = {v}" for k, v in value.items()) or "–"
            case "roll":
                shown = "–" if value is None else f"{value['code']}: {value['name_vi']}"
            case "licence":
                shown = "; ".join(value.values())
            case "ledger_head":
                shown = "–" if value is None else value["note"].strip()
            case _:
                shown = str(value)
        yield words.vi, words.en, shown


def about_text(export: Export) -> str:
    """The same as a text file, with how the CSV beside it is read."""
    lines = [f"{vi} / {en}:\r\n  {value}" for vi, en, value in about_lines(export)]
    return "\r\n\r\n".join([*lines, ESCAPING.vi, ESCAPING.en, f"{BASE}\r\n"])
