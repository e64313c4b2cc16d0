"""The inspector's round: every public page there is, told by the census of the routes."""

import re
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from playwright.sync_api import expect

from tests.browser import looks
from tests.browser.conftest import NewVisitor, Site
from tests.browser.test_access import ANSWERED, Keys
from tests.browser.visitor import Visitor
from tests.public_doors import LEFT_OUT, Names, furnish, public_doors

pytestmark = pytest.mark.xdist_group("browser")

_FORMS = ("/sign-in", "/forgotten-password", "/report", "/reports")
_LEFT_OUT = {door: why for door, why in LEFT_OUT.items() if not door.endswith(_FORMS)}
# What stands in other pages or is printed has no site around it.
_BARE = re.compile(r"/(embed|print)(/|$|\?)")
# What is there when there is nothing, and when something is wrong.
STATES = {
    "/search?q=zzzqqq": HTTPStatus.OK,
    "/search?q=ngap": HTTPStatus.OK,
    "/cities?q=zzzqqq": HTTPStatus.OK,
    "/use-cases?area=flooding": HTTPStatus.OK,
    "/?as_of=1999-01-01": HTTPStatus.OK,
    "/map/compare?a=2024-12-31&b=2025-12-31": HTTPStatus.OK,
    "/map?area=flooding": HTTPStatus.OK,
    "/coverage/changes?from=hôm-qua": HTTPStatus.UNPROCESSABLE_ENTITY,
    "/?as_of=hôm-qua": HTTPStatus.UNPROCESSABLE_ENTITY,
    "/không-có": HTTPStatus.NOT_FOUND,
}
LONG = "Hệ thống cảnh báo ngập lụt đô thị bằng camera và trạm đo mực nước " * 2


@pytest.fixture(scope="module")
def names(site: Site) -> Names:
    text = {**ANSWERED, "title": LONG.strip()}
    return furnish(site.world, site.settings, site.city(), **text)


def pages(site: Site, names: Names, person: Visitor) -> Iterator[tuple[str, HTTPStatus]]:
    """Every page of the census in this language, without the language; then the states."""
    beginning = f"/{person.language}"
    for door in public_doors(names, left_out=_LEFT_OUT):
        if not door.startswith(f"{beginning}/"):
            continue
        asked = person.context.request.head(f"{site.address}{door}")
        assert asked.ok, f"{door}: {asked.status}"
        if asked.headers.get("content-type", "").startswith("text/html"):
            yield door.removeprefix(beginning), HTTPStatus.OK
    yield from STATES.items()


def test_every_page_is_for_everybody(site: Site, visitor: NewVisitor, names: Names) -> None:
    """By axe, on a phone, at 200 %, by the keyboard, and where less motion is wanted."""
    person = visitor("vi")
    person.page.emulate_media(reduced_motion="reduce")
    found, titles = [], Counter[str]()
    for path, status in pages(site, names, person):
        person.go(path, status)
        page, bare = person.page, _BARE.search(path) is not None
        said = [
            *looks.built(page, "vi", bare=bare),
            *looks.fits(page),
            *looks.focus_is_seen(page),
            *looks.stands_still(page),
        ]
        found += [f"{path} {each}" for each in said]
        if not bare and path not in STATES:
            titles[page.title()] += 1
    assert found == []
    assert len(titles) > 25
    assert [title for title, count in titles.items() if count > 1] == []


def test_every_page_is_whole_without_a_script_and_in_english(
    site: Site, visitor: NewVisitor, names: Names
) -> None:
    person = visitor("en", scripts=False)
    found = []
    for path, status in pages(site, names, person):
        person.go(path, status)
        bare = _BARE.search(path) is not None
        found += [f"{path} {each}" for each in looks.built(person.page, "en", bare=bare)]
    assert found == []


def test_the_main_pages_keep_their_marks_in_forced_colours(
    visitor: NewVisitor, names: Names
) -> None:
    person = visitor("vi")
    person.page.emulate_media(forced_colors="active")
    found = []
    for path in (
        "/",
        "/map",
        "/search?q=ngap",
        f"/cities/{names.city}",
        f"/use-cases/{names.use_case}",
        f"/decisions/{names.decision}",
        "/coverage",
        "/không-có",
    ):
        person.go(path, STATES.get(path, HTTPStatus.OK))
        said = [*looks.focus_is_seen(person.page), *looks.violations(person.page)]
        found += [f"{path} {each}" for each in said]
    assert found == []


def test_from_a_word_to_the_decision_by_keyboard_alone(visitor: NewVisitor, names: Names) -> None:
    reader = visitor("vi")
    reader.go("/")
    keys = Keys(reader.page)
    keys.reach("#site-search")
    keys.page.keyboard.type(names.use_case)
    keys.enter()
    keys.enter(f"main a[href*='/use-cases/{names.use_case}']")
    keys.enter(f"main a[href*='/cities/{names.city}']")
    keys.enter(f"main a[href*='/use-cases/{names.use_case}']")
    keys.enter(f"main a[href*='/decisions/{names.decision}']")
    reader.sees(f"QĐ-AI/{names.decision.replace('-', '/')}")


def test_a_search_is_narrowed_taken_away_and_cited_by_keyboard_alone(
    visitor: NewVisitor, names: Names
) -> None:
    reader = visitor("vi")
    reader.go("/search?q=ngap")
    keys = Keys(reader.page)
    keys.enter("aside a[href*='area=flooding']")
    keys.reach("a[download][href*='.csv']")
    with reader.page.expect_download() as taken:
        keys.page.keyboard.press("Enter")
    assert taken.value.suggested_filename.endswith(".csv")
    reader.go(f"/cities/{names.city}")
    keys.press(".cite summary", "Enter")
    keys.reach(".cite .citation a")
    expect(reader.page.locator(".cite .citation a")).to_be_in_viewport()


def test_a_report_that_is_refused_is_mended_by_keyboard_alone(
    visitor: NewVisitor, names: Names
) -> None:
    reader = visitor("vi")
    reader.expected.add(HTTPStatus.UNPROCESSABLE_ENTITY)
    reader.go(f"/use-cases/{names.use_case}")
    keys = Keys(reader.page)
    keys.enter(f"main a[href*='/use-cases/{names.use_case}/report']")
    keys.enter("main form.panel button[type=submit]")
    assert [*looks.built(reader.page, "vi", bare=False), *looks.fits(reader.page)] == []
    text = reader.main.locator("[name=text]")
    expect(text).to_have_attribute("aria-invalid", "true")
    expect(text).to_have_accessible_description(re.compile(r"\S"))
    keys.reach("main a[href='#text']")
    keys.page.keyboard.press("Enter")
    expect(text).to_be_focused()


def test_the_map_is_read_without_seeing_it(site: Site, visitor: NewVisitor, names: Names) -> None:
    """Its twin is told to screen readers as tables that have names, and is reached by keyboard."""
    del site, names
    reader = visitor("vi", scripts=False)
    reader.go("/map?as_of=2025-06-30")
    main = reader.main
    for table in main.get_by_role("table").all():
        expect(table).to_have_accessible_name(re.compile(r"\S"))
        expect(table.get_by_role("columnheader").first).to_be_visible()
        expect(table.get_by_role("rowheader").first).to_be_visible()
    keys = Keys(reader.page)
    keys.reach("[name=area]")
    keys.page.keyboard.press("ArrowDown")
    keys.enter("main form button[type=submit]")
    reader.sees(reader.words("Cities that count by a problem of the area: %(area)s").split("%")[0])
