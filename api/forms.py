"""The counter where forms are handed in: what people typed, made ready for the drafts."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from api.field_words import sentence
from api.i18n import Language, current
from api.labels import label
from registry.domain.dates import PartialDate
from registry.domain.errors import FieldProblem

# Day and month before the year, as people write; [0-9], for \d takes other scripts' digits too.
_TYPED_DATE = re.compile(
    r"(?:(?:([0-9]{1,2})\s*[/.-]\s*)?([0-9]{1,2})\s*[/.-]\s*)?([0-9]{4})",
)
# One decimal sign, a comma as people write or a point; never a thousands separator.
_TYPED_NUMBER = re.compile(r"(-?[0-9]+)(?:[.,]([0-9]+))?")
_LIKE_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")
# What is wrong with a form as a whole is shown beside the field where it can be put right.
_BESIDE = {
    "basis_not_findable": "/basis_number",
    "percent_or_people": "/percent",
}


def iso_date(text: str) -> str:
    """A typed date ("15/06/2024", "6/2024", "2024") as ISO text, as precise as it was typed.

    What it cannot read stays as it is, so that the draft's own error names it.
    """
    match = _TYPED_DATE.fullmatch(text.strip())
    if match is None:
        return text
    day, month, year = match.groups()
    return "-".join([year, *(part.zfill(2) for part in (month, day) if part)])


def typed_date(value: PartialDate | str | None) -> str:
    """The inverse of `iso_date`: what a field shows for a stored date."""
    return "/".join(reversed(str(value).split("-"))) if value else ""


def plain_number(text: str) -> str:
    """A typed number ("12,5") as the drafts read it.

    What could be a thousand as well ("1.250") stays unreadable, so that its author is asked.
    """
    tidy = text.strip()
    match = _TYPED_NUMBER.fullmatch(tidy)
    if match is None:
        return text
    if _LIKE_THOUSANDS.fullmatch(tidy):
        return tidy.replace(".", ",")
    whole, decimals = match.groups()
    return f"{whole}.{decimals}" if decimals else whole


def typed_number(value: str) -> str:
    """The inverse of `plain_number`, with the reader's decimal sign."""
    shown = f"{value}0" if _LIKE_THOUSANDS.fullmatch(value) else value
    return shown.replace(".", ",") if current() is Language.VI else shown


def text(form: Mapping[str, Any], name: str) -> str:
    """What was typed into one field; of a name sent twice, the first."""
    value = form.get(name, "")
    return value if isinstance(value, str) else str(value[0])


def texts(form: Mapping[str, Any], name: str) -> list[str]:
    """What was ticked in a group of boxes."""
    value = form.get(name, [])
    return [value] if isinstance(value, str) else list(value)


def rows(form: Mapping[str, Any], name: str, fields: Sequence[str]) -> list[dict[str, str]]:
    """The rows typed as `name-0-field`, `name-1-field` …; a row left empty is no row."""
    return [_row(form, name, number, fields) for number in row_numbers(form, name, fields)]


def row_numbers(form: Mapping[str, Any], name: str, fields: Sequence[str]) -> list[int]:
    """The numbers under which the rows that were filled in stand in the form."""
    pattern = re.compile(rf"{name}-([0-9]{{1,3}})-(?:{'|'.join(fields)})")
    numbers = {int(match[1]) for key in form if (match := pattern.fullmatch(key))}
    return [
        number
        for number in sorted(numbers)
        if any(cell.strip() for cell in _row(form, name, number, fields).values())
    ]


def _row(form: Mapping[str, Any], name: str, number: int, fields: Sequence[str]) -> dict[str, str]:
    return {f: text(form, f"{name}-{number}-{f}") for f in fields}


def filled(row: Mapping[str, str]) -> dict[str, str]:
    """Only what was filled in: a blank is then missing, and not a wrong value."""
    return {name: cell for name, cell in row.items() if cell.strip()}


def options(kind: type[StrEnum]) -> list[tuple[str, str]]:
    """What one can choose of a code list: each code with its word."""
    return [(member.value, label(member)) for member in kind]


def revision(form: Mapping[str, Any]) -> int:
    """The state the form was made from; nonsense matches none, so its sender is told."""
    typed = text(form, "revision")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1


def sentences(problems: Iterable[FieldProblem]) -> dict[str, str]:
    """What is wrong, by the pointer of the field beside which it is said."""
    return {p.pointer or _BESIDE.get(p.code, "/"): sentence(p) for p in problems}
