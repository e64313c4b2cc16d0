"""The label maker's room: what the lists that administrators keep are called, field by field."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, WithJsonSchema

from api.i18n import gettext, mark
from api.labels import label
from registry.domain.errors import FieldProblem, NotFound
from registry.domain.lists import COUNTS_PEOPLE, KINDS, RISK_LEVELS, Entry, ListKind, title
from registry.domain.model import DECISIONS, Action
from registry.domain.standard import CODES

_NAMES: Mapping[str, str] = {
    "valid_from": mark("In force from"),
    "source": mark("Legal act or other source"),
    "ends_on": mark("No longer in force from"),
    "name_vi": mark("Name in Vietnamese"),
    "name_en": mark("Name in English"),
    "text_vi": mark("Words in Vietnamese"),
    "text_en": mark("Words in English"),
    "label_vi": mark("Words in Vietnamese"),
    "label_en": mark("Words in English"),
    "code": mark("Code"),
    "actions": mark("For which decisions"),
    "indicator": mark("Indicator"),
    "year": mark("By the end of the year"),
    "percent": mark("Share in percent"),
    "people": mark("Number of people"),
    "service_days": mark("Days within which an entry should be decided"),
    "lease_hours": mark("Hours for which a reviewer keeps what they took up"),
    "report_days": mark("Days within which a city should answer a report of an error"),
    "sample_percent": mark("Percent of the other entries that get a second reader"),
    "high_risk_twice": mark("High risk needs a second reader"),
    "revocation_twice": mark("A revocation needs a second reader"),
    "levels": mark("Levels of risk"),
}
_NUMBERS = {
    *("year", "percent", "people"),
    *("service_days", "lease_hours", "report_days", "sample_percent"),
}
_YES_OR_NO = {"high_risk_twice", "revocation_twice"}
_LONG = {"text_vi", "text_en"}


def _kind(text: str) -> ListKind:
    if text not in set(ListKind):
        raise NotFound
    return ListKind(text)


ListName = Annotated[
    str,
    Path(),
    AfterValidator(_kind),
    WithJsonSchema({"type": "string", "enum": [kind.value for kind in ListKind]}),
]
# An identity of the database's; larger numbers it would not even read.
EntryId = Annotated[int, Path(ge=1, le=2**31 - 1)]


def field_names(kind: ListKind) -> dict[str, str]:
    """The names of a list's fields and of what every entry says, in the order of the form."""
    names = (*KINDS[kind].fields, "valid_from", "source", "ends_on")
    return {name: gettext(_NAMES[name]) for name in names}


def widget(kind: ListKind, name: str) -> str:
    """With what a form asks for a field."""
    if name in _NUMBERS:
        return "number"
    if name in _YES_OR_NO:
        return "yes_or_no"
    if name in {"actions", "levels"}:
        return "boxes"
    if name == "indicator" or (name, kind) == ("code", ListKind.RISK_SCHEMES):
        return "choice"
    return "area" if name in _LONG and kind is ListKind.TARGETS else "line"


def options(name: str) -> list[tuple[str, str]]:
    """What a field can be chosen from."""
    match name:
        case "actions":
            return [(a.value, label(a)) for a in Action if a in DECISIONS]
        case "levels":
            return [(code, label(CODES["risk_level"](code))) for code in RISK_LEVELS]
        case "code":
            return [(code.value, label(code)) for code in CODES["risk_scheme"]]
        case _:
            return [(str(n), indicator(n)) for n in range(1, 5)]


def indicator(number: int) -> str:
    words = {
        1: mark("1: fully online public services with AI support"),
        2: mark("2: cities with an AI application that solves a pressing problem"),
        COUNTS_PEOPLE: mark("3: officials and experts trained in applied AI (people)"),
        4: mark("4: ministry- and province-level bodies that opened data"),
    }
    return gettext(words[number])


def shown(entry: Entry, name: str) -> str:
    """A value as people read it."""
    value: Any = entry.values[name]
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, tuple) or widget(entry.kind, name) == "choice":
        known = dict(options(name))
        codes = value if isinstance(value, tuple) else (value,)
        return ", ".join(known.get(str(code), str(code)) for code in codes)
    return str(value)


def named(entry: Entry) -> str:
    """What an entry is called; those that only have numbers are called by them."""
    return title(entry) or gettext("No. %(number)s") % {"number": entry.id}


def as_asked(kind: ListKind, problems: tuple[FieldProblem, ...]) -> list[FieldProblem]:
    """In the order in which the form asks."""
    names = list(field_names(kind))
    return sorted(
        problems,
        key=lambda p: names.index(n) if (n := p.pointer[1:].split("/")[0]) in names else 99,
    )
