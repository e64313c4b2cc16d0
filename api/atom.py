"""The scribe of feeds: Atom (RFC 4287), its pages (RFC 5005), and names that last (RFC 4151)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from api.i18n import current, gettext, iso_utc

MEDIA_TYPE = "application/atom+xml"
_ATOM = "http://www.w3.org/2005/Atom"
# Since when the register's host names what is in it; part of each name, so it stays.
_NAMED_SINCE = "2026"
# What XML 1.0 has no place for, whichever way it is written (section 2.2).
_NO_CHARACTERS = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """`id` is an absolute IRI that stays; `updated` is UTC; `html` a fragment whose parts from
    people are escaped, `text` plain words: one of the two."""

    id: str
    title: str
    updated: datetime
    url: str
    html: str = ""
    text: str = ""
    category: tuple[str, str] | None = None
    """A code, and its word in the reader's language."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One page of a feed in the reader's language. All addresses are absolute; `following` is that
    of the page with older entries, `first` that of the newest ones."""

    id: str
    title: str
    subtitle: str
    author: str
    url: str
    first: str
    this: str
    following: str | None
    updated: datetime
    """Where there is no entry to tell."""
    entries: Sequence[Entry]


def tag(public_url: str, name: str) -> str:
    """A tag URI of the register's own; `name` is made of letters, digits, `/`, `-` and `.`."""
    return f"tag:{urlsplit(public_url).hostname},{_NAMED_SINCE}:{name}"


def written(feed: Feed) -> bytes:
    """UTF-8. What XML cannot hold of people's text is left out."""
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": current().value})
    _child(root, "id", feed.id)
    _child(root, "title", feed.title)
    if feed.subtitle:
        _child(root, "subtitle", feed.subtitle)
    newest = max((entry.updated for entry in feed.entries), default=feed.updated)
    _child(root, "updated", iso_utc(newest))
    _child(_child(root, "author"), "name", feed.author)
    _child(root, "generator", gettext("City AI registry"))
    _child(root, "link", rel="self", href=feed.this, type=MEDIA_TYPE)
    _child(root, "link", rel="first", href=feed.first, type=MEDIA_TYPE)
    if feed.following is not None:
        _child(root, "link", rel="next", href=feed.following, type=MEDIA_TYPE)
    _child(root, "link", rel="alternate", href=feed.url, type="text/html")
    for entry in feed.entries:
        _write(root, entry)
    out: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return out


def _write(root: ET.Element, entry: Entry) -> None:
    found = _child(root, "entry")
    at = iso_utc(entry.updated)
    _child(found, "id", entry.id)
    _child(found, "title", entry.title)
    _child(found, "updated", at)
    _child(found, "published", at)
    _child(found, "link", rel="alternate", href=entry.url, type="text/html")
    if entry.category is not None:
        term, word = entry.category
        _child(found, "category", term=term, label=word)
    _child(found, "content", entry.html or entry.text, type="html" if entry.html else "text")


def _child(parent: ET.Element, name: str, text: str | None = None, **values: str) -> ET.Element:
    cleaned = {key: _NO_CHARACTERS.sub("", value) for key, value in values.items()}
    found = ET.SubElement(parent, name, cleaned)
    found.text = None if text is None else _NO_CHARACTERS.sub("", text)
    return found
