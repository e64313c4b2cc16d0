"""The command line of the strongroom."""

import typer
from rich.console import Console

from registry.db.engine import service_engine, sessions, transaction
from registry.queries.files import stored
from registry.settings import settings
from registry.store import cabinet, is_whole

files = typer.Typer(help="Files that cities handed in.", no_args_is_help=True)
console = Console()


@files.command("verify")
def verify() -> None:
    """Reads every file; ends with status 1 and names those that are missing or changed."""
    engine = service_engine(settings())
    with transaction(sessions(engine)) as session:
        known = stored(session)
    engine.dispose()
    store = cabinet(settings()).store
    faults = [sha256 for sha256, size in known if not is_whole(store, sha256, size)]
    for sha256 in faults:
        console.print(f"{sha256}: missing or changed", style="red", soft_wrap=True)
    console.print(f"{len(known)} files")
    if faults:
        raise typer.Exit(1)
