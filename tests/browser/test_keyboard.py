"""The sorting office: a dozen entries judged without the mouse, and one without a script."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from registry.domain.model import Role
from tests.browser.conftest import NewVisitor, Site
from tests.browser.visitor import Visitor
from tests.integration.test_together import WHOLE, hand_in, own_words

pytestmark = pytest.mark.xdist_group("browser")

DOZEN = 12


def submitted(site: Site, city: str, count: int, word: str) -> None:
    """Entries that a list can be narrowed to by this word."""
    world = site.world
    author = world.signer(city)
    problem = world.problem(author, city)
    for number in range(count):
        text = WHOLE | own_words() | {"title": f"{word} số {number + 1}"}
        hand_in(world, city, world.draft(author, city, [problem], **text))


def key(reviewer: Visitor, pressed: str) -> None:
    """Presses what leads to another page, and waits for it."""
    with reviewer.page.expect_navigation():
        reviewer.page.keyboard.press(pressed)


def focused(page: Page, selector: str) -> None:
    expect(page.locator(selector)).to_be_focused()


def test_a_dozen_entries_are_judged_from_the_keyboard(site: Site, visitor: NewVisitor) -> None:
    city = site.city()
    submitted(site, city, DOZEN, "Bàn phím")
    reviewer = visitor("vi", site.account(Role.REVIEWER))
    page = reviewer.page
    reviewer.go("/review?q=Bàn+phím")

    # In the list: down, down, up; the keys are told, and silent while one types.
    for pressed in ("j", "j", "k"):
        page.keyboard.press(pressed)
    expect(page.locator("[data-entry]").first).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.locator("#q").focus()
    page.keyboard.type("nj")
    assert "nj" in page.locator("#q").input_value()
    page.locator("[data-entry]").first.focus()

    # The first is opened, taken up and handed back; then the next in line.
    key(reviewer, "Enter")
    key(reviewer, "c")
    page.keyboard.press("h")
    focused(page, "#hand_back-note")
    page.keyboard.type("Đọc sau")
    key(reviewer, "Control+Enter")
    reviewer.sees("Hồ sơ đã trở lại hàng chờ.")
    key(reviewer, "n")

    for number in range(DOZEN):
        if number % 4 == 3:
            page.keyboard.press("r")
            focused(page, "#return-reason_codes div:first-of-type > input")
            page.keyboard.press("Escape")
            page.keyboard.press("x" if number == 3 else "r")
            form = "reject" if number == 3 else "return"
            expect(page.locator(f"#{form}-reason")).to_be_visible()
            # By tabs, as one goes through a form.
            while page.evaluate("document.activeElement.name") != "reason":
                page.keyboard.press("Tab")
            page.keyboard.type("Chưa đủ minh chứng, mong xem lại.")
        else:
            page.keyboard.press("a")
            focused(page, "#approve-ai_confirmed")
            page.keyboard.press("Space")
        key(reviewer, "Control+Enter")
        assert page.url.endswith("/decided"), page.url
        if number < DOZEN - 1:
            focused(page, "[data-key=n]")
            key(reviewer, "Enter")
    reviewer.sees(reviewer.words("Nothing else waits for you."))

    with site.world.factory() as session:
        judged = session.execute(
            text("""
                SELECT v.state, count(*) FROM use_case_version v JOIN use_case u
                    ON u.id = v.use_case_id JOIN city ON city.id = u.city_id
                WHERE city.code = :city GROUP BY 1 ORDER BY 1
            """),
            {"city": city},
        )
        assert [tuple(row) for row in judged] == [
            ("approved", 9),
            ("rejected", 1),
            ("returned", 2),
        ]


def test_read_ones_are_approved_together_and_single_keys_can_be_switched_off(
    site: Site, visitor: NewVisitor
) -> None:
    city = site.city()
    submitted(site, city, 2, "Cùng lúc")
    reviewer = visitor("vi", site.account(Role.REVIEWER))
    page = reviewer.page
    reviewer.go("/review?q=Cùng+lúc")
    key(reviewer, "n")
    key(reviewer, "m")
    key(reviewer, "m")
    reviewer.sees(reviewer.words("What you hold"))
    key(reviewer, "b")
    boxes = page.locator("[name=confirmed]")
    expect(boxes).to_have_count(2)
    for box in boxes.all():
        box.focus()
        page.keyboard.press("Space")
    page.keyboard.press("?")
    page.locator("#keys-on").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("button", name=reviewer.words("Keys (?)")).press("Enter")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    boxes.first.focus()
    key(reviewer, "Control+Enter")
    expect(page.locator(".state-approved")).to_have_count(2)


def test_the_next_in_line_needs_no_script(site: Site, visitor: NewVisitor) -> None:
    city = site.city()
    submitted(site, city, 1, "Không kịch bản")
    reviewer = visitor("vi", site.account(Role.REVIEWER), scripts=False)
    reviewer.go("/review?q=Không+kịch+bản")
    expect(reviewer.main.locator("[data-keys-open]")).to_be_hidden()
    reviewer.press("Take up the next entry")
    reviewer.sees("Không kịch bản số 1")
    reviewer.press("Take up the next entry")
    reviewer.sees(
        reviewer.words(
            "Nothing is left in this list that you can take up. Widen the filter, or see what you"
            " hold."
        )
    )
