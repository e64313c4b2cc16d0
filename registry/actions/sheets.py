"""The counter of the reading room: spreadsheets handed in, judged, confirmed, taken over.

Judging and taking over go on row by row and can be broken off anywhere: whoever goes on finds how
far it came. Small sheets are done while their person waits, large ones by a worker.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from io import BytesIO
from typing import BinaryIO
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.actions import later
from registry.actions.act import Act
from registry.actions.declare import person
from registry.actions.rows import take_over
from registry.db.locks import hold_ledger
from registry.db.tables import City, SheetRow, SheetUpload
from registry.domain.errors import FieldProblem, InvalidInput, NotFound, RegistryError, WrongState
from registry.domain.files import MAX_NAME
from registry.domain.model import Action, Subject
from registry.domain.permissions import check
from registry.domain.sheets import ACCEPTED, UNFINISHED, Choice, Outcome, SheetState, Verdict
from registry.domain.standard import CURRENT
from registry.queries.moments import today
from registry.queries.sheets import known, stale_rows
from registry.sheets.cells import address
from registry.sheets.judging import Judge, Judged
from registry.sheets.reading import Sheet, read_sheet
from registry.store import Cabinet

# So many rows are judged, or taken over, while a person waits.
AT_ONCE = 100


def hand_in(act: Act, cabinet: Cabinet, city_code: str, name: str, content: BinaryIO) -> UUID:
    """Takes in a spreadsheet at a city's desk, and judges it or leaves that to the worker.

    Raises InvalidInput for what cannot be read as one.
    """
    city = act.session.scalar(select(City).where(City.code == city_code))
    if city is None:
        raise NotFound
    check(act.actor, Action.DECLARE_USE_CASE, Subject(city_id=city.id))
    sheet = read_sheet(content)
    total = sum(1 for _ in sheet.rows())
    if total == 0:
        raise InvalidInput([FieldProblem("/file", "sheet_empty")])
    content.seek(0)
    data = content.read()
    digest = hashlib.sha256(data)
    cabinet.store.put(digest.hexdigest(), BytesIO(data))
    now = act.clock()
    upload = SheetUpload(
        id=uuid4(),
        user_id=person(act),
        city_id=city.id,
        sha256=digest.digest(),
        name=_file_name(name),
        standard=CURRENT,
        state=SheetState.UPLOADED.value,
        trouble="",
        sheet=sheet.table.sheet,
        notes=_notes(sheet),
        rows_total=total,
        rows_done=0,
        created_at=now,
        changed_at=now,
    )
    act.session.add(upload)
    act.session.flush()
    if total > AT_ONCE:
        later.defer(act.session, "sheets.judge", upload_id=str(upload.id))
    else:
        judge = begin_judging(act, upload.id, sheet)
        assert judge is not None
        for portion, last in portions(judge, sheet, total):
            write_down(act, upload.id, portion, last=last)
    return upload.id


def begin_judging(act: Act, upload_id: UUID, sheet: Sheet) -> Judge | None:
    """Who judges the sheet; None where there is nothing (more) to judge."""
    upload = _locked(act.session, upload_id)
    if upload.state not in {SheetState.UPLOADED, SheetState.JUDGING}:
        return None
    _move(act, upload, SheetState.JUDGING)
    home = act.session.get_one(City, upload.city_id).code
    return Judge(known(act.session, act.actor, home, today(act.clock())), sheet)


def portions(judge: Judge, sheet: Sheet, size: int) -> Iterator[tuple[list[Judged], bool]]:
    """All rows judged, `size` at a time; the last portion is said to be the last."""
    portion: list[Judged] = []
    for row in sheet.rows():
        if len(portion) == size:
            yield portion, False
            portion = []
        portion.append(judge.judge(row))
    yield portion, True


def write_down(act: Act, upload_id: UUID, portion: list[Judged], *, last: bool) -> bool:
    """Keeps what was judged and is not kept yet; False when it was cancelled meanwhile."""
    upload = _locked(act.session, upload_id)
    if upload.state != SheetState.JUDGING:
        return False
    written = act.session.scalar(
        select(func.max(SheetRow.number)).where(SheetRow.upload_id == upload_id)
    )
    new = [judged for judged in portion if judged.number > (written or 0)]
    act.session.add_all(_row(upload_id, judged) for judged in new)
    upload.rows_done += len(new)
    _move(act, upload, SheetState.JUDGED if last else SheetState.JUDGING)
    return True


def confirm(act: Act, upload_id: UUID, choice: Choice) -> None:
    """Takes over the rows, here or by the worker.

    With `Choice.ALL` every row or none: raises InvalidInput where one was refused or is no longer
    true. Raises WrongState when it is not judged, or confirmed already.
    """
    upload = _own(act, upload_id)
    if upload.state != SheetState.JUDGED:
        raise WrongState
    accepted = _waiting(act.session, upload_id)
    if choice is Choice.ALL:
        refused = act.session.scalars(
            select(SheetRow.number)
            .where(SheetRow.upload_id == upload_id, SheetRow.verdict == Verdict.REFUSED.value)
            .order_by(SheetRow.number)
        ).all()
        _none_of("sheet_rows_refused", refused)
        _none_of("sheet_rows_stale", stale_rows(act.session, upload_id))
    with act.session.begin_nested():
        upload.choice = choice.value
        upload.rows_done = 0
        _move(act, upload, SheetState.CONFIRMING)
        if accepted > AT_ONCE:
            later.defer(act.session, "sheets.take_over", upload_id=str(upload_id))
            return
        take_over_some(act, upload_id, AT_ONCE)
        if choice is Choice.ALL:
            _none_of("sheet_rows_stale", _not_taken_over(act.session, upload_id))


def take_over_some(act: Act, upload_id: UUID, size: int) -> bool:
    """Takes over the next accepted rows, each whole or not at all; whether there are more."""
    upload = _locked(act.session, upload_id)
    if upload.state != SheetState.CONFIRMING:
        return False
    rows = act.session.scalars(
        select(SheetRow)
        .where(
            SheetRow.upload_id == upload_id,
            SheetRow.verdict.in_(ACCEPTED),
            SheetRow.outcome.is_(None),
        )
        .order_by(SheetRow.number)
        .limit(size)
    ).all()
    if any(row.new_problems for row in rows):
        # Whoever holds a version and then waits for the ledger could wait for ever.
        hold_ledger(act.session)
    for row in rows:
        try:
            with act.session.begin_nested():
                row.result_id = take_over(act, row)
                row.outcome = Outcome.TAKEN_OVER.value
                act.session.flush()
        except RegistryError as refused:
            row.outcome, row.result_id = Outcome.NOT_TAKEN_OVER.value, None
            row.trouble = refused.code
    upload.rows_done += len(rows)
    act.session.flush()
    more = _waiting(act.session, upload_id) > 0
    _move(act, upload, SheetState.CONFIRMING if more else SheetState.DONE)
    return more


def cancel(act: Act, upload_id: UUID) -> None:
    """Stops it. Rows that were taken over stay taken over."""
    upload = _own(act, upload_id)
    if upload.state not in UNFINISHED:
        raise WrongState
    _move(act, upload, SheetState.CANCELLED)


def fail(act: Act, upload_id: UUID, trouble: str) -> None:
    """The worker cannot go on; why is kept for the person."""
    upload = _locked(act.session, upload_id)
    if upload.state in UNFINISHED:
        upload.trouble = trouble
        _move(act, upload, SheetState.FAILED)


def _own(act: Act, upload_id: UUID) -> SheetUpload:
    upload = _locked(act.session, upload_id)
    if upload.user_id != person(act):
        raise NotFound
    return upload


def _locked(session: Session, upload_id: UUID) -> SheetUpload:
    upload = session.get(SheetUpload, upload_id, with_for_update=True, populate_existing=True)
    if upload is None:
        raise NotFound
    return upload


def _move(act: Act, upload: SheetUpload, state: SheetState) -> None:
    upload.state = state.value
    upload.changed_at = act.clock()
    act.session.flush()


def _waiting(session: Session, upload_id: UUID) -> int:
    """How many accepted rows are still to be taken over."""
    found = session.scalar(
        select(func.count())
        .select_from(SheetRow)
        .where(
            SheetRow.upload_id == upload_id,
            SheetRow.verdict.in_(ACCEPTED),
            SheetRow.outcome.is_(None),
        )
    )
    return found or 0


def _not_taken_over(session: Session, upload_id: UUID) -> list[int]:
    return list(
        session.scalars(
            select(SheetRow.number).where(
                SheetRow.upload_id == upload_id,
                SheetRow.outcome == Outcome.NOT_TAKEN_OVER.value,
            )
        )
    )


def _none_of(code: str, rows: Sequence[int]) -> None:
    if rows:
        named = ", ".join(str(number) for number in rows[:20])
        raise InvalidInput([FieldProblem("/rows", code, {"rows": named})])


def _row(upload_id: UUID, judged: Judged) -> SheetRow:
    case = judged.case
    return SheetRow(
        upload_id=upload_id,
        number=judged.number,
        city_code=judged.city,
        own_id=judged.own_id,
        title=judged.title,
        verdict=judged.verdict.value,
        version_id=None if case is None else case.version_id,
        revision=None if case is None else case.revision,
        colleague=case is not None and case.colleague,
        changes=judged.changes,
        new_problems=judged.new_problems,
        cells=[asdict(cell) for cell in judged.cells],
        lacks=[asdict(problem) for problem in judged.lacks],
        asks=[asdict(problem) for problem in judged.asks],
        trouble="",
    )


def _notes(sheet: Sheet) -> dict[str, object]:
    """What there is to say of the headings."""
    headings = sheet.headings
    return {
        "encoding": sheet.table.encoding,
        "columns": [
            {"cell": address(headings.row, number), "column": column.key}
            for number, column in sorted(headings.columns.items())
        ],
        "understood": [
            {"cell": address(headings.row, number), "column": headings.columns[number].key}
            for number in headings.rules
        ],
        "unknown": [
            {"cell": address(headings.row, number), "text": text[:200]}
            for number, text in headings.unknown.items()
        ],
        "missing": headings.missing(),
    }


def _file_name(given: str) -> str:
    """What its person called it, on one line and without what cannot be shown."""
    name = unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2])
    shown = "".join(c if c.isspace() or unicodedata.category(c)[0] != "C" else "" for c in name)
    return " ".join(shown.split())[:MAX_NAME] or "-"
