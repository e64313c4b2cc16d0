"""Use cases: the public reads what was approved, a city's own people and the ministry more."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.answers import Content, as_json, to_reader
from api.audience import Audience, open_to
from api.deps import Acting, Db, Me, Now, When
from api.i18n import current, pick
from api.idempotency import CreationKey, create
from api.names import fold
from api.old_addresses import sent_on
from api.openapi import MAY_SIGN_IN, creating, only, reading
from api.pages.listing import Words
from api.paging import Cursor, Limit, following, place
from api.publicity import Tombstone, public_at, tombstone
from api.v1.decisions import ReasonShape
from api.v1.shapes import Code, CodeFilter, Instant, Shape
from api.v1.shapes import code as as_code
from api.v1.version_shapes import DecisionShape, VersionShape, address, whole
from api.validators import given
from registry.actions import declare
from registry.domain.deciding import Record
from registry.domain.errors import NotFound
from registry.domain.model import (
    LIVE_STATES,
    Action,
    ProblemArea,
    ReviewState,
    Stage,
    Technique,
)
from registry.domain.publicity import Span, spans
from registry.domain.use_case import UseCaseDraft
from registry.queries import deciding, entries
from registry.queries.cities import successors
from registry.queries.entries import Version
from registry.queries.moments import moment
from registry.queries.published import Wanted, carried_over
from registry.queries.spelling import Noun
from registry.queries.use_cases import use_cases_after

router = APIRouter(tags=["use cases"])

_PUBLIC = [open_to(Audience.PUBLIC)]


class UseCaseItem(Shape):
    """`state` is today's; `stage` is the last one that the text names, whether or not it has
    begun."""

    code: str
    city_code: str
    city_name: str
    version: int
    state: ReviewState
    title: str
    title_en: str
    summary: str
    summary_en: str
    techniques: list[Technique]
    stage: Stage | None
    submitted_at: Instant | None
    url: str


class UseCasePage(Shape):
    items: list[UseCaseItem]
    next: str | None


class CarriedTo(Shape):
    """A successor for which the case stands as well; until `ended_on` where it was taken back."""

    city_code: str
    effective_on: date
    legal_basis: str
    ended_on: date | None
    end_reason: str


class PublicSpan(Shape):
    """`version` was the approved text from `since` until before `until` (null: it still is), when
    it was superseded by another, suspended or revoked. Numbers are those of decisions."""

    version: int
    since: Instant
    since_decision: str | None
    until: Instant | None
    until_decision: str | None
    ended_by: Action | None


class TombstoneShape(Shape):
    """Why an entry that was approved is so no longer. `effective_from` null: from the start, as if
    it had never been approved."""

    version: int
    action: Action
    approved_at: Instant
    decided_at: Instant
    effective_from: date | None
    reason: str
    reason_codes: list[ReasonShape]
    decision: str | None


class UseCaseDetail(Shape):
    """`newest` is the newest version the reader may see; `live_version` the approved one.
    `city_successors` are the cities that its own goes on in today. `public_version` is the text
    that was public at the end of the day asked about, as far as it was known at the time asked
    about; `history` says which was when. `tombstone` stands where `public_version` is suspended or
    revoked."""

    code: str
    city_code: str
    city_name: str
    city_successors: list[str]
    carried_to: list[CarriedTo]
    live_version: int | None
    public_version: int | None
    tombstone: TombstoneShape | None
    history: list[PublicSpan]
    newest: VersionShape
    url: str


class DecisionList(Shape):
    items: list[DecisionShape]


@router.get(
    "/use-cases",
    response_model=UseCasePage,
    responses=reading(),
    dependencies=_PUBLIC,
    openapi_extra=MAY_SIGN_IN,
)
def every(
    request: Request,
    db: Db,
    me: Me,
    when: When,
    q: Words = "",
    city: Annotated[CodeFilter | None, Query()] = None,
    state: Annotated[
        ReviewState | None,
        Query(
            description="Default: what was public at the moment asked about. Others show what is"
            " the reader's to see today"
        ),
    ] = None,
    area: ProblemArea | None = None,
    stage: Annotated[Stage | None, Query(description="Stage on the day asked about")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Use cases in order of code, each by the text that was public at the moment, or by its newest
    version in the state asked for. `q` is a part of the name of its city or of its own; marks may
    be left out."""

    def answer() -> Content:
        found = use_cases_after(
            db,
            me.actor,
            when,
            Wanted(area=area, stage=stage, words=fold(q)),
            place(cursor, as_code) or "",
            limit + 1,
            state=state,
            city_code=city,
        )
        leaf = [_item(version) for version in found[:limit]]
        following_address = following(request, leaf[-1].code, when) if len(found) > limit else None
        page = UseCasePage(items=leaf, next=following_address)
        return as_json(page, following_address)

    return to_reader(request, me.actor, when, answer)


@router.post(
    "/cities/{code}/use-cases",
    status_code=HTTPStatus.CREATED,
    response_model=VersionShape,
    responses=creating(),
    dependencies=only(Audience.CITY),
)
def add(
    request: Request, act: Acting, db: Db, code: Code, key: CreationKey, draft: UseCaseDraft
) -> Response:
    """Opens a use case with its first draft, which may be incomplete and is not public."""

    def make() -> tuple[BaseModel, str]:
        version = entries.version(db, act.actor, declare.start_use_case(act, code, draft).id)
        if version is None:
            raise NotFound
        return whole(version), address(version.use_case_code, version.number)

    return create(request, act, key, draft, make)


@router.get(
    "/use-cases/{code}",
    response_model=UseCaseDetail,
    responses=reading(HTTPStatus.NOT_FOUND, HTTPStatus.PERMANENT_REDIRECT),
    dependencies=_PUBLIC,
    openapi_extra=MAY_SIGN_IN,
)
def one(request: Request, db: Db, me: Me, seen: When, code: Code) -> Response:
    """One use case in its newest version, and which text of it was public when."""

    def answer() -> Content:
        versions = entries.versions(db, me.actor, use_case_code=code)
        if not versions:
            sent_on(db, Noun.USE_CASE, code)
        decisions = entries.rulings(db, versions[0].use_case_id)
        records = deciding.records(db, [r.position for r in decisions])
        then = public_at(decisions, seen, on_the_day=given(request, "as_of"))
        stone = None if then is None else tombstone(decisions, then.version, then)
        newest = versions[0]
        led = [s.code for s in successors(db, newest.city_id) if s.effective_on <= seen.on]
        live = next((v.number for v in versions if v.state in LIVE_STATES), None)
        return as_json(
            UseCaseDetail(
                code=code,
                city_code=newest.city_code,
                city_name=pick(newest.city_vi, newest.city_en),
                city_successors=led,
                carried_to=[CarriedTo.model_validate(c) for c in carried_over(db, code)],
                live_version=live,
                public_version=None if then is None else then.version,
                tombstone=None if stone is None else _stone(stone, records),
                history=[_span(span, records) for span in spans(decisions)],
                newest=whole(newest),
                url=_url(code),
            )
        )

    return to_reader(request, me.actor, seen, answer)


@router.get(
    "/use-cases/{code}/decisions",
    response_model=DecisionList,
    responses=reading(HTTPStatus.NOT_FOUND),
    dependencies=_PUBLIC,
    openapi_extra=MAY_SIGN_IN,
)
def decisions(request: Request, db: Db, me: Me, now: Now, code: Code) -> Response:
    """The decisions on the versions that the reader may see, newest first."""

    def answer() -> Content:
        versions = entries.versions(db, me.actor, use_case_code=code)
        if not versions:
            raise NotFound
        seen = {version.number for version in versions}
        rulings = entries.rulings(db, versions[0].use_case_id)
        records = deciding.records(db, [r.position for r in rulings])
        shown = [
            DecisionShape(
                number=records[r.position].number.slug if r.position in records else None,
                **asdict(r),
            )
            for r in rulings
            if r.version in seen
        ]
        return as_json(DecisionList(items=shown))

    return to_reader(request, me.actor, moment(db, now), answer)


def _span(span: Span, records: Mapping[int, Record]) -> PublicSpan:
    until = span.until
    return PublicSpan(
        version=span.version,
        since=span.since.decided_at,
        since_decision=_slug(records, span.since.position),
        until=None if until is None else until.decided_at,
        until_decision=None if until is None else _slug(records, until.position),
        ended_by=span.ended_by,
    )


def _stone(stone: Tombstone, records: Mapping[int, Record]) -> TombstoneShape:
    record = records.get(stone.ended.position)
    return TombstoneShape(
        version=stone.ended.version,
        action=stone.ended.action,
        approved_at=stone.approved.decided_at,
        decided_at=stone.ended.decided_at,
        effective_from=stone.ended.effective_from,
        reason=stone.ended.reason,
        reason_codes=[]
        if record is None
        else [ReasonShape.model_validate(each) for each in record.reasons],
        decision=_slug(records, stone.ended.position),
    )


def _slug(records: Mapping[int, Record], position: int) -> str | None:
    return records[position].number.slug if position in records else None


def _item(version: Version) -> UseCaseItem:
    draft = version.draft
    return UseCaseItem(
        code=version.use_case_code,
        city_code=version.city_code,
        city_name=pick(version.city_vi, version.city_en),
        version=version.number,
        state=version.state,
        title=draft.title,
        title_en=draft.title_en,
        summary=draft.summary,
        summary_en=draft.summary_en,
        techniques=list(draft.techniques),
        stage=draft.stages[-1].stage if draft.stages else None,
        submitted_at=version.submitted_at,
        url=_url(version.use_case_code),
    )


def _url(code: str) -> str:
    """The page of the use case in the reader's language."""
    return f"/{current()}/use-cases/{code}"
