"""The city's desk: a version as its reviewer reads it - check, submit, withdraw, write the next."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms, questionnaire
from api.deps import Acting, Db, Files, FormWithFiles, Me, Now
from api.field_words import sentence
from api.fields import field_names, field_of
from api.pages.city_view import (
    Desk,
    letter_of,
    letter_values,
    notice,
    own_desk,
    own_version,
    progress,
    see,
)
from api.pages.files import proof, take_in
from api.refusals import status_of, words_of
from api.rendering import page
from api.talk import Refused, talk
from registry.actions import declare, handing
from registry.domain.difference import Kind, differences
from registry.domain.errors import (
    FieldProblem,
    InvalidInput,
    NotFound,
    RegistryError,
    Stale,
    WrongState,
)
from registry.domain.intake import HandOverDraft, WithdrawalDraft
from registry.domain.model import PUBLIC_STATES, Action
from registry.domain.rules import questions, unanswered
from registry.domain.standard import STANDARD
from registry.queries import addressees, deciding, desk, entries
from registry.queries.entries import Version
from registry.queries.moments import moment
from registry.queries.staying import attestations, live_cases, reported_stages

router = APIRouter(prefix="/desk/{city_code}/versions/{version_id:uuid}")


@router.get("")
def show_version(
    request: Request,
    db: Db,
    me: Me,
    now: Now,
    city_code: str,
    version_id: UUID,
    done: str = "",
    on: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """`on`: the field that the reader is about to comment on."""
    own = own_desk(db, me, city_code)
    return version_page(request, db, own, version_id, now, done=done, on=on)


@router.post("")
def move_version(
    request: Request,
    db: Db,
    me: Me,
    act: Acting,
    now: Now,
    files: Files,
    city_code: str,
    version_id: UUID,
    sent: FormWithFiles,
) -> Response:
    """Submits the version, withdraws it, hands it to the signers or opens the next, as the form's
    `action` says."""
    own = own_desk(db, me, city_code)
    own_version(db, own, version_id)
    taken = take_in(act, files, city_code, sent)
    form = taken.texts
    typed = {"reason": forms.text(form, "reason"), "note": forms.text(form, "note")}
    typed |= letter_values(form)
    seen = forms.revision(form)
    try:
        match forms.text(form, "action"):
            case Action.SUBMIT:
                letter = letter_of(typed, taken.problems)
                declare.submit(act, version_id, seen, letter)
                after = f"{version_id}?done=submitted"
            case Action.WITHDRAW:
                why = WithdrawalDraft.read({"reason": typed["reason"]})
                declare.withdraw(act, version_id, why, seen)
                after = f"{version_id}?done=withdrawn"
            case Action.REVISE:
                after = f"{declare.revise(act, version_id, seen).id}/edit?done=revised"
            case "hand_over":
                said = HandOverDraft.read({"note": typed["note"]})
                handing.hand_over(act, version_id, seen, said)
                after = f"{version_id}?done=handed"
            case _:
                raise NotFound
    except (InvalidInput, Stale, WrongState) as refused:
        return version_page(request, db, own, version_id, now, typed=typed, refused=refused)
    return see(own.address(f"/versions/{after}"))


def version_page(
    request: Request,
    db: Session,
    own: Desk,
    version_id: UUID,
    now: Now,
    *,
    typed: dict[str, str] | None = None,
    refused: RegistryError | None = None,
    comment: Refused | None = None,
    done: str = "",
    on: str | None = None,
) -> Response:
    version = own_version(db, own, version_id)
    versions = entries.versions(db, own.actor, use_case_code=version.use_case_code)
    draft = version.draft.upgraded()
    before = _before(version, versions)
    texts = [version.draft] if before is None else [version.draft, before.draft]
    values = typed or {}
    named = [v.letter_sha256 for v in (version,) if v.letter_sha256]
    problem_ids = {p for text in texts for p in text.problem_ids}
    problems = {p.id: p for p in entries.problems_by_id(db, sorted(problem_ids))}
    rulings = entries.rulings(db, version.use_case_id)
    records = deciding.records(db, [r.position for r in rulings])
    at = moment(db, now)
    kept = live_cases(db, at, [version.use_case_code]).get(version.use_case_code)
    answers = progress(version.draft, at.on)
    wrong = forms.sentences(refused.problems) if isinstance(refused, InvalidInput) else {}
    return page(
        request,
        "city/version.html",
        status=_status(refused, comment),
        desk=own,
        version=version,
        draft=draft,
        versions=versions,
        today=at.on,
        kept=kept if kept is not None and kept.version_id == version.id else None,
        reports=reported_stages(db, version.use_case_code, at.position),
        attestations=attestations(db, version.use_case_code, at.position),
        rulings=rulings,
        records=records,
        talk=talk(
            db,
            own.actor,
            versions,
            rulings,
            records,
            own.address(f"/versions/{version_id}"),
            on=on,
            refused=comment,
        ),
        ruling=next((r for r in rulings if r.version == version.number), None),
        actions=version.actions(own.actor),
        progress=answers,
        lacking=_named([*answers.missing, *_withdrawn(version, problems)]),
        asked=_named(questions(draft)),
        unanswered=unanswered(draft),
        answered={field.name for field in STANDARD.fields if draft.get(field.name)},
        signers=desk.signers(db, own.city_id),
        wrote_last=version.edited_by_id == own.actor.user_id,
        handed_over=addressees.handed_over(db, own.city_id).get(version.id),
        problems=problems,
        proof=proof(db, own.city_id, *texts, hashes=[*named, values.get("letter_file", "")]),
        before=before,
        changes=() if before is None else differences(before.draft, version.draft),
        names=field_names(),
        values=values,
        errors={p: words for p, words in wrong.items() if p.removeprefix("/") in values},
        refused="" if refused is None else words_of(refused),
        is_public=version.state in PUBLIC_STATES,
        notice=notice(done),
        Action=Action,
        Kind=Kind,
    )


def _status(refused: RegistryError | None, comment: Refused | None) -> HTTPStatus:
    if refused is not None:
        return status_of(refused)
    return HTTPStatus.OK if comment is None else HTTPStatus.UNPROCESSABLE_ENTITY


def _before(version: Version, versions: list[Version]) -> Version | None:
    """The version with which a reader compares this one: the last before it that was handed in."""
    earlier = (v for v in versions if v.number < version.number and v.submitted_at is not None)
    return next(earlier, None)


def _withdrawn(version: Version, problems: dict[UUID, Any]) -> list[FieldProblem]:
    return [
        FieldProblem(f"/problem_ids/{place}", "problem_withdrawn")
        for place, problem_id in enumerate(version.draft.problem_ids)
        if problems[problem_id].withdrawn_at is not None
    ]


def _named(problems: list[FieldProblem]) -> list[tuple[str, str, str]]:
    """Each with the place in the form, the name of its field and what is wrong."""
    names = field_names()
    return [(questionnaire.place(p), names[field_of(p)], sentence(p)) for p in problems]
