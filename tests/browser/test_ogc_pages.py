"""The map services as people see them: each page by the inspector's list."""

from collections import Counter

import pytest

from api.ogc.collections import LAYERS
from tests.browser import looks
from tests.browser.conftest import LANGUAGES, NewVisitor, Site

pytestmark = pytest.mark.xdist_group("browser")

HERE = "/ogc/collections"
PAGES = (
    *("/ogc", "/ogc/conformance", HERE),
    *("/ogc/tileMatrixSets", "/ogc/tileMatrixSets/WebMercatorQuad"),
    *(f"{HERE}/{name}" for name in LAYERS),
    *(f"{HERE}/{name}/items" for name in LAYERS),
    *(f"{HERE}/cities/{part}" for part in ("queryables", "tiles", "tiles/WebMercatorQuad")),
    *(f"{HERE}/cities/items/46", f"{HERE}/provinces/items/46", f"{HERE}/use_cases/items/46-001"),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_for_everybody(site: Site, visitor: NewVisitor, language: str) -> None:
    page = visitor(language).page
    page.emulate_media(reduced_motion="reduce")
    found, titles = [], Counter[str]()
    for address in PAGES:
        answer = page.goto(f"{site.address}{address}?f=html&lang={language}")
        assert answer is not None
        assert answer.ok, address
        said = [
            *looks.built(page, language, bare=False),
            *looks.fits(page),
            *looks.focus_is_seen(page),
            *looks.stands_still(page),
        ]
        found += [f"{address} {each}" for each in said]
        titles[page.title()] += 1
    assert found == []
    assert [title for title, count in titles.items() if count > 1] == []
