"""The map through time: by the keyboard alone, without a script, and what it costs to send."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import Client
from playwright.sync_api import Locator, expect

from api import i18n
from registry.domain.model import CityStatus
from registry.queries.cities import cities
from registry.queries.coverage import GroupBy, coverage
from registry.queries.moments import moment
from tests.browser.conftest import NewVisitor, Site
from tests.browser.visitor import Visitor
from tests.integration.api_client import Caller
from tests.integration.test_timeline import MERGER, compare, provinces_of

pytestmark = pytest.mark.xdist_group("browser")

# On the line; the answers it replaces (one day's cities and provinces) were 53,000 together.
MOST_BYTES = 60_000
YEAR_END = date(2024, 12, 31)
PACE = 1_500


def _figure(site: Site, public: Visitor, day: date) -> str:
    """The day's figure as the map words it."""
    with site.world.factory() as session:
        tally = coverage(session, moment(session, site.world.clock(), day)).tally
    words = public.words("{counted} of {total} cities counted ({share})")
    share = public.say(i18n.percent, tally.share)
    return words.format(counted=tally.counted, total=tally.total, share=share)


def _counts(site: Site, day: date) -> dict[CityStatus, int]:
    with site.world.factory() as session:
        rows = cities(session, moment(session, site.world.clock(), day))
    return {status: sum(row.status is status for row in rows) for status in CityStatus}


def _day_of(public: Visitor) -> str:
    return parse_qs(urlsplit(public.page.url).query).get("as_of", [""])[0]


def _shows(site: Site, public: Visitor, slider: Locator, day: date) -> None:
    told = f"{public.say(i18n.day, day)}: {_figure(site, public, day)}"
    expect(slider).to_have_attribute("aria-valuetext", told)
    for status, count in _counts(site, day).items():
        box = public.page.locator(f"[data-count={status.value}]")
        expect(box).to_have_text(str(count))


def test_the_years_pass_by_keyboard(site: Site, visitor: NewVisitor) -> None:
    public = visitor("vi")
    page = public.page
    page.clock.install()
    public.go("/map")
    expect(page.locator("[data-map=status]")).to_have_attribute("data-kind", "done")
    slider = page.get_by_role("slider")
    slider.focus()
    stops: list[str] = page.evaluate(
        "fetch('/api/v1/timeline').then(r => r.json()).then(t => t.stops)"
    )
    at = stops.index(YEAR_END.isoformat())
    page.keyboard.press("Home")
    for _ in range(at):
        page.keyboard.press("ArrowRight")
    _shows(site, public, slider, YEAR_END)
    assert _day_of(public) == YEAR_END.isoformat()
    expect(page.locator("[data-map=figure]")).to_contain_text("31/12/2024")

    # Two steps by itself, then no more once it is paused.
    page.get_by_role("button", name=public.words("Play")).press("Enter")
    for stop in stops[at + 1 : at + 3]:
        page.clock.run_for(PACE)
        _shows(site, public, slider, date.fromisoformat(stop))
    page.get_by_role("button", name=public.words("Pause")).press("Enter")
    page.clock.run_for(5 * PACE)
    _shows(site, public, slider, date.fromisoformat(stops[at + 2]))
    assert _day_of(public) == stops[at + 2]
    # Each sitting was one step: playing, and the slider before it.
    page.go_back()
    _shows(site, public, slider, YEAR_END)
    page.go_back()
    _shows(site, public, slider, date.fromisoformat(stops[-1]))

    # Playing ends by itself where time ends.
    page.get_by_role("button", name=public.words("Play")).press("Enter")
    page.clock.run_for(PACE * (len(stops) + 1))
    expect(page.get_by_role("button", name=public.words("Play"))).to_be_visible()
    _shows(site, public, slider, date.fromisoformat(stops[-1]))

    # Whoever wants less motion goes step by step.
    page.emulate_media(reduced_motion="reduce")
    expect(page.get_by_role("button", name=public.words("Play"))).to_be_hidden()
    page.get_by_role("button", name=public.words("Earlier")).press("Enter")
    _shows(site, public, slider, date.fromisoformat(stops[-2]))

    # The area is part of the address, and of what is counted.
    page.get_by_label(public.words("Problem area")).select_option("traffic")
    with site.world.factory() as session:
        then = moment(session, site.world.clock(), date.fromisoformat(stops[-2]))
        areas = {
            g.key: g.tally.counted for g in coverage(session, then, group_by=GroupBy.AREA).groups
        }
    expect(page.locator("[data-count=counted]")).to_have_text(str(areas["traffic"]))
    assert parse_qs(urlsplit(page.url).query)["area"] == ["traffic"]
    page.go_back()
    _shows(site, public, slider, date.fromisoformat(stops[-2]))

    page.locator("[data-map=controls] input[type=date]").fill("2025-07-01")
    page.get_by_role("button", name=public.words("Show"), exact=True).press("Enter")
    _shows(site, public, slider, date(2025, 7, 1))
    public.follow("Two days side by side")
    public.sees("01/07/2025")
    public.fill(a=YEAR_END.isoformat(), b="2026-01-01")
    public.press("Compare")
    expect(page.locator("[data-map=status]")).to_have_attribute("data-kind", "done")
    began = page.locator("#began + div tbody tr")
    assert began.count() > 0
    centres = "[map_first, map_second].map(m => [m.getCenter(), m.getZoom()].toString())"
    page.locator("#map_second").focus()
    page.keyboard.press("+")
    page.wait_for_function(f"() => new Set({centres}).size === 1 && map_first.getZoom() > 5")


def test_the_years_without_a_script(site: Site, visitor: NewVisitor) -> None:
    public = visitor("vi", scripts=False)
    public.go("/map")
    public.fill(as_of=YEAR_END.isoformat())
    public.press("Show")
    counted = _counts(site, YEAR_END)[CityStatus.COUNTED]
    public.sees(f"Đến ngày 31/12/2024, {counted} trên 908 đô thị")
    expect(public.main.locator("table").first.locator("tbody tr")).to_have_count(counted)
    public.follow("One map per problem area")
    expect(public.main.locator(".map-stamp").first).to_be_visible()
    public.follow("Two days side by side")
    public.fill(a=YEAR_END.isoformat(), b="2026-01-01")
    public.press("Compare")
    expect(public.main.locator("#began")).to_be_visible()


def test_the_real_time_line_is_small_and_true(site: Site) -> None:
    with Client(base_url=site.address, timeout=60) as client:
        sent = client.get("/api/v1/timeline", headers={"Accept-Encoding": "gzip"})
        assert sent.headers["content-encoding"] == "gzip"
        assert sent.num_bytes_downloaded < MOST_BYTES
        layers = [len(provinces_of(sent.json(), day)) for day in (date(2025, 6, 30), MERGER)]
        assert layers == [63, 34]
        assert YEAR_END.isoformat() in sent.json()["stops"]
        compare(Caller(client))
