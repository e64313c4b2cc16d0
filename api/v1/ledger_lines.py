"""The ledger's copying room: the whole of it as lines of a file."""

from collections.abc import Iterator

from sqlalchemy.orm import Session, sessionmaker

from api.v1.event_shapes import shown
from registry.domain import ledger_file
from registry.queries.tree import heads, keys, last_position, ledger_lines


def file_of(factory: sessionmaker[Session], *, full: bool) -> Iterator[str]:
    """The lines of an export: with all content, or with what everybody may read."""
    with factory() as session, session.begin():
        until = last_position(session)
        known = keys(session)
        signed = heads(session, limit=None)
    origin = known[-1].key.name if known else ""
    yield from ledger_file.front(
        origin,
        until,
        [(key.position, str(key.key), key.statement) for key in known],
        [(head.size, head.signed_at, head.note) for head in reversed(signed)],
        full=full,
    )
    for line in ledger_lines(factory, until):
        event = None if line.event is None else line.event.content
        if full or line.event is None or event is None:
            yield ledger_file.place(line)
        else:
            shape = shown(event, line.event.hash)
            yield ledger_file.place(line, shape.model_dump(mode="json"))
