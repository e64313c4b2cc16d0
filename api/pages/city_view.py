"""The city desk's back room: whose desk it is, and what its pages show of a use case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms, i18n
from api.fields import field_of
from api.i18n import gettext, mark
from registry.domain.errors import FieldProblem, Forbidden, InvalidInput, NotFound
from registry.domain.intake import SubmissionDraft
from registry.domain.model import LIVE_STATES, Action, Actor, Subject
from registry.domain.permissions import can
from registry.domain.rules import missing_for_submission, required
from registry.domain.use_case import UseCaseText
from registry.queries import desk, entries
from registry.queries.entries import Ruling, Version
from registry.queries.people import Home, Person

_NOTICES = {
    "saved": mark("The draft was saved."),
    "started": mark("The draft was opened. Fill in what you know; you can save at any time."),
    "wanted": mark(
        "The draft was opened with suggestions from the example. Check them; the rest is yours to"
        " write."
    ),
    "revised": mark("A new version was opened with the text of the last one. Nothing is sent yet."),
    "submitted": mark("The version was submitted. A reviewer of the ministry will decide on it."),
    "submitted-together": mark(
        "All were submitted. A reviewer of the ministry will decide on each."
    ),
    "answered": mark("The draft was saved and the answer was sent."),
    "handed": mark("The signers of the city were told."),
    "withdrawn": mark("The version was withdrawn."),
    "stage-reported": mark("The stage was recorded. It takes effect on its day without a review."),
    "attested": mark("It was recorded that what you confirmed is still true."),
    "none-ticked": mark("Nothing was ticked, so nothing was recorded."),
    "problem": mark("The problem was declared."),
    "problem-withdrawn": mark("The problem was withdrawn."),
    "year": mark("The city's word for the year was recorded."),
}


@dataclass(frozen=True, slots=True)
class Desk:
    """A city, for one of its people."""

    city_id: int
    home: Home
    actor: Actor

    def may(self, action: Action) -> bool:
        return can(self.actor, action, Subject(city_id=self.city_id))

    def address(self, rest: str = "") -> str:
        return f"/{i18n.current()}/desk/{self.home.code}{rest}"


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the answers a submission needs are there; `missing` says what is not."""

    given: int
    asked: int
    missing: tuple[FieldProblem, ...]

    @property
    def words(self) -> str:
        return gettext("%(given)s of %(asked)s required answers given") % {
            "given": self.given,
            "asked": self.asked,
        }


@dataclass(frozen=True, slots=True)
class Case:
    """A use case as its city sees it: its newest version, and the approved one if another."""

    newest: Version
    live: Version | None
    ruling: Ruling | None
    actions: tuple[Action, ...]
    progress: Progress


def own_desk(db: Session, me: Person, code: str) -> Desk:
    """The desk of a city one belongs to. Raises NotFound for no city, Forbidden for another's."""
    city_id = desk.city_id(db, code) if code.isprintable() else None
    if city_id is None:
        raise NotFound
    for home in me.homes:
        if home.code == code:
            return Desk(city_id, home, me.actor)
    raise Forbidden


def own_version(db: Session, own: Desk, version_id: UUID) -> Version:
    found = entries.version(db, own.actor, version_id)
    if found is None or found.city_id != own.city_id:
        raise NotFound
    return found


def cases(db: Session, own: Desk, today: date) -> list[Case]:
    """The city's use cases, each once, in order of code."""
    rulings = desk.last_rulings(db, own.city_id)
    by_case: dict[UUID, list[Version]] = {}
    for version in entries.versions(db, own.actor, city_code=own.home.code):
        by_case.setdefault(version.use_case_id, []).append(version)
    return [
        Case(
            newest=newest,
            live=next((v for v in older if v.state in LIVE_STATES), None),
            ruling=rulings.get(newest.id),
            actions=newest.actions(own.actor),
            progress=progress(newest.draft, today),
        )
        for newest, *older in by_case.values()
    ]


def progress(draft: UseCaseText, today: date) -> Progress:
    """Counts answers: those every submission needs, and those this one's other answers call for."""
    text = draft.upgraded()
    missing = missing_for_submission(text, today)
    wanting = {field_of(p) for p in missing}
    asked = required(text, today) | wanting
    return Progress(len(asked - wanting), len(asked), tuple(missing))


def problem_options(db: Session, own: Desk, chosen: Sequence[str] = ()) -> list[tuple[str, str]]:
    """The problems to choose from: those not withdrawn, and those chosen already."""
    return [
        (str(p.id), p.title if p.withdrawn_at is None else f"{p.title} ({gettext('withdrawn')})")
        for p in entries.problems(db, own.home.code)
        if p.withdrawn_at is None or str(p.id) in chosen
    ]


def letter_values(form: Mapping[str, Any]) -> dict[str, str]:
    """The official letter as it was typed."""
    return {name: forms.text(form, name) for name in SubmissionDraft.model_fields}


def letter_of(typed: Mapping[str, str], refused: Sequence[FieldProblem]) -> SubmissionDraft:
    """The letter that was typed. Raises InvalidInput, also for a file that was `refused`."""
    given = {name: typed[name] for name in SubmissionDraft.model_fields}
    try:
        letter = SubmissionDraft.read(given | {"letter_date": forms.iso_date(typed["letter_date"])})
    except InvalidInput as error:
        raise InvalidInput([*error.problems, *refused]) from None
    if refused:
        raise InvalidInput(refused)
    return letter


def notice(done: str) -> str:
    """What an earlier request did, said on the page it led to."""
    return gettext(_NOTICES.get(done, ""))


def see(address: str) -> Response:
    """After a change: the page that shows it."""
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
