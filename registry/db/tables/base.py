"""What every table shares: types, names of constraints, checks used again."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Identity, MetaData, Text, text
from sqlalchemy.dialects.postgresql import DATERANGE, INT8RANGE, JSONB, ExcludeConstraint, Range
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import BigInteger, LargeBinary

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


class Dated:
    """What holds on the days of `valid`, from which nothing is ever taken away.

    An entry is known from a ledger position on (0: since before the first event). It can be ended
    once, by an event that leaves the days before as they were, and withdrawn as long as it has not
    begun; `end_source` says on what that rests. `keep_dated_entry` refuses every other change.
    """

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    valid: Mapped[Range[date]]
    known_from: Mapped[int] = mapped_column(BigInteger, server_default="0")
    ended_position: Mapped[int | None] = mapped_column(BigInteger)
    withdrawn_position: Mapped[int | None] = mapped_column(BigInteger)
    end_source: Mapped[str | None]


def one_a_day(name: str, *key: str) -> ExcludeConstraint:
    """Of entries that are alike in `key`, at most one holds on a day."""
    columns = [(column, "=") for column in key]
    return ExcludeConstraint(
        *columns, ("valid", "&&"), name=name, using="gist", where=text("withdrawn_position IS NULL")
    )
