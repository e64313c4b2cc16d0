"""The administrator's hall: the way to everything they keep, the roles, cities without people."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator
from starlette.responses import Response

from api.audience import Audience, open_to
from api.csv_text import csv_text
from api.deps import Db, Me, Now
from api.i18n import gettext, mark
from api.openapi import CSV
from api.pages.listing import Words, leaf_of
from api.rendering import page
from api.role_table import role_table
from registry.domain.kinds import blank_to_none
from registry.domain.model import REGISTER, Action, Role
from registry.domain.permissions import check
from registry.queries.members import staffing
from registry.queries.moments import moment

router = APIRouter(prefix="/admin", dependencies=[open_to(Audience.MINISTRY)])

Lacking = Annotated[Role | None, BeforeValidator(blank_to_none), Query()]


@router.get("")
def home(request: Request, me: Me) -> Response:
    check(me.actor, Action.MANAGE_USERS, REGISTER)
    return page(request, "admin/home.html")


@router.get("/roles")
def roles(request: Request, me: Me) -> Response:
    """The table of permissions as it is."""
    check(me.actor, Action.MANAGE_USERS, REGISTER)
    return page(request, "admin/roles.html", roles=list(Role), rows=role_table(list(Role)))


@router.get("/cities.csv")
def people_as_csv(db: Db, me: Me, now: Now, q: Words = "", lacking: Lacking = None) -> Response:
    """The same as the page, whole."""
    check(me.actor, Action.MANAGE_USERS, REGISTER)
    lines = [
        (c.code, c.name_vi, c.name_en, c.province_vi, c.editors, c.signers)
        for c in staffing(db, moment(db, now), q, lacking)
    ]
    headers = {
        "Content-Disposition": 'attachment; filename="cities-people.csv"',
        "Cache-Control": "private, no-store",
    }
    headings = [gettext(words) for words in _COLUMNS]
    return Response(csv_text(headings, lines), HTTPStatus.OK, headers, CSV)


@router.get("/cities")
def without_people(
    request: Request,
    db: Db,
    me: Me,
    now: Now,
    q: Words = "",
    lacking: Lacking = None,
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> Response:
    """The cities of the roll with how many people each has."""
    check(me.actor, Action.MANAGE_USERS, REGISTER)
    found = staffing(db, moment(db, now), q, lacking)
    given = {"q": q, "lacking": lacking}
    return page(
        request,
        "admin/cities.html",
        leaf=leaf_of(found, number),
        chosen={name: value for name, value in given.items() if value},
        lacks=[Role.CITY_EDITOR, Role.CITY_SIGNER],
    )


_COLUMNS = (
    mark("City code"),
    mark("Name in Vietnamese"),
    mark("Name in English"),
    mark("Province"),
    mark("Editors"),
    mark("Signers"),
)
