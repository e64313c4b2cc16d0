"""The map room's door: places the map's pieces in a page, alone or inside another page."""

import base64
import hashlib
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.audience import Audience, open_to
from api.deps import Config, When
from api.i18n import current, gettext
from api.pages.conditional import asked, conditional
from api.rendering import page
from api.security import content_security_policy
from maps.document import map_parts
from maps.labels import labels
from registry.settings import Settings

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])


@router.get("/map")
def national_map(request: Request, when: When, config: Config, embed: bool = False) -> Response:
    def make() -> Response:
        clocks = asked(request, when)
        return page(
            request,
            "public/map_embedded.html" if embed else "public/map.html",
            headers={"Content-Security-Policy": _policy(config, embed)},
            parts=map_parts(),
            config=_for_script(clocks, config),
            clocks=clocks,
        )

    return conditional(request, when, make)


def _for_script(clocks: dict[str, str], config: Settings) -> dict[str, Any]:
    """What `maps.document` says `#map-config` holds."""
    return {
        "lang": current().value,
        "citiesUrl": "/api/v1/cities",
        "provincesUrl": "/api/v1/provinces",
        "archipelagosUrl": "/api/v1/archipelagos",
        "coverageUrl": "/api/v1/coverage",
        "asOf": clocks.get("as_of"),
        "knownAt": clocks.get("known_at"),
        "tileUrl": config.tile_url,
        "tileAttribution": config.tile_attribution,
        "labels": labels(gettext),
    }


@cache
def _script_hash() -> str:
    digest = hashlib.sha256(map_parts().script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _policy(config: Settings, embed: bool) -> str:
    return content_security_policy(
        scripts=[_script_hash()],
        images=[_tile_host(config.tile_url)] if config.tile_url else [],
        framed=embed,
    )


def _tile_host(tile_url: str) -> str:
    """Where tiles come from, as CSP names it; `{s}` stands for several hosts."""
    parts = urlsplit(tile_url.replace("{s}", "*"))
    return f"{parts.scheme}://{parts.netloc}"
