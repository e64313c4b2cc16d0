"""The names of fields: the same in form, reading view, check and comparison.

Those of a use case and of a problem are data of the metadata standard.
"""

from api.i18n import gettext, mark, pick
from registry.domain.errors import FieldProblem
from registry.domain.standard import CURRENT, STANDARD, STANDARDS, Words

# A problem's withdrawal is not part of the standard.
_WITHDRAWAL = {"reason": mark("Reason"), "withdrawn_on": mark("No longer pressing from")}


def said(words: Words) -> str:
    """Words of the standard in the reader's language."""
    return pick(words.vi, words.en)


def sections(standard: str = CURRENT) -> list[tuple[str, str, dict[str, str]]]:
    """Each section with its key, its name and its fields, in the reader's language."""
    return [
        (s.key, said(s.name), {field.name: said(field.label) for field in s.fields})
        for s in STANDARDS[standard].sections
    ]


def field_names() -> dict[str, str]:
    """The name of every field, in the reader's language."""
    return {field.name: said(field.label) for field in STANDARD.fields}


def problem_names() -> dict[str, str]:
    """The same for a pressing problem and its withdrawal."""
    withdrawal = {name: gettext(words) for name, words in _WITHDRAWAL.items()}
    return {field.name: said(field.label) for field in STANDARD.problem} | withdrawal


def field_of(problem: FieldProblem) -> str:
    """The field a problem is in: "/stages/0/since" is in `stages`."""
    return problem.pointer.split("/")[1]
