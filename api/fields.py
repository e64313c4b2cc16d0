"""The names of fields: the same in form, reading view, check and comparison."""

from collections.abc import Mapping

from api.i18n import gettext, mark
from registry.domain.errors import FieldProblem

# The sections of a use case in the order they are asked; each field with its name.
SECTIONS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "what": (
        mark("What it is"),
        {
            "title": mark("Name of the application"),
            "title_en": mark("Name in English"),
            "summary": mark("Summary for residents"),
            "summary_en": mark("Summary in English"),
            "operator": mark("Operating body"),
            "provider": mark("Developer or provider"),
            "application_area": mark("Where and for whom it is used"),
        },
    ),
    "problem": (
        mark("The problem"),
        {"problem_ids": mark("Pressing problems it addresses")},
    ),
    "ai": (
        mark("The solution and its AI"),
        {
            "solution": mark("How it works and what it has changed"),
            "techniques": mark("AI techniques"),
            "technique_detail": mark("The technique in detail"),
        },
    ),
    "dates": (
        mark("Stages and dates"),
        {
            "stages": mark("Stages"),
            "describes_from": mark("This text is true from"),
        },
    ),
    "proof": (mark("Evidence"), {"evidence": mark("Evidence of its operation")}),
    "contact": (mark("Contact"), {"public_contact": mark("Contact for the public")}),
}

_PROBLEM: Mapping[str, str] = {
    "area": mark("Area"),
    "title": mark("The problem in one line"),
    "title_en": mark("The same in English"),
    "statement": mark("Why it is pressing"),
    "declared_on": mark("Pressing since"),
    "basis_kind": mark("Kind of document"),
    "basis_number": mark("Number and name"),
    "basis_date": mark("Date of the document"),
    "basis_url": mark("Link to the document"),
    "reason": mark("Reason"),
    "withdrawn_on": mark("No longer pressing from"),
}


def sections() -> list[tuple[str, str, dict[str, str]]]:
    """Each section with its key, its name and its fields, in the reader's language."""
    return [
        (key, gettext(name), {field: gettext(words) for field, words in fields.items()})
        for key, (name, fields) in SECTIONS.items()
    ]


def field_names() -> dict[str, str]:
    """The name of every field, in the reader's language."""
    return {field: name for _, _, fields in sections() for field, name in fields.items()}


def problem_names() -> dict[str, str]:
    """The same for a pressing problem and its withdrawal."""
    return {field: gettext(name) for field, name in _PROBLEM.items()}


def field_of(problem: FieldProblem) -> str:
    """The field a problem is in: "/stages/0/since" is in `stages`."""
    return problem.pointer.split("/")[1]
