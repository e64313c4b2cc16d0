"""Spreadsheets: template, handing one in, its report, confirming it, export - as on the desk."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from api.answers import as_json, personal
from api.audience import Audience
from api.deps import Acting, Db, Files, Me, Today, Upload
from api.openapi import changing, only, refusals
from api.paging import Cursor, Limit, following, place
from api.sheet_files import MEDIA_TYPES, attached, export_of, template_of
from api.sheet_report import shown_cell
from api.v1.shapes import Code, Instant, Shape
from registry.actions import sheets
from registry.domain.errors import Forbidden, NotFound
from registry.domain.kinds import Draft
from registry.domain.sheets import Choice, Outcome, SheetState, Verdict
from registry.queries import desk
from registry.queries.people import Person
from registry.queries.sheets import ReportRow, report_rows
from registry.queries.sheets import Upload as Found
from registry.queries.sheets import upload as found_upload

router = APIRouter(tags=["sheets"])

_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_TABLES: dict[int | str, dict[str, Any]] = {
    **refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    HTTPStatus.OK.value: {
        "content": {kind.partition(";")[0]: _BINARY for kind in MEDIA_TYPES.values()}
    },
}
_READING = refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


class SheetShape(Shape):
    """A spreadsheet that the caller handed in, and how far it has come."""

    id: UUID
    city_code: str
    name: str
    sha256: str
    standard: str
    state: SheetState
    rows_total: int
    rows_done: int = Field(description="Rows judged; once confirmed, rows taken over or not")
    counts: dict[str, int] = Field(description="Rows by verdict and by outcome")
    created_at: Instant
    changed_at: Instant


class CellShape(Shape):
    """A cell: what was read, what it became, by which rules; or why it is not taken."""

    cell: str
    column: str
    read: str
    became: str
    rules: list[str]
    problem: str
    detail: str = Field(description="Why it is not taken, in the reader's language")
    near: list[str] = Field(description="What may have been meant; never taken by itself")


class RowShape(Shape):
    number: int
    city_code: str
    own_id: str
    title: str
    verdict: Verdict
    changes: dict[str, Any] = Field(description="The fields it would set")
    new_problems: list[dict[str, Any]]
    cells: list[CellShape]
    outcome: Outcome | None
    result_id: UUID | None = Field(description="The version that has its text now")


class RowPage(Shape):
    items: list[RowShape]
    next: str | None


class ConfirmationDraft(Draft):
    """Every row or none of them, or those that were accepted."""

    rows: Choice


@router.get(
    "/cities/{code}/sheets/template.{kind}",
    response_class=Response,
    responses=_TABLES,
    dependencies=only(Audience.CITY),
)
def template(db: Db, me: Me, today: Today, code: Code, kind: str) -> Response:
    """The template of the current standard, as xlsx or csv."""
    _own_city(db, me, code)
    return attached(template_of(db, me.actor, code, today, kind), "template", kind, code)


@router.get(
    "/cities/{code}/sheets/export.{kind}",
    response_class=Response,
    responses=_TABLES,
    dependencies=only(Audience.CITY),
)
def export(db: Db, me: Me, today: Today, code: Code, kind: str) -> Response:
    """All of the city's use cases by their newest text, with the columns of the template."""
    _own_city(db, me, code)
    return attached(export_of(db, me.actor, code, today, kind), "export", kind, code)


@router.post(
    "/cities/{code}/sheets",
    status_code=HTTPStatus.CREATED,
    response_model=SheetShape,
    responses=changing(),
    dependencies=only(Audience.CITY),
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}
    },
)
def hand_in(act: Acting, db: Db, me: Me, files: Files, code: Code, sent: Upload) -> Response:
    """Hands in a spreadsheet, to be judged row by row. Nothing is taken over yet.

    The body is the file itself. What it would do is said by the rows of its report.
    """
    number = sheets.hand_in(act, files, code, sent.name, sent.content)
    shape = _shape(_own(db, me, number))
    headers = {"Location": f"/api/v1/sheets/{number}"}
    return personal(as_json(shape), status=HTTPStatus.CREATED, headers=headers)


@router.get(
    "/sheets/{sheet_id}",
    response_model=SheetShape,
    responses=_READING,
    dependencies=only(Audience.CITY),
)
def one(db: Db, me: Me, sheet_id: UUID) -> Response:
    """How far it has come; only who handed it in is told."""
    return personal(as_json(_shape(_own(db, me, sheet_id))))


@router.get(
    "/sheets/{sheet_id}/rows",
    response_model=RowPage,
    responses=_READING,
    dependencies=only(Audience.CITY),
)
def rows(
    request: Request,
    db: Db,
    me: Me,
    sheet_id: UUID,
    problems_only: Annotated[bool, Query(description="Only rows with problems")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """The report: the rows judged so far, in their order."""
    found = _own(db, me, sheet_id)
    after = place(cursor, _number) or 0
    leaf = report_rows(db, sheet_id, after, limit + 1, problems_only=problems_only)
    items = [_row(found, row) for row in leaf[:limit]]
    more = following(request, items[-1].number) if len(leaf) > limit else None
    return personal(as_json(RowPage(items=items, next=more), more))


@router.post(
    "/sheets/{sheet_id}/confirmation",
    response_model=SheetShape,
    responses=changing(),
    dependencies=only(Audience.CITY),
)
def confirm(act: Acting, db: Db, me: Me, sheet_id: UUID, draft: ConfirmationDraft) -> Response:
    """Takes the rows over: at once where they are few, else by and by."""
    sheets.confirm(act, sheet_id, draft.rows)
    return personal(as_json(_shape(_own(db, me, sheet_id))))


@router.post(
    "/sheets/{sheet_id}/cancellation",
    response_model=SheetShape,
    responses=changing(),
    dependencies=only(Audience.CITY),
)
def cancel(act: Acting, db: Db, me: Me, sheet_id: UUID) -> Response:
    """Stops it. Rows that were taken over stay taken over."""
    sheets.cancel(act, sheet_id)
    return personal(as_json(_shape(_own(db, me, sheet_id))))


def _own(db: Db, me: Person, sheet_id: UUID) -> Found:
    assert me.actor.user_id is not None
    found = found_upload(db, me.actor.user_id, sheet_id)
    if found is None:
        raise NotFound
    return found


def _own_city(db: Db, me: Person, code: str) -> None:
    city_id = desk.city_id(db, code)
    if city_id is None:
        raise NotFound
    if city_id not in me.actor.city_ids:
        raise Forbidden


def _shape(found: Found) -> SheetShape:
    return SheetShape.model_validate(found)


def _row(found: Found, row: ReportRow) -> RowShape:
    cells = [
        CellShape(
            cell=shown.place,
            column=cell["column"],
            read=cell["read"],
            became=cell["became"],
            rules=cell["rules"],
            problem=cell["problem"],
            detail=shown.why_not,
            near=cell["near"],
        )
        for cell in row.cells
        for shown in (shown_cell(found, cell),)
    ]
    return RowShape(
        number=row.number,
        city_code=row.city_code,
        own_id=row.own_id,
        title=row.title,
        verdict=row.verdict,
        changes=dict(row.changes),
        new_problems=[dict(problem) for problem in row.new_problems],
        cells=cells,
        outcome=row.outcome,
        result_id=row.result_id,
    )


def _number(text: str) -> int:
    found = int(text)
    if not 0 <= found < 10**9:
        raise ValueError(text)
    return found
