"""Both desks: people of a city and of the ministry talk about an entry, field by field."""

from uuid import UUID

from registry.actions.act import Act
from registry.actions.declare import person
from registry.actions.ledger import Ledger
from registry.actions.notify import tell
from registry.db.tables import CommentRow, CommentThread
from registry.domain.errors import FieldProblem, InvalidInput, NotFound, WrongState
from registry.domain.ledger import content_hash
from registry.domain.messages import MessageKind
from registry.domain.model import Action, Role
from registry.domain.permissions import check
from registry.domain.thread_intake import ReplyDraft, ThreadDraft
from registry.domain.threads import MOST_COMMENTS, Comment, Saying, Scope, Side, Thread, side_of
from registry.queries import entries
from registry.queries import threads as known
from registry.queries.addressees import city_people
from registry.queries.addressees import entry as entry_of
from registry.queries.entries import Version


def open_thread(act: Act, version_id: UUID, draft: ThreadDraft) -> int:
    """Begins a thread on a field of a submitted version, or on the whole; returns its id.

    Sent twice it is one. Raises InvalidInput for a field there is not and for an internal thread
    of a city.
    """
    ledger = Ledger(act)
    version, role, threads = _entry(act, version_id)
    problems = draft.problems()
    if draft.scope is Scope.INTERNAL and side_of(role) is Side.CITY:
        problems.append(FieldProblem("/scope", "unknown_choice"))
    if problems:
        raise InvalidInput(problems)
    for thread in threads:
        last = thread.comments[-1]
        again = (thread.field, thread.scope) == (draft.field, draft.scope)
        if again and _same(act, last, Saying.SAID, draft.text) and last.position == thread.id:
            return thread.id
    _room(act, version)
    position = _record(
        ledger, version, role, "opened", draft.text, field=draft.field, scope=draft.scope
    )
    act.session.add(
        CommentThread(
            position=position,
            use_case_id=version.use_case_id,
            field=draft.field,
            scope=draft.scope.value,
        )
    )
    act.session.flush()
    _keep(act, position, position, version, Saying.SAID, draft.text)
    if draft.scope is Scope.CITY:
        _tell(act, version, role, draft.field, position, draft.text)
    return position


def reply(act: Act, version_id: UUID, thread_id: int, draft: ReplyDraft) -> int:
    """Says something in a thread, settles it or opens it again; returns the comment's position.

    Sent twice it is said once. Raises NotFound for a thread the actor may not read, WrongState
    where that cannot be said in it now.
    """
    ledger = Ledger(act)
    version, role, threads = _entry(act, version_id)
    thread = next((t for t in threads if t.id == thread_id), None)
    if thread is None:
        raise NotFound
    last = thread.comments[-1]
    if _same(act, last, draft.saying, draft.text):
        return last.position
    problems = draft.problems()
    if problems:
        raise InvalidInput(problems)
    if draft.saying not in thread.sayings(side_of(role)):
        raise WrongState
    _room(act, version)
    position = _record(
        ledger,
        version,
        role,
        draft.saying.value,
        draft.text,
        field=thread.field,
        scope=thread.scope,
        thread=thread.id,
    )
    _keep(act, position, thread.id, version, draft.saying, draft.text)
    if thread.scope is Scope.CITY and draft.text:
        _tell(act, version, role, thread.field, thread.id, draft.text, thread)
    return position


def _entry(act: Act, version_id: UUID) -> tuple[Version, Role, list[Thread]]:
    """The version that is talked about, the role under which, and the threads on its entry.

    Whoever writes a draft talks about what was handed in last. Raises WrongState where nothing
    ever was: a draft is nobody's business.
    """
    version = entries.version(act.session, act.actor, version_id)
    if version is None:
        raise NotFound
    role = check(act.actor, Action.COMMENT, version.subject)
    versions = entries.versions(act.session, act.actor, use_case_code=version.use_case_code)
    handed_in = [v for v in versions if v.submitted_at is not None]
    if not handed_in:
        raise WrongState
    about = handed_in[0] if version.submitted_at is None else version
    return about, role, known.threads(act.session, act.actor, versions)


def _same(act: Act, last: Comment, saying: Saying, text: str) -> bool:
    return (last.author_id, last.saying, last.text) == (act.actor.user_id, saying, text)


def _room(act: Act, version: Version) -> None:
    if known.comments_on(act.session, version.use_case_id) >= MOST_COMMENTS:
        problem = FieldProblem("/text", "too_many", {"max_length": str(MOST_COMMENTS)})
        raise InvalidInput([problem])


def _record(
    ledger: Ledger,
    version: Version,
    role: Role,
    what: str,
    text: str,
    *,
    field: str,
    scope: Scope,
    thread: int | None = None,
) -> int:
    """The event: that somebody said something, and the hash of what."""
    return ledger.append(
        f"comment.{what}",
        role.value,
        "use_case",
        version.use_case_code,
        {
            "version": version.number,
            "field": field,
            "scope": scope.value,
            "text_sha256": content_hash({"text": text}).hex(),
            **({} if thread is None else {"thread": thread}),
        },
    )


def _keep(
    act: Act, position: int, thread: int, version: Version, saying: Saying, text: str
) -> None:
    act.session.add(
        CommentRow(
            position=position,
            thread=thread,
            version_id=version.id,
            saying=saying.value,
            text=text,
            author_id=person(act),
        )
    )
    act.session.flush()


def _tell(
    act: Act,
    version: Version,
    role: Role,
    field: str,
    thread_id: int,
    text: str,
    thread: Thread | None = None,
) -> None:
    """The other side hears of it: all of the city, of the ministry who spoke in the thread."""
    about = entry_of(act.session, version.id, act.clock())
    if side_of(role) is Side.MINISTRY:
        to, link = city_people(act.session, about.city_id), about.link
    else:
        spoke = [] if thread is None else thread.comments
        to = [c.author_id for c in spoke if c.side is Side.MINISTRY]
        link = f"/review/{about.use_case}/{about.version}"
    tell(
        act,
        MessageKind.COMMENT,
        to,
        link=f"{link}#thread-{thread_id}",
        city_vi=about.city_vi,
        city_en=about.city_en,
        use_case=about.use_case,
        version=about.version,
        title_vi=about.title_vi,
        title_en=about.title_en,
        field=field,
        text=text,
    )
