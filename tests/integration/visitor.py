"""The waiting room: people at the pages, with a browser that knows HTML forms and no script."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import html5lib
from fastapi import FastAPI
from httpx import Client, Response

from api.app import create_app
from registry.actions.account import token_hash
from registry.db.engine import transaction
from registry.db.tables import WebSession
from registry.domain.model import Actor
from registry.settings import Settings
from tests.factories import Clock, World
from tests.integration.api_client import InProcess

Typed = dict[str, str | list[str]]
Fields = Mapping[str, str | list[str]]


@dataclass
class Page:
    """An answer as a reader has it before them. Every one must be faultless HTML."""

    answer: Response
    main: Element

    @property
    def path(self) -> str:
        return self.answer.url.path

    @property
    def words(self) -> str:
        """What is to be read, on one line."""
        return " ".join(" ".join(self.main.itertext()).split())

    def typed(self, name: str) -> str:
        """What stands in a field."""
        field = self.one(f".//*[@name='{name}']")
        return (field.text or "").removeprefix("\n") if field.tag == "textarea" else _value(field)

    def one(self, path: str) -> Element:
        found = self.main.findall(path)
        assert len(found) == 1, f"{len(found)} × {path} in {self.words}"
        return found[0]

    def buttons(self) -> set[str]:
        return {" ".join("".join(b.itertext()).split()) for b in self.main.iter("button")}

    def links(self) -> set[str]:
        return {a.get("href", "") for a in self.main.iter("a")}

    def error(self, name: str) -> str:
        """What is said to be wrong with a field, where a screen reader finds it."""
        field = self.one(f".//*[@id='{name}']")
        assert field.get("aria-invalid") == "true", f"{name} is not marked"
        assert f"{name}-error" in field.get("aria-describedby", "").split()
        return "".join(self.one(f".//*[@id='{name}-error']").itertext())


@dataclass
class Visitor:
    """One person's browser: its cookies, and the page in front of them."""

    client: Client

    def open(self, path: str, status: int = HTTPStatus.OK) -> Page:
        return _page(self.client.get(path), status)

    def send(
        self, page: Page, button: str, typed: Fields | None = None, status: int = HTTPStatus.OK
    ) -> Page:
        """Fills in the form of the button with these words, and presses it."""
        form = _form_of(page, button)
        fields = _filled(form) | _pressed(form, button) | dict(typed or {})
        action = form.get("action", page.path)
        return self.post(action, fields, status)

    def post(self, path: str, fields: Fields, status: int = HTTPStatus.OK) -> Page:
        """Sends fields that no form of ours would send, or to a door not offered."""
        answer = self.client.post(
            path,
            content=urlencode(fields, doseq=True),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        return _page(answer, status)


@contextmanager
def site(settings: Settings, clock: Clock) -> Iterator[FastAPI]:
    app = create_app(settings, clock)
    try:
        yield app
    finally:
        app.state.sessions.kw["bind"].dispose()
        app.state.pool.close()


def visitor(app: FastAPI, base: str = "http://registry.test") -> Visitor:
    return Visitor(Client(transport=InProcess(app), base_url=base, follow_redirects=True))


def signed_in(app: FastAPI, world: World, actor: Actor) -> Visitor:
    """Somebody who signed in a moment ago: hashing passwords is slow on purpose."""
    token, now = secrets.token_urlsafe(), world.clock()
    assert actor.user_id is not None
    with transaction(world.factory) as session:
        session.add(
            WebSession(
                token_hash=token_hash(token),
                user_id=actor.user_id,
                created_at=now,
                expires_at=now + timedelta(days=900),
            )
        )
    found = visitor(app)
    found.client.cookies.set("session", token, domain="registry.test")
    return found


def _page(answer: Response, status: int) -> Page:
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Any = parser.parse(answer.text)
    ids = [e.get("id") for e in tree.iter() if e.get("id") is not None]
    assert len(ids) == len(set(ids)), f"ids twice: {sorted(i for i in ids if ids.count(i) > 1)}"
    main = tree.find(".//main")
    assert main is not None
    return Page(answer, main)


def _form_of(page: Page, button: str) -> Element:
    found = [
        form
        for form in page.main.iter("form")
        for b in form.iter("button")
        if " ".join("".join(b.itertext()).split()) == button
    ]
    assert found, f"no button {button!r} among {sorted(page.buttons())}"
    return found[0]


def _filled(form: Element) -> Typed:
    """What a browser would send if nothing were typed."""
    fields: dict[str, list[str]] = {}
    for control in form.iter():
        name = control.get("name")
        if name is None or control.tag == "button":
            continue
        if control.tag == "textarea":
            fields.setdefault(name, []).append(control.text or "")
        elif control.tag == "select" or control.get("type") != "checkbox" or _checked(control):
            fields.setdefault(name, []).append(_value(control))
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _pressed(form: Element, button: str) -> Typed:
    for b in form.iter("button"):
        if " ".join("".join(b.itertext()).split()) == button and b.get("name"):
            return {b.get("name", ""): b.get("value", "")}
    return {}


def _checked(control: Element) -> bool:
    return control.get("checked") is not None


def _value(control: Element) -> str:
    if control.tag != "select":
        return control.get("value", "")
    chosen = [o for o in control.iter("option") if o.get("selected") is not None]
    return chosen[0].get("value", "") if chosen else ""
