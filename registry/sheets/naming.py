"""The reading room: which city, which problem a cell names."""

import re
from collections.abc import Mapping
from typing import Any

from registry.sheets.cells import folded, plain
from registry.sheets.known import Known, KnownCity, KnownProblem
from registry.sheets.values import Doubt, near

# "46 – Huế", as the template's list has it.
_CODE_AND_NAME = re.compile(r"([0-9A-Za-z_-]+) [–-] (.+)")
_NUMBERED = re.compile(r"(\d{1,4})(?:[.):]\s*(.*))?", re.DOTALL)
# What stands before a name tells the kind of unit, and changes while the name stays.
_KINDS = re.compile(r"^(?:thanh pho|tp\.?|thi xa|tx\.?|thi tran|tt\.?|phuong|dac khu)\s+")


def find_city(known: Known, text: str) -> tuple[KnownCity, tuple[str, ...]]:
    """The reader's own city of this code or name. Raises Doubt."""
    if text in known.cities:
        return known.cities[text], ("city_code",)
    if (found := _CODE_AND_NAME.fullmatch(text)) and found[1] in known.cities:
        city = known.cities[found[1]]
        if _bare(found[2]) in {_bare(name) for name in city.names}:
            return city, ("city_code",)
        raise Doubt("sheet_city_differs", (f"{city.code} – {city.name}",))
    named = [c for c in known.cities.values() if folded(text) in map(folded, c.names)]
    rule = "city_name"
    if not named:
        named = [c for c in known.cities.values() if _bare(text) in map(_bare, c.names)]
        rule = "city_name_loosely"
    if len(named) == 1:
        old = folded(named[0].name) != folded(text) and rule == "city_name"
        return named[0], ("city_old_name" if old else rule,)
    if named:
        raise Doubt("sheet_city_ambiguous", tuple(f"{c.code} – {c.name}" for c in named))
    for former in known.predecessors:
        if text == former.code or _bare(text) in map(_bare, former.names):
            now = known.cities[former.successor]
            raise Doubt(
                "sheet_predecessor",
                (f"{now.code} – {now.name}",),
                day=former.on.strftime("%d/%m/%Y"),
                basis=former.basis,
            )
    if text in known.elsewhere or folded(text) in known.elsewhere:
        raise Doubt("sheet_other_city")
    raise Doubt("sheet_unknown_city", near(text, [c.name for c in known.cities.values()]))


def find_problem(
    city: KnownCity, declared: Mapping[str, dict[str, Any]], text: str
) -> tuple[KnownProblem | dict[str, Any], tuple[str, ...]]:
    """The declared problem of this number or title, or one that this sheet declares."""
    by_number = {problem.number: problem for problem in city.problems}
    numbered = _NUMBERED.fullmatch(text)
    known = by_number.get(int(numbered[1])) if numbered else None
    said = folded(numbered[2] or "") if numbered else ""
    if known is not None and said == folded(known.title):
        return known, _withdrawn(known)
    for fold, rules in ((folded, ("problem_title",)), (plain, ("problem_title", "no_diacritics"))):
        titled = [p for p in city.problems if fold(p.title) == fold(text)]
        fresh = [draft for title, draft in declared.items() if fold(title) == fold(text)]
        if len(titled) > 1:
            raise Doubt("sheet_problem_ambiguous", tuple(p.named for p in titled))
        if titled:
            return titled[0], (*rules, *_withdrawn(titled[0]))
        if fresh:
            return fresh[0], ("problem_of_sheet",)
    if known is not None:
        if not said:
            return known, ("problem_number", *_withdrawn(known))
        raise Doubt("sheet_problem_differs", (known.named,))
    raise Doubt("sheet_unknown_problem", near(text, [p.named for p in city.problems]))


def _withdrawn(problem: KnownProblem) -> tuple[str, ...]:
    return ("problem_withdrawn",) if problem.withdrawn else ()


def _bare(name: str) -> str:
    return _KINDS.sub("", plain(name))
