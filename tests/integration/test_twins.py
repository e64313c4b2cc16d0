"""Every public page has its twin for programs, and says how it is cited.

The doors are those of the census: a new page fails here until it has a twin in `api/twins.py` or
stands below with its reason.
"""

import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import html5lib
import pytest
from fastapi import FastAPI
from httpx import Client, Response

from registry.actions.indicators import decide, report
from registry.domain.indicator_intake import EntryDecisionDraft, read_lines, sealed
from registry.domain.indicators import Indicator, LineKind
from registry.domain.model import Action, Role
from registry.domain.standard import CURRENT
from registry.queries.indicators import Wanted, entries
from tests.documents import census
from tests.factories import Clock, World
from tests.integration.api_client import keeps_its_word, public, service
from tests.integration.test_neighbours import published_period
from tests.integration.test_pages_public import known_now
from tests.postgres import Database

WITHOUT = {
    "": "sends on to the overview",
    "/decisions/{decision}/receipt.pdf": "a file: its page has the twin",
    "/figures/{period_code}/report.{kind}": "a file: its page has the twin",
    "/forgotten-password": "a form of one's own account",
    "/indicators": "sends on to the scoreboard",
    "/indicators/{n}/chart.{kind}": "a drawing: its page has the twin",
    "/key/{token}": "a form of one's own account",
    "/ledger/heads.atom": "is for programs itself",
    "/scoreboard/embed": "stands in other sites; the scoreboard has the twin",
    "/scoreboard/print": "stands on paper; the scoreboard has the twin",
    "/sign-in": "a form of one's own account",
    "/api": "explains /openapi.json, which it names",
    "/api/problems": "explains what problems say themselves",
    "/api/reference": "is made of /openapi.json, which it names",
    "/cities/{code}/report": "a form, never kept",
    "/embed": "makes code to paste from what has twins",
    "/feeds/areas/{area}.atom": "is for programs itself",
    "/feeds/changes.atom": "is for programs itself",
    "/feeds/cities/{code}.atom": "is for programs itself",
    "/feeds/decisions.atom": "is for programs itself",
    "/feeds/figures.atom": "is for programs itself",
    "/feeds/provinces/{code}.atom": "is for programs itself",
    "/opensearch.xml": "is for programs itself",
    "/reports": "a form, never kept",
    "/reports/{tracking}": "behind a secret, never kept",
    "/site.webmanifest": "is for programs itself",
    "/use-cases/{code}/report": "a form, never kept",
}
NAMES = {
    "code": "46",
    "decision": "2025-000001",
    "n": "2",
    "period_code": "2024",
    "version": CURRENT,
    "area": "flooding",
    "product": "aquasense",
    "provider": "vnpt",
}
# Where `code` is another thing's.
OF = {"use-cases": "46-001", "provinces": "48", "rolls": "urban-2024"}


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as made:
        yield made


@pytest.fixture
def client(app: FastAPI, world: World) -> Client:
    world.targets()
    world.province("48")
    city, _, _ = world.counted_city("46", product="AquaSense", provider="VNPT")
    world.roll([city])
    published_period(world, counted=1, total=1)
    return public(app).client


def line(world: World) -> str:
    """A line of indicator 1 that was approved."""
    told = {
        "code": "1.1",
        "name_vi": "Dịch vụ",
        "owner": "Sở",
        "since": "2024-01-01",
        "source_url": "https://example.vn",
    }
    lines = sealed(read_lines(LineKind.SERVICE, [told]), None)
    with world.act(world.user(Role.ADMINISTRATOR)) as act:
        report(act, Indicator.SERVICES, LineKind.SERVICE, lines)
        found = entries(act.session, Wanted(), limit=1)[0]
    with world.act(world.reviewer()) as act:
        approval = EntryDecisionDraft.read({"action": "approve", "reason": "theo hồ sơ"})
        decide(act, [found.id], approval)
    return str(found.id)


def pages() -> list[str]:
    """The public pages of the census, without their language."""
    return [
        path.removeprefix("/vi")
        for audience, method, path in census()
        if audience == "public" and method == "GET" and re.match(r"/vi(/|$)", path)
    ]


def address(page: str) -> str:
    folder = page.split("/")[1]
    filled = page.replace("{code}", OF.get(folder, NAMES["code"]))
    return re.sub(r"\{(\w+)\}", lambda found: NAMES[found[1]], filled)


def head(answer: Response) -> dict[tuple[str, str], str]:
    tree = html5lib.parse(answer.text, namespaceHTMLElements=False)
    return {
        (link.get("rel") or "", link.get("type") or ""): link.get("href") or ""
        for link in tree.iter("link")
    }


def test_every_public_page_is_known_here() -> None:
    assert WITHOUT.keys() <= set(pages())


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_has_a_twin_and_a_citation(client: Client, world: World, language: str) -> None:
    indicator_line = line(world)
    for page in sorted(set(pages()) - WITHOUT.keys()):
        if "{entry_id}" in page:
            where = f"/{language}/indicators/1/lines/{indicator_line}"
        else:
            where = f"/{language}{address(page)}"
        answer = client.get(where)
        assert answer.status_code == 200, where
        links = head(answer)
        twin = links.get(("alternate", "application/json"))
        assert twin, f"{page}: no twin"
        told = client.get(twin)
        assert told.status_code == 200, (page, twin, told.text)
        assert told.headers["content-type"] == "application/json", (page, twin)
        json.loads(told.text)
        keeps_its_word(told)
        canonical = links["canonical", ""]
        assert urlsplit(canonical).path == where
        assert 'class="citation"' in answer.text, page
        cited = answer.text.split('class="citation"')[1].split("</dd>")[0]
        permanent = re.search(r'href="([^"]+)"', cited)
        assert permanent is not None, page
        kept = client.get(permanent[1].replace("&amp;", "&"))
        assert kept.status_code == 200, (page, permanent[1])


def test_forms_and_errors_are_not_cited(client: Client) -> None:
    for path in ("/vi/sign-in", "/vi/cities/nowhere", "/vi/cities?as_of=x"):
        assert "citation" not in client.get(path).text


def test_a_twin_answers_the_same_question(client: Client) -> None:
    query = "as_of=2024-12-31&q=46&status=counted&sort=status&page=1"
    links = head(client.get(f"/vi/cities?{query}"))
    twin = links["alternate", "application/json"]
    asked = parse_qs(urlsplit(twin).query)
    assert asked == {
        "q": ["46"],
        "status": ["counted"],
        "as_of": ["2024-12-31"],
        "lang": ["vi"],
    }
    assert client.get(twin).json()["total"] == 1
    # Of what is found the address says what was looked for, not when.
    canonical = parse_qs(urlsplit(links["canonical", ""]).query)
    assert canonical == {"q": ["46"], "status": ["counted"], "sort": ["status"], "page": ["1"]}


def test_a_permanent_link_stays_what_it_was(client: Client, world: World) -> None:
    text = client.get("/en/problem-areas/flooding").text
    cited = text.split('class="citation"')[1].split("</dd>")[0]
    permanent = re.search(r'href="([^"]+)"', cited)
    assert permanent is not None
    kept = permanent[1].replace("&amp;", "&")
    assert {"as_of", "known_at"} <= parse_qs(urlsplit(kept).query).keys()
    world.counted_city("47")
    assert "1 city of the roll has declared" in client.get(kept).text


def test_the_list_of_applications_and_its_twin_hold_the_same(
    database: Database, clock: Clock, world: World
) -> None:
    world.targets()
    city, signer, first = world.counted_city("46")
    waste = world.problem(signer, city, area="environment", title="Rác thải")
    planned = [{"stage": "planned", "since": "2025-01-01"}]
    other = world.approved(signer, city, [waste], title="Đếm xe rác", stages=planned)
    world.roll([city])
    before = known_now(clock)
    renamed = world.revise(signer, first, title="Dự báo triều cường")
    world.submit(signer, renamed)
    world.claim(renamed)
    world.decide(renamed, Action.APPROVE)
    world.decide(other, Action.REVOKE)
    world.draft(signer, city, [waste], title="Rác: bản nháp")
    with service(database, clock) as app:
        client = public(app).client
        for query, codes in (
            ("", {"46-001", "46-002"}),
            ("q=trieu+cuong", {"46-001"}),
            # A name that was given up finds nothing, but for those who ask about then.
            ("q=canh+bao", set()),
            (f"q=canh+bao&{before}", {"46-001"}),
            (f"q=trieu+cuong&{before}", set()),
            ("q=thanh+pho+46&area=environment", {"46-002"}),
            ("stage=operational", {"46-001"}),
            ("stage=planned", {"46-002"}),
            ("stage=planned&as_of=2024-12-31", set()),
            ("stage=planned&area=flooding", set()),
            ("as_of=2024-12-31&known_at=2020-01-01T00:00:00Z", set()),
            ("q=%00nháp", set()),
        ):
            answer = client.get(f"/vi/use-cases?{query}")
            shown = re.findall(r'<h3 class="mt-0"><a href="/vi/use-cases/([^"?]+)', answer.text)
            twin = client.get(head(answer)["alternate", "application/json"]).json()
            told = [item["code"] for item in twin["items"]]
            assert set(shown) == set(told) == codes, query
            assert told == sorted(told)
