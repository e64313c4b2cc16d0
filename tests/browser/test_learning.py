"""The apprentice's screens: a city finds an application elsewhere and begins its own."""

import pytest
from playwright.sync_api import expect

from registry.domain.model import Role
from tests.browser import steps
from tests.browser.conftest import NewVisitor, Site

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize(("language", "scripts"), [("vi", True), ("en", False)])
def test_from_another_city_s_example_to_a_draft_of_one_s_own(
    site: Site, visitor: NewVisitor, language: str, scripts: bool
) -> None:
    theirs, city = site.city(), site.city()
    author = site.world.signer(theirs)
    problem = site.world.problem(author, theirs)
    site.world.approved(author, theirs, [problem], product="Smart Flood 9000", provider="Nhà thầu")

    editor = visitor(language, site.account(Role.CITY_EDITOR, city), scripts=scripts)
    editor.go("/desk")
    editor.follow("Learning from other cities: what solves such problems elsewhere")
    editor.fill(q="canh bao ngap som")
    editor.press("Search")
    editor.sees("Smart Flood 9000")
    editor.click(editor.main.locator(f"a[href$='/want/{theirs}-001']"))
    editor.follow("Declare a pressing problem")
    editor.choose(area="flooding", basis_kind="resolution")
    editor.fill(**steps.PROBLEM, declared_on="15/01/2024")
    editor.press("Declare the problem")

    expect(editor.main.locator("[name=problem_ids]")).to_be_checked()
    editor.fill(title="Báo ngập của chúng tôi")
    editor.press("Open the draft")
    expect(editor.main.locator("[name=product]")).to_have_value("Smart Flood 9000")
    expect(editor.main.locator("[name=provider]")).to_have_value("")
    expect(editor.main.locator("[name=summary]")).to_have_value("")
    expect(editor.main.locator("[name=techniques][value=forecasting]")).to_be_checked()
