"""The doorman's list: a misspelt parameter is refused, never silently ignored."""

from collections import Counter
from collections.abc import Iterable

from fastapi import Request
from fastapi.dependencies.models import Dependant

from registry.domain.errors import FieldProblem, InvalidInput

# Known to every route, through the router.
_EVERYWHERE = frozenset({"lang"})


def known_names_only(request: Request) -> None:
    """Raises InvalidInput naming each query parameter that the route does not have, or that comes
    twice: which of the two was meant?"""
    known_names(request, ())


def known_names(request: Request, also: Iterable[str]) -> None:
    """The same, where the route knows other names besides its own parameters."""
    known = _EVERYWHERE.union(_names(request.scope["route"].dependant), also)
    given = Counter(name for name, _ in request.query_params.multi_items())
    problems = [FieldProblem(f"/{name}", "unknown_field") for name in given.keys() - known]
    problems += [FieldProblem(f"/{name}", "unreadable") for name, n in given.items() if n > 1]
    if problems:
        raise InvalidInput(sorted(problems, key=lambda problem: problem.pointer))


def _names(dependant: Dependant) -> frozenset[str]:
    own = frozenset(field.alias for field in dependant.query_params)
    return own.union(*(_names(inner) for inner in dependant.dependencies))
