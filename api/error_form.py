"""The counter of the letter box: the form for strangers, and its report from page or program."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request

from api import forms, i18n
from api.security import origin_of
from registry.actions.error_reports import Submission
from registry.domain import tickets
from registry.domain.error_intake import ReportDraft
from registry.domain.error_reports import About
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.messages import Language
from registry.settings import Settings

# What lies in an address must not travel on to other sites, nor be kept; nor must stamps of forms.
DISCREET = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
# A field that people do not see, and machines fill in.
TRAP = "website"
FIELDS = ("category", "field", "text", "contact")


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it came in: its draft and its ticket, or what is wrong with it. `stamp` is what the
    form carries when it is shown again."""

    typed: Mapping[str, str]
    stamp: str
    draft: ReportDraft | None
    ticket: tickets.Ticket | None
    problems: Sequence[FieldProblem]


def new_stamp(config: Settings, about: About, now: datetime) -> str:
    nonce = secrets.token_bytes(16)
    return tickets.issue(config.secret_of_forms, _name(about), nonce, now)


def filled(config: Settings, about: About, form: Mapping[str, Any], now: datetime) -> Filled:
    """Reads a form of strangers. What is wrong with its stamp stands under no field."""
    typed = {name: forms.text(form, name) for name in FIELDS}
    stamp = forms.text(form, "stamp")
    ticket = tickets.read(config.secret_of_forms, _name(about), stamp)
    problems: list[FieldProblem] = []
    draft = None
    try:
        draft = ReportDraft.read(forms.filled(typed))
    except InvalidInput as error:
        problems += error.problems
    if forms.text(form, TRAP):
        problems.append(FieldProblem(f"/{TRAP}", "not_for_people"))
    if ticket is None or ticket.age(now) > tickets.LONGEST:
        stamp = new_stamp(config, about, now)
        problems.append(FieldProblem("", "form_too_old"))
    elif not problems and ticket.age(now) < tickets.SHORTEST:
        problems.append(FieldProblem("", "form_too_quick"))
    return Filled(typed, stamp, draft, ticket, problems)


def submission(request: Request, config: Settings, sent: bytes) -> Submission:
    """How a report came in; `sent` is the same for what is sent again."""
    return Submission(
        id=sent,
        secret=config.secret_of_forms,
        network=origin_of(request).network,
        language=Language(i18n.current().value),
    )


def keyed_submission(request: Request, config: Settings, key: str) -> Submission:
    """The same for a program without an account: its key is its own only together with where it
    comes from, for another may think of the same."""
    network = origin_of(request).network
    return submission(request, config, hashlib.sha256(f"{network}\n{key}".encode()).digest())


def spaced(code: str) -> str:
    """A code as people read it out: in fours."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def unspaced(typed: str) -> str:
    """The inverse of `spaced`, for what somebody typed."""
    return "".join(typed.split()).lower()


def _name(about: About) -> str:
    return f"{about.path} {about.version}"
