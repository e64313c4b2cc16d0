"""The city's desk: what solved the same problem elsewhere, and a draft of one's own from it."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms
from api.deps import Acting, Db, Form, Me, Now
from api.fields import field_names
from api.i18n import gettext, mark
from api.pages.city_view import Desk, own_desk, problem_options, see
from api.pages.listing import Code, Words
from api.rendering import page
from registry.actions import declare
from registry.domain.errors import InvalidInput, NotFound
from registry.domain.kinds import blank_to_none
from registry.domain.likeness import Asked, Likeness, Match, suggestion
from registry.domain.model import PUBLIC, Action, ProblemArea, ReviewState
from registry.domain.use_case import UseCaseDraft
from registry.queries import entries
from registry.queries.entries import Problem, Version
from registry.queries.likeness import Example, examples, uncovered
from registry.queries.moments import moment
from registry.queries.staying import live_cases

router = APIRouter(prefix="/desk/{city_code}")

# For each of several problems only the nearest; for one of them, or for words, many.
_FEW, _MANY = 3, 20
_MOST_PROBLEMS = 5

_WHY = {
    Likeness.SAME_AREA: mark("same problem area"),
    Likeness.SAME_CLASS: mark("same class of city"),
    Likeness.SIMILAR_SIZE: mark("city of similar size"),
}


@router.get("/learn")
def learn(
    request: Request,
    db: Db,
    me: Me,
    now: Now,
    city_code: str,
    q: Words = "",
    area: Annotated[ProblemArea | None, BeforeValidator(blank_to_none), Query()] = None,
) -> Response:
    """For every problem that nothing of the city solves yet; or for words, and for one area."""
    own = own_desk(db, me, city_code)
    if q.strip() or area:
        found = _found(db, now, own, [Asked(q, area=area)], _MANY, only=area)
        return _page(request, own, found, searched=True, typed={"q": q, "area": area or ""})
    open_ones = entries.problems_by_id(db, uncovered(db, own.city_id))[:_MOST_PROBLEMS]
    found = _found(db, now, own, [_asked(each) for each in open_ones], _FEW)
    return _page(request, own, found, problems=open_ones)


@router.get("/learn/{problem_id:uuid}")
def learn_for_problem(
    request: Request, db: Db, me: Me, now: Now, city_code: str, problem_id: UUID
) -> Response:
    own = own_desk(db, me, city_code)
    problem = entries.problem(db, problem_id)
    if problem is None or problem.city_id != own.city_id:
        raise NotFound
    found = _found(db, now, own, [_asked(problem)], _MANY)
    return _page(request, own, found, problems=[problem], alone=True)


@router.get("/want/{code}")
def want(
    request: Request, db: Db, me: Me, city_code: str, code: Code, problem: str = ""
) -> Response:
    """`problem` is the city's own, which it looked for an example for."""
    own = own_desk(db, me, city_code)
    theirs = _theirs(db, own, code)
    options = problem_options(db, own)
    # Of one there is nothing to choose.
    chosen = problem or (options[0][0] if len(options) == 1 else "")
    return _want_page(request, db, own, theirs, {"problem_ids": [chosen]}, {})


@router.post("/want/{code}")
def start(
    request: Request, db: Db, me: Me, act: Acting, city_code: str, code: Code, form: Form
) -> Response:
    """Opens a draft of the city's own with what the product is by its nature, and no more."""
    own = own_desk(db, me, city_code)
    theirs = _theirs(db, own, code)
    typed: dict[str, Any] = {
        "title": forms.text(form, "title"),
        "problem_ids": forms.texts(form, "problem_ids"),
    }
    try:
        draft = UseCaseDraft.read(suggestion(theirs.draft) | typed)
        version = declare.start_use_case(act, city_code, draft)
    except InvalidInput as error:
        return _want_page(request, db, own, theirs, typed, forms.sentences(error.problems))
    return see(own.address(f"/versions/{version.id}/edit?done=wanted"))


def why(match: Match) -> str:
    """Why a use case is shown, in the reader's language."""
    reasons = [
        _wording(match.shared) if reason is Likeness.SIMILAR_WORDING else gettext(_WHY[reason])
        for reason in match.why
    ]
    return "; ".join(reasons)


def _wording(shared: tuple[str, ...]) -> str:
    if not shared:
        return gettext("similar wording")
    words = ", ".join(f"“{each}”" for each in shared)
    return gettext("similar wording: %(words)s") % {"words": words}


def _asked(problem: Problem) -> Asked:
    return Asked(problem.title, problem.statement, problem.area)


Found = tuple[list[list[Example]], Mapping[str, Any], Any]


def _found(
    db: Session,
    now: Now,
    own: Desk,
    asked: list[Asked],
    limit: int,
    only: ProblemArea | None = None,
) -> Found:
    """What is near to each thing asked, how those are kept up, and for which moment."""
    at = moment(db, now)
    found = examples(db, at, own.city_id, asked, limit, only=only)
    codes = {each.version.use_case_code for few in found for each in few}
    return found, live_cases(db, at, codes), at


def _page(
    request: Request,
    own: Desk,
    found: Found,
    *,
    problems: Sequence[Problem | None] = (None,),
    alone: bool = False,
    searched: bool = False,
    typed: dict[str, str] | None = None,
) -> Response:
    several, kept, at = found
    return page(
        request,
        "city/learn.html",
        desk=own,
        groups=list(zip(problems, several, strict=True)),
        alone=alone,
        searched=searched,
        typed=typed or {"q": "", "area": ""},
        kept=kept,
        today=at.on,
        areas=forms.options(ProblemArea),
        why=why,
        names=field_names(),
        may_declare=own.may(Action.DECLARE_USE_CASE),
    )


def _theirs(db: Session, own: Desk, code: str) -> Version:
    """Another city's live use case, as the public reads it. Raises NotFound for any other."""
    for version in entries.versions(db, PUBLIC, use_case_code=code):
        if version.state is ReviewState.APPROVED and version.city_id != own.city_id:
            return version
    raise NotFound


def _want_page(
    request: Request,
    db: Session,
    own: Desk,
    theirs: Version,
    values: dict[str, Any],
    errors: dict[str, str],
) -> Response:
    taken = UseCaseDraft.read(suggestion(theirs.draft))
    return page(
        request,
        "city/want.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        desk=own,
        theirs=theirs,
        taken=taken,
        problems=problem_options(db, own),
        names=field_names(),
        values=values,
        errors=errors,
        may_declare=own.may(Action.DECLARE_USE_CASE),
    )
