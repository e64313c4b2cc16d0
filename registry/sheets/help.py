"""The printing room: what the template's help sheet says. It is a Vietnamese document."""

from collections.abc import Iterator, Sequence

from registry.domain.standard import STANDARD, Kind, Need
from registry.sheets.cells import MAX_CELLS, MAX_ROWS, column_letters
from registry.sheets.layout import EXAMPLE, SHEET, Column

HELP_SHEET = "Hướng dẫn"
LISTS_SHEET = "Danh mục"

# The code lists, by their name.
TRANSLATED = {
    "technique": "Kỹ thuật AI",
    "output": "Kết quả hệ thống đưa ra",
    "automation": "Mức độ tự động",
    "sourcing": "Hình thức có được",
    "stage": "Giai đoạn",
    "area_kind": "Phạm vi",
    "data_source": "Nguồn dữ liệu",
    "personal_data": "Dữ liệu cá nhân",
    "risk_level": "Mức độ rủi ro",
    "risk_scheme": "Căn cứ phân loại",
    "assessment_kind": "Loại đánh giá",
    "withholdable": "Mục chưa công khai",
    "problem_area": "Lĩnh vực",
    "basis_kind": "Loại văn bản",
    "problems": "Vấn đề bức thiết đã khai báo",
    "cities": "Đô thị",
}

_RULES = (
    f"Khai báo trong trang tính “{SHEET}”: mỗi ứng dụng AI một dòng. Tiêu đề màu đỏ là bắt buộc"
    " khi gửi lên Bộ; bản nháp có thể bổ sung sau.",
    f"Dòng có mã “{EXAMPLE}” chỉ để minh họa và không bao giờ được nhập.",
    "“Mã của đô thị” do đô thị tự đặt và không đổi: nhờ mã này, tải lại cùng một tệp không tạo"
    " bản thứ hai. Ứng dụng đã có trong sổ đăng ký có thể ghi “Mã trong sổ đăng ký”.",
    "Sau khi tải lên, bạn xem kết quả kiểm tra từng ô; chưa có gì được lưu cho đến khi bạn xác"
    " nhận. Ô không hiểu được sẽ được nêu rõ, không bao giờ đoán thay bạn.",
    "Ngày: 15/06/2024; chỉ biết tháng: 06/2024; chỉ biết năm: 2024. Số thập phân dùng dấu phẩy:"
    " 2,5. Không ghi đơn vị hoặc dấu % trong ô số.",
    "Ô để trống nghĩa là chưa trả lời, không bao giờ là “có” hoặc “không”. Ô trống trong cột có"
    " mặt xóa nội dung cũ; cột bị bỏ đi giữ nguyên nội dung cũ.",
    "Mục có nhiều giá trị (kỹ thuật, giai đoạn, minh chứng…) có các cột đánh số. Cần thêm, chèn cột"
    " có số tiếp theo, ví dụ “Các giai đoạn 4: Giai đoạn” và “Các giai đoạn 4: Từ ngày”.",
    "Vấn đề bức thiết: chọn trong danh mục, ghi số thứ tự hoặc tên của vấn đề đã khai báo. Vấn đề"
    " chưa khai báo: điền các cột “Vấn đề mới”; các dòng khác trong tệp có thể nêu tên vấn đề đó.",
    "Không dùng công thức, macro hoặc mật khẩu. Ô được gộp chỉ trong một cột.",
    f"Nhiều nhất {MAX_ROWS:,} dòng và {MAX_CELLS:,} ô có nội dung trong một tệp.".replace(",", "."),
)

_KINDS = {
    Kind.LINE: "Một dòng, nhiều nhất 200 ký tự.",
    Kind.PARAGRAPH: "Nhiều nhất 2.000 ký tự.",
    Kind.LONG: "Nhiều nhất 10.000 ký tự.",
    Kind.URL: "Địa chỉ đầy đủ, bắt đầu bằng https://",
    Kind.DAY: "Một ngày, như 15/06/2024.",
    Kind.DATE: "15/06/2024, 06/2024 hoặc 2024.",
    Kind.NUMBER: "Một số, như 2,5.",
    Kind.CHOICE: "Một giá trị trong danh mục.",
    Kind.CHOICES: "Mỗi cột một giá trị trong danh mục.",
    Kind.PROBLEMS: "Mỗi cột một vấn đề: số thứ tự hoặc tên.",
    Kind.LINES: "Mỗi tên một dòng trong ô (Alt+Enter), hoặc cách nhau bằng dấu chấm phẩy.",
    Kind.AREA: "GeoJSON.",
    Kind.FILE: "Mã SHA-256 của tệp đô thị đã tải lên.",
}
_NEEDS = {Need.REQUIRED: "Bắt buộc. ", Need.EXPECTED: "Nên có. ", Need.OPTIONAL: ""}

Line = tuple[str, str, str, bool]


def help_lines(headings: Sequence[Column]) -> Iterator[Line]:
    """The lines of the sheet in three columns; the last value says whether it is a heading."""
    yield STANDARD.name.vi, "", "", True
    for number, rule in enumerate(_RULES, 1):
        yield str(number), "", rule, False
    yield "", "", "", False
    yield "Cột", "Tiêu đề", "Cách ghi", True
    sections = {section.key: section.name.vi for section in STANDARD.sections}
    before = ""
    for number, column in enumerate(headings, 1):
        if column.section != before:
            before = column.section
            yield "", sections[before], "", True
        if (column.item or 0) == 0:
            yield column_letters(number), column.heading.vi, _said(column), False


def _said(column: Column) -> str:
    field = column.field
    need = "" if column.where == "problem" else _NEEDS[field.need]
    parts = (need + _KINDS.get(field.kind, ""), field.help.vi)
    return " ".join(part for part in parts if part)
