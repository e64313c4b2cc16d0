"""A declaration by spreadsheet: the template, forty rows with mistakes, the report, the drafts."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from registry.domain.model import Role
from tests.browser import steps
from tests.browser.conftest import NewVisitor, Site
from tests.browser.test_access import findings
from tests.browser.visitor import Visitor
from tests.office import FIRST_MISTAKE, MISTAKES, filled, forty_rows

pytestmark = pytest.mark.xdist_group("browser")


def download(editor: Visitor, link: str) -> bytes:
    with editor.page.expect_download() as begun:
        editor.main.get_by_role("link", name=editor.words(link), exact=True).click()
    return Path(begun.value.path()).read_bytes()


def send(editor: Visitor, content: bytes) -> None:
    editor.page.set_input_files(
        "#sheet", {"name": "khai.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    )
    editor.press("Send and check")


@pytest.mark.parametrize(("language", "scripts"), [("vi", True), ("en", False)])
def test_forty_rows_are_mended_by_the_report(
    site: Site, visitor: NewVisitor, language: str, scripts: bool
) -> None:
    city = site.city()
    signer = visitor(language, site.account(Role.CITY_SIGNER, city), scripts=scripts)
    editor = visitor(language, site.account(Role.CITY_EDITOR, city), scripts=scripts)
    steps.declare_problem(signer, steps.PROBLEM)

    editor.go(f"/desk/{city}")
    editor.follow("Declare by spreadsheet")
    template = download(editor, "Template for Excel (.xlsx)")
    wrong = forty_rows()
    # Of whom it is not to be declared for, wherever the test takes place.
    wrong[FIRST_MISTAKE + 8]["city"] = "46"
    send(editor, filled(wrong, given=template))
    report = urlsplit(editor.page.url).path.removeprefix(f"/{language}")
    if scripts:
        assert list(findings(editor, report)) == []
    editor.follow("Only rows with problems")
    for number in range(len(MISTAKES)):
        editor.sees(editor.words("Row %(number)s") % {"number": FIRST_MISTAKE + 3 + number})
    editor.press("Take over")
    editor.sees(str(40 - len(MISTAKES)))

    editor.go(f"/desk/{city}/sheets")
    send(editor, filled(forty_rows(mended=True), given=template))
    editor.press("Take over")
    editor.go(f"/desk/{city}/sheets")
    send(editor, filled(forty_rows(mended=True), given=template))
    editor.sees(editor.words("Nothing changes: the register holds all of this already."))

    editor.go(f"/desk/{city}/sheets")
    exported = download(editor, "All entries (.xlsx)")
    send(editor, exported)
    editor.sees(editor.words("Nothing changes: the register holds all of this already."))
