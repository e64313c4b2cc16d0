"""The reading room at night: large spreadsheets judged and taken over, portion by portion.

A worker that dies leaves what it has committed; the next one goes on from there.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from registry.actions import sheets
from registry.actions.act import Act
from registry.actions.notify import tell
from registry.db.engine import transaction
from registry.domain.errors import InvalidInput
from registry.domain.messages import MessageKind
from registry.domain.sheets import ACCEPTED, Verdict
from registry.jobs.tools import Tools
from registry.queries.sheets import upload, uploader
from registry.sheets.reading import Sheet, read_bytes
from registry.store import cabinet

BATCH = 200


def judge(tools: Tools, *, upload_id: str) -> None:
    """The job that a large sheet leaves behind when it is handed in."""
    number = UUID(upload_id)
    sheet = _read(tools, number)
    if sheet is None:
        return
    with transaction(tools.sessions) as session:
        act = _act(tools, session, number)
        judging = None if act is None else sheets.begin_judging(act, number, sheet)
    if judging is None:
        return
    for portion, last in sheets.portions(judging, sheet, BATCH):
        with transaction(tools.sessions) as session:
            act = _act(tools, session, number)
            if act is None or not sheets.write_down(act, number, portion, last=last):
                return
            if last:
                _tell(act, number)


def take_over(tools: Tools, *, upload_id: str) -> None:
    """The job that confirming a large sheet leaves behind."""
    number = UUID(upload_id)
    more = True
    while more:
        with transaction(tools.sessions) as session:
            act = _act(tools, session, number)
            more = act is not None and sheets.take_over_some(act, number, BATCH)


def _act(tools: Tools, session: Session, upload_id: UUID) -> Act | None:
    """In the name of who handed it in, with the roles they have now."""
    actor = uploader(session, upload_id)
    if actor is None:
        return None
    return Act(session, actor, tools.clock, f"sheet {upload_id}")


def _read(tools: Tools, upload_id: UUID) -> Sheet | None:
    with transaction(tools.sessions) as session:
        act = _act(tools, session, upload_id)
        if act is None or act.actor.user_id is None:
            return None
        found = upload(session, act.actor.user_id, upload_id)
    if found is None:
        return None
    store = cabinet(tools.settings).store
    content = b"".join(store.read(found.sha256, 0, store.size(found.sha256)))
    try:
        return read_bytes(content)
    except InvalidInput as refused:
        # It was readable when it was handed in: by an older release, say.
        with transaction(tools.sessions) as session:
            act = _act(tools, session, upload_id)
            if act is not None:
                sheets.fail(act, upload_id, refused.problems[0].code)
        return None


def _tell(act: Act, upload_id: UUID) -> None:
    assert act.actor.user_id is not None
    found = upload(act.session, act.actor.user_id, upload_id)
    assert found is not None
    tell(
        act,
        MessageKind.SPREADSHEET_DONE,
        [act.actor.user_id],
        link=f"/desk/{found.city_code}/sheets/{upload_id}",
        city_vi=found.city_vi,
        city_en=found.city_en,
        name=found.name,
        accepted=found.count(*ACCEPTED),
        refused=found.count(Verdict.REFUSED),
    )
