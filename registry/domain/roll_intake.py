"""What an administrator sends of a roll: the roll itself, its lines, the choices, the word of
confirmation; and a reviewer's decision to carry a case over, or to take that back. One model for
form, file and API."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from registry.domain import geometry
from registry.domain.errors import InvalidInput
from registry.domain.kinds import Day, Draft, Line, NoDoubles, OrNone, Paragraph, WebAddress
from registry.domain.model import RollSeries, UnitType, UrbanClass
from registry.domain.roll_changes import Line as RollLine
from registry.domain.roll_changes import Naming

MOST_LINES = 5_000
_CODE = r"^[0-9A-Za-z][0-9A-Za-z_-]{0,39}$"
_Given = Field(min_length=1)


def _no_code(value: object) -> object:
    """Spreadsheets hold codes as text or as numbers; nobody can say which zeros a number lost."""
    return value.strip() if isinstance(value, str) else value


CityCode = Annotated[
    str, BeforeValidator(_no_code), StringConstraints(pattern=_CODE), Field(max_length=40)
]
OptionalCityCode = Annotated[
    str,
    BeforeValidator(_no_code),
    StringConstraints(pattern=r"^([0-9A-Za-z][0-9A-Za-z_-]{0,39})?$"),
]
Decree = Annotated[Line, _Given]


class RollLineDraft(Draft):
    """A city as the list names it. `province` is a province's code or its name."""

    code: OptionalCityCode = ""
    name_vi: Annotated[Line, _Given]
    name_en: Line = ""
    unit_type: UnitType
    urban_class: UrbanClass
    province: Line = ""
    predecessors: Annotated[tuple[CityCode, ...], Field(max_length=500), NoDoubles] = ()
    decree: Line = ""
    lon: Annotated[float | None, OrNone] = None
    lat: Annotated[float | None, OrNone] = None

    @model_validator(mode="after")
    def _place_is_whole(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise PydanticCustomError("lon_and_lat", "one of two")
        if self.lon is not None and self.lat is not None:
            try:
                place = {"type": "Point", "coordinates": [self.lon, self.lat]}
                geometry.point(place, "")
            except InvalidInput:
                raise PydanticCustomError("geometry_outside", "outside") from None
        return self

    def line(self, number: int) -> RollLine:
        together = None if self.lon is None or self.lat is None else (self.lon, self.lat)
        return RollLine(
            number=number,
            naming=Naming(self.name_vi, self.unit_type, self.urban_class),
            code=self.code,
            name_en=self.name_en,
            province=self.province,
            predecessors=self.predecessors,
            decree=self.decree,
            lonlat=together,
        )


# That there is a line at all is asked by the act: a least number would be missed here as well
# whenever every line has a fault of its own.
Lines = Annotated[tuple[RollLineDraft, ...], Field(max_length=MOST_LINES)]


class RollFactsDraft(Draft):
    """What a new roll says of itself, with its legal source."""

    code: CityCode
    series: RollSeries = RollSeries.URBAN
    name_vi: Annotated[Line, _Given]
    name_en: Annotated[Line, _Given]
    valid_from: Day
    official_total: Annotated[int | None, Field(ge=1, le=100_000), OrNone] = None
    legal_basis: Annotated[Line, _Given]
    source_vi: Annotated[Line, _Given]
    source_en: Annotated[Line, _Given]
    source_url: WebAddress
    note_vi: Paragraph = ""
    note_en: Paragraph = ""


class NamesFactsDraft(Draft):
    """More names for a roll that is in force, with the source they come from."""

    adds_to: CityCode
    legal_basis: Annotated[Line, _Given]
    source_vi: Annotated[Line, _Given]
    source_url: WebAddress


class RollDraftBody(Draft):
    """A new roll, or more names for one in force: one of the two, with its lines."""

    roll: RollFactsDraft | None = None
    names: NamesFactsDraft | None = None
    lines: Lines

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.roll is None) == (self.names is None):
            raise PydanticCustomError("roll_or_names", "one of two")
        return self


class LineChoice(Draft):
    """Which city a line is; a code unknown so far makes a new city."""

    line: Annotated[int, Field(ge=1, le=1_000_000)]
    city_code: CityCode


class HeirChoice(Draft):
    """In which cities of the list one goes on that is no longer on it; in none: it is dissolved."""

    city_code: CityCode
    heirs: Annotated[tuple[CityCode, ...], Field(max_length=500), NoDoubles]


class RollChoicesDraft(Draft):
    lines: Annotated[tuple[LineChoice, ...], Field(max_length=MOST_LINES)] = ()
    heirs: Annotated[tuple[HeirChoice, ...], Field(max_length=MOST_LINES)] = ()


class Confirmation(Draft):
    """The word that a change is as the source says. `stamp` is that of the change as read."""

    key: Annotated[str, Field(max_length=80)]
    stamp: Annotated[str, Field(max_length=16)]
    decree: Decree


class RollConfirmationsDraft(Draft):
    changes: Annotated[tuple[Confirmation, ...], Field(min_length=1, max_length=20_000)]


class CarryOverDraft(Draft):
    """That a case also stands for these successors of its city, from a day on."""

    to_city_codes: Annotated[tuple[CityCode, ...], Field(min_length=1, max_length=500), NoDoubles]
    effective_on: Day
    legal_basis: Decree


class CarryOverEndDraft(Draft):
    """That a case no longer stands for these cities, from a day on, and why."""

    to_city_codes: Annotated[tuple[CityCode, ...], Field(min_length=1, max_length=500), NoDoubles]
    effective_on: Day
    reason: Annotated[Paragraph, _Given]
