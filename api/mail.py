"""The scribe's room: a letter of the outbox put into words, for programs with HTML and without."""

from collections.abc import Mapping
from contextvars import copy_context
from functools import partial

from api import i18n, tidings
from api.i18n import gettext, mark
from api.rendering import environment
from registry.domain.error_reports import KEPT_DAYS, ReportState
from registry.domain.messages import MANDATORY, KeyPurpose
from registry.jobs.tools import AnyLetter, KeyLetter, Letter, ReportLetter, Wording

_BINDING = mark(
    "You receive this because of your role in the register. Decisions like this one are always"
    " mailed; for other messages you can choose:"
)
_OPTIONAL = mark(
    "You receive this because of your role in the register. You can choose which messages are"
    " mailed to you:"
)


def word(public_url: str, letter: AnyLetter) -> Wording:
    """In the language of whom it is written to, whatever is spoken around."""
    if isinstance(letter, KeyLetter):
        return copy_context().run(partial(_key_in_words, public_url, letter))
    if isinstance(letter, ReportLetter):
        return copy_context().run(partial(_report_in_words, public_url, letter))
    return copy_context().run(partial(_in_words, public_url, letter))


_SUBJECTS: Mapping[KeyPurpose, str] = {
    KeyPurpose.INVITATION: mark("Your account in the city AI registry"),
    KeyPurpose.RESET: mark("A new password for the city AI registry"),
}


def _key_in_words(public_url: str, letter: KeyLetter) -> Wording:
    i18n.speak(letter.language)
    values = {
        "letter": letter,
        "address": f"{public_url}/{letter.language}{letter.link}",
        "invited": letter.purpose is KeyPurpose.INVITATION,
    }
    return Wording(
        subject=gettext(_SUBJECTS[letter.purpose]),
        text=environment().get_template("mail/key.txt").render(values),
        html=environment().get_template("mail/key.html").render(values),
    )


_REPORTS: Mapping[ReportState, str] = {
    ReportState.RECEIVED: mark("Your report of an error came in: %(title)s"),
    ReportState.DISMISSED: mark("Your report of an error was not taken up: %(title)s"),
    ReportState.FORWARDED: mark("Your report of an error was given to the city: %(title)s"),
    ReportState.ANSWERED: mark("The city has answered your report of an error: %(title)s"),
    ReportState.CLOSED: mark("Your report of an error was closed: %(title)s"),
}
_ASKED_AGAIN = mark("The city is asked again about your report of an error: %(title)s")


def _report_in_words(public_url: str, letter: ReportLetter) -> Wording:
    i18n.speak(letter.language)
    title = i18n.pick(letter.title_vi, letter.title_en)
    headline = _ASKED_AGAIN if letter.again else _REPORTS[letter.state]
    values = {
        "letter": letter,
        "headline": gettext(headline) % {"title": title},
        "address": f"{public_url}/{letter.language}{letter.link}",
        "kept_days": KEPT_DAYS,
    }
    return Wording(
        subject=str(values["headline"]),
        text=environment().get_template("mail/report.txt").render(values),
        html=environment().get_template("mail/report.html").render(values),
    )


def _in_words(public_url: str, letter: Letter) -> Wording:
    i18n.speak(letter.language)
    said = tidings.put(letter.kind, letter.facts)
    own = f"{public_url}/{letter.language}"
    values = {
        "letter": letter,
        "tidings": said,
        "address": f"{own}{letter.link}",
        "choices": f"{own}/account/messages/choices",
        "why": gettext(_BINDING if letter.kind in MANDATORY else _OPTIONAL),
    }
    return Wording(
        subject=said.headline,
        text=environment().get_template("mail/message.txt").render(values),
        html=environment().get_template("mail/message.html").render(values),
    )
