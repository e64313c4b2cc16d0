"""A field's talk on the screen: asked, answered and settled beside it, and never overheard."""

from http import HTTPStatus

import pytest
from playwright.sync_api import expect

from registry.domain.model import Role
from tests.browser.conftest import NewVisitor, Site
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.xdist_group("browser")

ASKED = "Liên kết này không nêu ngày vận hành."
INTERNAL = "Hỏi lại Cục trước khi duyệt."
ANSWERED = "Đã thay bằng thông báo ngày 01/11/2024."


def comment(reviewer: Visitor, field: str, scope: str, text: str) -> None:
    reviewer.click(reviewer.main.locator(f"a.comment-on[href*='on={field}#']"))
    form = reviewer.main.locator("#new-thread")
    form.locator(f"[name=scope][value={scope}]").check()
    form.locator("[name=text]").fill(text)
    reviewer.click(form.get_by_role("button"))


@pytest.mark.parametrize(("language", "scripts"), [("vi", True), ("en", False)])
def test_a_reviewer_asks_and_the_city_answers_beside_the_field(
    site: Site, visitor: NewVisitor, language: str, scripts: bool
) -> None:
    world, city = site.world, site.city()
    author = world.signer(city)
    version = world.draft(author, city, [world.problem(author, city)])
    world.submit(author, version)
    reviewer = visitor(language, site.account(Role.REVIEWER), scripts=scripts)
    editor = visitor(language, site.account(Role.CITY_EDITOR, city), scripts=scripts)

    reviewer.go(f"/review/{city}-001/1")
    comment(reviewer, "evidence", "city", ASKED)
    comment(reviewer, "title", "internal", INTERNAL)
    expect(reviewer.main.locator(".thread-internal")).to_contain_text(INTERNAL)

    editor.go("/account/messages")
    editor.sees(ASKED)
    editor.go(f"/desk/{city}/versions/{version}")
    beside = editor.main.locator("#talk-evidence")
    expect(beside).to_contain_text(ASKED)
    assert INTERNAL not in editor.page.content()
    beside.locator("textarea").fill(ANSWERED)
    editor.click(beside.locator("button[value=said]"))
    expect(editor.main.locator("#talk-evidence")).to_contain_text(ANSWERED)
    editor.go(f"/review/{city}-001/1", HTTPStatus.FORBIDDEN)

    reviewer.go(f"/review/{city}-001/1")
    reviewer.sees(reviewer.words("New: the city wrote"))
    thread = reviewer.main.locator("#talk-evidence .thread")
    expect(thread).to_contain_text(ANSWERED)
    reviewer.click(thread.locator("button[value=settled]"))
    expect(reviewer.main.locator("#talk-evidence summary")).to_be_visible()
    expect(reviewer.main.locator("#talk-evidence .thread-head")).to_contain_text(
        reviewer.words("Settled")
    )
