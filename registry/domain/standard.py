"""The metadata standard of a use case, as data: one file for each version in `standards/`.

What a city is asked, in which words, from which code lists, and what is needed at which stage.
Form, API schema, spreadsheet template and documentation are made from it.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from typing import Any

from registry.domain.model import BasisKind, ProblemArea, Stage, Technique


class Kind(StrEnum):
    """What a field takes; the heading of `standards/1.0.toml` says what each is."""

    LINE = "line"
    PARAGRAPH = "paragraph"
    LONG = "long"
    URL = "url"
    DAY = "day"
    DATE = "date"
    NUMBER = "number"
    CHOICE = "choice"
    CHOICES = "choices"
    PROBLEMS = "problems"
    LINES = "lines"
    AREA = "area"
    FILE = "file"
    ROWS = "rows"


class Need(StrEnum):
    """Nothing is submitted without what is required; a reviewer is shown what is expected."""

    REQUIRED = "required"
    EXPECTED = "expected"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Words:
    vi: str
    en: str


NO_WORDS = Words("", "")


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `codes` is the name of a code list, `parts` are the columns of rows.

    `start` is the stage from which `need` holds; None: at every stage. `most` limits how many
    rows or lines there can be.
    """

    name: str
    kind: Kind
    label: Words
    need: Need = Need.OPTIONAL
    start: Stage | None = None
    codes: str = ""
    help: Words = NO_WORDS
    example: Words = NO_WORDS
    parts: tuple["Field", ...] = ()
    most: int = 20
    withholdable: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    name: Words
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list's codes with their words, and how the field is called that asks for one first."""

    label: Words
    terms: Mapping[StrEnum, Words]


class Outcome(StrEnum):
    """What comes of breaking a rule: no submission, or a question of the reviewer."""

    REFUSED = "refused"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one answer makes of another, in words; `rules` keeps it and names it by `code`.

    It is said beside the first of `fields`.
    """

    fields: tuple[str, ...]
    code: str
    outcome: Outcome
    words: Words


@dataclass(frozen=True, slots=True)
class Standard:
    """One version. `renamed` gives fields of the version `follows` their name in this one."""

    version: str
    name: Words
    in_force_from: date
    sections: tuple[Section, ...]
    problem: tuple[Field, ...]
    rules: tuple[Rule, ...]
    follows: str | None
    renamed: Mapping[str, str]

    @property
    def fields(self) -> Iterator[Field]:
        """All fields in the order they are asked."""
        for section in self.sections:
            yield from section.fields

    def field(self, name: str) -> Field:
        """Raises KeyError for a name the standard does not have."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


# The code lists that rules of the register are written in; the data give them their words.
_ENUMS: Mapping[str, type[StrEnum]] = {
    "technique": Technique,
    "stage": Stage,
    "problem_area": ProblemArea,
    "basis_kind": BasisKind,
}


def _words(given: Mapping[str, str]) -> Words:
    return Words(vi=given["vi"], en=given["en"])


def _field(given: Mapping[str, Any]) -> Field:
    return Field(
        name=given["name"],
        kind=Kind(given["kind"]),
        label=_words(given["label"]),
        need=Need(given.get("need", Need.OPTIONAL)),
        start=Stage(given["from"]) if "from" in given else None,
        codes=given.get("list", ""),
        help=_words(given["help"]) if "help" in given else NO_WORDS,
        example=_words(given["example"]) if "example" in given else NO_WORDS,
        parts=tuple(_field(part) for part in given.get("part", ())),
        most=given.get("most", Field.__dataclass_fields__["most"].default),
        withholdable=given.get("withholdable", False),
    )


def _standard(given: Mapping[str, Any]) -> Standard:
    return Standard(
        version=given["version"],
        name=_words(given["name"]),
        in_force_from=given["in_force_from"],
        sections=tuple(
            Section(
                key=section["key"],
                name=_words(section["name"]),
                fields=tuple(_field(field) for field in section["field"]),
            )
            for section in given["section"]
        ),
        problem=tuple(_field(field) for field in given.get("problem", ())),
        rules=tuple(
            Rule(
                fields=tuple(rule["fields"]),
                code=rule["code"],
                outcome=Outcome(rule["outcome"]),
                words=_words(rule["words"]),
            )
            for rule in given.get("rule", ())
        ),
        follows=given.get("follows"),
        renamed=given.get("renamed", {}),
    )


def _lists(given: Mapping[str, Any], standard: Standard) -> Iterator[tuple[type[StrEnum], Any]]:
    """Each code list as an enumeration, with its words."""
    terms = {name: dict(codes) for name, codes in given.get("list", {}).items()}
    terms["withholdable"] = {
        field.name: {"vi": field.label.vi, "en": field.label.en}
        for field in standard.fields
        if field.withholdable
    }
    for name, codes in terms.items():
        known = _ENUMS.get(name)
        if known is None:
            known = _enumeration(name, tuple(codes))
        if {member.value for member in known} != codes.keys():
            raise ValueError(f"code list {name} and {known.__name__} differ")
        yield known, {known(code): _words(words) for code, words in codes.items()}


def _enumeration(name: str, codes: tuple[str, ...]) -> type[StrEnum]:
    made: Any = StrEnum  # called with data, which type checkers cannot follow
    found: type[StrEnum] = made(
        "".join(part.capitalize() for part in name.split("_")),
        [(code.upper(), code) for code in codes],
    )
    return found


CURRENT = "1.0"
_DATA: Mapping[str, Mapping[str, Any]] = {
    version: tomllib.loads(
        (files(__package__) / "standards" / f"{version}.toml").read_text("utf-8")
    )
    for version in ("0.1", CURRENT)
}
STANDARDS: Mapping[str, Standard] = {version: _standard(given) for version, given in _DATA.items()}
STANDARD = STANDARDS[CURRENT]

# A code keeps its meaning from version to version, so the newest lists serve all of them.
TERMS: Mapping[type[StrEnum], Mapping[StrEnum, Words]] = dict(_lists(_DATA[CURRENT], STANDARD))
CODES: Mapping[str, type[StrEnum]] = dict(
    zip([*_DATA[CURRENT]["list"], "withholdable"], TERMS, strict=True)
)


def code_lists(standard: Standard) -> dict[str, CodeList]:
    """The code lists of one version by their names, in the order in which they are first asked."""
    found: dict[str, CodeList] = {}
    asked = [part for field in standard.fields for part in (field, *field.parts)]
    for field in (*asked, *standard.problem):
        if field.codes:
            found.setdefault(field.codes, CodeList(field.label, TERMS[CODES[field.codes]]))
    return found


def words(value: StrEnum) -> Words:
    """The words for a code of a list of the standard. Raises KeyError for any other value."""
    return TERMS[type(value)][value]
