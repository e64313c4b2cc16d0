"""The sorting table of the workshop: which units are cities, and what became of them."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from seeds.build.names import kind
from seeds.build.units import Commune, Former, Link, Units

# Units that keep urban administration since 1 July 2025, when districts ended.
WARD_TYPES = {"Phường": "ward", "Đặc khu": "special_zone"}
WARD_PREFIX = "P25-"


@dataclass(frozen=True, slots=True)
class City:
    """An urban area as it was on 30 June 2025, with the links to what its communes became."""

    code: str
    name: str
    unit_type: str
    province_code: str
    links: tuple[Link, ...]

    @property
    def heirs(self) -> list[Commune]:
        """What each of its communes went into: wards and special zones, if there are any."""
        found = [link.commune for link in self.links]
        return [commune for commune in found if kind(commune.name) in WARD_TYPES] or found


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward or special zone since 1 July 2025; `origins`: kinds of district most of it was in."""

    code: str
    commune: Commune
    unit_type: str
    origins: frozenset[str]


def cities(units: Units) -> list[City]:
    links: dict[str, list[Link]] = defaultdict(list)
    for link in units.links:
        for code in _cities_of(link.former):
            links[code].append(link)
    found = {code: city for unit in units.former for code, city in _cities_of(unit).items()}
    return [
        City(code, name, unit_type, province, tuple(links[code]))
        for code, (name, unit_type, province) in sorted(found.items())
    ]


def wards(units: Units) -> list[Ward]:
    links: dict[str, list[Link]] = defaultdict(list)
    for link in units.links:
        links[link.commune.code].append(link)
    return [
        _ward(commune, links[commune.code])
        for commune in units.communes
        if kind(commune.name) in WARD_TYPES
    ]


def _cities_of(unit: Former) -> dict[str, tuple[str, str, str]]:
    """The cities a former commune was part of: code → name, type, province."""
    found = {}
    central = kind(unit.province) == "Thành phố"
    match kind(unit.district):
        case "Quận":
            found[unit.province_code] = (unit.province, "central_city", unit.province_code)
        case "Thành phố":
            unit_type = "municipal_city" if central else "provincial_city"
            found[unit.district_code] = (unit.district, unit_type, unit.province_code)
        case "Thị xã":
            found[unit.district_code] = (unit.district, "district_town", unit.province_code)
    if kind(unit.name) == "Thị trấn":
        found[unit.code] = (unit.name, "township", unit.province_code)
    return found


def _ward(commune: Commune, links: list[Link]) -> Ward:
    return Ward(
        code=WARD_PREFIX + commune.code,
        commune=commune,
        unit_type=WARD_TYPES[kind(commune.name)],
        origins=_origins(links),
    )


def _origins(links: list[Link]) -> frozenset[str]:
    whole = [link.former for link in links if link.whole] or [link.former for link in links]
    given = Counter(unit.district_code for unit in whole)
    most = max(given.values())
    return frozenset(kind(unit.district) for unit in whole if given[unit.district_code] == most)
