"""The hired warehouse: an S3-compatible server of the tests' own, on loopback."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.postgres import ROOT

# script/bootstrap --test lays it there; its packages are not ours.
SERVER = ROOT / ".venv/s3-server/bin/python"
BUCKET = "so-dang-ky"


@contextmanager
def s3_server() -> Iterator[str]:
    """Its address; it holds one empty bucket."""
    command = [str(SERVER), "-m", "moto.server", "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            found = None
            while found is None:
                line = process.stderr.readline()
                assert line, "the server did not start"
                found = re.search(r"Running on (http://[0-9.]+:[0-9]+)", line)
            httpx.put(f"{found[1]}/{BUCKET}").raise_for_status()
            yield found[1]
        finally:
            process.kill()
