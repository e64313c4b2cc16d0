"""The ministry's desk: approving together what one has read and where nothing was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from api import fields, forms, i18n
from api.deps import Acting, Db, Form, Me, Now
from api.errors import sentence, status_of, words_of
from api.i18n import gettext
from api.rendering import page
from registry.actions.reading import MOST_TOGETHER, Asked, Outcome, approve_read
from registry.domain.counting import RULE_TEXT
from registry.domain.errors import InvalidInput
from registry.domain.model import Actor
from registry.queries import entries
from registry.queries.entries import Version
from registry.queries.hindrances import Hindrance, HindranceKind, hindrances
from registry.queries.moments import moment
from registry.queries.people import Person
from registry.queries.waiting import Waiting, read

router = APIRouter(prefix="/together")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that was read, and in words what stands in the way."""

    line: Waiting
    version: Version
    found: list[str]


@dataclass(frozen=True, slots=True)
class Result:
    version: Version
    outcome: Outcome
    refusal: str


@router.get("")
def offered(request: Request, db: Db, me: Me, now: Now) -> HTMLResponse:
    return _page(request, db, me, now)


@router.post("")
def approve(request: Request, act: Acting, me: Me, now: Now, form: Form) -> HTMLResponse:
    """Each box that was ticked names an entry and the revision it was seen in."""
    ticked = [each.partition(" ") for each in forms.texts(form, "confirmed")]
    known = entries.versions_by_id(act.session, me.actor, _ids(ticked))
    asked = [
        Asked(each.id, forms.revision({"revision": seen}))
        for name, _, seen in ticked
        for each in known.values()
        if str(each.id) == name
    ]
    try:
        outcomes = approve_read(act, asked)
    except InvalidInput as refused:
        words = [sentence(problem) for problem in refused.problems]
        return _page(request, act.session, me, now, words=words, status=status_of(refused))
    results = [
        Result(
            known[each.version_id],
            each,
            "" if each.refusal is None else words_of(each.refusal),
        )
        for each in outcomes
    ]
    return page(request, "review/together_done.html", results=results)


def _page(
    request: Request,
    db: Session,
    me: Person,
    now: datetime,
    *,
    words: Sequence[str] = (),
    status: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:
    found = candidates(db, me.actor, now)
    return page(
        request,
        "review/together.html",
        status=status,
        clean=[each for each in found if not each.found],
        hindered=[each for each in found if each.found],
        most=MOST_TOGETHER,
        words=words,
    )


def candidates(db: Session, actor: Actor, now: datetime) -> list[Candidate]:
    """What this person has read and could decide now."""
    lines = read(db, actor, now, MOST_TOGETHER)
    versions = entries.versions_by_id(db, actor, [line.version_id for line in lines])
    found = hindrances(db, list(versions.values()), moment(db, now))
    return [
        Candidate(
            line,
            versions[line.version_id],
            [told(each) for each in found[line.version_id]],
        )
        for line in lines
    ]


def told(found: Hindrance) -> str:
    """A finding in words."""
    match found.kind:
        case HindranceKind.CRITERION:
            text = RULE_TEXT[i18n.current().value][int(found.subject)]
            return gettext("Criterion %(number)s is not met: %(text)s") % {
                "number": found.subject,
                "text": text,
            }
        case HindranceKind.BROKEN_LINK:
            return gettext("A link does not answer: %(url)s") % {"url": found.subject}
        case HindranceKind.UNANSWERED:
            name = fields.field_names()[found.subject]
            return gettext("Expected at this stage, and not given: %(field)s") % {"field": name}
        case HindranceKind.QUESTION:
            words = "" if found.problem is None else sentence(found.problem)
            return f"{fields.field_names()[found.subject]}: {words}"


def _ids(ticked: Sequence[tuple[str, str, str]]) -> list[UUID]:
    found = []
    for name, _, _ in ticked:
        try:
            found.append(UUID(name))
        except ValueError:
            continue
    return found
