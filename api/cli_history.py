"""The command line of the public history: the figure worked out again from a file alone."""

import gzip
import sys
import zlib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console

from api.i18n import iso_utc, percent
from registry.domain.counting import RULE
from registry.domain.model import RollSeries
from registry.domain.replay import Unreadable, read_history

history = typer.Typer(help="The public history of all facts.", no_args_is_help=True)
console = Console()
_GZIP = b"\x1f\x8b"


@history.callback()
def _group() -> None:
    """So that the command keeps its name while it is the only one."""


@history.command("replay")
def replay(
    file: Annotated[Path, typer.Argument(help="history.ndjson.gz, packed or not")],
    as_of: Annotated[str, typer.Option(help="The day asked about, like 2024-12-31")],
    known_at: Annotated[
        str | None,
        typer.Option(help="As known at this time (ISO 8601 with zone); default: all of the file"),
    ] = None,
    series: RollSeries = RollSeries.URBAN,
    cities: Annotated[bool, typer.Option(help="Also the codes of the cities counted")] = False,
) -> None:
    """Coverage on a day, as known at a time, from the FILE and the counting rule alone."""
    try:
        on = date.fromisoformat(as_of)
        at = None if known_at is None else datetime.fromisoformat(known_at)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if at is not None and at.tzinfo is None:
        raise typer.BadParameter("--known-at needs a zone, like 2025-03-31T00:00:00+07:00")
    try:
        with _opened(file) as lines:
            told = read_history(lines)
    except (Unreadable, OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    if at is not None and at > told.known_at:
        last = iso_utc(told.known_at)
        typer.echo(f"note: the last fact in the file became known at {last}", err=True)
    found = told.coverage(on, at, series)
    tally = found.tally
    sys.stdout.write(
        f"counted {tally.counted} of {tally.total} cities ({percent(tally.share)})\n"
        f"enumerated {tally.enumerated}, roll {found.roll or 'none'}, rule {RULE},"
        f" as of {found.on}, known at position {found.position}\n"
    )
    if cities:
        sys.stdout.writelines(f"{code}\n" for code in found.counted)


def _opened(file: Path) -> TextIO:
    with file.open("rb") as start:
        packed = start.read(2) == _GZIP
    if packed:
        return gzip.open(file, "rt", encoding="utf-8")
    return file.open(encoding="utf-8")
