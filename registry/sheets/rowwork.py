"""The reading room: one row on the table - its cells read one by one, and what is said of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.intake import ProblemDraft
from registry.domain.standard import Kind
from registry.domain.use_case import UseCaseDraft, UseCaseText
from registry.sheets.cells import Cell, Row, Sort, Table, address
from registry.sheets.layout import Column, Headings
from registry.sheets.values import Doubt, Reading, read_cell

EMPTY: Mapping[str, Any] = UseCaseDraft().content()


@dataclass(slots=True)
class Found:
    """What was found in one cell. `problem` is the code of the rule it breaks, empty where it was
    taken; `rules` say how it was understood."""

    address: str
    column: str
    read: str
    became: str = ""
    rules: tuple[str, ...] = ()
    problem: str = ""
    params: dict[str, str] = field(default_factory=dict)
    near: tuple[str, ...] = ()


class RowWork:
    def __init__(self, row: Row, headings: Headings, table: Table) -> None:
        self.row = row
        self.draft: UseCaseText | None = None
        self.lacks: list[FieldProblem] = []
        self.asks: list[FieldProblem] = []
        self.cells: dict[str, Found] = {}
        self._headings = headings
        self._places = {column.key: number for number, column in headings.columns.items()}
        self._readings: dict[str, Reading] = {}
        # Of a field with several items: which of them the draft's first, second … is.
        self._items: dict[str, list[int]] = {}
        for number, column in sorted(headings.columns.items()):
            cell = row.cells.get(number)
            if cell is not None:
                self._take(number, column, cell, table)

    def _take(self, number: int, column: Column, cell: Cell, table: Table) -> None:
        shown = "" if cell.sort is Sort.FORMULA else cell.text
        found = Found(address(self.row.number, number), column.key, shown)
        self.cells[column.key] = found
        try:
            reading = read_cell(cell, column.field, table.day_one)
        except Doubt as doubt:
            self.doubt(column.key, doubt)
            return
        found.became, found.rules = reading.became, reading.rules
        self._readings[column.key] = reading

    def read(self, key: str) -> Reading | None:
        """What a cell says; None where it is empty or was not taken."""
        return self._readings.get(key)

    def refused(self, key: str) -> bool:
        return key in self.cells and bool(self.cells[key].problem)

    def order(self, key: str) -> int:
        return self._places.get(key, 0)

    def became(self, key: str, text: str, rules: tuple[str, ...]) -> None:
        cell = self.cells[key]
        cell.became, cell.rules = text, (*cell.rules, *rules)

    def doubt(self, key: str, doubt: Doubt) -> None:
        """Says why a cell is not taken, by the first reason there is; it may be an empty one, or
        one that is not there."""
        number = self._places.get(key, 0)
        where = address(self.row.number, number) if number else str(self.row.number)
        cell = self.cells.setdefault(key, Found(where, key, ""))
        if cell.problem:
            return
        cell.problem, cell.params, cell.near = doubt.code, doubt.params, doubt.near
        cell.became = ""

    def of_parent(self, parent: str) -> list[tuple[str, Reading]]:
        columns = (c for _, c in sorted(self._headings.columns.items()) if c.parent == parent)
        found = [(column.key, self._readings.get(column.key)) for column in columns]
        return [(key, reading) for key, reading in found if reading is not None]

    def stated(self) -> dict[str, Any]:
        """What the row says of each field that the sheet has columns for; problems aside."""
        columns: dict[str, list[Column]] = {}
        for _, column in sorted(self._headings.columns.items()):
            if column.where == "field" and column.field.kind is not Kind.PROBLEMS:
                columns.setdefault(column.parent, []).append(column)
        return {name: self._stated(name, parts) for name, parts in columns.items()}

    def _stated(self, name: str, columns: list[Column]) -> Any:
        if columns[0].item is None:
            reading = self._readings.get(columns[0].key)
            return EMPTY[name] if reading is None else reading.value
        given = [(c, self._readings[c.key]) for c in columns if c.key in self._readings]
        if columns[0].field.kind is Kind.AREA:
            return "".join(reading.value for _, reading in given) or None
        self._items[name] = []
        if columns[0].field.name == name:
            values: list[Any] = []
            for column, reading in given:
                values += reading.value
                self._items[name] += [column.item or 0] * len(reading.value)
            return values
        rows: dict[int, dict[str, Any]] = {}
        for column, reading in given:
            rows.setdefault(column.item or 0, {})[column.field.name] = reading.value
        self._items[name] = sorted(rows)
        return [rows[item] for item in sorted(rows)]

    def new_problem(self) -> dict[str, Any] | None:
        """The problem that the row declares; None where it declares none, or not one whole."""
        given = {
            column.field.name: self._readings[column.key].value
            for column in self._headings.columns.values()
            if column.where == "problem" and column.key in self._readings
        }
        if not given:
            return None
        try:
            draft = ProblemDraft.read(given)
        except InvalidInput as refused:
            for problem in refused.problems:
                name = problem.pointer[1:] or "basis_number"
                self.doubt(f"new_problem-{name}", Doubt(problem.code, (), **problem.params))
            return None
        return draft.model_dump(mode="json")

    def not_taken(self, problems: Sequence[FieldProblem]) -> None:
        """Says of each problem of the draft in which cell it is."""
        for problem in problems:
            name, *rest = problem.pointer[1:].split("/")
            key = name
            if rest and rest[0].isdigit():
                items = self._items.get(name, [])
                place = int(rest[0])
                item = items[place] if place < len(items) else place
                key = "-".join([name, str(item + 1), *rest[1:]])
            elif f"{name}-1" in self._places:
                key = f"{name}-1"
            self.doubt(key, Doubt(problem.code, (), **problem.params))
