"""The dispatch room's desk: a question to the register becomes a file, whatever its format."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from api.exports.book import write_xlsx
from api.exports.columns import Column
from api.exports.export import LICENCE, Export
from api.exports.sets import BASE, DataSet, Format
from api.exports.text import write_csv, write_geojson, write_json, write_ndjson, write_zip
from api.i18n import current, iso_utc
from api.release import release
from registry.domain.counting import RULE
from registry.domain.standard import CURRENT
from registry.queries.coverage import Roll
from registry.queries.moments import Moment
from registry.queries.tree import Head, head_over


# Arrow and GDAL take 55 MB, which a worker does without until somebody wants a file of theirs.
def _write_gpkg(export: Export, path: Path) -> None:
    from api.exports.arrow import write_gpkg  # noqa: PLC0415 - not before it is wanted

    write_gpkg(export, path)


def _write_parquet(export: Export, path: Path) -> None:
    from api.exports.arrow import write_parquet  # noqa: PLC0415 - the same

    write_parquet(export, path)


WRITERS: Mapping[Format, Callable[[Export, Path], None]] = {
    Format.CSV: write_csv,
    Format.XLSX: write_xlsx,
    Format.JSON: write_json,
    Format.NDJSON: write_ndjson,
    Format.GEOJSON: write_geojson,
    Format.GPKG: _write_gpkg,
    Format.PARQUET: _write_parquet,
    Format.ZIP: write_zip,
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the register. `filters` are those that were given, by the names of the
    query; `roll` is the one that the answer rests on; `more` is what is to be said besides."""

    set: DataSet
    filters: Mapping[str, str]
    when: Moment
    roll: Roll | None
    rows: Callable[[], Iterator[Any]]
    more: Mapping[str, Any] = field(default_factory=dict)


def query(question: Question) -> dict[str, str]:
    """The parameters under which the same is asked again, as of the same moment."""
    clocks = {
        "as_of": question.when.on.isoformat(),
        "known_at": iso_utc(question.when.known_at),
    }
    return {
        **question.filters,
        **(clocks if question.set.dated else {}),
        "lang": current().value,
    }


def permalink(question: Question, ending: str, public_url: str) -> str:
    """The address that gives this file again; of a search, what it finds then."""
    return f"{public_url}{BASE}/{question.set.name}.{ending}?{urlencode(query(question))}"


def export_of(
    session: Session, question: Question, ending: str, public_url: str, today: date
) -> tuple[Export, tuple[str, ...]]:
    """The file to be made, and everything that its bytes depend on. What is withheld from the
    public until a day is shown after it: hence `today`."""
    when, data = question.when, question.set
    head = head_over(session, when.position)
    about = {
        "set": data.name,
        "title": {"vi": data.title.vi, "en": data.title.en},
        "permalink": permalink(question, ending, public_url),
        "language": current().value,
        "filters": dict(question.filters),
        "as_of": when.on.isoformat(),
        "known_at": iso_utc(when.known_at),
        "position": when.position,
        "rule": RULE,
        "standard": CURRENT,
        "roll": None if question.roll is None else roll_of(question.roll),
        "licence": LICENCE,
        "ledger_head": None if head is None else head_of(head),
        "schema": f"{public_url}{data.schema}",
        **question.more,
    }
    stamp = (release(), today.isoformat(), ending, repr(sorted(about.items())))
    whole = replace(data, columns=tuple(_whole(column, public_url) for column in data.columns))
    return Export(whole, about, question.rows, when.known_at, current()), stamp


def _whole(column: Column, public_url: str) -> Column:
    if not column.path:
        return column
    return replace(column, value=lambda row: f"{public_url}{column.value(row)}")


def roll_of(roll: Roll) -> dict[str, Any]:
    return {
        "code": roll.code,
        "name_vi": roll.name_vi,
        "name_en": roll.name_en,
        "valid_from": roll.valid_from.isoformat(),
        "official_total": roll.official_total,
        "legal_basis": roll.legal_basis,
        "source_url": roll.source_url,
    }


def head_of(head: Head) -> dict[str, Any]:
    """The first signed head that covers the last event the file knows of."""
    return {
        "size": head.size,
        "root": head.root.hex(),
        "signed_at": iso_utc(head.signed_at),
        "key": str(head.key),
        "note": head.note,
    }
