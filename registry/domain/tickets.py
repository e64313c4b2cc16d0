"""The stamp on a form for strangers: when it was handed out and for what, sealed by a secret. Pure.

Nobody who reports is signed in. The stamp tells a form that a person had before them for a while
from one that a machine fills in at once, and one that was sent twice from two. The code by which a
report is followed is worked out of it, so that the register need keep no more than its hash.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# Nobody reads the form and says what is wrong in less.
SHORTEST = timedelta(seconds=3)
# A page may stay open over night; after that a new stamp is handed out with what was typed.
LONGEST = timedelta(hours=24)
_NONCE = 16
_TIME = 8
_SEAL = 32


@dataclass(frozen=True, slots=True)
class Ticket:
    """`nonce` (16 random bytes) is new for each form handed out."""

    nonce: bytes
    issued_at: datetime

    def age(self, now: datetime) -> timedelta:
        return now - self.issued_at


def issue(secret: str, about: str, nonce: bytes, now: datetime) -> str:
    """The stamp of a form about something, handed out `now` (UTC)."""
    body = nonce + int(now.timestamp()).to_bytes(_TIME)
    return _text(body + _seal(secret, about, body))


def read(secret: str, about: str, text: str) -> Ticket | None:
    """The stamp, or None for one that is not ours or is of a form about something else."""
    try:
        whole = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    body, seal = whole[:-_SEAL], whole[-_SEAL:]
    if len(body) != _NONCE + _TIME or not hmac.compare_digest(seal, _seal(secret, about, body)):
        return None
    issued_at = datetime.fromtimestamp(int.from_bytes(body[_NONCE:]), UTC)
    return Ticket(body[:_NONCE], issued_at)


def keyed(secret: str, purpose: str, *parts: str | bytes) -> bytes:
    """A hash (HMAC-SHA256) that nobody can work out, or try values against, without the secret."""
    return hmac.digest(secret.encode(), _joined(purpose, *parts), hashlib.sha256)


def tracking_code(secret: str, submission: bytes, content: bytes) -> str:
    """The code of a report: 160 bits as 32 characters that are told apart when they are read out
    (RFC 4648, base32, in lower case)."""
    found = keyed(secret, "tracking", submission, content)[:20]
    return base64.b32encode(found).decode().lower()


def _seal(secret: str, about: str, body: bytes) -> bytes:
    return keyed(secret, "form", about, body)


def _joined(*parts: str | bytes) -> bytes:
    """The parts with their lengths: no two lists of parts are the same bytes."""
    given = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"".join(len(part).to_bytes(8) + part for part in given)


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
