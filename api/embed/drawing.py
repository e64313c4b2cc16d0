"""The lending desk's drawing board: badge, figure and map as SVGs that need nothing but themselves.

Every colour is an attribute, so that any program draws them; where the reader's system is to
choose, one style sheet, always the same, repaints them for the dark.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api import i18n
from api.archipelagos import archipelagos
from api.embed.choice import WIDTHS, Piece, Size, Theme
from api.embed.facts import Badge, Country, Told
from api.fitting import SMALLEST, Fitted, fitted, width
from api.i18n import pick
from api.rendering import environment
from maps import small
from registry.domain.counted import Word
from registry.domain.model import CityStatus
from registry.queries.cities import CityRow

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1f2328",
    "soft": "#545b63",
    "edge": "#c3c8ce",
    "sea": "#e6edf1",
    "land": "#f5f1e8",
    "brand": "#8f1d1d",
    "rest": "#e4dfd4",
}
DARK = {
    "paper": "#16191d",
    "ink": "#e8eaed",
    "soft": "#b3bac2",
    "edge": "#4a525b",
    "sea": "#1d252b",
    "land": "#39403f",
    "brand": "#f08a80",
    "rest": "#3a4149",
}
_BY_PREFERENCE = Markup(  # noqa: S704 - made of constants alone
    "@media (prefers-color-scheme:dark){"
    + "".join(
        f".{name}{{fill:{colour}}}.{name}-line{{stroke:{colour}}}" for name, colour in DARK.items()
    )
    + "}"
)
STYLE_HASH = (
    f"'sha256-{base64.b64encode(hashlib.sha256(_BY_PREFERENCE.encode()).digest()).decode()}'"
)

# White on each of them is read by everybody; the sign beside it says the same.
BANDS = {
    Word.COUNTED: "#14532d",
    Word.NO_LONGER: "#7a3e00",
    Word.NOT_YET: "#545b63",
    Word.NOT_ON_ROLL: "#3b4047",
    Word.NO_ROLL: "#3b4047",
}
_SIGNS = {
    Word.COUNTED: "M-13 1l9 9 17-19",
    Word.NO_LONGER: "M-12 0h24M0-12",
    Word.NOT_YET: "M0-12v13l8 6M0-16a16 16 0 1 0 .1 0",
    Word.NOT_ON_ROLL: "M-11-11l22 22M11-11l-22 22",
    Word.NO_ROLL: "M-11-11l22 22M11-11l-22 22",
}
_BADGE, _BAND, _MARGIN = 360, 56, 12
_FIGURE = 480


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text in a drawing: where its letters stand, how large and in which colour.

    `room` is what its letters are pressed into, where they would take more; else None.
    """

    text: str
    x: float
    y: float
    size: float
    colour: str = "ink"
    bold: bool = False
    room: float | None = None


class _Column:
    """Lines of text below each other, in a column of a width."""

    def __init__(self, x: float, y: float, room: float) -> None:
        self._x, self.y, self._room = x, y, room
        self.lines: list[Line] = []

    def set(
        self, text: str, size: float, *, most: int = 1, colour: str = "ink", bold: bool = False
    ) -> None:
        found: Fitted = fitted(text, self._room, size, most, bold=bold)
        for line in found.lines:
            self.y += found.size * 1.3
            wide = width(line, found.size, bold=bold)
            pressed = self._room if wide > self._room else None
            y = self.y - found.size * 0.3
            self.lines.append(Line(line, self._x, round(y, 1), found.size, colour, bold, pressed))


def badge(found: Badge, theme: Theme, size: Size, site: str) -> str:
    """What the register says of a city, since when, as of which day and as known when. `site` is
    the register's name."""
    column = _Column(_BAND + _MARGIN, 8, _BADGE - _BAND - 2 * _MARGIN)
    column.set(i18n.gettext("AI application on a pressing problem"), 11, colour="soft")
    column.set(found.name, 17, most=2, bold=True)
    column.set(found.words, 15, bold=True)
    column.set(found.stamp.at, 11, most=2, colour="soft")
    column.set(f"{site}: {found.stamp.short}", 11, most=2, colour="soft")
    if found.stamp.note:
        column.set(found.stamp.note, 11, most=2, colour="soft")
    return _drawn(
        "badge.svg",
        theme,
        across=_BADGE,
        down=round(column.y + 10),
        width=WIDTHS[Piece.BADGE][size],
        title=f"{found.name}: {found.words}",
        text=f"{found.stamp.at}. {found.stamp.known} {found.stamp.proof}",
        lines=column.lines,
        band=_BAND,
        colour=BANDS[found.word],
        sign=_SIGNS[found.word],
        link=found.stamp.proof,
    )


def figure(told: Told, theme: Theme, size: Size, site: str) -> str:
    """A figure with its targets, its roll and its rule."""
    column = _Column(16, 10, _FIGURE - 32)
    column.set(told.heading, 15, most=2, bold=True)
    column.set(told.large, 30, bold=True, colour="brand")
    bar = column.y + 8
    if told.share is not None:
        column.y = bar + (44 if told.aims else 22)
    if size is not Size.S:
        column.set(told.sentence, 13, most=6)
    for each in told.verdicts:
        column.set(each, 12.5, most=3)
    column.y += 4
    column.set(told.basis, 11, most=3, colour="soft")
    stamp = told.stamp
    column.set(f"{stamp.on} {stamp.known}", 11, most=2, colour="soft")
    column.set(f"{site}: {stamp.short}", 11, most=2, colour="soft")
    if stamp.note:
        column.set(stamp.note, 11, most=2, colour="soft")
    return _drawn(
        "figure.svg",
        theme,
        across=_FIGURE,
        down=round(column.y + 12),
        width=WIDTHS[Piece.FIGURE][size],
        title=told.heading,
        text=" ".join([told.sentence, *told.verdicts, told.basis, stamp.known, stamp.proof]),
        lines=column.lines,
        bar=bar,
        share=told.share,
        aims=told.aims if told.share is not None else (),
        link=stamp.proof,
    )


def national_map(found: Country, theme: Theme, size: Size, site: str) -> str:
    """The cities of a day by their status, with the national figure."""
    told, stamp = found.told, found.stamp
    across = int(small.VIEW_BOX.split()[2])
    down = int(small.VIEW_BOX.split()[3])
    # Below the map, in the same units.
    column = _Column(10, down + 4, across - 20)
    column.set(told.large, 16, bold=True)
    column.set(told.heading, 10.5, most=3)
    shown = marks(found.cities)
    legend = column.y + 10
    column.y = legend + 16 * len(shown) - 4
    credit = i18n.gettext("City locations: GeoNames (CC BY 4.0).")
    for text in (f"{stamp.on} {stamp.known}", f"{site}: {stamp.short}", stamp.note, credit):
        if text:
            column.set(text, SMALLEST, most=3, colour="soft")
    return _drawn(
        "map.svg",
        theme,
        across=across,
        down=round(column.y + 8),
        width=WIDTHS[Piece.MAP][size],
        title=i18n.gettext("Map of the cities of Viet Nam by their AI applications"),
        text=f"{told.sentence} {stamp.known} {stamp.proof}",
        lines=column.lines,
        sea=down,
        land=found.land,
        isles=isles(),
        shown=shown,
        legend=legend,
        link=stamp.proof,
    )


def bare_map(found: Country, theme: Theme, size: Size) -> str:
    """The map alone, without words around it."""
    down = int(small.VIEW_BOX.split()[3])
    return _drawn(
        "map.svg",
        theme,
        across=int(small.VIEW_BOX.split()[2]),
        down=down,
        width=WIDTHS[Piece.MAP][size],
        title="",
        text="",
        lines=(),
        sea=down - 1,
        land=found.land,
        isles=isles(),
        shown=marks(found.cities),
        legend=None,
        link="",
    )


@dataclass(frozen=True, slots=True)
class Marked:
    """The cities of one status, each with its place on a small map where one is known."""

    status: CityStatus
    number: int
    places: tuple[tuple[int, int, CityRow], ...]


def marks(cities: Sequence[CityRow]) -> list[Marked]:
    """In the order in which they are drawn: what counts lies on top."""
    found = []
    for status in reversed(CityStatus):
        those = [city for city in cities if city.status is status]
        places = tuple(
            (*small.place(city.lon, city.lat), city)
            for city in those
            if city.lon is not None and city.lat is not None
        )
        found.append(Marked(status, len(those), places))
    return found


def isles() -> list[tuple[int, int, tuple[str, str]]]:
    """Hoàng Sa and Trường Sa, each with its name on two lines."""
    found = []
    for feature in archipelagos().features:
        name = pick(feature.properties.label_vi, feature.properties.label_en)
        first, bracket, rest = name.partition(" (")
        x, y = small.place(*feature.geometry.coordinates)
        found.append((x, y, (first, f"{bracket}{rest}".strip())))
    return found


def _drawn(template: str, theme: Theme, **values: Any) -> str:
    colours = DARK if theme is Theme.DARK else LIGHT
    style = _BY_PREFERENCE if theme is Theme.AUTO else None
    return (
        environment()
        .get_template(f"embed/{template}")
        .render(c=colours, style=style, language=i18n.current(), **values)
    )
