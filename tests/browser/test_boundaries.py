"""The survey office's screens: boundaries looked through on their outlines and put in force; a
carrying over taken back."""

import json
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from api.i18n import day
from registry.domain.model import Role
from tests.browser.conftest import NewVisitor, Site

pytestmark = pytest.mark.xdist_group("browser")

NARROW, WIDE = 360, 1280
# Far ahead, so that the figures of the other journeys stay what they are.
# After the years into which other journeys put rolls: those name the provinces of today.
YEAR = 2150
FACTS = {
    "name_vi": "Ranh giới thử",
    "name_en": "Trial boundaries",
    "legal_basis": "1/QĐ-TTg",
    "source_vi": "Bộ Nông nghiệp và Môi trường",
    "source_en": "Ministry of Agriculture and Environment",
    "source_url": "https://example.vn/ranh-gioi",
}


def sound(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= NARROW, f"{page.url} is {wide} wide"
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_boundaries_are_looked_through_on_the_map_and_put_in_force(
    site: Site, visitor: NewVisitor
) -> None:
    keeper = visitor("vi", site.account(Role.ADMINISTRATOR))
    page = keeper.page
    page.set_viewport_size({"width": NARROW, "height": 800})
    answer = keeper.context.request.get(f"{site.address}/vi/admin/boundaries/now.geojson")
    found = json.loads(answer.body())
    features = {each["properties"]["code"]: each for each in found["features"]}
    # The two northernmost of the list merge; a third is renamed.
    gone, heir, renamed = sorted(features)[:3]
    parts = [_parts(features[code]) for code in (gone, heir)]
    features[heir]["geometry"] = {"type": "MultiPolygon", "coordinates": parts[0] + parts[1]}
    features[heir]["properties"]["predecessors"] = [gone]
    features[renamed]["properties"]["name_vi"] = "Tỉnh Tên Mới Rất Dài Để Thử Xuống Dòng"
    found["features"] = [each for code, each in features.items() if code != gone]
    keeper.go("/admin/boundaries")
    sound(page)
    keeper.follow("Prepare new boundaries")
    keeper.fill(valid_from=f"01/01/{YEAR}", **FACTS)
    keeper.main.locator("[name=file]").set_input_files(
        {
            "name": "ranh-gioi.geojson",
            "mimeType": "application/geo+json",
            "buffer": json.dumps(found).encode(),
        }
    )
    keeper.press("Take the file in and see what changes")
    keeper.sees(
        keeper.words("The file was taken in. Nothing is in force yet: look through what changes.")
    )
    assert keeper.main.locator("svg path.outline-old").count() == len(features)
    keeper.sees("Hoàng Sa")
    keeper.sees("Trường Sa")
    sound(page)
    draft = page.url.partition("?")[0]
    for link in keeper.main.locator("tbody th a").all_inner_texts():
        page.goto(draft)
        keeper.click(keeper.main.get_by_role("link", name=link, exact=True))
        sound(page)
        while keeper.main.locator("input[name=change]:checked").count():
            keeper.press("Confirm those ticked")
            keeper.sees(keeper.words("The changes were confirmed."))
    page.goto(draft)
    first = keeper.say(day, date(YEAR, 1, 1))
    keeper.press(keeper.words("Put in force from %(day)s") % {"day": first})
    keeper.sees(keeper.words("The boundaries were put in force."))
    sound(page)
    keeper.go(f"/cities?province={gone}&as_of={YEAR}-01-01")
    keeper.sees(keeper.words("On this day there is no such province. It goes on in:"))


def _parts(feature: dict[str, object]) -> list[object]:
    shape = feature["geometry"]
    assert isinstance(shape, dict)
    several: list[object] = shape["coordinates"]
    return several if shape["type"] == "MultiPolygon" else [several]
