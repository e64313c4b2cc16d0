"""The enquiry desk: what is typed, read as what to look for."""

from hypothesis import given
from hypothesis import strategies as st

from registry.domain.search import (
    MOST_WORDS,
    exact_tsquery,
    near,
    read,
    tsqueries,
    vocabulary,
    vocabulary_of,
)

WORDS = vocabulary_of(
    [["ùn tắc", "kẹt xe"], ["đà nẵng", "đn"], ["đồng nai", "đn"], ["tp", "thành phố"]], ["ở", "đã"]
)


def looked_for(text: str) -> list[str]:
    return list(tsqueries(read(text, WORDS)))


def test_marks_are_left_out_and_the_last_word_may_be_unfinished() -> None:
    assert looked_for("Ngập úng") == ["(ngap)", "(ung:*)"]
    assert looked_for("Ngập úng ") == ["(ngap)", "(ung)"]
    assert looked_for("x") == ["(x)"]


def test_composed_or_not_is_the_same() -> None:
    assert looked_for("nga\u0323\u0302p") == looked_for("ngập")


def test_punctuation_parts_words() -> None:
    assert looked_for("TP.HCM,") == ["(tp | thanh <-> pho)", "(hcm)"]


def test_a_phrase_is_looked_for_with_what_means_the_same() -> None:
    assert looked_for("kẹt xe") == ["(ket <-> xe:* | un <-> tac)"]
    assert looked_for("un tac nang") == ["(un <-> tac | ket <-> xe)", "(nang:*)"]


def test_an_abbreviation_of_two_names_finds_both() -> None:
    assert looked_for("ĐN ") == ["(dn | da <-> nang | dong <-> nai)"]


def test_words_of_asking_are_left_out_unless_they_are_all() -> None:
    assert looked_for("kẹt xe ở Huế ") == ["(ket <-> xe | un <-> tac)", "(hue)"]
    assert looked_for("ở ") == ["(o)"]
    # Without marks "da" may be "đá": it goes only where nothing has all the words.
    asked = read("da ket xe", WORDS)
    assert len(asked.parts) == 2
    assert [part.phrases[0] for part in asked.telling.parts] == [("ket", "xe")]


def test_words_with_marks_are_kept_as_they_were_typed() -> None:
    assert exact_tsquery(read("Ngập duong Phố", WORDS)) == "ngập | phố"
    assert exact_tsquery(read("ngap", WORDS)) == ""


def test_a_slip_is_near_its_word() -> None:
    known = {"camera": "camera", "ngap": "ngập", "robot": "robot"}
    assert near("camrea", known) == "camera"
    assert near("nagp", known) == "ngập"
    assert near("zzzz", known) is None


@given(st.text(max_size=300))
def test_whatever_is_typed_only_words_and_our_own_signs_are_asked_for(typed: str) -> None:
    asked = read(typed, vocabulary())
    assert len(asked.typed) <= MOST_WORDS
    for query in (*tsqueries(asked), exact_tsquery(asked)):
        rest = query.replace("<->", " ").replace(":*", " ")
        assert all(c.isalnum() or c in " ()|" for c in rest), query


def test_each_phrase_of_the_word_list_finds_its_group() -> None:
    for phrase, same in vocabulary().same.items():
        assert phrase == same[0]
        assert all(phrase in vocabulary().same[other] for other in same)
