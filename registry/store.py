"""The strongroom: files by the hash of their content, in a folder or in an S3-compatible store."""

import hashlib
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from registry.domain.errors import FileUnavailable
from registry.settings import Settings

log = logging.getLogger("registry")

_PART = 256 * 1024


class Store(Protocol):
    """Keeps content under its SHA-256 in hexadecimal. Nothing is ever changed or taken out.

    Every method raises FileUnavailable when the store cannot be reached or lacks the content.
    """

    def put(self, sha256: str, content: BinaryIO) -> None:
        """Keeps `content`, whole or not at all; once it returns, it is there to stay."""

    def size(self, sha256: str) -> int:
        """How many bytes are kept."""

    def read(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, part by part."""


class FolderStore:
    """A folder of the machine's own, or one that is mounted there."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, sha256: str, content: BinaryIO) -> None:
        path = self._path(sha256)
        with _reported(sha256, OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as new:
                try:
                    shutil.copyfileobj(content, new, _PART)
                    new.flush()
                    os.fsync(new.fileno())
                    Path(new.name).replace(path)
                except BaseException:
                    Path(new.name).unlink(missing_ok=True)
                    raise
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def size(self, sha256: str) -> int:
        with _reported(sha256, OSError):
            return self._path(sha256).stat().st_size

    def read(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        with _reported(sha256, OSError), self._path(sha256).open("rb") as file:
            file.seek(start)
            while start < end and (part := file.read(min(_PART, end - start))):
                start += len(part)
                yield part

    def _path(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256[2:4] / sha256


class S3Store:
    """A bucket. Credentials and region come from the environment, under their usual AWS names."""

    def __init__(
        self, bucket: str, prefix: str, endpoint: str | None, *, patience: float = 20
    ) -> None:
        from obstore.exceptions import BaseError  # noqa: PLC0415 - 10 MB of memory
        from obstore.store import S3Store as Bucket  # noqa: PLC0415 - that a folder does without

        self._error = BaseError
        self._bucket = Bucket(
            bucket,
            prefix=prefix or None,
            config={} if endpoint is None else {"endpoint": endpoint},
            client_options={
                "allow_http": (endpoint or "").startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=60),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=patience)},
        )

    def put(self, sha256: str, content: BinaryIO) -> None:
        with _reported(sha256, self._error, OSError):
            # Parts of 5 MB: so many are in memory at a time.
            self._bucket.put(self._key(sha256), content, max_concurrency=2)

    def size(self, sha256: str) -> int:
        with _reported(sha256, self._error, OSError):
            return self._bucket.head(self._key(sha256))["size"]

    def read(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        with _reported(sha256, self._error, OSError):
            found = self._bucket.get(self._key(sha256), options={"range": (start, end)})
            for part in found.stream(min_chunk_size=_PART):
                yield bytes(part)

    def _key(self, sha256: str) -> str:
        return f"{sha256[:2]}/{sha256}"


@contextmanager
def _reported(sha256: str, *kinds: type[BaseException]) -> Iterator[None]:
    try:
        yield
    except kinds as error:
        reason = str(error).partition("\n")[0]
        log.error("file %s: %s", sha256, reason)  # noqa: TRY400 - the reason says it all
        raise FileUnavailable from error


def is_whole(store: Store, sha256: str, size: int) -> bool:
    """Whether the store still has what was put in."""
    digest = hashlib.sha256()
    try:
        if store.size(sha256) != size:
            return False
        for part in store.read(sha256, 0, size):
            digest.update(part)
    except FileUnavailable:
        return False
    return digest.hexdigest() == sha256


@dataclass(frozen=True, slots=True)
class Cabinet:
    """Where a deployment keeps its files, and how much it takes in."""

    store: Store
    file_bytes: int
    city_bytes: int


def cabinet(settings: Settings) -> Cabinet:
    return Cabinet(
        _store(settings.files, settings.s3_endpoint),
        settings.max_file_bytes,
        settings.max_city_bytes,
    )


def _store(address: str, endpoint: str | None) -> Store:
    if not address.startswith("s3://"):
        return FolderStore(Path(address))
    place = urlsplit(address)
    return S3Store(place.netloc, place.path.strip("/"), endpoint)
