"""What a reader of the queue narrows it to: one model for the page, the API and what is saved."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from registry.domain.kinds import Draft, Line, blank_to_none
from registry.domain.model import ProblemArea, ReviewState, UnitType, UrbanClass
from registry.domain.standard import CODES

# One can find one's way among so many, and a default among them.
MOST_SAVED = 50


RISKS = CODES["risk_level"]


def _risk(code: str) -> str:
    if code and code not in set(RISKS):
        raise PydanticCustomError("unknown_choice", "not a risk level")
    return code


class Round(StrEnum):
    FIRST = "first"
    REVISION = "revision"


class Service(StrEnum):
    """Against the service target: its last day is past, or is at most `SOON_DAYS` away."""

    OVERDUE = "overdue"
    SOON = "soon"


SOON_DAYS = 3


class Held(StrEnum):
    """In whose hands an entry is; one whose lease has ended is in nobody's."""

    ME = "me"
    NOBODY = "nobody"
    OTHERS = "others"


class Reading(StrEnum):
    """What a second reader, or the lead, has to do with it."""

    SECOND = "second"
    DISPUTED = "disputed"


class Order(StrEnum):
    AGE = "age"
    SERVICE = "service"
    CHANGED = "changed"


_BLANK = BeforeValidator(blank_to_none)


class QueueFilter(Draft):
    """Blank is everything. `risk` is a code of the standard's; an entry that says none is not yet
    classified. `late` is the code of a reporting period. `new` is what came or changed since one
    last said "seen". `q` is looked for in titles, codes and names of cities, without regard to
    case and diacritics."""

    state: Annotated[ReviewState | None, _BLANK] = None
    province: Line = ""
    urban_class: Annotated[UrbanClass | None, _BLANK] = None
    unit_type: Annotated[UnitType | None, _BLANK] = None
    area: Annotated[ProblemArea | None, _BLANK] = None
    risk: Annotated[str, AfterValidator(_risk)] = ""
    round: Annotated[Round | None, _BLANK] = None
    service: Annotated[Service | None, _BLANK] = None
    held: Annotated[Held | None, _BLANK] = None
    late: Line = ""
    reading: Annotated[Reading | None, _BLANK] = None
    new: bool = False
    q: Line = ""
    order: Order = Order.AGE

    def given(self) -> dict[str, str]:
        """What narrows or orders, as it stands in an address."""
        said = self.model_dump(mode="json", exclude_defaults=True)
        return {name: "yes" if value is True else value for name, value in said.items() if value}


class SavedFilterDraft(Draft):
    """A filter under a name of one's own."""

    name: Annotated[Line, Field(min_length=1)]
    wanted: QueueFilter = QueueFilter()
    default: bool = False
