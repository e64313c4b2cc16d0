"""Who stands before the screen: one person's browser, and everything that went wrong in it."""

import re
from collections.abc import Callable
from contextvars import copy_context
from http import HTTPStatus
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Request, expect

from api import i18n

P = ParamSpec("P")
T = TypeVar("T")


class Visitor:
    """A context of their own (cookies, cache), in one language. `troubles` must stay empty:
    errors on the console, exceptions, dialogs, and requests to any other host."""

    def __init__(self, browser: Browser, address: str, language: str, *, scripts: bool) -> None:
        self.address = address
        self.language = i18n.Language(language)
        self.troubles: list[str] = []
        self.expected: set[HTTPStatus] = set()
        self.context = browser.new_context(java_script_enabled=scripts, locale=language)
        self.context.set_default_timeout(15_000)
        self.context.on("request", self._watch_request)
        self.context.on("console", self._watch_console)
        self.context.on("weberror", lambda error: self.troubles.append(f"thrown: {error.error}"))
        self.context.on("dialog", self._watch_dialog)
        self.page = self.context.new_page()

    def go(self, path: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        """Opens a page, named without its language."""
        if status is not HTTPStatus.OK:
            self.expected.add(status)
        answer = self.page.goto(f"{self.address}/{self.language}{path}")
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"

    def sign_in(self, email: str, password: str) -> None:
        self.go("/sign-in")
        self.fill(email=email, password=password)
        self.press("Sign in")

    def fill(self, **typed: str) -> None:
        """Types into the fields of these names."""
        for name, text in typed.items():
            self.main.locator(f"[name='{name}']").fill(text)

    def choose(self, **chosen: str) -> None:
        for name, value in chosen.items():
            self.main.locator(f"[name='{name}']").select_option(value)

    def press(self, button: str) -> None:
        """Presses a button of the page by its English name."""
        named = self.words(button)
        self.click(self.main.get_by_role("button", name=named, exact=True).first)

    def follow(self, link: str) -> None:
        """Follows a link of the page by its English name."""
        named = self.words(link)
        self.click(self.main.get_by_role("link", name=named, exact=True).first)

    def click(self, what: Locator) -> None:
        """Clicks on what leads to another page, and waits for it."""
        with self.page.expect_navigation():
            what.click()

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def sees(self, text: str) -> None:
        """The page shows this, spaces aside."""
        expect(self.main).to_contain_text(text, use_inner_text=True)

    def figure(self, query: str = "") -> int:
        """How many cities count, as the home page says."""
        self.go(f"/{query}")
        told = self.main.locator(".figure strong").first.inner_text()
        found = re.match(r"\d+", told)
        assert found, told
        return int(found[0])

    def words(self, message: str) -> str:
        """An English message in this visitor's language."""
        return self.say(i18n.gettext, message)

    def say(self, told: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Calls a function that speaks, in this visitor's language."""

        def spoken() -> T:
            i18n.speak(self.language)
            return told(*args, **kwargs)

        return copy_context().run(spoken)

    def _watch_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and f"{parts.scheme}://{parts.netloc}" != self.address:
            self.troubles.append(f"asked another host: {request.url}")

    def _watch_console(self, message: ConsoleMessage) -> None:
        expected = any(f"status of {status.value} " in message.text for status in self.expected)
        if message.type == "error" and not expected:
            self.troubles.append(f"console: {message.text}")

    def _watch_dialog(self, dialog: Dialog) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()
