"""The calendar of the workshop: what each city was called and counted as, from when to when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from seeds.build import classes
from seeds.build.classes import Standing
from seeds.build.names import latin, short
from seeds.build.urban import City, Ward

PACKAGE = "vietnamadminunits 1.0.4"
TWO_TIERS = date(2025, 7, 1)  # 34 provinces, no districts
FOUR_CLASSES = date(2026, 1, 1)
FOUR_CLASSES_ACT = "Nghị quyết 111/2025/UBTVQH15, điều 15"


@dataclass(frozen=True, slots=True)
class Period:
    code: str
    valid_from: date | None
    valid_to: date | None
    name_vi: str
    name_en: str
    unit_type: str
    urban_class: str
    class_basis: str
    province_code: str
    source: str


def of_city(
    city: City,
    province_code: str,
    named: Mapping[str, str],
    earlier: Mapping[str, str] | None,
) -> list[Period]:
    """`province_code`: where it lies since 1 July 2025; `earlier`: of facts/before_2025.csv."""
    standing = classes.before_2026(city, named)
    now = _period(city.code, city.name, city.unit_type, standing, city.province_code)
    steps: list[tuple[date | None, Period]] = [(None, now)]
    if earlier:
        now = replace(now, source=f"{PACKAGE}; {earlier['act']}")
        steps = [(None, _earlier(now, earlier)), (date.fromisoformat(earlier["until"]), now)]
    if city.unit_type != "central_city":
        now = replace(
            now,
            name_vi=f"Đô thị {short(city.name)}",
            unit_type="urban_area",
            province_code=province_code,
            source=PACKAGE,
        )
        steps.append((TWO_TIERS, now))
    steps.append((FOUR_CLASSES, _reclassified(now, classes.since_2026(city, standing))))
    return list(_dated(steps))


def of_ward(ward: Ward) -> list[Period]:
    """No class was given to wards before 2026."""
    commune, none = ward.commune, Standing(classes.UNKNOWN, "none_found")
    first = _period(ward.code, commune.name, ward.unit_type, none, commune.province_code)
    then = _reclassified(first, classes.of_ward(ward))
    return list(_dated([(TWO_TIERS, first), (FOUR_CLASSES, then)]))


def on(periods: list[Period], day: date) -> Period:
    return next(
        period
        for period in periods
        if (period.valid_from is None or period.valid_from <= day)
        and (period.valid_to is None or day < period.valid_to)
    )


def _period(code: str, name: str, unit_type: str, standing: Standing, province: str) -> Period:
    return Period(
        code=code,
        valid_from=None,
        valid_to=None,
        name_vi=name,
        name_en=latin(short(name)),
        unit_type=unit_type,
        urban_class=standing.urban_class,
        class_basis=standing.basis,
        province_code=province,
        source=PACKAGE,
    )


def _earlier(period: Period, row: Mapping[str, str]) -> Period:
    return replace(
        period,
        name_vi=row["name_vi"],
        name_en=row["name_en"],
        unit_type=row["unit_type"],
        urban_class=row["urban_class"],
        class_basis=row["class_basis"],
        source=row["source_url"],
    )


def _reclassified(period: Period, standing: Standing) -> Period:
    if standing.urban_class == period.urban_class:
        return period
    return replace(
        period,
        urban_class=standing.urban_class,
        class_basis=standing.basis,
        source=FOUR_CLASSES_ACT,
    )


def _dated(steps: list[tuple[date | None, Period]]) -> Iterator[Period]:
    """Each step until the next one that says something else."""
    kept = [steps[0]]
    kept += [after for before, after in pairwise(steps) if after[1] != before[1]]
    ends = [start for start, _ in kept[1:]]
    for (start, period), end in zip(kept, [*ends, None], strict=True):
        yield replace(period, valid_from=start, valid_to=end)
