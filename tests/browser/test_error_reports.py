"""An error on the screen: a stranger reports it, the desk forwards it, the city answers."""

import re
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from registry.domain.model import Role
from tests.browser.conftest import NewVisitor, Site
from tests.browser.test_access import findings
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.xdist_group("browser")

TOLD = "Trạm đo đã tháo từ tháng 3, tôi ở ngay bên cạnh."
WORDING = "Có người cho biết trạm đo không còn."
SHOWN = "Người dân báo: trạm đo không còn."
ANSWER = "Trạm đã chuyển sang cầu khác, chúng tôi sửa bản mô tả."


def test_a_stranger_without_scripts_is_answered_in_public(site: Site, visitor: NewVisitor) -> None:
    world, city = site.world, site.city()
    author = world.signer(city)
    world.approved(author, city, [world.problem(author, city)])
    stranger = visitor("vi", scripts=False)
    stranger.page.set_viewport_size({"width": 390, "height": 844})

    stranger.go(f"/use-cases/{city}-001")
    stranger.follow("Report an error in this entry")
    stranger.choose(category="not_operating", field="evidence")
    stranger.fill(text=TOLD)
    _not_wider_than_the_screen(stranger)
    _send(stranger)
    stranger.sees(stranger.words("Your report came in. Thank you."))
    code = stranger.page.url.partition("?")[0].rpartition("/")[2]
    _not_wider_than_the_screen(stranger)

    reviewer = visitor("en", site.account(Role.REVIEWER))
    reviewer.go("/review")
    reviewer.follow("Reports of errors")
    row = reviewer.main.locator("tr", has_text=f"{city}-001")
    reviewer.click(row.get_by_role("link"))
    reviewer.sees(TOLD)
    _is_for_everybody(reviewer)
    reviewer.fill(wording=WORDING)
    reviewer.press("Give it to the city")

    editor = visitor("vi", site.account(Role.CITY_EDITOR, city))
    editor.go(f"/desk/{city}")
    editor.follow("Read and answer")
    editor.sees(WORDING)
    assert TOLD not in editor.page.content()
    _is_for_everybody(editor)
    editor.choose(outcome="corrected")
    editor.fill(text=ANSWER)
    editor.press("Send the answer")

    reviewer.go("/account/messages")
    reviewer.sees(ANSWER)
    reviewer.go("/review/reports?state=answered")
    reviewer.click(row.get_by_role("link"))
    reviewer.main.locator("[name=published]").check()
    reviewer.fill(remark=SHOWN)
    reviewer.press("Close it")

    stranger.go(f"/reports/{code}")
    stranger.sees(ANSWER)
    _is_for_everybody(visitor("en"), f"/reports/{code}")
    stranger.follow("Report and answer stand on the page of the entry")
    expect(
        stranger.main.locator("section", has=stranger.page.locator("#reported"))
    ).to_contain_text(SHOWN)
    stranger.sees(ANSWER)
    assert TOLD not in stranger.page.content()
    _not_wider_than_the_screen(stranger)


def _send(stranger: Visitor) -> None:
    """Machines are quicker than the form allows: they press again, and lose nothing."""
    stranger.expected.add(HTTPStatus.UNPROCESSABLE_ENTITY)
    while "/reports/" not in stranger.page.url:
        stranger.press("Send the report")
    assert re.search(r"/vi/reports/[a-z2-7]{32}", stranger.page.url)


def _is_for_everybody(person: Visitor, path: str = "") -> None:
    here = urlsplit(person.page.url).path.removeprefix(f"/{person.language}")
    assert list(findings(person, path or here)) == []


def _not_wider_than_the_screen(stranger: Visitor) -> None:
    wide = stranger.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
