"""The counter for indicators 1, 3 and 4: the names of a line's fields, in form, list and table."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from api.i18n import day, gettext, mark, number
from api.labels import label
from api.list_words import headings_of, words_of
from registry.domain.indicator_intake import DRAFTS, LineDraft
from registry.domain.indicators import BodyLevel, LineKind, SupportKind
from registry.sheets.lists import Column, Layout, ListRead, read_list

_NAMES: Mapping[str, str] = {
    "code": mark("Code"),
    "service": mark("Code of the service"),
    "course": mark("Code of the course"),
    "body": mark("Code of the body"),
    "name_vi": mark("Vietnamese name"),
    "name_en": mark("English name"),
    "owner": mark("Body in charge"),
    "organiser": mark("Organised by"),
    "support": mark("Kind of AI support"),
    "level": mark("Level"),
    "legal_basis": mark("Legal basis"),
    "predecessors": mark("Predecessors (codes)"),
    "held_on": mark("Begins on"),
    "hours": mark("Hours"),
    "in_scheme": mark("In the scheme of Decision 146/QĐ-TTg"),
    "completed_on": mark("Completed on"),
    "person": mark("Identity number (12 digits)"),
    "number": mark("Number of people"),
    "licence": mark("Licence"),
    "first_published": mark("First published"),
    "last_checked": mark("Last checked"),
    "machine_readable": mark("Machine readable"),
    "total": mark("Total"),
    "since": mark("Since"),
    "until": mark("Until (the first day no longer)"),
    "source_url": mark("Address of the source"),
    "note": mark("Note"),
    "example": mark("Documented example"),
}
# Where a field of one kind has another name than the same field of the others.
_OWN_NAMES: Mapping[tuple[LineKind, str], str] = {
    (LineKind.SERVICE, "code"): mark("Code on the national portal"),
    (LineKind.SERVICE, "since"): mark("Fully online since"),
    (LineKind.SUPPORT, "source_url"): mark("Link to the evidence"),
    (LineKind.DATASET, "source_url"): mark("Address on the national data portal"),
}
CHOICES: Mapping[str, type[StrEnum]] = {"support": SupportKind, "level": BodyLevel}
DAYS = frozenset({"since", "until", "held_on", "completed_on", "first_published", "last_checked"})
YES_OR_NO = frozenset({"in_scheme", "machine_readable", "example"})
_NUMBERS = frozenset({"hours", "number", "total"})
_CODES = frozenset({"code", "service", "course", "body"})
_YES, _NO = mark("Yes"), mark("No")
_COMMON = tuple(LineDraft.model_fields)


def fields(kind: LineKind) -> list[str]:
    """In the order in which they are asked: what a line is about, then where it comes from."""
    every = DRAFTS[kind].model_fields
    return [name for name in every if name not in _COMMON] + list(_COMMON)


def names(kind: LineKind) -> dict[str, str]:
    """In the reader's language."""
    return {name: gettext(words) for name, words in _words(kind).items()}


def required(kind: LineKind) -> set[str]:
    every = DRAFTS[kind].model_fields
    return {name for name, field in every.items() if field.is_required()}


def yes_or_no() -> list[tuple[str, str]]:
    return [("true", gettext(_YES)), ("false", gettext(_NO))]


def word(value: str, name: str) -> str:
    """A code of a line's field as its word."""
    return label(CHOICES[name](value))


def said(kind: LineKind, content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a line says, field by field, in words; what is blank is left out."""
    found = ((name, _shown(name, content.get(name))) for name in fields(kind))
    return [(name, shown) for name, shown in found if shown]


def _shown(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if name in CHOICES:
        return word(value, name)
    if name in YES_OR_NO:
        return gettext(_YES if value else _NO)
    if name in DAYS:
        return day(date.fromisoformat(value))
    if name in _NUMBERS:
        return number(value)
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)


def read(content: bytes, kind: LineKind) -> ListRead:
    """A list as it was handed in. Raises InvalidInput naming cells."""
    return read_list(content, _layout(kind))


@cache
def _layout(kind: LineKind) -> Layout:
    words = {name: words_of(CHOICES[name]) for name in fields(kind) if name in CHOICES}
    answers = {_YES: "true", _NO: "false"}
    yes_or_no = {said: answers[key] for said, key in headings_of({k: k for k in answers}).items()}
    yes_or_no |= {value: value for value in answers.values()}
    words |= {name: yes_or_no for name in fields(kind) if name in YES_OR_NO}
    return Layout(
        columns={name: _column(name) for name in fields(kind)},
        needed=frozenset(required(kind)),
        headings=headings_of(_words(kind)),
        words=words,
        sheet=kind.value,
    )


def _words(kind: LineKind) -> dict[str, str]:
    return {name: _OWN_NAMES.get((kind, name), _NAMES[name]) for name in fields(kind)}


def _column(name: str) -> Column:
    if name in DAYS:
        return Column.DAY
    if name in _NUMBERS:
        return Column.NUMBER
    if name in CHOICES or name in YES_OR_NO:
        return Column.WORD
    if name in _CODES:
        return Column.CODE
    return {"person": Column.PRIVATE, "predecessors": Column.CODES}.get(name, Column.TEXT)
