"""The post room: takes a city's files in, once each."""

import hashlib
from typing import BinaryIO

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from registry.actions.act import Act
from registry.actions.declare import person
from registry.db.locks import FILES
from registry.db.tables import City, FileHolding, StoredFile
from registry.domain.errors import FieldProblem, InvalidInput, NotFound
from registry.domain.files import file_name
from registry.domain.model import Action, Subject
from registry.domain.permissions import check
from registry.filetypes import recognise
from registry.queries.files import HeldFile, bytes_held, held
from registry.store import Cabinet

_MEGABYTE = 1_000_000
_PART = 256 * 1024


def receive(act: Act, cabinet: Cabinet, city_code: str, name: str, content: BinaryIO) -> HeldFile:
    """Takes in a file that one of the city's entries may then name by its hash.

    The same content again is the same file, under the name it had. A file that no entry names
    stays: nothing but the city's own people ever see it. Leaves no event, as drafts leave none.
    Raises InvalidInput when it is not a harmless file of a known kind and size.
    """
    city = act.session.scalar(select(City).where(City.code == city_code))
    if city is None:
        raise NotFound
    check(act.actor, Action.DECLARE_USE_CASE, Subject(city_id=city.id))
    size = content.seek(0, 2)
    if size > cabinet.file_bytes:
        _refuse("file_too_large", cabinet.file_bytes)
    kind = recognise(content)
    name = file_name(name, kind)
    digest = hashlib.sha256()
    content.seek(0)
    while part := content.read(_PART):
        digest.update(part)
    sha256 = digest.hexdigest()
    known = held(act.session, city.id, [sha256])
    # Also what is known: a store that lost a file gets it back.
    content.seek(0)
    cabinet.store.put(sha256, content)
    if sha256 in known:
        return known[sha256]
    act.session.execute(select(func.pg_advisory_xact_lock(FILES, city.id)))
    if bytes_held(act.session, city.id) + size > cabinet.city_bytes:
        _refuse("file_quota", cabinet.city_bytes)
    now = act.clock()
    act.session.execute(
        insert(StoredFile)
        .values(sha256=digest.digest(), media_type=kind.value, size=size, stored_at=now)
        .on_conflict_do_nothing()
    )
    act.session.execute(
        insert(FileHolding)
        .values(
            city_id=city.id,
            sha256=digest.digest(),
            name=name,
            uploaded_by=person(act),
            uploaded_at=now,
        )
        .on_conflict_do_nothing()
    )
    return held(act.session, city.id, [sha256])[sha256]


def _refuse(code: str, limit: int) -> None:
    raise InvalidInput([FieldProblem("/file", code, {"megabytes": str(limit // _MEGABYTE)})])
