"""The reading room: what one cell means, by which rule; or why it is not taken.

Nothing is guessed. What could mean two things, or nothing that is known, is left out, with what
comes near it named for the person to choose from.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Any

from registry.domain.dates import FIRST_YEAR, LAST_YEAR, PartialDate
from registry.domain.standard import CODES, TERMS, Field, Kind
from registry.sheets.cells import DAY_ONE, Cell, Sort, folded, plain
from registry.sheets.parts import day_of


@dataclass(frozen=True, slots=True)
class Reading:
    """`value` is what the draft is given, `became` the same for people to read. `rules` say how
    it came about where it is not simply what stands there."""

    value: Any
    became: str
    rules: tuple[str, ...] = ()


class Doubt(Exception):
    """The cell is not taken. `near` is what may have been meant."""

    def __init__(self, code: str, near: tuple[str, ...] = (), **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.near = near
        self.params = params


def read_cell(cell: Cell, asked: Field, day_one: date = DAY_ONE) -> Reading:
    """Reads a cell by the kind of its field. Raises Doubt."""
    _assert_sound(cell)
    match asked.kind:
        case Kind.CHOICE | Kind.CHOICES:
            found = _choice(cell, asked)
        case Kind.DATE | Kind.DAY:
            found = _date(cell, day_one)
        case Kind.NUMBER:
            found = _number(cell)
        case Kind.LINES:
            found = _lines(cell)
        case _:
            found = _text(cell)
    if cell.merged:
        return Reading(found.value, found.became, (*found.rules, "merged"))
    return found


def read_day(cell: Cell, day_one: date = DAY_ONE) -> str:
    """A date as ISO text, as precise as the cell says it. Raises Doubt."""
    _assert_sound(cell)
    return str(_date(cell, day_one).value) if cell.text.strip() else ""


def read_number(cell: Cell) -> str:
    """A number without marks between its thousands. Raises Doubt."""
    _assert_sound(cell)
    return str(_number(cell).value) if cell.text.strip() else ""


def _assert_sound(cell: Cell) -> None:
    if cell.across:
        raise Doubt("sheet_merged_across")
    if cell.sort is Sort.FORMULA:
        raise Doubt("sheet_formula")
    if cell.sort is Sort.ERROR:
        raise Doubt("sheet_error_value")
    if cell.sort is Sort.BOOLEAN:
        raise Doubt("sheet_boolean")


def _text(cell: Cell) -> Reading:
    if cell.sort is Sort.DATE:
        shown = _day_first(PartialDate.parse(cell.text))
        return Reading(shown, shown, ("date_as_text",))
    text = cell.text.strip()
    composed = unicodedata.normalize("NFC", text)
    rules = []
    if text != cell.text:
        rules.append("trimmed")
    if composed != text:
        rules.append("composed")
    if cell.sort is Sort.NUMBER:
        rules.append("number_as_text")
    return Reading(composed, composed, tuple(rules))


# --- lists: items on lines of their own or separated by semicolons

_ITEM = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?=[;\n]|$)|([^;\n]+)')


def split(text: str) -> list[str]:
    found = (
        one[1].replace('""', '"') if one[1] is not None else one[2] for one in _ITEM.finditer(text)
    )
    return [item.strip() for item in found if item.strip()]


def joined(items: list[str]) -> str:
    """A text that `split` takes apart again."""
    quoted = ('"' + i.replace('"', '""') + '"' if re.search(r'[;\n"]', i) else i for i in items)
    return "\n".join(quoted)


def _lines(cell: Cell) -> Reading:
    text = _text(cell)
    items = split(text.value)
    return Reading(items, "; ".join(items), text.rules)


# --- codes of a list, by their word


@dataclass
class _Names:
    exact: dict[str, StrEnum] = field(default_factory=dict)
    small: dict[str, tuple[StrEnum, str]] = field(default_factory=dict)
    bare: dict[str, StrEnum | None] = field(default_factory=dict)


@cache
def _names(codes: str) -> _Names:
    found = _Names()
    for value, words in TERMS[CODES[codes]].items():
        found.exact[words.vi] = value
        named = {words.vi: "case", words.en: "english", value.value: "code"}
        for name, rule in named.items():
            found.small.setdefault(folded(name), (value, rule))
            known = found.bare.setdefault(plain(name), value)
            if known is not value:
                found.bare[plain(name)] = None
    return found


def _choice(cell: Cell, asked: Field) -> Reading:
    text = _text(cell)
    if asked.kind is Kind.CHOICES and (items := split(text.value)) and len(items) > 1:
        read = [_one_of(item, asked.codes) for item in items]
        rules = dict.fromkeys(rule for one in read for rule in one.rules)
        return Reading(
            [one.value for one in read],
            "; ".join(one.became for one in read),
            (*text.rules, "several", *rules),
        )
    one = _one_of(text.value, asked.codes)
    value = [one.value] if asked.kind is Kind.CHOICES else one.value
    return Reading(value, one.became, (*text.rules, *one.rules))


def _one_of(text: str, codes: str) -> Reading:
    names = _names(codes)
    terms: Mapping[StrEnum, Any] = TERMS[CODES[codes]]
    if text in names.exact:
        found, rules = names.exact[text], list[str]()
    elif folded(text) in names.small:
        found, rule = names.small[folded(text)]
        rules = [rule]
    else:
        bare = names.bare.get(plain(text))
        if bare is None:
            raise Doubt("sheet_unknown_word", near(text, [w.vi for w in terms.values()]))
        found, rules = bare, ["no_diacritics"]
    return Reading(found.value, terms[found].vi, tuple(rules))


def near(text: str, known: list[str]) -> tuple[str, ...]:
    """What a person may have meant: words that look like it, for them to choose from."""
    by_plain = {plain(word): word for word in known}
    alike = get_close_matches(plain(text)[:200], list(by_plain), n=3, cutoff=0.5)
    return tuple(by_plain[word] for word in alike)


# --- dates: a day, a month or a year

_NUMBERED = re.compile(r"(?:(\d{1,2})[/.-])?(\d{1,2})[/.-](\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ]00:00(?::00)?)?")
_WORDED = re.compile(r"(?:(?:ngay )?(\d{1,2}) )?thang (\d{1,2})(?: nam |/| )(\d{4})")
_YEAR = re.compile(r"(?:nam )?(\d{4})")
_SHORT = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}")
# Whole numbers in which spreadsheets count days: 1955 to 2119.
_SERIALS = range(20_000, 80_000)


def _date(cell: Cell, day_one: date) -> Reading:
    if cell.sort is Sort.DATE:
        return _dated(cell.text, "excel_date")
    text = unicodedata.normalize("NFC", cell.text).strip()
    bare = plain(text)
    if cell.sort is Sort.NUMBER and text.isdigit() and int(text) in _SERIALS:
        day = day_of(int(text), day_one)
        if day is not None:
            return _dated(day.isoformat(), "excel_serial")
    if found := _NUMBERED.fullmatch(bare):
        day_number, month, year = found.groups()
        if int(month) > 12 and day_number is not None and int(day_number) <= 12:
            turned = f"{int(month):02}/{int(day_number):02}/{year}"
            raise Doubt("sheet_month_first", (turned,))
        return _dated(_iso(year, month, day_number), "date_dmy" if day_number else "date_my")
    if found := _ISO.fullmatch(bare):
        return _dated(_iso(found[1], found[2], found[3]), "date_iso")
    if found := _WORDED.fullmatch(bare):
        return _dated(_iso(found[3], found[2], found[1]), "date_words")
    if found := _YEAR.fullmatch(bare):
        return _dated(found[1], "date_year")
    if _SHORT.fullmatch(bare):
        raise Doubt("sheet_short_year")
    raise Doubt("sheet_not_a_date")


def _iso(year: str, month: str, day: str | None) -> str:
    return f"{year}-{int(month):02}" + (f"-{int(day):02}" if day else "")


def _dated(iso: str, rule: str) -> Reading:
    try:
        found = PartialDate.parse(iso)
    except ValueError:
        raise Doubt("sheet_no_such_day", first=str(FIRST_YEAR), last=str(LAST_YEAR)) from None
    return Reading(str(found), _day_first(found), (rule,))


def _day_first(when: PartialDate) -> str:
    """As it is written in Viet Nam: 15/06/2024, 06/2024 or 2024."""
    return "/".join(reversed(when.text.split("-")))


# --- numbers, with decimal comma or point

_PLAIN = re.compile(r"-?\d+")
_GROUPED = re.compile(r"-?\d{1,3}(?:([.,\u00a0\u202f ])\d{3})(?:\1\d{3})+")
_DECIMAL = re.compile(r"(-?\d+)[.,](\d+)")
_BOTH = re.compile(r"-?\d{1,3}(?:([.,])\d{3})+(?!\1)[.,]\d+")
_SPACED = re.compile(r"-?\d{1,3}(?:[\u00a0\u202f ]\d{3})+(?:[.,]\d+)?")
_DOUBTFUL = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")


def _number(cell: Cell) -> Reading:
    if cell.sort is Sort.DATE:
        raise Doubt("sheet_date_for_number")
    text = unicodedata.normalize("NFC", cell.text).strip().replace("−", "-")
    if cell.sort is Sort.NUMBER:
        return Reading(format(Decimal(text), "f"), text.replace(".", ","))
    if _PLAIN.fullmatch(text):
        return _counted(text, ())
    if _DOUBTFUL.fullmatch(text):
        digits = text.replace(",", ".").replace(".", "")
        raise Doubt("sheet_thousand_or_decimal", (digits, f"{text[:-4]},{text[-3:]}0"))
    if found := _DECIMAL.fullmatch(text):
        rules = ("decimal_comma",) if "," in text else ()
        return _counted(f"{found[1]}.{found[2]}", rules)
    if _GROUPED.fullmatch(text):
        return _counted(re.sub(r"[^\d-]", "", text), ("thousands",))
    if _BOTH.fullmatch(text) or _SPACED.fullmatch(text):
        cut = max(text.rfind(","), text.rfind("."))
        whole, rest = (text[:cut], "." + text[cut + 1 :]) if cut > 0 else (text, "")
        return _counted(re.sub(r"[^\d-]", "", whole) + rest, ("thousands",))
    raise Doubt("sheet_not_a_number")


def _counted(text: str, rules: tuple[str, ...]) -> Reading:
    value = format(Decimal(text), "f")
    return Reading(value, value.replace(".", ","), rules)


def number_text(value: Decimal) -> str:
    """As it is written to a sheet: with a comma, and never so that it could mean thousands."""
    text = format(value, "f").replace(".", ",")
    return f"{text}0" if _DOUBTFUL.fullmatch(text) else text


def date_text(value: PartialDate) -> str:
    return _day_first(value)
