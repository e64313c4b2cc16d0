"""The counter of open data: which files there are, what is in them, and how they are opened."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.audience import Audience, open_to
from api.deps import Db, When
from api.exports.described import ESCAPING
from api.exports.sets import BASE, HISTORY, SEARCH, SETS
from api.i18n import iso_utc
from api.pages.conditional import asked, conditional
from api.rendering import page
from registry.domain.counting import RULE
from registry.domain.model import RollSeries
from registry.domain.standard import CURRENT
from registry.queries.coverage import roll_in_force
from registry.queries.exports import how_many
from registry.queries.tree import head_over

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])


@router.get("/data")
def data(request: Request, db: Db, when: When) -> Response:
    head = head_over(db, when.position)

    def make() -> Response:
        roll = roll_in_force(db, when, RollSeries.URBAN)
        return page(
            request,
            "public/data.html",
            sets=[each for each in SETS.values() if each is not SEARCH],
            counts=how_many(db, when, roll),
            roll=roll,
            rule=RULE,
            standard=CURRENT,
            escaping=ESCAPING,
            head=head,
            history=f"{BASE}/{HISTORY}",
            clocks=asked(request, when),
            # A file and its checksum are asked for one after the other, and have to be of one time.
            pinned={"as_of": when.on.isoformat(), "known_at": iso_utc(when.known_at)},
            when=when,
            public_url=request.app.state.settings.site,
        )

    # Signing a head is no event, and changes this page.
    return conditional(request, when, make, changed=None if head is None else head.signed_at)
