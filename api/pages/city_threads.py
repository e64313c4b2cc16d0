"""The city's desk: its people answer the ministry's comments, and ask back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.deps import Acting, Db, Form, Me, Now
from api.pages.city_versions import version_page
from api.pages.city_view import own_desk, own_version, see
from api.talk import Refused, answer, begin

router = APIRouter(prefix="/desk/{city_code}/versions/{version_id:uuid}/threads")

ThreadId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.post("")
def start(
    request: Request,
    db: Db,
    me: Me,
    act: Acting,
    now: Now,
    city_code: str,
    version_id: UUID,
    form: Form,
) -> Response:
    version = own_version(db, own_desk(db, me, city_code), version_id)
    done = begin(act, version, form)
    return _after(request, db, me, now, city_code, version_id, done)


@router.post("/{thread}")
def reply(
    request: Request,
    db: Db,
    me: Me,
    act: Acting,
    now: Now,
    city_code: str,
    version_id: UUID,
    thread: ThreadId,
    form: Form,
) -> Response:
    version = own_version(db, own_desk(db, me, city_code), version_id)
    done = answer(act, version, thread, form)
    return _after(request, db, me, now, city_code, version_id, done)


def _after(
    request: Request,
    db: Db,
    me: Me,
    now: Now,
    city_code: str,
    version_id: UUID,
    done: int | Refused,
) -> Response:
    own = own_desk(db, me, city_code)
    if isinstance(done, Refused):
        return version_page(request, db, own, version_id, now, comment=done)
    return see(own.address(f"/versions/{version_id}#thread-{done}"))
