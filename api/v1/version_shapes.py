"""How the API shows a version of a use case, what was decided on it, and what can be done now."""

from datetime import date
from typing import Annotated, Any

from pydantic import WithJsonSchema

from api.v1.shapes import Instant, Shape
from registry.domain.model import Action, ReviewState
from registry.domain.readers import Done, Recorded, Seat
from registry.queries.entries import Version


class VersionSummary(Shape):
    """`content_sha256` is that of the submitted text in its canonical form (RFC 8785); the letter
    is the one by which the city submitted it: its signature is not checked here."""

    use_case: str
    city_code: str
    number: int
    state: ReviewState
    revision: int
    standard: str
    content_sha256: str | None
    submitted_at: Instant | None
    letter_number: str | None
    letter_date: date | None
    letter_sha256: str | None
    withdrawn_at: Instant | None
    withdrawn_reason: str | None
    updated_at: Instant


class VersionShape(VersionSummary):
    """`content` is the text by the standard that `standard` names, as it was submitted, without
    what is withheld from the reader (its `withheld` says which fields, why and until when)."""

    content: Annotated[
        dict[str, Any],
        WithJsonSchema({"type": "object", "description": "See /api/v1/standards/{standard}"}),
    ]


class Verdict(VersionShape):
    """The version after a decision was sent, and what was recorded: the decision, by its number; an
    opinion, which waits for another reader or the lead; that an approval was upheld; or that a
    proposal to revoke was taken back."""

    recorded: Recorded
    decision: str | None
    waits_for: Seat | None


class DecisionShape(Shape):
    """Of those on versions the reader may see: by role, not by name. `number` is that of its record
    (/api/v1/decisions/{number}); the oldest decisions have none."""

    position: int
    number: str | None
    version: int
    action: Action
    reason: str
    ai_confirmed: bool
    effective_from: date | None
    decided_at: Instant


class AvailableActions(Shape):
    state: ReviewState
    revision: int
    actions: list[Action]


def summary(version: Version) -> VersionSummary:
    return VersionSummary(**_facts(version))


def whole(version: Version) -> VersionShape:
    return VersionShape(**_facts(version), content=version.content)


def verdict(version: Version, done: Done) -> Verdict:
    return Verdict(
        **_facts(version),
        content=version.content,
        recorded=done.recorded,
        decision=None if done.number is None else str(done.number),
        waits_for=done.waits_for,
    )


def address(use_case: str, number: int) -> str:
    return f"/api/v1/use-cases/{use_case}/versions/{number}"


def _facts(version: Version) -> dict[str, object]:
    names = VersionSummary.model_fields.keys() - {"use_case"}
    return {"use_case": version.use_case_code, **{name: getattr(version, name) for name in names}}
