"""The standard's reading room: the data are whole, and the models are made from them."""

import ast
import inspect
import json
from enum import StrEnum
from typing import Any, get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from shapely import MultiPoint
from shapely.geometry import mapping

from api.field_words import FIELDS as FIELD_WORDS
from registry.domain import intake, rules
from registry.domain.errors import InvalidInput
from registry.domain.geometry import area
from registry.domain.model import BasisKind, ProblemArea, Stage, Technique
from registry.domain.standard import (
    CODES,
    CURRENT,
    STANDARD,
    STANDARDS,
    Field,
    Kind,
    code_lists,
    words,
)
from registry.domain.use_case import MODELS, UseCaseDraft, UseCaseText, read_text

FIELDS = [field for standard in STANDARDS.values() for field in standard.fields]
PARTS = [part for field in FIELDS for part in field.parts]
FULL: dict[str, Any] = {
    "title": "Cảnh báo ngập",
    "area_wards": ["Hải Châu", "Thuận Hòa"],
    "area_geometry": {
        "type": "Polygon",
        "coordinates": [[[108, 16], [108.1, 16], [108.1, 16.1], [108, 16]]],
    },
    "results": [{"indicator": "Giờ", "value": "2.50", "unit": "giờ"}],
    "outputs": ["alert"],
    "automation": "human_decides",
    "withheld": [{"field": "provider", "legal_ground": "Điều 6", "until": "2027-01-01"}],
}


@pytest.mark.parametrize("version", STANDARDS)
def test_names_are_unique_and_known_to_the_model(version: str) -> None:
    names = [field.name for field in STANDARDS[version].fields]
    assert len(set(names)) == len(names)
    assert set(names) >= set(UseCaseText.model_fields)
    assert set(MODELS[version].model_fields) == set(names)


@pytest.mark.parametrize("field", FIELDS + PARTS, ids=lambda field: field.name)
def test_every_field_speaks_both_languages(field: Field) -> None:
    assert field.label.vi
    assert field.label.en
    assert bool(field.help.vi) == bool(field.help.en)
    assert bool(field.example.vi) == bool(field.example.en)
    assert (field.codes in CODES) == (field.kind in {Kind.CHOICE, Kind.CHOICES})
    assert bool(field.parts) == (field.kind is Kind.ROWS)


@pytest.mark.parametrize("codes", CODES.values(), ids=lambda codes: codes.__name__)
def test_every_code_has_its_words(codes: type[StrEnum]) -> None:
    for code in codes:
        assert words(code).vi
        assert words(code).en


def test_the_rules_and_the_data_name_the_same_codes() -> None:
    assert {CODES[n] for n in ("technique", "stage", "problem_area", "basis_kind")} == {
        Technique,
        Stage,
        ProblemArea,
        BasisKind,
    }


def test_every_example_is_read_by_its_own_model() -> None:
    """What is shown as an example must be accepted as an answer."""
    text = {
        field.name: _given(field, field.example.vi)
        for field in STANDARD.fields
        if field.example.vi and field.kind is not Kind.ROWS
    }
    rows = {
        field.name: [{p.name: p.example.vi for p in field.parts if p.example.vi}]
        for field in STANDARD.fields
        if field.kind is Kind.ROWS
    }
    draft = UseCaseDraft.read(text | rows)
    assert draft.title
    assert draft.get("results")
    problem = {f.name: f.example.vi for f in STANDARD.problem if f.example.vi}
    assert intake.ProblemDraft.read(problem).title


def _given(field: Field, example: str) -> object:
    if field.kind is Kind.CHOICES:
        return example.split()
    return [example] if field.kind is Kind.LINES else example


def test_a_problem_has_the_fields_of_the_data() -> None:
    assert [f.name for f in STANDARD.problem] == list(intake.ProblemDraft.model_fields)
    required = {
        name for name, info in intake.ProblemDraft.model_fields.items() if info.is_required()
    }
    assert {f.name for f in STANDARD.problem if f.need == "required"} == required


def test_a_text_is_stored_and_read_again_unchanged() -> None:
    draft = UseCaseDraft.read(FULL)
    stored = json.loads(json.dumps(draft.content()))
    assert read_text(CURRENT, stored) == draft
    assert stored["results"][0]["value"] == "2.5"
    assert stored["area_geometry"]["type"] == "MultiPolygon"


def test_an_older_text_is_read_by_its_own_standard_and_brought_up_to_date() -> None:
    old = read_text("0.1", {"title": "Cũ", "operator": "Sở", "techniques": ["nlp"]})
    assert old.get("operator") == "Sở"
    assert old.get("risk_level") is None
    new = old.upgraded()
    assert new.standard is STANDARD
    assert (new.title, new.get("deployer"), new.techniques) == ("Cũ", "Sở", (Technique.NLP,))
    assert new.upgraded() == new
    with pytest.raises(InvalidInput):
        read_text("0.1", {"risk_level": "high"})


def test_the_schema_of_the_api_carries_the_words() -> None:
    schema = TypeAdapter(UseCaseDraft).json_schema()
    assert schema["properties"]["deployer"]["title"] == "Bên triển khai"
    assert "Law on Artificial Intelligence" in schema["properties"]["deployer"]["description"]
    assert get_args(MODELS[CURRENT].model_fields["automation"].annotation)


def hand_drawn() -> st.SearchStrategy[Any]:
    corner = st.tuples(st.floats(105, 109, allow_nan=False), st.floats(10, 20, allow_nan=False))
    return st.lists(corner, min_size=3, max_size=12, unique=True)


@given(hand_drawn())
def test_a_drawn_area_is_the_same_text_however_often_it_is_read(corners: Any) -> None:
    hull = MultiPoint(corners).convex_hull
    assume(hull.geom_type == "Polygon" and hull.area > 1e-6)
    once = UseCaseDraft.read({"area_geometry": mapping(hull)})
    again = read_text(CURRENT, json.loads(json.dumps(once.content())))
    assert again == once
    assert area(once.content()["area_geometry"], "").is_valid


def test_features_are_one_area() -> None:
    square = FULL["area_geometry"]
    feature = {"type": "Feature", "properties": {}, "geometry": square}
    collection = {"type": "FeatureCollection", "features": [feature, feature]}
    texts = {
        UseCaseDraft.read({"area_geometry": given}).get("area_geometry").text
        for given in (square, feature, collection, json.dumps(collection))
    }
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("{", "geometry_unreadable"),
        ([], "geometry_unreadable"),
        ({"type": "FeatureCollection", "features": []}, "geometry_unreadable"),
        ({"type": "Point", "coordinates": [108, 16]}, "geometry_type"),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
            "geometry_outside",
        ),
        (
            {
                "type": "Polygon",
                "coordinates": [[[108, 16], [108.1, 16.1], [108.1, 16], [108, 16.1], [108, 16]]],
            },
            "geometry_invalid",
        ),
    ],
)
def test_what_is_no_area(value: object, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        UseCaseDraft.read({"area_geometry": value})
    assert [(p.pointer, p.code) for p in refused.value.problems] == [("/area_geometry", code)]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (1, "1"),
        ("1.50", "1.5"),
        (-0.5, "-0.5"),
        ("1e3", "1000"),
        (0, "0"),
        ("0.000001", "0.000001"),
    ],
)
def test_a_number_is_stored_as_plain_text(value: object, stored: str) -> None:
    row = UseCaseDraft.read({"results": [{"value": value}]}).content()["results"][0]
    assert row["value"] == stored


@pytest.mark.parametrize("value", ["1,5", True, "NaN", "inf", "1e99", "0.0000001", [], "một"])
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        UseCaseDraft.read({"results": [{"value": value}]})
    assert [(p.pointer, p.code) for p in refused.value.problems] == [
        ("/results/0/value", "not_a_decimal")
    ]


def test_every_rule_between_fields_is_told_in_the_data() -> None:
    """Of what `rules` can find: what concerns a field alone is told by its need."""
    tree = ast.parse(inspect.getsource(rules))
    found = {
        call.args[1].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "FieldProblem"
        and isinstance(call.args[1], ast.Constant)
    }
    told = {rule.code for rule in STANDARD.rules}
    assert found <= told | {"required", "choose_one"}
    assert told <= FIELD_WORDS.keys()
    for rule in STANDARD.rules:
        assert rule.words.vi
        assert rule.words.en
        assert all(STANDARD.field(name) for name in rule.fields)


def test_the_lists_of_a_standard_are_those_it_asks_from() -> None:
    assert list(code_lists(STANDARDS["0.1"])) == ["technique", "stage"]
    assert code_lists(STANDARD).keys() == CODES.keys()
