"""Versions of a use case: written, handed in, taken up, decided - each by those who may."""

from http import HTTPStatus
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.answers import Content, as_json, personal, to_reader
from api.audience import Audience, open_to
from api.deps import Acting, Db, IfMatch, Me, Now
from api.idempotency import CreationKey, create
from api.openapi import MAY_SIGN_IN, creating, moving, only, reading
from api.v1.shapes import Code, Shape, VersionNumber
from api.v1.version_shapes import (
    AvailableActions,
    Verdict,
    VersionShape,
    VersionSummary,
    address,
    summary,
    verdict,
    whole,
)
from registry.actions import declare, leases, review
from registry.domain import workflow
from registry.domain.desk import as_met
from registry.domain.errors import NotFound
from registry.domain.intake import DecisionDraft, SubmissionDraft, WithdrawalDraft
from registry.domain.model import Action, Actor
from registry.domain.use_case import UseCaseDraft
from registry.queries import entries
from registry.queries.entries import Version
from registry.queries.moments import moment

router = APIRouter(prefix="/use-cases/{code}/versions", tags=["versions"])

_PUBLIC = [open_to(Audience.PUBLIC)]


class VersionList(Shape):
    items: list[VersionSummary]


class DecisionBody(DecisionDraft):
    action: Literal[
        Action.APPROVE,
        Action.RETURN,
        Action.REJECT,
        Action.SUSPEND,
        Action.REVOKE,
        Action.REINSTATE,
        Action.UPHOLD,
        Action.TAKE_BACK,
    ]


@router.get(
    "",
    response_model=VersionList,
    responses=reading(HTTPStatus.NOT_FOUND),
    dependencies=_PUBLIC,
    openapi_extra=MAY_SIGN_IN,
)
def every(request: Request, db: Db, me: Me, now: Now, code: Code) -> Response:
    """The versions that the reader may see, newest first."""

    def answer() -> Content:
        versions = entries.versions(db, me.actor, use_case_code=code)
        if not versions:
            raise NotFound
        return as_json(VersionList(items=[summary(version) for version in versions]))

    return to_reader(request, me.actor, moment(db, now), answer)


@router.get(
    "/{n}",
    response_model=VersionShape,
    responses=reading(HTTPStatus.NOT_FOUND),
    dependencies=_PUBLIC,
    openapi_extra=MAY_SIGN_IN,
)
def one(request: Request, db: Db, me: Me, now: Now, code: Code, n: VersionNumber) -> Response:
    """One version in full. To those who are signed in its ETag is its revision, needed to change
    or decide it."""

    def answer() -> Content:
        version = entries.numbered(db, me.actor, code, n)
        return as_json(whole(version), revision=version.revision)

    return to_reader(request, me.actor, moment(db, now), answer)


@router.put(
    "/{n}", response_model=VersionShape, responses=moving(), dependencies=only(Audience.CITY)
)
def save(
    act: Acting, db: Db, code: Code, n: VersionNumber, revision: IfMatch, draft: UseCaseDraft
) -> Response:
    """Replaces the text of a draft; the same text again changes nothing."""
    declare.save_draft(act, _id(db, act.actor, code, n), draft, revision)
    return _answer(entries.numbered(db, act.actor, code, n))


@router.post(
    "/{n}/submission",
    response_model=VersionShape,
    responses=moving(),
    dependencies=only(Audience.CITY),
)
def submit(
    act: Acting, db: Db, code: Code, n: VersionNumber, revision: IfMatch, letter: SubmissionDraft
) -> Response:
    """Hands a complete draft to the ministry with the city's letter; its text never changes
    again. Whoever wrote the text last cannot submit it."""
    declare.submit(act, _id(db, act.actor, code, n), revision, letter)
    return _answer(entries.numbered(db, act.actor, code, n))


@router.post(
    "/{n}/withdrawal",
    response_model=VersionShape,
    responses=moving(),
    dependencies=only(Audience.CITY),
)
def withdraw(
    act: Acting, db: Db, code: Code, n: VersionNumber, revision: IfMatch, draft: WithdrawalDraft
) -> Response:
    """Takes a version back before it is decided."""
    declare.withdraw(act, _id(db, act.actor, code, n), draft, revision)
    return _answer(entries.numbered(db, act.actor, code, n))


@router.post(
    "/{n}/revision",
    status_code=HTTPStatus.CREATED,
    response_model=VersionShape,
    responses=creating(HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED),
    dependencies=only(Audience.CITY),
)
def revise(
    request: Request,
    act: Acting,
    db: Db,
    code: Code,
    n: VersionNumber,
    revision: IfMatch,
    key: CreationKey,
) -> Response:
    """Opens the next draft from this version's text."""

    def make() -> tuple[BaseModel, str]:
        new = declare.revise(act, _id(db, act.actor, code, n), revision)
        return whole(entries.numbered(db, act.actor, code, new.number)), address(code, new.number)

    return create(request, act, key, None, make)


@router.post(
    "/{n}/claim",
    response_model=VersionShape,
    responses=moving(),
    dependencies=only(Audience.MINISTRY),
)
def claim(act: Acting, db: Db, code: Code, n: VersionNumber, revision: IfMatch) -> Response:
    """Takes up a submitted version for review."""
    leases.claim(act, _id(db, act.actor, code, n), revision)
    return _answer(entries.numbered(db, act.actor, code, n))


@router.post(
    "/{n}/decisions",
    response_model=Verdict,
    responses=moving(),
    dependencies=only(Audience.MINISTRY),
)
def decide(
    act: Acting, db: Db, code: Code, n: VersionNumber, revision: IfMatch, decision: DecisionBody
) -> Response:
    """Decides, or gives an opinion where a second reader is needed: `recorded` says which. Of
    several who decide at once the first wins, the others get 412.

    `uphold` answers a proposal to revoke with no; `take_back` ends one's own before anybody has
    answered it."""
    done = review.decide(act, _id(db, act.actor, code, n), decision.action, decision, revision)
    version = entries.numbered(db, act.actor, code, n)
    return personal(as_json(verdict(version, done)), revision=version.revision)


@router.get(
    "/{n}/available-actions",
    response_model=AvailableActions,
    responses=reading(HTTPStatus.NOT_FOUND),
    dependencies=_PUBLIC,
    openapi_extra=MAY_SIGN_IN,
)
def available(request: Request, db: Db, me: Me, now: Now, code: Code, n: VersionNumber) -> Response:
    """What the reader can do with this version now; nothing else needs to be guessed."""

    def answer() -> Content:
        version = entries.numbered(db, me.actor, code, n)
        met = as_met(me.actor, version.subject, version.lease_until, now)
        shape = AvailableActions(
            state=version.state,
            revision=version.revision,
            actions=list(workflow.available(me.actor, met)),
        )
        return as_json(shape, revision=version.revision)

    return to_reader(request, me.actor, moment(db, now), answer)


def _id(db: Session, reader: Actor, code: str, number: int) -> UUID:
    return entries.numbered(db, reader, code, number).id


def _answer(version: Version) -> Response:
    return personal(as_json(whole(version)), revision=version.revision)
