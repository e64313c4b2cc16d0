"""A citizen asks how far the country is, reads the verdict, and keeps the answer."""

import csv

import pytest

from api.labels import label
from registry.domain.trajectory import Course
from tests.browser.conftest import NewVisitor, Site
from tests.browser.test_access import findings

pytestmark = pytest.mark.xdist_group("browser")


def test_from_the_figure_to_a_series_that_is_kept(site: Site, visitor: NewVisitor) -> None:
    reader = visitor("vi")
    reader.go("/?as_of=2025-06-30")
    reader.follow("How far we are, and whether we will make it")
    reader.choose(step="month", scale="data")
    reader.press("Show")
    reader.sees(reader.say(label, Course.FAR_BEHIND))
    chart = reader.main.locator(".chart img")
    assert chart.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    rows = reader.main.locator("#series tbody tr").all_inner_texts()
    with reader.page.expect_download() as coming:
        reader.main.locator("a", has_text="CSV").click()
    with coming.value.path().open(encoding="utf-8-sig", newline="") as file:
        points = list(csv.reader(file))[1:]
    assert len(points) == len(rows)
    assert points[-1][0] == "2025-06-30"

    reader.click(reader.main.locator("#permalink"))
    assert "known_at=" in reader.page.url
    kept = reader.main.locator("#series").inner_text()
    before = reader.main.locator("#figure").inner_text()
    city = site.city()
    signer = site.world.signer(city)
    site.world.approved(signer, city, [site.world.problem(signer, city)])
    reader.page.reload()
    assert reader.main.locator("#series").inner_text() == kept
    assert reader.main.locator("#figure").inner_text() == before
    assert list(findings(reader, "/coverage")) == []
    assert list(findings(reader, "/coverage/changes")) == []
