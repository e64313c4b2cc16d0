"""The targets of the decision's four indicators; the second is what this register counts."""

from decimal import Decimal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.answers import as_json, public
from api.audience import Audience, open_to
from api.deps import Db, When
from api.i18n import pick
from api.openapi import reading
from api.v1.shapes import Shape, Share
from registry.queries.targets import Aim, all_targets

router = APIRouter(tags=["targets"], dependencies=[open_to(Audience.PUBLIC)])


class IndicatorTarget(Shape):
    """Either a share or a number of people."""

    indicator: int
    year: int
    target: Share | None
    people: int | None
    text: str
    legal_basis: str


class TargetList(Shape):
    items: list[IndicatorTarget]


@router.get("/targets", response_model=TargetList, responses=reading())
def every(request: Request, db: Db, when: When) -> Response:
    """The targets that hold on a day, by indicator and year; `/lists/targets` has their days."""
    return public(
        request,
        when,
        lambda: as_json(TargetList(items=[_target(aim) for aim in all_targets(db, when)])),
    )


def _target(aim: Aim) -> IndicatorTarget:
    return IndicatorTarget(
        indicator=aim.indicator,
        year=aim.year,
        target=None if aim.percent is None else Decimal(aim.percent) / 100,
        people=aim.people,
        text=pick(aim.text_vi, aim.text_en),
        legal_basis=aim.legal_basis,
    )
