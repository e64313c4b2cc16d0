"""The public hall, the rolls: what "all cities" means, by which act, and what each one changed."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.audience import Audience, open_to
from api.deps import Db, Known
from api.names import bare, in_order
from api.old_addresses import sent_on
from api.pages.conditional import asked, conditional
from api.pages.listing import Code
from api.rendering import page
from registry.domain.model import UrbanClass
from registry.queries.coverage import rolls
from registry.queries.rolls import roll_in_whole
from registry.queries.spelling import Noun

router = APIRouter(prefix="/rolls", dependencies=[open_to(Audience.PUBLIC)])

# Of what changed so many are named on the page; all of them are in the roll's file.
SHOWN = 100


@router.get("")
def every(request: Request, db: Db, known: Known) -> Response:
    return conditional(request, known, lambda: page(request, "public/rolls.html", rolls=rolls(db)))


@router.get("/{code}")
def one(request: Request, db: Db, known: Known, code: Code) -> Response:
    def make() -> Response:
        found = roll_in_whole(db, known, code)
        if found is None:
            sent_on(db, Noun.ROLL, code)
        return page(
            request,
            "public/roll.html",
            found=found,
            roll=found.roll,
            provinces=sorted(found.by_province, key=lambda part: in_order(bare(part.name_vi))),
            shown=SHOWN,
            known=known,
            clocks=asked(request, known),
            UrbanClass=UrbanClass,
        )

    return conditional(request, known, make)
