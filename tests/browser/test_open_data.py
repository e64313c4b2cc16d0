"""The counter of open data without a mouse: from the home page to a file that proves itself."""

import hashlib
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.browser.conftest import LANGUAGES, NewVisitor
from tests.browser.test_access import Keys

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_and_its_checksum_are_taken_by_keyboard_alone(
    visitor: NewVisitor, language: str, tmp_path: Path
) -> None:
    reader = visitor(language)
    reader.go("/")
    keys = Keys(reader.page)
    keys.enter(f"footer a[href='/{language}/data']")
    reader.sees(reader.words("Whole sets"))

    book = _taken(keys, "a[href*='/downloads/cities.xlsx?']", tmp_path)
    assert load_workbook(book).sheetnames[0] == {"vi": "Tiếng Việt", "en": "English"}[language]

    # Closed, what is in it is no stop; opened, the table can be scrolled, then the links come.
    more = reader.main.locator("details").first
    keys.press("main details:first-of-type > summary", "Enter")
    expect(more).to_have_attribute("open", "")
    keys.reach("[role=region]")
    expect(reader.page.locator("*:focus")).to_have_accessible_name(
        reader.say(lambda: str(more.locator("xpath=../h3").inner_text()))
    )
    told = _taken(keys, "a[href*='/downloads/cities.xlsx.sha256?']", tmp_path)
    digest, name = told.read_text(encoding="utf-8").split()
    assert (digest, name) == (hashlib.sha256(book.read_bytes()).hexdigest(), book.name)


def _taken(keys: Keys, selector: str, folder: Path) -> Path:
    """What the browser saves when Enter is pressed on a link, under the name it suggests."""
    keys.reach(selector)
    with keys.page.expect_download() as saving:
        keys.page.keyboard.press("Enter")
    path = folder / saving.value.suggested_filename
    saving.value.save_as(path)
    return path
