"""The counter for lists: headings and words by which a list is understood, in both languages."""

from collections.abc import Callable, Mapping
from contextvars import copy_context
from enum import StrEnum

from api import i18n
from api.i18n import Language, gettext
from api.labels import label
from registry.sheets.cells import folded


def headings_of(names: Mapping[str, str]) -> dict[str, str]:
    """The field of each heading: its own name, and its words in either language."""
    said = {folded(name): name for name in names}
    for language in Language:
        said |= {folded(_in(language, gettext, words)): name for name, words in names.items()}
    return said


def words_of(kind: type[StrEnum]) -> dict[str, str]:
    """The code of each word of a code list, in either language."""
    known = {folded(code.value): code.value for code in kind}
    for language in Language:
        known |= {folded(_in(language, label, code)): code.value for code in kind}
    return known


def _in(language: Language, say: Callable[..., str], what: str) -> str:
    def said() -> str:
        i18n.speak(language)
        return say(what)

    return copy_context().run(said)
