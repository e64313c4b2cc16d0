"""The city's desk: a signer submits many drafts with one official letter."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms
from api.deps import Acting, Db, Files, FormWithFiles, Me, Today
from api.field_words import sentence
from api.fields import field_names, field_of
from api.i18n import gettext, mark
from api.labels import label
from api.pages.city_view import (
    Desk,
    Progress,
    cases,
    letter_of,
    letter_values,
    notice,
    own_desk,
    see,
)
from api.pages.files import proof, take_in
from api.refusals import REFUSALS, words_of
from api.rendering import page
from registry.actions import handing
from registry.domain.errors import Forbidden, InvalidInput, RegistryError
from registry.domain.model import Action, ReviewState
from registry.domain.permissions import check
from registry.queries import addressees, entries
from registry.queries.entries import Version

router = APIRouter(prefix="/desk/{city_code}/submit")

_NOTHING_CHOSEN = mark("Tick at least one.")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft; `obstacle` says why this person cannot submit it now, else nothing."""

    version: Version
    progress: Progress
    handed_over: datetime | None
    obstacle: str


@router.get("")
def drafts_to_submit(
    request: Request, db: Db, me: Me, today: Today, city_code: str, done: str = ""
) -> Response:
    own = own_desk(db, me, city_code)
    return _page(request, db, own, today, done=done)


@router.post("")
def submit_together(
    request: Request,
    db: Db,
    me: Me,
    act: Acting,
    today: Today,
    files: Files,
    city_code: str,
    sent: FormWithFiles,
) -> Response:
    """All that were ticked or none of them."""
    own = own_desk(db, me, city_code)
    taken = take_in(act, files, city_code, sent)
    ticked = forms.texts(taken.texts, "versions")
    typed = letter_values(taken.texts)
    chosen = _chosen(db, own, taken.texts, ticked)
    try:
        letter = letter_of(typed, taken.problems)
    except InvalidInput as error:
        wrong = forms.sentences(error.problems)
        return _page(request, db, own, today, typed, ticked, wrong)
    if not chosen:
        nothing = {"/versions": gettext(_NOTHING_CHOSEN)}
        return _page(request, db, own, today, typed, ticked, nothing)
    refused = handing.submit_together(act, chosen, letter)
    if refused:
        wrong, why = _told(refused)
        return _page(request, db, own, today, typed, ticked, wrong, why)
    return see(own.address("/submit?done=submitted-together"))


def _chosen(db: Session, own: Desk, form: Mapping[str, Any], ticked: list[str]) -> dict[UUID, int]:
    """The versions that were ticked, each with the revision its signer saw."""
    versions = entries.versions(db, own.actor, city_code=own.home.code)
    return {
        version.id: forms.revision({"revision": forms.text(form, f"revision-{version.id}")})
        for version in versions
        if str(version.id) in ticked
    }


def _told(refused: Mapping[UUID, RegistryError]) -> tuple[dict[str, str], dict[UUID, list[str]]]:
    """What is wrong with the letter, and with each version."""
    letter: dict[str, str] = {}
    why: dict[UUID, list[str]] = {}
    names = field_names()
    for version_id, error in refused.items():
        if not isinstance(error, InvalidInput):
            why[version_id] = [words_of(error)]
            continue
        for problem in error.problems:
            if problem.pointer.startswith("/letter_"):
                letter[problem.pointer] = sentence(problem)
            else:
                why.setdefault(version_id, []).append(
                    f"{names[field_of(problem)]}: {sentence(problem)}"
                )
    return letter, why


def _page(
    request: Request,
    db: Session,
    own: Desk,
    today: date,
    typed: dict[str, str] | None = None,
    ticked: list[str] | None = None,
    errors: dict[str, str] | None = None,
    why: dict[UUID, list[str]] | None = None,
    done: str = "",
) -> Response:
    waiting = _waiting(db, own, today, why or {})
    values = typed or {}
    return page(
        request,
        "city/submit.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors or why else HTTPStatus.OK,
        desk=own,
        ready=[item for item in waiting if not item.obstacle],
        others=[item for item in waiting if item.obstacle],
        ticked=ticked or [],
        values=values,
        errors=errors or {},
        why=why or {},
        proof=proof(db, own.city_id, hashes=[values.get("letter_file", "")]),
        notice=notice(done),
    )


def _waiting(db: Session, own: Desk, today: date, why: Collection[UUID]) -> list[Waiting]:
    """The city's drafts, and whatever was ticked while it was one."""
    handed = addressees.handed_over(db, own.city_id)
    return [
        Waiting(
            case.newest,
            case.progress,
            handed.get(case.newest.id),
            _obstacle(own, case.newest, case.progress),
        )
        for case in cases(db, own, today)
        if case.newest.state is ReviewState.DRAFT or case.newest.id in why
    ]


def _obstacle(own: Desk, version: Version, answers: Progress) -> str:
    if version.state is not ReviewState.DRAFT:
        return label(version.state)
    if answers.missing:
        return answers.words
    try:
        check(own.actor, Action.SUBMIT, version.subject)
    except Forbidden as refusal:
        return gettext(REFUSALS[refusal.code][1])
    return ""
