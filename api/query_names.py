"""The doorman's list: a misspelt parameter is refused, never silently ignored."""

from fastapi import Request
from fastapi.dependencies.models import Dependant

from registry.domain.errors import FieldProblem, InvalidInput

# Known to every route, through the router.
_EVERYWHERE = frozenset({"lang"})


def known_names_only(request: Request) -> None:
    """Raises InvalidInput naming each query parameter that the route does not have."""
    known = _EVERYWHERE | _names(request.scope["route"].dependant)
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise InvalidInput([FieldProblem(f"/{name}", "unknown_field") for name in unknown])


def _names(dependant: Dependant) -> frozenset[str]:
    own = frozenset(field.alias for field in dependant.query_params)
    return own.union(*(_names(inner) for inner in dependant.dependencies))
