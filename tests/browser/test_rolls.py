"""The land registry's screens: two cities merged by a list, looked through before it holds."""

import csv
import io
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe

from api.i18n import day
from registry.domain.model import Role
from tests.browser.conftest import NewVisitor, Site

pytestmark = pytest.mark.xdist_group("browser")

NARROW = 320
FACTS = {
    "name_vi": "Danh mục thử",
    "name_en": "Trial roll",
    "legal_basis": "1/QĐ-BXD",
    "source_vi": "Bộ Xây dựng",
    "source_en": "Ministry of Construction",
    "source_url": "https://example.vn/danh-muc",
}


@pytest.mark.parametrize(("language", "scripts", "year"), [("vi", True, 2099), ("en", False, 2098)])
def test_an_administrator_merges_two_cities(
    site: Site, visitor: NewVisitor, language: str, scripts: bool, year: int
) -> None:
    """Far ahead, so that the figures of the other journeys stay what they are; the later day first,
    so that each list comes after the same roll."""
    gone, heir = site.city(), site.city()
    keeper = visitor(language, site.account(Role.ADMINISTRATOR), scripts=scripts)
    keeper.page.set_viewport_size({"width": NARROW, "height": 800})
    taken_in = keeper.words(
        "The list was taken in. Nothing is in force yet: look through what changes."
    )

    def sound() -> None:
        wide = keeper.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= NARROW, f"{keeper.page.url} is {wide} wide"
        if scripts:
            found = Axe().run(keeper.page)
            assert found.violations_count == 0, found.generate_report()

    keeper.go("/admin/rolls")
    sound()
    answer = keeper.context.request.get(f"{site.address}/{language}/admin/rolls/list/DT-2026")
    head, *rows = csv.reader(io.StringIO(answer.body().decode("utf-8-sig")))
    for row in rows:
        if row[0] == heir:
            row[6] = gone
    out = io.StringIO(newline="")
    csv.writer(out).writerows([head, *(row for row in rows if row[0] != gone)])
    keeper.follow("Prepare a new roll")
    sound()
    keeper.fill(code=f"trial-{year}", valid_from=f"01/01/{year}", **FACTS)
    keeper.main.locator("[name=file]").set_input_files(
        {"name": "danh-muc.csv", "mimeType": "text/csv", "buffer": out.getvalue().encode()}
    )
    keeper.press("Take the list in and see what changes")
    keeper.sees(taken_in)
    sound()
    keeper.follow("Merged into another city")
    keeper.sees(heir)
    sound()
    keeper.press("Confirm those ticked")
    keeper.follow("Back to the list")
    sound()
    first = keeper.say(day, date(year, 1, 1))
    keeper.press(keeper.words("Put in force from %(day)s") % {"day": first})
    keeper.sees(keeper.words("The roll was put in force."))
    sound()
    keeper.go("/review/carry-over")
    sound()
