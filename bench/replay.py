"""The tape recorder: keeps the SQL that the service sends, and plays it back with pgbench."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg.sql import Literal
from sqlalchemy import Engine, event
from sqlalchemy.engine import URL


class Tape:
    """One pgbench script. Each text is prepared once and executed with the values it came with,
    as psycopg does with what it sees often."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._names: dict[str, str] = {}

    def transaction(self, word: str) -> None:
        self._lines.append(f"{word};")

    def statement(self, connection: Any, text: str, values: dict[str, Any]) -> None:
        order: list[str] = []

        def numbered(found: re.Match[str]) -> str:
            if found[1] not in order:
                order.append(found[1])
            return f"${order.index(found[1]) + 1}"

        plain = " ".join(re.sub(r"%\((\w+)\)s", numbered, text).replace("%%", "%").split())
        name = self._names.setdefault(plain, f"said_{len(self._names)}")
        spoken = ", ".join(Literal(values[key]).as_string(connection) for key in order)
        self._lines.append(f"EXECUTE {name}({spoken});" if order else f"EXECUTE {name};")

    def write(self, path: Path) -> None:
        prepared = [f"PREPARE {name} AS {text};" for text, name in self._names.items()]
        path.write_text("\n".join([*prepared, *self._lines]) + "\n", encoding="utf-8")


@contextmanager
def recording(engine: Engine) -> Iterator[Tape]:
    tape = Tape()

    def begin(_connection: Any) -> None:
        tape.transaction("BEGIN")

    def commit(_connection: Any) -> None:
        tape.transaction("COMMIT")

    def execute(
        _connection: Any, cursor: Any, statement: str, values: Any, _context: Any, _many: bool
    ) -> None:
        for each in [values] if isinstance(values, dict) else values:
            tape.statement(cursor.connection, statement, each)

    listeners = (("begin", begin), ("commit", commit), ("before_cursor_execute", execute))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield tape
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)


def play(url: URL, script: Path) -> float:
    """Runs a script once over one connection; the seconds it took."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    command = ["pgbench", "--no-vacuum", "--client=1", "--transactions=1", f"--file={script}"]
    run = subprocess.run([*command, plain], check=True, capture_output=True, text=True)
    failed = re.search(r"number of failed transactions: [^0]", run.stdout)
    latency = re.search(r"latency average = ([\d.]+) ms", run.stdout)
    if failed is not None or latency is None or "aborted" in run.stderr:
        raise RuntimeError(f"pgbench: {run.stdout}{run.stderr}")
    return float(latency[1]) / 1000
