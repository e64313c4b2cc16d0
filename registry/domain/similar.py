"""The reviewer's memory: which other entries are near to one that is read, and why. Pure.

Texts are compared by the runs of three syllables they share, without marks and case: a copied
summary with another city's name in it still shares most of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from registry.domain.likeness import plain, syllables
from registry.domain.model import ReviewState

# From here on a text is said to be the same, or near to it.
_SAME, _NEAR = 0.9, 0.5
# Names of applications are short: one word more or less is the same name.
_SAME_NAME = 0.75
_RUN = 3


class Reason(StrEnum):
    """Why an entry is shown beside another, in the order in which it is said."""

    SAME_TEXT = "same_text"
    NEAR_TEXT = "near_text"
    SAME_NAME = "same_name"
    SAME_PRODUCT = "same_product"
    SAME_PROVIDER = "same_provider"
    SAME_PROBLEM = "same_problem"


_WEIGHT = {
    Reason.SAME_TEXT: 8.0,
    Reason.NEAR_TEXT: 5.0,
    Reason.SAME_NAME: 4.0,
    Reason.SAME_PRODUCT: 3.0,
    Reason.SAME_PROBLEM: 1.0,
    Reason.SAME_PROVIDER: 1.0,
}
# What makes two entries of one city perhaps one.
_TELLING = frozenset({Reason.SAME_TEXT, Reason.NEAR_TEXT, Reason.SAME_NAME, Reason.SAME_PRODUCT})
# Nothing came of these.
_GIVEN_UP = frozenset({ReviewState.WITHDRAWN, ReviewState.REJECTED})


@dataclass(frozen=True)
class Described:
    """An entry as far as it is compared: the newest version of it that was handed in."""

    id: UUID
    code: str
    number: int
    city_id: int
    state: ReviewState
    title: str
    texts: tuple[str, ...]
    product: str
    provider: str
    problem_ids: frozenset[str] = frozenset()

    @cached_property
    def runs(self) -> frozenset[tuple[str, ...]]:
        """The runs of syllables in its texts."""
        words = [word for text in self.texts for word in _words(text)]
        ends = range(_RUN, max(len(words), _RUN) + 1)
        return frozenset(tuple(words[end - _RUN : end]) for end in ends) if words else frozenset()

    @cached_property
    def name(self) -> frozenset[str]:
        return frozenset(_words(self.title))


@dataclass(frozen=True, slots=True)
class Similar:
    """Another entry, why it is near, and how much of the texts the two share (0 to 1)."""

    other: Described
    why: tuple[Reason, ...]
    shared: float
    score: float
    same_city: bool

    @property
    def duplicate(self) -> bool:
        """Perhaps the same application, declared twice by its city."""
        return self.same_city and bool(_TELLING & set(self.why))

    @property
    def given_up(self) -> bool:
        return self.other.state in _GIVEN_UP

    @property
    def copied(self) -> bool:
        """Most of the text stands in another city's entry."""
        return not self.same_city and Reason.SAME_TEXT in self.why


def ranked(own: Described, others: Iterable[Described]) -> list[Similar]:
    """The entries that have something in common with `own`, the nearest first."""
    found = (_compared(own, other) for other in others)
    near = [similar for similar in found if similar.why]
    return sorted(near, key=lambda s: (not s.duplicate, -s.score, -s.shared, s.other.code))


def _compared(own: Described, other: Described) -> Similar:
    shared = _share(own.runs, other.runs)
    same_city = own.city_id == other.city_id
    reasons = {
        Reason.SAME_TEXT: shared >= _SAME,
        Reason.NEAR_TEXT: _NEAR <= shared < _SAME,
        Reason.SAME_NAME: _share(own.name, other.name) >= _SAME_NAME,
        Reason.SAME_PRODUCT: _same(own.product, other.product),
        Reason.SAME_PROVIDER: _same(own.provider, other.provider),
        # A city has few problems and may well have two applications for one.
        Reason.SAME_PROBLEM: bool(own.problem_ids & other.problem_ids),
    }
    why = tuple(reason for reason, holds in reasons.items() if holds)
    if why == (Reason.SAME_PROBLEM,):
        why = ()
    return Similar(other, why, shared, sum(_WEIGHT[reason] for reason in why), same_city)


def _share(one: frozenset[object], other: frozenset[object]) -> float:
    """What both have, as a share of what either has."""
    return len(one & other) / len(one | other) if one and other else 0.0


def _same(one: str, other: str) -> bool:
    return bool(one) and _words(one) == _words(other)


def _words(text: str) -> list[str]:
    return [plain(word) for word in syllables(text)]
