"""The drafts of the crier: what every kind says, who is mailed, and that every job has a name."""

import ast
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import i18n, mail, tidings
from registry.domain.messages import (
    FACTS,
    MANDATORY,
    Language,
    MessageKind,
    Withheld,
    reserved_address,
    withheld,
)
from registry.jobs.table import JOBS, daily
from registry.jobs.tools import Letter

ROOT = Path(__file__).parents[2]

NUMBERS = {"version": 3, "accepted": 12, "refused": 1}
DAYS = {"effective_from": "2025-01-02", "due_on": "2025-03-04"}


def facts(kind: MessageKind, text: str = "%(x)s {{ 1 }}") -> dict[str, object]:
    return {name: (NUMBERS | DAYS).get(name, f"{name} {text}") for name in FACTS[kind]}


@pytest.mark.parametrize("kind", MessageKind)
@pytest.mark.parametrize("language", Language)
def test_every_kind_has_words_that_need_no_other_facts(
    kind: MessageKind, language: Language
) -> None:
    letter = Letter(kind, facts(kind), "/desk/46", "Lan", language)
    wording = mail.word("https://ai.example.gov.vn", letter)
    assert wording.subject
    assert f"https://ai.example.gov.vn/{language}/desk/46" in wording.text
    assert "%(" not in wording.subject.replace("%(x)s", "")
    assert tidings.KINDS[kind]


def test_the_language_around_stays_as_it_is() -> None:
    i18n.speak(Language.VI)
    letter = Letter(MessageKind.APPROVED, facts(MessageKind.APPROVED), "/desk", "x", Language.EN)
    assert mail.word("", letter).subject.startswith("Approved")
    assert i18n.current() is Language.VI


def test_a_draft_without_a_title_is_called_by_its_code() -> None:
    told = facts(MessageKind.RETURNED) | {"title_vi": "", "title_en": "", "use_case": "46-001"}
    i18n.speak(Language.EN)
    assert tidings.put(MessageKind.RETURNED, told).headline == "Returned for correction: 46-001"


@pytest.mark.parametrize(
    ("email", "reserved"),
    [
        ("ky.hue@example.org", True),
        ("a@mail.EXAMPLE.com.", True),
        ("a@b.test", True),
        ("a@localhost", True),
        ("a@example.vn", False),
        ("a@notexample.org", False),
        ("a@hue.gov.vn", False),
    ],
)
def test_reserved_addresses(email: str, reserved: bool) -> None:
    assert reserved_address(email) is reserved


@given(st.sampled_from(MessageKind), st.booleans(), st.booleans())
def test_only_what_binds_nobody_can_be_switched_off(
    kind: MessageKind, closed: bool, switched_off: bool
) -> None:
    reason = withheld(kind, "lan@hue.gov.vn", closed=closed, switched_off=switched_off)
    if closed:
        assert reason is Withheld.ACCOUNT_CLOSED
    else:
        assert (reason is None) == (kind in MANDATORY or not switched_off)


@given(st.text())
def test_no_address_brings_a_second_line(email: str) -> None:
    if withheld(MessageKind.RETURNED, email, closed=False, switched_off=False) is None:
        assert email.isascii()
        assert email.isprintable()
        assert email.count("@") == 1
        assert not set(email) & set(' <>,;:"()\\')


def test_every_job_left_for_later_is_known_to_the_worker() -> None:
    named = {
        (path.name, str(name.value))
        for folder in ("registry", "api", "seeds")
        for path in (ROOT / folder).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"defer", "later.defer"}
        for name in call.args[1:2]
        if isinstance(name, ast.Constant)
    }
    assert {name for _, name in named} <= set(JOBS)
    assert named


def test_a_day_begins_in_viet_nam() -> None:
    assert daily(time(3, 30)) == "30 20 * * *"
    assert daily(time(8)) == "0 1 * * *"
