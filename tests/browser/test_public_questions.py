"""A stranger with a phone and the home page's address, who asks what people ask."""

import subprocess
from io import BytesIO

import pytest
from openpyxl import load_workbook
from playwright.sync_api import ViewportSize, expect

from api.labels import label
from api.outcome_words import reason
from registry import seals
from registry.actions import tree
from registry.domain.counting import Outcome
from registry.domain.model import OPERATOR, CityStatus, ProblemArea
from registry.queries.cities import periods
from tests.browser.conftest import NewVisitor, Site
from tests.browser.visitor import Visitor

# No other journey's product is called like this, nor has this name in its own.
PRODUCT = "Trạm nghe mưa Ấp Bắc"

pytestmark = pytest.mark.xdist_group("browser")

PHONE: ViewportSize = {"width": 360, "height": 740}


def nothing_sticks_out(stranger: Visitor) -> None:
    """The page itself is never wider than the phone; tables scroll by themselves."""
    width = stranger.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], stranger.page.url


def solved(site: Site) -> tuple[str, str, str]:
    """A city that counts by a product against flooding, sealed in the ledger: its code, its name
    and that of its province."""
    city = site.city()
    signer = site.world.signer(city)
    problem = site.world.problem(signer, city)
    site.world.approved(signer, city, [problem], product=PRODUCT)
    with site.world.act(OPERATOR) as act:
        tree.sign_head(act, seals.ledger_key(site.settings), seals.origin(site.settings))
        city_id = act.session.connection().exec_driver_sql(
            "SELECT id FROM city WHERE code = %s", (city,)
        )
        today = periods(act.session, city_id.scalar_one())[-1]
        return city, today.name_vi, today.province_vi


def test_a_stranger_is_answered_from_the_home_page(site: Site, visitor: NewVisitor) -> None:
    city, name, province = solved(site)
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
    stranger.click(stranger.main.get_by_role("link", name=PRODUCT, exact=True).first)
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

    # All counted cities of a province, in Excel.
    stranger.go("/")
    stranger.click(stranger.main.get_by_role("link", name=province, exact=True))
    nothing_sticks_out(stranger)
    counted = stranger.say(label, CityStatus.COUNTED)
    stranger.click(stranger.main.get_by_role("link", name=counted, exact=True))
    nothing_sticks_out(stranger)
    with stranger.page.expect_download() as download:
        stranger.main.get_by_role("link", name="Excel").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    workbook = load_workbook(BytesIO(download.value.path().read_bytes()), read_only=True)
    rows = workbook.worksheets[0].iter_rows()
    cells = {cell.value for row in rows for cell in row}
    assert {name, counted} <= cells
    assert stranger.say(label, CityStatus.SILENT) not in cells

    # Show them in QGIS: by the address that the page tells, as its library reads it.
    stranger.go("/")
    bar = stranger.page.get_by_role("navigation", name=stranger.words("Main"), exact=True)
    stranger.click(bar.get_by_role("link", name=stranger.words("Open data")))
    nothing_sticks_out(stranger)
    address = stranger.main.get_by_text(f"{site.settings.public_url}/ogc", exact=True).inner_text()
    asked = ["-where", f"code = '{city}'", "-al", "-q"]
    done = subprocess.run(
        ["ogrinfo", "-ro", f"OAPIF:{address}", "cities", *asked],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert name in done.stdout
    assert "POINT" in done.stdout

    # What changed last month?
    stranger.go("/")
    stranger.follow("What changed last month")
    stranger.sees(stranger.words("Cities newly counted"))
    expect(stranger.main.locator(f"a[href^='/vi/cities/{city}?']").first).to_be_visible()
    nothing_sticks_out(stranger)
