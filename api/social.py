"""The shop window: a picture of 1200 × 630 for each kind of page, shown where its link is shared.

What it says is of the day and of what was known that the page's address says, else of now. Only
what the public reads is asked for, so whoever is not known here, or not public, has no picture.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, params
from fastapi.responses import Response

from api import press
from api.audience import Audience, open_to
from api.deps import Config, Db, Now, When
from api.embed import drawing, facts
from api.embed.choice import Size, Theme
from api.embed.counter import lent
from api.i18n import current, gettext, pick
from api.labels import label
from api.outcome_words import reason
from api.pages.listing import Code
from api.query_names import known_names_only
from api.validators import given
from registry.domain.errors import NotFound
from registry.domain.indicators import Indicator
from registry.domain.model import LIVE_STATES, PUBLIC
from registry.queries import entries
from registry.queries.moments import Moment, moment

# Beyond this no word is one that people write: it may be broken, so that it is never cut off.
_LONGEST_WORD = 24
_CALM, _GOOD, _GREY = "#7a3e00", "#14532d", "#545b63"

router = APIRouter(
    include_in_schema=False,
    dependencies=[open_to(Audience.PUBLIC), params.Depends(known_names_only)],
)


@dataclass(frozen=True, slots=True)
class Chip:
    text: str
    colour: str


@dataclass(frozen=True, slots=True)
class Poster:
    """What a picture says. `share` is a fraction of one, `aims` places on a line of a hundred with
    their words; `art` is a drawing (SVG) for its right side."""

    title: str
    lines: Sequence[str]
    chip: Chip | None = None
    share: Decimal | None = None
    aims: Sequence[facts.Aim] = ()
    art: str = ""


@router.get("/site.png")
def site(request: Request, db: Db, now: Now, config: Config) -> Response:
    """For every page that has none of its own."""

    def make(_: Moment) -> Poster:
        heading = gettext("Which cities of Viet Nam use AI on a pressing problem of their own")
        return Poster(heading, [gettext("Decision 699/QĐ-BTTTT (2024), indicator 2")])

    return _shown(request, moment(db, now), config, make)


@router.get("/home.png")
def home(request: Request, db: Db, when: When, config: Config) -> Response:
    def make(seen: Moment) -> Poster:
        told = facts.of_indicator(db, config, seen, Indicator.CITIES)
        return Poster(told.large, [told.sentence], share=told.share, aims=told.aims)

    return _shown(request, when, config, make)


@router.get("/map.png")
def national_map(request: Request, db: Db, when: When, config: Config) -> Response:
    def make(seen: Moment) -> Poster:
        country = facts.country(db, config, seen)
        art = drawing.bare_map(country, Theme.LIGHT, Size.L)
        title = gettext("Map of the cities of Viet Nam by their AI applications")
        return Poster(title, [country.told.large], art=art)

    return _shown(request, when, config, make)


@router.get("/scoreboard.png")
def scoreboard(request: Request, db: Db, when: When, config: Config) -> Response:
    def make(seen: Moment) -> Poster:
        board = [facts.of_indicator(db, config, seen, n) for n in Indicator]
        title = gettext("Scoreboard: the four AI targets of Decision 699/QĐ-BTTTT")
        return Poster(title, [f"{told.heading}: {told.large}" for told in board])

    return _shown(request, when, config, make)


@router.get("/cities/{code}.png")
def one_city(request: Request, db: Db, when: When, config: Config, code: Code) -> Response:
    def make(seen: Moment) -> Poster:
        found = facts.badge(db, config, seen, code)
        province = pick(found.city.province_vi, found.city.province_en)
        return Poster(
            found.name,
            [*([province] if province and province != found.name else []), _why(found)],
            chip=Chip(found.words, drawing.BANDS[found.word]),
        )

    return _shown(request, when, config, make)


def _why(found: facts.Badge) -> str:
    title = pick(found.city.use_case_title or "", found.city.use_case_title_en or "")
    counts = found.city.use_case_code and title
    return title if counts else reason(found.city.outcome)


@router.get("/provinces/{code}.png")
def one_province(request: Request, db: Db, when: When, config: Config, code: Code) -> Response:
    def make(seen: Moment) -> Poster:
        told = facts.of_province(db, config, seen, code)
        if told is None:
            raise NotFound
        return Poster(told.heading, [told.sentence], share=told.share)

    return _shown(request, when, config, make)


@router.get("/use-cases/{code}.png")
def one_use_case(request: Request, db: Db, now: Now, config: Config, code: Code) -> Response:
    def make(_: Moment) -> Poster:
        found = entries.versions(db, PUBLIC, use_case_code=code)
        if not found:
            raise NotFound
        shown = max(found, key=lambda version: (version.state in LIVE_STATES, version.number))
        stands = shown.state in LIVE_STATES
        return Poster(
            pick(shown.draft.title, shown.draft.title_en or ""),
            [pick(shown.city_vi, shown.city_en)],
            chip=Chip(label(shown.state), _GOOD if stands else _CALM),
        )

    return _shown(request, moment(db, now), config, make)


def _shown(
    request: Request, seen: Moment, config: Config, make: Callable[[Moment], Poster]
) -> Response:
    def printed() -> Response:
        poster, at = make(seen), facts.stamp(config, seen, "/")
        told = asdict(poster) | {
            "title": _breakable(poster.title),
            "share": None if poster.share is None else float(poster.share),
            "lines": [_breakable(line) for line in poster.lines],
            "language": current().value,
            "site": gettext("City AI registry"),
            "day": f"{at.on} {at.known}" if given(request, "known_at") else at.on,
            "note": at.note,
            "address": urlsplit(config.public_url).netloc,
        }
        content = press.picture("poster.typ", json.dumps(told, ensure_ascii=False))
        return Response(content, media_type="image/png")

    return lent(request, seen, printed)


def _breakable(text: str) -> str:
    """With places to break inside what no line has room for, and none at the hyphens of others:
    QĐ-BTTTT is one word."""
    return " ".join(
        "\u200b".join(word[at : at + _LONGEST_WORD] for at in range(0, len(word), _LONGEST_WORD))
        for word in text.replace("-", "\u2011").split()
    )
