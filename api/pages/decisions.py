"""The public hall, the counter of decisions: what a number stands for, and its receipt on paper.

Whoever may read the version may read what was decided on it.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api import i18n, receipt
from api.audience import Audience, open_to
from api.deciding import found_decision
from api.deps import Config, Db, Me, Now
from api.fields import field_names
from api.pages.conditional import conditional
from api.rendering import page
from registry.domain.counting import RULE_TEXT
from registry.domain.model import PUBLIC_STATES
from registry.domain.permissions import sees_notes
from registry.queries import deciding, entries, tree
from registry.queries.moments import moment
from registry.queries.proofs import proof_of

router = APIRouter(prefix="/decisions/{decision}", dependencies=[open_to(Audience.PUBLIC)])

Slug = Annotated[str, Path(max_length=20)]


@router.get("")
def show(request: Request, db: Db, me: Me, now: Now, decision: Slug) -> Response:
    def make() -> Response:
        decided = found_decision(db, me.actor, decision)
        version = decided.version
        readable = {
            v.number for v in entries.versions(db, me.actor, use_case_code=version.use_case_code)
        }
        later = [
            ruling
            for ruling in entries.rulings(db, version.use_case_id)
            if ruling.position > decided.position and ruling.version in readable
        ]
        return page(
            request,
            "public/decision.html",
            decided=decided,
            later=later,
            records=deciding.records(db, [ruling.position for ruling in later]),
            criteria=RULE_TEXT[i18n.current().value],
            is_public=version.state in PUBLIC_STATES,
            between=sees_notes(me.actor, version.subject),
            names=field_names(),
            proof=proof_of(db, decided.position),
        )

    # Signing a head is no event, and changes this.
    return conditional(request, moment(db, now), make, changed=tree.signed_at(db))


@router.get("/receipt.pdf")
def on_paper(
    request: Request, db: Db, me: Me, now: Now, config: Config, decision: Slug
) -> Response:
    """The same for everybody who may read it: without what city and ministry write each other."""

    def make() -> Response:
        decided = found_decision(db, me.actor, decision)
        slug = decided.record.number.slug
        address = f"{config.site}/{i18n.current()}/decisions/{slug}"
        headers = {
            "Content-Disposition": f'inline; filename="{slug}.pdf"',
            "Content-Language": i18n.current().value,
            "Cache-Control": "private, no-store",
        }
        return Response(receipt.paper(decided, address), 200, headers, "application/pdf")

    return conditional(request, moment(db, now), make)
