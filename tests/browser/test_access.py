"""Everybody gets in: by keyboard alone, on a narrow screen, with a screen reader."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from registry.domain.model import Action, Role
from tests.browser import looks, steps
from tests.browser.conftest import LANGUAGES, NewVisitor, Site
from tests.browser.visitor import Visitor
from tests.factories import PASSWORD

pytestmark = pytest.mark.xdist_group("browser")

# Answers of every kind, as far as they are shown in ways of their own.
ANSWERED: dict[str, Any] = {
    "product": "Smart Flood",
    "outputs": ["alert", "prediction"],
    "automation": "human_confirms",
    "area_kind": "drawn",
    "area_wards": ["Thuận Hóa", "Phú Xuân"],
    "area_geometry": {
        "type": "Polygon",
        "coordinates": [[[107.5, 16.4], [107.6, 16.4], [107.6, 16.5], [107.5, 16.4]]],
    },
    "impact_assessments": [{"kind": "security", "date": "2024-10", "reference": "12/BC"}],
    "results": [{"indicator": "Báo trước", "baseline": "0", "value": "2.5", "unit": "giờ"}],
    "links": [{"url": "https://example.vn/huong-dan", "title": "Hướng dẫn"}],
}


class Keys:
    """Somebody without a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, selector: str) -> None:
        """Moves on with Tab until there."""
        for _ in range(150):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        pytest.fail(f"Tab never reaches {selector}")

    def type(self, **texts: str) -> None:
        for name, text in texts.items():
            self.reach(f"[name='{name}']")
            self.page.keyboard.type(text)

    def press(self, selector: str, key: str) -> None:
        self.reach(selector)
        self.page.keyboard.press(key)

    def enter(self, selector: str = "") -> None:
        """Goes where a link, a button or the form in hand leads."""
        if selector:
            self.reach(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


def test_a_city_signs_in_and_submits_by_keyboard_alone(site: Site, visitor: NewVisitor) -> None:
    city = site.city()
    editor = visitor("vi")
    editor.go("/sign-in")
    keys = Keys(editor.page)
    keys.reach(".skip-link")
    expect(editor.page.locator(".skip-link")).to_be_in_viewport()
    keys.page.keyboard.press("Enter")
    keys.type(email=site.account(Role.CITY_EDITOR, city), password=PASSWORD)
    keys.enter()

    keys.enter("main a[href$='/problems/new']")
    keys.press("[name=area]", "ArrowDown")
    keys.type(title=steps.PROBLEM["title"], statement=steps.PROBLEM["statement"])
    keys.type(declared_on="2024")
    keys.press("[name=basis_kind]", "ArrowDown")
    keys.type(basis_number=steps.PROBLEM["basis_number"])
    keys.enter()

    editor.go("/desk")
    keys.enter("main a[href$='/use-cases/new']")
    keys.type(title="x")
    keys.press("[name=problem_ids]", "Space")
    keys.enter("main button[type=submit]")
    for name in ("title", "summary", "solution"):
        keys.type(**{name: steps.USE_CASE[name]})
    keys.press("[name=techniques][value=forecasting]", "Space")
    keys.type(deployer=steps.USE_CASE["deployer"])
    keys.reach("[name='stages-0-stage']")
    for _stage in ("planned", "pilot", "operational"):
        keys.page.keyboard.press("ArrowDown")
    keys.type(**{"stages-0-since": "11/2024", "evidence-0-url": "https://example.vn/"})
    keys.type(**{"evidence-0-title": steps.USE_CASE["evidence-0-title"]})
    keys.enter(".save-bar button[value=check]")

    signer = visitor("vi", site.account(Role.CITY_SIGNER, city))
    keys = Keys(signer.page)
    keys.enter("main a.btn-primary[href*='/versions/']")
    keys.type(letter_number="15/UBND", letter_date="20/01/2024")
    keys.enter("button[name=action][value=submit]")
    signer.sees(signer.words("Submitted"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_desk_is_open_to_screen_readers_and_narrow_screens(
    site: Site, visitor: NewVisitor, language: str
) -> None:
    found = [
        f"{path} {finding}"
        for person, path in _pages(site, visitor, language)
        for finding in findings(person, path)
    ]
    assert found == []


def _pages(site: Site, visitor: NewVisitor, language: str) -> Iterator[tuple[Visitor, str]]:
    city, world = site.city(), site.world
    author = world.signer(city)
    account = site.account(Role.CITY_SIGNER, city)
    problem = world.problem(author, city)
    approved = world.approved(author, city, [problem], **ANSWERED)
    revised = world.revise(author, approved, summary="Báo trước ba giờ.")
    world.submit(author, revised)
    returned = world.draft(author, city, [problem])
    world.submit(author, returned)
    world.claim(returned)
    world.decide(returned, Action.RETURN)
    draft = world.draft(author, city, [problem], summary="")
    desk = f"/desk/{city}"
    signer = visitor(language, account)
    other = f"/desk/{site.city()}"
    newcomer = visitor(language, site.account(Role.CITY_EDITOR, other.rpartition("/")[2]))
    for path in (
        f"{other}/learn",
        f"{other}/learn?q=ngap&area=flooding",
        f"{other}/learn?q=xyz",
        f"{other}/want/{city}-001",
    ):
        yield newcomer, path
    for path in (
        "/account",
        "/account/messages",
        "/account/messages/choices",
        desk,
        f"{desk}/problems/new",
        f"{desk}/problems/{problem}",
        f"{desk}/use-cases/new",
        f"{desk}/versions/{draft}/edit",
        f"{desk}/submit",
        f"{desk}/versions/{draft}",
        f"{desk}/versions/{returned}",
        f"{desk}/versions/{approved}",
        f"{desk}/attestations",
        f"{desk}/use-cases/{city}-001/stage",
        f"{desk}/sheets",
        f"{desk}/reports",
    ):
        yield signer, path
    reviewer = visitor(language, site.account(Role.REVIEWER))
    for path in (
        "/review",
        "/review/entries",
        "/review/reports",
        f"/review/{city}-001/1",
        f"/review/{city}-001/2",
        f"/review/{city}-002/1",
        f"/review/{city}-001/1/decided",
    ):
        yield reviewer, path


def findings(person: Visitor, path: str) -> Iterator[str]:
    person.go(path)
    yield from looks.fits(person.page)
