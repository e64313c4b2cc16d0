"""The public hall, the programmers' shelf: the API explained, its errors, every public read."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import guide
from api.audience import Audience, open_to
from api.deps import Config, Db, Now
from api.errors import problem_type
from api.field_words import FIELDS
from api.i18n import gettext
from api.pages.conditional import conditional
from api.refusals import kinds_of_problems
from api.rendering import page
from registry.queries.moments import moment

router = APIRouter(prefix="/api", dependencies=[open_to(Audience.PUBLIC)])


@router.get("")
def guide_page(request: Request, db: Db, now: Now, config: Config) -> Response:
    base = config.site

    def make() -> Response:
        operations = guide.reference(request.app.openapi())
        return page(
            request,
            "public/api.html",
            base=base,
            nouns=[(tag, guide.noun(tag), reads[0].path) for tag, reads in operations.items()],
            examples=guide.examples(),
            limit=config.rate_limit,
            retiring=[
                read.path for reads in operations.values() for read in reads if read.deprecated
            ],
        )

    return conditional(request, moment(db, now), make)


@router.get("/problems")
def problems(request: Request, db: Db, now: Now, config: Config) -> Response:
    """What the `type` of every problem leads to."""

    def make() -> Response:
        return page(
            request,
            "public/api_problems.html",
            kinds=sorted(
                (code, status, gettext(words))
                for code, (status, words) in kinds_of_problems().items()
            ),
            type_of=lambda code: problem_type(config.public_url, code),
            # Some have places that are filled in: they are shown, not filled.
            fields=sorted((code, gettext(words)) for code, words in FIELDS.items()),
        )

    return conditional(request, moment(db, now), make)


@router.get("/reference")
def reference(request: Request, db: Db, now: Now) -> Response:
    def make() -> Response:
        operations = guide.reference(request.app.openapi())
        return page(
            request,
            "public/api_reference.html",
            nouns=[(tag, guide.noun(tag), reads) for tag, reads in operations.items()],
        )

    return conditional(request, moment(db, now), make)
