"""The counter for rolls: the headings of a list of cities and its words, in both languages."""

from collections.abc import Mapping, Sequence
from contextvars import copy_context
from functools import cache

from api import i18n
from api.csv_text import csv_text
from api.i18n import Language, gettext, mark
from api.labels import label
from registry.domain.errors import InvalidInput
from registry.domain.model import UnitType, UrbanClass
from registry.queries.rolls import ListedCity
from registry.sheets.cells import folded
from registry.sheets.roll_list import RollList, read_roll_list

# The columns of a list, in the order in which one is handed out to be edited.
HEADINGS: Mapping[str, str] = {
    "code": mark("Code"),
    "name_vi": mark("Name"),
    "name_en": mark("English name"),
    "unit_type": mark("Type"),
    "urban_class": mark("Class"),
    "province": mark("Province"),
    "predecessors": mark("Predecessors (codes)"),
    "decree": mark("Legal basis of the change"),
    "lon": mark("Longitude"),
    "lat": mark("Latitude"),
}
_SHEET = mark("List of cities")


def read(content: bytes) -> RollList:
    """A list as it was uploaded. Raises InvalidInput naming cells."""
    return read_roll_list(content, _headings(), _words(), gettext(_SHEET))


def as_in_file(error: InvalidInput, found: RollList) -> InvalidInput:
    """A refusal of lines, as one of the cells they stand in."""
    return InvalidInput([found.in_the_file(problem) for problem in error.problems])


def to_edit(cities: Sequence[ListedCity]) -> bytes:
    """A roll as a CSV file that can be changed and uploaded as the next one."""
    lines = [
        (
            city.city_code,
            city.name_vi,
            city.name_en,
            label(city.unit_type),
            label(city.urban_class),
            city.province_code,
            *[""] * 4,
        )
        for city in cities
    ]
    return csv_text([gettext(words) for words in HEADINGS.values()], lines)


@cache
def _headings() -> dict[str, str]:
    said = {folded(name): name for name in HEADINGS}
    for language in Language:
        said |= {folded(_in(language, words)): name for name, words in HEADINGS.items()}
    return said


@cache
def _words() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for field, kind in (("unit_type", UnitType), ("urban_class", UrbanClass)):
        known = {folded(code.value): code.value for code in kind}
        for language in Language:
            for code in kind:
                known[folded(copy_context().run(_label_in, language, code))] = code.value
        found[field] = known
    return found


def _in(language: Language, words: str) -> str:
    return copy_context().run(_said_in, language, words)


def _said_in(language: Language, words: str) -> str:
    i18n.speak(language)
    return gettext(words)


def _label_in(language: Language, code: UnitType | UrbanClass) -> str:
    i18n.speak(language)
    return label(code)
