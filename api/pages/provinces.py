"""The cities' corridor, by province: how many count, which, and what became of the province."""

from collections import Counter

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.audience import Audience, open_to
from api.deps import Db, When
from api.i18n import pick
from api.names import bare, in_order
from api.old_addresses import sent_on
from api.pages.conditional import asked, conditional
from api.pages.listing import Code
from api.rendering import page
from registry.domain.model import CityStatus, RollSeries, UrbanClass
from registry.queries.cities import cities
from registry.queries.coverage import GroupBy, coverage, roll_in_force, targets
from registry.queries.provinces import province
from registry.queries.spelling import Noun

router = APIRouter(prefix="/provinces", dependencies=[open_to(Audience.PUBLIC)])


@router.get("")
def every(request: Request, db: Db, when: When) -> Response:
    def make() -> Response:
        figure = coverage(db, when, group_by=GroupBy.PROVINCE)
        return page(
            request,
            "public/provinces.html",
            figure=figure,
            provinces=sorted(
                figure.groups, key=lambda g: in_order(bare(pick(g.name_vi, g.name_en)))
            ),
            clocks=asked(request, when),
            when=when,
        )

    return conditional(request, when, make)


@router.get("/{code}")
def one(request: Request, db: Db, when: When, code: Code) -> Response:
    def make() -> Response:
        found = province(db, when, code)
        if found is None:
            sent_on(db, Noun.PROVINCE, code)
        rows = [city for city in cities(db, when) if city.province_code == code]
        return page(
            request,
            "public/province.html",
            province=found,
            roll=roll_in_force(db, when, RollSeries.URBAN),
            targets=targets(db, when),
            cities=sorted(rows, key=lambda city: (in_order(bare(city.name_vi)), city.code)),
            statuses=Counter(city.status for city in rows),
            clocks=asked(request, when),
            when=when,
            CityStatus=CityStatus,
            UrbanClass=UrbanClass,
        )

    return conditional(request, when, make)
