"""Downloads: whole sets and answers of searches as files, in the formats people work with.

`/downloads/cities.csv` is a file, `.csv.sha256` its checksum, `cities.csv-metadata.json` what is to
be known of its table (CSVW), `cities.schema.json` the JSON Schema of the set.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator, WithJsonSchema

from api.answers import Content, as_json, public
from api.audience import Audience, open_to
from api.choosing import CityChoice
from api.deps import Db, Known, Now, Today, When
from api.exports import sets
from api.exports.export import LICENCE
from api.exports.history import SCHEMA, about_history, history_schema, write_history
from api.exports.making import Question
from api.exports.serving import (
    PLAIN,
    answer,
    answers,
    checksum,
    described,
    endings,
    handed_out,
    responses,
    unknown,
)
from api.exports.sets import BASE, HISTORY, HISTORY_TYPE, MEDIA_TYPES, SETS, DataSet
from api.exports.spool import Made, Spool
from api.i18n import iso_utc, pick
from api.names import fold
from api.openapi import SCHEMA_JSON, reading
from api.pages.listing import Words
from api.release import release
from api.searching import Narrowed
from api.v1.shapes import CodeFilter, Shape
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.kinds import blank_to_none
from registry.domain.model import (
    CityStatus,
    ProblemArea,
    RollSeries,
    Stage,
    UnitType,
    UrbanClass,
)
from registry.domain.search import read, vocabulary
from registry.queries import exports
from registry.queries.cities import CityRow, each_city
from registry.queries.coverage import roll_in_force, rolls
from registry.queries.desk import city_id
from registry.queries.moments import Moment, moment
from registry.queries.provinces import provinces
from registry.queries.published import Wanted
from registry.queries.search import only_some

router = APIRouter(prefix="/downloads", tags=["downloads"], dependencies=[open_to(Audience.PUBLIC)])

_Blank = BeforeValidator(blank_to_none)
_Code = Annotated[CodeFilter | None, _Blank, Query()]


class DownloadFile(Shape):
    format: str
    media_type: str
    url: str
    sha256_url: str


class DownloadSet(Shape):
    """`filters` are the parameters that narrow it; `dated`: whether it takes `as_of` and
    `known_at`; `rows` how many there are now, without filters; null for a search. After the
    `columns` those of CSV and NDJSON go on with what is to be known of the file (`about_…`)."""

    name: str
    title: str
    description: str
    key: str
    geometry: str | None
    dated: bool
    filters: list[str]
    columns: list[str]
    rows: int | None
    schema_url: str
    files: list[DownloadFile]


class DownloadList(Shape):
    """`history` has all public facts with both clocks, a fact a line."""

    items: list[DownloadSet]
    history: DownloadFile
    history_schema_url: str


@router.get("", response_model=DownloadList, responses=reading())
def every(request: Request, db: Db, now: Now) -> Response:
    """Which sets there are, in which formats, and by what each can be narrowed."""
    seen = moment(db, now)

    def make() -> Content:
        counts = exports.how_many(db, seen, roll_in_force(db, seen, RollSeries.URBAN))
        history = DownloadFile(
            format="ndjson.gz",
            media_type=HISTORY_TYPE,
            url=f"{BASE}/{HISTORY}",
            sha256_url=f"{BASE}/{HISTORY}.sha256",
        )
        items = [_shape(data, counts.get(data.name)) for data in SETS.values()]
        return as_json(
            DownloadList(items=items, history=history, history_schema_url=f"{BASE}/{SCHEMA}")
        )

    return public(request, seen, make)


def _shape(data: DataSet, rows: int | None) -> DownloadSet:
    return DownloadSet(
        name=data.name,
        title=pick(data.title.vi, data.title.en),
        description=pick(data.description.vi, data.description.en),
        key=data.key,
        geometry=data.geometry_type or None,
        dated=data.dated,
        filters=list(data.filters),
        columns=[column.name for column in data.columns],
        rows=rows,
        schema_url=data.schema,
        files=[
            DownloadFile(
                format=each,
                media_type=MEDIA_TYPES[each],
                url=data.address(each),
                sha256_url=f"{data.address(each)}.sha256",
            )
            for each in data.formats
        ],
    )


def _ending(data: DataSet) -> Any:
    return Annotated[
        str,
        Path(description="The format, or what describes it"),
        WithJsonSchema({"type": "string", "enum": endings(data)}),
    ]


_CityEnding: Any = _ending(sets.CITIES)
_UseCaseEnding: Any = _ending(sets.USE_CASES)
_ProblemEnding: Any = _ending(sets.PROBLEMS)
_DecisionEnding: Any = _ending(sets.DECISIONS)
_ProvinceEnding: Any = _ending(sets.PROVINCES)
_RollEnding: Any = _ending(sets.ROLL_ENTRIES)
_SearchEnding: Any = _ending(sets.SEARCH)


def _question(
    db: Db,
    data: DataSet,
    when: Moment,
    rows: Callable[[], Iterator[Any]],
    series: RollSeries = RollSeries.URBAN,
    **given: Any,
) -> Question:
    """`given` are the filters under their names in the query; what is None or "" was not."""
    filters = {name: str(value) for name, value in given.items() if value}
    if series is not RollSeries.URBAN:
        filters["series"] = series.value
    return Question(data, filters, when, roll_in_force(db, when, series), rows)


@router.get("/cities.{form}", response_class=Response, responses=responses())
def cities(
    request: Request,
    db: Db,
    when: When,
    today: Today,
    form: _CityEnding,
    province: _Code = None,
    urban_class: Annotated[UrbanClass | None, _Blank, Query(alias="class")] = None,
    unit_type: Annotated[UnitType | None, _Blank, Query()] = None,
    status: Annotated[CityStatus | None, _Blank, Query()] = None,
    q: Words = "",
    series: RollSeries = RollSeries.URBAN,
) -> Response:
    """The cities of the roll in force, by the filters of the list of cities, in order of code."""
    choice = CityChoice(q, province, urban_class, unit_type, status)

    def rows() -> Iterator[CityRow]:
        return filter(choice.fits, each_city(db, when, series))

    given = {"province": province, "class": urban_class, "unit_type": unit_type}
    asked = _question(db, sets.CITIES, when, rows, series, **given, status=status, q=q)
    return answer(request, db, today, asked, form)


@router.get("/use-cases.{form}", response_class=Response, responses=responses())
def use_cases(
    request: Request,
    db: Db,
    when: When,
    today: Today,
    form: _UseCaseEnding,
    city: _Code = None,
    area: Annotated[ProblemArea | None, _Blank, Query()] = None,
    stage: Annotated[Stage | None, _Blank, Query()] = None,
    q: Words = "",
) -> Response:
    """The use cases once approved, by the filters of their list, the latest approved first."""
    wanted = Wanted(_city(db, city), area, stage, fold(q))
    rows = partial(exports.use_cases, db, when, wanted)
    asked = _question(db, sets.USE_CASES, when, rows, city=city, area=area, stage=stage, q=q)
    return answer(request, db, today, asked, form)


@router.get("/problems.{form}", response_class=Response, responses=responses())
def problems(
    request: Request,
    db: Db,
    when: When,
    today: Today,
    form: _ProblemEnding,
    city: _Code = None,
    area: Annotated[ProblemArea | None, _Blank, Query()] = None,
) -> Response:
    """The declared problems, in the order they were declared."""
    _city(db, city)
    rows = partial(exports.problems, db, when, city, area)
    asked = _question(db, sets.PROBLEMS, when, rows, city=city, area=area)
    return answer(request, db, today, asked, form)


@router.get("/decisions.{form}", response_class=Response, responses=responses())
def decisions(
    request: Request,
    db: Db,
    when: When,
    today: Today,
    form: _DecisionEnding,
    city: _Code = None,
) -> Response:
    """The decisions that the public may read, newest first."""
    rows = partial(exports.decisions, db, when, _city(db, city))
    return answer(request, db, today, _question(db, sets.DECISIONS, when, rows, city=city), form)


@router.get("/provinces.{form}", response_class=Response, responses=responses())
def of_provinces(
    request: Request,
    db: Db,
    when: When,
    today: Today,
    form: _ProvinceEnding,
    series: RollSeries = RollSeries.URBAN,
) -> Response:
    """The provinces of the day with their boundaries, and how many of their cities count."""
    asked = _question(db, sets.PROVINCES, when, lambda: iter(provinces(db, when, series)), series)
    return answer(request, db, today, asked, form)


@router.get("/roll-entries.{form}", response_class=Response, responses=responses())
def roll_entries(
    request: Request,
    db: Db,
    when: When,
    today: Today,
    form: _RollEnding,
    roll: _Code = None,
    series: RollSeries = RollSeries.URBAN,
) -> Response:
    """The cities that a roll names, as known; by default the roll in force on the day."""
    found = roll_in_force(db, when, series)
    if roll is not None:
        found = next((each for each, _ in rolls(db) if each.code == roll), None)
        if found is None:
            raise InvalidInput([FieldProblem("/roll", "unknown_choice")])
    filters = {name: value for name, value in (("roll", roll), ("series", series.value)) if value}
    rows = partial(exports.roll_rows, db, when, found)
    question = Question(sets.ROLL_ENTRIES, filters, when, found, rows)
    return answer(request, db, today, question, form)


@router.get("/search.{form}", response_class=Response, responses=responses())
def search(
    request: Request,
    db: Db,
    now: Now,
    today: Today,
    form: _SearchEnding,
    narrowed: Narrowed,
) -> Response:
    """All that a search finds now, in the order of its page, also what that no longer shows."""
    when = moment(db, now)
    asked = read(narrowed.q, vocabulary())
    some = only_some(db, asked)
    rows = partial(exports.found, db, when, asked, narrowed.chosen, narrowed.sort, some=some)
    roll = roll_in_force(db, when, RollSeries.URBAN)
    question = Question(sets.SEARCH, narrowed.given, when, roll, rows, {"partial": some})
    return answer(request, db, today, question, form)


@router.get(
    f"/{HISTORY}",
    response_class=Response,
    responses=answers({HISTORY_TYPE}),
)
def history(request: Request, db: Db, known: Known, today: Today) -> Response:
    """All public facts with both clocks, one a line, packed: `registry history replay` works the
    figure of any day out of it, as known at any time until then."""
    made = _history(request, db, known, today)
    public_url = request.app.state.settings.site
    pinned = urlencode({"known_at": iso_utc(known.known_at)})
    link = (
        f'<{public_url}{BASE}/{HISTORY}?{pinned}>; rel="canonical",'
        f' <{public_url}{BASE}/{SCHEMA}>; rel="describedby"; type="{SCHEMA_JSON}",'
        f' <{LICENCE["url"]}>; rel="license"'
    )
    return handed_out(request, known, made, _history_name(known), HISTORY_TYPE, link)


@router.get(f"/{HISTORY}.sha256", response_class=Response, responses=answers({PLAIN}))
def history_checksum(request: Request, db: Db, known: Known, today: Today) -> Response:
    """The checksum of the history, as `sha256sum --check` reads it."""
    made = _history(request, db, known, today)
    return checksum(request, known, made, _history_name(known))


@router.get(f"/{SCHEMA}", response_class=Response, responses=answers({SCHEMA_JSON}))
def schema_of_history(request: Request) -> Response:
    """The JSON Schema of a line of the history."""
    public_url = request.app.state.settings.site
    return described(request, history_schema(public_url), SCHEMA_JSON)


def _history(request: Request, db: Db, known: Moment, today: date) -> Made:
    spool: Spool = request.app.state.spool
    about = about_history(db, known, request.app.state.settings.site)
    question = (release(), today.isoformat(), HISTORY, repr(about))
    return spool.file(question, HISTORY, lambda path: write_history(db, known, about, path))


def _history_name(known: Moment) -> str:
    return f"history-{known.position}.ndjson.gz"


@router.get("/{download}", response_class=Response, responses=responses())
def none(download: str) -> Response:
    """For every other name: a refusal that says what there is."""
    raise unknown(download)


def _city(db: Db, code: str | None) -> int | None:
    """Raises InvalidInput for a city that is not there."""
    if code is None:
        return None
    found = city_id(db, code)
    if found is None:
        raise InvalidInput([FieldProblem("/city", "unknown_choice")])
    return found
