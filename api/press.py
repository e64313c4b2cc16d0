"""The printer's room: pictures (PNG), set by Typst with the fonts of DejaVu, which know Vietnamese.

Words from people and data go in as data and are set as text; only our own templates are code. One
picture is set at a time, and each but once while it is remembered. Few may wait, since whoever
waits holds a thread and a connection to the database, which are for those who only look.
"""

import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import typst

from registry.domain.errors import Busy

# Two pixels to one of CSS (a 96th of an inch), for screens of today.
_PIXELS_PER_INCH = 192
# Of some fifty kilobytes each.
_REMEMBERED = 128
_WAITING = 8
_TEMPLATES = Path(__file__).parent / "templates"

_press = threading.Lock()
_room = threading.BoundedSemaphore(_WAITING)
_kept: dict[tuple[str, str], bytes] = {}


def picture(template: str, told: str) -> bytes:
    """A template of ours filled with JSON or SVG: the same words are the same bytes. Raises Busy
    where too many wait."""
    asked = (template, told)
    found = _kept.get(asked)
    if found is not None:
        return found
    if not _room.acquire(blocking=False):
        raise Busy
    try:
        with _press:
            if asked not in _kept:
                made = _printed(template, told)
                while len(_kept) >= _REMEMBERED:
                    del _kept[next(iter(_kept))]
                _kept[asked] = made
            return _kept[asked]
    finally:
        _room.release()


def _printed(template: str, told: str) -> bytes:
    made: bytes = typst.compile(
        _template(template),
        format="png",
        ppi=_PIXELS_PER_INCH,
        sys_inputs={"told": told},
        ignore_system_fonts=True,
        font_paths=_fonts(),
    )
    return made


@cache
def _template(name: str) -> bytes:
    return (_TEMPLATES / name).read_bytes()


@cache
def _fonts() -> typst.Fonts:
    """DejaVu comes with matplotlib, which need not be imported for that."""
    found = find_spec("matplotlib")
    assert found is not None
    assert found.submodule_search_locations is not None
    folder = Path(found.submodule_search_locations[0]) / "mpl-data/fonts/ttf"
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder)],
    )
