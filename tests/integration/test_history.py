"""The retelling: from the public file alone comes the figure that the register gives itself."""

import gzip
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import jsonschema_rs
import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

from api.cli import app as command_line
from registry.domain.model import Action, RollSeries
from registry.domain.replay import Unreadable, read_history
from registry.queries.coverage import coverage
from registry.queries.moments import moment
from tests.factories import Clock, World
from tests.integration.api_client import public, service
from tests.postgres import Database

SECRET = "Bí mật trước khi duyệt"
DAYS = [
    *(date(2024, 10, 31), date(2024, 11, 1), date(2024, 12, 31), date(2025, 6, 30)),
    *(date(2025, 7, 1), date(2025, 8, 31), date(2025, 12, 31), date(2026, 1, 1)),
]


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


def told(world: World, clock: Clock) -> list[str]:
    """A country whose roll changes, with a case of every fate; the times at which to look."""
    times = []

    def later(text: str) -> None:
        times.append(f"{clock.now.isoformat()}")
        clock.set(text)

    clock.set("2024-02-01")
    world.province("48")
    world.targets()
    old = [world.city(code) for code in ("a", "b", "c", "d")]
    new = [world.city("a-new"), world.city("e")]
    for code in ("a", "b"):
        world.lineage(code, "a-new", date(2025, 7, 1))
    world.roll(old, official_total=6)
    signer = {code: world.signer(code) for code in (*old, "e")}
    problem = {code: world.problem(signer[code], code) for code in (*old, "e")}
    later("2024-12-01")
    cases = {code: world.approved(signer[code], code, [problem[code]]) for code in ("a", "c", "e")}
    waiting = world.draft(signer["d"], "d", [problem["d"]], title=SECRET)
    world.submit(signer["d"], waiting)
    later("2025-01-10")
    world.decide(cases["c"], Action.REVOKE, reason="chưa từng vận hành")
    later("2025-02-01")
    world.decide(cases["c"], Action.REINSTATE, "2025-01-01")
    world.decide(cases["e"], Action.SUSPEND, "2025-08-01")
    later("2025-07-02")
    world.roll(["a-new", "c", "d", *new[1:]], code="urban-2025", valid_from=date(2025, 7, 1))
    later("2025-07-20")
    world.carry_over("a-001", ["a-new"], date(2025, 7, 1))
    later("2025-12-05")
    world.take_back("a-001", ["a-new"], date(2025, 12, 1))
    world.withdraw_problem(signer["c"], problem["c"], "2025-08-15")
    later("2026-02-01")
    times.append(clock.now.isoformat())
    return times


def test_the_file_retells_the_figure_of_every_day_as_known_at_every_time(
    world: World, clock: Clock, app: FastAPI, tmp_path: Path
) -> None:
    times = told(world, clock)
    reader = public(app)
    answer = reader.get("/downloads/history.ndjson.gz")
    lines = gzip.decompress(answer.content).decode().splitlines()
    history = read_history(lines)
    figures = set()
    with world.factory() as session:
        for on in DAYS:
            for text in times:
                at = moment(session, clock.now, on, datetime.fromisoformat(text))
                for series in RollSeries:
                    known = coverage(session, at, series)
                    again = history.coverage(on, at.known_at, series)
                    assert again.tally == known.tally, (on, text)
                    assert again.roll == (known.roll and known.roll.code)
                    figures.add((known.tally.counted, known.tally.total))
    # Or all of this would be about nothing.
    assert {count for count, _ in figures} >= {0, 1, 2, 3}
    assert {total for _, total in figures} >= {4, 6}

    schema = reader.read("/downloads/history.schema.json")
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    for line in lines:
        validator.validate(json.loads(line))
    assert SECRET not in "".join(lines)
    path = tmp_path / "history.ndjson.gz"
    path.write_bytes(answer.content)
    run = CliRunner().invoke(
        command_line, ["history", "replay", str(path), "--as-of", "2024-12-31", "--cities"]
    )
    assert run.output.splitlines()[0].startswith("counted 1 of 6 cities"), run.output
    assert run.output.splitlines()[-1] == "a"


def test_of_a_moment_the_history_stays_the_same(world: World, clock: Clock, app: FastAPI) -> None:
    told(world, clock)
    reader = public(app)
    whole = reader.get("/downloads/history.ndjson.gz?known_at=2025-01-20T00:00:00Z")
    other = read_history(gzip.decompress(whole.content).decode().splitlines())
    assert other.coverage(date(2024, 12, 31)).counted == ("a",)
    pinned = whole.headers["link"].partition("<")[2].partition(">")[0]
    again = reader.get("/downloads/" + pinned.partition("/downloads/")[2])
    assert again.content == whole.content
    assert again.headers["etag"] == whole.headers["etag"]
    twin = reader.get("/downloads/history.ndjson.gz.sha256?known_at=2025-01-20T00:00:00Z")
    assert twin.text.partition("  ")[0] == whole.headers["etag"].strip('"')


def test_a_file_that_cannot_tell_is_refused_and_gives_no_figure(
    world: World, clock: Clock, app: FastAPI, tmp_path: Path
) -> None:
    told(world, clock)
    packed = public(app).get("/downloads/history.ndjson.gz").content
    lines = gzip.decompress(packed).splitlines(keepends=True)
    path = tmp_path / "history"

    def replayed(content: bytes, *more: str) -> tuple[int, str]:
        path.write_bytes(content)
        command = ["history", "replay", str(path), "--as-of", "2024-12-31", *more]
        run = CliRunner().invoke(command_line, command)
        assert run.exception is None or isinstance(run.exception, SystemExit)
        return run.exit_code, run.output

    whole = b"".join(lines)
    assert replayed(whole)[0] == 0
    assert replayed(lines[0] + b"".join(sorted(lines[1:], reverse=True)))[0] == 0
    half = len(packed) // 2
    for content, said in (
        (b"[]\n", "line 1"),
        (whole[: len(whole) // 2], "line"),
        (b"".join(lines[:-1]), "not all"),
        (b"".join(lines[:5] + lines[6:]), "not all"),
        (whole + lines[5], "not all"),
        (packed[:half], "end-of-stream"),
        (packed[:half] + b"\xff" * 9 + packed[half + 9 :], ""),
    ):
        code, output = replayed(content)
        assert (code, "counted" in output) == (1, False), output
        assert said in output
    # What was learned after the last fact it cannot know, and says so.
    code, output = replayed(packed, "--known-at", "2026-02-02T00:00:00Z")
    assert code == 0
    assert "last fact in the file became known at 2025-12-05" in output
    assert "note" not in replayed(packed, "--known-at", "2025-12-01T00:00:00Z")[1]


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["nothing"],
        ['{"format": "another/1"}'],
        ['{"format":"city-ai-registry-history/1","rule":"2024-1","position":1}'],
        [
            '{"format":"city-ai-registry-history/1","rule":"2024-1","position":1,'
            '"known_at":"2024-12-31T00:00:00Z"}',
            '{"record":"roll"}',
        ],
    ],
)
def test_what_is_no_history_is_refused(lines: list[str]) -> None:
    with pytest.raises(Unreadable):
        read_history(lines)
