"""The lending desk's counter: what an address may choose, and how its answer is kept."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response

from api.pages.conditional import conditional
from registry.queries.moments import Moment


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

# Width and height of the frame that has room for it, in CSS pixels. What is longer in one
# language than in the other has room for both.
FRAMES: dict[Piece, dict[Size, tuple[int, int]]] = {
    Piece.FIGURE: {Size.S: (320, 260), Size.M: (480, 400), Size.L: (720, 430)},
    Piece.MAP: {Size.S: (340, 640), Size.M: (480, 800), Size.L: (720, 1060)},
    Piece.SCOREBOARD: {Size.S: (360, 900), Size.M: (720, 1100), Size.L: (1000, 1200)},
    Piece.CITY: {Size.S: (320, 260), Size.M: (440, 330), Size.L: (640, 420)},
}
# Width of a picture, in CSS pixels; its height follows from what is drawn.
WIDTHS = {
    Piece.FIGURE: {Size.S: 360, Size.M: 480, Size.L: 720},
    Piece.MAP: {Size.S: 320, Size.M: 480, Size.L: 720},
    Piece.BADGE: {Size.S: 300, Size.M: 360, Size.L: 480},
}


def lent(
    request: Request, seen: Moment, make: Callable[[], Response], *, also: str = ""
) -> Response:
    """What `make` renders of the public register as of `seen`, or 304 where the caller has it.

    The language is in the address and nobody is asked who they are, so nothing else varies it.
    """
    answer = conditional(request, seen, make, also=also)
    answer.headers["Vary"] = "Accept-Encoding"
    return answer
