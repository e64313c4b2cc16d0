"""The counter for rolls: the headings of a list of cities and its words, in both languages."""

from collections.abc import Mapping, Sequence
from functools import cache

from api.csv_text import csv_text
from api.i18n import gettext, mark
from api.labels import label
from api.list_words import headings_of, words_of
from registry.domain.errors import InvalidInput
from registry.domain.model import UnitType, UrbanClass
from registry.queries.rolls import ListedCity
from registry.sheets.lists import Column, Layout, ListRead, read_list

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
_COLUMNS: Mapping[str, Column] = {
    **dict.fromkeys(HEADINGS, Column.TEXT),
    "code": Column.CODE,
    "unit_type": Column.WORD,
    "urban_class": Column.WORD,
    "province": Column.CODE,
    "predecessors": Column.CODES,
    "lon": Column.DECIMAL,
    "lat": Column.DECIMAL,
}
_NEEDED = frozenset({"name_vi", "unit_type", "urban_class"})


def read(content: bytes) -> ListRead:
    """A list as it was uploaded. Raises InvalidInput naming cells."""
    return read_list(content, _layout(gettext(_SHEET)))


def as_in_file(error: InvalidInput, found: ListRead) -> InvalidInput:
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
def _layout(sheet: str) -> Layout:
    words = {
        field: words_of(kind)
        for field, kind in (("unit_type", UnitType), ("urban_class", UrbanClass))
    }
    return Layout(_COLUMNS, _NEEDED, headings_of(HEADINGS), words, sheet)
