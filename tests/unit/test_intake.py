"""The letter room: what people send is read once, for form, API and spreadsheet alike."""

import unicodedata
from datetime import date
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registry.domain.counting import stage_periods
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.intake import (
    DecisionDraft,
    ProblemDraft,
    ProblemWithdrawalDraft,
    WithdrawalDraft,
    YearDraft,
    decision_problems,
)
from registry.domain.kinds import Draft
from registry.domain.model import DATED_DECISIONS, DECISIONS, REASON_REQUIRED, Action, Stage
from registry.domain.rules import missing_for_submission
from registry.domain.use_case import UseCaseDraft
from tests.unit.histories import partial_dates
from tests.unit.json_values import HOSTILE, json_values

TODAY = date(2025, 6, 15)
DRAFTS = (
    ProblemDraft,
    UseCaseDraft,
    YearDraft,
    DecisionDraft,
    WithdrawalDraft,
    ProblemWithdrawalDraft,
)

# Every name a refusal can have; the catalogue has a sentence for each.
CODES = {
    "basis_not_findable",
    "control_character",
    "geometry_invalid",
    "geometry_outside",
    "geometry_too_detailed",
    "geometry_type",
    "geometry_unreadable",
    "not_a_date",
    "not_a_decimal",
    "not_a_list",
    "not_a_number",
    "not_a_web_address",
    "not_an_object",
    "not_text",
    "not_yes_or_no",
    "out_of_range",
    "repeated",
    "required",
    "too_long",
    "too_many",
    "unknown_choice",
    "unknown_field",
    "unknown_file",
}

PROBLEM = {
    "area": "flooding",
    "title": "Ngập úng",
    "statement": "Ngập sau mỗi trận mưa lớn",
    "declared_on": "2024-03",
    "basis_kind": "resolution",
    "basis_number": "12/NQ-HĐND",
}
USE_CASE: dict[str, Any] = {
    "title": "Cảnh báo ngập",
    "summary": "Dự báo điểm ngập",
    "problem_ids": ["00000000-0000-0000-0000-000000000001"],
    "solution": "Mô hình dự báo mực nước",
    "techniques": ["forecasting"],
    "deployer": "Trung tâm điều hành",
    "stages": [{"stage": "pilot", "since": "2023"}, {"stage": "operational", "since": "2024-06"}],
    "evidence": [{"url": "https://example.vn/canh-bao", "title": "Công bố"}],
}


def problems_of(draft: type[Draft], data: Any) -> tuple[FieldProblem, ...]:
    """What is wrong with it; nothing when it is read."""
    try:
        draft.read(data)
    except InvalidInput as refused:
        return refused.problems
    return ()


def refusals(draft: type[Draft], data: Any) -> list[tuple[str, str]]:
    return [(p.pointer, p.code) for p in problems_of(draft, data)]


def missing(changes: dict[str, Any]) -> list[tuple[str, str]]:
    draft = UseCaseDraft.read(USE_CASE | changes)
    return [(p.pointer, p.code) for p in missing_for_submission(draft, TODAY)]


# ── Any input ───────────────────────────────────────────────────────────────────────────────

field_names = st.sampled_from(
    sorted({name for draft in DRAFTS for name in draft.model_fields} | {"url", "stage", "since"})
)


@given(st.sampled_from(DRAFTS), json_values(field_names))
def test_any_json_is_read_or_refused_by_name(draft: type[Draft], data: Any) -> None:
    for problem in problems_of(draft, data):
        assert problem.code in CODES
        assert problem.pointer == "" or problem.pointer.startswith("/")


@given(st.sampled_from(sorted(USE_CASE)), json_values(field_names))
def test_any_value_in_one_field_is_read_or_refused_there(name: str, value: Any) -> None:
    for problem in problems_of(UseCaseDraft, {**USE_CASE, name: value}):
        assert problem.code in CODES
        assert problem.pointer.startswith(f"/{name}")


@example("a/b~c~1")
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=10))
def test_an_unknown_field_is_refused_and_pointed_at(name: str) -> None:
    if name in UseCaseDraft.model_fields:
        return
    [(pointer, code)] = refusals(UseCaseDraft, {name: "x"})
    assert code == "unknown_field"
    assert "/" not in pointer[1:]
    assert "~" not in pointer.replace("~0", "").replace("~1", "")
    assert pointer[1:].replace("~1", "/").replace("~0", "~") == name


def test_unknown_fields_inside_lists_are_refused() -> None:
    data = {"stages": [{"stage": "pilot", "since": "2024", "until": "2025"}]}
    assert refusals(UseCaseDraft, data) == [("/stages/0/until", "unknown_field")]


# ── Text ────────────────────────────────────────────────────────────────────────────────────

vietnamese = st.text("aăâeêioôơuưyđĐ ằẩấậẽếệìọộớựỹ", max_size=30)


@given(vietnamese)
def test_composed_and_decomposed_text_are_the_same(text: str) -> None:
    composed, decomposed = (
        UseCaseDraft.read({"title": unicodedata.normalize(form, text)}) for form in ("NFC", "NFD")
    )
    assert composed == decomposed
    assert composed.content() == decomposed.content()
    assert composed.title == unicodedata.normalize("NFC", text).strip()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_as_it_was(text: str) -> None:
    fields = ("title", "title_en", "summary", "solution", "deployer", "public_contact")
    draft = UseCaseDraft.read(dict.fromkeys(fields, text))
    assert {getattr(draft, name) for name in fields} == {text}
    assert {draft.content()[name] for name in fields} == {text}


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
def test_control_characters_are_refused(character: str) -> None:
    for name in ("title", "summary", "solution"):
        data = {name: f"a{character}b"}
        assert refusals(UseCaseDraft, data) == [(f"/{name}", "control_character")]


def test_half_characters_are_refused_wherever_they_stand() -> None:
    assert refusals(UseCaseDraft, {"techniques": ["\ud800"]}) == [
        ("/techniques/0", "control_character")
    ]
    assert refusals(UseCaseDraft, {"\ud800": 1}) == [("", "control_character")]


def test_line_ends_are_one_kind_and_edges_are_trimmed() -> None:
    assert UseCaseDraft.read({"summary": "  một\r\nhai \n"}).summary == "một\nhai"


@pytest.mark.parametrize(
    ("name", "limit"), [("title", 200), ("summary", 2000), ("solution", 10_000)]
)
def test_lengths_are_counted_in_composed_characters(name: str, limit: int) -> None:
    longest = unicodedata.normalize("NFD", "ậ" * limit)
    assert len(longest) > limit
    UseCaseDraft.read({name: longest})
    assert refusals(UseCaseDraft, {name: "ậ" * (limit + 1)}) == [(f"/{name}", "too_long")]


def test_a_refused_length_says_the_limit() -> None:
    found = problems_of(UseCaseDraft, {"title": "x" * 201})
    assert found == (FieldProblem("/title", "too_long", {"max_length": "200"}),)


@pytest.mark.parametrize(
    ("name", "item", "limit"),
    [
        ("stages", {"stage": "pilot", "since": "2024"}, 12),
        ("evidence", {"url": "https://example.vn", "title": "t"}, 20),
    ],
)
def test_lists_have_an_end(name: str, item: dict[str, str], limit: int) -> None:
    UseCaseDraft.read({name: [item] * limit})
    assert refusals(UseCaseDraft, {name: [item] * (limit + 1)}) == [(f"/{name}", "too_many")]


# ── Dates, addresses, choices ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "value",
    [0, 1_704_067_200, "1704067200", 2024.5, True, "2024", "2024-01", "0001-01-01", "2024-02-30"],
)
def test_a_day_is_a_whole_iso_date(value: object) -> None:
    assert refusals(UseCaseDraft, {"describes_from": value}) == [("/describes_from", "not_a_date")]


def test_a_blank_optional_date_is_no_date() -> None:
    for blank in (None, "", "  "):
        row = UseCaseDraft.read({"stages": [{"stage": "pilot", "since": blank}]}).stages[0]
        assert row.entry() is None
        assert UseCaseDraft.read({"describes_from": blank}).describes_from is None
        assert ProblemDraft.read({**PROBLEM, "basis_date": blank}).basis_date is None


@pytest.mark.parametrize("value", [2024, ["2024"], "2024/01", "hôm qua"])
def test_a_date_of_reduced_precision_is_iso_too(value: object) -> None:
    data = {"stages": [{"stage": "pilot", "since": value}]}
    assert refusals(UseCaseDraft, data) == [("/stages/0/since", "not_a_date")]


def test_precision_survives_storage() -> None:
    stored = UseCaseDraft.read(USE_CASE).content()
    assert [s["since"] for s in stored["stages"]] == ["2023", "2024-06"]
    assert UseCaseDraft.read(stored) == UseCaseDraft.read(USE_CASE)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "javascript://example.vn/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//example.vn",
        "example.vn",
        "https://",
        "https:///path",
        "http://a b.vn",
        "https://example.vn:99999",
        "http://[::1",
        "ht\ntps://example.vn",
    ],
)
def test_evidence_is_a_web_address(url: str) -> None:
    data = {"evidence": [{"url": url, "title": "t"}]}
    assert refusals(UseCaseDraft, data) == [("/evidence/0/url", "not_a_web_address")]


def test_the_scheme_is_stored_as_the_table_wants_it() -> None:
    draft = UseCaseDraft.read({"evidence": [{"url": "HTTPS://Example.vn/A", "title": "t"}]})
    assert draft.evidence[0].url == "https://Example.vn/A"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"techniques": ["magic"]}, ("/techniques/0", "unknown_choice")),
        ({"problem_ids": ["7"]}, ("/problem_ids/0", "unknown_choice")),
        (
            {"stages": [{"stage": "Operational", "since": "2024"}]},
            ("/stages/0/stage", "unknown_choice"),
        ),
        ({"techniques": ["nlp", "nlp"]}, ("/techniques", "repeated")),
        ({"problem_ids": [str(UUID(int=1))] * 2}, ("/problem_ids", "repeated")),
        ({"techniques": "nlp"}, ("/techniques", "not_a_list")),
        ({"title": 7}, ("/title", "not_text")),
    ],
)
def test_choices(changes: dict[str, Any], place: tuple[str, str]) -> None:
    assert refusals(UseCaseDraft, changes) == [place]


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"title": " "}, [("/title", "required")]),
        ({"statement": ""}, [("/statement", "required")]),
        ({"basis_number": ""}, [("", "basis_not_findable")]),
        ({"basis_number": "", "basis_url": "https://example.vn/nq"}, []),
        ({"basis_url": "example.vn"}, [("/basis_url", "not_a_web_address")]),
        ({"area": "dragons"}, [("/area", "unknown_choice")]),
        ({"city": "hue"}, [("/city", "unknown_field")]),
    ],
)
def test_a_problem_names_its_basis(changes: dict[str, str], places: list[Any]) -> None:
    assert refusals(ProblemDraft, PROBLEM | changes) == places


@pytest.mark.parametrize(
    ("year", "code"),
    [(2019, "out_of_range"), (2101, "out_of_range"), ("x", "not_a_number"), (2.5, "not_a_number")],
)
def test_a_year_is_a_year(year: object, code: str) -> None:
    assert refusals(YearDraft, {"year": year, "status": "none"}) == [("/year", code)]


# ── What a reviewer would miss ──────────────────────────────────────────────────────────────


def test_a_complete_draft_misses_nothing() -> None:
    assert missing({}) == []


def test_an_empty_draft_names_everything_at_once() -> None:
    draft = UseCaseDraft.read({})
    assert {(p.pointer, p.code) for p in missing_for_submission(draft, TODAY)} == {
        ("/title", "required"),
        ("/summary", "required"),
        ("/solution", "required"),
        ("/deployer", "required"),
        ("/problem_ids", "choose_one"),
        ("/techniques", "choose_one"),
        ("/stages", "choose_one"),
    }


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"techniques": ["other"]}, [("/technique_detail", "required")]),
        ({"techniques": ["other"], "technique_detail": "logic mờ"}, []),
        ({"evidence": []}, [("/evidence", "operational_needs_evidence")]),
        ({"evidence": [], "stages": [{"stage": "pilot", "since": "2024"}]}, []),
        ({"describes_from": "2025-06-15"}, []),
        ({"describes_from": "2025-06-16"}, [("/describes_from", "in_the_future")]),
        ({"stages": [{"stage": "operational", "since": "2025-06-15"}]}, []),
        ({"stages": [{"stage": "operational", "since": "2025-06"}]}, []),
        (
            {"stages": [{"stage": "operational", "since": "2025-06-16"}]},
            [("/stages/0/since", "in_the_future")],
        ),
        (
            {"stages": [{"stage": "pilot", "since": "2025-07"}]},
            [("/stages/0/since", "in_the_future")],
        ),
        ({"stages": [{"stage": "planned", "since": "2027"}]}, []),
        (
            {
                "stages": [
                    {"stage": "pilot", "since": "2024-06"},
                    {"stage": "retired", "since": "2024-05"},
                ]
            },
            [("/stages/1/since", "stage_before_previous")],
        ),
        (
            {
                "stages": [
                    {"stage": "pilot", "since": "2024-06"},
                    {"stage": "retired", "since": "2024-06-15"},
                ]
            },
            [],
        ),
        (
            {
                "stages": [
                    {"stage": "planned", "since": "2024-06"},
                    {"stage": "pilot", "since": "2024"},
                    {"stage": "retired", "since": "2024-05-31"},
                ]
            },
            [("/stages/2/since", "stage_before_previous")],
        ),
        (
            {
                "stages": [
                    {"stage": "pilot", "since": "2024-06"},
                    {"stage": "retired", "since": "2024"},
                ]
            },
            [],
        ),
    ],
)
def test_what_keeps_a_draft_from_submission(changes: dict[str, Any], places: list[Any]) -> None:
    assert missing(changes) == places


@given(st.lists(st.tuples(st.sampled_from(Stage), partial_dates), max_size=5))
def test_stages_that_may_be_submitted_are_never_certain_on_the_same_day(
    told: list[tuple[Stage, str]],
) -> None:
    """The table refuses overlapping stages; whatever intake lets through must fit it."""
    draft = UseCaseDraft.read({"stages": [{"stage": s.value, "since": d} for s, d in told]})
    found = missing_for_submission(draft, date(2030, 1, 1))
    if any(p.code == "stage_before_previous" for p in found):
        return
    certain = [
        (start, end)
        for start, end in stage_periods(draft.stage_entries())
        if end is None or start < end
    ]
    for (start, end), (other_start, other_end) in combinations(certain, 2):
        assert (end is not None and end <= other_start) or (
            other_end is not None and other_end <= start
        )


# ── Decisions ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("action", sorted(DECISIONS))
def test_a_decision_needs_what_its_action_needs(action: Action) -> None:
    dated = action in DATED_DECISIONS - {Action.APPROVE}
    needed: dict[str, object] = {"reason": "vì", **({"from_the_start": True} if dated else {})}
    assert decision_problems(action, DecisionDraft.read(needed)) == []

    without_reason = decision_problems(action, DecisionDraft.read({**needed, "reason": " "}))
    expected = [FieldProblem("/reason", "required")] if action in REASON_REQUIRED else []
    assert without_reason == expected

    with_ai = decision_problems(action, DecisionDraft.read({**needed, "ai_confirmed": True}))
    assert (with_ai == []) == (action is Action.APPROVE)


@pytest.mark.parametrize("action", [Action.SUSPEND, Action.REVOKE, Action.REINSTATE])
def test_an_effect_is_a_day_or_from_the_start_but_not_both_or_neither(action: Action) -> None:
    wrong = [FieldProblem("/effective_from", "day_or_from_the_start")]
    reason = {"reason": "vì"}
    day = {"effective_from": "2025-01-01"}
    start = {"from_the_start": True}
    said = [
        decision_problems(action, DecisionDraft.read(reason | parts))
        for parts in (day, start, day | start, {})
    ]
    assert said == [[], [], wrong, wrong]


@pytest.mark.parametrize("action", [Action.APPROVE, Action.RETURN, Action.REJECT])
def test_other_decisions_have_no_day_of_their_own(action: Action) -> None:
    for parts in ({"effective_from": "2025-01-01"}, {"from_the_start": True}):
        found = decision_problems(action, DecisionDraft.read({"reason": "vì", **parts}))
        assert found == [FieldProblem("/effective_from", "not_for_this_action")]
