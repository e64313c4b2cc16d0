"""What one cell means: by which rule, or why it is not taken."""

import ast
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.field_words import FIELDS
from api.sheet_words import RULES
from registry.domain.dates import PartialDate
from registry.domain.standard import CODES, STANDARD, TERMS, Field, Kind
from registry.sheets.cells import DAY_ONE_1904, Cell, Sort, address, place
from registry.sheets.separated import protected, unprotected
from registry.sheets.values import (
    Doubt,
    Reading,
    date_text,
    joined,
    number_text,
    read_cell,
    split,
)

SHEETS = Path(__file__).parents[2] / "registry/sheets"


def read(text: str, kind: Kind, sort: Sort = Sort.TEXT, codes: str = "technique") -> Reading:
    return read_cell(Cell(sort, text), Field("x", kind, STANDARD.field("title").label, codes=codes))


def doubt(text: str, kind: Kind, sort: Sort = Sort.TEXT) -> Doubt:
    with pytest.raises(Doubt) as found:
        read(text, kind, sort)
    return found.value


@pytest.mark.parametrize(
    ("typed", "value", "rule"),
    [
        ("15/06/2024", "2024-06-15", "date_dmy"),
        ("5.6.2024", "2024-06-05", "date_dmy"),
        ("6/2024", "2024-06", "date_my"),
        ("2024", "2024", "date_year"),
        ("năm 2024", "2024", "date_year"),
        ("2024-06-15", "2024-06-15", "date_iso"),
        ("Ngày 15 tháng 6 năm 2024", "2024-06-15", "date_words"),
        ("tháng 6/2024", "2024-06", "date_words"),
    ],
)
def test_dates_are_as_precise_as_they_are_written(typed: str, value: str, rule: str) -> None:
    found = read(typed, Kind.DATE)
    assert (found.value, found.rules) == (value, (rule,))


@pytest.mark.parametrize(
    ("typed", "code", "near"),
    [
        ("06/15/2024", "sheet_month_first", ("15/06/2024",)),
        ("31/02/2024", "sheet_no_such_day", ()),
        ("15/6/24", "sheet_short_year", ()),
        ("mùa mưa", "sheet_not_a_date", ()),
        ("15/06/1024", "sheet_no_such_day", ()),
    ],
)
def test_dates_are_never_guessed(typed: str, code: str, near: tuple[str, ...]) -> None:
    found = doubt(typed, Kind.DATE)
    assert (found.code, found.near) == (code, near)


def test_excel_counts_days_from_two_beginnings() -> None:
    asked = Field("x", Kind.DATE, STANDARD.field("title").label)
    cell = Cell(Sort.NUMBER, "45566")
    assert read_cell(cell, asked).value == "2024-10-01"
    assert read_cell(cell, asked, DAY_ONE_1904).value == "2028-10-02"
    assert read_cell(Cell(Sort.DATE, "2024-06"), asked).value == "2024-06"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("2,5", "2.5"),
        ("2.5", "2.5"),
        ("-5", "-5"),
        ("0,123", "0.123"),
        ("1234,567", "1234.567"),
        ("1.234.567", "1234567"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1 234,5", "1234.5"),
    ],
)
def test_numbers_are_read_where_they_can_mean_one_thing_only(typed: str, value: str) -> None:
    assert read(typed, Kind.NUMBER).value == value


def test_a_number_that_could_be_thousands_is_left_to_its_author() -> None:
    found = doubt("1.234", Kind.NUMBER)
    assert (found.code, found.near) == ("sheet_thousand_or_decimal", ("1234", "1,2340"))
    assert [read(each, Kind.NUMBER).value for each in found.near] == ["1234", "1.2340"]
    assert doubt("12%", Kind.NUMBER).code == "sheet_not_a_number"


@given(st.decimals(-(10**9), 10**9, places=4, allow_nan=False, allow_infinity=False))
def test_a_number_written_is_read_again(value: Decimal) -> None:
    plain = Decimal(format(value.normalize(), "f"))
    assert Decimal(read(number_text(plain), Kind.NUMBER).value) == plain


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from([4, 7, 10]))
def test_a_date_written_is_read_again(day: date, length: int) -> None:
    when = PartialDate.parse(day.isoformat()[:length])
    assert read(date_text(when), Kind.DATE).value == str(when)


_ITEM = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=' ;\n"'))


@given(st.lists(_ITEM.map(str.strip).filter(bool), max_size=5))
def test_items_written_are_read_again(items: list[str]) -> None:
    assert split(joined(items)) == items


@given(st.text())
def test_no_text_written_to_csv_is_a_formula_and_each_is_read_again(text: str) -> None:
    written = protected(text)
    assert not written.startswith(("=", "+", "-", "@"))
    assert unprotected(written) == text


@pytest.mark.parametrize("codes", sorted(CODES))
def test_every_word_of_every_list_is_known_in_all_its_spellings(codes: str) -> None:
    for value, words in TERMS[CODES[codes]].items():
        for text in (words.vi, words.vi.upper(), words.en, value.value):
            assert read(text, Kind.CHOICE, codes=codes).value == value.value, text


def test_words_are_understood_or_explained_never_guessed() -> None:
    assert read("Thi giac may tinh", Kind.CHOICE).rules == ("no_diacritics",)
    assert read("Thị giác máy tính; AI tạo sinh", Kind.CHOICES).value == [
        "computer_vision",
        "generative",
    ]
    found = doubt("Thị giác máy", Kind.CHOICE)
    assert (found.code, found.near) == ("sheet_unknown_word", ("Thị giác máy tính",))


@pytest.mark.parametrize(
    ("sort", "code"),
    [
        (Sort.FORMULA, "sheet_formula"),
        (Sort.ERROR, "sheet_error_value"),
        (Sort.BOOLEAN, "sheet_boolean"),
    ],
)
def test_what_is_no_text_number_or_date_is_not_taken(sort: Sort, code: str) -> None:
    assert doubt("TRUE", Kind.LINE, sort).code == code


def test_decomposed_letters_are_put_together() -> None:
    found = read(" Nga\u0323\u0302p ", Kind.LINE)
    assert found.value == "Ngập"
    assert found.rules == ("trimmed", "composed")


@given(st.integers(1, 10_000), st.integers(1, 16_384))
def test_an_address_leads_back(row: int, column: int) -> None:
    assert place(address(row, column)) == (row, column)


def test_every_doubt_and_every_rule_has_words() -> None:
    doubts = set()
    for file in SHEETS.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Doubt", "refuse"}:
                doubts |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
    assert doubts
    assert doubts - set(FIELDS) == set()
    text = "".join(file.read_text(encoding="utf-8") for file in SHEETS.glob("*.py"))
    assert {rule for rule in RULES if f'"{rule}"' not in text} == set()
