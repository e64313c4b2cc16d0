"""The administrator's desk: what was typed about a list, and what is wrong with it by field."""

from typing import Any

from api import forms
from api.field_words import sentence
from registry.domain.errors import InvalidInput
from registry.domain.roll_intake import RollChoicesDraft


def line_choices(form: dict[str, Any]) -> RollChoicesDraft:
    typed = {
        name.removeprefix("line-"): forms.text(form, name).strip()
        for name in form
        if name.startswith("line-")
    }
    lines = [{"line": number, "city_code": code} for number, code in typed.items() if code]
    return RollChoicesDraft.read({"lines": lines})


def heir_choices(form: dict[str, Any]) -> RollChoicesDraft:
    """Only what was typed anew: a field left as it was says nothing."""
    heirs = []
    for name in form:
        code = name.removeprefix("heirs-")
        typed = forms.text(form, name).replace(",", " ").replace(";", " ").split()
        if code != name and typed != forms.text(form, f"was-{code}").split():
            heirs.append({"city_code": code, "heirs": typed})
    return RollChoicesDraft.read({"heirs": heirs})


def beside_lines(error: InvalidInput, form: dict[str, Any]) -> dict[str, str]:
    """Problems with choices, each at the field of its line."""
    filled = [n for n in form if n.startswith("line-") and forms.text(form, n).strip()]
    return _beside(error, "lines", filled)


def beside_changes(error: InvalidInput, form: dict[str, Any]) -> dict[str, str]:
    return _beside(error, "heirs", [f"heirs-{h.city_code}" for h in _tried(form)])


def _tried(form: dict[str, Any]) -> tuple[Any, ...]:
    try:
        return heir_choices(form).heirs
    except InvalidInput:
        return ()


def _beside(error: InvalidInput, part: str, names: list[str]) -> dict[str, str]:
    found = {}
    for problem in error.problems:
        match problem.pointer.split("/"):
            case ["", here, index, *_] if (
                here == part and index.isdigit() and int(index) < len(names)
            ):
                found[f"/{names[int(index)].replace('-', '/')}"] = sentence(problem)
            case ["", "decree" | "change" as field, *_]:
                found[f"/{field}"] = sentence(problem)
            case _:
                found["/"] = sentence(problem)
    return found
