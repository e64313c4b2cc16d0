"""The counter for a use case: the standard's questions as a form, and what was typed into it.

A typed form is a mapping from the fields of the standard to texts, lists of ticked codes or rows
of texts, just as people typed them; `given` makes of it what the draft reads, `stored` is the way
back. No field is known here by its name.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from api import forms
from api.deps import Submission
from api.field_words import sentence
from api.fields import field_names, field_of, said
from api.i18n import gettext, ngettext, pick
from api.labels import label
from registry.domain.errors import FieldProblem
from registry.domain.model import Stage
from registry.domain.rules import missing_for_submission, needed, questions, required
from registry.domain.standard import CODES, STANDARD, Field, Kind, Need
from registry.domain.use_case import UseCaseDraft, UseCaseText

# More bytes than the most detailed shape that is taken.
_LARGEST_SHAPE = 1_000_000
_DATES = frozenset({Kind.DAY, Kind.DATE})
_TICKED = frozenset({Kind.CHOICES, Kind.PROBLEMS})
_LONGEST = {
    Kind.LINE: 200,
    Kind.PARAGRAPH: 2000,
    Kind.LONG: 10_000,
    Kind.URL: 2000,
}
# Of short rows more than one empty is shown: they are mostly filled in together.
_SHORT_ROW = 2
# An example of a code is for spreadsheets; here the list itself is in sight.
_WITHOUT_EXAMPLE = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.PROBLEMS, Kind.ROWS, Kind.FILE})


@dataclass(frozen=True, slots=True)
class Question:
    """A field as it is asked, in the reader's language.

    `required`: no submission without it now; `later`: once the application is in operation;
    `expected`: the reviewer will ask. `first`: shown before the others of its section.
    """

    name: str
    kind: Kind
    label: str
    help: str
    example: str
    longest: int
    options: tuple[tuple[str, str], ...]
    most: int
    parts: tuple["Question", ...] = ()
    required: bool = False
    expected: bool = False
    first: bool = False
    later: bool = False
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A section of the form: the questions one cannot do without, and the others."""

    key: str
    name: str
    first: tuple[Question, ...]
    others: tuple[Question, ...]

    @property
    def wanting(self) -> int:
        """How many answers a submission still needs."""
        return sum(q.required and not q.answered for q in self.first)

    @property
    def expected(self) -> int:
        """How many more the reviewer will ask for."""
        return sum(q.expected and not q.answered for q in (*self.first, *self.others))

    @property
    def answered(self) -> int:
        return sum(q.answered for q in (*self.first, *self.others))

    @property
    def status(self) -> str:
        """How far the section has come, in a few words."""
        if self.wanting:
            return _missing(self.wanting)
        if self.expected:
            return _expected(self.expected)
        return gettext("complete") if self.answered else gettext("optional")

    def opens(self, errors: Collection[str]) -> bool:
        """Whether the others are unfolded: nothing answered or wrong is hidden."""
        wrong = {pointer.split("/")[1] for pointer in errors}
        return any(q.answered or q.name in wrong for q in self.others)


def _missing(count: int) -> str:
    found = ngettext("%(num)s answer missing", "%(num)s answers missing", count)
    return found % {"num": count}


def _expected(count: int) -> str:
    found = ngettext(
        "%(num)s the reviewer will ask for", "%(num)s the reviewer will ask for", count
    )
    return found % {"num": count}


def groups(draft: UseCaseText, today: date, *, without: Collection[str] = ()) -> list[Group]:
    """The form for a draft, as far as it has come; fields of `without` are not asked."""
    current = draft.upgraded()
    missing = {field_of(p) for p in missing_for_submission(current, today)}
    needed_now = required(current, today) | missing
    sooner_or_later = _ever_required(today)
    found = []
    for section in STANDARD.sections:
        asked = [
            _question(
                field,
                current,
                required=field.name in needed_now,
                wanting=field.name in missing,
                sooner_or_later=field.name in sooner_or_later,
            )
            for field in section.fields
            if field.name not in without
        ]
        first = tuple(q for q in asked if q.first)
        others = tuple(q for q in asked if not q.first)
        found.append(Group(section.key, said(section.name), first, others))
    return found


def hints(draft: UseCaseText) -> dict[str, str]:
    """Answers that a reviewer will ask about, by pointer."""
    return {problem.pointer: sentence(problem) for problem in questions(draft)}


def typed(form: Mapping[str, Any]) -> dict[str, Any]:
    """The whole form as it was typed, without its empty rows."""
    return {field.name: _typed(form, field) for field in STANDARD.fields}


def shapes(sent: Submission) -> tuple[dict[str, str], list[FieldProblem]]:
    """The texts of a form's GeoJSON files by their fields, and what is wrong with the files."""
    texts: dict[str, str] = {}
    problems = []
    for field in STANDARD.fields:
        file = sent.file(f"read-{field.name}") if field.kind is Kind.AREA else None
        if file is None:
            continue
        content = file.content.read(_LARGEST_SHAPE + 1)
        if len(content) > _LARGEST_SHAPE:
            largest = {"megabytes": str(_LARGEST_SHAPE // 1_000_000)}
            problems.append(FieldProblem(f"/{field.name}", "file_too_large", largest))
            continue
        try:
            texts[field.name] = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            problems.append(FieldProblem(f"/{field.name}", "geometry_unreadable"))
    return texts, problems


def stored(draft: UseCaseText) -> dict[str, Any]:
    """A stored draft as its author would have typed it."""
    content = draft.upgraded().content()
    return {field.name: _as_typed(field, content[field.name]) for field in STANDARD.fields}


def given(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, as the draft reads it."""
    return {field.name: _given(field, answers[field.name]) for field in STANDARD.fields}


def flat(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, by the names of the form's fields: `stages-0-since`."""
    cells = {
        f"{field.name}-{index}-{part}": cell
        for field in STANDARD.fields
        if field.kind is Kind.ROWS
        for index, row in enumerate(answers[field.name])
        for part, cell in row.items()
    }
    return {**answers, **cells}


def files_named(answers: Mapping[str, Any]) -> set[str]:
    """What was typed, or put there by the form, as hashes of files."""
    return {
        row[part.name]
        for field in STANDARD.fields
        for part in field.parts
        if part.kind is Kind.FILE
        for row in answers[field.name]
    }


def row_counts(answers: Mapping[str, Any], asked: Iterable[Group]) -> dict[str, int]:
    """How many rows each field of rows shows: those typed and some to type in."""
    return {
        q.name: min(len(answers[q.name]) + (2 if len(q.parts) <= _SHORT_ROW else 1), q.most)
        for group in asked
        for q in (*group.first, *group.others)
        if q.kind is Kind.ROWS
    }


def place(problem: FieldProblem) -> str:
    """The id of the element of the form where a problem is put right."""
    return field_of(problem) if _in_one_box(problem) else problem.pointer[1:].replace("/", "-")


def places(form: Mapping[str, Any], problems: Iterable[FieldProblem]) -> list[tuple[str, str]]:
    """The id of the field in the form as it stands, empty rows and all, and what is wrong there."""
    names = field_names()
    found = []
    for problem in problems:
        name, *rest = problem.pointer[1:].split("/")
        field = next((f for f in STANDARD.fields if f.name == name), None)
        if field is not None and field.kind is Kind.ROWS and rest:
            numbers = forms.row_numbers(form, name, [part.name for part in field.parts])
            rest[0] = str(numbers[int(rest[0])])
        elif _in_one_box(problem):
            rest = []
        found.append(("-".join([name, *rest]), f"{names.get(name, name)}: {sentence(problem)}"))
    return found


def sentences(problems: Iterable[FieldProblem]) -> dict[str, str]:
    """What is wrong, by the pointer of the field where it is said: one box holds all lines."""
    return forms.sentences(
        FieldProblem(f"/{field_of(p)}", p.code, p.params) if _in_one_box(p) else p for p in problems
    )


def _in_one_box(problem: FieldProblem) -> bool:
    return any(f.name == field_of(problem) and f.kind is Kind.LINES for f in STANDARD.fields)


def _ever_required(today: date) -> frozenset[str]:
    """What no submission can do without once the application is in operation."""
    running = UseCaseDraft.read(
        {"stages": [{"stage": Stage.OPERATIONAL, "since": today.isoformat()}]}
    )
    return required(UseCaseDraft(), today) | required(running, today)


def _question(
    field: Field, draft: UseCaseText, *, required: bool, wanting: bool, sooner_or_later: bool
) -> Question:
    return replace(
        _plain(field),
        parts=tuple(_plain(part) for part in field.parts),
        required=required,
        expected=needed(draft, field) is Need.EXPECTED,
        first=required or sooner_or_later,
        later=sooner_or_later and not required,
        answered=bool(draft.get(field.name)) and not wanting,
    )


def _plain(field: Field) -> Question:
    return Question(
        name=field.name,
        kind=field.kind,
        label=said(field.label),
        help=said(field.help),
        example="" if field.kind in _WITHOUT_EXAMPLE else _example(field),
        longest=_LONGEST.get(field.kind, 200),
        options=_options(field),
        most=field.most,
    )


def _options(field: Field) -> tuple[tuple[str, str], ...]:
    if not field.codes:
        return ()
    return tuple((code.value, label(code)) for code in CODES[field.codes])


def _example(field: Field) -> str:
    example = pick(field.example.vi, field.example.en)
    return str(_as_typed(field, example)) if example else ""


def _typed(form: Mapping[str, Any], field: Field) -> Any:
    if field.kind in _TICKED:
        return forms.texts(form, field.name)
    if field.kind is Kind.ROWS:
        return forms.rows(form, field.name, [part.name for part in field.parts])
    return forms.text(form, field.name)


def _as_typed(field: Field, value: Any) -> Any:
    if field.kind is Kind.ROWS:
        return [
            {part.name: _as_typed(part, row[part.name]) for part in field.parts} for row in value
        ]
    if field.kind in _TICKED:
        return list(value)
    if value is None:
        return ""
    if field.kind in _DATES:
        return forms.typed_date(value)
    if field.kind is Kind.NUMBER:
        return forms.typed_number(value)
    if field.kind is Kind.LINES:
        return value if isinstance(value, str) else "\n".join(value)
    if field.kind is Kind.AREA:
        return json.dumps(value, separators=(",", ":"))
    return value


def _given(field: Field, answer: Any) -> Any:
    if field.kind is Kind.ROWS:
        return [dict(_row(field, row)) for row in answer]
    if field.kind in _DATES:
        return forms.iso_date(answer)
    if field.kind is Kind.NUMBER:
        return forms.plain_number(answer)
    if field.kind is Kind.LINES:
        return [line for line in answer.splitlines() if line.strip()]
    return answer


def _row(field: Field, row: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Only what was filled in: a blank is then missing, and not a wrong value."""
    for part in field.parts:
        if row[part.name].strip():
            yield part.name, _given(part, row[part.name])
