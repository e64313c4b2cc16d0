"""Talk about an entry as a page shows it: beside each field what decisions said of it and the
threads on it, with what the reader can do in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from api import forms
from api.refusals import words_of
from registry.actions import threads as acts
from registry.actions.act import Act
from registry.domain.deciding import Record
from registry.domain.errors import InvalidInput, NotFound, WrongState
from registry.domain.model import Actor
from registry.domain.thread_intake import ReplyDraft, ThreadDraft
from registry.domain.threads import Saying, Scope, Side, Thread, side_in
from registry.queries.entries import Ruling, Version
from registry.queries.threads import threads

# The name of a new thread where answers are named by their thread.
NEW = 0


@dataclass(frozen=True, slots=True)
class Decided:
    """What the record of a decision said of a field."""

    record: Record
    ruling: Ruling
    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A comment that was not taken: in which thread (`NEW`: as a new one), what was typed, why."""

    thread: int
    values: Mapping[str, str]
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Talk:
    """`address` is where comments are sent to; `on` the field that somebody is about to comment on;
    `side` None is a reader who has no say."""

    address: str
    side: Side | None
    decided: Mapping[str, Sequence[Decided]]
    threads: Mapping[str, Sequence[Thread]]
    on: str | None = None
    refused: Refused | None = None
    scopes: Sequence[Scope] = field(default=())

    @property
    def spoken(self) -> set[str]:
        """The fields of which anything was said, or is about to be."""
        return {*self.decided, *self.threads, *([] if self.on is None else [self.on])}

    def about(self, name: str) -> bool:
        """Whether anything was said of a field."""
        return name in self.decided or name in self.threads

    @property
    def waiting(self) -> list[Thread]:
        """The threads in which an answer of the reader's side is due."""
        return [
            thread
            for each in self.threads.values()
            for thread in each
            if self.side is not None and thread.waits_for is self.side
        ]

    def typed(self, thread: int, name: str = "text") -> str:
        mine = self.refused is not None and self.refused.thread == thread
        return self.refused.values.get(name, "") if mine and self.refused else ""

    def wrong(self, thread: int, name: str = "text") -> str:
        mine = self.refused is not None and self.refused.thread == thread
        return self.refused.errors.get(f"/{name}", "") if mine and self.refused else ""


def talk(
    db: Session,
    actor: Actor,
    versions: Sequence[Version],
    rulings: Sequence[Ruling],
    records: Mapping[int, Record],
    address: str,
    *,
    on: str | None = None,
    refused: Refused | None = None,
) -> Talk:
    """`versions` are all of the entry that the reader sees, `rulings` the decisions on it."""
    said: dict[str, list[Decided]] = {}
    for ruling in reversed(rulings):
        if (record := records.get(ruling.position)) is None:
            continue
        for comment in record.comments:
            said.setdefault(comment.field, []).append(Decided(record, ruling, comment.text))
    found: dict[str, list[Thread]] = {}
    for thread in threads(db, actor, versions):
        found.setdefault(thread.field, []).append(thread)
    # Of what was never handed in nobody talks with the ministry.
    handed_in = any(version.submitted_at is not None for version in versions)
    side = side_in(actor, versions[0].subject) if handed_in else None
    if refused is not None and refused.thread == NEW:
        on = refused.values["field"]
    scopes = tuple(Scope) if side is Side.MINISTRY else (Scope.CITY,)
    return Talk(address, side, said, found, on, refused, scopes)


def begin(act: Act, version: Version, form: Mapping[str, Any]) -> int | Refused:
    """Opens the thread that a form asks for: its id, or why not."""
    values = {name: forms.text(form, name) for name in ThreadDraft.model_fields}
    try:
        return acts.open_thread(act, version.id, ThreadDraft.read(values))
    except InvalidInput as error:
        return Refused(NEW, values, forms.sentences(error.problems))


def answer(act: Act, version: Version, thread: int, form: Mapping[str, Any]) -> int | Refused:
    """Says in a thread what a form says: the thread's id, or why not."""
    values = {"text": forms.text(form, "text"), "saying": forms.text(form, "saying")}
    if values["saying"] not in set(Saying):
        raise NotFound
    try:
        acts.reply(act, version.id, thread, ReplyDraft.read(values))
    except InvalidInput as error:
        return Refused(thread, values, forms.sentences(error.problems))
    except WrongState as error:
        # Somebody else settled it or opened it again meanwhile.
        return Refused(thread, values, {"/text": words_of(error)})
    return thread
