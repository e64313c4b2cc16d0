"""The enquiry desk: what somebody typed, read as words to look for. Pure.

Words are compared without marks, so "ngap" finds "ngập"; who types marks finds first what bears
them. A phrase of the word list (`search_words.toml`) is looked for together with all that mean
the same. The last word may be unfinished.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from itertools import islice
from pathlib import Path
from unicodedata import normalize

from registry.domain.likeness import plain, syllables

# More words than a question has; the rest of a pasted text looks for nothing.
MOST_WORDS = 16
# From how many letters on a last word is taken for the beginning of others.
_BEGINNING = 2
# How alike two words are, from 0 to 1, of which one may be a slip for the other.
_ALIKE = 0.7

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing looked for: any of these phrases, without marks.

    `unfinished`: its last word may be the beginning of a longer one.
    """

    phrases: tuple[Phrase, ...]
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """`text` is what was typed, `typed` its words in lower case, `parts` what is looked for.

    `asking` are the words that may only ask, without marks.
    """

    text: str
    typed: Phrase
    parts: tuple[Part, ...]
    asking: frozenset[str]

    @property
    def marked(self) -> Phrase:
        """The words that were typed with marks: who cared to type them means them."""
        return tuple(word for word in self.typed if plain(word) != word)

    @property
    def telling(self) -> "Asked":
        """The same without what only asks, also where that was typed without marks: "da" may be
        "đá", so it is left out only where nothing has all the words."""
        asks = {(word,) for word in self.asking}
        parts = tuple(part for part in self.parts if part.phrases[0] not in asks)
        return replace(self, parts=parts or self.parts)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Groups of phrases that mean the same, by each of their phrases, and words of asking."""

    same: Mapping[Phrase, tuple[Phrase, ...]]
    asking: frozenset[Phrase]
    longest: int


@cache
def vocabulary() -> Vocabulary:
    """The word list of the register."""
    data = tomllib.loads(Path(__file__).with_name("search_words.toml").read_text("utf-8"))
    return vocabulary_of(data["groups"], data["asking"])


def vocabulary_of(groups: Iterable[Iterable[str]], asking: Iterable[str]) -> Vocabulary:
    same: dict[Phrase, dict[Phrase, None]] = {}
    for group in groups:
        phrases = [_phrase(text) for text in group]
        for phrase in phrases:
            # A phrase of two groups ("ĐN") finds what either means.
            same.setdefault(phrase, {phrase: None}).update(dict.fromkeys(phrases))
    return Vocabulary(
        {phrase: tuple(found) for phrase, found in same.items()},
        frozenset(syllables(text) for text in asking),
        max(map(len, same), default=1),
    )


def read(text: str, words: Vocabulary) -> Asked:
    """What a reader typed, composed or not, as what to look for. Nothing typed: no parts."""
    typed = tuple(islice(_words(text), MOST_WORDS))
    ends = not text[-1:].isalnum()
    spoken = _without_asking(typed, words)
    parts: list[Part] = []
    at = 0
    while at < len(spoken):
        phrase = _longest(spoken[at:], words)
        at += len(phrase)
        last = at == len(spoken)
        unfinished = last and not ends and len(phrase[-1]) >= _BEGINNING
        parts.append(Part(words.same.get(phrase, (phrase,)), unfinished))
    asking = frozenset(plain(word) for phrase in words.asking for word in phrase)
    return Asked(text.strip(), typed, tuple(dict.fromkeys(parts)), asking)


def tsqueries(asked: Asked) -> tuple[str, ...]:
    """Part by part what PostgreSQL's `to_tsquery('simple', …)` reads."""
    return tuple(_any_of(part) for part in asked.parts)


def exact_tsquery(asked: Asked) -> str:
    """Of the words typed with marks any; empty where there is none."""
    return " | ".join(dict.fromkeys(asked.marked))


def near(word: str, known: Mapping[str, str]) -> str | None:
    """Of known words (without marks: as written) the one that a mistyped one may have meant."""
    found = get_close_matches(word, known, n=1, cutoff=_ALIKE)
    return known[found[0]] if found else None


def _words(text: str) -> Iterator[str]:
    """Lower case, composed, without punctuation; "TP.HCM" is two words."""
    yield from syllables(normalize("NFC", text))


def _phrase(text: str) -> Phrase:
    return tuple(plain(word) for word in syllables(text))


def _without_asking(typed: Phrase, words: Vocabulary) -> Phrase:
    """Without marks and without what only asks - unless nothing else was typed."""
    kept = [word for word in typed if (word,) not in words.asking]
    return tuple(plain(word) for word in (kept or typed))


def _longest(rest: Phrase, words: Vocabulary) -> Phrase:
    """The longest phrase of the word list with which the rest begins, else its first word."""
    for length in range(min(words.longest, len(rest)), 0, -1):
        if rest[:length] in words.same:
            return rest[:length]
    return rest[:1]


def _any_of(part: Part) -> str:
    first, *others = part.phrases
    # What was typed itself may be unfinished; what means the same is not.
    end = ":*" if part.unfinished else ""
    phrases = [" <-> ".join(first) + end, *(" <-> ".join(phrase) for phrase in others)]
    return "(" + " | ".join(phrases) + ")"
