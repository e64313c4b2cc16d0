"""The packing table of the workshop: facts in, the bytes of CSV and GeoJSON files out."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def csv_bytes(rows: Sequence[Any]) -> bytes:
    """Dataclass rows under their field names; None is blank."""
    names = [field.name for field in fields(rows[0])]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([getattr(row, name) for name in names] for row in rows)
    return text.getvalue().encode()


def geojson_bytes(name: str, features: Iterable[dict[str, Any]]) -> bytes:
    """A FeatureCollection with one feature a line, so that a change shows as lines."""
    lines = ",\n".join(
        json.dumps({"type": "Feature", **feature}, ensure_ascii=False, separators=(",", ":"))
        for feature in features
    )
    head = f'{{"type":"FeatureCollection","name":{json.dumps(name)},"features":['
    return f"{head}\n{lines}\n]}}\n".encode()
