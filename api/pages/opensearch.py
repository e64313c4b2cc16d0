"""The public hall, the visiting card: how browsers add our search, and keep the site."""

import json
from xml.etree import ElementTree as ET

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import assets
from api.audience import Audience, open_to
from api.deps import Config, Db, Now
from api.i18n import Language, current, gettext
from api.openapi import SUGGESTIONS
from api.pages.conditional import conditional
from registry.queries.moments import moment

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])

MEDIA_TYPE = "application/opensearchdescription+xml"
_SPACE = "http://a9.com/-/spec/opensearch/1.1/"
# What browsers show in their box: the standard has room for 16 letters.
SHORT_NAMES = {Language.VI: "Sổ AI đô thị", Language.EN: "City AI registry"}
_BRAND = "#8f1d1d"


@router.get("/opensearch.xml")
def description(request: Request, db: Db, now: Now, config: Config) -> Response:
    """OpenSearch 1.1: the search, its JSON, and what completes words as they are typed."""

    def make() -> Response:
        answer = _described(config.site, config.contact or "")
        return Response(answer, headers=_spoken(), media_type=MEDIA_TYPE)

    return conditional(request, moment(db, now), make)


@router.get("/site.webmanifest")
def manifest(request: Request, db: Db, now: Now) -> Response:
    """How a phone names the site on its first page."""

    def make() -> Response:
        said = {
            "name": gettext("City AI registry"),
            "short_name": SHORT_NAMES[current()],
            "lang": current().value,
            "start_url": f"/{current()}/",
            "scope": "/",
            "display": "browser",
            "theme_color": _BRAND,
            "background_color": "#ffffff",
            "icons": [{"src": assets.url("favicon.svg"), "sizes": "any", "type": "image/svg+xml"}],
        }
        body = json.dumps(said, ensure_ascii=False).encode()
        return Response(body, headers=_spoken(), media_type="application/manifest+json")

    return conditional(request, moment(db, now), make)


def _described(site: str, contact: str) -> bytes:
    language = current()
    root = ET.Element("OpenSearchDescription", {"xmlns": _SPACE})
    said = {
        "ShortName": SHORT_NAMES[language],
        "Description": gettext("Cities, problems and AI applications of the register"),
        # The standard takes an address of mail and no other.
        "Contact": contact.removeprefix("mailto:") if contact.startswith("mailto:") else "",
        "LongName": gettext("City AI registry"),
        "Language": language.value,
        "InputEncoding": "UTF-8",
        "OutputEncoding": "UTF-8",
    }
    for name, text in said.items():
        if text:
            ET.SubElement(root, name).text = text
    icon = {"width": "16", "height": "16", "type": "image/svg+xml"}
    ET.SubElement(root, "Image", icon).text = f"{site}{assets.url('favicon.svg')}"
    api, words = f"{site}/api/v1/search", f"q={{searchTerms}}&lang={language}"
    for kind, rel, template in (
        ("text/html", "results", f"{site}/{language}/search?q={{searchTerms}}"),
        ("application/json", "results", f"{api}?{words}"),
        (SUGGESTIONS, "suggestions", f"{api}/beginning?{words}&f=opensearch"),
        (MEDIA_TYPE, "self", f"{site}/{language}/opensearch.xml"),
    ):
        ET.SubElement(root, "Url", {"type": kind, "rel": rel, "template": template})
    out: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return out


def _spoken() -> dict[str, str]:
    return {"Content-Language": current().value}
