"""The laws of the house that a linter cannot read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from fastapi import Request

from api import catalogue, labels, outcome_words
from api.app import create_app
from api.audience import Audience
from api.field_words import FIELDS
from api.refusals import REFUSALS
from registry.domain.counting import FAILED_CRITERION, RULE_TEXT, Outcome
from registry.domain.errors import RegistryError
from registry.domain.kinds import _CODES
from registry.settings import Settings
from tests.documents import census

ROOT = Path(__file__).parent.parent


def test_every_route_says_whom_it_is_for() -> None:
    known = {audience.value for audience in Audience}
    assert not [door for door in census() if door[0] not in known]


def test_the_public_changes_nothing_but_what_is_its_own() -> None:
    changing = [
        path for audience, method, path in census() if audience == "public" and method != "GET"
    ]
    own = (
        *("/sign-in", "/sign-out", "/sessions", "/forgotten-password", "/key/{token}"),
        # Their own word about an error, known by its code.
        *("/report", "/reports", "/reports/{tracking}/withdraw", "/reports/{tracking}/forget"),
        *("/reports/{tracking}/withdrawal", "/reports/{tracking}/contact"),
    )
    assert all(path.endswith(own) for path in changing), changing


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_only_asks_gets_a_session_that_cannot_write(method: str) -> None:
    from api.deps import _db

    app = create_app(Settings())
    request = Request({"type": "http", "method": method, "app": app, "headers": []})
    session = next(_db(request))
    assert session.get_bind().get_execution_options()["postgresql_readonly"] is True


def refusals(kind: type[RegistryError] = RegistryError) -> Iterator[type[RegistryError]]:
    for child in kind.__subclasses__():
        yield child
        yield from refusals(child)


def test_every_refusal_has_a_status_and_words() -> None:
    assert {r.code for r in refusals()} == set(REFUSALS)


def field_codes() -> set[str]:
    """Every code of a FieldProblem written anywhere in the house."""
    codes = set(_CODES.values())
    for file in [*ROOT.glob("registry/**/*.py"), *ROOT.glob("api/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            position = {"FieldProblem": 1, "_refusal": 1, "PydanticCustomError": 0}
            index = position.get(node.func.id)
            if index is None or len(node.args) <= index:
                continue
            argument = node.args[index]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                codes.add(argument.value)
    return codes


def test_every_field_problem_has_a_sentence() -> None:
    assert not field_codes() - set(FIELDS)


def test_every_code_of_the_domain_has_a_label() -> None:
    for kind, words in labels._LABELS.items():
        assert set(words) == {member.value for member in kind}, kind


def test_every_outcome_has_a_reason_and_a_next_step() -> None:
    assert set(outcome_words._REASONS) == set(outcome_words._NEXT_STEPS) == set(Outcome)
    assert set(FAILED_CRITERION) == set(Outcome) - {Outcome.COUNTED}


def test_the_rule_has_its_text_in_both_languages() -> None:
    assert {language: len(text) for language, text in RULE_TEXT.items()} == {"vi": 6, "en": 6}


def test_the_catalogue_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    assert catalogue.main(["--check"]) == 0, capsys.readouterr().out


def placeholders(text: str) -> set[str]:
    percent = set(re.findall(r"%\(\w+\)[sd]", text))
    try:
        braces = {name for _, name, _, _ in Formatter().parse(text) if name}
    except ValueError:
        braces = set()
    return percent | braces


def test_translations_keep_their_placeholders() -> None:
    for message in catalogue.current():
        ids = message.id if isinstance(message.id, tuple | list) else [message.id]
        texts = message.string if isinstance(message.string, tuple | list) else [message.string]
        wanted = placeholders(ids[-1])
        for text in texts:
            assert placeholders(text or "") == wanted, message.id


def test_no_page_names_another_host() -> None:
    for file in [*ROOT.glob("api/templates/**/*.html"), *ROOT.glob("api/static/*")]:
        found = re.findall(
            r"""(?:src|href)=["']https?://[^"']+|@import[^;]+|url\(\s*["']?http""",
            file.read_text(encoding="utf-8"),
        )
        links = [f for f in found if not f.startswith("href=")]
        assert not links, file
