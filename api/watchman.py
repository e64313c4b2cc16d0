"""The watchman: sees who was refused what, and has it recorded when it matters."""

import logging
import re
from collections.abc import Callable

from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError

from registry.actions import refused
from registry.actions.act import Act
from registry.db.engine import transaction
from registry.domain.errors import Forbidden, NotFound, RegistryError
from registry.queries.people import NOBODY, Person

log = logging.getLogger("registry")

_LANGUAGE = re.compile(r"^/(?:vi|en)(?=/)")


def saw(request: Request, error: RegistryError) -> None:
    """A refusal on its way out. Whoever is signed in and was denied something is noted: also who
    tried to change what they may not know of."""
    person: Person = getattr(request.state, "person", NOBODY)
    changing = request.method != "GET" and not person.actor.oversees
    hidden = isinstance(error, NotFound) and changing
    if person.actor.user_id is None or not (hidden or isinstance(error, Forbidden)):
        return
    door = _LANGUAGE.sub("", getattr(request.scope.get("route"), "path", ""))

    def note(act: Act) -> bool:
        city = _city(act, request)
        if hidden and (city is None or any(home.code == city for home in person.homes)):
            return False
        subject = ("door", door) if city is None else ("city_desk", city)
        return refused.note_denial(act, subject, error.code, f"{request.method} {door}")

    _in_its_own_transaction(request, person, note)


def sign_in_failed(request: Request, email: str) -> None:
    """To run after the answer, and so after the failure was committed."""
    _in_its_own_transaction(request, NOBODY, lambda act: refused.note_burst(act, email))


def _in_its_own_transaction(request: Request, person: Person, note: Callable[[Act], bool]) -> None:
    """The request's own was rolled back. Whatever happens here, the refusal stays the answer."""
    state = request.app.state
    try:
        with transaction(state.sessions) as session:
            noted = note(Act(session, person.actor, state.clock, request.state.request_id))
    except SQLAlchemyError as error:
        log.warning("a refused act was not recorded: %s", error)
        return
    if noted:
        state.watch.bump()


def _city(act: Act, request: Request) -> str | None:
    """Whose desk the address leads to, if it leads to one that there is."""
    named = request.path_params
    for name in ("city_code", "use_case_code", "code"):
        text = str(named.get(name, ""))
        if text and text.isprintable():
            return refused.city_of(act, text)
    return None
