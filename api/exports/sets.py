"""The dispatch room's shelf: which sets of public data there are, and in which formats.

`SETS` is the whole list: addresses, schemas, the page of open data and catalogues are made of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from api.exports import shelf
from api.exports.columns import Column
from registry.domain.standard import Words
from registry.queries.search import FACETS


class Format(StrEnum):
    """The ending of a file's name, by which it is asked for."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    NDJSON = "ndjson"
    GEOJSON = "geojson"
    GPKG = "gpkg"
    PARQUET = "parquet"
    ZIP = "zip"


MEDIA_TYPES: Mapping[Format, str] = {
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSON: "application/json",
    Format.NDJSON: "application/x-ndjson",
    Format.GEOJSON: "application/geo+json",
    Format.GPKG: "application/geopackage+sqlite3",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.ZIP: "application/zip",
}
NAMES: Mapping[Format, str] = {
    Format.CSV: "CSV",
    Format.XLSX: "Excel (XLSX)",
    Format.JSON: "JSON",
    Format.NDJSON: "NDJSON",
    Format.GEOJSON: "GeoJSON",
    Format.GPKG: "GeoPackage",
    Format.PARQUET: "Parquet",
    Format.ZIP: "CSV + CSVW (ZIP)",
}
_ON_MAPS = frozenset({Format.GEOJSON, Format.GPKG})

HISTORY = "history.ndjson.gz"
HISTORY_TYPE = "application/gzip"
BASE = "/api/v1/downloads"


@dataclass(frozen=True, slots=True)
class DataSet:
    """Rows of one kind. `key` is the column that names a row; `filters` are the parameters of the
    query that narrow it, besides the clocks (`dated`: whether it has them).

    `geometry` gives a row's place as GeoJSON geometry (EPSG:4326, longitude before latitude), None
    where it is not known; all are of `geometry_type`. Without a place it is "".
    """

    name: str
    title: Words
    description: Words
    key: str
    columns: tuple[Column, ...]
    filters: tuple[str, ...] = ()
    geometry_type: str = ""
    geometry: Callable[[Any], dict[str, Any] | None] = lambda _row: None
    dated: bool = True

    @property
    def formats(self) -> tuple[Format, ...]:
        return tuple(f for f in Format if self.geometry_type or f not in _ON_MAPS)

    def address(self, form: Format) -> str:
        """The path of the whole set in a format, without clocks: as of today."""
        return f"{BASE}/{self.name}.{form}"

    @property
    def schema(self) -> str:
        """The path of its JSON Schema."""
        return f"{BASE}/{self.name}.schema.json"


CITIES = DataSet(
    "cities",
    Words("Đô thị trong danh mục", "Cities on the roll"),
    Words(
        "Mọi đô thị trong danh mục đang áp dụng, được tính hay chưa và vì sao.",
        "Every city on the roll in force, whether it counts and why.",
    ),
    "code",
    shelf.CITIES,
    ("province", "class", "unit_type", "status", "q", "series"),
    "Point",
    shelf.point_of,
)
USE_CASES = DataSet(
    "use-cases",
    Words("Ứng dụng AI", "AI applications"),
    Words(
        "Các ứng dụng AI đã từng được phê duyệt, với mọi trường công khai của chuẩn mô tả,"
        " trạng thái và giai đoạn trong ngày.",
        "The AI applications once approved, with every public field of the metadata standard, and"
        " their state and stage on the day.",
    ),
    "code",
    shelf.USE_CASES,
    ("city", "area", "stage", "q"),
    "Point",
    shelf.point_of,
)
PROBLEMS = DataSet(
    "problems",
    Words("Vấn đề bức thiết", "Pressing problems"),
    Words(
        "Các vấn đề bức thiết do đô thị tự khai báo, với căn cứ lựa chọn.",
        "The pressing problems that cities declared themselves, with the basis of their choice.",
    ),
    "id",
    shelf.PROBLEMS,
    ("city", "area"),
    "Point",
    shelf.point_of,
)
DECISIONS = DataSet(
    "decisions",
    Words("Quyết định duyệt", "Decisions"),
    Words(
        "Các quyết định phê duyệt, đình chỉ, thu hồi và khôi phục, với lý do và ngày có hiệu lực.",
        "Decisions to approve, suspend, revoke and reinstate, with reason and day of effect.",
    ),
    "position",
    shelf.DECISIONS,
    ("city",),
)
PROVINCES = DataSet(
    "provinces",
    Words("Tỉnh và tỷ lệ", "Provinces and coverage"),
    Words(
        "Các tỉnh, thành phố trong ngày: ranh giới, số đô thị và số đô thị được tính.",
        "The provinces of the day: boundaries, how many cities, and how many of them count.",
    ),
    "code",
    shelf.PROVINCES,
    ("series",),
    "MultiPolygon",
    shelf.polygons_of,
)
ROLL_ENTRIES = DataSet(
    "roll-entries",
    Words("Danh mục đô thị", "Entries of a roll"),
    Words(
        "Các đô thị mà một danh mục nêu tên, theo tên gọi trong danh mục.",
        "The cities that a roll names, as it names them.",
    ),
    "city_code",
    shelf.ROLL_ENTRIES,
    ("roll", "series"),
    "Point",
    shelf.point_of,
)
SEARCH = DataSet(
    "search",
    Words("Kết quả tìm kiếm", "Results of a search"),
    Words(
        "Mọi kết quả của một lượt tìm kiếm, theo hiện trạng của sổ đăng ký.",
        "Everything a search finds, as the register stands now.",
    ),
    "key",
    shelf.SEARCH,
    ("q", *FACETS, "sort"),
    "Point",
    shelf.point_of,
    dated=False,
)

SETS: Mapping[str, DataSet] = {
    each.name: each
    for each in (CITIES, USE_CASES, PROBLEMS, DECISIONS, PROVINCES, ROLL_ENTRIES, SEARCH)
}
