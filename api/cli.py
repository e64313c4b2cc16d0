"""The command line: `registry --help`."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from alembic import command
from alembic.config import Config
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy.orm import Session, sessionmaker

from api import cli_files, cli_history, cli_ledger, cli_queue, i18n, worker
from api.deps import utc_now
from api.field_words import sentence
from api.labels import label
from api.refusals import words_of
from registry.actions import account, standing
from registry.actions.act import Act
from registry.db import migrations
from registry.db.engine import service_engine, sessions, transaction
from registry.domain.errors import InvalidInput, RegistryError
from registry.domain.model import OPERATOR, Role
from registry.queries.coverage import GroupBy, coverage
from registry.queries.moments import moment
from registry.settings import Mode, settings
from seeds import examples, load

app = typer.Typer(help="The city AI registry.", no_args_is_help=True, add_completion=False)
users = typer.Typer(help="Accounts and roles.", no_args_is_help=True)
figures = typer.Typer(help="The derived table behind the figures.", no_args_is_help=True)
app.add_typer(users, name="users")
app.add_typer(cli_ledger.ledger, name="ledger")
app.add_typer(cli_history.history, name="history")
app.add_typer(figures, name="standing")
app.add_typer(cli_files.files, name="files")
app.add_typer(cli_queue.jobs, name="jobs")
app.add_typer(cli_queue.mails, name="mails")
console = Console()


def main() -> None:
    """Runs a command; a refusal ends with its words and status 1, not with a traceback."""
    i18n.speak(i18n.Language.EN)
    try:
        app()
    except InvalidInput as error:
        for problem in error.problems:
            console.print(f"{problem.pointer}: {sentence(problem)}", style="red")
        sys.exit(1)
    except RegistryError as error:
        console.print(words_of(error), style="red")
        if str(error):
            console.print(str(error), markup=False)
        sys.exit(1)


@app.command()
def serve() -> None:
    """Answers on REGISTRY_HOST:REGISTRY_PORT (default 127.0.0.1:8000) until stopped."""
    config = settings()
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=config.host,
        port=config.port,
        loop="uvloop",
        http="httptools",
        server_header=False,
        forwarded_allow_ips=config.trusted_proxies,
        access_log=False,  # the proxy in front keeps one; here it halves the small answers
    )


@app.command()
def migrate() -> None:
    """Brings the database to the version this code needs."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    command.upgrade(config, "head")


@app.command()
def seed() -> None:
    """Loads the real facts; outside production also the documented examples and demo accounts."""
    with _register() as factory:
        load.load_facts(factory, utc_now, _tracked)
        if settings().mode is Mode.PRODUCTION:
            return
        examples.load_examples(factory, utc_now, _tracked)
    table = Table("Account", "Role", "City", title=f"Demo password: {account.DEMO_PASSWORD}")
    for demo in examples.DEMO_ACCOUNTS:
        table.add_row(demo.email, label(demo.role), demo.city_code or "")
    console.print(table)


@app.command("worker")
def run_worker() -> None:
    """Runs the jobs of the queue (mail, checks, spreadsheets) until stopped."""
    worker.run()


@app.command()
def up() -> None:
    """Migrates, seeds and serves, with a worker: everything after the database is there."""
    migrate()
    seed()
    with worker.beside_a_server():
        serve()


@users.command("create")
def create_user(
    email: str,
    name: Annotated[str, typer.Option(prompt=True)],
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)],
) -> None:
    """Opens an account. Give it roles with `registry users grant`."""
    with _register() as factory, transaction(factory) as session:
        account.create_user(Act(session, OPERATOR, utc_now, "cli"), email, name, password)


@users.command("grant")
def grant_role(
    email: str,
    role: Role,
    city: Annotated[str | None, typer.Option(help="The city's code, for city roles")] = None,
) -> None:
    """Gives an account a role."""
    with _register() as factory, transaction(factory) as session:
        account.grant(Act(session, OPERATOR, utc_now, "cli"), email, role, city)


@users.command("disable-demo")
def disable_demo() -> None:
    """Closes every demo account."""
    with _register() as factory, transaction(factory) as session:
        count = account.close_demo_accounts(Act(session, OPERATOR, utc_now, "cli"))
    console.print(f"{count} demo accounts closed")


@figures.command("rebuild")
def rebuild() -> None:
    """Derives every row again from the facts."""
    with _register() as factory, transaction(factory) as session:
        console.print(f"{standing.rebuild(session)} rows")


@app.command("coverage")
def show_coverage(
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    known_at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"])] = None,
    group_by: GroupBy | None = None,
) -> None:
    """Shows how many cities count, of how many."""
    day: date | None = None if as_of is None else as_of.date()
    with _register() as factory, transaction(factory) as session:
        found = coverage(session, moment(session, utc_now(), day, known_at), group_by=group_by)
    roll = "no roll in force" if found.roll is None else found.roll.name_en
    console.print(
        f"As of {found.moment.on}, as known at {i18n.iso_utc(found.moment.known_at)}:"
        f" {found.tally.counted} of {found.tally.total} cities"
        f" ({i18n.percent(found.tally.share)}), {roll}, rule {found.rule}."
    )
    console.print(
        f"Target {found.target.percent}% ({found.target.year}): {label(found.verdict)},"
        f" {found.missing} missing."
    )
    if found.groups:
        table = Table("Group", "Counted", "Of", "Share")
        for group in found.groups:
            table.add_row(
                f"{group.key} {group.name_en}".strip(),
                str(group.tally.counted),
                str(group.tally.total),
                i18n.percent(group.tally.share),
            )
        console.print(table)


@contextmanager
def _register() -> Iterator[sessionmaker[Session]]:
    engine = service_engine(settings())
    try:
        yield sessions(engine)
    finally:
        engine.dispose()


def _tracked(items: Iterable[Any], what: str) -> Iterable[Any]:
    return track(list(items), description=what, console=console, transient=True)
