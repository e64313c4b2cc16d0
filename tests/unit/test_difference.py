"""The comparison room's promises: nothing is lost, nothing invented, and only changes are told."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from registry.domain.difference import Change, Kind, brief, compared, differences
from registry.domain.standard import STANDARD
from registry.domain.use_case import UseCaseDraft

TEXT = {"title": "Cảnh báo ngập sớm", "summary": "Dự báo điểm ngập trước hai giờ."}
EVIDENCE = {"url": "https://example.vn/a", "title": "Thông báo"}


def draft(**fields: Any) -> UseCaseDraft:
    return UseCaseDraft.read(TEXT | fields)


def only(changes: tuple[Change, ...]) -> Change:
    assert len(changes) == 1, [c.field for c in changes]
    return changes[0]


def told(change: Change) -> list[tuple[str, Any]]:
    return [(s.kind.value, s.value) for s in change.segments]


def test_the_same_text_has_no_changes() -> None:
    assert differences(draft(), draft()) == ()


def test_a_first_version_is_all_new_but_says_nothing_of_what_is_blank() -> None:
    changes = differences(None, draft())
    assert [c.field for c in changes] == ["title", "summary"]
    assert told(changes[0]) == [("added", TEXT["title"])]


def test_texts_are_compared_word_by_word() -> None:
    change = only(differences(draft(), draft(summary="Dự báo mọi điểm ngập trước ba giờ.")))
    assert told(change) == [
        ("same", "Dự báo "),
        ("added", "mọi "),
        ("same", "điểm ngập trước "),
        ("removed", "hai "),
        ("added", "ba "),
        ("same", "giờ."),
    ]


def test_lists_are_compared_item_by_item() -> None:
    before = draft(techniques=["computer_vision", "nlp"], evidence=[EVIDENCE])
    after = draft(techniques=["nlp", "speech"], evidence=[EVIDENCE, EVIDENCE | {"title": "Hai"}])
    techniques, evidence = differences(before, after)
    assert told(techniques) == [
        ("removed", "computer_vision"),
        ("same", "nlp"),
        ("added", "speech"),
    ]
    assert [kind for kind, _ in told(evidence)] == ["same", "added"]
    assert evidence.segments[1].value == after.evidence[1]


def test_a_stage_that_only_changes_its_precision_is_a_change() -> None:
    before = draft(stages=[{"stage": "operational", "since": "2024"}])
    after = draft(stages=[{"stage": "operational", "since": "2024-12-31"}])
    change = only(differences(before, after))
    assert [kind for kind, _ in told(change)] == ["removed", "added"]


def test_a_single_day_given_taken_away_and_changed() -> None:
    one, other = draft(describes_from="2025-01-01"), draft(describes_from="2025-02-01")
    assert [k for k, _ in told(only(differences(draft(), one)))] == ["added"]
    assert [k for k, _ in told(only(differences(one, draft())))] == ["removed"]
    assert [k for k, _ in told(only(differences(one, other)))] == ["removed", "added"]


PROSE = st.text(st.sampled_from("ab đê \n"), max_size=60)


@given(PROSE, PROSE)
def test_segments_put_together_are_the_two_texts(before: str, after: str) -> None:
    for change in differences(draft(solution=before), draft(solution=after)):
        kept = [s for s in change.segments if s.kind is not Kind.ADDED]
        now = [s for s in change.segments if s.kind is not Kind.REMOVED]
        assert "".join(s.value for s in kept) == change.before
        assert "".join(s.value for s in now) == change.after


def test_a_whole_entry_shows_what_stayed_beside_what_changed() -> None:
    fields = compared(draft(), draft(title="Cảnh báo ngập"))
    assert [s.kind.value for s in fields["title"]] == ["same", "removed", "added"]
    assert told(Change("summary", "", "", fields["summary"])) == [("same", TEXT["summary"])]
    assert fields["solution"] == fields["evidence"] == ()


def test_an_entry_compared_with_nothing_is_shown_as_it_is() -> None:
    fields = compared(None, draft(describes_from="2025-01-01"))
    assert {s.kind for segments in fields.values() for s in segments} == {Kind.SAME}
    assert list(fields) == [field.name for field in STANDARD.fields]


def test_of_a_long_text_only_the_words_around_a_change_are_shown() -> None:
    words = [f"từ{n}" for n in range(900)]
    changed = [*words[:400], "mới", *words[401:]]
    before, after = (draft(solution=" ".join(each)) for each in (words, changed))
    change = brief(only(differences(before, after)))
    kinds = [kind for kind, _ in told(change)]
    assert kinds == ["skipped", "same", "removed", "added", "same", "skipped"]
    shown = "".join(value for _, value in told(change))
    assert shown.split() == [*words[388:401], "mới", *words[401:413]]


def test_of_a_list_what_stayed_is_counted() -> None:
    rows = [EVIDENCE | {"url": f"https://example.vn/{n}"} for n in range(8)]
    change = brief(only(differences(draft(evidence=rows), draft(evidence=rows[1:]))))
    assert [(s.kind.value, s.value) for s in change.segments][1:] == [("skipped", 7)]
    assert change.segments[0].kind is Kind.REMOVED
