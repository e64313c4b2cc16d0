"""The public hall: the figure, the rule it rests on, and where the data come from."""

from collections import Counter
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.audience import Audience, open_to
from api.deps import Config, Db, Now, Today, When
from api.i18n import current, pick
from api.names import bare, in_order
from api.pages import (
    api_guide,
    changes,
    cities,
    data,
    embed,
    feeds,
    figures,
    indicators,
    ledger,
    makers,
    map,  # noqa: A004 - the map is what readers call it
    opensearch,
    problem_areas,
    provinces,
    scoreboard,
    search,
    standard,
    use_cases,
)
from api.pages import coverage as through_time
from api.pages import rolls as roll_pages
from api.pages.conditional import asked, conditional
from api.rendering import page
from registry.domain.counting import RULE, RULE_TEXT
from registry.domain.model import CityStatus
from registry.queries import coverage
from registry.queries.announcements import announcements
from registry.queries.areas import areas
from registry.queries.cities import cities as cities_of_roll
from registry.queries.coverage import Coverage, GroupBy
from registry.queries.moments import moment

LATEST = 8

hall = APIRouter(dependencies=[open_to(Audience.PUBLIC)])


@hall.get("/")
def home(request: Request, db: Db, when: When, today: Today) -> Response:
    def make() -> Response:
        figure = coverage.coverage(db, when, group_by=GroupBy.PROVINCE)
        statuses = Counter(city.status for city in cities_of_roll(db, when))
        return page(
            request,
            "public/home.html",
            figure=figure,
            statuses=[(status, statuses[status]) for status in CityStatus],
            provinces=sorted(
                figure.groups, key=lambda g: in_order(bare(pick(g.name_vi, g.name_en)))
            ),
            areas=areas(db, when),
            latest=announcements(db, when, limit=LATEST),
            clocks=asked(request, when),
            year_end=_year_end(figure, today),
        )

    return conditional(request, when, make)


def _year_end(figure: Coverage, today: date) -> date | None:
    """The day by which the target is measured, once it has come."""
    day = date(figure.target.year, 12, 31)
    return day if day <= today else None


@hall.get("/rule")
def rule(request: Request, db: Db, now: Now) -> Response:
    at = moment(db, now)

    def make() -> Response:
        return page(
            request,
            "public/rule.html",
            rule=RULE,
            texts=sorted(RULE_TEXT.items(), key=lambda item: item[0] != current()),
            targets=coverage.targets(db, at),
            rolls=coverage.rolls(db),
        )

    return conditional(request, at, make)


@hall.get("/about")
def about(request: Request, db: Db, now: Now, config: Config) -> Response:
    def make() -> Response:
        return page(request, "public/about.html", weaknesses_to=config.weaknesses_to)

    return conditional(request, moment(db, now), make)


router = APIRouter()
for part in (
    hall,
    through_time.router,
    changes.router,
    feeds.router,
    figures.router,
    indicators.router,
    scoreboard.router,
    ledger.router,
    map.router,
    cities.router,
    provinces.router,
    roll_pages.router,
    problem_areas.router,
    use_cases.router,
    makers.router,
    search.router,
    opensearch.router,
    standard.router,
    api_guide.router,
    embed.router,
    data.router,
):
    router.include_router(part)
