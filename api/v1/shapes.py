"""The glass case: the kinds of values that several nouns of the API take and show."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.i18n import iso_utc
from registry.domain.errors import NotFound


class Shape(BaseModel):
    """Base of everything the API shows; `model_validate` reads the fields of a query's row."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


Instant = Annotated[
    datetime,
    PlainSerializer(iso_utc, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
# A fraction of one; figures are cut at six decimals, never rounded.
Share = Annotated[
    Decimal,
    PlainSerializer(float, return_type=float),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1}),
]

_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,39}")


def code(text: str) -> str:
    """Raises ValueError for what cannot be the code of anything."""
    if not _CODE.fullmatch(text):
        raise ValueError(text)
    return text


def _named(text: str) -> str:
    # What cannot be a code names nothing, and the database need not be asked.
    if not _CODE.fullmatch(text):
        raise NotFound
    return text


def _chosen(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise PydanticCustomError("unknown_choice", "not a code")
    return text


_SCHEMA = WithJsonSchema({"type": "string", "pattern": f"^{_CODE.pattern}$"})
Code = Annotated[str, Path(), AfterValidator(_named), _SCHEMA]
CodeFilter = Annotated[str, AfterValidator(_chosen), _SCHEMA]
VersionNumber = Annotated[int, Path(ge=1, le=1_000_000)]
