"""The ministry's desk: the next in line, handing back, giving to another, marking as read."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import forms, waiting
from api.deps import Acting, Form, Me, Now
from api.i18n import gettext, mark
from api.pages.listing import Code
from api.pages.review_desk import Tried, entry_path, find, see
from api.pages.review_entry import entry_page
from api.refusals import status_of, words_of
from registry.actions import leases, reading, saved_filters
from registry.domain.errors import InvalidInput, NotFound, RegistryError
from registry.domain.intake import AssignmentDraft, HandBackDraft
from registry.domain.model import Action
from registry.queries import entries

router = APIRouter()

_NOTICES = {
    "none-left": mark(
        "Nothing is left in this list that you can take up. Widen the filter, or see what you hold."
    ),
    "handed-back": mark("The entry is back in the queue."),
    "assigned": mark("The entry was given to the reviewer."),
    "seen": mark("What waits now is no longer marked as new."),
    "filter-saved": mark("The filter was saved."),
    "filter-deleted": mark("The filter was deleted."),
}


def notice(done: str) -> str:
    return gettext(_NOTICES[done]) if done in _NOTICES else ""


@router.post("/next")
def take_next(request: Request, act: Acting, form: Form) -> Response:
    """The next entry, taken up, in the list that the form names or that was looked at last."""
    wanted = waiting.of_form(form) if forms.text(form, "list") else waiting.last_of(request)
    version = leases.take_next(act, wanted)
    if version is None:
        return see(f"{waiting.address(wanted)}&done=none-left")
    shown = entries.version(act.session, act.actor, version.id)
    if shown is None:
        raise NotFound
    return see(entry_path(shown))


@router.post("/seen")
def seen(act: Acting, form: Form) -> Response:
    saved_filters.seen(act, _instant(forms.text(form, "until")))
    return see(f"{waiting.address(waiting.of_form(form))}&done=seen")


@router.post("/{use_case_code}/{number}/hand-back")
def hand_back(
    request: Request, act: Acting, me: Me, now: Now, form: Form, use_case_code: Code, number: int
) -> Response:
    version = find(act.session, me.actor, use_case_code, number)
    typed = {"note": forms.text(form, "note")}
    try:
        draft = HandBackDraft.read(typed)
        leases.hand_back(act, version.id, draft, forms.revision(form))
    except RegistryError as refused:
        tried = _tried(Action.HAND_BACK, typed, refused)
        return entry_page(
            request,
            act.session,
            me.actor,
            now,
            use_case_code,
            number,
            tried=tried,
            status=status_of(refused),
        )
    return see(f"{waiting.address(waiting.last_of(request))}&done=handed-back")


@router.post("/{use_case_code}/{number}/assignment")
def assign(
    request: Request, act: Acting, me: Me, now: Now, form: Form, use_case_code: Code, number: int
) -> Response:
    version = find(act.session, me.actor, use_case_code, number)
    typed = {name: forms.text(form, name) for name in ("reviewer", "note")}
    try:
        draft = AssignmentDraft.read(forms.filled(typed))
        leases.reassign(act, version.id, draft, forms.revision(form))
    except RegistryError as refused:
        tried = _tried(Action.REASSIGN, typed, refused)
        return entry_page(
            request,
            act.session,
            me.actor,
            now,
            use_case_code,
            number,
            tried=tried,
            status=status_of(refused),
        )
    return see(f"{waiting.address(waiting.last_of(request))}&done=assigned")


@router.post("/{use_case_code}/{number}/reading")
def mark_read(
    request: Request, act: Acting, me: Me, form: Form, use_case_code: Code, number: int
) -> Response:
    """Marks a text as read, and goes on to the next entry where that is asked for."""
    version = find(act.session, me.actor, use_case_code, number)
    reading.mark_read(act, version.id, forms.revision(form))
    if forms.text(form, "then") == "next":
        return take_next(request, act, {})
    return see(f"{entry_path(version)}#hands")


def _tried(action: Action, typed: dict[str, str], refused: RegistryError) -> Tried:
    if isinstance(refused, InvalidInput):
        return Tried(action, typed, forms.sentences(refused.problems))
    return Tried(action, typed, refusal=words_of(refused))


def _instant(typed: str) -> datetime:
    """What no page of ours sends is before everything: nothing is seen by it."""
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
