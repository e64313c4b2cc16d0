"""The metadata standard of a use case, as data for programs: fields, words, code lists, rules."""

import json
from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import AfterValidator, WithJsonSchema

from api.answers import Content, as_json, public
from api.audience import Audience, open_to
from api.deps import Db, Now
from api.openapi import SCHEMA_JSON, JsonSchema, reading
from api.v1.shapes import Shape
from registry.domain.errors import NotFound
from registry.domain.model import Stage
from registry.domain.standard import (
    CURRENT,
    NO_WORDS,
    STANDARDS,
    Field,
    Kind,
    Need,
    Outcome,
    Standard,
    Words,
    code_lists,
)
from registry.domain.use_case import MODELS
from registry.queries.moments import moment

router = APIRouter(tags=["standards"], dependencies=[open_to(Audience.PUBLIC)])


class Bilingual(Shape):
    vi: str
    en: str


class Part(Shape):
    """One question. `need` holds from the stage `need_from` on, or always; before, the field is
    optional. `code_list` names one of the standard's code lists."""

    name: str
    kind: Kind
    label: Bilingual
    help: Bilingual | None
    example: Bilingual | None
    need: Need
    need_from: Stage | None
    code_list: str | None


class Question(Part):
    """A field of the text. `parts` are the columns of its rows; `most` is how many rows or lines
    it takes; a city may withhold it from the public if `withholdable`."""

    parts: list[Part]
    most: int | None
    withholdable: bool


class SectionShape(Shape):
    key: str
    name: Bilingual
    fields: list[Question]


class Term(Shape):
    code: str
    label: Bilingual


class RuleShape(Shape):
    """What one answer makes of another: nothing is submitted against it, or the reviewer asks."""

    fields: list[str]
    code: str
    outcome: Outcome
    words: Bilingual


class StandardSummary(Shape):
    version: str
    name: Bilingual
    in_force_from: date
    follows: str | None
    current: bool


class StandardList(Shape):
    items: list[StandardSummary]


class StandardShape(StandardSummary):
    """`renamed` says under which name a field of the version that it `follows` goes on."""

    sections: list[SectionShape]
    problem: list[Question]
    rules: list[RuleShape]
    code_lists: dict[str, list[Term]]
    renamed: dict[str, str]


def _known(text: str) -> str:
    if text not in STANDARDS:
        raise NotFound
    return text


_SCHEMA = WithJsonSchema({"type": "string", "enum": list(STANDARDS)})
Known = Annotated[str, Path(), AfterValidator(_known), _SCHEMA]


@router.get("/standards", response_model=StandardList, responses=reading())
def every(request: Request, db: Db, now: Now) -> Response:
    """All versions, the oldest first. What was written by one stays readable by it."""
    return public(
        request,
        moment(db, now),
        lambda: as_json(
            StandardList(
                items=[StandardSummary.model_validate(_facts(s)) for s in STANDARDS.values()]
            )
        ),
    )


@router.get(
    "/standards/{version}",
    response_model=StandardShape,
    responses=reading(HTTPStatus.NOT_FOUND),
)
def one(request: Request, db: Db, now: Now, version: Known) -> Response:
    """One version: what is asked, in which words, from which code lists, by which rules."""
    return public(request, moment(db, now), lambda: as_json(_whole(STANDARDS[version])))


@router.get(
    "/standards/{version}/schema.json",
    response_class=JsonSchema,
    responses=reading(HTTPStatus.NOT_FOUND),
)
def schema(request: Request, db: Db, now: Now, version: Known) -> Response:
    """The text of a use case as JSON Schema (2020-12). A draft may leave anything empty; what a
    submission needs is told by `need` and `rules` of the standard."""

    def answer() -> Content:
        found = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": str(request.url.replace(query=None)),
            **MODELS[version].model_json_schema(),
            "title": STANDARDS[version].name.en,
        }
        return Content(json.dumps(found, ensure_ascii=False).encode(), SCHEMA_JSON)

    return public(request, moment(db, now), answer)


def _facts(standard: Standard) -> dict[str, object]:
    return {
        "version": standard.version,
        "name": _both(standard.name),
        "in_force_from": standard.in_force_from,
        "follows": standard.follows,
        "current": standard.version == CURRENT,
    }


def _whole(standard: Standard) -> StandardShape:
    return StandardShape.model_validate(
        {
            **_facts(standard),
            "sections": [
                {
                    "key": section.key,
                    "name": _both(section.name),
                    "fields": [_question(field) for field in section.fields],
                }
                for section in standard.sections
            ],
            "problem": [_question(field) for field in standard.problem],
            "rules": standard.rules,
            "code_lists": {
                name: [
                    {"code": code.value, "label": _both(words)}
                    for code, words in codes.terms.items()
                ]
                for name, codes in code_lists(standard).items()
            },
            "renamed": dict(standard.renamed),
        }
    )


def _question(field: Field) -> Question:
    several = field.kind in {Kind.ROWS, Kind.LINES, Kind.PROBLEMS}
    return Question.model_validate(
        {
            **_part(field),
            "parts": [Part.model_validate(_part(part)) for part in field.parts],
            "most": field.most if several else None,
            "withholdable": field.withholdable,
        }
    )


def _part(field: Field) -> dict[str, object]:
    return {
        "name": field.name,
        "kind": field.kind,
        "label": _both(field.label),
        "help": _both_or_none(field.help),
        "example": _both_or_none(field.example),
        "need": field.need,
        "need_from": field.start,
        "code_list": field.codes or None,
    }


def _both(words: Words) -> Bilingual:
    return Bilingual.model_validate(words)


def _both_or_none(words: Words) -> Bilingual | None:
    return None if words == NO_WORDS else _both(words)
