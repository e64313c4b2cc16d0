"""The numbering stamp: a decision's number, its record, and the record's hash."""

from hypothesis import given
from hypothesis import strategies as st

from registry.domain.deciding import (
    CRITERIA,
    Answer,
    Comment,
    Mark,
    Named,
    Number,
    Reason,
    Record,
    checklist,
)
from registry.domain.errors import FieldProblem
from registry.domain.intake import DecisionDraft, decision_problems
from registry.domain.model import Action

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.builds(Number, st.integers(2020, 2100), st.integers(1, 999_999_999))
MARKS = st.lists(st.sampled_from(Mark), min_size=5, max_size=5)
RECORDS = st.builds(
    Record,
    number=NUMBERS,
    body=st.none() | st.builds(Named, WORDS, WORDS),
    bases=st.lists(st.builds(Named, WORDS, WORDS), max_size=2).map(tuple),
    reasons=st.lists(st.builds(Reason, WORDS, WORDS, WORDS), max_size=2).map(tuple),
    checklist=MARKS.map(lambda marks: checklist(marks, {2: (True, "vì thế")})),
    comments=st.lists(st.builds(Comment, WORDS, WORDS), max_size=2).map(tuple),
)


@given(NUMBERS)
def test_a_number_is_found_again_by_its_address(number: Number) -> None:
    assert Number.of_slug(number.slug) == number
    assert str(number).endswith(f"/{number.serial:06}")


@given(st.text(max_size=15))
def test_an_address_names_one_number_in_one_way(slug: str) -> None:
    found = Number.of_slug(slug)
    assert found is None or found.slug == slug


def test_no_other_way_of_writing_it() -> None:
    for slug in ("2026-1", "2026-0000001", "26-000001", "２０２６-000001", "2026-000001\n"):
        assert Number.of_slug(slug) is None


@given(RECORDS)
def test_a_record_is_read_as_it_was_stored(record: Record) -> None:
    read = Record.read(record.number, record.as_json())
    assert read == record
    assert read.sha256 == record.sha256


@given(RECORDS, st.builds(Comment, WORDS, WORDS))
def test_another_word_is_another_hash(record: Record, comment: Comment) -> None:
    other = Record(
        record.number,
        record.body,
        record.bases,
        record.reasons,
        record.checklist,
        (*record.comments, comment),
    )
    assert other.sha256 != record.sha256


@given(MARKS)
def test_every_criterion_stands_there_once(marks: list[Mark]) -> None:
    answers = checklist(marks, {3: (False, "không nêu kỹ thuật")})
    assert [answer.criterion for answer in answers] == list(CRITERIA)
    assert [answer.found for answer in answers] == marks
    assert answers[2] == Answer(3, marks[2], met=False, note="không nêu kỹ thuật")


def problems(action: Action, **words: object) -> list[FieldProblem]:
    return decision_problems(action, DecisionDraft.read({"reason": "vì", **words}))


def test_the_confirmation_answers_the_third_criterion() -> None:
    said = [{"criterion": 3, "met": False}]
    assert problems(Action.APPROVE, ai_confirmed=True, criteria=said) == [
        FieldProblem("/criteria/0/met", "not_as_confirmed")
    ]
    assert problems(Action.APPROVE, ai_confirmed=False, criteria=said) == []
    assert problems(Action.RETURN, criteria=said) == []


def test_only_what_the_city_can_put_right_is_commented() -> None:
    comments = [{"field": "evidence", "text": "x"}]
    assert problems(Action.RETURN, comments=comments) == []
    assert problems(Action.REJECT, comments=comments) == []
    assert problems(Action.APPROVE, comments=comments) == [
        FieldProblem("/comments", "not_for_this_action")
    ]
