"""The inspector's list: what must be true of every page, whatever it says."""

from collections.abc import Iterator

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NARROW, WIDE = 320, 1280
# Axe leaves out what WCAG 2.2 brought unless it is asked; what is right it need not list, which
# takes it half of its time.
_ASKED = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
# What a window of 1,280 pixels shows at 200 %.
ZOOMED = 640

# How a page is built: for people who go by headings, landmarks and the keyboard.
_BUILT = """language => {
  const found = [];
  const count = (selector) => document.querySelectorAll(selector).length;
  const spoken = document.documentElement.lang;
  if (spoken !== language) found.push(`lang ${spoken}`);
  if (count("h1") !== 1) found.push(`${count("h1")} h1`);
  if (count("main") !== 1) found.push(`${count("main")} main`);
  if (!document.querySelector("main")?.innerText.trim()) found.push("nothing in main");
  let last = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const level = Number(heading.tagName[1]);
    if (level > last + 1) found.push(`h${level} after h${last}: ${heading.innerText}`);
    last = level;
  }
  for (const part of document.querySelectorAll("main [lang]")) {
    if (!["vi", "en"].includes(part.lang)) found.push(`lang ${part.lang}`);
  }
  return found;
}"""

_FRAMED = """() => {
  const found = [];
  for (const one of ["body > header", "nav[aria-label]", "body > footer"]) {
    if (!document.querySelector(one)) found.push(`no ${one}`);
  }
  const first = document.querySelector("a, button, input, select, textarea");
  if (!first?.matches(".skip-link") || !document.querySelector(first.getAttribute("href"))) {
    found.push("no skip link");
  }
  return found;
}"""

# After a Tab, what is focused by a script shows it as what is focused by the keyboard does.
_FOCUS = """() => {
  const found = [];
  const able = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  for (const one of [...document.querySelectorAll(able)].slice(0, 80)) {
    if (!one.checkVisibility() || one.disabled || one.tabIndex < 0) continue;
    one.focus();
    if (document.activeElement !== one) continue;
    const style = getComputedStyle(one);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1) {
      found.push(`focus is not seen: ${one.outerHTML.slice(0, 120)}`);
    }
  }
  return [...new Set(found)];
}"""

_MOTION = """() => {
  const moving = (style) => style.animationName !== "none"
    || style.transitionDuration.split(",").some((each) => parseFloat(each) > 0);
  for (const one of document.querySelectorAll("*")) {
    for (const part of [null, "::before", "::after"]) {
      if (moving(getComputedStyle(one, part))) {
        return [`moves though less motion is wanted: ${one.outerHTML.slice(0, 120)}${part ?? ""}`];
      }
    }
  }
  return [];
}"""


def built(page: Page, language: str, *, bare: bool) -> Iterator[str]:
    """`bare`: a page that stands in another one, or is printed: without the site around it."""
    yield from page.evaluate(_BUILT, language)
    if not bare:
        yield from page.evaluate(_FRAMED)


def open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")


def fits(page: Page) -> Iterator[str]:
    """At 200 % and on a phone, with everything opened; by axe on the phone, where more scrolls and
    what one touches is smallest, and in a wide window, where other parts are shown."""
    open_all(page)
    for width in (NARROW, ZOOMED):
        page.set_viewport_size({"width": width, "height": 640})
        asked = page.evaluate("document.documentElement.scrollWidth")
        if asked > width:
            yield f"scrolls sideways: {asked} in {width}"
        if width == NARROW:
            yield from violations(page)
    page.set_viewport_size({"width": WIDE, "height": 800})
    yield from violations(page)


def focus_is_seen(page: Page) -> Iterator[str]:
    page.keyboard.press("Tab")
    yield from page.evaluate(_FOCUS)


def stands_still(page: Page) -> Iterator[str]:
    """For a browser that was told that less motion is wanted."""
    yield from page.evaluate(_MOTION)


def violations(page: Page) -> Iterator[str]:
    """What axe finds serious or critical."""
    for violation in Axe().run(page, options=_ASKED).response["violations"]:
        if violation["impact"] in {"serious", "critical"}:
            yield f"{violation['id']}: {violation['nodes'][0]['html']}"
