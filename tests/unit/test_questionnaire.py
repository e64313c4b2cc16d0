"""The form of the standard: what is shown is read back as the same, and nothing is hidden."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import forms, i18n, questionnaire
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.standard import STANDARD, Kind
from registry.domain.use_case import UseCaseDraft, read_text
from tests.factories import USE_CASE

TODAY = date(2026, 11, 23)

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[107.5, 16.4], [107.6, 16.4], [107.6, 16.5], [107.5, 16.5], [107.5, 16.4]]],
}
FULL: dict[str, Any] = USE_CASE | {
    "product": "VNPT Smart Flood",
    "area_kind": "drawn",
    "area_wards": ["Vỹ Dạ", "Kim Long"],
    "area_geometry": SQUARE,
    "outputs": ["alert", "prediction"],
    "automation": "human_decides",
    "describes_from": "2025-06-01",
    "results": [
        {"indicator": "Cảnh báo trước", "baseline": "0", "value": "2.5", "unit": "giờ"},
        {"indicator": "Điểm đo", "value": "1.250", "period_from": "2024-10", "period_to": "2025"},
    ],
    "links": [{"title": "nửa dòng"}],
    "withheld": [{"field": "provider", "legal_ground": "Điều 4", "until": "2027-01-31"}],
}


@pytest.fixture(params=i18n.Language)
def language(request: pytest.FixtureRequest) -> i18n.Language:
    spoken: i18n.Language = request.param
    i18n.speak(spoken)
    return spoken


def sent(answers: dict[str, Any]) -> dict[str, Any]:
    """What a browser sends of a form that shows these answers."""
    cells = questionnaire.flat(answers)
    rows = {field.name for field in STANDARD.fields if field.kind is Kind.ROWS}
    return {name: value for name, value in cells.items() if name not in rows}


def test_what_the_form_shows_is_read_back_as_the_same(language: i18n.Language) -> None:
    draft = UseCaseDraft.read(FULL)
    answers = questionnaire.stored(draft)
    assert answers["results"][0]["value"] == ("2,5" if language is i18n.Language.VI else "2.5")
    typed = questionnaire.typed(sent(answers))
    assert typed == answers
    assert UseCaseDraft.read(questionnaire.given(typed)) == draft


def test_a_text_by_an_earlier_standard_is_asked_by_the_present_one() -> None:
    old = read_text("0.1", {"title": "Cảnh báo", "operator": "Trung tâm"})
    assert questionnaire.stored(old)["deployer"] == "Trung tâm"


def test_every_question_of_the_standard_is_asked_once() -> None:
    asked = [
        q.name
        for group in questionnaire.groups(UseCaseDraft(), TODAY)
        for q in (*group.first, *group.others)
    ]
    assert sorted(asked) == sorted(field.name for field in STANDARD.fields)


def test_what_one_cannot_do_without_comes_first_and_is_marked_when_it_is_needed() -> None:
    def marks(draft: UseCaseDraft) -> dict[str, tuple[bool, bool]]:
        groups = questionnaire.groups(draft, TODAY)
        return {q.name: (q.required, q.later) for group in groups for q in group.first}

    empty = marks(UseCaseDraft())
    assert [name for name, (required, _) in empty.items() if required] == [
        *("title", "summary", "problem_ids", "solution", "techniques", "deployer", "stages")
    ]
    assert empty["evidence"] == (False, True)
    running = UseCaseDraft.read({"stages": USE_CASE["stages"], "techniques": ["other"]})
    assert marks(running)["evidence"] == (True, False)
    assert marks(running)["technique_detail"] == (True, False)


def test_a_section_says_how_far_it_has_come() -> None:
    i18n.speak(i18n.Language.EN)

    def status(draft: UseCaseDraft, key: str) -> str:
        return next(g.status for g in questionnaire.groups(draft, TODAY) if g.key == key)

    assert status(UseCaseDraft(), "what") == "2 answers missing"
    told = UseCaseDraft.read(USE_CASE)
    assert status(told, "what") == "complete"
    assert status(told, "data") == "2 the reviewer will ask for"
    assert status(told, "withheld") == "optional"


def test_nothing_answered_or_wrong_is_folded_away() -> None:
    groups = {g.key: g for g in questionnaire.groups(UseCaseDraft.read(USE_CASE), TODAY)}
    assert groups["what"].opens(())  # its name in English
    assert not groups["data"].opens(("/title",))
    assert groups["data"].opens(("/data_detail",))


def test_what_is_wrong_is_named_where_it_stands_in_the_form() -> None:
    i18n.speak(i18n.Language.EN)
    form = {"stages-0-stage": "", "stages-3-since": "31/02/2024", "area_wards": "a\n\nb\na"}
    with pytest.raises(InvalidInput) as refused:
        UseCaseDraft.read(questionnaire.given(questionnaire.typed(form)))
    places = questionnaire.places(form, refused.value.problems)
    assert [place for place, _ in places] == ["stages-3-since", "area_wards"]
    long = [FieldProblem("/area_wards/2", "too_long", {"max_length": "200"})]
    assert questionnaire.sentences(long).keys() == {"/area_wards"}
    assert questionnaire.place(long[0]) == "area_wards"


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        (" -0,25 ", "-0.25"),
        ("1250", "1250"),
        ("0,125", "0.125"),
        ("1250,125", "1250.125"),
    ],
)
def test_a_number_is_read_with_comma_or_point(typed: str, plain: str) -> None:
    assert forms.plain_number(typed) == plain


@pytest.mark.parametrize("typed", ["1.250", "1,250", "1.250,5", "1,250.5", "1 250", "mười"])
def test_what_may_be_a_thousand_is_asked_again(typed: str) -> None:
    given = {"results": [{"value": forms.plain_number(typed)}]}
    with pytest.raises(InvalidInput) as refused:
        UseCaseDraft.read(given)
    assert refused.value.problems == (FieldProblem("/results/0/value", "not_a_decimal"),)


@given(st.decimals(-(10**9), 10**9, places=3), st.sampled_from(i18n.Language))
def test_a_shown_number_is_read_back_as_the_same(value: Any, language: i18n.Language) -> None:
    i18n.speak(language)
    [row] = UseCaseDraft.read({"results": [{"value": str(value)}]}).content()["results"]
    again = forms.plain_number(forms.typed_number(row["value"]))
    assert UseCaseDraft.read({"results": [{"value": again}]}).content()["results"] == [row]
