"""What the register finds in a version before a person reads it, and what is near to it."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from registry.domain.counting import StageReport
from registry.domain.dates import PartialDate
from registry.domain.findings import (
    CRITERION_FIELDS,
    Addressed,
    Beside,
    Finding,
    Letter,
    Link,
    Weight,
    found,
    wants_a_reader,
)
from registry.domain.model import ReviewState, Stage
from registry.domain.similar import Described, Reason, ranked
from registry.domain.standard import STANDARD
from registry.domain.use_case import UseCaseDraft, UseCaseText

TODAY = date(2026, 11, 28)
CHECKED = datetime(2026, 11, 27, tzinfo=UTC)
PROBLEM = UUID(int=1)
URL = "https://example.vn/van-hanh"
FILE = "ab" * 32


def text(**changes: Any) -> UseCaseText:
    """A text in which nothing stands out but what the standard expects besides."""
    return UseCaseDraft.read(
        {
            "title": "Cảnh báo ngập sớm",
            "summary": "Dự báo điểm ngập trước hai giờ.",
            "solution": "Mô hình học máy từ mực nước và mưa.",
            "problem_ids": [str(PROBLEM)],
            "techniques": ["forecasting"],
            "deployer": "Trung tâm điều hành",
            "stages": [{"stage": "operational", "since": "2024-11-01"}],
            "evidence": [{"url": URL, "title": "Thông báo", "published": "2025-01"}],
            **changes,
        }
    )


def problem(declared: str = "2024-01-15", withdrawn: date | None = None) -> Addressed:
    basis = "https://example.vn/nghi-quyet"
    return Addressed("Ngập úng", PartialDate.parse(declared), withdrawn, basis)


def beside(**changes: Any) -> Beside:
    facts: dict[str, Any] = {
        "on_roll": True,
        "problems": {PROBLEM: problem()},
        "reports": (),
        "links": {URL: Link(CHECKED)},
        "letter": Letter(given=True, signed_file=True),
    }
    return Beside(**facts | changes)


def notable(
    draft: UseCaseText | None = None, known: Beside | None = None
) -> dict[str, tuple[Weight, str]]:
    """Weight and field by code, without what is merely expected."""
    findings = found(draft or text(), known or beside(), TODAY)
    return {f.code: (f.weight, f.field) for f in findings if f.code != "unanswered"}


def test_nothing_stands_out_in_a_faultless_entry() -> None:
    findings = found(text(), beside(), TODAY)
    assert {f.code for f in findings} == {"unanswered"}
    assert {f.weight for f in findings} == {Weight.NOTE}
    assert not wants_a_reader(findings)


def link(**changes: Any) -> dict[str, Link]:
    return {URL: Link(CHECKED, **changes)}


def evidence(*rows: dict[str, str]) -> UseCaseText:
    return text(evidence=[{"title": "t", **row} for row in rows])


HINDERS, ASK, NOTE = Weight.HINDERS, Weight.ASK, Weight.NOTE


@pytest.mark.parametrize(
    ("draft", "known", "expected"),
    [
        (text(), beside(on_roll=False), {"not_on_roll": (HINDERS, "")}),
        (
            text(),
            beside(problems={PROBLEM: problem("2027")}),
            {
                "no_open_problem": (HINDERS, "problem_ids"),
                "problem_after_stage": (NOTE, "problem_ids"),
            },
        ),
        (
            text(),
            beside(problems={PROBLEM: problem(withdrawn=date(2026, 1, 1))}),
            {
                "no_open_problem": (HINDERS, "problem_ids"),
                "problem_withdrawn": (ASK, "problem_ids"),
            },
        ),
        # Declared within the year in which operation began: perhaps before it.
        (
            text(stages=[{"stage": "operational", "since": "2024"}]),
            beside(problems={PROBLEM: problem("2024-06")}),
            {},
        ),
        (
            text(),
            beside(problems={PROBLEM: problem("2025")}),
            {"problem_after_stage": (NOTE, "problem_ids")},
        ),
        (
            text(),
            beside(links=link() | {problem().basis_url: Link(CHECKED, CHECKED, CHECKED)}),
            {"basis_link_broken": (ASK, "problem_ids")},
        ),
        (
            text(stages=[{"stage": "pilot", "since": "2024-11"}]),
            beside(),
            {"not_operational": (HINDERS, "stages")},
        ),
        (
            text(stages=[{"stage": "operational", "since": "2026"}]),
            beside(),
            {
                "no_certain_stage": (HINDERS, "stages"),
                "evidence_before_operation": (ASK, "evidence"),
            },
        ),
        (
            text(
                stages=[
                    {"stage": "pilot", "since": "2024"},
                    {"stage": "operational", "since": "2024-11"},
                ]
            ),
            beside(),
            {"stage_never_certain": (NOTE, "stages")},
        ),
        (
            text(
                stages=[
                    {"stage": "operational", "since": "2025"},
                    {"stage": "suspended", "since": "2025-03"},
                    {"stage": "operational", "since": "2025-06"},
                ]
            ),
            beside(),
            {"stage_never_certain": (ASK, "stages")},
        ),
        (
            text(),
            beside(reports=[StageReport(Stage.SUSPENDED, date(2026, 6, 1), 9)]),
            {"not_operational": (HINDERS, "stages")},
        ),
        (text(techniques=[]), beside(), {"no_technique": (HINDERS, "techniques")}),
        (evidence(), beside(), {"no_evidence": (HINDERS, "evidence")}),
        (text(), beside(links={}), {"link_unchecked": (NOTE, "evidence")}),
        (
            text(),
            beside(links=link(failing_since=CHECKED)),
            {"link_failing": (NOTE, "evidence")},
        ),
        (
            text(),
            beside(links=link(failing_since=CHECKED, broken_since=CHECKED)),
            {"link_broken": (ASK, "evidence"), "no_evidence_answers": (HINDERS, "evidence")},
        ),
        (
            evidence({"url": URL}, {"file": FILE}),
            beside(links=link(failing_since=CHECKED, broken_since=CHECKED)),
            {"link_broken": (ASK, "evidence")},
        ),
        (
            evidence({"file": FILE, "published": "2024-10"}),
            beside(),
            {"evidence_before_operation": (ASK, "evidence")},
        ),
        (
            evidence({"file": FILE, "published": "2023"}, {"url": URL, "published": "2024"}),
            beside(),
            {"evidence_before_operation": (NOTE, "evidence")},
        ),
        (
            evidence({"file": FILE, "published": "2027"}),
            beside(),
            {"evidence_in_the_future": (ASK, "evidence")},
        ),
        (text(), beside(seen_elsewhere={URL: ["48-001"]}), {"link_elsewhere": (ASK, "evidence")}),
        (
            evidence({"file": FILE}),
            beside(seen_elsewhere={FILE: ["48-001"]}, files_again={FILE: ["46-002"]}),
            {"file_elsewhere": (ASK, "evidence"), "file_again": (NOTE, "evidence")},
        ),
        (
            text(risk_level="high", risk_scheme="law_134_2025"),
            beside(),
            {
                "risk_without_notification": (ASK, "notification_number"),
                "high_risk_without_assessment": (ASK, "impact_assessments"),
            },
        ),
        (
            text(
                provider="Công ty",
                withheld=[{"field": "provider", "legal_ground": "Luật", "until": "2027-01-01"}],
            ),
            beside(),
            {"withheld": (NOTE, "provider")},
        ),
        (
            text(),
            beside(letter=Letter(given=False, signed_file=False)),
            {"letter_missing": (ASK, "")},
        ),
        (
            text(),
            beside(letter=Letter(given=True, signed_file=False)),
            {"letter_unseen": (NOTE, "")},
        ),
        (
            text(),
            beside(letter=Letter(given=True, signed_file=True, elsewhere=["48-001"])),
            {"letter_elsewhere": (ASK, "")},
        ),
        (text(), beside(late_for=("Năm 2025", "Year 2025")), {"late": (NOTE, "")}),
    ],
)
def test_what_stands_out(
    draft: UseCaseText, known: Beside, expected: dict[str, tuple[Weight, str]]
) -> None:
    assert notable(draft, known) == expected


def test_the_heaviest_comes_first_and_many_entries_are_named_by_the_first() -> None:
    codes = [f"48-{n:03}" for n in range(1, 6)]
    findings = found(text(), beside(on_roll=False, seen_elsewhere={URL: codes}), TODAY)
    assert [f.weight for f in findings[:2]] == [HINDERS, ASK]
    assert findings[1].params == {"item": "1", "entries": "48-001, 48-002, 48-003 +2"}
    assert wants_a_reader(findings)
    assert wants_a_reader([Finding("x", ASK)])


def test_no_criterion_rests_on_what_a_city_may_withhold() -> None:
    assert not CRITERION_FIELDS & {f.name for f in STANDARD.fields if f.withholdable}


def entry(**changes: Any) -> Described:
    given: dict[str, Any] = {
        "id": uuid4(),
        "code": "46-001",
        "number": 1,
        "city_id": 46,
        "state": ReviewState.SUBMITTED,
        "title": "Cảnh báo ngập sớm",
        "texts": (
            "Hệ thống dự báo điểm ngập trên các tuyến phố của thành phố Huế trước hai giờ.",
            "Mô hình học máy đọc mực nước, lượng mưa và triều để báo cho người dân.",
        ),
        "product": "VNPT Smart-Flood",
        "provider": "VNPT",
        "problem_ids": frozenset({"a"}),
    }
    return Described(**given | changes)


OTHER: dict[str, Any] = {
    "title": "Chấm công bằng khuôn mặt",
    "texts": ("Camera ở cửa nhận ra từng người.", "So ảnh với ảnh đã lưu."),
    "product": "",
    "provider": "",
    "problem_ids": frozenset(),
}
COPIED = (
    "Hệ thống dự báo điểm ngập trên các tuyến phố của thành phố Vinh trước hai giờ.",
    "Mô hình học máy đọc mực nước, lượng mưa và triều để báo cho người dân.",
)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (OTHER, ()),
        (OTHER | {"problem_ids": frozenset({"a"})}, ()),
        (OTHER | {"product": "vnpt smart flood"}, (Reason.SAME_PRODUCT,)),
        (OTHER | {"provider": "vnpt"}, (Reason.SAME_PROVIDER,)),
        (OTHER | {"title": "CANH BAO NGAP SOM"}, (Reason.SAME_NAME,)),
        (OTHER | {"texts": COPIED}, (Reason.NEAR_TEXT,)),
        (OTHER | {"texts": entry().texts}, (Reason.SAME_TEXT,)),
        (OTHER | {"texts": ("", "")}, ()),
    ],
)
def test_why_an_entry_is_shown_beside_another(
    changes: dict[str, Any], why: tuple[Reason, ...]
) -> None:
    near = ranked(entry(), [entry(code="46-002", **changes)])
    assert [each.why for each in near] == ([why] if why else [])


def test_the_same_citys_doubles_come_first_then_what_is_nearest() -> None:
    others = [
        entry(code="48-001", city_id=48),
        entry(code="46-002", **OTHER | {"product": "VNPT Smart-Flood"}),
        entry(code="49-001", city_id=49, **OTHER | {"provider": "VNPT"}),
        entry(code="50-001", city_id=50, **OTHER | {"texts": COPIED}),
    ]
    near = ranked(entry(), others)
    assert [each.other.code for each in near] == ["46-002", "48-001", "50-001", "49-001"]
    assert [each.duplicate for each in near] == [True, False, False, False]
    assert [each.copied for each in near] == [False, True, False, False]


@pytest.mark.parametrize(
    ("twin", "code", "weight"),
    [
        ({"code": "46-002"}, "possible_duplicate", ASK),
        ({"code": "46-002", "state": ReviewState.REJECTED}, "tried_before", NOTE),
        ({"code": "48-001", "city_id": 48}, "text_elsewhere", ASK),
    ],
)
def test_what_is_near_is_a_finding(twin: dict[str, Any], code: str, weight: Weight) -> None:
    findings = notable(known=beside(similar=ranked(entry(), [entry(**twin)])))
    assert {name: each[0] for name, each in findings.items()} == {code: weight}
