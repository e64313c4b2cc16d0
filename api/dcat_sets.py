"""The catalogue's shelf: which sets of data harvesters are told of, and the files of each.

Sets and formats of the downloads are bound here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from api.exports import sets as downloads
from api.exports.export import LICENCE as CC_BY
from api.exports.sets import Format
from registry.domain.standard import Words

LICENCE = CC_BY["url"]
TITLE = Words("Sổ đăng ký AI đô thị", "City AI registry")
ABOUT = Words(
    "Đô thị nào của Việt Nam có ứng dụng trí tuệ nhân tạo giải quyết ít nhất một vấn đề xã hội bức"
    " thiết do chính đô thị lựa chọn (Quyết định 699/QĐ-BTTTT, chỉ tiêu 2).",
    "Which cities of Viet Nam have an AI application that solves at least one pressing social"
    " problem, chosen by the city itself (Decision 699/QĐ-BTTTT, indicator 2).",
)

JSON, CSV, NDJSON, ATOM = (
    "application/json",
    "text/csv",
    "application/x-ndjson",
    "application/atom+xml",
)

# The codes of the EU's list of file types for the media types that have one.
FILE_TYPES: Mapping[str, str] = {
    JSON: "JSON",
    CSV: "CSV",
    "application/geo+json": "GEOJSON",
    ATOM: "ATOM",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
    "application/geopackage+sqlite3": "GPKG",
    "application/vnd.apache.parquet": "PARQUET",
    "application/zip": "ZIP",
}


@dataclass(frozen=True, slots=True)
class File:
    """One form of a set. `address` is the path that gives all of it, or its first page and the
    way to the others; `schema` the path of its JSON Schema, or of the standard it keeps."""

    name: str
    address: str
    media_type: str
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Set:
    """`kinds` are the beginnings of the kinds of events that change it, `page` the path of its
    page after the language. `by_area` sets are filed under each problem area, `since_roll` speak
    of days from the first roll on, the others of days from their first event on. `frequency` is a
    code of the EU's list."""

    name: str
    title: Words
    description: Words
    keywords: tuple[Words, ...]
    page: str
    kinds: tuple[str, ...]
    files: tuple[File, ...]
    frequency: str = "UPDATE_CONT"
    by_area: bool = False
    since_roll: bool = False


_AI = Words("trí tuệ nhân tạo", "artificial intelligence")
_CITY = Words("đô thị", "city")
_PROBLEM = Words("vấn đề xã hội bức thiết", "pressing social problem")
_TARGET = Words("Quyết định 699/QĐ-BTTTT", "Decision 699/QĐ-BTTTT")
_LEDGER = Words("sổ cái kiểm chứng được", "verifiable ledger")
_COUNTS = ("version.", "problem.", "use_case.", "roll.")
_OPENAPI, _OAS = "/openapi.json", "https://spec.openapis.org/oas/v3.1.0"
_FEATURES = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
_FILTERS = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core"
_RFC4287 = "https://www.rfc-editor.org/rfc/rfc4287"
# What files and services keep, by address; any other is the JSON Schema of a file.
STANDARDS: Mapping[str, Words] = {
    _OPENAPI: Words("Mô tả API của sổ đăng ký (OpenAPI)", "Description of the register's API"),
    _OAS: Words("OpenAPI 3.1", "OpenAPI 3.1"),
    _RFC4287: Words("Atom (RFC 4287)", "Atom (RFC 4287)"),
    _FEATURES: Words("OGC API – Features – Phần 1", "OGC API – Features – Part 1"),
    _FILTERS: Words("OGC API – Features – Phần 3: CQL2", "OGC API – Features – Part 3: CQL2"),
    _TILES: Words("OGC API – Tiles – Phần 1", "OGC API – Tiles – Part 1"),
}

_SAID_BY_SCHEMA = {Format.JSON, Format.NDJSON, Format.GEOJSON}


def _downloads(name: str) -> tuple[File, ...]:
    """A set of the downloads in each of its formats."""
    found = downloads.SETS[name]
    return tuple(
        File(
            form.value,
            found.address(form),
            _bare(downloads.MEDIA_TYPES[form]),
            found.schema if form in _SAID_BY_SCHEMA else "",
        )
        for form in found.formats
    )


def _bare(media_type: str) -> str:
    return media_type.partition(";")[0]


SETS: tuple[Set, ...] = (
    Set(
        "cities",
        Words("Đô thị trong danh mục", "Cities on the roll"),
        Words(
            "Mọi đô thị trong danh mục đang có hiệu lực, đô thị nào được tính và vì sao, tại một"
            " ngày bất kỳ, theo những gì đã biết ở một thời điểm bất kỳ.",
            "Every city on the roll in force, whether it counts and why, on any day, as known at"
            " any time.",
        ),
        (_CITY, _AI, _TARGET),
        "cities",
        (*_COUNTS, "city.", "year.", "boundaries."),
        _downloads("cities"),
        since_roll=True,
    ),
    Set(
        "use-cases",
        Words("Ứng dụng AI của đô thị", "AI applications of cities"),
        Words(
            "Các ứng dụng AI đã được phê duyệt, kể cả những ứng dụng sau đó bị đình chỉ hoặc thu"
            " hồi, với mọi trường công khai của chuẩn siêu dữ liệu.",
            "The AI applications that were approved, also those suspended or revoked since, with"
            " every public field of the metadata standard.",
        ),
        (_AI, _CITY, _PROBLEM),
        "use-cases",
        ("version.", "use_case."),
        _downloads("use-cases"),
        by_area=True,
    ),
    Set(
        "problems",
        Words("Vấn đề bức thiết của đô thị", "Pressing problems of cities"),
        Words(
            "Các vấn đề xã hội bức thiết do đô thị tự khai báo, với căn cứ lựa chọn.",
            "The pressing social problems that cities declared themselves, with the basis of"
            " their choice.",
        ),
        (_PROBLEM, _CITY),
        "cities",
        ("problem.",),
        _downloads("problems"),
        by_area=True,
    ),
    Set(
        "decisions",
        Words("Quyết định duyệt", "Decisions"),
        Words(
            "Các quyết định phê duyệt, đình chỉ, thu hồi và khôi phục, và những gì đô thị đã khai"
            " báo hay rút lại, theo thứ tự thời gian.",
            "Decisions to approve, suspend, revoke and reinstate, and what cities declared or took"
            " back, in the order of time.",
        ),
        (_AI, _CITY, _LEDGER),
        "changes",
        ("version.", "problem.", "use_case.", "roll.", "figure."),
        (
            *_downloads("decisions"),
            File("changes", "/api/v1/changes?since=1970-01-01", JSON, _OPENAPI),
            File("atom", "/vi/feeds/changes.atom", ATOM, _RFC4287),
        ),
    ),
    Set(
        "coverage",
        Words("Tỷ lệ đô thị được tính", "Coverage"),
        Words(
            "Bao nhiêu trên tổng số đô thị có ứng dụng AI giải quyết ít nhất một vấn đề xã hội bức"
            " thiết (chỉ tiêu 2), theo thời gian, so với mục tiêu.",
            "How many of all cities have an AI application that solves at least one pressing"
            " social problem (indicator 2), through time, against the targets.",
        ),
        (_TARGET, _AI, _CITY),
        "coverage",
        (*_COUNTS, "list."),
        (
            File("json", "/api/v1/coverage", JSON, _OPENAPI),
            File("series", "/api/v1/coverage/series?f=csv", CSV),
        ),
        since_roll=True,
    ),
    Set(
        "provinces",
        Words("Tỉnh, thành phố và tỷ lệ", "Provinces and their coverage"),
        Words(
            "Các tỉnh, thành phố của một ngày: vùng gần đúng, số đô thị và số đô thị được tính.",
            "The provinces of a day: approximate areas, how many cities, and how many count.",
        ),
        (Words("tỉnh", "province"), _CITY),
        "provinces",
        (*_COUNTS, "boundaries."),
        _downloads("provinces"),
        since_roll=True,
    ),
    Set(
        "rolls",
        Words("Danh mục đô thị", "Rolls of cities"),
        Words(
            "Các danh mục làm mẫu số, với nguồn pháp lý, ngày có hiệu lực và tổng số chính thức.",
            "The rolls that are the denominators, with legal source, day in force and official"
            " total.",
        ),
        (_CITY, Words("danh mục", "roll")),
        "rolls",
        ("roll.",),
        (*_downloads("roll-entries"), File("rolls", "/api/v1/rolls", JSON, _OPENAPI)),
        frequency="IRREG",
        since_roll=True,
    ),
    Set(
        "indicators",
        Words("Bốn chỉ tiêu của quyết định", "The four indicators of the decision"),
        Words(
            "Cả bốn chỉ tiêu của Quyết định 699/QĐ-BTTTT dưới cùng một dạng, với mục tiêu từng"
            " năm.",
            "All four indicators of Decision 699/QĐ-BTTTT in one shape, with the targets of each"
            " year.",
        ),
        (_TARGET, _AI),
        "scoreboard",
        (*_COUNTS, "indicator.", "list."),
        (File("json", "/api/v1/indicators", JSON, _OPENAPI),),
        since_roll=True,
    ),
    Set(
        "ledger",
        Words("Sổ cái công khai", "The public ledger"),
        Words(
            "Mọi sự kiện của sổ đăng ký theo thứ tự, mỗi sự kiện nối với sự kiện trước bằng mã băm,"
            " cùng các đỉnh đã ký: đủ để tự kiểm chứng mà không cần mạng.",
            "Every event of the register in order, each linked to the one before by its hash, with"
            " the signed heads: enough to verify it without a network.",
        ),
        (_LEDGER,),
        "ledger",
        ("",),
        (
            File("ndjson", "/api/v1/ledger/export", NDJSON),
            File("history", f"{downloads.BASE}/{downloads.HISTORY}", downloads.HISTORY_TYPE),
            File("json", "/api/v1/events", JSON, _OPENAPI),
            File("heads", "/vi/ledger/heads.atom", ATOM, _RFC4287),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Service:
    """An API. `endpoint` and `description` are paths, `standards` the specifications it keeps,
    `serves` the names of the sets it serves; none: all of them."""

    name: str
    title: Words
    about: Words
    endpoint: str
    description: str
    standards: tuple[str, ...]
    serves: tuple[str, ...] = ()


SERVICES: tuple[Service, ...] = (
    Service(
        "api",
        Words("API mở, phiên bản 1", "The open API, version 1"),
        Words(
            "Mọi dữ liệu công khai dưới dạng JSON, không cần tài khoản.",
            "Everything public as JSON, without an account.",
        ),
        "/api/v1",
        _OPENAPI,
        (_OAS,),
    ),
    Service(
        "ogc",
        Words("OGC API – Features và Tiles", "OGC API – Features and Tiles"),
        Words(
            "Các lớp bản đồ của hiện trạng, cho QGIS và phần mềm GIS khác.",
            "The present state as layers of a map, for QGIS and other GIS software.",
        ),
        "/ogc",
        "/ogc/api",
        (_FEATURES, _FILTERS, _TILES),
        ("cities", "use-cases", "problems", "provinces"),
    ),
)
