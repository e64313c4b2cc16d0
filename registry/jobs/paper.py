"""The stationery: a letter put on paper, with what every mail of the register carries."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from registry.jobs import smtp
from registry.jobs.tools import AnyLetter, Tools


def written(tools: Tools, to: str, letter: AnyLetter, message_id: str) -> EmailMessage:
    """`message_id` is the part before the @: the same at every try, so that programs that read
    mail show one that came twice once."""
    wording = tools.word(letter)
    name, address = smtp.sender(tools.settings)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(_one_line(name), addr_spec=address)
    mail["To"] = Address(_one_line(letter.name), addr_spec=to)
    mail["Subject"] = _one_line(wording.subject)
    mail["Date"] = format_datetime(tools.clock())
    mail["Message-ID"] = f"<{message_id}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = letter.language.value
    mail.set_content(wording.text, cte="quoted-printable")
    mail.add_alternative(wording.html, subtype="html", cte="quoted-printable")
    return mail


def _one_line(text: str) -> str:
    """What people typed, without what could begin another header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
