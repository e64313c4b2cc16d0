"""The city's desk: spreadsheets - the template, handing one in, its report, confirming it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms
from api.csv_text import csv_text
from api.deps import Acting, Db, Files, Form, FormWithFiles, Me, Today
from api.field_words import sentence
from api.fields import field_names
from api.i18n import gettext, mark
from api.pages.city_view import Desk, own_desk, see
from api.pages.files import Proof
from api.refusals import status_of, words_of
from api.rendering import page
from api.sheet_files import attached, export_of, mended, template_of
from api.sheet_report import (
    heading,
    report_headings,
    report_lines,
    shown_row,
    to_mend,
    verdict_words,
)
from registry.actions import sheets
from registry.domain.errors import FieldProblem, InvalidInput, NotFound, RegistryError, WrongState
from registry.domain.sheets import ACCEPTED, UNFINISHED, Choice, Outcome, SheetState, Verdict
from registry.queries import entries
from registry.queries.sheets import Upload, report_rows, upload, uploads
from registry.sheets.reading import MAX_BYTES

router = APIRouter(prefix="/desk/{city_code}")

_PER_PAGE = 25
_WORKING = frozenset({SheetState.UPLOADED, SheetState.JUDGING, SheetState.CONFIRMING})

_STATES: Mapping[SheetState, str] = {
    SheetState.UPLOADED: mark("Waiting to be read"),
    SheetState.JUDGING: mark("Being read"),
    SheetState.JUDGED: mark("Read; nothing is taken over yet"),
    SheetState.CONFIRMING: mark("Being taken over"),
    SheetState.DONE: mark("Taken over"),
    SheetState.CANCELLED: mark("Cancelled"),
    SheetState.FAILED: mark("Failed"),
}


@router.get("/export.{kind}")
def export(db: Db, me: Me, today: Today, city_code: str, kind: str) -> Response:
    """All of the city's use cases, with the columns by which they are read again."""
    own = own_desk(db, me, city_code)
    content = export_of(db, me.actor, own.home.code, today, kind)
    return attached(content, "export", kind, own.home.code)


@router.get("/sheets")
def show_sheets(request: Request, db: Db, me: Me, city_code: str) -> Response:
    return _sheets_page(request, db, own_desk(db, me, city_code))


@router.post("/sheets")
def hand_in(
    request: Request,
    db: Db,
    me: Me,
    act: Acting,
    files: Files,
    city_code: str,
    sent: FormWithFiles,
) -> Response:
    own = own_desk(db, me, city_code)
    file = sent.file("sheet")
    if file is None:
        nothing = InvalidInput([FieldProblem("/file", "required")])
        return _sheets_page(request, db, own, nothing)
    try:
        number = sheets.hand_in(act, files, city_code, file.name, file.content)
    except InvalidInput as error:
        return _sheets_page(request, db, own, error)
    return see(own.address(f"/sheets/{number}"))


@router.get("/sheets/template.{kind}")
def template(db: Db, me: Me, today: Today, city_code: str, kind: str) -> Response:
    own = own_desk(db, me, city_code)
    content = template_of(db, me.actor, own.home.code, today, kind)
    return attached(content, "template", kind, own.home.code)


@router.get("/sheets/{upload_id:uuid}")
def report(
    request: Request,
    db: Db,
    me: Me,
    city_code: str,
    upload_id: UUID,
    only: str = "",
    leaf: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    own = own_desk(db, me, city_code)
    return _report_page(request, db, own, upload_id, only=only, leaf=leaf)


@router.post("/sheets/{upload_id:uuid}")
def decide(
    request: Request,
    db: Db,
    me: Me,
    act: Acting,
    city_code: str,
    upload_id: UUID,
    form: Form,
) -> Response:
    """Takes the rows over, or stops."""
    own = own_desk(db, me, city_code)
    _own_upload(db, own, upload_id)
    try:
        if forms.text(form, "then") == "cancel":
            sheets.cancel(act, upload_id)
        else:
            sheets.confirm(act, upload_id, _choice(forms.text(form, "rows")))
    except (InvalidInput, WrongState) as refused:
        return _report_page(request, db, own, upload_id, refused=refused)
    return see(own.address(f"/sheets/{upload_id}"))


@router.get("/sheets/{upload_id:uuid}/report.csv")
def report_csv(db: Db, me: Me, city_code: str, upload_id: UUID) -> Response:
    """Each cell with what became of it."""
    found = _own_upload(db, own_desk(db, me, city_code), upload_id)
    lines = report_lines(found, report_rows(db, upload_id))
    return attached(csv_text(report_headings(), lines), "report", "csv")


@router.get("/sheets/{upload_id:uuid}/to-mend.xlsx")
def sheet_to_mend(db: Db, me: Me, city_code: str, upload_id: UUID) -> Response:
    """One's own rows, with a column that says what is to be mended."""
    found = _own_upload(db, own_desk(db, me, city_code), upload_id)
    keys = [column["column"] for column in found.notes["columns"]]
    content = mended(keys, to_mend(report_rows(db, upload_id), keys))
    return attached(content, "mend", "xlsx")


def _choice(text: str) -> Choice:
    try:
        return Choice(text)
    except ValueError:
        raise InvalidInput([FieldProblem("/rows", "choose_one")]) from None


def _own_upload(db: Session, own: Desk, upload_id: UUID) -> Upload:
    assert own.actor.user_id is not None
    found = upload(db, own.actor.user_id, upload_id)
    if found is None or found.city_code != own.home.code:
        raise NotFound
    return found


def _sheets_page(
    request: Request, db: Session, own: Desk, error: InvalidInput | None = None
) -> Response:
    assert own.actor.user_id is not None
    return page(
        request,
        "city/sheets.html",
        status=HTTPStatus.OK if error is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        desk=own,
        errors=[] if error is None else _sentences(error),
        uploads=uploads(db, own.actor.user_id, own.home.code),
        states=_states(),
        megabytes=MAX_BYTES // 1_000_000,
        Verdict=Verdict,
        Outcome=Outcome,
        ACCEPTED=ACCEPTED,
    )


def _report_page(
    request: Request,
    db: Session,
    own: Desk,
    upload_id: UUID,
    *,
    only: str = "",
    leaf: int = 1,
    refused: RegistryError | None = None,
) -> Response:
    found = _own_upload(db, own, upload_id)
    problems_only = only == "problems"
    rows = report_rows(
        db,
        upload_id,
        limit=_PER_PAGE + 1,
        skip=(leaf - 1) * _PER_PAGE,
        problems_only=problems_only,
    )
    return page(
        request,
        "city/sheet.html",
        status=HTTPStatus.OK if refused is None else status_of(refused),
        desk=own,
        upload=found,
        refused=_refusal(refused),
        state=_states()[found.state],
        working=found.state in _WORKING,
        unfinished=found.state in UNFINISHED,
        rows=[shown_row(found, row) for row in rows[:_PER_PAGE]],
        more=len(rows) > _PER_PAGE,
        leaf=leaf,
        only=only,
        notes=_notes(found),
        problems=_problems(db, own),
        proof=Proof({}, {}),
        verdicts=verdict_words(),
        names=field_names(),
        accepted=found.count(*ACCEPTED),
        Verdict=Verdict,
        Outcome=Outcome,
        SheetState=SheetState,
    )


def _refusal(refused: RegistryError | None) -> list[str]:
    if refused is None:
        return []
    if isinstance(refused, InvalidInput):
        return _sentences(refused)
    return [words_of(refused)]


def _sentences(refused: InvalidInput) -> list[str]:
    return [sentence(problem) for problem in refused.problems]


def _notes(found: Upload) -> dict[str, Any]:
    """What is to be said of the headings."""
    return {
        "encoding": found.notes["encoding"],
        "unknown": [f"{note['cell']} “{note['text']}”" for note in found.notes["unknown"]],
        "understood": [
            f"{note['cell']} → {heading(note['column'])}" for note in found.notes["understood"]
        ],
        "missing": found.notes["missing"],
    }


def _problems(db: Session, own: Desk) -> dict[UUID, entries.Problem]:
    """All that rows may name: those of the reader's cities."""
    every = entries.problems(db)
    return {each.id: each for each in every if each.city_id in own.actor.city_ids}


def _states() -> dict[SheetState, str]:
    return {state: gettext(words) for state, words in _STATES.items()}
