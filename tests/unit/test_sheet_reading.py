"""Whole sheets: encodings, separators, headings, merged cells; the template as Excel has it."""

import unicodedata
from contextlib import suppress
from datetime import date
from io import BytesIO
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from registry.domain.errors import InvalidInput
from registry.domain.sheets import Verdict
from registry.domain.standard import STANDARD
from registry.sheets.cells import Sort, column_letters
from registry.sheets.help import HELP_SHEET, LISTS_SHEET
from registry.sheets.judging import Judge, Judged
from registry.sheets.known import Known, KnownCity, KnownProblem, Predecessor
from registry.sheets.layout import SHEET, columns, most
from registry.sheets.reading import Sheet, read_bytes
from registry.sheets.workbook import template, workbook_of
from tests.office import HEADINGS, filled, places, row, saved, sheet_of
from tests.unit.hostile_sheets import HEADINGS as HEADING_ROW
from tests.unit.hostile_sheets import book, worksheet

HOME = KnownCity(
    "46", "Thành phố Huế", ["Thành phố Huế", "Hue"], [KnownProblem(1, uuid4(), "Ngập", False, {})]
)
KNOWN = Known(
    "46",
    {"46": HOME},
    date(2026, 6, 15),
    [Predecessor("474", ["Thị xã Hương Thủy"], "46", date(2025, 1, 1), "175/2024/QH15")],
    frozenset({"48", "thành phố đà nẵng"}),
)
TEXT = "Mã của đô thị,Tên ứng dụng,Tóm tắt cho người dân\nUD-1,Đếm xe ở ngã tư,Đường phố\n"


def judged(sheet: Sheet) -> list[Judged]:
    judge = Judge(KNOWN, sheet)
    return [judge.judge(each) for each in sheet.rows()]


def problems(sheet: Sheet) -> list[tuple[str, str]]:
    return [(c.address, c.problem) for one in judged(sheet) for c in one.cells if c.problem]


def refused(content: bytes) -> list[tuple[str, dict[str, str]]]:
    with pytest.raises(InvalidInput) as found:
        read_bytes(content)
    return [(problem.code, problem.params) for problem in found.value.problems]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.replace(",", ";").encode(), "utf-8"),
        (TEXT.replace(",", "\t").encode(), "utf-8"),
        (("sep=;\n" + TEXT.replace(",", ";")).encode(), "utf-8"),
    ],
)
def test_text_is_read_in_whichever_way_it_was_written(content: bytes, encoding: str) -> None:
    sheet = read_bytes(content)
    assert sheet.table.encoding == encoding
    assert judged(sheet)[0].title == "Đếm xe ở ngã tư"


def _windows_1258(text: str) -> bytes:
    """As the old Vietnamese Windows wrote: a letter of its own where it had one, then the tone."""
    tones = {"\u0300": b"\xcc", "\u0301": b"\xec", "\u0303": b"\xde", "\u0309": b"\xd2"}
    out = b""
    for letter in unicodedata.normalize("NFC", text):
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            base, tone = _parted(unicodedata.normalize("NFD", letter))
            out += unicodedata.normalize("NFC", base).encode("cp1258")
            out += tones.get(tone, b"\xf2")
    return out


def _parted(letters: str) -> tuple[str, str]:
    tone = next(c for c in letters if c in "\u0300\u0301\u0303\u0309\u0323")
    return letters.replace(tone, ""), tone


def test_windows_1258_is_told_from_cp1252() -> None:
    sheet = read_bytes(_windows_1258(TEXT))
    assert sheet.table.encoding == "cp1258"
    assert judged(sheet)[0].title == "Đếm xe ở ngã tư"
    western = "own_id,title\nUD-1,Café à Huê\n".encode("cp1252")
    assert judged(read_bytes(western))[0].title == "Café à Huê"


def test_records_may_span_lines_and_hold_quotes() -> None:
    content = 'own_id,title,summary\nUD-1,"Một ""hai""","dòng\nthứ hai"\nUD-2,=1+1,-5\n'.encode()
    found = judged(read_bytes(content))
    assert [one.number for one in found] == [2, 3]
    assert found[0].changes["summary"] == "dòng\nthứ hai"
    assert (found[1].title, found[1].changes["summary"]) == ("=1+1", "-5")
    assert refused(b'own_id,title\nUD-1,"open\n')[0][0] == "sheet_quotes"


def test_headings_are_understood_or_named() -> None:
    sheet = read_bytes("MA CUA DO THI,Title *,Ghi chú\nUD-1,Đếm xe,x\n".encode())
    assert [c.key for c in sheet.headings.columns.values()] == ["own_id", "title"]
    assert sheet.headings.rules == {1: "no_diacritics"}
    assert sheet.headings.unknown == {3: "Ghi chú"}
    assert "summary" in sheet.headings.missing()
    twice = refused("own_id,title,Tên ứng dụng\nUD-1,a,b\n".encode())
    assert twice == [("sheet_heading_twice", {"cell": "C1", "name": "Tên ứng dụng"})]
    assert refused("Tên ứng dụng\nA\n".encode())[0][0] == "sheet_no_id_column"
    assert refused(b"a,b\n1,2\n")[0][0] == "sheet_no_headings"
    assert refused(b"")[0][0] == "file_empty"
    assert refused(b"\x00\x01\x02")[0][0] == "sheet_kind"


def test_headings_may_stand_below_a_title_in_the_only_sheet() -> None:
    content = sheet_of(
        ["BẢNG KHAI BÁO"], [], ["own_id", "title"], ["UD-1", "Đếm xe"], title="Sheet1"
    )
    sheet = read_bytes(content)
    assert (sheet.table.sheet, sheet.headings.row) == ("Sheet1", 3)
    assert judged(sheet)[0].number == 4


def test_one_of_several_sheets_must_bear_the_name() -> None:
    book = Workbook()
    book.create_sheet("Khác")
    assert refused(saved(book))[0] == ("sheet_missing", {"sheet": SHEET})


def test_excel_dates_formulas_errors_and_numbers() -> None:
    book = load_workbook(BytesIO(filled([row("UD-1"), row("UD-2"), row("UD-3")])))
    sheet = book[SHEET]
    since, title = (
        column_letters(places(sheet)[HEADINGS[key]]) for key in ("stages-1-since", "title")
    )
    for number, (value, shown) in enumerate(
        [(date(2024, 6, 15), "dd/mm/yyyy"), (date(2024, 6, 1), "mm/yyyy")], 3
    ):
        sheet[f"{since}{number}"] = value
        sheet[f"{since}{number}"].number_format = shown
    sheet[f"{title}5"] = "=A1&B1"
    found = judged(read_bytes(saved(book)))
    assert [one.changes["stages"][0]["since"] for one in found[:2]] == ["2024-06-15", "2024-06"]
    assert [(c.address, c.problem) for c in found[2].cells if c.problem] == [
        (f"{title}5", "sheet_formula")
    ]


def test_merged_cells_hold_for_the_rows_they_cover_but_not_across_columns() -> None:
    book = load_workbook(BytesIO(filled([row("UD-1"), row("UD-2"), row("UD-3")])))
    sheet = book[SHEET]
    deployer = places(sheet)[HEADINGS["deployer"]]
    sheet.merge_cells(start_row=3, end_row=4, start_column=deployer, end_column=deployer)
    sheet.merge_cells(start_row=5, end_row=5, start_column=deployer, end_column=deployer + 1)
    found = judged(read_bytes(saved(book)))
    assert found[1].changes["deployer"] == found[0].changes["deployer"]
    assert {c.problem for c in found[2].cells if c.problem} == {"sheet_merged_across"}


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ("46", ""),
        ("Huế", ""),
        ("TP. Hue", ""),
        ("46 – Thành phố Huế", ""),
        ("46 – Đà Nẵng", "sheet_city_differs"),
        ("Hương Thủy", "sheet_predecessor"),
        ("474", "sheet_predecessor"),
        ("Thành phố Đà Nẵng", "sheet_other_city"),
        ("Atlantis", "sheet_unknown_city"),
    ],
)
def test_cities_are_known_by_code_old_and_new_name_or_explained(named: str, code: str) -> None:
    found = problems(read_bytes(filled([row("UD-1", city=named)])))
    assert found == ([("A3", code)] if code else [])


def test_an_empty_cell_says_nothing_and_a_missing_column_less() -> None:
    (found,) = judged(read_bytes(filled([row("UD-1")])))
    assert found.verdict is Verdict.NEW
    assert "personal_data" not in found.changes
    assert {problem.pointer for problem in found.lacks} == set()


@pytest.mark.parametrize("broken", [b"PK\x03\x04" + b"x" * 100, filled([row("UD-1")])[:-200]])
def test_a_damaged_workbook_is_said_to_be(broken: bytes) -> None:
    assert refused(broken)[0][0] == "file_damaged"


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xef\xbb\xbf", b"\xff\xfe"]))
def test_whatever_is_sent_is_read_or_refused(content: bytes, start: bytes) -> None:
    with suppress(InvalidInput):
        read_bytes(start + content)


_CELL = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=60
)


@given(_CELL.map(str.strip).filter(bool))
def test_a_text_written_to_a_workbook_is_read_again(text: str) -> None:
    headings = list(columns(STANDARD, {}))[:2]
    table = read_bytes(workbook_of(headings, [["46", text]])).table
    assert (table.rows[1].cells[2].sort, table.rows[1].cells[2].text) == (Sort.TEXT, text)


def test_the_template_is_what_a_spreadsheet_program_expects() -> None:
    content = template(HOME, [HOME])
    assert content == template(HOME, [HOME])
    book = load_workbook(BytesIO(content))
    assert book.sheetnames == [SHEET, HELP_SHEET, LISTS_SHEET]
    sheet = book[SHEET]
    assert isinstance(sheet, Worksheet)
    assert sheet.freeze_panes == "C2"
    lists = {
        c.value: [x.value for x in column[1:] if x.value]
        for column in book[LISTS_SHEET].columns
        for c in column[:1]
    }
    assert lists["Vấn đề bức thiết đã khai báo"] == ["1. Ngập"]
    every = {field.name: most(field) for field in STANDARD.fields}
    chosen = [c for c in columns(STANDARD, {}) if c.field.codes]
    assert len(sheet.data_validations.dataValidation) == len(chosen) + 3
    assert len({c.heading.vi for c in columns(STANDARD, every)}) == len(
        list(columns(STANDARD, every))
    )
    # The example is read, and never taken over.
    assert list(read_bytes(content).rows()) == []


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c r="A2" t="s"><v>7</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>x</v></c></row>',
        '<row r="zwei"><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="2A"><v>1</v></c></row>',
        '<row r="2"><c r="A2" s="x"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><v>eins</v></c></row>',
        "<row>",
    ],
)
def test_a_workbook_that_contradicts_itself_is_damaged(rows: str) -> None:
    assert refused(book(worksheet(HEADING_ROW + rows)))[0][0] == "file_damaged"


@pytest.mark.parametrize("number", ["nan", "inf", "1e308", "-0", "1e-320"])
def test_no_number_breaks_the_reading(number: str) -> None:
    rows = f'<row r="2"><c r="A2"><v>{number}</v></c><c r="B2"><v>1</v></c></row>'
    assert len(judged(read_bytes(book(worksheet(HEADING_ROW + rows))))) == 1


def test_what_no_text_can_hold_stays_written_by_its_number() -> None:
    rows = '<row r="2"><c r="A2" t="inlineStr"><is><t>_x0000__xD800_a_x000A_b</t></is></c></row>'
    table = read_bytes(book(worksheet(HEADING_ROW + rows))).table
    assert table.rows[1].cells[1].text == "_x0000__xD800_a\nb"
