"""The whole time line of the map in one answer: columns, so that a slider asks nothing more."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api.answers import as_json, public
from api.audience import Audience, open_to
from api.deps import Db, Known
from api.geojson import DIGITS
from api.openapi import reading
from api.v1.shapes import Instant, Shape
from registry.domain.counting import Outcome
from registry.domain.coverage import Tally, Verdict
from registry.domain.model import CityStatus, ProblemArea
from registry.domain.timeline import Track
from registry.queries.timeline import (
    SHAPE_DIGITS,
    Province,
    Timeline,
    provinces,
    slider_days,
    timeline,
)

router = APIRouter(tags=["timeline"], dependencies=[open_to(Audience.PUBLIC)])

_ALWAYS = -1

# A place in the list `days`; -1 stands for "always so" where something starts, and for "still so"
# where it ends.
DayIndex = Annotated[int, Field(ge=_ALWAYS)]
CityIndex = Annotated[int, Field(ge=0, description="A place in the columns of `cities`")]


class RollOfTime(Shape):
    code: str
    name: str
    name_en: str
    enumerated: int
    total: int


class TargetOfTime(Shape):
    year: int
    percent: int


class Figures(Shape):
    """The national figure from each day on, until the next. `target`, `next_target` and `roll`
    are places in their lists; what is missing is null without data."""

    start: list[DayIndex]
    roll: list[int]
    counted: list[int]
    verdict: list[Verdict]
    target: list[int]
    missing: list[int | None]
    next_target: list[int | None]
    next_missing: list[int | None]


class CityColumns(Shape):
    code: list[str]
    lon: list[float | None]
    lat: list[float | None]


class NameColumns(Shape):
    """What a city is called, and its province, from each day on."""

    city: list[CityIndex]
    start: list[DayIndex]
    name: list[str]
    name_en: list[str]
    province: list[str]


class RunColumns(Shape):
    """What is said of a city from each day on, until its next run. `outcome` is a place in
    `outcomes`, `status` in `statuses`, `use_case` in the columns of `use_cases` (null: none that
    is public). A city is on the roll unless its outcome is "not_on_roll"."""

    city: list[CityIndex]
    start: list[DayIndex]
    outcome: list[int]
    status: list[int]
    use_case: list[int | None]


class AreaColumns(Shape):
    """The days on which a city counts by a problem of an area (a place in `areas`)."""

    city: list[CityIndex]
    area: list[int]
    start: list[DayIndex]
    end: list[DayIndex]


class UseCaseColumns(Shape):
    code: list[str]
    title: list[str]
    title_en: list[str]


class ProvinceOfTime(Shape):
    """A province on the days from `start` to before `end`. Each ring of `polygons` is one flat
    list: longitude and latitude of its first corner in ten-thousandths of a degree, then the
    difference of each corner to the one before. Boundaries are approximate, for shading only."""

    code: str
    name: str
    name_en: str
    start: DayIndex
    end: DayIndex
    polygons: list[list[list[int]]]


class TimelineAnswer(Shape):
    """Every day as known at one moment: what `/cities`, `/provinces` and `/coverage` say of a day
    can be read from it for any day. `stops` are days worth stopping at, up to today."""

    today: date
    known_at: Instant
    position: int
    rule: str
    scale: Literal[10_000]
    days: list[date]
    stops: list[date]
    statuses: list[CityStatus]
    outcomes: list[Outcome]
    areas: list[ProblemArea]
    targets: list[TargetOfTime]
    rolls: list[RollOfTime]
    figures: Figures
    cities: CityColumns
    names: NameColumns
    runs: RunColumns
    area_runs: AreaColumns
    use_cases: UseCaseColumns
    provinces: list[ProvinceOfTime]


@router.get("/timeline", response_model=TimelineAnswer, responses=reading())
def whole(request: Request, db: Db, known: Known) -> Response:
    """All days of the map at once, as columns."""

    def answer() -> TimelineAnswer:
        layers = provinces(db, known)
        found = timeline(db, known)
        return _Columns(found, layers).answer(slider_days(found, layers, known.on))

    return public(request, known, lambda: as_json(answer()))


class _Columns:
    """Lays a time line out in columns; days become places in one list of days."""

    def __init__(self, found: Timeline, layers: Sequence[Province]) -> None:
        self._found = found
        self._layers = layers
        self._days = sorted({day for day in _days(found, layers) if day is not None})
        self._places = {day: place for place, day in enumerate(self._days)}

    def answer(self, stops: list[date]) -> TimelineAnswer:
        found = self._found
        return TimelineAnswer(
            today=found.moment.on,
            known_at=found.moment.known_at,
            position=found.moment.position,
            rule=found.rule,
            scale=10**SHAPE_DIGITS,
            days=self._days,
            stops=stops,
            statuses=list(CityStatus),
            outcomes=list(Outcome),
            areas=list(ProblemArea),
            targets=[TargetOfTime.model_validate(target) for target in found.targets],
            rolls=self._rolls(),
            figures=self._figures(),
            cities=self._cities(),
            names=self._names(),
            runs=self._runs(),
            area_runs=self._areas(),
            use_cases=UseCaseColumns(
                code=[case.code for case in found.use_cases],
                title=[case.title for case in found.use_cases],
                title_en=[case.title_en for case in found.use_cases],
            ),
            provinces=[self._province(layer) for layer in self._layers],
        )

    def _start(self, day: date | None) -> int:
        return _ALWAYS if day is None else self._places[day]

    def _rolls(self) -> list[RollOfTime]:
        return [
            RollOfTime(
                code=roll.code,
                name=roll.name_vi,
                name_en=roll.name_en,
                enumerated=len(roll.city_ids),
                total=Tally(0, len(roll.city_ids), roll.official_total).total,
            )
            for roll in self._found.rolls
        ]

    def _figures(self) -> Figures:
        steps, aims, rolls = self._found.steps, self._found.targets, self._found.rolls
        ahead = [step.next_target for step in steps]
        return Figures(
            start=[self._start(step.start) for step in steps],
            roll=[rolls.index(step.roll) for step in steps],
            counted=[step.tally.counted for step in steps],
            verdict=[step.tally.verdict(step.target) for step in steps],
            target=[aims.index(step.target) for step in steps],
            missing=[step.tally.missing(step.target) for step in steps],
            next_target=[None if aim is None else aims.index(aim) for aim in ahead],
            next_missing=[
                None if aim is None else step.tally.missing(aim)
                for step, aim in zip(steps, ahead, strict=True)
            ],
        )

    def _cities(self) -> CityColumns:
        tracks = self._found.tracks
        return CityColumns(
            code=[track.code for track in tracks],
            lon=[None if track.lon is None else round(track.lon, DIGITS) for track in tracks],
            lat=[None if track.lat is None else round(track.lat, DIGITS) for track in tracks],
        )

    def _names(self) -> NameColumns:
        rows = [(city, called) for city, track in self._tracks() for called in track.called]
        return NameColumns(
            city=[city for city, _ in rows],
            start=[self._start(called.start) for _, called in rows],
            name=[called.name_vi for _, called in rows],
            name_en=[called.name_en for _, called in rows],
            province=[called.province_code for _, called in rows],
        )

    def _runs(self) -> RunColumns:
        rows = [(city, run) for city, track in self._tracks() for run in track.runs]
        cases = {case.code: place for place, case in enumerate(self._found.use_cases)}
        outcomes, statuses = list(Outcome), list(CityStatus)
        return RunColumns(
            city=[city for city, _ in rows],
            start=[self._start(run.start) for _, run in rows],
            outcome=[outcomes.index(run.outcome) for _, run in rows],
            status=[statuses.index(run.status) for _, run in rows],
            use_case=[cases.get(run.use_case) for _, run in rows],
        )

    def _areas(self) -> AreaColumns:
        rows = [(city, span) for city, track in self._tracks() for span in track.areas]
        areas = list(ProblemArea)
        return AreaColumns(
            city=[city for city, _ in rows],
            area=[areas.index(span.area) for _, span in rows],
            start=[self._start(span.start) for _, span in rows],
            end=[self._start(span.end) for _, span in rows],
        )

    def _tracks(self) -> Iterable[tuple[int, Track]]:
        return enumerate(self._found.tracks)

    def _province(self, layer: Province) -> ProvinceOfTime:
        return ProvinceOfTime(
            code=layer.code,
            name=layer.name_vi,
            name_en=layer.name_en,
            start=self._start(layer.start),
            end=self._start(layer.end),
            polygons=[[_ring(ring) for ring in polygon] for polygon in layer.polygons],
        )


def _days(found: Timeline, layers: Sequence[Province]) -> Iterable[date | None]:
    for track in found.tracks:
        yield from (called.start for called in track.called)
        yield from (run.start for run in track.runs)
        for span in track.areas:
            yield from (span.start, span.end)
    yield from (step.start for step in found.steps)
    for layer in layers:
        yield from (layer.start, layer.end)


def _ring(corners: Sequence[tuple[float, float]]) -> list[int]:
    """The corners as differences; those that fall together at this scale are one."""
    flat: list[int] = []
    at = (0, 0)
    for longitude, latitude in corners:
        to = (round(longitude * 10**SHAPE_DIGITS), round(latitude * 10**SHAPE_DIGITS))
        if to != at:
            flat += [to[0] - at[0], to[1] - at[1]]
            at = to
    return flat
