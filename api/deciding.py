"""The counter of decisions: one by its number, the same for the page and the API."""

import re

from api.deps import Db
from registry.domain.deciding import Number
from registry.domain.errors import Moved, NotFound
from registry.domain.model import Actor
from registry.queries.deciding import Decided, decided

# Without the zeros in front of it, or with too many.
_LOOSE = re.compile(r"([0-9]{4})-0*([1-9][0-9]{0,8})")


def found_decision(db: Db, actor: Actor, written: str) -> Decided:
    """Raises NotFound where there is none that `actor` may see, Moved where its number is written
    otherwise."""
    number = Number.of_slug(written)
    if number is None:
        loose = _LOOSE.fullmatch(written)
        if loose is None:
            raise NotFound
        raise Moved(written, Number(int(loose[1]), int(loose[2])).slug)
    found = decided(db, actor, number)
    if found is None:
        raise NotFound
    return found
