"""Texts that would be code somewhere are shown as what they are: texts."""

import pytest
from playwright.sync_api import expect

from registry.domain.model import Role
from tests.browser import steps
from tests.browser.conftest import LANGUAGES, NewVisitor, Site
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.xdist_group("browser")

HOSTILE = "{{7*7}}{% raw %}${alert(1)}<script>alert(1)</script><img src=x onerror=alert(1)>"
HOSTILE_URL = """https://example.vn/{{7*7}}?a=${alert(1)}&b="><script>alert(1)</script>'{%"""


def shows(person: Visitor, path: str) -> None:
    """The page stands, shows the text literally, and made nothing of it."""
    if path:
        person.go(path)
    person.sees(HOSTILE)
    expect(person.page.locator("img[src=x]")).to_have_count(0)


def test_a_hostile_text_in_every_field_is_shown_literally(site: Site, visitor: NewVisitor) -> None:
    city = site.city()
    editor = visitor("vi", site.account(Role.CITY_EDITOR, city))
    signer = visitor("vi", site.account(Role.CITY_SIGNER, city))
    reviewer = visitor("en", site.account(Role.REVIEWER))

    steps.declare_problem(
        editor, {**dict.fromkeys(steps.PROBLEM, HOSTILE), "basis_url": HOSTILE_URL}
    )
    steps.start_use_case(editor, HOSTILE)
    steps.write_use_case(editor, dict.fromkeys(steps.USE_CASE, HOSTILE), evidence=HOSTILE_URL)
    shows(editor, "")
    steps.submit(signer, city)

    shows(reviewer, "/review")
    steps.take_up(reviewer, city)
    shows(reviewer, "")
    steps.decide(reviewer, "return", HOSTILE)
    shows(reviewer, "")
    shows(signer, f"/desk/{city}")
    editor.go(f"/desk/{city}")
    editor.press("Answer with a new version")
    editor.fill(summary=HOSTILE + ".")
    editor.press("Save and check")
    steps.submit(signer, city)

    steps.take_up(reviewer, city)
    steps.approve(reviewer, HOSTILE)
    shows(reviewer, f"/review/{city}-001/2")
    shows(reviewer, f"/review/entries?q={city}")
    signer.go(f"/desk/{city}")
    signer.choose(year="2024", status="covered")
    signer.fill(note=HOSTILE)
    signer.press("Record the word")
    shows(signer, "")

    for language in LANGUAGES:
        public = visitor(language)
        for path in ("/", f"/cities/{city}", "/use-cases?area=flooding", f"/use-cases/{city}-001"):
            shows(public, path)
        public.go(f"/map#city={city}")
        expect(public.page.locator("[data-map=status]")).to_have_attribute("data-kind", "done")
        expect(public.page.locator(".leaflet-popup")).to_contain_text(HOSTILE)
        expect(public.page.locator("canvas").first).to_be_visible()
