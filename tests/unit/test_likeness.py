"""The matchmaker's trials: nearness of texts, and what may be taken over."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.likeness import (
    Asked,
    Candidate,
    Likeness,
    Place,
    Rarity,
    plain,
    rank,
    suggestion,
    syllables,
)
from registry.domain.model import ProblemArea, UrbanClass
from registry.domain.standard import STANDARD
from registry.domain.use_case import MODELS, UseCaseDraft

HOME = Place(UrbanClass.II, 200_000)
NOBODY_KNOWS = Rarity({}, 100)
WORDS = ("ngập", "ngap", "ngạp", "lụt", "đường", "dương", "chợ", "cho", "quá", "và", "AI", "51")
TEXTS = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


def case(code: str = "46-001", title: str = "", **given: Any) -> Candidate:
    facts: dict[str, Any] = {
        "areas": frozenset(),
        "problems": (title,),
        "titles": (),
        "texts": (),
        "place": Place(UrbanClass.UNCLASSIFIED, None),
        "counted": False,
        "operational": False,
        "measured": False,
    }
    return Candidate(code=code, **facts | given)


def order(asked: Asked, *candidates: Candidate) -> list[str]:
    return [match.candidate.code for match in rank(asked, HOME, candidates, NOBODY_KNOWS)]


def test_the_same_marks_go_before_other_marks() -> None:
    exact, other = case("a", "Chợ đêm"), case("b", "Cho đêm")
    assert order(Asked("chợ"), other, exact) == ["a", "b"]


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC"])
def test_how_marks_are_encoded_is_no_matter(form: Any) -> None:
    asked = Asked(unicodedata.normalize(form, "Đường NGẬP"))
    [match] = rank(asked, HOME, [case(title="đường ngập")], NOBODY_KNOWS)
    assert match.shared == ("đường ngập",)


def test_whoever_types_no_marks_finds_those_with_them() -> None:
    assert order(Asked("duong ngap"), case("a", "Đường ngập")) == ["a"]
    assert plain("Đường ngập ở Huế") == "duong ngap o hue"


def test_the_problem_says_more_than_the_name_and_that_more_than_the_text() -> None:
    cases = case("c", texts=("ngập lụt",)), case("b", titles=("ngập lụt",)), case("a", "ngập lụt")
    assert order(Asked("ngập lụt"), *cases) == ["a", "b", "c"]


def test_words_together_say_more_than_words_apart() -> None:
    assert order(Asked("ngập lụt"), case("a", "lụt rồi ngập"), case("b", "ngập lụt")) == ["b", "a"]


def test_rare_words_tell_more() -> None:
    rare = Rarity({"camera": 20, "ngap": 1}, 100)
    found = rank(Asked("camera ngập"), HOME, [case("a", "camera"), case("b", "ngập")], rare)
    assert [match.candidate.code for match in found] == ["b", "a"]
    assert Asked("camera ngập").telling(rare, 1).keys() == {"ngap"}


def test_why_is_said_and_nearness_of_the_city_decides_between_equals() -> None:
    asked = Asked("x", area=ProblemArea.FLOODING)
    flooding = frozenset({ProblemArea.FLOODING})
    near = case("b", areas=flooding, place=Place(UrbanClass.II, 150_000))
    far = case("a", areas=flooding, place=Place(UrbanClass.SPECIAL, 8_000_000))
    first, second = rank(asked, HOME, [far, near], NOBODY_KNOWS)
    assert first.why == (Likeness.SAME_AREA, Likeness.SAME_CLASS, Likeness.SIMILAR_SIZE)
    assert second.why == (Likeness.SAME_AREA,)
    assert (first.candidate.code, second.candidate.code) == ("b", "a")


def test_between_equals_what_counts_goes_first_then_the_code() -> None:
    cases = [case("a", "ngập"), case("b", "ngập", operational=True)]
    cases += [case("d", "ngập", counted=True), case("c", "ngập", counted=True)]
    assert order(Asked("ngập"), *cases) == ["c", "d", "b", "a"]


def test_particles_alone_make_no_likeness() -> None:
    assert order(Asked("và của các"), case(title="của các ông và các bà")) == []
    assert order(Asked(""), case(title="")) == []


@given(asked=TEXTS, titles=st.lists(TEXTS, max_size=6), data=st.data())
def test_the_order_does_not_depend_on_the_order_of_reading(
    asked: str, titles: list[str], data: st.DataObject
) -> None:
    cases = [case(str(number), title) for number, title in enumerate(titles)]
    shuffled = data.draw(st.permutations(cases))
    assert order(Asked(asked), *cases) == order(Asked(asked), *shuffled)


@given(asked=st.text(max_size=60), title=st.text(max_size=60))
def test_any_text_can_be_asked_and_none_scores_beyond_itself(asked: str, title: str) -> None:
    for match in rank(Asked(asked), HOME, [case(title=title), case(title=asked)], NOBODY_KNOWS):
        assert 0 <= match.score <= 8
    assert all(plain(word) == plain(plain(word)) for word in syllables(asked))


def test_only_what_the_product_is_may_be_suggested() -> None:
    everything = {
        "title": "Báo ngập",
        "summary": "Tóm tắt",
        "solution": "Cách làm",
        "product": "Smart Flood",
        "techniques": ["forecasting"],
        "outputs": ["alert"],
        "deployer": "Trung tâm",
        "provider": "Nhà thầu",
        "stages": [{"stage": "operational", "since": "2024"}],
        "evidence": [{"url": "https://example.vn", "title": "x"}],
        "results": [{"indicator": "a", "value": "1", "unit": "b"}],
        "public_contact": "1022",
    }
    taken = suggestion(UseCaseDraft.read(everything))
    assert taken.keys() == {"product", "techniques", "outputs"}
    older = MODELS["0.1"].read({"title": "x", "techniques": ["nlp"]})
    assert suggestion(older) == {"techniques": ["nlp"]}


def test_what_is_compared_and_suggested_cannot_be_withheld() -> None:
    named = ("title", "title_en", "summary", "solution", "results", "product", "techniques")
    assert not [name for name in (*named, "outputs") if STANDARD.field(name).withholdable]
