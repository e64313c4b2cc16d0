"""The sieve: which cities of a roll a reader asks for - on the page, by the API, in a download."""

from dataclasses import dataclass

from api.names import fold
from registry.domain.model import CityStatus, UnitType, UrbanClass
from registry.queries.cities import CityRow


@dataclass(frozen=True, slots=True)
class CityChoice:
    """None or "": no matter. `q` is a part of a name; its marks may be left out."""

    q: str = ""
    province: str | None = None
    urban_class: UrbanClass | None = None
    unit_type: UnitType | None = None
    status: CityStatus | None = None

    def fits(self, row: CityRow) -> bool:
        return (
            self.province in {None, "", row.province_code}
            and self.urban_class in {None, row.urban_class}
            and self.unit_type in {None, row.unit_type}
            and self.status in {None, row.status}
            and fold(self.q) in fold(f"{row.name_vi} {row.name_en}")
        )
