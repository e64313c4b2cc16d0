"""The weighbridge: puts load on an address for a few seconds and counts the answers."""

import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

CONNECTIONS = 16
SECONDS = 3
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Shot:
    """What to ask for, again and again, and the status every answer must have."""

    address: str
    headers: Mapping[str, str] = field(default_factory=dict)


class LoadFailed(Exception):
    """The load tool saw errors: a rate of failures is no rate."""


def rates(shots: Mapping[str, Shot]) -> dict[str, float]:
    """Answers per second of each, the median of rounds in which each has its turn.

    Taking turns makes a noisy neighbour on the machine a neighbour of all.
    """
    seen: dict[str, list[float]] = {name: [] for name in shots}
    for _ in range(ROUNDS):
        for name, shot in shots.items():
            seen[name].append(_rate(shot))
    return {name: median(values) for name, values in seen.items()}


def _rate(shot: Shot) -> float:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--timeout", "30s"]
    command += _flags(shot.headers.items())
    run = subprocess.run([*command, shot.address], check=True, capture_output=True, text=True)
    bad = re.search(r"(Non-2xx or 3xx responses|Socket errors): .*", run.stdout)
    found = re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)
    if bad is not None or found is None or float(found[1]) == 0:
        raise LoadFailed(f"{shot.address}: {bad[0] if bad else run.stdout}")
    return float(found[1])


def _flags(headers: Iterable[tuple[str, str]]) -> list[str]:
    return [flag for name, value in headers for flag in ("-H", f"{name}: {value}")]
