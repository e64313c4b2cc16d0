"""The public hall, the lending desk's leaflet: choose a piece, see it, copy what shows it in
another site."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup
from pydantic import BeforeValidator
from sqlalchemy.orm import Session

from api.audience import Audience, open_to
from api.deps import Config, Db, Now
from api.embed.choice import FRAMES, WIDTHS, Piece, Size, Theme
from api.field_words import sentence
from api.i18n import Language, current, gettext, iso_utc, mark, pick, translated
from api.indicator_texts import name_of
from api.names import bare, in_order
from api.pages.conditional import conditional
from api.pages.listing import Words
from api.rendering import page
from registry.domain.errors import FieldProblem
from registry.domain.indicators import Indicator
from registry.domain.kinds import Day, blank_to_none
from registry.queries import cities as of_roll
from registry.queries.cities import CityRow
from registry.queries.coverage import GroupBy, coverage
from registry.queries.moments import Moment, moment

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])

PIECES = {
    Piece.FIGURE: mark("A figure with its targets"),
    Piece.MAP: mark("The map of the cities"),
    Piece.SCOREBOARD: mark("The scoreboard of the four targets"),
    Piece.CITY: mark("A city: whether it counts, and by what"),
    Piece.BADGE: mark("A city's badge (picture)"),
}
THEMES = {
    Theme.AUTO: mark("As the reader's device prefers"),
    Theme.LIGHT: mark("Light"),
    Theme.DARK: mark("Dark"),
}
SIZES = {Size.S: mark("Small"), Size.M: mark("Medium"), Size.L: mark("Large")}
_OF_A_CITY = frozenset({Piece.CITY, Piece.BADGE})


@dataclass(frozen=True, slots=True)
class Code:
    """What is pasted into a page: HTML, and where its one address leads."""

    name: str
    html: str
    address: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody chose. `query` is what the address of the piece says of it."""

    piece: Piece
    language: Language
    size: Size
    city: str
    query: dict[str, str]
    name: str

    def address(self, ending: str = "") -> str:
        """The path of the piece, as a frame or as a picture."""
        within = f"/cities/{quote(self.city)}" if self.piece in _OF_A_CITY else ""
        last = "" if self.piece is Piece.CITY else f"/{self.piece}"
        query = f"?{urlencode(self.query)}" if self.query else ""
        return f"/embed/{self.language}{within}{last}{ending}{query}"


@router.get("/embed")
def leaflet(
    request: Request,
    db: Db,
    now: Now,
    config: Config,
    piece: Piece = Piece.FIGURE,
    theme: Theme = Theme.AUTO,
    size: Size = Size.M,
    language: Annotated[Language | None, BeforeValidator(blank_to_none), Query()] = None,
    city: Words = "",
    province: Words = "",
    indicator: Annotated[Indicator | None, BeforeValidator(blank_to_none), Query()] = None,
    as_of: Annotated[Day | None, BeforeValidator(blank_to_none), Query()] = None,
    fixed: bool = False,
) -> Response:
    """`fixed`: the piece stays for ever as the register knows it now."""
    seen = moment(db, now, as_of)

    def make() -> Response:
        found = of_roll.city(db, city, seen) if city else None
        choices = _choices(db, seen, found)
        provinces = {code for code, _ in choices["provinces"]}
        problems = []
        if piece in _OF_A_CITY and city and found is None:
            problems.append(FieldProblem("/city", "unknown_city"))
        if piece is Piece.FIGURE and province:
            if indicator not in {None, Indicator.CITIES}:
                problems.append(FieldProblem("/province", "only_of_cities"))
            elif province not in provinces:
                problems.append(FieldProblem("/province", "unknown_province"))
        query = _query(seen, piece, theme, size, province, indicator, as_of is not None, fixed)
        spoken = language or current()
        asked = Asked(piece, spoken, size, city, query, _name(found, spoken))
        ready = not problems and (piece not in _OF_A_CITY or bool(city))
        site = config.site
        return page(
            request,
            "public/embed.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
            asked=asked,
            chosen={"theme": theme, "province": province, "indicator": indicator, "fixed": fixed},
            as_of=as_of,
            problems={p.pointer[1:]: sentence(p) for p in problems},
            preview=_preview(asked) if ready else None,
            codes=_codes(asked, site) if ready else [],
            pieces=[(each, gettext(words)) for each, words in PIECES.items()],
            themes=[(each, gettext(words)) for each, words in THEMES.items()],
            sizes=[(each, gettext(words)) for each, words in SIZES.items()],
            languages=[(Language.VI, "Tiếng Việt"), (Language.EN, "English")],
            indicators=[(n, name_of(n)) for n in Indicator],
            **choices,
        )

    return conditional(request, seen, make)


def _choices(db: Session, seen: Moment, asked: CityRow | None) -> dict[str, Any]:
    """Cities and provinces in the order of their names; a city off the roll where asked for."""
    rows = of_roll.cities(db, seen)
    if asked is not None and asked.code not in {row.code for row in rows}:
        rows.append(asked)
    groups = coverage(db, seen, group_by=GroupBy.PROVINCE).groups
    return {
        "cities": sorted(
            ((row.code, pick(row.name_vi, row.name_en)) for row in rows), key=_by_name
        ),
        "provinces": sorted(
            ((each.key, pick(each.name_vi, each.name_en)) for each in groups if each.key),
            key=_by_name,
        ),
    }


def _name(found: CityRow | None, language: Language) -> str:
    if found is None:
        return ""
    return (found.name_en if language is Language.EN else "") or found.name_vi


def _by_name(choice: tuple[str, str]) -> Any:
    return in_order(bare(choice[1])), choice[0]


def _query(
    seen: Moment,
    piece: Piece,
    theme: Theme,
    size: Size,
    province: str,
    indicator: Indicator | None,
    dated: bool,
    fixed: bool,
) -> dict[str, str]:
    """Defaults need no telling."""
    query = {}
    if piece is Piece.FIGURE and province:
        query["province"] = province
    elif piece is Piece.FIGURE and indicator not in {None, Indicator.CITIES}:
        query["indicator"] = str(indicator)
    if theme is not Theme.AUTO:
        query["theme"] = theme.value
    if size is not Size.M:
        query["size"] = size.value
    if dated or fixed:
        query["as_of"] = seen.on.isoformat()
    if fixed:
        query["known_at"] = iso_utc(seen.known_at)
    return query


def _preview(asked: Asked) -> dict[str, Any]:
    """What is shown on the page itself: the frame, or of the badge the picture."""
    if asked.piece is Piece.BADGE:
        return {"picture": asked.address(".svg"), "width": WIDTHS[Piece.BADGE][asked.size]}
    width, height = FRAMES[asked.piece][asked.size]
    return {"frame": asked.address(), "width": width, "height": height}


def _codes(asked: Asked, site: str) -> list[Code]:
    found = []
    title = _title(asked)
    if asked.piece in FRAMES:
        width, height = FRAMES[asked.piece][asked.size]
        address = asked.address()
        html = Markup(
            '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy"></iframe>'
        ).format(f"{site}{address}", title, width, height)
        found.append(Code(gettext("As a frame"), str(html), address))
    if asked.piece in WIDTHS:
        page_of = {Piece.MAP: "/map", Piece.FIGURE: "/"}.get(asked.piece)
        target = f"{site}/{asked.language}{page_of or f'/cities/{quote(asked.city)}'}"
        for ending, name in (
            (".svg", gettext("As a picture (SVG)")),
            (".png", gettext("As a picture (PNG), for sites that take no other")),
        ):
            address = asked.address(ending)
            html = Markup(
                '<a href="{}"><img src="{}" alt="{}" width="{}" loading="lazy"></a>'
            ).format(target, f"{site}{address}", title, WIDTHS[asked.piece][asked.size])
            found.append(Code(name, str(html), address))
    return found


_TITLES = {
    Piece.FIGURE: mark("Cities of Viet Nam with AI applications: figure of the City AI registry"),
    Piece.MAP: mark("Map of the cities of Viet Nam by their AI applications, City AI registry"),
    Piece.SCOREBOARD: mark("The four AI targets of Decision 699/QĐ-BTTTT, City AI registry"),
    Piece.CITY: mark("%(name)s in the City AI registry"),
    Piece.BADGE: mark("%(name)s: badge of the City AI registry"),
}


def _title(asked: Asked) -> str:
    """What it is, whatever it will say by then, in the language of the piece."""
    return translated(_TITLES[asked.piece], asked.language) % {"name": asked.name}
