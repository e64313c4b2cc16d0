"""What a city is called and counted as, from a day on: its periods, cut where something changes."""

from datetime import date
from typing import Any

from sqlalchemy.dialects.postgresql import Range

from registry.actions.act import Act
from registry.db.tables import CityPeriod

SAID = ("name_vi", "name_en", "unit_type", "urban_class", "class_basis", "province_code", "source")


def say_from(
    act: Act, period: CityPeriod, day: date, position: int, said: dict[str, Any], source: str
) -> None:
    """From a day on, to its end, the period says this; where it says so already, nothing changes.

    What was known before is kept by the database (`keep_city_period`).
    """
    whole = {name: getattr(period, name) for name in SAID} | said
    if all(getattr(period, name) == value for name, value in whole.items()):
        return
    whole["source"] = source
    if period.valid.lower is not None and period.valid.lower >= day:
        for name, value in whole.items():
            setattr(period, name, value)
        return
    end = period.valid.upper
    period.valid = Range(period.valid.lower, day)
    # The old one has to give way before the new one comes.
    act.session.flush()
    act.session.add(
        CityPeriod(city_id=period.city_id, valid=Range(day, end), known_from=position, **whole)
    )
