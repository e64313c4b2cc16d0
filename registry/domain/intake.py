"""What people send: one model for the form, the JSON body and the spreadsheet row.

The text of a use case has its own room, `use_case`; its fields are data (`standard`).
"""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from registry.domain.deciding import AI_IS_USED, CRITERIA
from registry.domain.errors import FieldProblem
from registry.domain.kinds import (
    Day,
    Draft,
    FileHash,
    Line,
    NoDoubles,
    OptionalWebAddress,
    Paragraph,
    When,
    blank_to_none,
)
from registry.domain.messages import Language, sendable
from registry.domain.model import (
    COMMENTED_DECISIONS,
    DATED_DECISIONS,
    REASON_REQUIRED,
    Action,
    BasisKind,
    ProblemArea,
    Role,
    Stage,
    YearStatus,
)
from registry.domain.standard import STANDARD

# As long as mail knows them (RFC 5321); the index of failures could not hold any length.
LONGEST_ADDRESS = 254


def _mail_address(text: str) -> str:
    if not sendable(text):
        raise PydanticCustomError("not_a_mail_address", "not a mail address")
    return text


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


class YearDraft(Draft):
    """A city's own word for one year (Decision 699, reporting form)."""

    year: Annotated[int, Field(ge=2020, le=2100)]
    status: YearStatus
    note: Paragraph = ""


class StageReportDraft(Draft):
    """The city's word that a live application is suspended or retired, and from which day."""

    stage: Literal[Stage.SUSPENDED, Stage.RETIRED]
    effective_on: Day
    reason: Annotated[Paragraph, Field(min_length=1)]


class AttestationDraft(Draft):
    """The city's word that the text of its live version is still true."""

    version: Annotated[int, Field(ge=1, le=1_000_000)]
    note: Paragraph = ""


class CriterionDraft(Draft):
    """What the reviewer judges of one criterion of the counting rule."""

    criterion: Annotated[int, Field(ge=CRITERIA.start, lt=CRITERIA.stop)]
    met: Annotated[bool | None, BeforeValidator(blank_to_none)] = Field(
        default=None, description="Empty: as the register found it."
    )
    note: Paragraph = ""


class CommentDraft(Draft):
    """What the city should put right in one field of the standard."""

    field: Annotated[Line, Field(min_length=1)]
    text: Annotated[Paragraph, Field(min_length=1)]


class DecisionDraft(Draft):
    """The words of a decision; which parts it needs depends on the action."""

    reason: Paragraph = ""
    reason_codes: Annotated[
        tuple[Line, ...],
        Field(max_length=20, description="From the list of reasons in force for this action."),
    ] = ()
    criteria: Annotated[tuple[CriterionDraft, ...], Field(max_length=len(CRITERIA))] = ()
    comments: Annotated[
        tuple[CommentDraft, ...],
        Field(max_length=100, description="Field by field; only the city and the ministry see it."),
    ] = ()
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
    found += _criteria_problems(action, draft) + _comment_problems(action, draft)
    dated = draft.effective_from is not None
    if action in DATED_DECISIONS - {Action.APPROVE}:
        if dated == draft.from_the_start:
            found.append(FieldProblem("/effective_from", "day_or_from_the_start"))
    elif dated or draft.from_the_start:
        found.append(FieldProblem("/effective_from", "not_for_this_action"))
    return found


def _criteria_problems(action: Action, draft: DecisionDraft) -> list[FieldProblem]:
    found = []
    numbers = [answer.criterion for answer in draft.criteria]
    for place, answer in enumerate(draft.criteria):
        if answer.criterion in numbers[:place]:
            found.append(FieldProblem(f"/criteria/{place}/criterion", "repeated"))
        confirms = action is Action.APPROVE and answer.criterion == AI_IS_USED
        if confirms and answer.met is not None and answer.met != draft.ai_confirmed:
            found.append(FieldProblem(f"/criteria/{place}/met", "not_as_confirmed"))
    return found


def _comment_problems(action: Action, draft: DecisionDraft) -> list[FieldProblem]:
    if draft.comments and action not in COMMENTED_DECISIONS:
        return [FieldProblem("/comments", "not_for_this_action")]
    known = {field.name for field in STANDARD.fields}
    return [
        FieldProblem(f"/comments/{place}/field", "unknown_choice")
        for place, comment in enumerate(draft.comments)
        if comment.field not in known
    ]


class SubmissionDraft(Draft):
    """The official letter by which a city hands a version to the ministry.

    The register keeps the SHA-256 of the signed PDF; it does not check the signature.
    """

    letter_number: Annotated[Line, Field(min_length=1)]
    letter_date: Day
    letter_file: FileHash = ""


class WithdrawalDraft(Draft):
    reason: Annotated[Paragraph, Field(min_length=1)]


class HandOverDraft(Draft):
    """What an editor tells the signers of a draft."""

    note: Paragraph = ""


class HandBackDraft(Draft):
    """A word for colleagues; neither the city nor the public reads it."""

    note: Paragraph = ""


class AssignmentDraft(HandBackDraft):
    """Which reviewer is to have an entry."""

    reviewer: UUID


class RoleDraft(Draft):
    """A role; those of a city name it, the others name none."""

    role: Role
    city_code: Line = ""


class MoveDraft(Draft):
    """Somebody leaves a unit for another; a unit is a city by its code, or "" for the ministry."""

    from_city_code: Line = ""
    city_code: Line = ""
    roles: Annotated[tuple[Role, ...], Field(min_length=1), NoDoubles]


class InvitationDraft(RoleDraft):
    """Who is to have an account, and with which role."""

    email: Annotated[Line, Field(max_length=LONGEST_ADDRESS), AfterValidator(_mail_address)]
    name: Annotated[Line, Field(min_length=1)]
    language: Language = Language.VI


class SpanDraft(Draft):
    """From which day and until which, both included; either may be left open."""

    since: Annotated[Day | None, BeforeValidator(blank_to_none)] = None
    until: Annotated[Day | None, BeforeValidator(blank_to_none)] = None


class ProblemWithdrawalDraft(WithdrawalDraft):
    withdrawn_on: Day
