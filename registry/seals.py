"""The key cupboard: private keys in files of their own, outside the database."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from registry.domain.errors import UnsafeConfiguration
from registry.settings import Mode, Settings


def ledger_key(settings: Settings) -> Ed25519PrivateKey:
    """The key that signs the ledger; outside production a first one is made when it is asked for.

    Raises UnsafeConfiguration.
    """
    path = Path(settings.ledger_key)
    return read(path) if settings.mode is Mode.PRODUCTION else read_or_make(path)


def origin(settings: Settings) -> str:
    """What a ledger is called that has no key yet: its address without the scheme."""
    address = urlsplit(settings.public_url)
    return f"{address.netloc}{address.path.rstrip('/')}/ledger"


def read(path: Path) -> Ed25519PrivateKey:
    """Raises UnsafeConfiguration where there is no such key, or others may read it too."""
    try:
        content = path.read_bytes()
        shared = path.stat().st_mode & 0o077
    except OSError as error:
        raise UnsafeConfiguration(
            f"{path} cannot be read ({error.strerror}); a first key is made by"
            " `registry ledger new-key`"
        ) from None
    if shared:
        raise UnsafeConfiguration(f"{path} can be read by others: chmod 600")
    try:
        key = load_pem_private_key(content, None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnsafeConfiguration(f"{path} holds no Ed25519 private key in PEM")
    return key


def make(path: Path) -> Ed25519PrivateKey:
    """A new key in a new file that only its owner may read. Raises FileExistsError."""
    key = Ed25519PrivateKey.generate()
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        stream.flush()
        os.fsync(file)
    return key


def read_or_make(path: Path) -> Ed25519PrivateKey:
    """Of two that make it at once, both get the first one's."""
    if not path.exists():
        try:
            return make(path)
        except FileExistsError:
            pass
    return read(path)


def upcoming(path: Path) -> Path:
    """Where the next key lies until it is the ledger's."""
    return path.with_name(f"{path.name}.next")


def take_over(path: Path) -> None:
    """Puts the next key in its place; the one that was there is kept beside it."""
    if path.exists():
        old = read(path).public_key().public_bytes_raw().hex()[:16]
        os.link(path, path.with_name(f"{path.name}.{old}"))
    upcoming(path).replace(path)
