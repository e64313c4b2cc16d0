"""What people say about errors: who reports one, the desk that judges it, the city that answers."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from registry.domain.error_reports import (
    MOST_LINKS,
    SHORTEST_TEXT,
    Category,
    Outcome,
    links_in,
)
from registry.domain.errors import FieldProblem
from registry.domain.intake import LONGEST_ADDRESS
from registry.domain.kinds import Day, Draft, Line, OrNone, Paragraph
from registry.domain.messages import sendable
from registry.domain.standard import STANDARD

_Given = Field(min_length=1)


def _field(name: str) -> str:
    if name and name not in {field.name for field in STANDARD.fields}:
        raise PydanticCustomError("unknown_choice", "not a field of the standard")
    return name


def _told(text: str) -> str:
    if text and len(text) < SHORTEST_TEXT:
        raise PydanticCustomError(
            "too_short_to_tell", "too short", {"min_length": str(SHORTEST_TEXT)}
        )
    if links_in(text) > MOST_LINKS:
        raise PydanticCustomError("too_many_links", "links", {"max_length": str(MOST_LINKS)})
    return text


def _contact(text: str) -> str:
    if text and not sendable(text):
        raise PydanticCustomError("not_a_mail_address", "not a mail address")
    return text


class ReportDraft(Draft):
    """An error that somebody found in an entry."""

    category: Category
    field: Annotated[Line, AfterValidator(_field)] = Field(
        default="", description="Of the standard; empty: the whole entry, or none of them."
    )
    text: Annotated[Paragraph, _Given, AfterValidator(_told)]
    contact: Annotated[Line, Field(max_length=LONGEST_ADDRESS), AfterValidator(_contact)] = Field(
        default="",
        description="An e-mail address for answers; only reviewers see it, and it is deleted"
        " 30 days after the report was done with.",
    )


class AddressedReportDraft(ReportDraft):
    """A report that says what it is about: an application, with the version that was read (without
    one: the newest), or a city."""

    use_case: Line = ""
    version: Annotated[int | None, OrNone, Field(ge=1, le=1_000_000)] = None
    city: Line = ""

    def problems(self) -> list[FieldProblem]:
        if bool(self.use_case) == bool(self.city):
            return [FieldProblem("/use_case", "use_case_or_city")]
        if self.city and self.version is not None:
            return [FieldProblem("/version", "unknown_field")]
        return []

    def report(self) -> ReportDraft:
        return ReportDraft(**{name: getattr(self, name) for name in ReportDraft.model_fields})


class DismissalDraft(Draft):
    """Why nothing is done: whoever reported reads it."""

    text: Annotated[Paragraph, _Given]


class ForwardDraft(Draft):
    """The report as the city is to read it, without anything personal. `due_on`: the last day for
    its answer; without one by the policy of the desk."""

    text: Annotated[Paragraph, _Given]
    due_on: Annotated[Day | None, OrNone] = None


class ReturnDraft(ForwardDraft):
    """What the city's answer lacks, as the city is to read it, and the last day for another."""


class AnswerDraft(Draft):
    """The city's answer: it corrects the entry (in the version of this number, if there is one
    already), or the entry is right because of what `text` says."""

    outcome: Outcome
    text: Annotated[Paragraph, _Given]
    version: Annotated[int | None, OrNone, Field(ge=1, le=1_000_000)] = None


class ClosingDraft(Draft):
    """Whether the public reads of it on the entry's page, and then in which words."""

    published: bool = False
    text: Paragraph = ""

    def problems(self) -> list[FieldProblem]:
        if self.published and not self.text:
            return [FieldProblem("/text", "required")]
        return []
