"""The text of a use case: a model for each version of the metadata standard, made from its data.

`UseCaseText` declares the fields that rules of the register read; every version has them. A draft
may be incomplete, down to half-filled rows: what a submission lacks is said by `rules`.
"""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import Field as Described
from pydantic import create_model
from pydantic.fields import FieldInfo

from registry.domain.counting import StageEntry
from registry.domain.kinds import (
    AreaValue,
    Day,
    Draft,
    FileHash,
    Line,
    LongText,
    NoDoubles,
    Number,
    OptionalWebAddress,
    OrNone,
    Paragraph,
    When,
)
from registry.domain.model import Stage, Technique
from registry.domain.standard import CODES, CURRENT, STANDARDS, Field, Kind, Standard


class StageDraft(Draft):
    stage: Annotated[Stage | None, OrNone] = None
    since: Annotated[When | None, OrNone] = None

    def entry(self) -> StageEntry | None:
        """The row as the rule reads it; None while half of it is missing."""
        if self.stage is None or self.since is None:
            return None
        return StageEntry(self.stage, self.since)


class EvidenceDraft(Draft):
    """An official link or a file that shows the application operating."""

    url: OptionalWebAddress = ""
    file: FileHash = ""
    title: Line = ""
    published: Annotated[When | None, OrNone] = None


_ROWS: Mapping[str, type[Draft]] = {
    "stages": StageDraft,
    "evidence": EvidenceDraft,
}


class UseCaseText(Draft):
    """The text of one version of a use case, by any version of the standard."""

    standard: ClassVar[Standard]

    title: Line = ""
    title_en: Line = ""
    summary: Paragraph = ""
    summary_en: Paragraph = ""
    problem_ids: tuple[UUID, ...] = ()
    solution: LongText = ""
    techniques: tuple[Technique, ...] = ()
    technique_detail: Paragraph = ""
    provider: Line = ""
    stages: tuple[StageDraft, ...] = ()
    evidence: tuple[EvidenceDraft, ...] = ()
    describes_from: Annotated[Day | None, OrNone] = None

    def get(self, name: str) -> Any:
        """A field's value; None where this version of the standard does not have it."""
        return getattr(self, name, None)

    def content(self) -> dict[str, Any]:
        """The canonical JSON value that is stored, hashed and compared."""
        return self.model_dump(mode="json")

    def stage_entries(self) -> tuple[StageEntry, ...]:
        return tuple(entry for row in self.stages if (entry := row.entry()) is not None)

    def upgraded(self) -> "UseCaseText":
        """The same text by the current standard: what was renamed is found under its new name."""
        content = self.content()
        for later in _after(self.standard.version):
            content = {later.renamed.get(name, name): value for name, value in content.items()}
        return read_text(CURRENT, content)

    def withheld_on(self, day: date) -> dict[str, Draft]:
        """The fields that the public may not read on a day, with their legal ground."""
        return {
            str(row.field): row
            for row in self.get("withheld") or ()
            if row.field is not None and row.until is not None and day <= row.until
        }

    def published_on(self, day: date) -> Self:
        """The text as the public reads it on a day (in Viet Nam)."""
        fields = type(self).model_fields
        hidden = {name: fields[name].default for name in self.withheld_on(day)}
        return self.model_copy(update=hidden) if hidden else self


def read_text(standard: str, content: Any) -> UseCaseText:
    """Reads a text by the version of the standard it was written by. Raises InvalidInput."""
    return MODELS[standard].read(content)


def _after(version: str) -> list[Standard]:
    """The versions after one, oldest first."""
    later: list[Standard] = []
    standard: Standard | None = STANDARDS[CURRENT]
    while standard is not None and standard.version != version:
        later.insert(0, standard)
        standard = STANDARDS[standard.follows] if standard.follows else None
    return later


_TEXT: Mapping[Kind, tuple[Any, Any]] = {
    Kind.LINE: (Line, ""),
    Kind.PARAGRAPH: (Paragraph, ""),
    Kind.LONG: (LongText, ""),
    Kind.URL: (OptionalWebAddress, ""),
    Kind.FILE: (FileHash, ""),
    Kind.DAY: (Annotated[Day | None, OrNone], None),
    Kind.DATE: (Annotated[When | None, OrNone], None),
    Kind.NUMBER: (Annotated[Number | None, OrNone], None),
    Kind.AREA: (Annotated[AreaValue | None, OrNone], None),
}


def _described(field: Field) -> tuple[Any, FieldInfo]:
    """A field's type and default, with its words for the API's schema."""
    kind: Any
    default: Any = ()
    match field.kind:
        case Kind.CHOICE:
            kind, default = Annotated[CODES[field.codes] | None, OrNone], None
        case Kind.CHOICES:
            codes = CODES[field.codes]
            kind = _several(codes, len(codes))
        case Kind.PROBLEMS:
            kind = _several(UUID, field.most)
        case Kind.LINES:
            kind = _several(Annotated[Line, Described(min_length=1)], field.most)
        case Kind.ROWS:
            rows: Any = tuple[_row(field), ...]  # type: ignore[misc] # a model made from data
            kind = Annotated[rows, Described(max_length=field.most)]
        case plain:
            kind, default = _TEXT[plain]
    about = " ".join(filter(None, (f"{field.label.en}.", field.help.en)))
    info: FieldInfo = Described(default=default, title=field.label.vi, description=about)
    return kind, info


def _several(kind: Any, most: int) -> Any:
    return Annotated[tuple[kind, ...], Described(max_length=most), NoDoubles]


def _row(field: Field) -> type[Draft]:
    fixed = _ROWS.get(field.name)
    if fixed is not None:
        return fixed
    parts: dict[str, Any] = {part.name: _described(part) for part in field.parts}
    name = "".join(part.capitalize() for part in field.name.split("_"))
    return create_model(f"{name}Row", __base__=Draft, **parts)


def _model(standard: Standard) -> type[UseCaseText]:
    fields: dict[str, Any] = {field.name: _described(field) for field in standard.fields}
    name = "UseCaseDraft" if standard.version == CURRENT else f"UseCase_{standard.version}"
    made = create_model(name, __base__=UseCaseText, __doc__=standard.name.en, **fields)
    made.standard = standard
    return made


MODELS: Mapping[str, type[UseCaseText]] = {
    version: _model(standard) for version, standard in STANDARDS.items()
}

# What people write today. Its fields beyond the declared ones are data, unknown to type checkers.
if TYPE_CHECKING:
    UseCaseDraft = UseCaseText
else:
    UseCaseDraft = MODELS[CURRENT]
