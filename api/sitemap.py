"""The map for search engines: every public page once per language, in parts (sitemaps.org)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from sqlalchemy.orm import Session

from api.i18n import DEFAULT, Language
from api.names import slug
from registry.domain.errors import NotFound
from registry.domain.model import ProblemArea
from registry.queries.addresses import FOLDERS, Address
from registry.queries.makers import MakerKind, makers
from registry.queries.moments import Moment

MEDIA_TYPE = "application/xml"
# Each has an address per language; a part may have 50,000.
PART = 10_000
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"
# Pages that stand by themselves.
_PAGES = "pages"
_ALONE = (
    *("", "scoreboard", "coverage", "map", "map/areas", "cities", "use-cases", "changes"),
    *("rule", "standard", "figures", "ledger", "about", "data", "api", "embed", "rolls"),
    *("provinces", "products", "providers", "problem-areas"),
    *(f"problem-areas/{area}" for area in ProblemArea),
)
_MAKERS: Mapping[str, MakerKind] = {"products": MakerKind.PRODUCT, "providers": MakerKind.PROVIDER}
_FOLDERS = (_PAGES, *FOLDERS, *_MAKERS)


def index(session: Session, seen: Moment, site: str) -> bytes:
    """The parts that there are; a part changed when something in it did."""
    root = ET.Element("sitemapindex", {"xmlns": _SPACE})
    for folder in _FOLDERS:
        found = _addresses(session, seen, folder)
        for number, part in enumerate(_cut(found), start=1):
            item = ET.SubElement(root, "sitemap")
            _child(item, "loc", f"{site}/sitemap-{folder}-{number}.xml")
            _changed(item, max((a.changed for a in part if a.changed), default=None))
    return _written(root)


def part(session: Session, seen: Moment, site: str, folder: str, number: int) -> bytes:
    """Raises NotFound for a part that the index does not have."""
    if folder not in _FOLDERS:
        raise NotFound
    parts = _cut(_addresses(session, seen, folder))
    if not 1 <= number <= len(parts):
        raise NotFound
    root = ET.Element("urlset", {"xmlns": _SPACE, "xmlns:xhtml": _XHTML})
    for each in parts[number - 1]:
        path = each.key if folder == _PAGES else f"{folder}/{each.key}"
        for language in Language:
            _url(root, site, language, path, each.changed)
    return _written(root)


def _url(
    root: ET.Element, site: str, language: Language, path: str, changed: datetime | None
) -> None:
    found = ET.SubElement(root, "url")
    _child(found, "loc", f"{site}/{language}/{path}")
    _changed(found, changed)
    for other in Language:
        _link(found, other.value, f"{site}/{other}/{path}")
    _link(found, "x-default", f"{site}/{DEFAULT}/{path}")


def _addresses(session: Session, seen: Moment, folder: str) -> Sequence[Address]:
    if folder == _PAGES:
        return [Address(path, None) for path in _ALONE]
    if folder in _MAKERS:
        return [Address(slug(each.key), None) for each in makers(session, seen, _MAKERS[folder])]
    return FOLDERS[folder](session, seen)


def _cut(found: Sequence[Address]) -> list[Sequence[Address]]:
    return [found[start : start + PART] for start in range(0, len(found), PART)]


def _changed(item: ET.Element, at: datetime | None) -> None:
    if at is not None:
        _child(item, "lastmod", at.replace(microsecond=0).isoformat())


def _link(parent: ET.Element, language: str, href: str) -> None:
    ET.SubElement(parent, "xhtml:link", {"rel": "alternate", "hreflang": language, "href": href})


def _child(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _written(root: ET.Element) -> bytes:
    out: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return out
