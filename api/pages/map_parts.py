"""What every page with a map needs: the script's constants, and the policy that lets it run."""

import base64
import hashlib
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from api.i18n import current, gettext
from api.outcome_words import reason
from api.security import content_security_policy
from maps.document import MapParts
from maps.labels import labels
from registry.domain.counting import Outcome
from registry.settings import Settings


def constants(clocks: dict[str, str], config: Settings) -> dict[str, Any]:
    """What `maps.document` says `#map-config` holds on every page."""
    return {
        "lang": current().value,
        "timelineUrl": "/api/v1/timeline",
        "archipelagosUrl": "/api/v1/archipelagos",
        "knownAt": clocks.get("known_at"),
        "tileUrl": config.tile_url,
        "tileAttribution": config.tile_attribution,
        "reasons": {outcome.value: reason(outcome) for outcome in Outcome},
        "labels": labels(gettext),
    }


def policy(parts: MapParts, config: Settings, framed: bool = False) -> str:
    return content_security_policy(
        scripts=[_script_hash(parts)],
        images=[_tile_host(config.tile_url)] if config.tile_url else [],
        framed=framed,
    )


@cache
def _script_hash(parts: MapParts) -> str:
    digest = hashlib.sha256(parts.script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _tile_host(tile_url: str) -> str:
    """Where tiles come from, as CSP names it; `{s}` stands for several hosts."""
    parts = urlsplit(tile_url.replace("{s}", "*"))
    return f"{parts.scheme}://{parts.netloc}"
