"""Names as readers look for them: without marks, without what a place is, in dictionary order."""

import unicodedata
from urllib.parse import quote

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
# In the order of Vietnamese dictionaries: none, grave, hook above, tilde, acute, dot below.
_TONES = " \u0300\u0309\u0303\u0301\u0323"
# What a place is stands before its name, and readers look for the name.
_FORMS = ("Thành phố ", "Thị xã ", "Thị trấn ", "Đô thị ", "Phường ", "Đặc khu ", "Tỉnh ")


def fold(text: str) -> str:
    """Lower case without marks: Vietnamese is often typed so."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("đ", "d")


def bare(name: str) -> str:
    """A place's name without the word that says what it is."""
    return next((name.removeprefix(form) for form in _FORMS if name.startswith(form)), name)


def in_order(text: str) -> tuple[list[int], list[int]]:
    """The sort key of Vietnamese dictionaries: letters first, tones where letters are equal."""
    letters, tones = [], []
    for char in unicodedata.normalize("NFC", text).casefold():
        parts = unicodedata.normalize("NFD", char)
        tone = next((c for c in parts if c in _TONES), " ")
        letter = unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONES))
        letters.append(_ALPHABET.find(letter) if letter else -1)
        tones.append(_TONES.index(tone))
    return letters, tones


def slug(key: str) -> str:
    """The last part of the address of a product or provider: its key with hyphens for spaces. A key
    has no hyphen, so no two share an address."""
    return quote(key.replace(" ", "-"), safe="")
