"""The publisher's screens: a period is announced, its figure published, and it stays."""

import pytest

from api.labels import label
from registry.domain.model import Action, Role
from registry.domain.periods import Phase
from tests.browser.conftest import NewVisitor, Site
from tests.browser.test_access import findings

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize(("language", "scripts"), [("vi", True), ("en", False)])
def test_a_published_figure_stays_when_an_approval_is_revoked_from_the_start(
    site: Site, visitor: NewVisitor, language: str, scripts: bool
) -> None:
    city = site.city()
    signer = site.world.signer(city)
    version = site.world.approved(signer, city, [site.world.problem(signer, city)])
    keeper = visitor(language, site.account(Role.ADMINISTRATOR), scripts=scripts)
    public = visitor(language, scripts=scripts)
    counted = public.figure("?as_of=2025-06-30")
    code = f"2025-{language}"

    keeper.go("/admin/periods")
    keeper.follow("Announce a period")
    keeper.fill(code=code, name_vi="Nửa đầu năm 2025", name_en="First half of 2025")
    keeper.fill(reporting_day="30/06/2025", cut_off_day="30/06/2035")
    keeper.choose(target_year="2024")
    keeper.press("Announce a period")
    keeper.sees(keeper.say(label, Phase.OPEN))
    keeper.sees(keeper.words("It can be published after the cut-off."))

    keeper.go("/admin/periods/new")
    keeper.fill(code=f"{code}-b", name_vi="Nửa đầu năm 2025 (b)", name_en="First half of 2025 (b)")
    keeper.fill(reporting_day="30/06/2025", cut_off_day="31/07/2025", cut_off_time="17:00")
    keeper.choose(target_year="2024")
    keeper.press("Announce a period")
    keeper.sees(keeper.say(label, Phase.CLOSED))
    keeper.press("Publish this figure")
    keeper.sees(keeper.words("The figure was published."))
    keeper.follow("See the published figure")

    public.go("/figures")
    public.follow("Nửa đầu năm 2025 (b)" if language == "vi" else "First half of 2025 (b)")
    published = public.main.locator("#figure").inner_text()
    fingerprint = public.main.locator(".fingerprint").inner_text()
    assert f" {counted} " in published
    with public.page.expect_download() as report:
        public.main.locator("a[href$='report.pdf']").click()
    assert report.value.suggested_filename == f"bao-cao-{code}-b-{language}.pdf"

    site.world.decide(version, Action.REVOKE, reason="Chưa từng vận hành.")
    assert public.figure("?as_of=2025-06-30") == counted - 1
    public.go(f"/figures/{code}-b")
    assert public.main.locator("#figure").inner_text() == published
    assert public.main.locator(".fingerprint").inner_text() == fingerprint
    public.sees(public.words("an approval was revoked"))
    public.sees(public.words("No longer counted"))
    public.main.locator(f"#since a[href$='/use-cases/{city}-001']").wait_for()
    for person, path in (
        (public, "/figures"),
        (public, f"/figures/{code}-b"),
        (keeper, "/admin/periods"),
        (keeper, "/admin/periods/new"),
        (keeper, f"/admin/periods/{code}"),
    ):
        if scripts:
            assert list(findings(person, path)) == [], path
