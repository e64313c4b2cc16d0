"""The desk's form with its script: nothing typed is lost, rows are added, areas drawn."""

import json
import re

import pytest
from playwright.sync_api import expect

from registry.domain.model import Role
from tests.browser import steps
from tests.browser.conftest import NewVisitor, Site
from tests.browser.visitor import Visitor
from tests.factories import PASSWORD

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def city(site: Site) -> str:
    city = site.city()
    site.world.problem(site.world.signer(city), city)
    return city


def state(editor: Visitor, words: str) -> None:
    """What the form says of what was typed."""
    told = re.escape(editor.words(words)).replace(r"%\(time\)s", ".*")
    expect(editor.main.locator("[data-save-state]")).to_contain_text(re.compile(told))


def test_a_draft_saves_itself_and_what_it_cannot_save_is_kept(
    site: Site, visitor: NewVisitor, city: str
) -> None:
    account = site.account(Role.CITY_EDITOR, city)
    editor = visitor("vi", account)
    steps.start_use_case(editor, "Cảnh báo ngập sớm")
    form = editor.page.url.partition("?")[0]
    editor.fill(summary="Báo trước hai giờ")
    state(editor, "Not saved yet.")
    state(editor, "Saved at %(time)s.")
    editor.page.goto(form)
    summary = editor.main.locator("[name=summary]")
    expect(summary).to_have_value("Báo trước hai giờ")

    # Rows come without a way to the register.
    rows = editor.main.locator("#stages [data-row]")
    before = rows.count()
    editor.main.locator("#stages [data-add]").click()
    expect(rows).to_have_count(before + 1)
    expect(editor.main.locator(f"[name=stages-{before}-stage]")).to_be_focused()
    editor.choose(**{f"stages-{before}-stage": "pilot"})
    rows.nth(0).locator("[data-remove]").click()
    expect(rows).to_have_count(before)

    editor.context.clear_cookies()
    editor.fill(summary="Báo trước ba giờ")
    state(
        editor,
        "You have been signed out. What you typed is kept in this browser: sign in, and it is put"
        " back.",
    )
    editor.click(editor.main.locator("[data-save-state] a"))
    editor.fill(email=account, password=PASSWORD)
    editor.press("Sign in")
    expect(editor.page).to_have_url(form)
    expect(summary).to_have_value("Báo trước ba giờ")
    expect(editor.main.locator(f"[name=stages-{before}-stage]")).to_have_value("pilot")
    state(editor, "Saved at %(time)s.")
    editor.page.goto(form)
    expect(summary).to_have_value("Báo trước ba giờ")
    expect(editor.main.locator("[name=stages-0-stage]")).to_have_value("pilot")


def test_an_area_is_drawn_by_mouse_or_keyboard(site: Site, visitor: NewVisitor, city: str) -> None:
    editor = visitor("en", site.account(Role.CITY_EDITOR, city))
    steps.start_use_case(editor, "Cảnh báo ngập sớm")
    editor.main.locator("#section-area summary").click()
    sheet = editor.main.locator(".drawing-map")
    expect(sheet.locator("path.leaflet-interactive, svg path").first).to_be_attached()
    sheet.scroll_into_view_if_needed()
    tool = editor.main.locator(".drawing-tools").get_by_role
    tool("button", name=editor.words("Draw a part")).click()
    for x, y in ((100, 80), (220, 80), (220, 200)):
        sheet.click(position={"x": x, "y": y}, delay=30)
    tool("button", name=editor.words("Finish the part")).click()
    drawn = editor.main.locator("[name=area_geometry]")
    shape = json.loads(drawn.input_value())
    assert shape["type"] == "Polygon"
    assert len(shape["coordinates"][0]) == 4

    tool("button", name=editor.words("Draw a part")).click()
    sheet.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        for _ in range(4):
            sheet.press(key)
        editor.page.wait_for_function(
            "() => !document.querySelector('.drawing-map .leaflet-pan-anim')"
        )
        tool("button", name=editor.words("Set a corner at the cross")).press("Enter")
    tool("button", name=editor.words("Finish the part")).press("Enter")
    shape = json.loads(drawn.input_value())
    assert [f["geometry"]["type"] for f in shape["features"]] == ["Polygon", "Polygon"]
    editor.press("Save and check")
    expect(editor.main.locator(".area-map path").first).to_be_attached()
