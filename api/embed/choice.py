"""The lending desk's price list: what an address may choose, and how much room it takes."""

from enum import StrEnum
from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator

from registry.domain.indicators import Indicator
from registry.domain.kinds import blank_to_none


class Theme(StrEnum):
    """`auto` follows what the reader's system prefers."""

    LIGHT = "light"
    DARK = "dark"
    AUTO = "auto"


class Size(StrEnum):
    S = "s"
    M = "m"
    L = "l"


class Piece(StrEnum):
    """What can be shown in another site."""

    FIGURE = "figure"
    MAP = "map"
    SCOREBOARD = "scoreboard"
    CITY = "city"
    BADGE = "badge"


ThemeAsked = Annotated[Theme, Query(description="Colours: light, dark, or as the reader prefers")]
SizeAsked = Annotated[Size, Query(description="How large it is shown")]
Of = Annotated[
    Indicator | None,
    BeforeValidator(blank_to_none),
    Query(description="Of which of the four indicators; default: 2, the cities"),
]
In = Annotated[
    str, Query(max_length=40, description="Code of a province: the figure of its cities")
]

# Width and height of the frame that has room for it, in CSS pixels. What is longer in one
# language than in the other has room for both.
FRAMES: dict[Piece, dict[Size, tuple[int, int]]] = {
    Piece.FIGURE: {Size.S: (320, 430), Size.M: (480, 490), Size.L: (720, 440)},
    Piece.MAP: {Size.S: (340, 770), Size.M: (480, 940), Size.L: (720, 1170)},
    Piece.SCOREBOARD: {Size.S: (360, 1060), Size.M: (720, 900), Size.L: (1000, 900)},
    Piece.CITY: {Size.S: (320, 320), Size.M: (440, 360), Size.L: (640, 420)},
}
# Width of a picture, in CSS pixels; its height follows from what is drawn.
WIDTHS = {
    Piece.FIGURE: {Size.S: 360, Size.M: 480, Size.L: 720},
    Piece.MAP: {Size.S: 320, Size.M: 480, Size.L: 720},
    Piece.BADGE: {Size.S: 300, Size.M: 360, Size.L: 480},
}
