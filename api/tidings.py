"""The crier's room: messages in words, made when they are read, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.fields import field_names
from api.i18n import day, gettext, mark, number, pick
from registry.domain.messages import MessageKind

_HEADLINES: Mapping[MessageKind, str] = {
    MessageKind.RETURNED: mark("Returned for correction: %(title)s"),
    MessageKind.REJECTED: mark("Rejected: %(title)s"),
    MessageKind.APPROVED: mark("Approved: %(title)s"),
    MessageKind.SUSPENDED: mark("Suspended: %(title)s"),
    MessageKind.REVOKED: mark("Approval revoked: %(title)s"),
    MessageKind.REINSTATED: mark("Reinstated: %(title)s"),
    MessageKind.DEADLINE: mark("Due by %(due_on)s: %(title)s"),
    MessageKind.MENTION: mark("%(by)s asks you to look at: %(title)s"),
    MessageKind.SPREADSHEET_DONE: mark("Spreadsheet read: %(name)s"),
    MessageKind.LINK_BROKEN: mark("A link does not answer any more: %(title)s"),
    MessageKind.COMMENT: mark("New comment: %(title)s"),
    MessageKind.DIFFERENCE: mark("Two reviewers differ: %(title)s"),
    MessageKind.ERROR_FORWARDED: mark("The public reports an error: %(title)s"),
    MessageKind.ERROR_ANSWERED: mark("The city answered a report of an error: %(title)s"),
    MessageKind.ERROR_DUE: mark("An answer to the public is due by %(due_on)s: %(title)s"),
}

_SENTENCES: Mapping[MessageKind, str] = {
    MessageKind.RETURNED: mark(
        "The ministry returned version %(version)s of %(use_case)s (%(city)s). Correct it by what"
        " is said below and submit it again."
    ),
    MessageKind.REJECTED: mark(
        "The ministry rejected version %(version)s of %(use_case)s (%(city)s)."
    ),
    MessageKind.APPROVED: mark(
        "The ministry approved version %(version)s of %(use_case)s (%(city)s). It is public now."
    ),
    MessageKind.SUSPENDED: mark(
        "The ministry suspended version %(version)s of %(use_case)s (%(city)s). It does not count"
        " while it is suspended."
    ),
    MessageKind.REVOKED: mark(
        "The ministry revoked its approval of version %(version)s of %(use_case)s (%(city)s). It"
        " does not count any more."
    ),
    MessageKind.REINSTATED: mark(
        "The ministry reinstated version %(version)s of %(use_case)s (%(city)s)."
    ),
    MessageKind.DEADLINE: mark(
        "%(use_case)s (%(city)s) has to be confirmed as still true by %(due_on)s."
    ),
    MessageKind.MENTION: mark(
        "%(by)s asks you to look at version %(version)s of %(use_case)s (%(city)s)."
    ),
    MessageKind.SPREADSHEET_DONE: mark(
        "Of the rows of this spreadsheet of %(city)s, %(accepted)s can be taken over and"
        " %(refused)s cannot. Nothing is taken over before you confirm it."
    ),
    MessageKind.LINK_BROKEN: mark(
        "A link given as evidence of %(use_case)s (%(city)s) does not answer any more. The"
        " application still counts; replace the link in a new version."
    ),
    MessageKind.COMMENT: mark(
        "There is a new comment on version %(version)s of %(use_case)s (%(city)s)."
    ),
    MessageKind.DIFFERENCE: mark(
        "Two reviewers differ on version %(version)s of %(use_case)s (%(city)s). A lead who is"
        " neither of them decides."
    ),
    MessageKind.ERROR_FORWARDED: mark(
        "Somebody reports an error about %(about)s. The ministry asks the city to answer by"
        " %(due_on)s: either it corrects the entry, or it says why the entry is right."
    ),
    MessageKind.ERROR_ANSWERED: mark(
        "%(city)s has answered the report of an error about %(about)s. Close it, in public or not."
    ),
    MessageKind.ERROR_DUE: mark(
        "The answer of %(city)s to a report of an error about %(about)s is due by %(due_on)s."
    ),
}

# Headline and sentence where a city's answer to a report was sent back.
_ASKED_AGAIN = (
    mark("The answer to the public does not suffice: %(title)s"),
    mark(
        "The ministry has sent back the answer of %(city)s to a report of an error about %(about)s."
        " It asks for another one by %(due_on)s."
    ),
)

# What each kind is, where people choose which of them are mailed.
KINDS: Mapping[MessageKind, str] = {
    MessageKind.RETURNED: mark("A version was returned for correction"),
    MessageKind.REJECTED: mark("A version was rejected"),
    MessageKind.APPROVED: mark("A version was approved"),
    MessageKind.SUSPENDED: mark("An application was suspended"),
    MessageKind.REVOKED: mark("An approval was revoked"),
    MessageKind.REINSTATED: mark("An application was reinstated"),
    MessageKind.DEADLINE: mark("A deadline is near"),
    MessageKind.MENTION: mark("A colleague asks you to look at something"),
    MessageKind.SPREADSHEET_DONE: mark("A spreadsheet was read"),
    MessageKind.LINK_BROKEN: mark("A link given as evidence does not answer"),
    MessageKind.COMMENT: mark("Somebody commented on an entry"),
    MessageKind.DIFFERENCE: mark("Two reviewers differ (for leads)"),
    MessageKind.ERROR_FORWARDED: mark("The public reports an error in an entry of the city"),
    MessageKind.ERROR_ANSWERED: mark("A city answered a report of an error"),
    MessageKind.ERROR_DUE: mark("An answer to a report of an error is due"),
}


@dataclass(frozen=True, slots=True)
class Tidings:
    """`quote` is what somebody wrote, in their own words, under its `heading`."""

    headline: str
    sentences: tuple[str, ...]
    heading: str
    quote: str


def put(kind: MessageKind, facts: Mapping[str, Any]) -> Tidings:
    """What a message says in the language spoken now."""
    words = _words(facts)
    headline, sentence = (
        _ASKED_AGAIN if facts.get("again") else (_HEADLINES[kind], _SENTENCES[kind])
    )
    sentences = [gettext(sentence) % words]
    since = facts.get("effective_from")
    if since:
        sentences.append(gettext("In effect from %(day)s.") % {"day": _day(since)})
    elif kind in _DATED:
        sentences.append(gettext("In effect from the start."))
    heading, quote = _quoted(kind, facts)
    return Tidings(gettext(headline) % words, tuple(sentences), heading, quote)


# Decisions that hold for all days where they name none.
_DATED = frozenset({MessageKind.SUSPENDED, MessageKind.REVOKED, MessageKind.REINSTATED})


def _words(facts: Mapping[str, Any]) -> dict[str, str]:
    words = {name: str(fact) for name, fact in facts.items()}
    for name in ("title", "city"):
        if f"{name}_vi" in facts:
            words[name] = pick(facts[f"{name}_vi"], facts[f"{name}_en"])
    # A draft may have no title yet; its code is never missing.
    if not words.get("title"):
        words["title"] = words.get("use_case", "")
    # What is about a city itself has its name for a title.
    words["about"] = words.get("use_case") or words["title"]
    if "due_on" in facts:
        words["due_on"] = _day(facts["due_on"])
    for name in ("accepted", "refused"):
        if name in facts:
            words[name] = number(facts[name])
    return words


def _quoted(kind: MessageKind, facts: Mapping[str, Any]) -> tuple[str, str]:
    if kind is MessageKind.LINK_BROKEN:
        return gettext("The link, and what came back"), f"{facts['url']}\n{facts['answer']}"
    if kind is MessageKind.COMMENT:
        # A later standard may have dropped the field.
        about = field_names().get(facts["field"], "") or gettext("The whole entry")
        return about, facts["text"]
    if kind is MessageKind.ERROR_FORWARDED:
        asked = (
            gettext("What the answer lacks") if facts.get("again") else gettext("What is reported")
        )
        return asked, facts["text"]
    if kind is MessageKind.ERROR_ANSWERED:
        return gettext("The city's answer"), facts["text"]
    if kind is MessageKind.MENTION:
        return gettext("Their words"), facts["note"]
    heading = gettext("Remark") if kind is MessageKind.APPROVED else gettext("Reason")
    return heading, facts.get("reason", "")


def _day(text: str) -> str:
    return day(date.fromisoformat(text))
