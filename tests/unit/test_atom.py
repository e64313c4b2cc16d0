"""The scribe of feeds: whatever people wrote, what leaves is XML that says the same."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import feedparser
import pytest

from api import atom
from api.atom import Entry, Feed

NOW = datetime(2025, 6, 15, 3, tzinfo=UTC)
SPACE = "{http://www.w3.org/2005/Atom}"


def feed(*entries: Entry, site: str = "https://so-ai.example.vn") -> bytes:
    address = f"{site}/vi/feeds/changes.atom"
    return atom.written(
        Feed(
            id=atom.tag(site, "feed/changes/vi"),
            title="Thay đổi",
            subtitle="",
            author="Bộ",
            url=f"{site}/vi/changes",
            first=address,
            this=address,
            following=None,
            updated=NOW,
            entries=entries,
        )
    )


def entry(title: str, number: int = 1) -> Entry:
    name = atom.tag("https://so-ai.example.vn:8443/", f"event/{number}")
    return Entry(name, title, NOW, "https://so-ai.example.vn/vi/", text=title)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("]]> <![CDATA[ & <b>", "]]> <![CDATA[ & <b>"),
        ("</title><script>alert(1)</script>", "</title><script>alert(1)</script>"),
        ('"quoted" &amp; &#0;', '"quoted" &amp; &#0;'),
        # Section 2.2 of XML 1.0 has no place for these, not even as references.
        ("a\0b\x0bc\x1fd\ufffee\uffff\ud800f", "abcdef"),
        ("Ngập \u202eúng 🏙", "Ngập \u202eúng 🏙"),
    ],
)
def test_text_is_kept_as_far_as_xml_can_hold_it(written: str, read: str) -> None:
    content = feed(entry(written))
    root = ET.fromstring(content)  # noqa: S314 - our own
    assert root.findtext(f"{SPACE}entry/{SPACE}title") == read
    assert root.findtext(f"{SPACE}entry/{SPACE}content") == read
    assert not feedparser.parse(content).bozo


def test_a_feed_without_entries_is_whole() -> None:
    content = feed()
    found = feedparser.parse(content)
    assert (found.bozo, found.entries) == (False, [])
    assert found.feed.updated == "2025-06-15T03:00:00.000000Z"


def test_names_hold_the_host_and_nothing_that_changes() -> None:
    assert entry("a").id == "tag:so-ai.example.vn,2026:event/1"
    assert atom.tag("http://127.0.0.1:8000", "x") == "tag:127.0.0.1,2026:x"
