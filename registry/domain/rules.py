"""The rules between the fields of a use case: what a submission lacks, what a reviewer asks. Pure.

What is needed of a single field is data (`standard`); here is only what one answer makes of
another.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from registry.domain.errors import FieldProblem
from registry.domain.model import Stage, Technique
from registry.domain.standard import Field, Kind, Need
from registry.domain.use_case import UseCaseText

# How far an application has come. One that stopped has been in operation.
_PROGRESS = {
    Stage.PLANNED: 0,
    Stage.PILOT: 1,
    Stage.OPERATIONAL: 2,
    Stage.SUSPENDED: 2,
    Stage.RETIRED: 2,
}

# Words that tell of cameras and number plates, without diacritics.
_CAMERA_WORDS = ("camera", "bien so", "khuon mat", "number plate", "licence plate", "face recogn")

# No legal ground of withholding is good for ever: it is looked at again.
_LONGEST_WITHHOLDING_YEARS = 5


def missing_for_submission(draft: UseCaseText, today: date) -> list[FieldProblem]:
    """What keeps a draft from being submitted; empty when nothing does.

    `today` is the date in Viet Nam.
    """
    return [
        problem
        for field in draft.standard.fields
        for problem in (*_missing(draft, field), *_broken(draft, field, today))
    ]


def required(draft: UseCaseText, today: date) -> frozenset[str]:
    """The fields that a submission cannot do without, as the other answers are."""
    found = {f.name for f in draft.standard.fields if needed(draft, f) is Need.REQUIRED}
    for name, rule in _RULES.items():
        field = type(draft).model_fields.get(name)
        if field is not None:
            without = draft.model_copy(update={name: field.default})
            if any(problem.pointer == f"/{name}" for problem in rule(without, today)):
                found.add(name)
    return frozenset(found)


def unanswered(draft: UseCaseText) -> list[str]:
    """The fields that are expected at the draft's stage and empty: the reviewer is shown them."""
    return [
        field.name
        for field in draft.standard.fields
        if needed(draft, field) is Need.EXPECTED and not draft.get(field.name)
    ]


def questions(draft: UseCaseText) -> list[FieldProblem]:
    """Answers that do not go together or make a reviewer ask. They hinder no submission."""
    found = []
    if str(draft.get("personal_data")) == "none" and _uses_camera(draft):
        found.append(FieldProblem("/personal_data", "camera_without_personal_data"))
    if str(draft.get("personal_data")) in {"basic", "sensitive"} and not (
        draft.get("assessment_reference")
        or any(str(row.kind) == "personal_data" for row in draft.get("impact_assessments"))
    ):
        found.append(FieldProblem("/assessment_reference", "personal_data_without_assessment"))
    risk = str(draft.get("risk_level"))
    if risk in {"high", "medium"} and not draft.get("notification_number"):
        found.append(FieldProblem("/notification_number", "risk_without_notification"))
    if risk == "high" and not draft.get("impact_assessments"):
        found.append(FieldProblem("/impact_assessments", "high_risk_without_assessment"))
    if risk in {"high", "medium", "low"} and draft.get("risk_scheme") is None:
        found.append(FieldProblem("/risk_scheme", "risk_without_scheme"))
    if str(draft.get("automation")) == "fully_automatic" and risk in {"high", "medium"}:
        found.append(FieldProblem("/automation", "risk_fully_automatic"))
    if Technique.GENERATIVE in draft.techniques and draft.get("public_notice") == "":
        found.append(FieldProblem("/public_notice", "generative_without_notice"))
    return found


def stage_reached(draft: UseCaseText) -> Stage | None:
    """The last stage that the text names."""
    return next((row.stage for row in reversed(draft.stages) if row.stage is not None), None)


def needed(draft: UseCaseText, field: Field) -> Need:
    """How much a field is asked for at the stage the draft has reached."""
    reached = stage_reached(draft)
    if field.start is None:
        return field.need
    early = reached is None or _PROGRESS[reached] < _PROGRESS[field.start]
    return Need.OPTIONAL if early else field.need


def _missing(draft: UseCaseText, field: Field) -> Iterator[FieldProblem]:
    """What the standard's data ask for."""
    value = draft.get(field.name)
    if not value and needed(draft, field) is Need.REQUIRED:
        several = field.kind in {Kind.CHOICES, Kind.PROBLEMS, Kind.ROWS, Kind.LINES}
        yield FieldProblem(f"/{field.name}", "choose_one" if several else "required")
    if field.kind is Kind.ROWS:
        for index, row in enumerate(value):
            for part in field.parts:
                if part.need is Need.REQUIRED and _blank(getattr(row, part.name)):
                    yield FieldProblem(f"/{field.name}/{index}/{part.name}", "required")


def _blank(value: Any) -> bool:
    # A result of zero is an answer.
    return value is None or value == ""


def _broken(draft: UseCaseText, field: Field, today: date) -> Iterator[FieldProblem]:
    """What the other answers ask of this field."""
    rule = _RULES.get(field.name)
    if rule is not None:
        yield from rule(draft, today)
    if field.kind is Kind.ROWS and field.name != "stages":
        yield from _row_dates(draft, field, today)


def _technique_problems(draft: UseCaseText, _today: date) -> Iterator[FieldProblem]:
    if Technique.OTHER in draft.techniques and not draft.technique_detail:
        yield FieldProblem("/technique_detail", "required")


def _first_day_problems(draft: UseCaseText, today: date) -> Iterator[FieldProblem]:
    if draft.describes_from is not None and draft.describes_from > today:
        yield FieldProblem("/describes_from", "in_the_future")


def _ward_problems(draft: UseCaseText, _today: date) -> Iterator[FieldProblem]:
    if str(draft.get("area_kind")) == "wards" and not draft.get("area_wards"):
        yield FieldProblem("/area_wards", "choose_one")


def _drawing_problems(draft: UseCaseText, _today: date) -> Iterator[FieldProblem]:
    if str(draft.get("area_kind")) == "drawn" and draft.get("area_geometry") is None:
        yield FieldProblem("/area_geometry", "required")


def _stage_problems(draft: UseCaseText, today: date) -> Iterator[FieldProblem]:
    for index, row in enumerate(draft.stages):
        if row.since is None:
            continue
        pointer = f"/stages/{index}/since"
        earlier = [other.since for other in draft.stages[:index] if other.since is not None]
        if any(row.since.latest < other.earliest for other in earlier):
            yield FieldProblem(pointer, "stage_before_previous")
        if row.stage is not Stage.PLANNED and row.since.earliest > today:
            yield FieldProblem(pointer, "in_the_future")


def _evidence_problems(draft: UseCaseText, _today: date) -> Iterator[FieldProblem]:
    operational = any(row.stage is Stage.OPERATIONAL for row in draft.stages)
    if operational and not draft.evidence:
        yield FieldProblem("/evidence", "operational_needs_evidence")
    for index, row in enumerate(draft.evidence):
        if bool(row.url) == bool(row.file):
            yield FieldProblem(f"/evidence/{index}/url", "link_or_file")


def _row_dates(draft: UseCaseText, field: Field, today: date) -> Iterator[FieldProblem]:
    for index, row in enumerate(draft.get(field.name)):
        for part in field.parts:
            if part.kind is Kind.DATE:
                when = getattr(row, part.name)
                if when is not None and when.earliest > today:
                    yield FieldProblem(f"/{field.name}/{index}/{part.name}", "in_the_future")
        start, end = getattr(row, "period_from", None), getattr(row, "period_to", None)
        if start is not None and end is not None and end.latest < start.earliest:
            yield FieldProblem(f"/{field.name}/{index}/period_to", "ends_before_it_begins")


def _withheld_problems(draft: UseCaseText, today: date) -> Iterator[FieldProblem]:
    seen = set()
    latest = today.replace(year=today.year + _LONGEST_WITHHOLDING_YEARS, day=min(today.day, 28))
    for index, row in enumerate(draft.get("withheld")):
        if row.field is not None and row.field in seen:
            yield FieldProblem(f"/withheld/{index}/field", "repeated")
        seen.add(row.field)
        if row.until is not None and not today < row.until <= latest:
            yield FieldProblem(
                f"/withheld/{index}/until",
                "withheld_too_long",
                {"max_length": str(_LONGEST_WITHHOLDING_YEARS)},
            )


_RULES: Mapping[str, Callable[[UseCaseText, date], Iterator[FieldProblem]]] = {
    "technique_detail": _technique_problems,
    "describes_from": _first_day_problems,
    "stages": _stage_problems,
    "area_wards": _ward_problems,
    "area_geometry": _drawing_problems,
    "evidence": _evidence_problems,
    "withheld": _withheld_problems,
}


def _uses_camera(draft: UseCaseText) -> bool:
    sources = {str(code) for code in draft.get("data_sources") or ()}
    said = _plain(f"{draft.title} {draft.summary} {draft.solution} {draft.technique_detail}")
    return "camera" in sources or any(word in said for word in _CAMERA_WORDS)


def _plain(text: str) -> str:
    """Without diacritics and case; đ is no accented d in Unicode."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))
