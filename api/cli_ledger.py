"""The command line of the ledger: check it, sign it, write it out, hand on its key."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy.orm import Session, sessionmaker

from api.deps import utc_now
from api.v1.ledger_lines import file_of
from registry import seals
from registry.actions import tree
from registry.actions.act import Act
from registry.db.engine import service_engine, sessions, transaction
from registry.domain import ledger_file
from registry.domain.audit import Report, audit
from registry.domain.ledger import Fault
from registry.domain.ledger_file import Unreadable
from registry.domain.model import OPERATOR
from registry.domain.notes import (
    BadNote,
    Checkpoint,
    NotSigned,
    PublicKey,
    checkpoint,
    known_by,
)
from registry.queries.tree import keys, verify_ledger
from registry.settings import settings

ledger = typer.Typer(help="The append-only ledger.", no_args_is_help=True)
console = Console()

_FAULTS = {
    "missing": "is not there",
    "unlinked": "does not follow the event before it",
    "altered": "is not what its hash says",
    "time_order": "is not later than the event before it",
    "not_as_signed": "is not what was signed",
    "not_as_before": "is not what the earlier export says",
    "cut_off": "were signed and are not there",
    "leaf": "is what was signed, but the leaf kept beside it is not",
    "signature": "the head of so many events is not signed as it says",
    "head": "the database's own note of the last event is another",
}

Export = Annotated[
    Path | None,
    typer.Argument(help="An export of the ledger; without one, the database is checked"),
]


@ledger.command("verify")
def verify(
    export: Export = None,
    head: Annotated[Path | None, typer.Option(help="A head that you noted: a file")] = None,
    key: Annotated[
        str | None, typer.Option(help="The ledger's key, name+id+key, or a file that holds it")
    ] = None,
    earlier: Annotated[
        Path | None, typer.Option(help="An export taken before: it names what changed since")
    ] = None,
) -> None:
    """Checks every event, and every head against them; names each place that is not what it was.

    Ends with status 1 where there is one. An EXPORT is checked without any database, by the KEY
    that you trust.
    """
    try:
        report = _of_database(head, key) if export is None else _of_file(export, head, key, earlier)
    except (BadNote, Unreadable) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    for fault in report.faults:
        console.print(_sentence(fault), style="red", markup=False, soft_wrap=True)
    console.print(
        f"{report.count} events, head {report.last.hex()};"
        f" the first {report.signed} are what was signed",
        soft_wrap=True,
    )
    if report.faults:
        raise typer.Exit(1)


@ledger.command("sign")
def sign() -> None:
    """Signs a head of the ledger now, and prints it. The worker does so every day."""
    config = settings()
    key = seals.ledger_key(config)
    with _register() as factory, transaction(factory) as session:
        act = Act(session, OPERATOR, utc_now, "cli")
        sys.stdout.write(tree.sign_head(act, key, seals.origin(config)).note)


@ledger.command("export")
def export(
    public: Annotated[bool, typer.Option(help="Only what everybody may read")] = False,
) -> None:
    """Writes the whole ledger with its keys and heads, one JSON record a line."""
    with _register() as factory:
        sys.stdout.writelines(file_of(factory, full=not public))


@ledger.command("new-key")
def new_key() -> None:
    """Makes the first private key, at REGISTRY_LEDGER_KEY, readable by nobody else."""
    path = Path(settings().ledger_key)
    try:
        seals.make(path)
    except FileExistsError:
        console.print(f"{path} is there already", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    console.print(f"made {path}", markup=False, soft_wrap=True)


@ledger.command("rotate-key")
def rotate_key(
    lost: Annotated[
        bool, typer.Option(help="The present key is lost: nobody vouches for the new one")
    ] = False,
) -> None:
    """Makes a new key, for which the present one vouches, and prints its public half.

    What was interrupted is finished by running it again.
    """
    path = Path(settings().ledger_key)
    old = None if lost else seals.read(path)
    new = seals.read_or_make(seals.upcoming(path))
    with _register() as factory, transaction(factory) as session:
        known = keys(session)
        public = new.public_key().public_bytes_raw()
        if not known or known[-1].key.raw != public:
            tree.hand_on(Act(session, OPERATOR, utc_now, "cli"), new, old)
        present = keys(session)[-1].key
    seals.take_over(path)
    console.print(str(present), markup=False, soft_wrap=True)


def _of_database(head: Path | None, key: str | None) -> Report:
    with _register() as factory, transaction(factory) as session:
        noted: list[Checkpoint] = []
        if head is not None:
            known = keys(session)
            trusted = [item.key for item in known]
            if key is not None:
                trusted = known_by(_key(key), [item.statement for item in known])
            noted.append(checkpoint(head.read_text(encoding="utf-8"), trusted)[0])
        return verify_ledger(session, noted)


def _of_file(export: Path, head: Path | None, key: str | None, earlier: Path | None) -> Report:
    if key is None:
        raise typer.BadParameter("an export is checked by a key that you trust: --key")
    with export.open(encoding="utf-8") as file:
        found = ledger_file.opened(file)
        trusted = known_by(_key(key), found.statements)
        said = _said(found.heads, trusted)
        if head is not None:
            said.append(checkpoint(head.read_text(encoding="utf-8"), trusted)[0])
        if not said:
            raise NotSigned("there is no head in it that this key, or one it vouches for, signed")
        if earlier is None:
            return audit(found.lines, said)
        with earlier.open(encoding="utf-8") as before:
            return audit(found.lines, said, ledger_file.opened(before).lines)


def _said(notes: Sequence[str], trusted: Sequence[PublicKey]) -> list[Checkpoint]:
    """What the heads of an export say; those that only older keys have signed are passed over."""
    said = []
    for note in notes:
        try:
            said.append(checkpoint(note, trusted)[0])
        except NotSigned:
            continue
    return said


def _key(text: str) -> PublicKey:
    path = Path(text)
    return PublicKey.parse(path.read_text(encoding="utf-8") if path.is_file() else text)


def _sentence(fault: Fault) -> str:
    words = _FAULTS[fault.kind]
    if fault.kind in {"signature", "head"}:
        return f"{fault.position}: {words}"
    if fault.kind == "cut_off":
        return f"events {fault.position} to {fault.until}: {words}"
    if fault.until is not None:
        return f"the first event that {words} is one of {fault.position} to {fault.until}"
    if fault.kind in {"not_as_signed", "not_as_before"}:
        return f"event {fault.position}: {words}; all that follow are in doubt"
    return f"event {fault.position}: {words}"


@contextmanager
def _register() -> Iterator[sessionmaker[Session]]:
    engine = service_engine(settings())
    try:
        yield sessions(engine)
    finally:
        engine.dispose()
