"""The goods entrance of the workshop: units before and after 1 July 2025, as packaged."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seeds.build.names import tidy


@dataclass(frozen=True, slots=True)
class Former:
    """A commune of the state of 30 June 2025; an island district without communes is one."""

    code: str
    name: str
    district_code: str
    district: str
    province_code: str
    province: str


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune-level unit since 1 July 2025."""

    code: str
    name: str
    province_code: str
    province: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Link:
    """`former` went into `commune`, whole or (also) in part."""

    former: Former
    commune: Commune
    whole: bool


@dataclass(frozen=True, slots=True)
class Units:
    former: tuple[Former, ...]
    communes: tuple[Commune, ...]
    links: tuple[Link, ...]
    origin: dict[str, str]  # commune code → code of the province it lay in until 2025


def load(database: Path, converter: Path) -> Units:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        former = {_key(row): _former(row) for row in connection.execute(_FORMER)}
        communes = {_key(row): _commune(row) for row in connection.execute(_COMMUNES)}
    connection.close()
    links = list(_links(json.loads(converter.read_text(encoding="utf-8")), former, communes))
    origin = _origin(links)
    return Units(
        former=tuple(sorted(former.values(), key=lambda unit: unit.code)),
        communes=tuple(sorted(communes.values(), key=lambda unit: unit.code)),
        # No commune was made across an old province border. Where the package says so, it has
        # taken namesakes in two merged provinces for one.
        links=tuple(
            link for link in links if link.former.province_code == origin[link.commune.code]
        ),
        origin=origin,
    )


_FORMER = (
    "SELECT wardCode, ward, districtCode, district, provinceCode, province,"
    " provinceKey || '_' || coalesce(districtKey, '') || '_' || coalesce(wardKey, '') AS key"
    " FROM admin_units_legacy"
)
_COMMUNES = (
    "SELECT wardCode, ward, provinceCode, province, wardLon, wardLat,"
    " provinceKey || '_' || wardKey AS key FROM admin_units"
)


def _key(row: sqlite3.Row) -> str:
    key: str = row["key"]
    return key


def _former(row: sqlite3.Row) -> Former:
    return Former(
        code=row["wardCode"] or row["districtCode"],
        name=tidy(row["ward"] or row["district"]),
        district_code=row["districtCode"],
        district=tidy(row["district"]),
        province_code=row["provinceCode"],
        province=tidy(row["province"]),
    )


def _commune(row: sqlite3.Row) -> Commune:
    return Commune(
        code=row["wardCode"],
        name=tidy(row["ward"]),
        province_code=row["provinceCode"],
        province=tidy(row["province"]),
        lon=row["wardLon"],
        lat=row["wardLat"],
    )


def _links(
    converter: dict[str, Any], former: dict[str, Former], communes: dict[str, Commune]
) -> Iterator[Link]:
    for province, whole in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for commune, sources in whole.items():
            for source in sources:
                yield Link(former[source], communes[f"{province}_{commune}"], whole=True)
    for province, divided in converter["DICT_PROVINCE_WARD_DIVIDED"].items():
        for source, parts in divided.items():
            for part in parts:
                commune = communes[f"{province}_{part['newWardKey']}"]
                yield Link(former[source], commune, whole=False)


def _origin(links: list[Link]) -> dict[str, str]:
    votes: dict[str, Counter[tuple[bool, str]]] = defaultdict(Counter)
    for link in links:
        votes[link.commune.code][(link.whole, link.former.province_code)] += 1
    origin = {}
    for code, counted in votes.items():
        sure = any(whole for whole, _ in counted)
        provinces = Counter({name: n for (whole, name), n in counted.items() if whole == sure})
        (first, most), *rest = provinces.most_common(2)
        if rest and rest[0][1] == most:
            raise ValueError(f"commune {code} comes from two provinces")
        origin[code] = first
    return origin
