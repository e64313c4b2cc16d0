"""The post room of the pages: files that come with a form, and files and links as pages show them.

A file field is named after the text field that holds the hash: `upload-evidence-0-file` fills
`evidence-0-file`. So a form that is refused comes back with the file, which need not be sent again.
A ticked box `drop-evidence-0-file` empties it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.deps import Submission
from registry.actions.act import Act
from registry.actions.files import receive
from registry.domain.errors import FieldProblem, InvalidInput
from registry.domain.use_case import UseCaseText
from registry.queries import links
from registry.queries.entries import Problem
from registry.queries.files import HeldFile, held
from registry.store import Cabinet

_UPLOAD = "upload-"
_DROP = "drop-"


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A form's texts, completed by the hashes of its files; `problems` are those of the files."""

    texts: dict[str, Any]
    problems: list[FieldProblem]


def take_in(act: Act, cabinet: Cabinet, city_code: str, sent: Submission) -> TakenIn:
    """Takes in every file of a form; what is refused is named by its field, the rest is kept."""
    texts = {name: value for name, value in sent.texts.items() if not name.startswith(_DROP)}
    for name in sent.texts.keys() - texts.keys():
        texts[name.removeprefix(_DROP)] = ""
    problems = []
    for name in sent.files:
        file = sent.file(name)
        if file is None or not name.startswith(_UPLOAD):
            continue
        field = name.removeprefix(_UPLOAD)
        try:
            texts[field] = receive(act, cabinet, city_code, file.name, file.content).sha256
        except InvalidInput as refused:
            pointer = "/" + field.replace("-", "/")
            problems += [FieldProblem(pointer, p.code, p.params) for p in refused.problems]
    return TakenIn(texts, problems)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a page knows of the evidence it shows: files by hash, broken links by address."""

    files: dict[str, HeldFile]
    broken: dict[str, datetime]


def proof(
    db: Session,
    city_id: int,
    *drafts: UseCaseText,
    hashes: Iterable[str] = (),
    problems: Iterable[Problem] = (),
) -> Proof:
    """For the evidence of a city's `drafts`, the bases of `problems` and the files of a form; for
    whoever may read them. `hashes` may be anything that was typed."""
    items = [item for draft in drafts for item in draft.evidence]
    return Proof(
        held(db, city_id, {item.file for item in items} | set(hashes)),
        links.broken(db, {*(item.url for item in items), *(p.basis_url for p in problems)}),
    )
