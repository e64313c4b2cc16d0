"""The scales of the workshop: what class a city may have, as far as sources go and no further."""

from collections.abc import Mapping
from dataclasses import dataclass

from seeds.build.urban import City, Ward

UNKNOWN = "unclassified"
# Resolution 1211/2016/UBTVQH13: the classes from which a unit of that type could be made.
LEGAL_RANGE = {
    "provincial_city": "II-III",
    "municipal_city": "II-III",
    "district_town": "III-IV",
    "township": "IV-V",
}
# Resolution 111/2025/UBTVQH15, article 15: the classes of old since 1 January 2026. "Class I"
# stays with the central cities, which is said by `since_2026`.
TRANSITION = {
    "special": "special",
    "I": "II",
    "II-III": "II",
    "III-IV": "II-III",
    "IV": "III",
    "IV-V": "III",
    UNKNOWN: "II",  # of the cities only Thủ Đức, which the article names
}


@dataclass(frozen=True, slots=True)
class Standing:
    urban_class: str
    basis: str  # named, legal_range, transition or none_found: see seeds/README.md


def before_2026(city: City, named: Mapping[str, str]) -> Standing:
    if city.code in named:
        found = named[city.code]
        return Standing(found, "none_found" if found == UNKNOWN else "named")
    return Standing(LEGAL_RANGE[city.unit_type], "legal_range")


def since_2026(city: City, before: Standing) -> Standing:
    if city.unit_type == "central_city" and before.urban_class == "I":
        return Standing("I", "transition")
    return Standing(TRANSITION[before.urban_class], "transition")


def of_ward(ward: Ward) -> Standing:
    """The class of the city it lies in (article 15, paragraphs 2 and 4)."""
    if ward.unit_type == "special_zone" or ward.origins == {"Huyện"}:
        return Standing(UNKNOWN, "none_found")
    if "Thị xã" in ward.origins:
        return Standing("II-III", "transition")
    return Standing("II", "transition")
