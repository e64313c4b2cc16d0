"""Opinions that wait for a second reader or the lead, and how often readers differ."""

from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from api.answers import as_json, personal
from api.audience import Audience
from api.deps import Db, Me
from api.openapi import looking, only, refusals
from api.v1.decisions import OpinionShape, opinion_shape
from api.v1.shapes import Code, Instant, Shape, VersionNumber
from registry.domain.errors import NotFound
from registry.domain.readers import Cause, End, Seat
from registry.queries import entries, opinions

router = APIRouter(tags=["opinions"], dependencies=only(Audience.MINISTRY))


class GivenShape(Shape):
    """As whom and when an opinion was given; `own` says that it is the caller's."""

    seat: Seat
    given_at: Instant
    own: bool
    opinion: OpinionShape


class RoundShape(Shape):
    """One round of opinions. While it waits (`waits_for`), `opinions` holds what the caller may
    see: to whoever gave none and does not settle the difference, nothing."""

    round: int
    cause: Cause
    waits_for: Seat | None
    outcome: End | None
    opinions: list[GivenShape]


class RoundList(Shape):
    items: list[RoundShape]


class PairsShape(Shape):
    """Of so many pairs of opinions so many differed; `percent` is rounded half up, null where there
    was no pair."""

    paired: int
    differing: int
    percent: int | None


class CausePairs(PairsShape):
    cause: Cause


class Agreement(PairsShape):
    """Of the pairs whose second opinion was given on these days, both included."""

    since: date | None
    until: date | None
    by_cause: Annotated[list[CausePairs], Field(min_length=len(Cause), max_length=len(Cause))]


@router.get(
    "/use-cases/{code}/versions/{n}/opinions",
    response_model=RoundList,
    responses=looking() | refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def of_version(db: Db, me: Me, code: Code, n: VersionNumber) -> Response:
    """The rounds of opinions on a version, the oldest first."""
    for version in entries.versions(db, me.actor, use_case_code=code):
        if version.number == n and version.submitter_id is not None:
            found = opinions.readable(db, me.actor, version.id, version.subject)
            shape = RoundList(items=[_round(each) for each in found])
            return personal(as_json(shape), revision=version.revision)
    raise NotFound


@router.get(
    "/review/agreement",
    response_model=Agreement,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def agreement(
    db: Db,
    since: Annotated[date | None, Query(description="First day, in Viet Nam")] = None,
    until: Annotated[date | None, Query(description="Last day, in Viet Nam")] = None,
) -> Response:
    """How often first and second readers differ."""
    pairs = opinions.agreement(db, since, until)
    total = opinions.in_all(pairs)
    shape = Agreement(
        paired=total.paired,
        differing=total.differing,
        percent=total.percent,
        since=since,
        until=until,
        by_cause=[
            CausePairs(
                cause=cause, paired=each.paired, differing=each.differing, percent=each.percent
            )
            for cause, each in pairs.items()
        ],
    )
    return personal(as_json(shape))


def _round(found: opinions.Round) -> RoundShape:
    return RoundShape(
        round=found.number,
        cause=found.cause,
        waits_for=found.waits_for,
        outcome=found.end,
        opinions=[
            GivenShape(
                seat=each.seat,
                given_at=each.at,
                own=each.own,
                opinion=opinion_shape(each.opinion, between=True),
            )
            for each in found.given
        ],
    )
