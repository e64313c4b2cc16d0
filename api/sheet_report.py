"""The reading room's printer: a sheet's report as its reader sees it, and to take home."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from api.field_words import sentence
from api.fields import said
from api.i18n import gettext, mark, pick
from api.labels import label
from api.sheet_words import RULES
from registry.domain.difference import Change, differences
from registry.domain.errors import FieldProblem
from registry.domain.model import ReviewState
from registry.domain.sheets import Verdict
from registry.domain.standard import STANDARD, Words
from registry.domain.use_case import UseCaseDraft, read_text
from registry.queries.sheets import ReportRow, Upload
from registry.sheets.layout import columns, most

# So much a spreadsheet's cell holds; what is longer was not accepted.
_MAX_CELL = 32_767


@dataclass(frozen=True, slots=True)
class ShownCell:
    """`place` is where it stands, as a spreadsheet says it: "Khai báo!D17"."""

    place: str
    heading: str
    read: str
    became: str
    how: str
    why_not: str
    near: Sequence[str]


@dataclass(frozen=True, slots=True)
class ShownRow:
    row: ReportRow
    wrong: Sequence[ShownCell]
    understood: Sequence[ShownCell]
    plain: Sequence[ShownCell]
    changes: Sequence[Change]
    lacks: Sequence[str]
    asks: Sequence[str]


def shown_row(upload: Upload, row: ReportRow) -> ShownRow:
    cells = [shown_cell(upload, cell) for cell in row.cells]
    return ShownRow(
        row=row,
        wrong=[cell for cell in cells if cell.why_not],
        understood=[cell for cell in cells if cell.how and not cell.why_not],
        plain=[cell for cell in cells if not cell.how and not cell.why_not],
        changes=_changes(row),
        lacks=[_of_field(problem) for problem in row.lacks],
        asks=[_of_field(problem) for problem in row.asks],
    )


def shown_cell(upload: Upload, cell: Mapping[str, Any]) -> ShownCell:
    return ShownCell(
        place=f"{upload.sheet}!{cell['address']}" if upload.sheet else cell["address"],
        heading=heading(cell["column"]),
        read=cell["read"],
        became=cell["became"],
        how="; ".join(gettext(RULES[rule]) for rule in cell["rules"]),
        why_not=_why_not(cell["problem"], cell["params"]) if cell["problem"] else "",
        near=cell["near"],
    )


def heading(key: str) -> str:
    """A column's heading in the reader's language."""
    return said(_headings()[key])


def report_lines(upload: Upload, rows: Sequence[ReportRow]) -> list[list[str]]:
    """Every cell on a line of its own."""
    verdicts = verdict_words()
    return [
        [
            str(row.number),
            row.own_id,
            verdicts[row.verdict],
            cell.place,
            cell.heading,
            cell.read,
            cell.became,
            cell.how,
            cell.why_not,
            "; ".join(cell.near),
        ]
        for row in rows
        for cell in (shown_cell(upload, each) for each in row.cells)
    ]


def report_headings() -> list[str]:
    return [
        gettext("Row"),
        pick("Mã của đô thị", "The city's own ID"),
        gettext("Result"),
        gettext("Cell"),
        gettext("Column"),
        gettext("What was read"),
        gettext("What it became"),
        gettext("By which rule"),
        gettext("Why it is not taken"),
        gettext("What may have been meant"),
    ]


def to_mend(rows: Sequence[ReportRow], keys: Sequence[str]) -> list[list[str]]:
    """One's own rows with a column more that says what is to be mended."""
    found = []
    for row in rows:
        texts = {cell["column"]: cell["read"] for cell in row.cells}
        said_of = [
            f"{heading(cell['column'])}: {_why_not(cell['problem'], cell['params'])}"
            for cell in row.cells
            if cell["problem"]
        ]
        line = ["\n".join(said_of), *(texts.get(key, "") for key in keys)]
        found.append([text[:_MAX_CELL] for text in line])
    return found


_VERDICTS: Mapping[Verdict, str] = {
    Verdict.NEW: mark("New"),
    Verdict.CHANGED: mark("Changes an entry"),
    Verdict.SAME: mark("Changes nothing"),
    Verdict.REFUSED: mark("Not accepted"),
}


def verdict_words() -> dict[Verdict, str]:
    return {verdict: gettext(words) for verdict, words in _VERDICTS.items()}


def _why_not(code: str, params: Mapping[str, str]) -> str:
    given = dict(params)
    if "state" in given:
        given["state"] = label(ReviewState(given["state"]))
    return sentence(FieldProblem("", code, given))


def _of_field(problem: Mapping[str, Any]) -> str:
    name = problem["pointer"].split("/")[1]
    words = sentence(FieldProblem(problem["pointer"], problem["code"], problem["params"]))
    return f"{said(STANDARD.field(name).label)}: {words}"


def _changes(row: ReportRow) -> Sequence[Change]:
    """What would be otherwise; nothing where the entry has changed since it was judged."""
    if row.verdict is not Verdict.CHANGED or row.base is None or row.base_standard is None:
        return ()
    before = read_text(row.base_standard, row.base).upgraded()
    after = UseCaseDraft.read({**before.content(), **row.changes})
    return differences(before, after)


@cache
def _headings() -> Mapping[str, Words]:
    everything = {field.name: most(field) for field in STANDARD.fields}
    return {column.key: column.heading for column in columns(STANDARD, everything)}
