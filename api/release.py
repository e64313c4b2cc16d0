"""The printer's room: which release of the code speaks, for whoever keeps its answers."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

_HOUSE = Path(__file__).parents[1]
_MADE_OF = {".py", ".html", ".po", ".css", ".js", ".geojson", ".toml"}


@cache
def release() -> str:
    """A digest of everything answers are made from: a new release may say the same differently."""
    digest = hashlib.sha256()
    for file in _files():
        digest.update(file.read_bytes())
    return digest.hexdigest()


@cache
def released_at() -> datetime:
    """When this release came to this machine (UTC). Not when its files were written: an older
    release that is brought back is new to its readers."""
    return datetime.fromtimestamp(max(file.stat().st_ctime for file in _files()), UTC)


def _files() -> Iterator[Path]:
    for folder in ("api", "maps", "registry", "seeds/data"):
        for file in sorted((_HOUSE / folder).rglob("*")):
            if file.suffix in _MADE_OF:
                yield file
