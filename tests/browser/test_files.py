"""Evidence as people hand it in and fetch it: a file chosen, refused, replaced, downloaded."""

from http import HTTPStatus
from pathlib import Path

import pytest
from playwright.sync_api import expect

from registry.domain.model import Role
from tests.browser import steps
from tests.browser.conftest import NewVisitor, Site
from tests.samples import office, pdf

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize("scripts", [True, False])
def test_evidence_is_a_file(site: Site, visitor: NewVisitor, tmp_path: Path, scripts: bool) -> None:
    city = site.city()
    site.world.problem(site.world.signer(city), city)
    report, trap = tmp_path / "Báo cáo vận hành.pdf", tmp_path / "Báo cáo.docx"
    report.write_bytes(pdf(text="Vận hành"))
    trap.write_bytes(office(more={"word/vbaProject.bin": "x"}))
    editor = visitor("vi", site.account(Role.CITY_EDITOR, city), scripts=scripts)
    steps.start_use_case(editor, "Cảnh báo ngập sớm")

    field = editor.main.locator("[name=upload-evidence-0-file]")
    field.set_input_files(trap)
    editor.fill(**{"evidence-0-title": "Báo cáo"})
    editor.expected.add(HTTPStatus.UNPROCESSABLE_ENTITY)
    editor.press("Save and check")
    editor.sees(editor.words("The file holds macros. Save it without them or as PDF."))
    expect(editor.main.locator("[name=evidence-0-title]")).to_have_value("Báo cáo")

    field.set_input_files(report)
    editor.press("Save and check")
    link = editor.main.locator("a.file")
    with editor.page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == report.name
    assert Path(download.value.path()).read_bytes() == report.read_bytes()
    address = f"{editor.address}{link.get_attribute('href')}"
    public = visitor("vi")
    assert public.context.request.get(address).status == HTTPStatus.NOT_FOUND
