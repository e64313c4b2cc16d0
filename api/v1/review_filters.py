"""The filters of the queue that the caller keeps."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from api.answers import as_json, personal
from api.audience import Audience
from api.deps import Acting, Db, Me
from api.idempotency import CreationKey, create
from api.openapi import changing, creating, only, refusals
from api.v1.shapes import Shape
from registry.actions import saved_filters as acts
from registry.domain.waiting import QueueFilter, SavedFilterDraft
from registry.queries.saved_filters import saved_filters

router = APIRouter(prefix="/review/filters", tags=["review"], dependencies=only(Audience.MINISTRY))


class SavedFilterShape(Shape):
    id: UUID
    name: str
    wanted: QueueFilter
    default: bool


class SavedFilterList(Shape):
    items: list[SavedFilterShape]


@router.get(
    "",
    response_model=SavedFilterList,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def every(db: Db, me: Me) -> Response:
    """One's own, by name."""
    found = [SavedFilterShape.model_validate(each) for each in saved_filters(db, me.actor)]
    return personal(as_json(SavedFilterList(items=found)))


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=SavedFilterShape,
    responses=creating(),
)
def save(request: Request, act: Acting, draft: SavedFilterDraft, key: CreationKey) -> Response:
    """Keeps a filter under a name of one's own; of those that are the default, the last is."""

    def make() -> tuple[BaseModel, str]:
        saved = acts.save_filter(act, draft)
        return _shape(act, saved.id), f"/api/v1/review/filters/{saved.id}"

    return create(request, act, key, draft, make, revision=None)


@router.put("/{filter_id}", response_model=SavedFilterShape, responses=changing())
def change(act: Acting, filter_id: UUID, draft: SavedFilterDraft) -> Response:
    """Replaces its name, what it asks for and whether it is the default."""
    acts.change_filter(act, filter_id, draft)
    return personal(as_json(_shape(act, filter_id)))


@router.delete("/{filter_id}", status_code=HTTPStatus.NO_CONTENT, responses=changing())
def delete(act: Acting, filter_id: UUID) -> Response:
    acts.delete_filter(act, filter_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _shape(act: Acting, filter_id: UUID) -> SavedFilterShape:
    found = {each.id: each for each in saved_filters(act.session, act.actor)}
    return SavedFilterShape.model_validate(found[filter_id])
