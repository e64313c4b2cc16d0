"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint): how a head is published.

The form is the one that other people's tools for transparency logs read. A head says which ledger
it is of (its origin), how many events it covers and the root of their tree; nothing more is
signed. The key of a ledger bears the ledger's origin as its name.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_ED25519 = b"\x01"
_SIGNED = "\N{EM DASH} "
# What a statement about keys says in its second line; no checkpoint has a size like it.
_NEXT_KEY = "key"


class BadNote(ValueError):
    """It is no note, or not one signed by a key that is trusted."""


class NotSigned(BadNote):
    """None of the trusted keys has signed it."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A verifier's key. Its text form is `name+id+key`."""

    name: str
    raw: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys apart; they prove nothing."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    def pem(self) -> str:
        """As OpenSSL reads it (SubjectPublicKeyInfo, RFC 8410)."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(_ED25519 + self.raw)}"

    @classmethod
    def parse(cls, text: str) -> "PublicKey":
        """Raises BadNote."""
        # The key itself may hold a plus, the name and the id cannot.
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        raw = _unbase64(encoded)
        if not _is_name(name) or raw[:1] != _ED25519 or len(raw) != 33:
            raise BadNote("this is not an Ed25519 key of the form name+id+key")
        found = cls(name, raw[1:])
        if found.id.hex() != key_id:
            raise BadNote("name and id of this key do not belong together")
        return found


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs. It never leaves the machine it was made on."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.name, self.private.public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a head says: the root over the first `size` events of the ledger `origin`."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


def is_origin(text: str) -> bool:
    """Whether a ledger can be called this: it is the name of its keys as well."""
    return _is_name(text)


def sign(text: str, *keys: SigningKey) -> str:
    """The note with this text, which ends with a line's end and holds no empty line."""
    lines = [
        f"{_SIGNED}{key.name} {_base64(key.public.id + key.private.sign(text.encode()))}\n"
        for key in keys
    ]
    return f"{text}\n{''.join(lines)}"


def opened(note: str, trusted: Iterable[PublicKey]) -> tuple[str, PublicKey]:
    """The text of a note, and the trusted key that signed it.

    Signatures of unknown keys are passed over. Raises NotSigned where none is left, BadNote
    where a trusted key's signature is wrong.
    """
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    if any(c < " " and c != "\n" for c in note) or not signatures.endswith("\n"):
        raise BadNote("this is not a signed note")
    known = {(key.name, key.id): key for key in trusted}
    signers = []
    for line in signatures.removesuffix("\n").split("\n"):
        mark, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        signature = _unbase64(encoded)
        if f"{mark} " != _SIGNED or not _is_name(name) or len(signature) < 5:
            raise BadNote("this is not a signed note")
        key = known.get((name, signature[:4]))
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.raw).verify(signature[4:], text.encode())
        except (InvalidSignature, ValueError):
            raise BadNote(f"the signature of {key} is wrong") from None
        signers.append(key)
    if not signers:
        raise NotSigned("no trusted key has signed this")
    return text, signers[0]


def signature(note: str, key: PublicKey) -> tuple[str, bytes]:
    """What a key has signed of a note, and its signature of 64 bytes: for tools that know Ed25519
    and nothing of notes. Raises BadNote where the key has not signed it."""
    text, _ = opened(note, [key])
    lines = note.rpartition("\n\n")[2].splitlines()
    marked = [_unbase64(line.split(" ")[2]) for line in lines if line.split(" ")[1] == key.name]
    return text, next(each[4:] for each in marked if each[:4] == key.id)


def checkpoint(note: str, trusted: Iterable[PublicKey]) -> tuple[Checkpoint, PublicKey]:
    """What a head says, and the trusted key that signed it. Raises BadNote."""
    text, key = opened(note, trusted)
    lines = text.removesuffix("\n").split("\n")
    # Lines that follow are somebody's extensions.
    if len(lines) < 3 or "" in lines:
        raise BadNote("this is not a checkpoint")
    origin, size, root = lines[0], lines[1], _unbase64(lines[2])
    whole = re.fullmatch("0|[1-9][0-9]{0,18}", size)
    if origin != key.name or not whole or len(root) != 32:
        raise BadNote("this is not a checkpoint")
    return Checkpoint(origin, int(size), root), key


def introduce(new: SigningKey, old: SigningKey | None) -> str:
    """The statement by which a key becomes the ledger's: signed by the one before it, and by itself
    to show that its owner has it."""
    text = f"{new.name}\n{_NEXT_KEY}\n{new.public}\n"
    return sign(text, new) if old is None else sign(text, old, new)


def introduced(note: str, trusted: Iterable[PublicKey]) -> PublicKey:
    """The key of a statement that a trusted key has signed. Raises BadNote."""
    text, by = opened(note, trusted)
    lines = text.removesuffix("\n").split("\n")
    if len(lines) != 3 or lines[:2] != [by.name, _NEXT_KEY]:
        raise BadNote("this is not a statement about a key")
    key = PublicKey.parse(lines[2])
    if key.name != by.name:
        raise BadNote("this key is another ledger's")
    opened(note, [key])
    return key


def known_by(trusted: PublicKey, statements: Iterable[str]) -> list[PublicKey]:
    """The keys that follow from one that is trusted, each introduced by one before it."""
    keys = [trusted]
    for statement in statements:
        try:
            key = introduced(statement, keys)
        except BadNote:
            # A key before the trusted one; or nobody vouches for it, and its heads will say so.
            continue
        if key not in keys:
            keys.append(key)
    return keys


def _is_name(text: str) -> bool:
    return text != "" and "+" not in text and text.split() == [text] and text.isprintable()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
