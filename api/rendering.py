"""Pages: one Jinja environment, its words and formats installed once."""

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from api import assets, fields, i18n, indicator_texts, indicator_words, labels, outcome_words
from api.discovery import signposts
from api.exports.export import LICENCE
from api.exports.sets import NAMES, SETS
from api.names import slug
from api.twins import citation
from registry.domain.files import ENDINGS
from registry.domain.model import CITY_ROLES, MINISTRY_ROLES, ProblemArea, Role
from registry.domain.standard import STANDARD
from registry.queries.moments import Moment
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
        licence=LICENCE,
        ProblemArea=ProblemArea,
        accepted_files=",".join(f".{ending}" for kind in ENDINGS.values() for ending in kind),
    )
    found.filters.update(
        label=labels.label,
        words=fields.said,
        word=indicator_words.word,
        indicator_name=indicator_texts.name_of,
        done=labels.done,
        reason=outcome_words.reason,
        next_step=outcome_words.next_step,
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
        slug=slug,
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
    settings = request.app.state.settings
    seen: Moment | None = getattr(request.state, "seen", None)
    cite = None
    if seen is not None and status is HTTPStatus.OK:
        cite = citation(request, settings.public_url, seen)
    html = (
        environment()
        .get_template(template)
        .render(
            request=request,
            language=language,
            other_language=_other_language(request, language),
            site=request.app.state.settings.site,
            page_address=_address(request),
            person=person,
            in_city=bool(roles & CITY_ROLES),
            in_ministry=bool(roles & MINISTRY_ROLES),
            administers=Role.ADMINISTRATOR in roles,
            # Where the seeds loaded the documented examples (`registry seed`).
            with_examples=settings.mode is not Mode.PRODUCTION,
            cite=cite,
            came_from=_came_from(request),
            pick=i18n.pick,
            signposts=signposts(request, status),
            **values,
        )
    )
    cache = "no-cache" if person is NOBODY else "private, no-store"
    sent = {"Content-Language": language.value, "Cache-Control": cache, **(headers or {})}
    return HTMLResponse(html, status, sent)


def _came_from(request: Request) -> str:
    """How the address was written from which a reader was sent here."""
    told = request.query_params.get("came_from", "")
    return "".join(char for char in told if char.isprintable())[:200]


def _address(request: Request) -> str:
    """This page's address for others: never by the host that was asked for, and of its query only
    the two clocks."""
    asked = {n: v for n in ("as_of", "known_at") if (v := request.query_params.get(n))}
    query = f"?{urlencode(asked)}" if asked else ""
    root = request.app.state.settings.site
    return f"{root}{quote(request.url.path)}{query}"


def _other_language(request: Request, language: i18n.Language) -> str:
    """This page's address in the other language."""
    other = i18n.Language.EN if language is i18n.Language.VI else i18n.Language.VI
    prefix = f"/{language}"
    path = request.url.path
    if path.startswith("/ogc"):
        return f"?{request.url.include_query_params(lang=other.value).query}"
    rest = path[len(prefix) :] if path.startswith(prefix) else "/"
    query = f"?{request.url.query}" if request.url.query and request.method == "GET" else ""
    return f"/{other}{quote(rest)}{query}"
