"""The ministry's desk: approving together what one has read and where nothing was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from api import forms
from api.deps import Acting, Db, Form, Me, Now
from api.field_words import sentence
from api.finding_words import Told, told
from api.refusals import status_of, words_of
from api.rendering import page
from registry.actions.reading import MOST_TOGETHER, Asked, Outcome, approve_read
from registry.domain.errors import InvalidInput
from registry.domain.findings import Finding, Weight
from registry.domain.model import Actor
from registry.queries import entries
from registry.queries.entries import Version
from registry.queries.findings import open_findings
from registry.queries.moments import moment
from registry.queries.people import Person
from registry.queries.waiting import Waiting, read

router = APIRouter(prefix="/together")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that was read, what stands in the way of approving it together with others, and
    what is only good to know."""

    line: Waiting
    version: Version
    found: list[Told]
    notes: list[Told]


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
    found = open_findings(db, list(versions), moment(db, now))
    return [
        _candidate(line, versions[line.version_id], found.get(line.version_id, ()))
        for line in lines
    ]


def _candidate(line: Waiting, version: Version, found: Sequence[Finding]) -> Candidate:
    notes = [each for each in found if each.weight is Weight.NOTE]
    return Candidate(line, version, told(each for each in found if each not in notes), told(notes))


def _ids(ticked: Sequence[tuple[str, str, str]]) -> list[UUID]:
    found = []
    for name, _, _ in ticked:
        try:
            found.append(UUID(name))
        except ValueError:
            continue
    return found
