"""The programmers' bench in the hall: what the page about the API shows is what happens."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from api import guide
from api.app import create_app
from api.guide import Example
from registry import seals
from registry.actions import tree
from registry.domain.model import OPERATOR
from registry.settings import Settings
from tests.browser.conftest import NewVisitor, Site

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(autouse=True)
def signed_head(site: Site) -> None:
    """What the page tells about the signed head of the ledger is there on every real day."""
    with site.world.act(OPERATOR) as act:
        tree.sign_head(act, seals.ledger_key(site.settings), seals.origin(site.settings))


def run(example: Example, address: str, folder: Path) -> str:
    """What the example prints, run as it stands, by the program it is for."""
    code = example.code_at(address)
    if example.tool == "httpx":
        command = [sys.executable, "-c", code]
    else:
        command = ["bash", "-euo", "pipefail", "-c", code]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def pattern(output: str) -> re.Pattern[str]:
    """The output as it is shown, where … stands for anything."""
    return re.compile(".*?".join(map(re.escape, output.split("…"))), re.DOTALL)


@pytest.mark.parametrize("example", guide.examples(), ids=lambda example: example.id)
def test_every_example_prints_what_the_page_says(
    site: Site, tmp_path: Path, example: Example
) -> None:
    printed = run(example, site.address, tmp_path).removeprefix("\N{BYTE ORDER MARK}").strip()
    assert pattern(example.output).match(printed), printed[:2000]


def test_the_page_shows_them_with_this_services_address(site: Site, visitor: NewVisitor) -> None:
    # Describing the API takes a moment, once.
    httpx.get(f"{site.address}/openapi.json", timeout=60).raise_for_status()
    reader = visitor("vi")
    reader.go("/api")
    base = site.settings.public_url
    for example in guide.examples():
        reader.sees(example.code_at(base).splitlines()[-1])


def test_every_address_that_the_reference_shows_answers(site: Site) -> None:
    reads = [
        read
        for reads in guide.reference(create_app(Settings()).openapi()).values()
        for read in reads
    ]
    assert len(reads) > 40
    shown = [read.example for read in reads if read.example is not None]
    assert len(shown) > 30
    with httpx.Client(base_url=site.address) as reader:
        answers = {address: reader.get(address).status_code for address in shown}
    assert {address: code for address, code in answers.items() if code != 200} == {}


def test_every_noun_of_a_public_read_has_its_words() -> None:
    for tag in guide.reference(create_app(Settings()).openapi()):
        assert guide.noun(tag), tag
