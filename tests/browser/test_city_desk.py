"""A province's declaration from the first template to the last approval, and the wall around it."""

from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from registry.domain.model import Role
from tests.browser import steps
from tests.browser.conftest import NewVisitor, Site
from tests.browser.test_sheets import download, send
from tests.browser.visitor import Visitor
from tests.office import FIRST_MISTAKE, MISTAKES, filled, forty_rows
from tests.samples import pdf

pytestmark = pytest.mark.xdist_group("browser")

LETTER = {"letter_number": "27/UBND-KHCN", "letter_date": "20/01/2026"}


class Trail:
    """The addresses somebody was at, which others will try."""

    def __init__(self, visitor: Visitor) -> None:
        self.places: list[str] = []
        visitor.page.on("framenavigated", lambda frame: self.places.append(frame.url))

    def paths(self) -> list[str]:
        """Without the language, each once, in the order they were first seen."""
        seen = dict.fromkeys(urlsplit(place).path for place in self.places)
        return [path[3:] for path in seen if "/desk/" in path]


@pytest.fixture
def city(site: Site) -> Iterator[str]:
    """What it leaves in the queue is taken back, else it would stand before everybody else's."""
    city = site.city()
    yield city
    with site.world.factory() as session:
        waiting = session.scalars(
            text("""
                SELECT v.id FROM use_case_version v JOIN use_case u ON u.id = v.use_case_id
                JOIN city ON city.id = u.city_id
                WHERE city.code = :city AND v.state = 'submitted'
            """),
            {"city": city},
        ).all()
    signer = site.world.signer(city)
    for version in waiting:
        site.world.withdraw(signer, version)


def test_forty_applications_by_spreadsheet_are_submitted_returned_amended_and_approved(
    site: Site, visitor: NewVisitor, city: str
) -> None:
    other = site.city()
    editor = visitor("vi", site.account(Role.CITY_EDITOR, city))
    signer = visitor("vi", site.account(Role.CITY_SIGNER, city))
    reviewer = visitor("vi", site.account(Role.REVIEWER))
    neighbour = visitor("vi", site.account(Role.CITY_SIGNER, other))
    trail = Trail(editor)
    before = reviewer.figure()

    # The template comes from the page, is filled in as in Excel, and holds ten kinds of mistakes.
    steps.declare_problem(editor, steps.PROBLEM)
    editor.go(f"/desk/{city}")
    editor.follow("Declare by spreadsheet")
    template = download(editor, "Template for Excel (.xlsx)")
    wrong = forty_rows()
    wrong[FIRST_MISTAKE + 8]["city"] = other
    send(editor, filled(wrong, given=template))
    editor.follow("Only rows with problems")
    for number in range(len(MISTAKES)):
        editor.sees(editor.words("Row %(number)s") % {"number": FIRST_MISTAKE + 3 + number})

    # Mended by the report, confirmed.
    editor.go(f"/desk/{city}/sheets")
    send(editor, filled(forty_rows(mended=True), given=template))
    editor.press("Take over")
    editor.go(f"/desk/{city}")
    first = editor.main.get_by_role("link", name="Ứng dụng số 1", exact=True).first
    editor.click(first)
    editor.follow("Edit the draft")

    # Nobody submits what they wrote themselves; the signer submits all with one letter.
    editor.go(f"/desk/{city}/submit")
    expect(editor.main.locator("[name=versions]")).to_have_count(0)
    signer.go(f"/desk/{city}/submit")
    boxes = signer.main.locator("[name=versions]")
    expect(boxes).to_have_count(40)
    for box in boxes.all():
        box.check()
    signer.fill(**LETTER)
    signer.page.set_input_files(
        "[name=letter_file]",
        {"name": "27-UBND.pdf", "mimeType": "application/pdf", "buffer": pdf()},
    )
    signer.press("Submit what is ticked")
    expect(signer.main.locator("[name=versions]")).to_have_count(0)

    # Returned with a reason, which the city is told; amended, submitted anew, approved.
    reviewer.go(f"/review/{city}-001/1")
    reviewer.sees(LETTER["letter_number"])
    reviewer.press("Start review")
    steps.decide(reviewer, "return", "Nêu rõ mô hình dự báo.")
    editor.go("/account/messages")
    editor.sees("Nêu rõ mô hình dự báo.")
    editor.click(editor.main.locator("button[name=open]").first)
    editor.press("Write a new version")
    steps.unfold(editor)
    editor.fill(technique_detail="Mạng nơ-ron hồi quy trên 58 điểm đo")
    editor.press("Save and check")
    steps.submit(signer, city)
    reviewer.go(f"/review/{city}-001/2")
    reviewer.press("Start review")
    steps.approve(reviewer)
    assert reviewer.figure() == before + 1

    # At none of these addresses is there anything for another city.
    neighbour.expected |= {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
    paths = trail.paths()
    assert len(paths) > 8
    for path in paths:
        answer = neighbour.page.goto(f"{neighbour.address}/vi{path}")
        assert answer is not None
        assert answer.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}, path
        expect(neighbour.page.locator("body")).not_to_contain_text("Ứng dụng số")
