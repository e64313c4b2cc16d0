"""The gardener's screens: a counted city confirms its entry, reports a stop, and begins again."""

from urllib.parse import urlsplit
from uuid import UUID

import pytest
from playwright.sync_api import expect

from api.outcome_words import reason
from registry.domain.counting import Outcome
from registry.domain.model import Action, Role
from tests.browser.conftest import NewVisitor, Site

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize(("language", "scripts"), [("vi", True), ("en", False)])
def test_a_stop_lowers_the_figure_at_once_and_running_again_takes_a_version(
    site: Site, visitor: NewVisitor, language: str, scripts: bool
) -> None:
    city = site.city()
    author = site.world.signer(city)
    problem = site.world.problem(author, city)
    live = site.world.approved(author, city, [problem])
    signer = visitor(language, site.account(Role.CITY_SIGNER, city), scripts=scripts)
    public = visitor(language, scripts=scripts)
    counted = public.figure()

    signer.go("/desk")
    signer.sees(signer.say(reason, Outcome.COUNTED))
    signer.follow("The yearly confirmation of what is approved")
    signer.sees(signer.words("Nothing is due now."))
    signer.main.locator("details summary").first.click()
    signer.press("Confirm this one")
    signer.sees(signer.words("It was recorded that what you confirmed is still true."))

    signer.go("/desk")
    signer.follow("Report that it stops")
    signer.choose(stage="suspended")
    signer.fill(effective_on="01/02/2025", reason="Nâng cấp hệ thống máy chủ")
    signer.press("Report it")
    signer.sees("01/02/2025" if language == "vi" else "1 February 2025")
    assert public.figure() == counted - 1
    public.go(f"/cities/{city}")
    public.sees(public.say(reason, Outcome.NOT_OPERATIONAL))
    public.go(f"/use-cases/{city}-001")
    public.sees("Nâng cấp hệ thống máy chủ")

    signer.press("Write a new version")
    expect(signer.main.locator("[name=stages-1-stage]")).to_have_value("suspended")
    expect(signer.main.locator("[name=stages-1-since]")).to_have_value("01/02/2025")
    signer.choose(**{"stages-2-stage": "operational"})
    signer.fill(**{"stages-2-since": "01/03/2025"})
    signer.press("Save and check")
    version = UUID(urlsplit(signer.page.url).path.rpartition("/")[2])
    assert version != live
    site.world.submit(author, version)
    site.world.claim(version)
    site.world.decide(version, Action.APPROVE)
    assert public.figure() == counted
