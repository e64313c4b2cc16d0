"""From declaration to map, as city, ministry and public see it on their screens."""

from http import HTTPStatus

import pytest
from playwright.sync_api import expect

from api.outcome_words import reason
from registry.domain.counting import Outcome
from registry.domain.model import Role
from tests.browser import steps
from tests.browser.conftest import LANGUAGES, PAST, NewVisitor, Site
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize(("language", "scripts"), [("vi", True), ("en", True), ("vi", False)])
def test_from_declaration_to_map(
    site: Site, visitor: NewVisitor, language: str, scripts: bool
) -> None:
    city = site.city()
    editor = visitor(language, site.account(Role.CITY_EDITOR, city), scripts=scripts)
    signer = visitor(language, site.account(Role.CITY_SIGNER, city), scripts=scripts)
    reviewer = visitor(language, site.account(Role.REVIEWER), scripts=scripts)
    second = visitor(language, site.account(Role.REVIEWER), scripts=scripts)
    public = visitor(language, scripts=scripts)
    then = f"?as_of={PAST}"
    before, before_then = public.figure(), public.figure(then)

    steps.declare_problem(editor, steps.PROBLEM)
    steps.start_use_case(editor, steps.USE_CASE["title"])
    steps.write_use_case(editor, steps.USE_CASE)
    steps.submit(signer, city)

    steps.take_up(reviewer, city)
    steps.decide(reviewer, "return", "Nêu rõ thời điểm bắt đầu vận hành.")
    assert public.figure() == before

    editor.go("/desk")
    editor.sees("Nêu rõ thời điểm bắt đầu vận hành.")
    editor.press("Answer with a new version")
    editor.fill(summary="Vận hành từ tháng 11 năm 2024 tại 58 điểm đo.")
    editor.press("Save and check")
    steps.submit(signer, city)

    steps.take_up(reviewer, city)
    reviewer.sees(reviewer.words("answer to a return"))
    expect(reviewer.main.locator("dd ins").first).to_contain_text("Vận hành từ tháng 11")
    steps.approve(reviewer)
    reviewer.sees(reviewer.words("Where the figure stands now"))

    assert public.figure() == before + 1
    assert public.figure(then) == before_then + 1
    permalink = _permalink(public)
    public.go(f"/cities/{city}")
    public.sees(public.say(reason, Outcome.COUNTED))
    if scripts:
        _the_map_says_why(public, city, before + 1, Outcome.COUNTED)

    reviewer.go(f"/review/entries?q={city}-001")
    reviewer.click(reviewer.main.locator(f"a[href*='/review/{city}-001/2']"))
    # Of this city alone: entries like it stand on the page, with why they ended.
    why = f"Ứng dụng của {city} đã dừng vào tháng 3."
    steps.revoke(reviewer, "01/03/2025", why)
    reviewer.sees(reviewer.words("Opinion recorded"))
    assert public.figure() == before + 1
    second.go(f"/review/{city}-001/2")
    expect(second.main).not_to_contain_text(why)
    steps.revoke(second, "01/03/2025", "Đã xác minh với đô thị.")

    assert public.figure() == before
    assert public.figure(then) == before_then
    assert public.figure(permalink) == before_then + 1
    public.go(f"/cities/{city}")
    public.sees(public.say(reason, Outcome.REVOKED))
    public.go(f"/use-cases/{city}-001")
    public.sees(why)
    if scripts:
        _the_map_says_why(public, city, before, Outcome.REVOKED)


def _permalink(public: Visitor) -> str:
    named = public.words("Permanent link to this figure")
    address = public.main.get_by_role("link", name=named).get_attribute("href")
    assert address is not None
    return address.removeprefix(f"/{public.language}/")


def _the_map_says_why(public: Visitor, city: str, counted: int, outcome: Outcome) -> None:
    public.go("/about")  # leaving first, for a new fragment alone would load nothing
    public.go(f"/map#city={city}")
    expect(public.page.locator("[data-map=status]")).to_have_attribute("data-kind", "done")
    popup = public.page.locator(".leaflet-popup")
    expect(popup).to_contain_text(public.say(reason, outcome))
    expect(public.page.locator("[data-count=counted]")).to_have_text(str(counted))
    expect(popup.locator(f"a[href='/{public.language}/cities/{city}']")).to_be_visible()
    # By key: the map itself changes its address, and may still move the popup into view.
    with public.page.expect_navigation(url="**/use-cases/**"):
        popup.locator("a[href$='#evidence']").press("Enter")
    expect(public.page.locator("#evidence")).to_contain_text(steps.USE_CASE["evidence-0-title"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_two_reviewers_one_wins_and_the_other_is_told(
    site: Site, visitor: NewVisitor, language: str
) -> None:
    city = site.city()
    signer = site.world.signer(city)
    version = site.world.draft(signer, city, [site.world.problem(signer, city)])
    site.world.submit(signer, version)
    first = visitor(language, site.account(Role.REVIEWER))
    second = visitor(language, site.account(Role.REVIEWER))
    second.go(f"/review/{city}-001/1")
    steps.take_up(first, city)
    steps.approve(first)

    second.expected.add(HTTPStatus.PRECONDITION_FAILED)
    second.press("Start review")
    second.sees(
        second.words("Somebody else changed or decided this in the meantime. Nothing was saved.")
    )
    second.sees(second.words("A reviewer approved this version."))
    first.go(f"/review/{city}-001/1")
    first.sees(first.words("AI use confirmed"))
