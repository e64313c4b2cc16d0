"""A stranger with a phone and the home page's address, who asks what people ask."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import ViewportSize, expect

from api.labels import label, reason
from registry.actions import tree
from registry.domain.counting import Outcome
from registry.domain.model import OPERATOR, ProblemArea
from registry.queries.cities import periods
from tests.browser.conftest import NewVisitor, Site
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.xdist_group("browser")

PHONE: ViewportSize = {"width": 360, "height": 740}


def nothing_sticks_out(stranger: Visitor) -> None:
    """The page itself is never wider than the phone; tables scroll by themselves."""
    width = stranger.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], stranger.page.url


def solved(site: Site) -> tuple[str, str]:
    """A city that counts by a product against flooding, sealed in the ledger; its code and name."""
    city = site.city()
    signer = site.world.signer(city)
    problem = site.world.problem(signer, city)
    site.world.approved(signer, city, [problem], product="Smart Flood 9")
    with site.world.act(OPERATOR) as act:
        tree.sign_head(act, Ed25519PrivateKey.generate(), "registry.example/ledger")
        city_id = act.session.connection().exec_driver_sql(
            "SELECT id FROM city WHERE code = %s", (city,)
        )
        return city, periods(act.session, city_id.scalar_one())[-1].name_vi


def test_a_stranger_is_answered_from_the_home_page(site: Site, visitor: NewVisitor) -> None:
    city, name = solved(site)
    stranger = visitor("vi")
    stranger.page.set_viewport_size(PHONE)

    # Who else solved flooding?
    stranger.go("/")
    nothing_sticks_out(stranger)
    area = stranger.say(label, ProblemArea.FLOODING)
    stranger.click(stranger.main.get_by_role("link", name=area, exact=True))
    stranger.sees(stranger.words("Who solved it"))
    nothing_sticks_out(stranger)
    expect(stranger.main.locator(f"a[href='/vi/cities/{city}']").first).to_be_visible()
    stranger.click(stranger.main.get_by_role("link", name="Smart Flood 9").first)
    stranger.sees(name)
    nothing_sticks_out(stranger)

    # Does my city count, and why?
    stranger.go("/")
    box = stranger.page.get_by_role("searchbox")
    box.fill(name)
    with stranger.page.expect_navigation():
        box.press("Enter")
    stranger.click(stranger.main.locator(f"a[href='/vi/cities/{city}']").first)
    stranger.sees(stranger.say(reason, Outcome.COUNTED))
    nothing_sticks_out(stranger)

    # Prove that this approval was not invented later.
    stranger.click(
        stranger.main.get_by_role(
            "link", name=stranger.words("Proof that it was not invented later")
        )
    )
    true = stranger.main.get_by_text(stranger.words("checked here: true"))
    expect(true).to_have_count(5)
    expect(stranger.main.locator("#proof")).to_be_in_viewport()
    nothing_sticks_out(stranger)
    stranger.page.locator("aside summary").click()
    expect(stranger.page.locator("aside .citation")).to_contain_text("/vi/decisions/")
    nothing_sticks_out(stranger)
