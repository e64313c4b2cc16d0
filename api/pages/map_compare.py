"""Two days side by side: two maps with one view, and the list of what differs."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator

from api.audience import Audience, open_to
from api.deps import Config, Db, Known
from api.names import bare, in_order
from api.pages.conditional import asked, conditional
from api.pages.map_parts import constants, policy
from api.rendering import page
from maps.document import pair_parts
from registry.domain.kinds import Day, blank_to_none
from registry.domain.timeline import Turn, turns
from registry.queries.timeline import Timeline, timeline

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])

DayAsked = Annotated[Day | None, BeforeValidator(blank_to_none), Query()]


@router.get("/map/compare")
def two_days(
    request: Request, db: Db, known: Known, config: Config, a: DayAsked = None, b: DayAsked = None
) -> Response:
    def make() -> Response:
        found = timeline(db, known)
        first, second = sorted((a or _measured(found), b or known.on))
        differing = sorted(turns(found.tracks, first, second), key=_by_name)
        clocks = asked(request, known)
        parts = pair_parts()
        shown: dict[str, Any] = {"days": [first.isoformat(), second.isoformat()]}
        return page(
            request,
            "public/map_compare.html",
            headers={"Content-Security-Policy": policy(parts, config)},
            parts=parts,
            config=constants(clocks, config) | shown,
            clocks=clocks,
            when=known,
            days=(first, second),
            steps=(found.step(first), found.step(second)),
            rule=found.rule,
            began=[turn for turn in differing if turn.after.counts],
            ceased=[turn for turn in differing if not turn.after.counts],
            use_cases={case.code: case for case in found.use_cases},
        )

    return conditional(request, known, make)


def _measured(found: Timeline) -> date:
    """The day by which the first target is measured: what came since is what one asks about."""
    return date(min(target.year for target in found.targets), 12, 31)


def _by_name(turn: Turn) -> Any:
    return in_order(bare(turn.track.name(turn.on).name_vi)), turn.track.code
