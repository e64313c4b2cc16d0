"""The stopwatch at the front door: from `script/server` to the first answer (P12)."""

import os
from collections.abc import Iterator
from statistics import median
from time import perf_counter

from bench.budgets import Line, at_most
from bench.servers import ROOT, await_answer, free_port, get, running

STARTS = 3
_WARM_UP = ("/vi/", "/en/", "/vi/map", "/vi/cities", "/vi/use-cases", "/api/v1/cities?f=geojson")


def measure() -> Iterator[Line]:
    """Starts the service in the clone's own cluster; the first start, which prepares, is not
    counted."""
    _start()
    seconds, fresh, used = zip(*(_start() for _ in range(STARTS)), strict=True)
    how = ", ".join(f"{one:.1f} s" for one in seconds)
    yield at_most("P12", "script/server to the first answer", 5, median(seconds), "s", how)
    how = f"{median(fresh) / 1e6:.0f} MB at the first answer"
    what = "memory of the worker after a warm-up, with the seeds"
    yield at_most("P12", what, 250, median(used) / 1e6, "MB", how)


def _start() -> tuple[float, int, int]:
    """Seconds to the first answer, and the worker's memory then and after a warm-up."""
    port = free_port()
    # Somebody else's database is not the place to find out how long starting takes.
    mine = {n: v for n, v in os.environ.items() if not n.startswith("REGISTRY_")}
    origin = f"http://127.0.0.1:{port}"
    began = perf_counter()
    with running([str(ROOT / "script/server")], {**mine, "REGISTRY_PORT": str(port)}) as server:
        await_answer(f"{origin}/healthz", server.pid, seconds=600)
        seconds = perf_counter() - began
        fresh = server.memory()
        for path in _WARM_UP:
            for _ in range(20):
                get(origin + path)
        return seconds, fresh, server.memory()
