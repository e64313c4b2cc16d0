"""The reading room's catalogue: for every public page the same thing for programs, and how to
cite it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from fastapi import Request

from api.i18n import current, iso_utc
from registry.queries.moments import Moment

CLOCKS = ("as_of", "known_at")
# Of an address: what says how somebody came, and how it is shown.
PASSING = frozenset({"came_from", "embed"})


@dataclass(frozen=True, slots=True)
class Twin:
    """The resource of the API that says what a page says. `carried` are the names of the page's
    query that the API knows too, `clocked` whether the page takes both clocks."""

    path: str
    carried: tuple[str, ...] = ()
    clocked: bool = True


def _still(path: str, *carried: str) -> Twin:
    return Twin(path, carried, clocked=False)


# By the page's path without its language, as the census of routes has it.
TWINS: Mapping[str, Twin] = {
    "/": Twin("/coverage?group_by=province"),
    "/about": _still("/rolls"),
    "/cities": Twin("/cities", ("q", "province", "status", "class")),
    "/cities/{code}": Twin("/cities/{code}"),
    "/coverage": Twin("/coverage"),
    "/changes": _still("/changes", "since", "until", "kind"),
    "/data": _still("/downloads"),
    "/coverage/changes": _still("/coverage/changes", "as_of", "from", "to"),
    "/decisions/{decision}": _still("/decisions/{decision}"),
    "/figures": _still("/figures"),
    "/figures/{period_code}": _still("/figures/{period_code}"),
    "/indicators/{n}": Twin("/indicators/{n}"),
    "/indicators/{n}/lines/{entry_id}": _still("/indicator-lines/{entry_id}"),
    "/indicators/{n}/rows": Twin("/indicators/{n}/rows", ("counts",)),
    "/ledger": _still("/ledger/heads"),
    "/map": Twin("/cities"),
    "/map/areas": Twin("/coverage?group_by=area"),
    "/map/compare": _still("/timeline", "known_at"),
    "/problem-areas": Twin("/problem-areas"),
    "/problem-areas/{area}": Twin("/problem-areas/{area}"),
    "/products": Twin("/products", ("q",)),
    "/products/{product}": Twin("/products/{product}"),
    "/providers": Twin("/providers", ("q",)),
    "/providers/{provider}": Twin("/providers/{provider}"),
    "/provinces": Twin("/provinces"),
    "/provinces/{code}": Twin("/provinces/{code}"),
    "/rolls": _still("/rolls"),
    "/rolls/{code}": _still("/rolls/{code}", "known_at"),
    "/rule": _still("/targets"),
    "/scoreboard": Twin("/indicators"),
    "/search": _still(
        "/search",
        *("q", "kind", "province", "class", "area", "technique", "stage", "risk", "counted"),
        *("year", "product", "provider", "sort"),
    ),
    "/standard": _still("/standards"),
    "/standard/{version}": _still("/standards/{version}"),
    "/use-cases": Twin("/use-cases", ("q", "area", "stage")),
    "/use-cases/{code}": Twin("/use-cases/{code}"),
}
_PATTERNS = [
    (re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", page)), twin) for page, twin in TWINS.items()
]


@dataclass(frozen=True, slots=True)
class Citation:
    """How a page is found again. `json` and `permanent` are addresses, `canonical` the one by which
    search engines know the page."""

    json: str
    canonical: str
    permanent: str
    seen: Moment
    clocked: bool


def citation(request: Request, public_url: str, seen: Moment) -> Citation | None:
    """None where a page has no twin: signing in, forms, desks."""
    language, path = current(), request.scope["path"]
    own = path.removeprefix(f"/{language}")
    for pattern, twin in _PATTERNS:
        found = pattern.fullmatch(own)
        if found is None:
            continue
        base = public_url.rstrip("/")
        given = {n: v for n, v in request.query_params.items() if v and n not in PASSING}
        given |= getattr(request.state, "in_full", {})
        # What the page is about, with the clocks as the page was read.
        about = {name: value for name, value in given.items() if name not in CLOCKS}
        pinned = {"as_of": seen.on.isoformat(), "known_at": iso_utc(seen.known_at)}
        return Citation(
            json=_json(twin, found.groupdict(), given),
            canonical=f"{base}{quote(path)}{_query(about)}",
            permanent=f"{base}{quote(path)}{_query(about | pinned if twin.clocked else given)}",
            seen=seen,
            clocked=twin.clocked,
        )
    return None


def _json(twin: Twin, parts: Mapping[str, str], given: Mapping[str, str]) -> str:
    path, _, fixed = twin.path.partition("?")
    names = (*twin.carried, *(CLOCKS if twin.clocked else ()))
    query = dict(pair.split("=") for pair in fixed.split("&") if pair)
    query |= {name: given[name] for name in names if name in given}
    filled = path.format(**{name: quote(value, safe="") for name, value in parts.items()})
    return f"/api/v1{filled}{_query(query | {'lang': current().value})}"


def _query(values: Mapping[str, str]) -> str:
    return f"?{urlencode(values)}" if values else ""
