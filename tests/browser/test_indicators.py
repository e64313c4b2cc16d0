"""A list of services with a mistake, mended, approved by another - and the scoreboard changes."""

from http import HTTPStatus

import pytest

from registry.domain.model import Role
from tests.browser.conftest import NewVisitor, Site
from tests.browser.test_access import findings

pytestmark = pytest.mark.xdist_group("browser")

NARROW = 320
HEAD = "code,name_vi,owner,since,source_url"
SERVICE = "1.00{n},Cấp giấy phép {n},Bộ Tài chính,{since},https://dichvucong.gov.vn"


@pytest.mark.parametrize(("language", "scripts", "first"), [("vi", True, 1), ("en", False, 5)])
def test_a_list_of_services_reaches_the_scoreboard(
    site: Site, visitor: NewVisitor, language: str, scripts: bool, first: int
) -> None:
    keeper = visitor(language, site.account(Role.ADMINISTRATOR), scripts=scripts)
    keeper.page.set_viewport_size({"width": NARROW, "height": 800})
    reviewer = visitor(language, site.account(Role.REVIEWER), scripts=scripts)
    reader = visitor(language, scripts=scripts)
    reader.page.set_viewport_size({"width": NARROW, "height": 800})

    def hand_in(kind: str, *lines: str) -> None:
        keeper.go(f"/admin/indicators/1/{kind}/sheet")
        content = "\n".join(lines).encode()
        keeper.main.locator("[name=file]").set_input_files(
            {"name": "ds.csv", "mimeType": "text/csv", "buffer": content}
        )
        keeper.press("Read the list and see what it says")

    def approve() -> None:
        reviewer.go("/review/indicators")
        for box in reviewer.main.locator("[name=entries]").all():
            box.check()
        reviewer.press("Approve those ticked")
        reviewer.sees(reviewer.words("Nothing waits here."))

    def board() -> str:
        reader.go("/scoreboard")
        wide = reader.page.evaluate("document.documentElement.scrollWidth") if scripts else 0
        assert wide <= NARROW
        return reader.main.locator("section").first.inner_text()

    before = board()
    good = SERVICE.format(n=first, since="01/01/2024")
    keeper.expected.add(HTTPStatus.UNPROCESSABLE_ENTITY)
    hand_in("service", HEAD, good, SERVICE.format(n=first + 1, since="2024-13-01"))
    keeper.sees("D3")
    hand_in("service", HEAD, good, SERVICE.format(n=first + 1, since="2024-12-01"))
    if scripts:
        wide = keeper.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= NARROW
    keeper.press("Report these lines")
    approve()
    hand_in(
        "support",
        "code,service,support,name_vi,since,source_url",
        f"tl-{first},1.00{first},virtual_assistant,Trợ lý ảo,01/03/2024,https://example.vn/tl",
    )
    keeper.press("Report these lines")
    approve()
    after = board()
    assert after != before
    assert "982" in after
    if scripts:
        for path in ("/scoreboard", "/indicators/1", "/indicators/1/rows"):
            assert list(findings(reader, path)) == []
        for path in ("/admin/indicators", "/admin/indicators/1/service/new", "/review/indicators"):
            desk = reviewer if path.startswith("/review") else keeper
            assert list(findings(desk, path)) == []
