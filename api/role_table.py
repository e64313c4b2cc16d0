"""The notice board: who may do what, in the words of people, made from the table of permissions."""

from collections.abc import Callable, Collection, Mapping

from api.i18n import gettext, mark
from api.labels import label
from registry.domain import permissions
from registry.domain.model import Action, Role
from registry.domain.permissions import RULES

# The docstrings of the rules, which docs/permissions.md shows too.
_WORDS: Mapping[Callable[..., None], str] = {
    permissions.own_city: mark("in the city whose member one is"),
    permissions.text_of_another: mark(
        "in the city whose member one is, on a text that somebody else wrote last"
    ),
    permissions.not_own_work: mark("anywhere but on one's own work and in one's own city"),
    permissions.unread: mark(
        "anywhere but on own work, where one gave no opinion yet and readers do not differ"
    ),
    permissions.in_hand: mark("what one has taken up oneself and not given one's opinion on yet"),
    permissions.proposed: mark("where another reviewer proposed to revoke"),
    permissions.disputed: mark("where two readers differ and one is neither of them"),
    permissions.dispute_in_hand: mark(
        "where two readers differ, one is neither of them and has taken it up"
    ),
    permissions.held_by_oneself: mark("what one has taken up oneself"),
    permissions.anywhere: mark("anywhere"),
}


def rule_words(rule: Callable[..., None]) -> str:
    """A rule in the reader's language; its own docstring until it has words here."""
    words = _WORDS.get(rule) or str(rule.__doc__)
    return gettext(words)


def role_table(roles: Collection[Role]) -> list[tuple[str, dict[Role, str]]]:
    """Each action that one of the roles may do, with where each of them may."""
    rows = []
    for action in Action:
        cells = {role: rule_words(RULES[role][action]) for role in roles if action in RULES[role]}
        if cells:
            rows.append((label(action), cells))
    return rows
