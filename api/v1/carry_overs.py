"""Carrying over: a case of a city that is no more also stands for the cities after it."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.answers import as_json, personal
from api.audience import Audience
from api.deps import Acting, Db, Now
from api.idempotency import CreationKey, create
from api.openapi import creating, only, refusals
from api.v1.shapes import Code, Shape
from registry.actions.carrying import carry_over, take_back
from registry.domain.roll_intake import CarryOverDraft, CarryOverEndDraft
from registry.queries.carrying import predecessors
from registry.queries.moments import moment

router = APIRouter(tags=["use cases"], dependencies=only(Audience.MINISTRY))


class CaseWithoutCity(Shape):
    """A live case whose city left its roll, and which stands for no other city."""

    use_case_code: str
    title: str
    city_code: str


class CasesWithoutCity(Shape):
    items: list[CaseWithoutCity]


class CarriedOver(Shape):
    """`position` is that of the decision's event in the ledger."""

    use_case_code: str
    to_city_codes: list[str]
    effective_on: str
    legal_basis: str
    position: int


class TakenBack(Shape):
    """`position` is that of the decision's event in the ledger."""

    use_case_code: str
    to_city_codes: list[str]
    effective_on: str
    reason: str
    position: int


@router.get(
    "/carry-overs/waiting",
    response_model=CasesWithoutCity,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def waiting(db: Db, now: Now) -> Response:
    """The cases that count nowhere until somebody carries them over."""
    found = [
        CaseWithoutCity(use_case_code=case.code, title=case.title, city_code=city.code)
        for city in predecessors(db, moment(db, now))
        for case in city.orphans
    ]
    return personal(as_json(CasesWithoutCity(items=found)))


@router.post(
    "/use-cases/{code}/carry-overs",
    status_code=HTTPStatus.CREATED,
    response_model=CarriedOver,
    responses=creating(),
)
def add(
    request: Request, act: Acting, code: Code, key: CreationKey, draft: CarryOverDraft
) -> Response:
    """Records that the case also stands for successors of its city; reviewers decide it."""

    def make() -> tuple[BaseModel, str]:
        position = carry_over(act, code, draft)
        shape = CarriedOver(
            use_case_code=code,
            to_city_codes=list(draft.to_city_codes),
            effective_on=draft.effective_on.isoformat(),
            legal_basis=draft.legal_basis,
            position=position,
        )
        return shape, f"/api/v1/use-cases/{code}"

    return create(request, act, key, draft, make, revision=None)


@router.post(
    "/use-cases/{code}/carry-over-ends",
    status_code=HTTPStatus.CREATED,
    response_model=TakenBack,
    responses=creating(),
)
def end(
    request: Request, act: Acting, code: Code, key: CreationKey, draft: CarryOverEndDraft
) -> Response:
    """Takes a carrying over back from a day on. What was known before stays as it was known."""

    def make() -> tuple[BaseModel, str]:
        position = take_back(act, code, draft)
        shape = TakenBack(
            use_case_code=code,
            to_city_codes=list(draft.to_city_codes),
            effective_on=draft.effective_on.isoformat(),
            reason=draft.reason,
            position=position,
        )
        return shape, f"/api/v1/use-cases/{code}"

    return create(request, act, key, draft, make, revision=None)
