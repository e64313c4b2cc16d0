"""The strongroom's test: a folder and a real S3-compatible server keep the same promises."""

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest

from registry.domain.errors import FileUnavailable
from registry.settings import Settings
from registry.store import FolderStore, S3Store, Store, cabinet, is_whole
from tests.s3_server import BUCKET, s3_server

# More than one part of an upload, and of a download.
LARGE = os.urandom(1_000_000) * 12
SMALL = "Sổ đăng ký".encode()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "kho")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "khoa")
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return FolderStore(tmp_path / "not" / "yet" / "there")
    return S3Store(BUCKET, tmp_path.name, request.getfixturevalue("endpoint"))


def put(store: Store, content: bytes) -> str:
    name = sha256(content).hexdigest()
    store.put(name, BytesIO(content))
    return name


def read(store: Store, name: str, start: int, end: int) -> bytes:
    return b"".join(store.read(name, start, end))


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_what_is_put_in_comes_out(store: Store, content: bytes) -> None:
    name = put(store, content)
    assert store.size(name) == len(content)
    assert read(store, name, 0, len(content)) == content
    assert read(store, name, 3, 7) == content[3:7]
    assert read(store, name, len(content) - 5, len(content)) == content[-5:]


def test_the_same_again_is_the_same(store: Store) -> None:
    assert put(store, SMALL) == put(store, SMALL)
    assert read(store, put(store, SMALL), 0, len(SMALL)) == SMALL


def test_a_file_on_disk_is_put_in_like_one_in_memory(store: Store) -> None:
    with TemporaryFile() as file:
        file.write(LARGE)
        file.seek(0)
        store.put(sha256(LARGE).hexdigest(), file)
    assert store.size(sha256(LARGE).hexdigest()) == len(LARGE)


def test_what_changed_or_went_is_not_whole(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    name = put(store, SMALL)
    (kept,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert is_whole(store, name, len(SMALL))
    for content in (SMALL[:-1], SMALL + b"x", b"x" + SMALL[1:]):
        kept.write_bytes(content)
        assert not is_whole(store, name, len(SMALL))
    kept.unlink()
    assert not is_whole(store, name, len(SMALL))


def test_what_is_not_there_is_unavailable(store: Store) -> None:
    with pytest.raises(FileUnavailable):
        store.size("0" * 64)
    with pytest.raises(FileUnavailable):
        read(store, "0" * 64, 0, 1)


def test_a_large_file_is_read_part_by_part(store: Store) -> None:
    parts = [len(part) for part in store.read(put(store, LARGE), 0, len(LARGE))]
    assert sum(parts) == len(LARGE)
    assert max(parts) < len(LARGE) / 2


def test_a_folder_holds_whole_files_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderStore(tmp_path)

    def no_space(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", no_space)
        with pytest.raises(FileUnavailable):
            put(store, SMALL)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    name = put(store, SMALL)
    (kept,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert kept == tmp_path / name[:2] / name[2:4] / name


def test_a_server_that_is_away_is_unavailable() -> None:
    store = S3Store(BUCKET, "", "http://127.0.0.1:9", patience=0.2)
    tries: list[Callable[[], object]] = [
        lambda: put(store, SMALL),
        lambda: store.size("0" * 64),
        lambda: read(store, "0" * 64, 0, 1),
    ]
    for trial in tries:
        with pytest.raises(FileUnavailable):
            trial()


def test_the_settings_say_which(tmp_path: Path) -> None:
    assert isinstance(cabinet(Settings(files=str(tmp_path))).store, FolderStore)
    far = Settings(files="s3://kho/ai", s3_endpoint="http://127.0.0.1:9")
    assert isinstance(cabinet(far).store, S3Store)
