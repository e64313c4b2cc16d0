"""The metadata standard in public: the same data for people, programs and validators."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI

from registry.domain.standard import CURRENT, STANDARDS, code_lists
from tests.factories import Clock
from tests.integration.api_client import public, service, text_of_use_case
from tests.integration.visitor import visitor
from tests.postgres import Database


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as made:
        yield made


def test_programs_read_every_version_in_both_languages(app: FastAPI) -> None:
    caller = public(app)
    listed = caller.read("/standards")["items"]
    assert [item["version"] for item in listed] == list(STANDARDS)
    assert [item["version"] for item in listed if item["current"]] == [CURRENT]
    for version, standard in STANDARDS.items():
        shown = caller.read(f"/standards/{version}")
        fields = [field for section in shown["sections"] for field in section["fields"]]
        assert [f["name"] for f in fields] == [f.name for f in standard.fields]
        assert {f["code_list"] for f in fields if f["code_list"]} <= shown["code_lists"].keys()
        assert len(shown["rules"]) == len(standard.rules)
    assert shown["code_lists"]["risk_level"][0] == {
        "code": "high",
        "label": {"vi": "Rủi ro cao", "en": "High risk"},
    }


def test_an_unknown_version_is_not_found(app: FastAPI) -> None:
    for path in ("/standards/2.0", "/standards/%00", "/standards/9/schema.json"):
        assert public(app).get(path).status_code == 404
    visitor(app).open("/vi/standard/2.0", status=404)


def test_whoever_has_it_is_not_sent_it_again(app: FastAPI) -> None:
    for path in ("/api/v1/standards/1.0", "/api/v1/standards/1.0/schema.json", "/vi/standard"):
        first = public(app).client.get(path)
        again = public(app).client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code) == (200, 304)


def validator(app: FastAPI, version: str) -> Any:
    schema = public(app).read(f"/standards/{version}/schema.json")
    assert schema["$id"].endswith(f"/api/v1/standards/{version}/schema.json")
    jsonschema_rs.meta.validate(schema)
    return jsonschema_rs.Draft202012Validator(schema)


def test_the_schema_accepts_what_the_register_accepts(app: FastAPI) -> None:
    schema = validator(app, CURRENT)
    text = text_of_use_case("0b6f3c5e-2f0e-4e0e-9a43-0d6c9b7f1a11")
    assert schema.is_valid({})
    assert schema.is_valid(text)
    assert not schema.is_valid(text | {"operator": "0.1's name"})
    assert not schema.is_valid(text | {"stages": [{"stage": "running", "since": "2024"}]})
    assert not schema.is_valid(text | {"area_wards": [""]})
    assert validator(app, "0.1").is_valid({"operator": "UBND"})


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("version", STANDARDS)
def test_people_read_every_question_list_and_rule(
    app: FastAPI, language: str, version: str
) -> None:
    page = visitor(app).open(f"/{language}/standard/{version}")
    standard = STANDARDS[version]
    told = [words for field in standard.fields for words in (field.label, field.help)]
    told += [part.label for field in standard.fields for part in field.parts]
    told += [rule.words for rule in standard.rules] + [field.label for field in standard.problem]
    told += [words for codes in code_lists(standard).values() for words in codes.terms.values()]
    for words in told:
        assert getattr(words, language) in page.words
    targets = {link.removeprefix("#") for link in page.links() if link.startswith("#")}
    assert targets <= {e.get("id") for e in page.main.iter()}
