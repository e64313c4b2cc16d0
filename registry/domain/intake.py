"""What people send: one model for the form, the JSON body and (later) the spreadsheet row.

A draft may be incomplete; `missing_for_submission` names what a reviewer would miss.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from registry.domain.counting import StageEntry
from registry.domain.dates import PartialDate
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.model import (
    DATED_DECISIONS,
    REASON_REQUIRED,
    Action,
    BasisKind,
    ProblemArea,
    Stage,
    Technique,
    YearStatus,
)

STANDARD = "0.1"


def _clean(value: Any) -> Any:
    """Composes and trims; Vietnamese arrives decomposed from some systems (NFD)."""
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t" for c in text):
        raise PydanticCustomError("control_character", "control character")
    return text


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        valid = False
    if not valid or any(c.isspace() for c in text):
        raise PydanticCustomError("not_a_web_address", "not a web address")
    return parts.scheme + text[len(parts.scheme) :]


def _optional_web_address(text: str) -> str:
    return _web_address(text) if text else text


def _partial_date(value: Any) -> Any:
    if isinstance(value, PartialDate):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("not_a_date", "not a date")
    try:
        return PartialDate.parse(value)
    except ValueError:
        raise PydanticCustomError("not_a_date", "not a date") from None


def _day(value: Any) -> Any:
    """A whole date: without this pydantic takes a number for seconds since 1970."""
    if type(value) is date:
        return value
    when = _partial_date(value)
    if when.earliest != when.latest:
        raise PydanticCustomError("not_a_date", "not a date")
    return when.earliest


def blank_to_none(value: Any) -> Any:
    """An empty field of a form says nothing."""
    return None if isinstance(value, str) and not value.strip() else value


Line = Annotated[str, Field(max_length=200), BeforeValidator(_clean)]
Paragraph = Annotated[str, Field(max_length=2000), BeforeValidator(_clean)]
LongText = Annotated[str, Field(max_length=10000), BeforeValidator(_clean)]
WebAddress = Annotated[
    str, Field(max_length=2000), BeforeValidator(_clean), AfterValidator(_web_address)
]
OptionalWebAddress = Annotated[
    str, Field(max_length=2000), BeforeValidator(_clean), AfterValidator(_optional_web_address)
]
Day = Annotated[date, BeforeValidator(_day)]
When = Annotated[
    PartialDate,
    BeforeValidator(_partial_date),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$",
            "description": "ISO 8601 with reduced precision: YYYY, YYYY-MM or YYYY-MM-DD",
            "examples": ["2024", "2024-06", "2024-06-15"],
        }
    ),
]


class Draft(BaseModel):
    """Base of all input: unknown fields are refused, never ignored."""

    model_config = ConfigDict(
        extra="forbid", arbitrary_types_allowed=True, frozen=True, validate_default=False
    )

    @classmethod
    def read(cls, data: Any) -> Self:
        """Validates `data`. Raises InvalidInput naming every place."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise InvalidInput(field_problems(error)) from None


class ProblemDraft(Draft):
    """A pressing problem, and the document by which the city chose it."""

    area: ProblemArea
    title: Annotated[Line, Field(min_length=1)]
    title_en: Line = ""
    statement: Annotated[Paragraph, Field(min_length=1)]
    declared_on: When
    basis_kind: BasisKind
    basis_number: Line = ""
    basis_date: Annotated[When | None, BeforeValidator(blank_to_none)] = None
    basis_url: OptionalWebAddress = ""

    @model_validator(mode="after")
    def _basis_is_findable(self) -> Self:
        if not self.basis_number and not self.basis_url:
            raise PydanticCustomError("basis_not_findable", "number or link needed")
        return self


class StageDraft(Draft):
    stage: Stage
    since: When

    def entry(self) -> StageEntry:
        return StageEntry(self.stage, self.since)


class EvidenceDraft(Draft):
    """An official link that shows the application operating."""

    url: WebAddress
    title: Annotated[Line, Field(min_length=1)]
    published: Annotated[When | None, BeforeValidator(blank_to_none)] = None


class UseCaseDraft(Draft):
    """The text of one version of a use case."""

    title: Line = ""
    title_en: Line = ""
    summary: Paragraph = ""
    summary_en: Paragraph = ""
    problem_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()
    solution: LongText = ""
    techniques: Annotated[tuple[Technique, ...], Field(max_length=len(Technique))] = ()
    technique_detail: Paragraph = ""
    operator: Line = ""
    provider: Line = ""
    application_area: Paragraph = ""
    stages: Annotated[tuple[StageDraft, ...], Field(max_length=12)] = ()
    evidence: Annotated[tuple[EvidenceDraft, ...], Field(max_length=20)] = ()
    public_contact: Line = ""
    describes_from: Annotated[Day | None, BeforeValidator(blank_to_none)] = Field(
        default=None,
        description="The day from which this text is true; null: from the start. A later version"
        " leaves the days before it as the earlier one described them.",
    )

    @model_validator(mode="after")
    def _no_doubles(self) -> Self:
        if len(set(self.problem_ids)) < len(self.problem_ids):
            raise PydanticCustomError("repeated_problem", "the same problem twice")
        if len(set(self.techniques)) < len(self.techniques):
            raise PydanticCustomError("repeated_technique", "the same technique twice")
        return self

    def content(self) -> dict[str, Any]:
        """The canonical JSON value that is stored, hashed and compared."""
        return self.model_dump(mode="json")

    def stage_entries(self) -> tuple[StageEntry, ...]:
        return tuple(s.entry() for s in self.stages)


class YearDraft(Draft):
    """A city's own word for one year (Decision 699, reporting form)."""

    year: Annotated[int, Field(ge=2020, le=2100)]
    status: YearStatus
    note: Paragraph = ""


class DecisionDraft(Draft):
    """The words of a decision; which parts it needs depends on the action."""

    reason: Paragraph = ""
    ai_confirmed: bool = False
    effective_from: Annotated[Day | None, BeforeValidator(blank_to_none)] = Field(
        default=None,
        description="The day from which a suspension, revocation or reinstatement holds.",
    )
    from_the_start: bool = Field(
        default=False, description="Instead of a day: it holds for all days."
    )


def decision_problems(action: Action, draft: DecisionDraft) -> list[FieldProblem]:
    """What a decision lacks or has too much for its action."""
    found = []
    if action in REASON_REQUIRED and not draft.reason:
        found.append(FieldProblem("/reason", "required"))
    if draft.ai_confirmed and action is not Action.APPROVE:
        found.append(FieldProblem("/ai_confirmed", "not_for_this_action"))
    dated = draft.effective_from is not None
    if action in DATED_DECISIONS - {Action.APPROVE}:
        if dated == draft.from_the_start:
            found.append(FieldProblem("/effective_from", "day_or_from_the_start"))
    elif dated or draft.from_the_start:
        found.append(FieldProblem("/effective_from", "not_for_this_action"))
    return found


class WithdrawalDraft(Draft):
    reason: Annotated[Paragraph, Field(min_length=1)]


class ProblemWithdrawalDraft(WithdrawalDraft):
    withdrawn_on: Day


def missing_for_submission(draft: UseCaseDraft, today: date) -> list[FieldProblem]:
    """What keeps a draft from being submitted; empty when nothing does.

    `today` is the date in Viet Nam.
    """
    found = [
        FieldProblem(f"/{name}", "required")
        for name in ("title", "summary", "solution", "operator")
        if not getattr(draft, name)
    ]
    found += [
        FieldProblem(f"/{name}", "choose_one")
        for name in ("problem_ids", "techniques", "stages")
        if not getattr(draft, name)
    ]
    if Technique.OTHER in draft.techniques and not draft.technique_detail:
        found.append(FieldProblem("/technique_detail", "required"))
    if draft.describes_from is not None and draft.describes_from > today:
        found.append(FieldProblem("/describes_from", "in_the_future"))
    return found + _stage_problems(draft, today)


def _stage_problems(draft: UseCaseDraft, today: date) -> list[FieldProblem]:
    found = []
    for index, entry in enumerate(draft.stages):
        pointer = f"/stages/{index}/since"
        if any(entry.since.latest < earlier.since.earliest for earlier in draft.stages[:index]):
            found.append(FieldProblem(pointer, "stage_before_previous"))
        if entry.stage is not Stage.PLANNED and entry.since.earliest > today:
            found.append(FieldProblem(pointer, "in_the_future"))
    operational = any(s.stage is Stage.OPERATIONAL for s in draft.stages)
    if operational and not draft.evidence:
        found.append(FieldProblem("/evidence", "operational_needs_evidence"))
    return found


def field_problems(error: ValidationError) -> list[FieldProblem]:
    """Pydantic's findings as ours: pointer, code, values for the sentence."""
    return field_problems_of(error.errors(include_url=False, include_input=False))


def field_problems_of(found: Iterable[Mapping[str, Any]], skip: int = 0) -> list[FieldProblem]:
    """The same for findings taken apart already; `skip` leading parts of each place are dropped."""
    return [
        FieldProblem(
            "".join(f"/{_escaped(part)}" for part in item["loc"][skip:]),
            _CODES.get(item["type"], item["type"]),
            {k: str(v) for k, v in item.get("ctx", {}).items() if k in _PARAMS},
        )
        for item in found
    ]


def _escaped(part: int | str) -> str:
    """A step of a JSON Pointer (RFC 6901)."""
    return str(part).replace("~", "~0").replace("/", "~1")


_PARAMS = {"max_length", "min_length", "ge", "le", "expected"}
_CODES: dict[str, str] = {
    "missing": "required",
    "string_too_short": "required",
    "too_short": "required",
    "string_unicode": "control_character",
    "enum": "unknown_choice",
    "extra_forbidden": "unknown_field",
    "string_type": "not_text",
    "uuid_parsing": "unknown_choice",
    "uuid_type": "unknown_choice",
    "int_parsing": "not_a_number",
    "int_type": "not_a_number",
    "int_from_float": "not_a_number",
    "int_parsing_size": "not_a_number",
    "finite_number": "not_a_number",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "greater_than": "out_of_range",
    "less_than": "out_of_range",
    "bool_parsing": "not_yes_or_no",
    "bool_type": "not_yes_or_no",
    "string_too_long": "too_long",
    "too_long": "too_many",
    "tuple_type": "not_a_list",
    "list_type": "not_a_list",
    "json_invalid": "unreadable",
    "datetime_parsing": "not_a_date",
    "datetime_from_date_parsing": "not_a_date",
    "datetime_type": "not_a_date",
    "literal_error": "unknown_choice",
    "model_type": "not_an_object",
    "model_attributes_type": "not_an_object",
    "dict_type": "not_an_object",
}
