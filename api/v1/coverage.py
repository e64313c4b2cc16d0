"""The figure: how many cities count, of how many, and what it rests on."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.answers import as_json, public
from api.audience import Audience, open_to
from api.deps import Db, When
from api.i18n import gettext, pick
from api.labels import label
from api.openapi import reading
from api.v1.shapes import Instant, Shape, Share
from registry.domain.coverage import Target, Verdict
from registry.domain.model import ProblemArea, RollSeries, UnitType, UrbanClass
from registry.queries.coverage import Coverage, Group, GroupBy, Roll, coverage

router = APIRouter(tags=["coverage"], dependencies=[open_to(Audience.PUBLIC)])

_CODE_LISTS = {
    GroupBy.URBAN_CLASS: UrbanClass,
    GroupBy.UNIT_TYPE: UnitType,
    GroupBy.AREA: ProblemArea,
}


class RollInForce(Shape):
    code: str
    name: str
    source: str
    official_total: int | None
    enumerated: int


class NextTarget(Shape):
    target: Share
    year: int
    missing: int | None


class GroupFigure(Shape):
    key: str
    name: str
    counted: int
    enumerated: int
    total: int
    share: Share | None


class CoverageFigure(Shape):
    """Asked again with this `as_of` and `known_at`, the figure is the same for ever."""

    as_of: date
    known_at: Instant
    position: int
    rule: str
    series: RollSeries
    roll: RollInForce | None
    counted: int
    total: int
    share: Share | None
    target: Share
    target_year: int
    verdict: Verdict
    missing: int | None
    next_target: NextTarget | None
    groups: list[GroupFigure]


@router.get("/coverage", response_model=CoverageFigure, responses=reading())
def show(
    request: Request,
    db: Db,
    when: When,
    group_by: Annotated[GroupBy | None, Query(description="Fills `groups`")] = None,
    series: RollSeries = RollSeries.URBAN,
) -> Response:
    """Coverage by the counting rule on the roll in force, against the target of that year."""
    return public(
        request,
        when,
        lambda: as_json(_figure(coverage(db, when, series, group_by), series, group_by)),
    )


def _figure(found: Coverage, series: RollSeries, group_by: GroupBy | None) -> CoverageFigure:
    tally, ahead = found.tally, found.next_target
    return CoverageFigure(
        as_of=found.moment.on,
        known_at=found.moment.known_at,
        position=found.moment.position,
        rule=found.rule,
        series=series,
        roll=None if found.roll is None else _roll(found.roll, tally.enumerated),
        counted=tally.counted,
        total=tally.total,
        share=tally.share,
        target=_fraction(found.target),
        target_year=found.target.year,
        verdict=found.verdict,
        missing=found.missing,
        next_target=None
        if ahead is None
        else NextTarget(target=_fraction(ahead), year=ahead.year, missing=tally.missing(ahead)),
        groups=[_group(group, group_by) for group in found.groups],
    )


def _roll(roll: Roll, enumerated: int) -> RollInForce:
    return RollInForce(
        code=roll.code,
        name=pick(roll.name_vi, roll.name_en),
        source=pick(roll.source_vi, roll.source_en),
        official_total=roll.official_total,
        enumerated=enumerated,
    )


def _group(group: Group, group_by: GroupBy | None) -> GroupFigure:
    kind = None if group_by is None else _CODE_LISTS.get(group_by)
    if not group.key:
        name = gettext("Not known")
    elif kind is None:
        name = pick(group.name_vi, group.name_en)
    else:
        name = label(kind(group.key))
    return GroupFigure(
        key=group.key,
        name=name,
        counted=group.tally.counted,
        enumerated=group.tally.enumerated,
        total=group.tally.total,
        share=group.tally.share,
    )


def _fraction(target: Target) -> Decimal:
    return Decimal(target.percent) / 100
