"""Style, script and images: ours and those of the packages, under names that carry their hash."""

import gzip
import hashlib
import mimetypes
import posixpath
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

# What we serve of each package: logical folder, distribution, folder inside it, files.
_PACKAGES = (
    ("bootstrap", "XStatic-Bootstrap", "xstatic/pkg/bootstrap/data/css", r"bootstrap\.min\.css"),
    ("leaflet", "XStatic-Leaflet", "xstatic/pkg/leaflet/data", r"leaflet\.(js|css)|images/.*\.png"),
)
_OWN = Path(__file__).parent / "static"
_CSS_URL = re.compile(rb"""url\(\s*["']?(?!data:|#|https?:)([^"')]+)["']?\s*\)""")
_SOURCE_MAP = re.compile(rb"^\s*(//|/\*)# sourceMappingURL=.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file ready to be sent; `gzipped` is None where compression does not pay."""

    content: bytes
    gzipped: bytes | None
    media_type: str


@cache
def _files() -> dict[str, bytes]:
    found = {path.name: path.read_bytes() for path in _OWN.iterdir() if path.is_file()}
    for folder, name, inside, pattern in _PACKAGES:
        for file in distribution(name).files or ():
            relative = posixpath.relpath(file.as_posix(), inside)
            if re.fullmatch(pattern, relative):
                found[f"{folder}/{relative}"] = file.read_binary()
    return found


@cache
def _content(logical: str) -> bytes:
    content = _SOURCE_MAP.sub(b"", _files()[logical])
    if not logical.endswith(".css"):
        return content

    def hashed(match: re.Match[bytes]) -> bytes:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(logical), match[1].decode()))
        return f"url({url(target)})".encode() if target in _files() else match[0]

    return _CSS_URL.sub(hashed, content)


@cache
def url(logical: str) -> str:
    """The address of an asset by its logical name ("leaflet/leaflet.js"). KeyError: no such."""
    stem, dot, ending = logical.rpartition(".")
    return f"/static/{stem}.{hashlib.sha256(_content(logical)).hexdigest()[:12]}{dot}{ending}"


@cache
def by_url() -> dict[str, Asset]:
    """Every asset by its address."""
    return {url(logical): _asset(logical) for logical in _files()}


def _asset(logical: str) -> Asset:
    content = _content(logical)
    media_type = mimetypes.guess_type(logical)[0] or "application/octet-stream"
    gzipped = gzip.compress(content, 9, mtime=0)
    worth_it = len(gzipped) < len(content) * 0.9
    return Asset(content, gzipped if worth_it else None, media_type)
