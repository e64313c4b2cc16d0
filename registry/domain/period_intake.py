"""What an administrator says of a reporting period; dates and times are those of Viet Nam."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from registry.domain.kinds import Day, Draft, Line, Paragraph
from registry.domain.roll_intake import CityCode

_Given = Field(min_length=1)


def _time(value: Any) -> Any:
    if value is None or isinstance(value, time):
        return value
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        try:
            return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day
        except ValueError:
            pass
    raise PydanticCustomError("not_a_time", "not a time")


TimeOfDay = Annotated[time | None, BeforeValidator(_time)]


class CutOffDraft(Draft):
    """A day, and a time of that day; without one the whole day is in time."""

    cut_off_day: Day
    cut_off_time: TimeOfDay = None

    @property
    def cut_off(self) -> datetime:
        """The last instant in time, by the clocks of Viet Nam."""
        if self.cut_off_time is None:
            return datetime.combine(self.cut_off_day + timedelta(days=1), time())
        return datetime.combine(self.cut_off_day, self.cut_off_time)


class PeriodDraft(CutOffDraft):
    """A new period. `code` stands in addresses and lasts."""

    code: CityCode
    name_vi: Annotated[Line, _Given]
    name_en: Annotated[Line, _Given]
    reporting_day: Day
    target_year: Annotated[int, Field(ge=2020, le=2100)]


class ExtensionDraft(CutOffDraft):
    """A later cut-off, and why."""

    reason: Annotated[Paragraph, _Given]


class PublicationDraft(Draft):
    """The word that a figure is to be published: the one that its author saw."""

    counted: Annotated[int, Field(ge=0)]
    total: Annotated[int, Field(ge=1)]


def earliest_cut_off(reporting_day: date) -> datetime:
    """Nobody reports about a day before it has begun."""
    return datetime.combine(reporting_day, time())
