"""Provinces and cities, each with the days for which what is said of it was true."""

from datetime import date

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from registry.db.tables.base import BOX, Base, one_of
from registry.domain.model import LineageKind, UnitType, UrbanClass


class Province(Base):
    """A province during `valid`. A code can come back with another area (2025).

    `successor_codes` are the provinces it goes on in after its last day.
    """

    __tablename__ = "province"
    __table_args__ = (
        ExcludeConstraint(("code", "="), ("valid", "&&"), name="province_no_overlap"),
        CheckConstraint("NOT isempty(valid)", name="valid_not_empty"),
        CheckConstraint(f"ST_IsValid(geom) AND ST_Within(geom, {BOX})", name="geom_sound"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    code: Mapped[str]
    valid: Mapped[Range[date]]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    successor_codes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    source: Mapped[str] = mapped_column(server_default="")
    # For shading only; False for boundaries that their source gives as they were laid down.
    approximate: Mapped[bool] = mapped_column(server_default="true")
    geom: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", srid=4326))
    # The ledger position since when this is known; what it was before is in ProvincePast.
    known_from: Mapped[int] = mapped_column(BigInteger, server_default="0")


class ProvincePast(Base):
    """A province as it was known during `known` (ledger positions), before it was changed.

    The database itself puts it here when a province is changed (`keep_province`).
    """

    __tablename__ = "province_past"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    code: Mapped[str]
    valid: Mapped[Range[date]]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    successor_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    source: Mapped[str]
    approximate: Mapped[bool]
    geom: Mapped[WKBElement] = mapped_column(
        Geometry("MULTIPOLYGON", srid=4326, spatial_index=False)
    )
    known: Mapped[Range[int]]


class City(Base):
    """An urban area. Its identity outlives its name, class and administrative form."""

    __tablename__ = "city"
    __table_args__ = (
        CheckConstraint(f"ST_Within(point, {BOX})", name="point_in_country"),
        CheckConstraint("population > 0", name="population_positive"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    point: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326))
    point_source: Mapped[str]
    population: Mapped[int | None]
    source: Mapped[str]


class CityPeriod(Base):
    """What a city was called and counted as during `valid`."""

    __tablename__ = "city_period"
    __table_args__ = (
        ExcludeConstraint(("city_id", "="), ("valid", "&&"), name="city_period_no_overlap"),
        CheckConstraint("NOT isempty(valid)", name="valid_not_empty"),
        one_of("unit_type", UnitType),
        one_of("urban_class", UrbanClass),
        Index("city_period_province_code_idx", "province_code"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    valid: Mapped[Range[date]]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    unit_type: Mapped[str]
    urban_class: Mapped[str]
    class_basis: Mapped[str]
    province_code: Mapped[str]
    source: Mapped[str]
    # The ledger position since when this is known; what it was before is in CityPeriodPast.
    known_from: Mapped[int] = mapped_column(BigInteger, server_default="0")


class CityPeriodPast(Base):
    """A period as it was known during `known` (ledger positions), before it was changed.

    The database itself puts it here when a period is changed (`keep_city_period`).
    """

    __tablename__ = "city_period_past"
    __table_args__ = (Index("city_period_past_city_id_idx", "city_id"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    valid: Mapped[Range[date]]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    unit_type: Mapped[str]
    urban_class: Mapped[str]
    class_basis: Mapped[str]
    province_code: Mapped[str]
    source: Mapped[str]
    known: Mapped[Range[int]]


class CityLineage(Base):
    """Predecessor to successor, with the act that did it."""

    __tablename__ = "city_lineage"
    __table_args__ = (
        CheckConstraint("predecessor_id <> successor_id", name="not_itself"),
        one_of("kind", LineageKind),
        Index("city_lineage_successor_id_idx", "successor_id"),
    )

    predecessor_id: Mapped[int] = mapped_column(ForeignKey("city.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("city.id"), primary_key=True)
    effective_on: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    legal_basis: Mapped[str]
    source: Mapped[str]
