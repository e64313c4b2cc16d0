"""What every table shares: types, names of constraints, checks used again."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, MetaData, Text
from sqlalchemy.dialects.postgresql import DATERANGE, INT8RANGE, JSONB, Range
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import LargeBinary

from registry.domain.geometry import BOUNDS

BOX = f"ST_MakeEnvelope({BOUNDS[0]:g}, {BOUNDS[1]:g}, {BOUNDS[2]:g}, {BOUNDS[3]:g}, 4326)"
# A date of reduced precision: YYYY, YYYY-MM or YYYY-MM-DD.
PARTIAL = r"~ '^\d{4}(-\d{2}(-\d{2})?)?$'"


def one_of(column: str, kind: type[Any]) -> CheckConstraint:
    values = ", ".join(f"'{member.value}'" for member in kind)
    return CheckConstraint(f"{column} IN ({values})", name=f"{column}_known")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        str: Text,
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
        dict[str, Any]: JSONB,
        Range[date]: DATERANGE,
        Range[int]: INT8RANGE,
    }
