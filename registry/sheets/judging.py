"""The reading room: what each row of a sheet would do, and why it may not."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.rules import missing_for_submission, questions
from registry.domain.sheets import Verdict
from registry.domain.use_case import UseCaseDraft
from registry.sheets.cells import Row, folded
from registry.sheets.known import Known, KnownCase, KnownCity
from registry.sheets.naming import find_city, find_problem
from registry.sheets.reading import Sheet
from registry.sheets.rowwork import EMPTY, Found, RowWork
from registry.sheets.values import Doubt, Reading

_MAX_OWN_ID = 60


@dataclass(slots=True)
class Judged:
    """`changes` are the fields to set, in the form of a draft's content; `new_problems` are to be
    declared first. `lacks` is what a submission would still need, `asks` what a reviewer would ask.
    """

    number: int
    city: str
    own_id: str
    title: str
    verdict: Verdict
    case: KnownCase | None
    changes: dict[str, Any]
    new_problems: list[dict[str, Any]]
    cells: list[Found]
    lacks: list[FieldProblem]
    asks: list[FieldProblem]


class Judge:
    """Holds the rows of one sheet against what is known."""

    def __init__(self, known: Known, sheet: Sheet) -> None:
        self._known = known
        self._headings = sheet.headings
        self._table = sheet.table
        self._first_row: dict[tuple[str, str], int] = {}
        # What rows of this sheet declare, for others to refer to; by city and title.
        self._declared: dict[str, dict[str, dict[str, Any]]] = {}
        declaring = {n for n, c in sheet.headings.columns.items() if c.where == "problem"}
        for row in sheet.rows():
            if not declaring.isdisjoint(row.cells):
                self._collect(row)

    def judge(self, row: Row) -> Judged:
        work = RowWork(row, self._headings, self._table)
        city = self._city(work)
        case = None if city is None else self._case(work, city)
        if city is not None and case is not None and case.city != city.code:
            city = self._known.cities[case.city]
        stated = work.stated()
        new_problems = [] if city is None else self._problems(work, city, case, stated)
        changes = self._changes(work, city, case, stated, new_problems)
        return self._verdict(work, city, case, changes, new_problems)

    # --- which city, which use case

    def _city(self, work: RowWork) -> KnownCity | None:
        read = work.read("city")
        if read is None:
            # A cell that could not be read names no city; an empty one the city of the desk.
            return None if work.refused("city") else self._known.cities[self._known.home]
        try:
            city, rules = find_city(self._known, read.value)
        except Doubt as doubt:
            work.doubt("city", doubt)
            return None
        work.became("city", f"{city.name} ({city.code})", rules)
        return city

    def _case(self, work: RowWork, city: KnownCity) -> KnownCase | None:
        own, code = work.read("own_id"), work.read("code")
        if own is None and code is None:
            if not work.refused("own_id") and not work.refused("code"):
                work.doubt("own_id", Doubt("sheet_no_id"))
            return None
        if own is not None and not _fit(own.value):
            work.doubt("own_id", Doubt("too_long", max_length=str(_MAX_OWN_ID)))
            return None
        if code is None:
            assert own is not None
            case = city.by_own_id.get(own.value)
        else:
            case = self._by_code(work, city, code.value, own)
            if case is None:
                return None
        key = (city.code, own.value if case is None and own is not None else "")
        seen = self._first_row.setdefault(key if case is None else ("", case.code), work.row.number)
        if seen != work.row.number:
            work.doubt("own_id" if own else "code", Doubt("sheet_row_twice", row=str(seen)))
        if case is not None and not case.may_edit and not case.may_revise:
            work.doubt("code" if code else "own_id", Doubt("sheet_not_now", state=case.state))
        return case

    def _by_code(
        self, work: RowWork, city: KnownCity, code: str, own: Reading | None
    ) -> KnownCase | None:
        case = city.by_code.get(code)
        if case is None and work.read("city") is None:
            found = (other.by_code.get(code) for other in self._known.cities.values())
            case = next((one for one in found if one is not None), None)
        if case is None:
            work.doubt("code", Doubt("sheet_unknown_code"))
            return None
        if own is not None and case.own_id is not None and case.own_id != own.value:
            work.doubt("own_id", Doubt("sheet_own_id_differs", (case.own_id,)))
        elif own is not None:
            holder = self._known.cities[case.city].by_own_id.get(own.value)
            if holder is not None and holder is not case:
                work.doubt("own_id", Doubt("sheet_own_id_taken", (holder.code,)))
        return case

    # --- the problems it addresses

    def _collect(self, row: Row) -> None:
        work = RowWork(row, self._headings, self._table)
        city = self._city(work)
        draft = None if city is None else work.new_problem()
        if city is not None and draft is not None:
            titles = self._declared.setdefault(city.code, {})
            titles.setdefault(folded(draft["title"]), draft)

    def _problems(
        self, work: RowWork, city: KnownCity, case: KnownCase | None, stated: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Puts the ids of declared problems into `stated`; returns those to be declared."""
        ids: list[str] = []
        new: list[dict[str, Any]] = []
        if self._headings.has("problem_ids"):
            self._referred(work, city, ids, new)
        elif case is not None:
            ids += case.content["problem_ids"]
        self._declared_here(work, city, ids, new)
        stated["problem_ids"] = ids
        return new

    def _referred(
        self, work: RowWork, city: KnownCity, ids: list[str], new: list[dict[str, Any]]
    ) -> None:
        declared = self._declared.get(city.code, {})
        for key, read in work.of_parent("problem_ids"):
            try:
                found, rules = find_problem(city, declared, read.value)
            except Doubt as doubt:
                work.doubt(key, doubt)
                continue
            if isinstance(found, dict):
                work.became(key, found["title"], rules)
                if found not in new:
                    new.append(found)
            else:
                work.became(key, found.named, rules)
                ids.append(str(found.id))

    def _declared_here(
        self, work: RowWork, city: KnownCity, ids: list[str], new: list[dict[str, Any]]
    ) -> None:
        draft = work.new_problem()
        if draft is None:
            return
        key = "new_problem-title"
        title = folded(draft["title"])
        alike = [problem for problem in city.problems if folded(problem.title) == title]
        same = next((problem for problem in alike if problem.content == draft), None)
        if same is not None:
            work.became(key, same.named, ("declared_already",))
            if str(same.id) not in ids:
                ids.append(str(same.id))
        elif alike:
            work.doubt(key, Doubt("sheet_title_taken", tuple(p.named for p in alike)))
        elif self._declared[city.code][title] != draft:
            work.doubt(key, Doubt("sheet_title_differs"))
        elif draft not in new:
            new.append(draft)

    # --- the text

    def _changes(
        self,
        work: RowWork,
        city: KnownCity | None,
        case: KnownCase | None,
        stated: dict[str, Any],
        new_problems: list[dict[str, Any]],
    ) -> dict[str, Any]:
        base = EMPTY if case is None else case.content
        # An empty cell never says "from the start": what was said stays.
        if stated.get("describes_from", "") is None:
            del stated["describes_from"]
        try:
            draft = UseCaseDraft.read({**base, **stated})
        except InvalidInput as refused:
            work.not_taken(refused.problems)
            return {}
        if not draft.title:
            work.doubt("title", Doubt("required"))
        if city is not None:
            for index, item in enumerate(draft.evidence):
                if item.file and item.file not in city.files:
                    work.not_taken([FieldProblem(f"/evidence/{index}/file", "unknown_file")])
        content = draft.content()
        work.draft = draft
        lacking = missing_for_submission(draft, self._known.today)
        work.lacks = [p for p in lacking if p.pointer != "/problem_ids" or not new_problems]
        work.asks = questions(draft)
        return {name: content[name] for name in stated if content[name] != base[name]}

    def _verdict(
        self,
        work: RowWork,
        city: KnownCity | None,
        case: KnownCase | None,
        changes: dict[str, Any],
        new_problems: list[dict[str, Any]],
    ) -> Judged:
        own = work.read("own_id")
        renamed = own is not None and case is not None and case.own_id is None
        if any(cell.problem for cell in work.cells.values()):
            verdict = Verdict.REFUSED
        elif case is None:
            verdict = Verdict.NEW
        else:
            changed = bool(changes or new_problems or renamed)
            verdict = Verdict.CHANGED if changed else Verdict.SAME
        title = work.draft.title if work.draft is not None else ""
        return Judged(
            number=work.row.number,
            city="" if city is None else city.code,
            own_id="" if own is None else own.value,
            title=title or (str(case.content["title"]) if case is not None else ""),
            verdict=verdict,
            case=case,
            changes=changes,
            new_problems=new_problems,
            cells=sorted(work.cells.values(), key=lambda cell: work.order(cell.column)),
            lacks=[] if verdict is Verdict.REFUSED else work.lacks,
            asks=[] if verdict is Verdict.REFUSED else work.asks,
        )


def _fit(own_id: str) -> bool:
    shown = not any(unicodedata.category(c)[0] == "C" for c in own_id)
    return shown and len(own_id) <= _MAX_OWN_ID
