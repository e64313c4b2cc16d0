"""The administrator's desk: the rolls, and taking in the list of a new one.

`admin_roll_draft` has the list on its way to a roll.
"""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms, i18n, roll_file
from api.audience import Audience, open_to
from api.deps import Acting, Db, FormWithFiles, Me, Submission
from api.field_words import sentence
from api.i18n import gettext, mark
from api.openapi import CSV
from api.pages import admin_roll_draft
from api.pages.listing import Code
from api.rendering import page
from registry.actions import roll_drafts as acts
from registry.domain.errors import FieldProblem, InvalidInput, NotFound
from registry.domain.model import REGISTER, Action, RollSeries
from registry.domain.permissions import check
from registry.domain.roll_intake import NamesFactsDraft, RollDraftBody, RollFactsDraft
from registry.queries.coverage import rolls
from registry.queries.roll_drafts import roll_drafts
from registry.queries.rolls import listed_cities

router = APIRouter(prefix="/admin/rolls", dependencies=[open_to(Audience.MINISTRY)])

_MOST_SHOWN = 60
_NAMES = {
    "code": mark("Code of the roll"),
    "series": mark("What it lists"),
    "name_vi": mark("Name in Vietnamese"),
    "name_en": mark("Name in English"),
    "valid_from": mark("In force from"),
    "official_total": mark("Official total"),
    "legal_basis": mark("Legal basis"),
    "source_vi": mark("Source, in Vietnamese"),
    "source_en": mark("Source, in English"),
    "source_url": mark("Address of the source"),
    "note_vi": mark("Note in Vietnamese"),
    "note_en": mark("Note in English"),
    "adds_to": mark("Roll in force"),
    "file": mark("The list"),
}
_ROLL = tuple(RollFactsDraft.model_fields)
_MORE = tuple(NamesFactsDraft.model_fields)


@router.get("")
def every(request: Request, db: Db, me: Me) -> Response:
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    return page(request, "admin/rolls.html", rolls=rolls(db), drafts=roll_drafts(db))


@router.get("/list/{code}")
def list_to_edit(db: Db, me: Me, code: Code) -> Response:
    """A roll as a file to change and upload as the next one."""
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    if code not in {roll.code for roll, _ in rolls(db)}:
        raise NotFound
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(code)}.csv",
        "Cache-Control": "private, no-store",
    }
    content = roll_file.to_edit(listed_cities(db, code))
    return Response(content, headers=headers, media_type=f"{CSV}; charset=utf-8")


@router.get("/new")
def new_roll_form(request: Request, db: Db, me: Me) -> Response:
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    return _form_page(request, db, "roll", {"series": RollSeries.URBAN.value}, [])


@router.post("/new")
def new_roll(request: Request, me: Me, act: Acting, form: FormWithFiles) -> Response:
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    return _taken_in(request, act, "roll", _ROLL, form)


@router.get("/names")
def more_names_form(request: Request, db: Db, me: Me) -> Response:
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    return _form_page(request, db, "names", {}, [])


@router.post("/names")
def more_names(request: Request, me: Me, act: Acting, form: FormWithFiles) -> Response:
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    return _taken_in(request, act, "names", _MORE, form)


def _taken_in(
    request: Request, act: Acting, kind: str, fields: tuple[str, ...], form: Submission
) -> Response:
    typed = {name: forms.text(form.texts, name) for name in fields}
    given: dict[str, Any] = forms.filled(typed)
    if "valid_from" in given:
        given["valid_from"] = forms.iso_date(given["valid_from"])
    if "official_total" in given:
        given["official_total"] = given["official_total"].replace(".", "").replace(",", "")
    sent = form.file("file")
    problems: list[FieldProblem] = []
    try:
        facts = (RollFactsDraft if kind == "roll" else NamesFactsDraft).read(given)
    except InvalidInput as error:
        problems += error.problems
    if sent is None:
        problems.append(FieldProblem("/file", "required"))
    if problems or sent is None:
        return _form_page(request, act.session, kind, typed, problems)
    try:
        listed = roll_file.read(sent.content.read())
    except InvalidInput as error:
        return _form_page(request, act.session, kind, typed, error.problems)
    try:
        body = RollDraftBody.read({kind: facts, "lines": listed.lines})
        name = "".join(c for c in sent.name if c.isprintable())[:200]
        row = acts.start_roll(act, body, name, dict(enumerate(listed.numbers)))
    except InvalidInput as error:
        found = roll_file.as_in_file(error, listed).problems
        return _form_page(request, act.session, kind, typed, found)
    address = f"/{i18n.current()}/admin/rolls/drafts/{row.id}?done=taken-in"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def _form_page(
    request: Request,
    db: Session,
    kind: str,
    values: dict[str, str],
    problems: list[FieldProblem] | tuple[FieldProblem, ...],
) -> Response:
    """What is wrong with cells of the list is said apart: there can be much of it."""
    in_cells = [p for p in problems if p.pointer.startswith("/cells/")]
    of_fields = [_of_field(p) for p in problems if p not in in_cells]
    if in_cells:
        of_fields.append(FieldProblem("/file", "see_cells", {"number": str(len(in_cells))}))
    return page(
        request,
        "admin/roll_new.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        kind=kind,
        values=values,
        errors=forms.sentences(of_fields),
        cells=[(p.pointer.removeprefix("/cells/"), sentence(p)) for p in in_cells[:_MOST_SHOWN]],
        more_cells=max(0, len(in_cells) - _MOST_SHOWN),
        names={name: gettext(words) for name, words in _NAMES.items()},
        series=forms.options(RollSeries),
        rolls=[(roll.code, i18n.pick(roll.name_vi, roll.name_en)) for roll, _ in rolls(db)],
        headings=[gettext(words) for words in roll_file.HEADINGS.values()],
    )


def _of_field(problem: FieldProblem) -> FieldProblem:
    """Those of the roll's own fields stand under "/roll" or "/names" in the whole."""
    for part in ("/roll/", "/names/"):
        if problem.pointer.startswith(part):
            pointer = problem.pointer.removeprefix(part[:-1])
            return FieldProblem(pointer, problem.code, problem.params)
    if problem.pointer.startswith("/lines"):
        return FieldProblem("/file", problem.code, problem.params)
    return problem


router.include_router(admin_roll_draft.router)
