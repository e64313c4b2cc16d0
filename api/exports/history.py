"""The dispatch room: all public facts with both clocks in one file, to work the figure out again.

The first line says what the file is, then comes one fact a line; the last says how many these were.
`registry history replay` reads it.
"""

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from api.exports.columns import Column, Type
from api.exports.described import ABOUT, DRAFT, described
from api.exports.export import LICENCE, compact, plain
from api.exports.making import head_of
from api.exports.sets import BASE, HISTORY
from api.i18n import iso_utc
from registry.domain.counting import RULE
from registry.domain.model import (
    Action,
    BasisKind,
    LineageKind,
    ProblemArea,
    RollSeries,
    Stage,
    UnitType,
    UrbanClass,
    YearStatus,
)
from registry.domain.replay import FORMAT
from registry.domain.standard import CURRENT, Words
from registry.queries.history import facts
from registry.queries.moments import Moment
from registry.queries.tree import head_over

SCHEMA = "history.schema.json"


def _column(name: str, kind: Type = Type.TEXT, about: str = "", **more: Any) -> Column:
    title = name.replace("_", " ").capitalize()
    return Column(name, kind, Words(title, title), description=Words(about, about), **more)


_POSITION = _column("position", Type.INTEGER, "Where the fact stands in the ledger")
_RECORDED = _column("recorded_at", Type.INSTANT, "When the register learned it (UTC)")
_FACT = (_POSITION, _RECORDED)
_CITY = _column("city", about="Code of the city")
_USE_CASE = _column("use_case", about="Code of the use case")
_EFFECT = _column("effective_on", Type.DAY)
_NAMES = (_column("name_vi"), _column("name_en"))
_KNOWN = (
    _column("known_from", Type.INTEGER, "Position since when this is known"),
    _column("known_until", Type.INTEGER, "Position before which it was known; null: still"),
)
_UNIT = (
    _column("unit_type", Type.CODE, codes=UnitType),
    _column("urban_class", Type.CODE, codes=UrbanClass),
)
RECORDS: Mapping[str, tuple[Column, ...]] = {
    "city": (
        _column("code"),
        _column("lon", Type.NUMBER, "WGS 84", unit="deg"),
        _column("lat", Type.NUMBER, "WGS 84", unit="deg"),
    ),
    "city_period": (
        _CITY,
        _column("valid_from", Type.DAY),
        _column("valid_until", Type.DAY, "The day after the last"),
        *_KNOWN,
        *_NAMES,
        *_UNIT,
        _column("province"),
    ),
    "lineage": (
        _column("predecessor"),
        _column("successor"),
        _EFFECT,
        _column("kind", Type.CODE, codes=LineageKind),
        _column("legal_basis"),
    ),
    "roll": (
        *_FACT,
        _column("code"),
        _column("series", Type.CODE, codes=RollSeries),
        *_NAMES,
        _column("valid_from", Type.DAY),
        _column("official_total", Type.INTEGER),
        _column("legal_basis"),
        _column("source_url", Type.URL),
    ),
    "roll_entry": (
        _column("roll"),
        _CITY,
        _column("name_vi"),
        *_UNIT,
        _KNOWN[0],
        _column("known_from_at", Type.INSTANT),
        _KNOWN[1],
        _column("known_until_at", Type.INSTANT),
    ),
    "problem": (
        *_FACT,
        _column("id"),
        _CITY,
        _column("area", Type.CODE, codes=ProblemArea),
        _column("title"),
        _column("title_en"),
        _column("statement"),
        _column("declared_on", Type.DATE),
        _column("basis_kind", Type.CODE, codes=BasisKind),
        _column("basis_number"),
        _column("basis_date", Type.DATE),
        _column("basis_url", Type.URL),
    ),
    "problem_withdrawal": (
        *_FACT,
        _column("problem", about="Id of the problem"),
        _column("withdrawn_on", Type.DAY),
        _column("reason"),
    ),
    "use_case": (_column("code"), _CITY),
    "version": (
        *_FACT,
        _USE_CASE,
        _column("version", Type.INTEGER),
        _column("standard"),
        _column("problems", Type.TEXTS, "Ids of the problems it addresses"),
        _column("stages", Type.ROWS, parts=(_column("stage"), _column("since", Type.DATE))),
        _column("content_sha256"),
        _column("content", Type.AREA, "The text by its standard, without what is withheld"),
    ),
    "decision": (
        *_FACT,
        _USE_CASE,
        _column("version", Type.INTEGER),
        _column("action", Type.CODE, codes=Action),
        _column("reason"),
        _column("ai_confirmed", Type.BOOLEAN),
        _column("effective_from", Type.DAY, "null: from the start"),
    ),
    "carry_over": (*_FACT, _USE_CASE, _column("to_city"), _EFFECT, _column("legal_basis")),
    "carry_over_end": (*_FACT, _USE_CASE, _column("to_city"), _EFFECT, _column("reason")),
    "stage_report": (
        *_FACT,
        _USE_CASE,
        _column("stage", Type.CODE, codes=Stage),
        _EFFECT,
        _column("reason"),
    ),
    "year_declaration": (
        *_FACT,
        _CITY,
        _column("year", Type.INTEGER),
        _column("status", Type.CODE, codes=YearStatus),
        _column("note"),
    ),
}


def about_history(session: Session, when: Moment, public_url: str) -> dict[str, Any]:
    """The first line."""
    head = head_over(session, when.position)
    return {
        "record": "history",
        "format": FORMAT,
        "rule": RULE,
        "standard": CURRENT,
        "position": when.position,
        "known_at": iso_utc(when.known_at),
        "permalink": f"{public_url}{BASE}/{HISTORY}?known_at={iso_utc(when.known_at)}",
        "licence": LICENCE,
        "ledger_head": None if head is None else head_of(head),
        "schema": f"{public_url}{BASE}/{SCHEMA}",
    }


def write_history(session: Session, when: Moment, about: Mapping[str, Any], path: Path) -> None:
    """All facts known by `when`, packed; the same moment is the same bytes."""
    with (
        path.open("wb") as out,
        gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as packed,
    ):
        packed.write(f"{compact(about)}\n".encode())
        number = 0
        for record, row in facts(session, when):
            number += 1
            told = {column.name: plain(row[column.name]) for column in RECORDS[record]}
            packed.write(f"{compact({'record': record, **told})}\n".encode())
        # Without this, who unpacked it and lost some lines would work out another figure.
        packed.write(f"{compact({'record': 'end', 'facts': number})}\n".encode())


def history_schema(public_url: str) -> dict[str, Any]:
    """JSON Schema of one line."""
    first = {name: ABOUT["properties"][name] for name in ("known_at", "position", "licence")}
    lines = {
        "history": {
            "type": "object",
            "required": ["record", "format", "rule", *first],
            "properties": {"record": {"const": "history"}, "format": {"const": FORMAT}, **first},
        },
        **{
            record: {
                "type": "object",
                "required": ["record", *(column.name for column in columns)],
                "properties": {
                    "record": {"const": record},
                    **{column.name: described(column) for column in columns},
                },
                "additionalProperties": False,
            }
            for record, columns in RECORDS.items()
        },
        "end": {
            "type": "object",
            "description": "The last line: how many facts stand between it and the first",
            "required": ["record", "facts"],
            "properties": {
                "record": {"const": "end"},
                "facts": {"type": "integer", "minimum": 0},
            },
            "additionalProperties": False,
        },
    }
    return {
        "$schema": DRAFT,
        "$id": f"{public_url}{BASE}/{SCHEMA}",
        "title": "A line of the public history",
        "oneOf": [{"$ref": f"#/$defs/{record}"} for record in lines],
        "$defs": lines,
    }
