"""The stationery: a letter put on paper, with what every mail of the register carries.

Put together with the older of Python's two ways: the newer one loses a space where it folds a long
header that is not ASCII, and Vietnamese headers are.
"""

from collections.abc import Mapping
from email.charset import QP, Charset
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime, formataddr
from types import MappingProxyType
from typing import Any

from registry.jobs import smtp
from registry.jobs.tools import AnyLetter, Tools

_ON_THE_WIRE = compat32.clone(linesep="\r\n")
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP


def written(
    tools: Tools,
    to: str,
    letter: AnyLetter,
    message_id: str,
    more: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """The whole mail, with `more` headers. `message_id` is the part before the @: the same at every
    try, so that programs that read mail show one that came twice once."""
    wording = tools.word(letter)
    name, address = smtp.sender(tools.settings)
    mail: Any = MIMEMultipart("alternative")  # its types know no Header
    mail["From"] = _person(name, address)
    mail["To"] = _person(letter.name, to)
    mail["Subject"] = _words(wording.subject)
    mail["Date"] = format_datetime(tools.clock())
    mail["Message-ID"] = f"<{message_id}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = letter.language.value
    for header, value in more.items():
        mail[header] = value
    for kind, text in (("plain", wording.text), ("html", wording.html)):
        part = MIMENonMultipart("text", kind, charset="utf-8")
        part.set_payload(text, _UTF8)
        mail.attach(part)
    whole: bytes = mail.as_bytes(policy=_ON_THE_WIRE)
    return whole


def _person(name: str, address: str) -> Header:
    line = _one_line(name)
    if line.isascii() and "=?" not in line:
        return Header(formataddr((line, address)), "us-ascii", header_name="From")
    header = Header(line, "utf-8", header_name="From")
    header.append(f"<{address}>", "us-ascii")
    return header


def _words(text: str) -> Header:
    # What looks as if it were encoded already is encoded too.
    line = _one_line(text)
    plain = line.isascii() and "=?" not in line
    return Header(line, "us-ascii" if plain else "utf-8", header_name="Subject")


def _one_line(text: str) -> str:
    """What people typed, without what could begin another header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
