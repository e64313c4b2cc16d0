"""Somebody else's site: a page from another origin shows our pieces, with scripts and without."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from api.embed.choice import FRAMES, Piece, Size
from tests.browser import looks
from tests.browser.conftest import LANGUAGES, NewVisitor, Site

pytestmark = pytest.mark.xdist_group("browser")

# Of the city with the longest name there is.
LONGEST, COUNTED, OLD = "123", "46", "as_of=2024-12-31"


@contextmanager
def another_site(body: str) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            page = f"<!doctype html><html lang=vi><title>Báo</title><body>{body}</body></html>"
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def opened(
    chromium: Browser, *, scripts: bool = True, dark: bool = False, width: int = 1280
) -> Iterator[Page]:
    scheme: Literal["dark", "light"] = "dark" if dark else "light"
    context = chromium.new_context(
        java_script_enabled=scripts,
        color_scheme=scheme,
        viewport={"width": width, "height": 3000},
    )
    # Eight pieces at once, on a machine that may do other things.
    context.set_default_timeout(60_000)
    try:
        yield context.new_page()
    finally:
        context.close()


def path_of(piece: Piece, city: str = COUNTED) -> str:
    return f"cities/{city}" if piece is Piece.CITY else piece.value


@pytest.mark.parametrize("scripts", [False, True])
def test_another_site_shows_our_pieces_and_no_other_page(
    site: Site, chromium: Browser, scripts: bool
) -> None:
    frames = [
        f'<iframe id="{piece}" src="{site.address}/embed/vi/{path_of(piece)}?{OLD}"'
        f' width="600" height="600"{sandbox}></iframe>'
        for piece, sandbox in zip(
            FRAMES, ("", " sandbox", "", ' sandbox="allow-popups"'), strict=True
        )
    ]
    pictures = [
        f'<a href="{site.address}/vi/"><img src="{site.address}/embed/vi/{each}"></a>'
        for each in (
            f"cities/{COUNTED}/badge.svg",
            f"cities/{COUNTED}/badge.png",
            "figure.svg",
            "map.svg?theme=dark",
        )
    ]
    refused = (
        f'<iframe id="refused" src="{site.address}/vi/cities" width="300" height="100"></iframe>'
    )
    with (
        another_site("".join([*frames, *pictures, refused])) as address,
        opened(chromium, scripts=scripts) as page,
    ):
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(address, wait_until="load")
        for piece in FRAMES:
            frame = page.frame_locator(f"#{piece}")
            expect(frame.locator("h1")).to_be_visible()
            expect(frame.locator("footer")).to_contain_text("sổ cái")
            # Its own style sheet came, also where the frame is nobody's.
            expect(frame.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
            expect(frame.locator("body")).to_have_css("margin", "0px")
        mapped = page.frame_locator("#map")
        expect(mapped.locator("svg.map circle.brand").first).to_be_visible()
        mapped.locator("summary").click()
        expect(mapped.locator("details a").first).to_be_visible()
        for image in page.locator("img").all():
            size = image.evaluate("e => [e.complete, e.naturalWidth]")
            assert size[0]
            assert size[1] > 100
        assert any("frame-ancestors" in text for text in said)
        urls = [frame.url for frame in page.frames]
        assert f"{site.address}/vi/cities" not in urls
        assert sum(url.startswith(f"{site.address}/embed/") for url in urls) == len(FRAMES)
        assert page.context.cookies() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_piece_fits_the_frame_it_is_given(
    site: Site, chromium: Browser, language: str
) -> None:
    found = []
    with opened(chromium) as page:
        for piece, sizes in FRAMES.items():
            for size, (width, height) in sizes.items():
                page.set_viewport_size({"width": width, "height": height})
                page.goto(f"{site.address}/embed/{language}/{path_of(piece, LONGEST)}?size={size}")
                needed = page.evaluate(
                    "e => [document.documentElement.scrollWidth,"
                    " document.documentElement.scrollHeight]"
                )
                if needed[0] > width or needed[1] > height:
                    found.append((piece, size, (width, height), needed))
    assert found == []


@pytest.mark.parametrize("dark", [False, True])
def test_frames_are_open_to_everybody(site: Site, chromium: Browser, dark: bool) -> None:
    found = []
    with opened(chromium, dark=dark, width=looks.NARROW) as page:
        for path in [*(path_of(piece) for piece in FRAMES), "figure?indicator=3", "map?theme=x"]:
            page.goto(f"{site.address}/embed/vi/{path}")
            looks.open_all(page)
            if page.evaluate("document.documentElement.scrollWidth") > looks.NARROW:
                found.append(f"{path} scrolls sideways")
            ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (ground == "rgb(22, 25, 29)") == dark
            found += [f"{path} {each}" for each in looks.violations(page)]
    assert found == []


def test_no_text_runs_out_of_a_drawing(site: Site, chromium: Browser) -> None:
    """In the browser's own fonts, for the longest name, in the sizes that there are."""
    outside = """() => {
      const svg = document.documentElement, box = svg.viewBox.baseVal;
      return [...svg.querySelectorAll('text')].filter((text) => {
        const own = text.getBBox();
        return own.x < 0 || own.y < 0 || own.x + own.width > box.width
          || own.y + own.height > box.height;
      }).map((text) => text.textContent);
    }"""
    with opened(chromium) as page:
        for path in (
            f"vi/cities/{LONGEST}/badge.svg?{OLD}&size={Size.S}",
            f"en/cities/{COUNTED}/badge.svg",
            "vi/figure.svg",
            f"en/figure.svg?{OLD}&indicator=4",
            "vi/map.svg",
            "en/map.svg?theme=dark",
        ):
            page.goto(f"{site.address}/embed/{path}")
            assert page.evaluate("document.querySelectorAll('text').length") > 3
            assert page.evaluate(outside) == [], path


def test_the_leaflet_is_used_with_scripts_and_without(visitor: NewVisitor) -> None:
    person = visitor("vi", scripts=False)
    person.go(f"/cities/{COUNTED}")
    person.follow("A badge for the city's own site")
    person.choose(theme="dark", size="l")
    person.press("Show")
    assert person.main.locator("pre").count() == 2
    expect(person.main.locator("button[data-copies]").first).to_be_hidden()
    shown = person.main.locator(".preview img")
    assert shown.evaluate("e => e.naturalWidth") > 400
    person.choose(piece="map")
    person.press("Show")
    inside = person.page.frame_locator(".preview iframe")
    expect(inside.locator("svg.map")).to_be_visible()

    quick = visitor("en")
    quick.context.grant_permissions(["clipboard-read", "clipboard-write"])
    quick.go("/embed?piece=scoreboard")
    quick.main.get_by_role("button", name="Copy").click()
    expect(quick.main.locator("#copied")).to_have_text("Copied")
    copied = quick.page.evaluate("navigator.clipboard.readText()")
    assert copied == quick.main.locator("pre").inner_text()
    assert copied.startswith("<iframe src=")
