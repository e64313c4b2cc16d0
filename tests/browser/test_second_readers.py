"""The room with two chairs: two readers differ on an entry of high risk, and the lead decides."""

import pytest
from playwright.sync_api import expect

from registry.domain.model import Role
from tests.browser import steps
from tests.browser.conftest import NewVisitor, Site

pytestmark = pytest.mark.xdist_group("browser")

FIRST, SECOND = "Kỹ thuật đã nêu rõ.", "Minh chứng không cho thấy AI."


@pytest.mark.parametrize(("language", "scripts"), [("vi", True), ("en", False)])
def test_two_readers_differ_and_the_lead_settles(
    site: Site, visitor: NewVisitor, language: str, scripts: bool
) -> None:
    world, city = site.world, site.city()
    author = world.signer(city)
    problem = world.problem(author, city)
    world.submit(author, world.draft(author, city, [problem], risk_level="high"))
    first, second = (visitor(language, site.account(Role.REVIEWER), scripts=scripts) for _ in "12")
    lead = visitor(language, site.account(Role.LEAD), scripts=scripts)
    signer = visitor(language, site.account(Role.CITY_SIGNER, city), scripts=scripts)

    steps.take_up(first, city)
    steps.approve(first, FIRST)
    first.sees(first.words("Opinion recorded"))
    first.go(f"/review/{city}-001/1")
    first.sees(FIRST)
    expect(first.main.locator("details.decision")).to_have_count(0)

    signer.go(f"/desk/{city}")
    expect(signer.main.locator(".state-in_review").first).to_be_visible()
    expect(signer.main.locator(".state-submitted")).to_have_count(0)

    steps.take_up(second, city)
    expect(second.main).not_to_contain_text(FIRST)
    steps.decide(second, "reject", SECOND)

    lead.go("/account/messages")
    lead.click(lead.main.locator("button[name=open]").first)
    expect(lead.main.locator(".opinions .differs").first).to_be_visible()
    lead.sees(FIRST)
    lead.sees(SECOND)
    lead.press("Start review")
    steps.approve(lead, "Đủ minh chứng.")
    number = lead.main.locator("a[href*='/decisions/']").first
    lead.click(number)
    lead.sees(SECOND)
    slug = lead.page.url.rpartition("/")[2]
    signer.go(f"/decisions/{slug}")
    signer.sees("Đủ minh chứng.")
    expect(signer.main).not_to_contain_text(SECOND)
    first.go("/review/differences")
    expect(first.main.locator("tfoot td").first).not_to_have_text("0")
