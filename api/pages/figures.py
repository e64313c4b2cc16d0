"""The public hall, the wall of figures: what was published for each period, and stays."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.audience import Audience, open_to
from api.causes import cause
from api.deps import Config, Db, Now
from api.i18n import current, iso_utc
from api.names import bare, in_order
from api.pages.conditional import conditional
from api.pages.listing import Code
from api.rendering import page
from api.report import document
from api.report_file import handed_over, known_kind
from registry.domain.errors import NotFound
from registry.queries import figures as queries
from registry.queries.figures import Figure
from registry.queries.moments import moment
from registry.queries.periods import period, periods
from registry.queries.reports import report

router = APIRouter(prefix="/figures", dependencies=[open_to(Audience.PUBLIC)])


@router.get("")
def every(request: Request, db: Db, now: Now) -> Response:
    def make() -> Response:
        figures = {found.code: found for found in queries.figures(db)}
        found = [(each, figures.get(each.code)) for each in periods(db)]
        return page(request, "public/figures.html", periods=found)

    return conditional(request, moment(db, now), make)


@router.get("/{period_code}")
def one(request: Request, db: Db, now: Now, period_code: Code, config: Config) -> Response:
    seen = moment(db, now)

    def make() -> Response:
        found = _published(db, period_code)
        return page(
            request,
            "public/figure.html",
            figure=found,
            since=queries.since(db, found, seen),
            counted=sorted(
                (row for row in found.rows if row.counts),
                key=lambda row: in_order(bare(row.name_vi)),
            ),
            address=_address(config.public_url, period_code),
            clocks={
                "as_of": found.moment.on.isoformat(),
                "known_at": iso_utc(found.moment.known_at),
            },
            cause=cause,
        )

    return conditional(request, seen, make)


@router.get("/{period_code}/report.{kind}")
def report_file(
    request: Request, db: Db, now: Now, period_code: Code, kind: str, config: Config
) -> Response:
    """The report about the published figure: as known then, whatever was learned since."""
    known_kind(kind)

    def make() -> Response:
        found, about = _published(db, period_code), period(db, period_code)
        assert about is not None
        told = document(report(db, about, found.moment), _address(config.public_url, period_code))
        return handed_over(told, kind, period_code)

    return conditional(request, moment(db, now), make)


def _published(db: Db, code: str) -> Figure:
    found = queries.figure(db, code)
    if found is None:
        raise NotFound
    return found


def _address(public_url: str, code: str) -> str:
    return f"{public_url.rstrip('/')}/{current()}/figures/{code}"
