"""The signposts in the head of each page: feeds, search, catalogue, and the page as linked data.

What stands here follows from the page's address; a page that could not be shown has none.
"""

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import Request
from markupsafe import Markup

from api.dcat_sets import ABOUT, LICENCE, SETS, TITLE, Set
from api.i18n import Language, current, gettext, mark
from registry.domain.model import ProblemArea
from registry.domain.standard import Words

_SCHEMA_ORG = "https://schema.org"
# What would end a script element, or begin a comment in it, is written as JSON's own escapes.
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_DATA = "data"
# The pages right behind the first, by the words of the navigation.
_SECTIONS: Mapping[str, str] = {
    "about": mark("About the data"),
    "api": mark("API"),
    "changes": mark("What changed"),
    "cities": mark("Cities"),
    "coverage": mark("Progress"),
    _DATA: mark("Open data"),
    "decisions": mark("Decisions"),
    "figures": mark("Published figures"),
    "indicators": mark("Indicators"),
    "ledger": mark("Ledger"),
    "map": mark("Map"),
    "problem-areas": mark("Problem areas"),
    "products": mark("Products"),
    "providers": mark("Providers"),
    "provinces": mark("Provinces"),
    "rolls": mark("Rolls"),
    "rule": mark("Counting rule"),
    "scoreboard": mark("Scoreboard"),
    "standard": mark("Metadata standard"),
    "use-cases": mark("AI applications"),
}


@dataclass(frozen=True, slots=True)
class Signposts:
    """`path` is that of the page after its language, None where there is nothing to find."""

    site: str
    path: str | None
    asked: Mapping[str, str]

    @property
    def feeds(self) -> Sequence[tuple[str, str]]:
        """Title and path of the feeds that tell of this page, the nearest first."""
        return list(self._feeds())

    def _feeds(self) -> Iterator[tuple[str, str]]:
        if self.path is None:
            return
        here = f"/{current()}/feeds"
        section, _, key = self.path.partition("/")
        if section == "cities" and key and "/" not in key:
            yield gettext("What happens in this city"), f"{here}/cities/{quote(key)}.atom"
        if section == "provinces" and key:
            yield gettext("What happens in this province"), f"{here}/provinces/{quote(key)}.atom"
        area = self.asked.get("area", "")
        if section == "problem-areas":
            area = key
        if area in set(ProblemArea):
            yield gettext("What happens in this problem area"), f"{here}/areas/{area}.atom"
        if section == "figures":
            yield gettext("Published figures"), f"{here}/figures.atom"
        yield gettext("New decisions"), f"{here}/decisions.atom"
        yield gettext("What changed"), f"{here}/changes.atom"

    def linked(self, title: str) -> Sequence[Markup]:
        """The page by schema.org, as JSON-LD that cannot end its script element; `title` is the
        page's own, as HTML."""
        return [_safe({"@context": _SCHEMA_ORG, **found}) for found in self._linked(title)]

    def _linked(self, title: str) -> Iterator[dict[str, Any]]:
        if self.path is None:
            return
        section, _, key = self.path.partition("/")
        if not section:
            yield self._website()
            yield {**self._catalogue(), "dataset": [self._dataset(each) for each in SETS]}
        elif section == _DATA and not key:
            yield {**self._catalogue(), "dataset": [self._dataset(each) for each in SETS]}
        elif not key:
            for each in SETS:
                if each.page == section:
                    catalogue = {"includedInDataCatalog": self._catalogue()}
                    yield {**self._dataset(each), **catalogue}
        if section in _SECTIONS:
            yield self._crumbs(section, key, html.unescape(title))

    def _website(self) -> dict[str, Any]:
        address = f"{self.site}/{current()}/search?q={{search_term_string}}"
        return {
            "@type": "WebSite",
            "name": _said(TITLE),
            "description": _said(ABOUT),
            "url": self._home,
            "inLanguage": current().value,
            "publisher": self._publisher(),
            "potentialAction": {
                "@type": "SearchAction",
                "target": {"@type": "EntryPoint", "urlTemplate": address},
                "query-input": "required name=search_term_string",
            },
        }

    def _publisher(self) -> dict[str, Any]:
        return {"@type": "Organization", "name": _said(TITLE), "url": self._home}

    def _catalogue(self) -> dict[str, Any]:
        return {
            "@type": "DataCatalog",
            "@id": f"{self.site}/catalog#catalog",
            "name": _said(TITLE),
            "description": _said(ABOUT),
            "url": self._home,
            "license": LICENCE,
        }

    def _dataset(self, each: Set) -> dict[str, Any]:
        return {
            "@type": "Dataset",
            "@id": f"{self.site}/catalog#{each.name}",
            "name": _said(each.title),
            "description": f"{_said(each.description)} {_said(ABOUT)}",
            "url": f"{self._home}{each.page}",
            "keywords": [_said(keyword) for keyword in each.keywords],
            "license": LICENCE,
            "isAccessibleForFree": True,
            "inLanguage": [language.value for language in Language],
            "creator": self._publisher(),
            "spatialCoverage": {"@type": "Place", "name": gettext("Viet Nam")},
            "distribution": [
                {
                    "@type": "DataDownload",
                    "encodingFormat": file.media_type,
                    "contentUrl": f"{self.site}{file.address}",
                }
                for file in each.files
            ],
        }

    def _crumbs(self, section: str, key: str, title: str) -> dict[str, Any]:
        steps = [
            (gettext("Overview"), self._home),
            (gettext(_SECTIONS[section]), f"{self._home}{section}"),
        ]
        if key:
            steps.append((" ".join(title.split()), f"{self._home}{section}/{quote(key)}"))
        return {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "name": name, "item": address}
                for place, (name, address) in enumerate(steps, start=1)
            ],
        }

    @property
    def _home(self) -> str:
        return f"{self.site}/{current()}/"


def signposts(request: Request, status: HTTPStatus) -> Signposts:
    beginning = f"/{current()}/"
    path = request.url.path
    shown = status is HTTPStatus.OK and path.startswith(beginning)
    return Signposts(
        site=request.app.state.settings.site,
        path=path[len(beginning) :] if shown else None,
        asked=request.query_params,
    )


def _said(words: Words) -> str:
    return words.en if current() is Language.EN else words.vi


def _safe(found: dict[str, Any]) -> Markup:
    data = json.dumps(found, ensure_ascii=False).translate(_ESCAPES)
    return Markup(data)  # noqa: S704 - nothing is left in it that could end a script element
