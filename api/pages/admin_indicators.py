"""The administrator's desk: lines of indicators 1, 3 and 4, one by one or by a list."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import BeforeValidator
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms, i18n, indicator_words
from api.audience import Audience, open_to
from api.deps import Acting, Config, Db, Form, FormWithFiles, Me
from api.field_words import sentence
from api.i18n import gettext, mark
from api.labels import label
from api.pages.listing import PAGE_SIZE, Leaf, leaf_of, nearest
from api.refusals import status_of, words_of
from api.rendering import page
from registry.actions import indicators as acts
from registry.domain.errors import (
    FieldProblem,
    InvalidInput,
    NotFound,
    RegistryError,
    WrongState,
)
from registry.domain.files import MediaType
from registry.domain.indicator_intake import Stated, read_lines, sealed
from registry.domain.indicators import (
    SHAPES,
    EntryState,
    Indicator,
    LineKind,
    LineVerdict,
    kinds_of,
)
from registry.domain.kinds import blank_to_none
from registry.domain.model import REGISTER, Action, RollDraftState
from registry.domain.permissions import check
from registry.queries import indicators as queries
from registry.queries.indicators import Sheet, Wanted
from registry.settings import Settings
from registry.sheets.lists import ListRead
from registry.sheets.workbook import list_template

router = APIRouter(prefix="/admin/indicators", dependencies=[open_to(Audience.MINISTRY)])

MOST_SHOWN = 60
_NOTICES = {
    "reported": mark("Reported. It counts once somebody else has approved it."),
    "put-aside": mark("The list was put aside. Nothing was reported."),
}
Kind = Annotated[LineKind | None, BeforeValidator(blank_to_none), Query()]
Which = Annotated[Indicator | None, BeforeValidator(blank_to_none), Query()]
State = Annotated[EntryState | None, BeforeValidator(blank_to_none), Query()]
Number = Annotated[int, Query(alias="page", ge=1)]


@router.get("")
def overview(request: Request, db: Db, me: Me, done: str = "") -> Response:
    check(me.actor, Action.REPORT_INDICATOR, REGISTER)
    return page(
        request,
        "admin/indicators.html",
        shapes=SHAPES,
        counts=queries.waiting(db),
        states=EntryState,
        sheets=queries.open_sheets(db),
        notice=gettext(_NOTICES.get(done, "")),
    )


@router.get("/lines")
def lines(
    request: Request,
    db: Db,
    me: Me,
    indicator: Which = None,
    kind: Kind = None,
    state: State = None,
    number: Number = 1,
) -> Response:
    """Every line as it was reported, with where it stands."""
    check(me.actor, Action.REPORT_INDICATOR, REGISTER)
    wanted = Wanted(indicator, kind, state)
    total = queries.how_many(db, wanted)
    at = nearest(number, total)
    found = queries.entries(db, wanted, limit=PAGE_SIZE, offset=(at - 1) * PAGE_SIZE)
    chosen = {"indicator": indicator, "kind": kind, "state": state}
    return page(
        request,
        "admin/indicator_lines.html",
        leaf=Leaf(found, total, at),
        chosen={name: value.value for name, value in chosen.items() if value is not None},
        kinds=LineKind,
        states=EntryState,
    )


@router.get("/sheets/{sheet_id}")
def sheet(request: Request, db: Db, me: Me, sheet_id: UUID, number: Number = 1) -> Response:
    """A list that was read: what each of its lines would do."""
    check(me.actor, Action.REPORT_INDICATOR, REGISTER)
    return _sheet_page(request, _sheet(db, sheet_id), number)


@router.post("/sheets/{sheet_id}")
def sheet_done(request: Request, me: Me, act: Acting, sheet_id: UUID, form: Form) -> Response:
    """Reports the lines of a list or puts it aside, as `action` says."""
    check(me.actor, Action.REPORT_INDICATOR, REGISTER)
    try:
        match forms.text(form, "action"):
            case "confirm":
                acts.confirm(act, sheet_id)
                return _see("?done=reported")
            case "put-aside":
                acts.put_aside(act, sheet_id)
                return _see("?done=put-aside")
        raise NotFound
    except (InvalidInput, WrongState) as error:
        return _sheet_page(request, _sheet(act.session, sheet_id), 1, error)


@router.get("/{n}/{kind}/template.xlsx")
def template(me: Me, n: Indicator, kind: LineKind) -> Response:
    """An empty list with its headings, in which codes and numbers stay what was typed."""
    check(me.actor, Action.REPORT_INDICATOR, REGISTER)
    _known(n, kind)
    names = indicator_words.names(kind)
    content = list_template(kind.value, [names[name] for name in indicator_words.fields(kind)])
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(kind.value)}.xlsx",
        "Cache-Control": "private, no-store",
    }
    return Response(content, headers=headers, media_type=MediaType.XLSX.value)


@router.get("/{n}/{kind}/new")
def new_form(request: Request, me: Me, n: Indicator, kind: LineKind) -> Response:
    check(me.actor, Action.REPORT_INDICATOR, REGISTER)
    _known(n, kind)
    return _form_page(request, n, kind, {})


@router.post("/{n}/{kind}/new")
def new(
    request: Request, me: Me, act: Acting, config: Config, n: Indicator, kind: LineKind, form: Form
) -> Response:
    check(me.actor, Action.REPORT_INDICATOR, REGISTER)
    _known(n, kind)
    typed = {name: forms.text(form, name) for name in indicator_words.fields(kind)}
    try:
        acts.report(act, n, kind, _stated(kind, [_given(typed)], config))
    except InvalidInput as error:
        return _form_page(request, n, kind, typed, error)
    return _see("?done=reported")


@router.get("/{n}/{kind}/sheet")
def sheet_form(request: Request, me: Me, n: Indicator, kind: LineKind) -> Response:
    check(me.actor, Action.REPORT_INDICATOR, REGISTER)
    _known(n, kind)
    return _upload_page(request, n, kind, ())


@router.post("/{n}/{kind}/sheet")
def hand_in(
    request: Request,
    me: Me,
    act: Acting,
    config: Config,
    n: Indicator,
    kind: LineKind,
    form: FormWithFiles,
) -> Response:
    """Takes a list in to be looked through; nothing is reported yet."""
    check(me.actor, Action.REPORT_INDICATOR, REGISTER)
    _known(n, kind)
    sent = form.file("file")
    if sent is None:
        return _upload_page(request, n, kind, [FieldProblem("/file", "required")])
    try:
        listed = indicator_words.read(sent.content.read(), kind)
    except InvalidInput as error:
        return _upload_page(request, n, kind, error.problems)
    try:
        row = acts.hand_in(
            act,
            n,
            kind,
            _stated(kind, listed.lines, config),
            file_name="".join(c for c in sent.name if c.isprintable())[:200],
            numbers=listed.numbers,
        )
    except InvalidInput as error:
        return _upload_page(request, n, kind, _in_file(error, listed))
    return _see(f"/sheets/{row.id}")


def _in_file(error: InvalidInput, listed: ListRead) -> list[FieldProblem]:
    return [listed.in_the_file(problem) for problem in error.problems]


def _stated(kind: LineKind, lines: Sequence[Any], config: Settings) -> list[Stated]:
    return sealed(read_lines(kind, lines), config.secret_of_people)


def _given(typed: dict[str, str]) -> dict[str, Any]:
    """What was filled in, as the draft reads it."""
    given: dict[str, Any] = forms.filled(typed)
    for name in given.keys() & indicator_words.DAYS:
        given[name] = forms.iso_date(given[name])
    if "predecessors" in given:
        given["predecessors"] = given["predecessors"].replace(",", " ").split()
    return given


def _known(n: Indicator, kind: LineKind) -> None:
    if kind not in kinds_of(n):
        raise NotFound


def _sheet(db: Session, sheet_id: UUID) -> Sheet:
    found = queries.sheet(db, sheet_id)
    if found is None:
        raise NotFound
    return found


def _form_page(
    request: Request,
    n: Indicator,
    kind: LineKind,
    values: dict[str, str],
    refused: InvalidInput | None = None,
) -> Response:
    problems = () if refused is None else refused.problems
    ours = [FieldProblem(_of_one(p.pointer), p.code, p.params) for p in problems]
    return page(
        request,
        "admin/indicator_form.html",
        status=HTTPStatus.OK if refused is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        n=n,
        kind=kind,
        fields=indicator_words.fields(kind),
        names=indicator_words.names(kind),
        required=indicator_words.required(kind),
        options={
            **{name: forms.options(codes) for name, codes in indicator_words.CHOICES.items()},
            **{name: indicator_words.yes_or_no() for name in indicator_words.YES_OR_NO},
        },
        days=indicator_words.DAYS,
        values=values,
        errors=forms.sentences(ours),
    )


def _of_one(pointer: str) -> str:
    """What is wrong with the one line of a form."""
    rest = pointer.removeprefix("/lines/0").removeprefix("/lines")
    # Of one code among several there is one field.
    return "/".join(rest.split("/")[:2]) or "/"


def _upload_page(
    request: Request, n: Indicator, kind: LineKind, problems: Sequence[FieldProblem]
) -> Response:
    """What is wrong with cells is said apart: there can be much of it."""
    in_cells = [p for p in problems if p.pointer.startswith("/cells/")]
    of_file = [FieldProblem("/file", p.code, p.params) for p in problems if p not in in_cells]
    if in_cells:
        of_file.append(FieldProblem("/file", "see_cells", {"number": str(len(in_cells))}))
    names = indicator_words.names(kind)
    return page(
        request,
        "admin/indicator_upload.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        n=n,
        kind=kind,
        errors=forms.sentences(of_file),
        names={"file": gettext(mark("The list"))},
        cells=[(p.pointer.removeprefix("/cells/"), sentence(p)) for p in in_cells[:MOST_SHOWN]],
        more_cells=max(0, len(in_cells) - MOST_SHOWN),
        headings=[names[name] for name in indicator_words.fields(kind)],
        needed=[names[name] for name in names if name in indicator_words.required(kind)],
    )


def _sheet_page(
    request: Request, found: Sheet, number: int, refused: RegistryError | None = None
) -> Response:
    problems = refused.problems if isinstance(refused, InvalidInput) else ()
    verdicts = [LineVerdict(line["verdict"]) for line in found.lines]
    said = [(line["row"], LineVerdict(line["verdict"]), line["said"]) for line in found.lines]
    return page(
        request,
        "admin/indicator_sheet.html",
        status=HTTPStatus.OK if refused is None else status_of(refused),
        sheet=found,
        is_open=found.state == RollDraftState.OPEN,
        counts=[(verdict, verdicts.count(verdict)) for verdict in LineVerdict],
        leaf=leaf_of(said, number),
        refused="" if refused is None else words_of(refused),
        problems=[_about(problem, found) for problem in problems[:MOST_SHOWN]],
        nothing_new=all(verdict is LineVerdict.SAME for verdict in verdicts),
        state=label(RollDraftState(found.state)),
    )


def _about(problem: FieldProblem, found: Sheet) -> str:
    """A problem that came up since the list was read, by the row of the file."""
    place = problem.pointer.split("/")
    if len(place) > 2 and place[2].isdigit():
        row = found.lines[int(place[2])]["row"]
        return gettext("Row %(row)s: %(words)s") % {"row": row, "words": sentence(problem)}
    return sentence(problem)


def _see(rest: str) -> Response:
    return RedirectResponse(f"/{i18n.current()}/admin/indicators{rest}", HTTPStatus.SEE_OTHER)
