"""The matchmaker's room: which use cases elsewhere solve what a city has to solve. Pure.

Vietnamese is written in syllables, and a word is mostly two of them: texts are compared by the
syllables they share and by the pairs. Whoever types without marks finds all the same; who types
them finds first what bears the same ones.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from math import log
from typing import Any

from registry.domain.model import ProblemArea, UrbanClass
from registry.domain.use_case import UseCaseText

_SYLLABLE = re.compile(r"[^\W\d_]+|\d+")
# What joins words and names nothing.
_JOINING = (
    "và hoặc hay của các những cái cho với để khi nếu thì mà là có không được bị do bởi vì nên"
    " tại trên dưới trong ngoài ở từ đến tới về theo ra vào còn cũng đã đang sẽ rất quá hơn"
    " như nhiều ít một hai này đó kia mỗi mọi từng cần phải chưa việc sự cùng lại trước sau"
    " the of in and to for on a an"
)
_PARTICLES = frozenset(_JOINING.split())

# The order of classes; those that the sources leave open stand between.
_CLASSES = {
    UrbanClass.SPECIAL: 0.0,
    UrbanClass.I: 1.0,
    UrbanClass.II: 2.0,
    UrbanClass.II_III: 2.5,
    UrbanClass.III: 3.0,
    UrbanClass.III_IV: 3.5,
    UrbanClass.IV: 4.0,
    UrbanClass.IV_V: 4.5,
    UrbanClass.V: 5.0,
}

# How much each likeness weighs. What a case is about goes before where it is.
_SAME_AREA = 3.0
_WORDING = 8.0
_COUNTED = 1.0
_OPERATIONAL = 0.5
_MEASURED = 0.25
_CLASS = 0.5
_SIZE = 0.5

# From here on two texts are said to be worded alike.
_ALIKE = 0.12
# A problem is looked for, so words that name one tell more than those that name its solution.
_IN_PROBLEM, _IN_TITLE, _IN_TEXT = 1.0, 0.8, 0.5
# Of a syllable with other marks: it may be another word, or one typed without any.
_OTHER_MARKS, _NO_MARKS = 0.2, 0.8
# Of a syllable typed without marks that may be a particle: "tai" is "tại" or "tải".
_MAYBE_PARTICLE = 0.3
_SHOWN = 3
# The beginning of a long text says what it is about.
_MOST_WORDS = 80


class Likeness(StrEnum):
    """Why a use case is shown, in the order in which it is said."""

    SAME_AREA = "same_area"
    SIMILAR_WORDING = "similar_wording"
    SAME_CLASS = "same_class"
    SIMILAR_SIZE = "similar_size"


@dataclass(frozen=True, slots=True)
class Place:
    """What a city is. `population` is None where it is not known."""

    urban_class: UrbanClass
    population: int | None


@dataclass(frozen=True)
class Asked:
    """What a city looks for: a problem as it declared it, or words as somebody typed them."""

    title: str
    text: str = ""
    area: ProblemArea | None = None

    @cached_property
    def words(self) -> tuple[tuple[str, float], ...]:
        """Its syllables in order, each with the weight of where it stands; 0 for particles."""
        places = ((self.title, _IN_PROBLEM), (self.text, _IN_TEXT))
        words = [
            (word, weight * _meaning(word)) for text, weight in places for word in syllables(text)
        ]
        return tuple(words[:_MOST_WORDS])

    @property
    def terms(self) -> frozenset[str]:
        """What to look up: syllables without marks."""
        return frozenset(plain(word) for word, weight in self.words if weight)

    def telling(self, rare: "Rarity", most: int) -> dict[str, float]:
        """Of its terms those that tell most, and what each tells."""
        tells: dict[str, float] = {}
        for word, weight in self.words:
            term = plain(word)
            tells[term] = max(tells.get(term, 0.0), weight * rare.tells(word))
        ranked = sorted(tells.items(), key=lambda item: (-item[1], item[0]))
        return {term: weight for term, weight in ranked[:most] if weight > 0}


@dataclass(frozen=True)
class Candidate:
    """A use case as far as it is compared. `problems` are the titles of those it addresses."""

    code: str
    areas: frozenset[ProblemArea]
    problems: tuple[str, ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    place: Place
    counted: bool
    operational: bool
    measured: bool

    @cached_property
    def _found(self) -> tuple[Mapping[str, float], Mapping[str, float]]:
        """Syllables and pairs, with and without marks, by the weight of where they stand."""
        exact: dict[str, float] = {}
        bare: dict[str, float] = {}
        rising = (self.texts, _IN_TEXT), (self.titles, _IN_TITLE), (self.problems, _IN_PROBLEM)
        for texts, weight in rising:
            for text in texts:
                words = syllables(text)
                for term in (*words, *map(" ".join, pairwise(words))):
                    exact[term] = weight
                    bare[plain(term)] = weight
        return exact, bare

    def holds(self, term: str) -> float:
        """How well the case's words match one syllable or pair of an asker's."""
        exact, bare = self._found
        without = plain(term)
        loose = _NO_MARKS if without == term else _OTHER_MARKS
        return max(exact.get(term, 0.0), loose * bare.get(without, 0.0))


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate, how near it is, and why; `shared` are the asker's words it has, as typed."""

    candidate: Candidate
    score: float
    why: tuple[Likeness, ...]
    shared: tuple[str, ...]


def syllables(text: str) -> tuple[str, ...]:
    return tuple(_SYLLABLE.findall(unicodedata.normalize("NFC", text).casefold()))


def plain(text: str) -> str:
    """Lower case without marks, composed or not."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("đ", "d")


@dataclass(frozen=True, slots=True)
class Rarity:
    """In how many of all texts a syllable without marks is found: rare ones tell more."""

    found_in: Mapping[str, int]
    texts: int

    def tells(self, word: str) -> float:
        return log((self.texts + 1) / (self.found_in.get(plain(word), 0) + 0.5))


def rank(asked: Asked, home: Place, candidates: Iterable[Candidate], rare: Rarity) -> list[Match]:
    """The candidates that have something to do with what is asked, the nearest first."""
    found = (_match(asked, home, candidate, rare) for candidate in candidates)
    related = [m for m in found if {Likeness.SAME_AREA, Likeness.SIMILAR_WORDING} & set(m.why)]
    return sorted(related, key=lambda match: (-match.score, match.candidate.code))


def _match(asked: Asked, home: Place, candidate: Candidate, rare: Rarity) -> Match:
    wording, shared = _wording(asked, candidate, rare)
    near = _nearness(home, candidate.place)
    size = _size(home, candidate.place)
    same_area = asked.area in candidate.areas
    reasons = {
        Likeness.SAME_AREA: same_area,
        Likeness.SIMILAR_WORDING: wording >= _ALIKE,
        Likeness.SAME_CLASS: near == 1,
        Likeness.SIMILAR_SIZE: size >= 0.5,
    }
    score = (
        _SAME_AREA * same_area
        + _WORDING * wording
        + _COUNTED * candidate.counted
        + _OPERATIONAL * candidate.operational
        + _MEASURED * candidate.measured
        + _CLASS * near
        + _SIZE * size
    )
    return Match(
        candidate,
        round(score, 6),
        tuple(reason for reason, holds in reasons.items() if holds),
        shared if wording >= _ALIKE else (),
    )


def _wording(asked: Asked, candidate: Candidate, rare: Rarity) -> tuple[float, tuple[str, ...]]:
    """How much of what is asked the case says too, from 0 to 1, and the words they share."""
    wanted, given = 0.0, 0.0
    held: dict[str, float] = {}
    for term, weight in _terms(asked, rare).items():
        share = candidate.holds(term)
        wanted += weight
        given += weight * share
        if share >= _NO_MARKS * _IN_TEXT:
            held[term] = weight * share
    return (given / wanted if wanted else 0.0), _shared(asked, held)


def _terms(asked: Asked, rare: Rarity) -> dict[str, float]:
    """The syllables and pairs of what is asked, with what each tells."""
    tells = [(word, weight * rare.tells(word)) for word, weight in asked.words]
    terms: dict[str, float] = {}
    for word, weight in tells:
        terms[word] = max(terms.get(word, 0.0), weight)
    for (first, one), (second, other) in pairwise(tells):
        terms[f"{first} {second}"] = one + other
    return {term: weight for term, weight in terms.items() if weight > 0}


def _shared(asked: Asked, held: Mapping[str, float]) -> tuple[str, ...]:
    """The runs of words that the case has too, those that tell most first; single syllables
    only where there is nothing longer."""
    runs: dict[str, float] = {}
    run: list[str] = []
    for word, following in pairwise([word for word, _ in asked.words] + [""]):
        goes_on = f"{word} {following}" in held
        if run or goes_on or word in held:
            run.append(word)
        if run and not goes_on:
            runs[_trimmed(run)] = sum(held.get(each, 0.0) for each in run)
            run = []
    telling = sorted(runs, key=lambda text: (-runs[text], text))
    longer = [text for text in telling if " " in text]
    chosen: list[str] = []
    for text in longer or telling:
        if not any(f" {text} " in f" {other} " for other in chosen):
            chosen.append(text)
    return tuple(chosen[:_SHOWN])


def _trimmed(run: list[str]) -> str:
    """A run without the particles at its ends."""
    telling = [place for place, word in enumerate(run) if word not in _PARTICLES]
    return " ".join(run[telling[0] : telling[-1] + 1]) if telling else " ".join(run)


def _meaning(word: str) -> float:
    if word in _PARTICLES:
        return 0.0
    return _MAYBE_PARTICLE if word in _PLAIN_PARTICLES else 1.0


_PLAIN_PARTICLES = frozenset(plain(word) for word in _PARTICLES)


def _nearness(one: Place, other: Place) -> float:
    """1 for the same class, less for each class between; 0 where one is not classified."""
    if one.urban_class not in _CLASSES or other.urban_class not in _CLASSES:
        return 0.0
    return max(0.0, 1 - abs(_CLASSES[one.urban_class] - _CLASSES[other.urban_class]) / 3)


def _size(one: Place, other: Place) -> float:
    """The smaller population as a share of the larger."""
    if not one.population or not other.population:
        return 0.0
    return min(one.population, other.population) / max(one.population, other.population)


# What a product is by its nature, wherever it runs. All else is a city's own to say.
_SUGGESTED = ("product", "techniques", "outputs")


def suggestion(theirs: UseCaseText) -> dict[str, Any]:
    """What a draft of one's own may begin with, taken from another city's public text."""
    content = theirs.upgraded().content()
    return {name: content[name] for name in _SUGGESTED if content[name]}
