"""The command line of the queue: jobs that failed, mails that did not arrive."""

from typing import Annotated
from uuid import UUID

import typer
from procrastinate.exceptions import ConnectorException
from psycopg.errors import RaiseException
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.deps import utc_now
from api.i18n import iso_utc
from registry.actions import notify
from registry.actions.act import Act
from registry.db.engine import service_engine, sessions, transaction
from registry.domain.errors import NotFound
from registry.domain.model import OPERATOR
from registry.jobs import worker
from registry.queries.messages import troubled_mails
from registry.settings import settings

jobs = typer.Typer(help="Jobs that need somebody.", no_args_is_help=True)
mails = typer.Typer(help="Mails that need somebody.", no_args_is_help=True)
console = Console()


@jobs.command("list")
def list_jobs() -> None:
    """Lists jobs that failed for good, and those whose worker died."""
    table = Table("Job", "Name", "State", "Tries", "Arguments")
    stalled = worker.stalled_jobs(settings())
    for job, state in (
        *((job, "failed") for job in worker.failed_jobs(settings())),
        *((job, "its worker died") for job in stalled),
    ):
        arguments = Text(str(job.task_kwargs))
        table.add_row(str(job.id), job.task_name, state, str(job.attempts), arguments)
    console.print(table)


@jobs.command("retry")
def retry_job(number: Annotated[int, typer.Argument(help="From `registry jobs list`")]) -> None:
    """Puts a failed job back into the queue."""
    try:
        worker.retry(settings(), number)
    except ConnectorException as error:
        if isinstance(error.__cause__, RaiseException):
            raise NotFound from None
        raise


@mails.command("list")
def list_mails() -> None:
    """Lists mails that failed, may not have arrived, or found no mail server."""
    if settings().smtp_url is None:
        console.print("REGISTRY_SMTP_URL is not set: messages are only listed in the service.")
    engine = service_engine(settings())
    with transaction(sessions(engine)) as session:
        found = troubled_mails(session)
    engine.dispose()
    for item in found:
        since = iso_utc(item.changed_at)
        said = f"{item.message_id}  {item.state}  {item.email}  {item.kind}  {since}"
        console.print(Text(f"{said}\n    {item.trouble}"), soft_wrap=True)


@mails.command("send")
def send_mail(number: Annotated[UUID, typer.Argument(help="From `registry mails list`")]) -> None:
    """Sends one of these mails again; an `unconfirmed` one may arrive a second time."""
    engine = service_engine(settings())
    with transaction(sessions(engine)) as session:
        notify.send_again(Act(session, OPERATOR, utc_now, "cli"), number)
    engine.dispose()
