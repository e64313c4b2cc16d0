"""The reading room: the columns of a declaration sheet, made from the metadata standard.

One use case is one row. What a use case can have several of has numbered columns: a template shows
a few of them, an export as many as its rows need, and reading knows them all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from registry.domain.standard import (
    CODES,
    STANDARD,
    STANDARDS,
    Field,
    Kind,
    Need,
    Standard,
    Words,
)
from registry.sheets.cells import folded, plain

SHEET = "Khai báo"
# A column that says what is to be mended, for people; it is never read.
NOTE = Words("Kết quả kiểm tra", "Check result")
# Whoever gives a row this name says that it is not meant.
EXAMPLE = "VÍ DỤ"

Place = Literal["city", "own_id", "code", "problem", "field"]


@dataclass(frozen=True, slots=True)
class Column:
    """`key` is its name for programs. `field` reads its cells: a field of the standard or a part
    of one; `item` counts from 0 where the field has numbered columns, else it is None. `parent` is
    the name of the field to which a part belongs, else its own."""

    key: str
    heading: Words
    where: Place
    field: Field
    parent: str = ""
    item: int | None = None
    section: str = ""


def _line(name: str, label: Words, help_: Words, example: str, need: Need = Need.OPTIONAL) -> Field:
    return Field(name, Kind.LINE, label, need, help=help_, example=Words(example, example))


CITY = _line(
    "city",
    Words("Đô thị", "City"),
    Words(
        "Mã hoặc tên đô thị. Để trống: đô thị mà bạn đang tải tệp lên.",
        "The city's code or name. Empty: the city at whose desk the file is uploaded.",
    ),
    "46",
)
OWN_ID = _line(
    "own_id",
    Words("Mã của đô thị", "The city's own ID"),
    Words(
        "Mã do đô thị tự đặt và không đổi. Nhờ mã này, tải lại tệp không tạo bản thứ hai.",
        "A code the city chooses and keeps. By it the same row is known again.",
    ),
    "UD-01",
    Need.REQUIRED,
)
CODE = _line(
    "code",
    Words("Mã trong sổ đăng ký", "Code in the register"),
    Words(
        "Chỉ ghi cho ứng dụng đã có trong sổ đăng ký, như 46-001. Ứng dụng mới: để trống.",
        "Only for an application that the register has already, like 46-001.",
    ),
    "",
)

# How many numbered columns a template shows; one for what is not named.
_SHOWN = {
    "techniques": 3,
    "outputs": 3,
    "data_sources": 3,
    "problem_ids": 2,
    "stages": 3,
    "evidence": 2,
    "results": 2,
}
# A cell takes 32,767 characters; a shape may have more, in as many columns as it needs.
PIECE = 30_000
_PIECES = 20
LINES_PER_CELL = 100
_SEVERAL = (Kind.CHOICES, Kind.PROBLEMS, Kind.LINES, Kind.AREA, Kind.ROWS)
NEW_PROBLEM = Words("Vấn đề mới", "New problem")


def most(field: Field) -> int:
    """How many numbered columns a field can have."""
    match field.kind:
        case Kind.CHOICES:
            return len(CODES[field.codes])
        case Kind.AREA:
            return _PIECES
        case Kind.LINES:
            return -(-field.most // LINES_PER_CELL)
        case _:
            return field.most


def shown(field: Field) -> int:
    return min(most(field), _SHOWN.get(field.name, 1))


def columns(standard: Standard, counts: Mapping[str, int]) -> Iterator[Column]:
    """The columns in their order. `counts` says how many items of a field have columns."""
    yield Column("city", CITY.label, "city", CITY)
    yield Column("own_id", OWN_ID.label, "own_id", OWN_ID)
    yield Column("code", CODE.label, "code", CODE)
    for section in standard.sections:
        for field in section.fields:
            yield from _of_field(field, counts.get(field.name, shown(field)), section.key)
            if field.kind is Kind.PROBLEMS:
                yield from _of_problem(standard, section.key)


def _of_field(field: Field, count: int, section: str) -> Iterator[Column]:
    if field.kind not in _SEVERAL:
        yield Column(field.name, field.label, "field", field, field.name, None, section)
        return
    for item in range(count):
        number = f" {item + 1}"
        name = Words(field.label.vi + number, field.label.en + number)
        key = f"{field.name}-{item + 1}"
        if field.kind is not Kind.ROWS:
            yield Column(key, name, "field", field, field.name, item, section)
            continue
        for part in field.parts:
            heading = _joined(name, part.label)
            yield Column(f"{key}-{part.name}", heading, "field", part, field.name, item, section)


def _of_problem(standard: Standard, section: str) -> Iterator[Column]:
    for field in standard.problem:
        heading = _joined(NEW_PROBLEM, field.label)
        yield Column(f"new_problem-{field.name}", heading, "problem", field, section=section)


def _joined(before: Words, after: Words) -> Words:
    return Words(f"{before.vi}: {after.vi}", f"{before.en}: {after.en}")


@dataclass(frozen=True, slots=True)
class Headings:
    """What a sheet's first row says. `columns` are those understood, by their number; `rules` says
    of a heading how it was understood where it is not written as in the template."""

    row: int
    columns: dict[int, Column]
    rules: dict[int, str]
    unknown: dict[int, str]
    repeated: dict[int, str]

    def has(self, parent: str) -> bool:
        """Whether the sheet says anything of a field."""
        return any(column.parent == parent for column in self.columns.values())

    def missing(self) -> list[str]:
        """The fields that the sheet has no column for: what was said of them stays."""
        return [field.name for field in STANDARD.fields if not self.has(field.name)]


def read_headings(row: int, texts: Mapping[int, str]) -> Headings:
    found: dict[int, Column] = {}
    rules: dict[int, str] = {}
    unknown: dict[int, str] = {}
    repeated: dict[int, str] = {}
    for number, text in sorted(texts.items()):
        match = _known(text)
        if folded(text) == folded(NOTE.vi):
            continue
        if match is None:
            unknown[number] = text
        elif match[0] in found.values():
            repeated[number] = text
        else:
            found[number] = match[0]
            if match[1]:
                rules[number] = match[1]
    return Headings(row, found, rules, unknown, repeated)


def count_known(texts: Sequence[str]) -> int:
    return sum(_known(text) is not None for text in texts)


def _known(text: str) -> tuple[Column, str] | None:
    """The column of a heading, and the rule by which it was understood."""
    exact, loose = _names()
    name = _stripped(folded(text))
    if name in exact:
        return exact[name], ""
    found = loose.get(_stripped(plain(text)))
    return None if found is None else (found, "no_diacritics")


def _stripped(text: str) -> str:
    return text.strip(" *:")


@cache
def _names() -> tuple[dict[str, Column], dict[str, Column]]:
    """Every way to write a heading; without diacritics only where that leaves no doubt."""
    exact: dict[str, Column] = {}
    everything = {field.name: most(field) for field in STANDARD.fields}
    known = list(columns(STANDARD, everything))
    for column in known:
        for text in (column.heading.vi, column.heading.en, column.key):
            exact.setdefault(_stripped(folded(text)), column)
        # A list with one column needs no number.
        if column.item == 0 and column.field.name == column.parent:
            exact.setdefault(folded(column.field.label.vi), column)
    by_key = {column.key: column for column in known}
    for old in STANDARDS.values():
        for field in old.fields:
            column_now = by_key.get(STANDARD.renamed.get(field.name, field.name))
            if column_now is not None:
                exact.setdefault(_stripped(folded(field.label.vi)), column_now)
    loose: dict[str, Column] = {}
    doubtful = set()
    for text, column in exact.items():
        bare = plain(text)
        if loose.setdefault(bare, column) is not column:
            doubtful.add(bare)
    return exact, {text: column for text, column in loose.items() if text not in doubtful}
