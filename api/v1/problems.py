"""Pressing problems: what cities declared themselves, with the basis of their choice."""

from collections.abc import Sequence
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.answers import Content, as_json, personal, public, to_reader
from api.audience import Audience, open_to
from api.deps import Acting, Db, IfMatch, Me, Now
from api.i18n import iso_utc
from api.idempotency import CreationKey, create
from api.openapi import MAY_SIGN_IN, creating, moving, only, reading
from api.paging import Cursor, Limit, following, place
from api.v1.shapes import Code, CodeFilter, Instant, Shape
from registry.actions import declare
from registry.domain.errors import NotFound
from registry.domain.intake import ProblemDraft, ProblemWithdrawalDraft
from registry.domain.model import BasisKind, ProblemArea
from registry.queries import entries
from registry.queries.desk import city_id
from registry.queries.moments import moment

router = APIRouter(tags=["problems"])


class DeclaredProblem(Shape):
    """Dates that people gave are as precise as they gave them."""

    id: UUID
    city_code: str
    area: ProblemArea
    title: str
    title_en: str
    statement: str
    declared_on: str
    basis_kind: BasisKind
    basis_number: str
    basis_date: str | None
    basis_url: str
    declared_at: Instant
    withdrawn_on: date | None
    withdrawn_reason: str | None
    withdrawn_at: Instant | None
    revision: int


class ProblemPage(Shape):
    items: list[DeclaredProblem]
    next: str | None


@router.get(
    "/problems",
    response_model=ProblemPage,
    responses=reading(),
    dependencies=[open_to(Audience.PUBLIC)],
)
def every(
    request: Request,
    db: Db,
    now: Now,
    city: Annotated[CodeFilter | None, Query()] = None,
    area: ProblemArea | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """All declared problems, in the order they were declared."""

    def answer() -> Content:
        after = place(cursor, _instant)
        found = entries.problems_after(db, after, limit + 1, city_code=city, area=area)
        return _page(request, found, limit)

    return public(request, moment(db, now), answer)


@router.get(
    "/cities/{code}/problems",
    response_model=ProblemPage,
    responses=reading(HTTPStatus.NOT_FOUND),
    dependencies=[open_to(Audience.PUBLIC)],
)
def of_city(
    request: Request, db: Db, now: Now, code: Code, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """The problems of one city, in the order they were declared."""

    def answer() -> Content:
        if city_id(db, code) is None:
            raise NotFound
        after = place(cursor, _instant)
        return _page(request, entries.problems_after(db, after, limit + 1, city_code=code), limit)

    return public(request, moment(db, now), answer)


@router.post(
    "/cities/{code}/problems",
    status_code=HTTPStatus.CREATED,
    response_model=DeclaredProblem,
    responses=creating(),
    dependencies=only(Audience.CITY),
)
def add(
    request: Request, act: Acting, db: Db, code: Code, key: CreationKey, draft: ProblemDraft
) -> Response:
    """Declares a pressing problem of the city."""

    def make() -> tuple[BaseModel, str]:
        problem = declare.declare_problem(act, code, draft)
        return _shape(entries.problem(db, problem.id)), f"/api/v1/problems/{problem.id}"

    return create(request, act, key, draft, make)


@router.get(
    "/problems/{problem_id}",
    response_model=DeclaredProblem,
    responses=reading(HTTPStatus.NOT_FOUND),
    dependencies=[open_to(Audience.PUBLIC)],
    openapi_extra=MAY_SIGN_IN,
)
def one(request: Request, db: Db, me: Me, now: Now, problem_id: UUID) -> Response:
    """One problem. To those who are signed in its ETag is its revision, needed to withdraw it."""

    def answer() -> Content:
        shape = _shape(entries.problem(db, problem_id))
        return as_json(shape, revision=shape.revision)

    return to_reader(request, me.actor, moment(db, now), answer)


@router.post(
    "/problems/{problem_id}/withdrawal",
    response_model=DeclaredProblem,
    responses=moving(),
    dependencies=only(Audience.CITY),
)
def withdraw(
    act: Acting, db: Db, problem_id: UUID, revision: IfMatch, draft: ProblemWithdrawalDraft
) -> Response:
    """Says that the problem is no longer pressing from a day on."""
    declare.withdraw_problem(act, problem_id, draft, revision)
    return _answer(entries.problem(db, problem_id))


def _page(request: Request, found: Sequence[entries.Problem], limit: int) -> Content:
    """A page of what was read with one row more than fits."""
    leaf = [DeclaredProblem.model_validate(problem) for problem in found[:limit]]
    more = len(found) > limit
    address = following(request, iso_utc(leaf[-1].declared_at)) if more else None
    return as_json(ProblemPage(items=leaf, next=address), address)


def _shape(problem: entries.Problem | None) -> DeclaredProblem:
    if problem is None:
        raise NotFound
    return DeclaredProblem.model_validate(problem)


def _answer(problem: entries.Problem | None) -> Response:
    shape = _shape(problem)
    return personal(as_json(shape), revision=shape.revision)


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found
