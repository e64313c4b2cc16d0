"""The form inspector: typed dates, rows and boxes reach the drafts as they were meant."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import forms
from registry.domain.dates import PartialDate
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.intake import ProblemDraft
from registry.domain.rules import missing_for_submission
from registry.domain.use_case import UseCaseDraft


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("15/06/2024", "2024-06-15"),
        ("5/6/2024", "2024-06-05"),
        ("15-06-2024", "2024-06-15"),
        ("15.6.2024", "2024-06-15"),
        (" 15 / 06 / 2024 ", "2024-06-15"),
        ("06/2024", "2024-06"),
        ("6/2024", "2024-06"),
        ("2024", "2024"),
        ("2024-06-15", "2024-06-15"),
        ("2024-06", "2024-06"),
    ],
)
def test_what_people_type_is_read_as_precisely_as_it_was_typed(typed: str, iso: str) -> None:
    assert forms.iso_date(typed) == iso
    assert PartialDate.parse(forms.iso_date(typed)).text == iso


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "hôm qua", "15/06/24", "1/2/3/2024", "15/06/2024 08:00", "١٥/٠٦/٢٠٢٤", "//2024"],
)
def test_what_cannot_be_read_stays_as_it_is(typed: str) -> None:
    assert forms.iso_date(typed) == typed


@pytest.mark.parametrize("typed", ["31/02/2024", "15/13/2024", "0/2024", "99/99/9999"])
def test_a_date_that_does_not_exist_is_refused_by_the_draft(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        UseCaseDraft.read({"stages": [{"stage": "pilot", "since": forms.iso_date(typed)}]})
    assert refused.value.problems == (FieldProblem("/stages/0/since", "not_a_date"),)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from([4, 7, 10]))
def test_a_shown_date_is_read_back_as_the_same(day: date, precision: int) -> None:
    iso = day.isoformat()[:precision]
    assert forms.iso_date(forms.typed_date(iso)) == iso
    assert forms.typed_date(PartialDate.parse(iso)) == forms.typed_date(iso)


def test_no_date_is_shown_as_nothing() -> None:
    assert forms.typed_date(None) == ""


def test_empty_rows_are_no_rows_and_the_others_keep_their_order() -> None:
    typed = {
        "stages-0-stage": "",
        "stages-0-since": "  ",
        "stages-10-stage": "operational",
        "stages-10-since": "11/2024",
        "stages-2-stage": "pilot",
        "stages-2-since": "",
        "stages-2-note": "not a field of ours",
        "stages-x-since": "2024",
        "evidence-0-url": "https://example.org",
    }
    assert forms.rows(typed, "stages", ("stage", "since")) == [
        {"stage": "pilot", "since": ""},
        {"stage": "operational", "since": "11/2024"},
    ]


def test_a_blank_cell_is_missing_and_not_wrong() -> None:
    row = forms.filled({"stage": "pilot", "since": " "})
    draft = UseCaseDraft.read({"stages": [row]})
    assert FieldProblem("/stages/0/since", "required") in missing_for_submission(
        draft, date(2025, 6, 15)
    )


def test_names_sent_once_or_often() -> None:
    form = {"once": "a", "twice": ["b", "c"]}
    assert [forms.text(form, name) for name in ("once", "twice", "never")] == ["a", "b", ""]
    assert [forms.texts(form, name) for name in ("once", "twice", "never")] == [
        ["a"],
        ["b", "c"],
        [],
    ]


@pytest.mark.parametrize("typed", ["", "-3", "3.0", "٣", "9" * 5000, "x"])
def test_a_nonsensical_revision_matches_none(typed: str) -> None:
    assert forms.revision({"revision": typed}) == -1


def test_a_revision_is_read() -> None:
    assert forms.revision({"revision": "12"}) == 12


def test_what_is_wrong_with_the_whole_is_said_where_it_can_be_put_right() -> None:
    with pytest.raises(InvalidInput) as refused:
        ProblemDraft.read(
            {
                "area": "traffic",
                "title": "Ùn tắc",
                "statement": "Kẹt xe",
                "declared_on": "2024",
                "basis_kind": "plan",
            }
        )
    assert list(forms.sentences(refused.value.problems)) == ["/basis_number"]
