"""The label drawer of the workshop: how names of units are spelled, shortened and compared."""

import unicodedata

# What a unit is comes before its name; the package capitalises some of these at will.
KINDS = ("Thành phố", "Thị xã", "Thị trấn", "Đặc khu", "Phường", "Quận", "Huyện", "Tỉnh", "Xã")


def tidy(name: str) -> str:
    """The name composed (NFC), single-spaced, its kind spelled as in `KINDS`."""
    text = " ".join(unicodedata.normalize("NFC", name).split())
    spelled = kind(text)
    return spelled + text[len(spelled) :]


def kind(name: str) -> str:
    for word in KINDS:
        if name.lower().startswith(word.lower() + " "):
            return word
    raise ValueError(f"not a unit: {name!r}")


def short(name: str) -> str:
    return name[len(kind(name)) + 1 :]


def latin(text: str) -> str:
    """The text without diacritics, as in English."""
    stripped = (c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return "".join(stripped).replace("đ", "d").replace("Đ", "D")


def folded(text: str) -> str:
    """What two spellings of one name have in common."""
    return "".join(c for c in latin(text).lower() if c.isalnum())
