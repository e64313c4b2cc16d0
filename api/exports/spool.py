"""The dispatch room's bench: each file is made once, kept for whoever asks again, and cleared away
when the bench is full. What lies here can be made anew at any time."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile, mkdtemp
from threading import BoundedSemaphore, Lock
from time import time_ns
from typing import BinaryIO

from registry.domain.errors import Busy

_PART = 256 * 1024
# The folder is looked through at each question, and small files could fill it by the ten thousand.
_MOST_FILES = 2_000
# What is being made, here or by another worker; after so long it was left by one that was killed.
_NEW = "new-"
_LEFT_NS = 3_600 * 10**9
# The one that is being made, and those that wait for it: whoever waits holds a connection to the
# database, and most of these are for those who only look.
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Made:
    """A file ready to be read, and closed by whoever got it."""

    content: BinaryIO
    size: int
    sha256: bytes

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`; closes the file."""
        with self.content:
            self.content.seek(start)
            while start < end and (part := self.content.read(min(_PART, end - start))):
                start += len(part)
                yield part


class Spool:
    """A folder of at most `most` bytes and `_MOST_FILES` files. One file is made at a time, so that
    many questions at once cost no more than one; its name is the digest of the question and that of
    its content."""

    def __init__(self, folder: str | None, most: int) -> None:
        self._given = folder
        self._folder = None if folder is None else Path(folder)
        self._most = most
        self._making = Lock()
        self._waiting = BoundedSemaphore(_AT_ONCE)

    def file(self, question: Sequence[str], ending: str, make: Callable[[Path], None]) -> Made:
        """The answer to a question, made by `make` where it is not there yet, at a path with this
        ending: the same question is always the same bytes. Raises Busy where too many wait."""
        key = hashlib.sha256("\0".join(question).encode()).hexdigest()[:40]
        found = self._find(key)
        if found is not None:
            return found
        if not self._waiting.acquire(blocking=False):
            raise Busy
        try:
            with self._making:
                return self._find(key) or self._make(key, ending, make)
        finally:
            self._waiting.release()

    def close(self) -> None:
        """Ends a folder of its own."""
        if self._given is None and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _find(self, key: str) -> Made | None:
        if self._folder is None:
            return None
        for path in self._folder.glob(f"{key}.*"):
            try:
                content = path.open("rb")
                _asked_for(path)
            except FileNotFoundError:  # cleared away just now
                continue
            size = content.seek(0, 2)
            return Made(content, size, bytes.fromhex(path.suffix[1:]))
        return None

    def _make(self, key: str, ending: str, make: Callable[[Path], None]) -> Made:
        if self._folder is None:
            self._folder = Path(mkdtemp(prefix="city-ai-registry-"))
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(
            dir=self._folder, prefix=_NEW, suffix=f".{ending}", delete=False
        ) as new:
            path = Path(new.name)
        try:
            make(path)
            with path.open("rb") as written:
                digest = hashlib.file_digest(written, "sha256").hexdigest()
            size = path.stat().st_size
            self._clear(self._most - size)
            content = path.open("rb")
            _asked_for(path)
            path.replace(self._folder / f"{key}.{digest}")
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Made(content, size, bytes.fromhex(digest))

    def _clear(self, room: int) -> None:
        """Takes out what was asked for longest ago, until the rest fits in `room` bytes and there
        is a place for one more."""
        if self._folder is None:
            return
        kept = []
        for path in self._folder.iterdir():
            # Another worker may be clearing as well.
            with suppress(FileNotFoundError):
                found = path.stat()
                if not path.name.startswith(_NEW):
                    kept.append((found.st_mtime_ns, found.st_size, path))
                elif time_ns() - found.st_mtime_ns > _LEFT_NS:
                    path.unlink()
        total = sum(size for _, size, _ in kept)
        for gone, (_, size, path) in enumerate(sorted(kept)):
            if total <= room and len(kept) - gone < _MOST_FILES:
                return
            path.unlink(missing_ok=True)
            total -= size


def _asked_for(path: Path) -> None:
    """Notes the time, finer than the file system's own clock ticks."""
    now = time_ns()
    os.utime(path, ns=(now, now))
