"""The dispatch room's labels: the columns of every set, each named and explained once."""

from typing import Any

from api import outcome_words
from api.exports.columns import Column, Type, Value, attribute, of_standard
from api.geojson import point
from api.i18n import current
from registry.domain.counting import Outcome
from registry.domain.model import (
    Action,
    BasisKind,
    CityStatus,
    ProblemArea,
    ReviewState,
    Stage,
    Technique,
    UnitType,
    UrbanClass,
    YearStatus,
)
from registry.domain.standard import CODES, Words
from registry.queries.search import Kind


def point_of(row: Any) -> dict[str, Any] | None:
    found = point(row.lon, row.lat)
    return None if found is None else found.model_dump(mode="json")


def polygons_of(row: Any) -> dict[str, Any]:
    return {"type": "MultiPolygon", "coordinates": row.polygons}


def _page(folder: str, name: str) -> Column:
    return Column(
        "page",
        Type.URL,
        Words("Trang", "Page"),
        lambda row: f"/{current()}/{folder}/{getattr(row, name)}",
        Words("Địa chỉ trang trong sổ đăng ký.", "Address of its page in the register."),
        worded=True,
        path=True,
    )


def _page_found(row: Any) -> str:
    """A problem stands on the page of its city."""
    if row.kind is Kind.USE_CASE:
        return f"/{current()}/use-cases/{row.key}"
    return f"/{current()}/cities/{row.city_code}"


_CITY_CODE = attribute("city_code", Type.TEXT, Words("Mã đô thị", "City code"))
_CITY_VI = attribute("city_vi", Type.TEXT, Words("Đô thị", "City (Vietnamese)"))
_CITY_EN = attribute("city_en", Type.TEXT, Words("Đô thị (tiếng Anh)", "City"))
_PROVINCE = (
    attribute("province_code", Type.TEXT, Words("Mã tỉnh", "Province code")),
    attribute("province_vi", Type.TEXT, Words("Tỉnh, thành phố", "Province (Vietnamese)")),
    attribute("province_en", Type.TEXT, Words("Tỉnh (tiếng Anh)", "Province")),
)


def _degrees(name: str, title: Words, at: int) -> Column:
    def value(row: Any) -> Value:
        found = point(row.lon, row.lat)
        return None if found is None else found.coordinates[at]

    about = Words("WGS 84 (EPSG:4326), gần đúng.", "WGS 84 (EPSG:4326), approximate.")
    return Column(name, Type.NUMBER, title, value, about, unit="deg")


_PLACE = (
    _degrees("lon", Words("Kinh độ", "Longitude"), 0),
    _degrees("lat", Words("Vĩ độ", "Latitude"), 1),
)
_UNIT_TYPE = attribute("unit_type", Type.CODE, Words("Loại đơn vị", "Type"), codes=UnitType)
_CLASS = attribute("urban_class", Type.CODE, Words("Loại đô thị", "Class"), codes=UrbanClass)

CITIES: tuple[Column, ...] = (
    attribute("code", Type.TEXT, Words("Mã", "Code")),
    attribute("name_vi", Type.TEXT, Words("Tên", "Name (Vietnamese)")),
    attribute("name_en", Type.TEXT, Words("Tên tiếng Anh", "Name")),
    *_PROVINCE,
    _UNIT_TYPE,
    _CLASS,
    Column(
        "counted",
        Type.BOOLEAN,
        Words("Được tính", "Counted"),
        lambda row: row.outcome is Outcome.COUNTED,
        Words("Theo quy tắc tính, trong ngày của tệp.", "By the counting rule, on the file's day."),
    ),
    attribute("status", Type.CODE, Words("Trạng thái", "Status"), codes=CityStatus),
    attribute(
        "outcome",
        Type.CODE,
        Words("Kết quả theo quy tắc", "What the rule says"),
        Words(
            "Tốt nhất trong các ứng dụng của đô thị; tiêu chí đầu tiên không đạt.",
            "Of the city's best application: counted, or the first criterion that fails.",
        ),
        codes=Outcome,
    ),
    Column(
        "reason",
        Type.TEXT,
        Words("Lý do", "Reason"),
        lambda row: outcome_words.reason(row.outcome),
        worded=True,
    ),
    Column(
        "next_step",
        Type.TEXT,
        Words("Bước tiếp theo", "Next step"),
        lambda row: outcome_words.next_step(row.outcome),
        worded=True,
    ),
    attribute(
        "year_status",
        Type.CODE,
        Words("Đô thị tự báo cáo cho năm", "The city's own word for the year"),
        codes=YearStatus,
    ),
    attribute("use_case_code", Type.TEXT, Words("Mã ứng dụng AI", "Code of the AI application")),
    attribute("use_case_title", Type.TEXT, Words("Tên ứng dụng AI", "Title (Vietnamese)")),
    attribute("use_case_title_en", Type.TEXT, Words("Tên tiếng Anh của ứng dụng", "Title")),
    *_PLACE,
    _page("cities", "code"),
)

USE_CASES: tuple[Column, ...] = (
    attribute("code", Type.TEXT, Words("Mã", "Code")),
    attribute("version", Type.INTEGER, Words("Phiên bản", "Version")),
    attribute(
        "state",
        Type.CODE,
        Words("Trạng thái duyệt", "State of review"),
        codes=ReviewState,
    ),
    attribute(
        "counts",
        Type.BOOLEAN,
        Words("Làm cho đô thị được tính", "Makes its city count"),
    ),
    attribute(
        "stage",
        Type.CODE,
        Words("Giai đoạn trong ngày", "Stage on the day"),
        Words("Để trống: chưa chắc chắn.", "Empty: not certain on that day."),
        codes=Stage,
    ),
    attribute("stage_since", Type.DATE, Words("Từ khi", "In this stage since")),
    attribute("approved_at", Type.INSTANT, Words("Phê duyệt lúc", "Approved at")),
    _CITY_CODE,
    _CITY_VI,
    _CITY_EN,
    attribute("areas", Type.CODES, Words("Lĩnh vực vấn đề", "Problem areas"), codes=ProblemArea),
    attribute(
        "written_by_standard",
        Type.TEXT,
        Words("Chuẩn khi viết", "Written by standard"),
        Words(
            "Phiên bản của chuẩn mô tả; các trường dưới đây theo phiên bản hiện hành.",
            "Version of the metadata standard; the fields below are by the current one.",
        ),
    ),
    attribute("content_sha256", Type.TEXT, Words("Mã băm nội dung", "SHA-256 of the content")),
    *of_standard(lambda row: row.content),
    *_PLACE,
    _page("use-cases", "code"),
)

PROBLEMS: tuple[Column, ...] = (
    attribute("id", Type.TEXT, Words("Mã", "ID")),
    _CITY_CODE,
    _CITY_VI,
    _CITY_EN,
    attribute("area", Type.CODE, Words("Lĩnh vực", "Area"), codes=ProblemArea),
    attribute("title", Type.TEXT, Words("Tên vấn đề", "Title (Vietnamese)")),
    attribute("title_en", Type.TEXT, Words("Tên tiếng Anh", "Title")),
    attribute("statement", Type.TEXT, Words("Mô tả", "Statement")),
    attribute("declared_on", Type.DATE, Words("Ngày khai báo", "Declared on")),
    attribute("basis_kind", Type.CODE, Words("Loại căn cứ", "Kind of basis"), codes=BasisKind),
    attribute("basis_number", Type.TEXT, Words("Số văn bản", "Number of the document")),
    attribute("basis_date", Type.DATE, Words("Ngày văn bản", "Date of the document")),
    attribute("basis_url", Type.URL, Words("Liên kết căn cứ", "Link to the basis")),
    attribute("declared_at", Type.INSTANT, Words("Ghi nhận lúc", "Recorded at")),
    attribute("withdrawn_on", Type.DAY, Words("Rút lại từ ngày", "Withdrawn from")),
    attribute("withdrawn_reason", Type.TEXT, Words("Lý do rút lại", "Reason of withdrawal")),
    attribute("withdrawn_at", Type.INSTANT, Words("Ghi nhận rút lại lúc", "Withdrawal recorded")),
    *_PLACE,
)

DECISIONS: tuple[Column, ...] = (
    attribute(
        "position",
        Type.INTEGER,
        Words("Vị trí trong sổ cái", "Position in the ledger"),
    ),
    attribute("decided_at", Type.INSTANT, Words("Quyết định lúc", "Decided at")),
    attribute("action", Type.CODE, Words("Quyết định", "Decision"), codes=Action),
    attribute("reason", Type.TEXT, Words("Lý do", "Reason")),
    attribute(
        "effective_from",
        Type.DAY,
        Words("Có hiệu lực từ", "In effect from"),
        Words("Để trống: từ đầu.", "Empty: from the start."),
    ),
    attribute("use_case_code", Type.TEXT, Words("Mã ứng dụng AI", "Code of the AI application")),
    attribute("version", Type.INTEGER, Words("Phiên bản", "Version")),
    attribute("title", Type.TEXT, Words("Tên ứng dụng AI", "Title (Vietnamese)")),
    attribute("title_en", Type.TEXT, Words("Tên tiếng Anh của ứng dụng", "Title")),
    _CITY_CODE,
    _CITY_VI,
    _CITY_EN,
    _page("use-cases", "use_case_code"),
)

PROVINCES: tuple[Column, ...] = (
    attribute("code", Type.TEXT, Words("Mã", "Code")),
    attribute("name_vi", Type.TEXT, Words("Tên", "Name (Vietnamese)")),
    attribute("name_en", Type.TEXT, Words("Tên tiếng Anh", "Name")),
    Column(
        "counted",
        Type.INTEGER,
        Words("Số đô thị được tính", "Cities counted"),
        lambda row: row.tally.counted,
    ),
    Column(
        "total",
        Type.INTEGER,
        Words("Số đô thị trong danh mục", "Cities on the roll"),
        lambda row: row.tally.total,
    ),
    Column(
        "share",
        Type.NUMBER,
        Words("Tỷ lệ", "Share"),
        lambda row: None if row.tally.share is None else float(row.tally.share),
        Words(
            "Phần của một, cắt ở sáu chữ số; để trống nếu danh mục không nêu đô thị nào.",
            "Of one, cut at six digits; empty where the roll names no city.",
        ),
        unit="1",
    ),
    attribute(
        "approximate",
        Type.BOOLEAN,
        Words("Ranh giới gần đúng", "Approximate boundary"),
        Words("Chỉ dùng để tô màu.", "For shading only."),
    ),
)

ROLL_ENTRIES: tuple[Column, ...] = (
    attribute("roll_code", Type.TEXT, Words("Mã danh mục", "Roll")),
    _CITY_CODE,
    attribute("name_vi", Type.TEXT, Words("Tên trong danh mục", "Name on the roll")),
    _UNIT_TYPE,
    _CLASS,
    *_PLACE,
    _page("cities", "city_code"),
)

SEARCH: tuple[Column, ...] = (
    attribute("kind", Type.CODE, Words("Loại", "Kind"), codes=Kind),
    attribute("key", Type.TEXT, Words("Mã", "Code")),
    attribute("title", Type.TEXT, Words("Tên", "Title (Vietnamese)")),
    attribute("title_en", Type.TEXT, Words("Tên tiếng Anh", "Title")),
    attribute("said", Type.TEXT, Words("Tóm tắt", "Summary (Vietnamese)")),
    attribute("said_en", Type.TEXT, Words("Tóm tắt tiếng Anh", "Summary")),
    _CITY_CODE,
    _CITY_VI,
    _CITY_EN,
    *_PROVINCE,
    _CLASS,
    attribute("areas", Type.CODES, Words("Lĩnh vực vấn đề", "Problem areas"), codes=ProblemArea),
    attribute("techniques", Type.CODES, Words("Kỹ thuật AI", "AI techniques"), codes=Technique),
    attribute("stage", Type.CODE, Words("Giai đoạn hôm nay", "Stage today"), codes=Stage),
    attribute("risk", Type.CODE, Words("Rủi ro", "Risk"), codes=CODES["risk_level"]),
    attribute("counted", Type.BOOLEAN, Words("Được tính hôm nay", "Counted today")),
    attribute("state", Type.CODE, Words("Trạng thái duyệt", "State"), codes=ReviewState),
    attribute("at", Type.INSTANT, Words("Ghi nhận lúc", "Recorded or first approved at")),
    *_PLACE,
    Column("page", Type.URL, Words("Trang", "Page"), _page_found, worded=True, path=True),
)
