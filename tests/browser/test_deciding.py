"""The record office's screens: a return with comments, the answer to it, a decision on paper."""

from http import HTTPStatus

import pytest
from playwright.sync_api import expect

from registry.domain.model import Role
from tests.browser.conftest import NewVisitor, Site

pytestmark = pytest.mark.xdist_group("browser")

COMMENT = "Liên kết thứ nhất không mở được."


@pytest.mark.parametrize(("language", "scripts"), [("vi", True), ("en", False)])
def test_the_city_reads_beside_the_field_what_the_reviewer_wrote(
    site: Site, visitor: NewVisitor, language: str, scripts: bool
) -> None:
    world, city = site.world, site.city()
    author = world.signer(city)
    version = world.draft(author, city, [world.problem(author, city)])
    world.submit(author, version)
    reviewer = visitor(language, site.account(Role.REVIEWER), scripts=scripts)
    editor = visitor(language, site.account(Role.CITY_EDITOR, city), scripts=scripts)
    public = visitor(language, scripts=scripts)

    reviewer.go(f"/review/{city}-001/1")
    reviewer.press("Start review")
    form = reviewer.main.locator("details:has(input[value=return])")
    form.locator("> summary").click()
    form.locator("[name=reason_codes][value=evidence]").check()
    form.locator("[name=reason]").fill("Bổ sung minh chứng.")
    form.locator("[name=comments-0-field]").select_option("evidence")
    form.locator("[name=comments-0-text]").fill(COMMENT)
    reviewer.click(form.get_by_role("button"))
    number = reviewer.main.locator("a[href*='/decisions/']").first
    slug = (number.get_attribute("href") or "").rpartition("/")[2]
    reviewer.click(number)
    reviewer.sees(COMMENT)

    editor.go(f"/desk/{city}/versions/{version}")
    editor.sees(COMMENT)
    editor.click(editor.main.locator("button[value=revise]"))
    expect(editor.main.locator(".hint", has_text=COMMENT)).to_be_visible()
    editor.go(f"/decisions/{slug}")
    receipt = editor.context.request.get(f"{editor.page.url}/receipt.pdf")
    assert receipt.headers["content-type"] == "application/pdf"
    public.go(f"/decisions/{slug}", HTTPStatus.NOT_FOUND)
