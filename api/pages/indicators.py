"""The public hall, the four indicators: each with its figure, what it is made of, its chart."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from api import i18n, indicator_rows, indicator_words
from api.audience import Audience, open_to
from api.charts import MEDIA_TYPES, Format, Width, drawn
from api.deps import Db, When
from api.i18n import iso_utc
from api.indicator_charts import chart
from api.indicator_texts import apart, formula, method, rule, sentence, verdict
from api.pages.conditional import asked, conditional
from api.pages.listing import leaf_of
from api.rendering import page
from registry.domain.errors import NotFound
from registry.domain.indicators import Indicator, LineKind
from registry.queries import indicators as queries
from registry.queries.indicator_figures import figure
from registry.queries.moments import Moment

router = APIRouter(prefix="/indicators", dependencies=[open_to(Audience.PUBLIC)])

# A drawing that is opened by itself has its looks in itself.
_OF_A_DRAWING = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

Number = Annotated[int, Query(alias="page", ge=1)]


@router.get("")
def every() -> Response:
    return RedirectResponse(f"/{i18n.current()}/scoreboard")


@router.get("/{n}")
def one(request: Request, db: Db, when: When, n: Indicator) -> Response:
    def make() -> Response:
        found = figure(db, n, when)
        total = None if n is Indicator.CITIES else queries.total_entry(db, n, when)
        return page(
            request,
            "public/indicator.html",
            figure=found,
            total=total,
            sentence=sentence(found),
            apart=apart(found),
            formula=formula(n),
            rule=rule(n),
            verdicts=[(verdict(each), method(each)) for each in found.outlooks],
            clocks=asked(request, when),
            pinned=_pinned(when),
        )

    return conditional(request, when, make)


@router.get("/{n}/rows")
def rows(
    request: Request,
    db: Db,
    when: When,
    n: Indicator,
    counts: bool | None = None,
    number: Number = 1,
) -> Response:
    """What the figure is made of; `counts`: only the units that count, or only the others."""

    def make() -> Response:
        found = [
            each
            for each in indicator_rows.rows(db, n, when)
            if counts is None or each.counts is counts
        ]
        return page(
            request,
            "public/indicator_rows.html",
            n=n,
            leaf=leaf_of(found, number),
            counts=counts,
            when=when,
            clocks=asked(request, when),
            of_people=n is Indicator.PEOPLE,
        )

    return conditional(request, when, make)


@router.get("/{n}/chart.{kind}")
def chart_file(
    request: Request, db: Db, when: When, n: Indicator, kind: str, width: Width = Width.WIDE
) -> Response:
    """The chart as a drawing (SVG) or a picture (PNG)."""
    if kind not in set(Format):
        raise NotFound
    form = Format(kind)

    def make() -> Response:
        content = drawn(chart(figure(db, n, when)), form, width)
        headers = {"Content-Security-Policy": _OF_A_DRAWING}
        return Response(content, media_type=MEDIA_TYPES[form], headers=headers)

    return conditional(request, when, make)


@router.get("/{n}/lines/{entry_id}")
def line(request: Request, db: Db, when: When, n: Indicator, entry_id: UUID) -> Response:
    """A line that was approved: what it says, where it comes from, what was decided of it."""

    def make() -> Response:
        entry = queries.entry(db, entry_id)
        if entry is None or entry.indicator is not n or not entry.public:
            raise NotFound
        return page(
            request,
            "public/indicator_line.html",
            entry=entry,
            names=indicator_words.names(entry.kind),
            said=indicator_words.said(entry.kind, entry.content),
            is_total=entry.kind is LineKind.TOTAL,
        )

    return conditional(request, when, make)


def _pinned(when: Moment) -> dict[str, str]:
    """The clocks of a permanent link."""
    return {"as_of": when.on.isoformat(), "known_at": iso_utc(when.known_at)}
