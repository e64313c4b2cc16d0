"""The makers' counter: a product or provider by its address, the same for the page and the API."""

from typing import Annotated

from pydantic import AfterValidator

from api.deps import Db
from api.names import fold
from registry.domain.errors import Moved, NotFound
from registry.queries.makers import Maker, MakerKind, Named, key_of, maker
from registry.queries.moments import Moment

# Longer than any name the standard takes.
_LONGEST = 300


def _askable(written: str) -> str:
    if "\0" in written or len(written) > _LONGEST:
        raise NotFound
    return written


Slug = Annotated[str, AfterValidator(_askable)]


def found_maker(db: Db, when: Moment, kind: MakerKind, written: str) -> Maker:
    """By the last part of its address.

    Raises NotFound for what no public text ever named, Moved where its name is written otherwise.
    """
    key = key_of(db, kind, written)
    found = maker(db, when, kind, key) if key else None
    if found is None:
        raise NotFound
    if written != key.replace(" ", "-"):
        raise Moved(written, key.replace(" ", "-"))
    return found


def in_words(line: Named, words: str) -> bool:
    """Whether a list narrowed to these words shows it."""
    return fold(words.strip()) in fold(line.name) or fold(words.strip()) in line.key
