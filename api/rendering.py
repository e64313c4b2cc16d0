"""Pages: one Jinja environment, its words and formats installed once."""

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from api import assets, fields, i18n, indicator_texts, indicator_words, labels
from api.exports.sets import NAMES, SETS
from registry.domain.files import ENDINGS
from registry.domain.model import CITY_ROLES, MINISTRY_ROLES, Role
from registry.domain.standard import STANDARD
from registry.queries.people import NOBODY, Person
from registry.settings import Mode


@cache
def environment() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words: Any = found  # the extension adds what the class does not declare
    words.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)
    found.globals.update(
        asset=assets.url,
        Language=i18n.Language,
        STANDARD=STANDARD,
        downloads=SETS,
        format_names=NAMES,
        accepted_files=",".join(f".{ending}" for kind in ENDINGS.values() for ending in kind),
    )
    found.filters.update(
        label=labels.label,
        words=fields.said,
        word=indicator_words.word,
        indicator_name=indicator_texts.name_of,
        done=labels.done,
        reason=labels.reason,
        next_step=labels.next_step,
        number=i18n.number,
        decimal=i18n.decimal,
        percent=i18n.percent,
        tenths=i18n.tenths,
        size=i18n.size,
        day=i18n.day,
        instant=i18n.instant,
        deadline=i18n.deadline,
        iso_utc=i18n.iso_utc,
        partial=i18n.partial,
        certain_from=i18n.certain_from,
    )
    return found


def page(
    request: Request,
    template: str,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """Renders a page in the request's language for the person who asked."""
    person: Person = getattr(request.state, "person", NOBODY)
    roles = {m.role for m in person.actor.memberships}
    language = i18n.current()
    html = (
        environment()
        .get_template(template)
        .render(
            request=request,
            language=language,
            other_language=_other_language(request, language),
            person=person,
            in_city=bool(roles & CITY_ROLES),
            in_ministry=bool(roles & MINISTRY_ROLES),
            administers=Role.ADMINISTRATOR in roles,
            # Where the seeds loaded the documented examples (`registry seed`).
            with_examples=request.app.state.settings.mode is not Mode.PRODUCTION,
            pick=i18n.pick,
            **values,
        )
    )
    cache = "no-cache" if person is NOBODY else "private, no-store"
    sent = {"Content-Language": language.value, "Cache-Control": cache, **(headers or {})}
    return HTMLResponse(html, status, sent)


def _other_language(request: Request, language: i18n.Language) -> str:
    """This page's address in the other language."""
    other = i18n.Language.EN if language is i18n.Language.VI else i18n.Language.VI
    prefix = f"/{language}"
    path = request.url.path
    rest = path[len(prefix) :] if path.startswith(prefix) else "/"
    query = f"?{request.url.query}" if request.url.query and request.method == "GET" else ""
    return f"/{other}{quote(rest)}{query}"
