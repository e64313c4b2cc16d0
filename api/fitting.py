"""The typesetter's rule: how wide a text is at most, so that a drawing has room for it.

Whoever looks at a drawing sets its letters in a font of their own. Widths here are those of DejaVu
Sans, among the widest there are: what fits by them fits by any other.
"""

import unicodedata
from dataclasses import dataclass

# In ems, by kind of letter; marks stand above or below and take no room.
_NARROW, _SLIM, _SPACE, _USUAL, _LARGE, _WIDE = 0.4, 0.53, 0.36, 0.72, 0.86, 1.11
_NARROW_LETTERS = frozenset("iljI.,:;'’|·")
_SLIM_LETTERS = frozenset('tfr-/()[]!"')
_WIDE_LETTERS = frozenset("mwMW—%@…+&")
# Letters that are not bold, beside those that are.
_LIGHT = 0.93
# The smallest letters that are still read.
SMALLEST = 10.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines of a text, the size of its letters, and what the widest line takes at most."""

    lines: tuple[str, ...]
    size: float
    width: float


def width(text: str, size: float = 1.0, *, bold: bool = True) -> float:
    """How wide a text is at most, in the unit of `size`."""
    ems = sum(map(_ems, unicodedata.normalize("NFD", text)))
    return ems * size * (1 if bold else _LIGHT)


def _ems(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if letter.isspace():
        return _SPACE
    for letters, ems in (
        (_NARROW_LETTERS, _NARROW),
        (_SLIM_LETTERS, _SLIM),
        (_WIDE_LETTERS, _WIDE),
    ):
        if letter in letters:
            return ems
    if letter.isupper():
        return _LARGE
    return _USUAL if letter.isascii() or letter == "đ" else _WIDE


def fitted(text: str, room: float, size: float, most: int = 1, *, bold: bool = True) -> Fitted:
    """The text between words in at most so many lines, its letters as large as they can be.

    A text for which the smallest letters are still too large is that much wider than its room:
    the drawing then presses its letters together.
    """
    while True:
        lines = _broken(text, room / size, bold=bold)
        widest = max((width(line, size, bold=bold) for line in lines), default=0.0)
        if (len(lines) <= most and widest <= room) or size <= SMALLEST:
            break
        size = max(SMALLEST, size - 0.5)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
        widest = max(width(line, size, bold=bold) for line in lines)
    return Fitted(tuple(lines), size, widest)


def _broken(text: str, room: float, *, bold: bool) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, bold=bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
