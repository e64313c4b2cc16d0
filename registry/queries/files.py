"""Files: which a city holds, and who may read one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.errors import FieldProblem
from registry.domain.files import SHA256, MediaType
from registry.domain.model import PUBLIC, Actor, ReviewState, Subject
from registry.domain.permissions import sees, sees_letter


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file as a city handed it in; `sha256` is hexadecimal."""

    sha256: str
    name: str
    media_type: MediaType
    size: int
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class ReadableFile:
    """A file for one reader, under the name that the city whose file they may read gave it."""

    file: HeldFile
    public: bool


_HELD = """
    SELECT encode(f.sha256, 'hex') AS sha256, h.name, f.media_type, f.size, h.uploaded_at,
        h.city_id
    FROM file_holding h JOIN file f ON f.sha256 = h.sha256
"""


def held(session: Session, city_id: int, hashes: Iterable[str]) -> dict[str, HeldFile]:
    """Those of `hashes` that the city holds; of any other nothing is said, whoever holds it."""
    wanted = [bytes.fromhex(each) for each in hashes if SHA256.fullmatch(each)]
    if not wanted:
        return {}
    rows = session.execute(
        text(f"{_HELD} WHERE h.city_id = :city AND h.sha256 = ANY(:hashes)"),
        {"city": city_id, "hashes": wanted},
    )
    return {row.sha256: _file(row) for row in rows}


def foreign(session: Session, city_id: int, named: Iterable[tuple[str, str]]) -> list[FieldProblem]:
    """Of (pointer, hash) those that name a file the city does not hold, be it another's or
    nobody's; a blank names none."""
    places = [(pointer, sha256) for pointer, sha256 in named if sha256]
    own = held(session, city_id, {sha256 for _, sha256 in places})
    return [
        FieldProblem(pointer, "unknown_file") for pointer, sha256 in places if sha256 not in own
    ]


def bytes_held(session: Session, city_id: int) -> int:
    found: int = session.execute(
        text("""
            SELECT coalesce(sum(f.size), 0)::bigint FROM file_holding h
            JOIN file f ON f.sha256 = h.sha256 WHERE h.city_id = :city
        """),
        {"city": city_id},
    ).scalar_one()
    return found


def readable(session: Session, actor: Actor, sha256: str) -> ReadableFile | None:
    """The file, if `actor` belongs to a city that holds it or sees a version that shows it.

    None says the same whether there is no such file or it is not theirs to know of.
    """
    digest = bytes.fromhex(sha256)
    uses = session.execute(
        text("""
            SELECT u.city_id, v.state, v.author_id, v.submitter_id, used.as_letter
            FROM (
                SELECT version_id, false AS as_letter FROM evidence WHERE file_sha256 = :sha256
                UNION ALL
                SELECT id, true FROM use_case_version WHERE letter_sha256 = :sha256
            ) used
            JOIN use_case_version v ON v.id = used.version_id
            JOIN use_case u ON u.id = v.use_case_id
        """),
        {"sha256": digest},
    )
    public_in: set[int] = set()
    seen_in = set(actor.city_ids)
    for use in uses:
        subject = Subject(use.city_id, ReviewState(use.state), use.author_id, use.submitter_id)
        may_see = sees_letter if use.as_letter else sees
        if may_see(PUBLIC, subject):
            public_in.add(use.city_id)
        elif may_see(actor, subject):
            seen_in.add(use.city_id)
    row = session.execute(
        text(f"""
            {_HELD} WHERE h.sha256 = :sha256 AND h.city_id = ANY(:cities)
            ORDER BY h.city_id = ANY(:own) DESC, h.uploaded_at LIMIT 1
        """),
        {
            "sha256": digest,
            "cities": sorted(public_in | seen_in),
            "own": sorted(actor.city_ids),
        },
    ).one_or_none()
    return None if row is None else ReadableFile(_file(row), bool(public_in))


def stored(session: Session) -> list[tuple[str, int]]:
    """Hash and size of every file that the store must have."""
    rows = session.execute(text("SELECT encode(sha256, 'hex'), size FROM file ORDER BY sha256"))
    return [(sha256, size) for sha256, size in rows]


def _file(row: object) -> HeldFile:
    given = {name: getattr(row, name) for name in HeldFile.__dataclass_fields__}
    return HeldFile(**{**given, "media_type": MediaType(given["media_type"])})
