"""The administrator's desk: giving one's word for changes, of a roll's list or of boundaries."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from api import forms, i18n
from registry.actions.drafts import Stamped
from registry.domain.errors import FieldProblem, InvalidInput, Stale
from registry.domain.roll_intake import RollConfirmationsDraft

Change = TypeVar("Change", bound=Stamped)


def seen(changes: Sequence[Stamped]) -> str:
    """What a page showed of a kind, so that "all of them" means those."""
    return hashlib.sha256(" ".join(c.stamp for c in changes).encode()).hexdigest()


def word_for(
    form: dict[str, Any],
    of_kind: Sequence[Change],
    is_confirmed: Callable[[Change], bool],
    decree_of: Callable[[Change], str] = lambda _: "",
) -> RollConfirmationsDraft:
    """The ticked changes or all of the kind, as `action` says.

    Each takes the legal basis that its own line names, or the one typed for all. Raises Stale
    where "all" is no longer what the page showed.
    """
    if forms.text(form, "action") == "confirm-all":
        if forms.text(form, "seen") != seen(of_kind):
            raise Stale
        ticked = {c.key: c.stamp for c in of_kind if not is_confirmed(c)}
    else:
        ticked = dict(each.rpartition(" ")[::2] for each in forms.texts(form, "change"))
    typed = " ".join(forms.text(form, "decree").split())
    own = {c.key: decree_of(c) for c in of_kind}
    if not ticked:
        raise InvalidInput([FieldProblem("/change", "choose_one")])
    if not typed and not all(own.get(key) for key in ticked):
        raise InvalidInput([FieldProblem("/decree", "required")])
    return RollConfirmationsDraft.read(
        {
            "changes": [
                {"key": key, "stamp": stamp, "decree": own.get(key) or typed}
                for key, stamp in ticked.items()
            ]
        }
    )


def unconfirmed_words(number: int) -> list[str]:
    if not number:
        return []
    words = i18n.ngettext(
        "%(num)s change is not confirmed yet.", "%(num)s changes are not confirmed yet.", number
    )
    return [words % {"num": number}]


def page_asked(form: dict[str, Any]) -> int:
    """The page of the list from which a form came."""
    number = forms.text(form, "page")
    at = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    return max(at, 1)
