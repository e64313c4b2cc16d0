"""The enquiry desk's signs: by what a search is narrowed, and how each value is said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.i18n import gettext, mark, pick
from api.labels import label
from registry.domain.model import ProblemArea, Stage, Technique, UrbanClass
from registry.domain.standard import CODES
from registry.queries.search import Found, Kind


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet: how many it would leave, and whether it is chosen."""

    value: str
    text: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    title: str
    values: tuple[Value, ...]


TITLES: Mapping[str, str] = {
    "kind": mark("What"),
    "counted": mark("Counted today"),
    "area": mark("Problem area"),
    "province": mark("Province"),
    "class": mark("Class"),
    "stage": mark("Stage today"),
    "technique": mark("AI technique"),
    "risk": mark("Risk"),
    "year": mark("Year of approval"),
    "product": mark("Product"),
    "provider": mark("Provider"),
}
KINDS: Mapping[str, str] = {
    Kind.CITY: mark("Cities"),
    Kind.USE_CASE: mark("AI applications"),
    Kind.PROBLEM: mark("Pressing problems"),
}
_COUNTED = {"yes": mark("Yes"), "no": mark("No")}
_CODES: Mapping[str, type[StrEnum]] = {
    "area": ProblemArea,
    "class": UrbanClass,
    "stage": Stage,
    "technique": Technique,
    "risk": CODES["risk_level"],
}
# Shown as chosen, but with as many values as there are names: products and providers are listed
# by themselves.
_UNLISTED = frozenset({"product", "provider"})


def facets(found: Found, chosen: Mapping[str, str]) -> list[Facet]:
    """What the search can be narrowed by, with counts; what is chosen is always there."""
    signs = []
    for name, title in TITLES.items():
        counts = dict(found.counts.get(name, {}))
        if name in _UNLISTED:
            counts = {value: n for value, n in counts.items() if chosen.get(name) == value}
        if name in chosen:
            counts.setdefault(chosen[name], 0)
        say = _say(name, found)
        values = [Value(v, say(v), n, chosen.get(name) == v) for v, n in counts.items()]
        if values:
            signs.append(Facet(name, gettext(title), tuple(sorted(values, key=_order(name)))))
    return signs


def _say(name: str, found: Found) -> Callable[[str], str]:
    def said(value: str) -> str:
        if name == "kind":
            return gettext(KINDS[value]) if value in KINDS else value
        if name == "counted":
            return gettext(_COUNTED[value]) if value in _COUNTED else value
        if name == "province":
            return pick(*found.provinces.get(value, (value, value)))
        kind = _CODES.get(name)
        return label(kind(value)) if kind is not None and value in set(kind) else value

    return said


def _order(name: str) -> Callable[[Value], tuple[int, str]]:
    """Years from the last one, lists with an order of their own by it, others by how many."""
    kind = _CODES.get(name)
    if name == "year":
        return lambda value: (-int(value.value) if value.value.isdigit() else 0, value.value)
    if name == "class" and kind is not None:
        order = [member.value for member in kind]
        return lambda value: (
            order.index(value.value) if value.value in order else len(order),
            value.value,
        )
    return lambda value: (-value.count, value.text)
