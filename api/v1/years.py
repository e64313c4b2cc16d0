"""A city's own word for a year: covered, in progress or none. Silence is something else."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.audience import Audience
from api.deps import Acting
from api.idempotency import CreationKey, create
from api.openapi import creating, only
from api.v1.shapes import Code, Shape
from registry.actions import declare
from registry.domain.intake import YearDraft
from registry.domain.model import YearStatus

router = APIRouter(tags=["cities"])


class YearDeclared(Shape):
    """`position` is that of its event in the ledger; a later word replaces an earlier one."""

    city_code: str
    year: int
    status: YearStatus
    note: str
    position: int


@router.post(
    "/cities/{code}/year-declarations",
    status_code=HTTPStatus.CREATED,
    response_model=YearDeclared,
    responses=creating(),
    dependencies=only(Audience.CITY),
)
def add(request: Request, act: Acting, code: Code, key: CreationKey, draft: YearDraft) -> Response:
    """Records the city's word for a year; its signers give it."""

    def make() -> tuple[BaseModel, str]:
        made = declare.declare_year(act, code, draft)
        shape = YearDeclared(city_code=code, position=made.position, **draft.model_dump())
        return shape, f"/api/v1/cities/{code}"

    return create(request, act, key, draft, make, revision=None)
