"""The copyist's room: tables as CSV (RFC 4180) that spreadsheets read right and do not run."""

from collections.abc import Iterable, Sequence

from registry.sheets.separated import csv_parts


def csv_text(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A small table at once."""
    return b"".join(csv_parts(headings, rows))
