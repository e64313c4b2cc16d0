"""The family tree of the workshop: which wards the cities of 2024 went into on 1 July 2025."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from seeds.build.history import PACKAGE, TWO_TIERS
from seeds.build.names import short
from seeds.build.units import Link, Units
from seeds.build.urban import City, Ward


@dataclass(frozen=True, slots=True)
class Heir:
    predecessor_code: str
    successor_code: str
    kind: str
    effective_on: date
    legal_basis: str
    source: str


def heirs(
    cities: list[City], wards: list[Ward], units: Units, resolutions: Mapping[str, str]
) -> Iterator[Heir]:
    """`resolutions`: province code → the resolution that rearranged its communes."""
    ward_of = {ward.commune.code: ward for ward in wards}
    sources: dict[str, list[Link]] = defaultdict(list)
    for link in units.links:
        sources[link.commune.code].append(link)
    for city in cities:
        for code in sorted({link.commune.code for link in city.links} & ward_of.keys()):
            ward = ward_of[code]
            yield Heir(
                predecessor_code=city.code,
                successor_code=ward.code,
                kind=_kind(city, ward, sources[code]),
                effective_on=TWO_TIERS,
                legal_basis=f"Nghị quyết {resolutions[ward.commune.province_code]}",
                source=PACKAGE,
            )


def _kind(city: City, ward: Ward, sources: list[Link]) -> str:
    """A central city lives on as such beside its wards: nothing of it was merged or split."""
    if city.unit_type == "central_city":
        return "succession"
    own = {link.former.code for link in city.links}
    if any(link.former.code not in own for link in sources):
        return "merge"
    if len({link.commune.code for link in city.links}) > 1:
        return "split"
    return "succession" if short(ward.commune.name) == short(city.name) else "rename"
