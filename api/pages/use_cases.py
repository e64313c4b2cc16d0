"""The exhibition: approved use cases, each with its text, evidence, decisions and versions."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator

from api.audience import Audience, open_to
from api.deps import Db, Me, Today, When
from api.fields import field_names
from api.forms import options
from api.names import fold
from api.old_addresses import sent_on
from api.pages.conditional import asked, conditional
from api.pages.files import proof
from api.pages.listing import PAGE_SIZE, Code, Leaf, Words, nearest
from api.publicity import public_at, public_on, tombstone
from api.rendering import page
from registry.domain.counting import Outcome, judge
from registry.domain.difference import Kind, differences
from registry.domain.errors import NotFound
from registry.domain.kinds import Day, Draft, blank_to_none
from registry.domain.model import LIVE_STATES, PUBLIC_STATES, ProblemArea, ReviewState, Stage
from registry.domain.publicity import spans
from registry.domain.standard import STANDARD, Field, Section
from registry.domain.use_case import UseCaseText
from registry.queries import deciding, entries
from registry.queries.cities import Relative, city, successors
from registry.queries.entries import Version
from registry.queries.error_reports import published as reported
from registry.queries.histories import histories
from registry.queries.likeness import same_product
from registry.queries.moments import Moment
from registry.queries.published import Wanted, carried_over, how_many, published
from registry.queries.spelling import Noun
from registry.queries.staying import attestations, live_cases, reported_stages

# Name and summary are said first, problems with their basis, and why a field is withheld where it
# would stand.
_SHOWN_APART = frozenset({"title", "title_en", "summary", "summary_en", "problem_ids", "withheld"})

router = APIRouter(dependencies=[open_to(Audience.PUBLIC)])


@router.get("/use-cases")
def use_case_list(
    request: Request,
    db: Db,
    when: When,
    q: Words = "",
    area: Annotated[ProblemArea | None, BeforeValidator(blank_to_none), Query()] = None,
    stage: Annotated[Stage | None, BeforeValidator(blank_to_none), Query()] = None,
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> Response:
    def make() -> Response:
        wanted = Wanted(area=area, stage=stage, words=fold(q))
        total = how_many(db, when, wanted)
        at = nearest(number, total)
        rows = published(db, when, wanted, limit=PAGE_SIZE, offset=(at - 1) * PAGE_SIZE)
        filters = {"q": q, "area": area, "stage": stage}
        return page(
            request,
            "public/use_cases.html",
            leaf=Leaf(rows, total, at),
            chosen={name: value for name, value in filters.items() if value},
            clocks=asked(request, when),
            when=when,
            areas=options(ProblemArea),
            stages=options(Stage),
        )

    return conditional(request, when, make)


@router.get("/use-cases/{code}")
def one_use_case(
    request: Request,
    db: Db,
    me: Me,
    today: Today,
    seen: When,
    code: Code,
    version: int | None = None,
    compare: int | None = None,
    since: Annotated[Day | None, BeforeValidator(blank_to_none), Query()] = None,
) -> Response:
    """With a day or a time the text that was public then; `since` compares it with a day's."""

    def make() -> Response:
        versions = entries.versions(db, me.actor, use_case_code=code)
        if not versions:
            sent_on(db, Noun.USE_CASE, code)
        clocks = asked(request, seen)
        decisions = entries.rulings(db, versions[0].use_case_id)
        then = public_at(decisions, seen, on_the_day="as_of" in clocks) if clocks else None
        shown = _chosen(versions, then.version if then and version is None else version)
        was = None if since is None else public_on(decisions, since)
        held_against = compare if compare is not None or was is None else was.version
        other = None if held_against is None else _chosen(versions, held_against)
        texts = [shown] if other is None else sorted((other, shown), key=lambda v: v.number)
        problem_ids = {p for v in texts for p in v.draft.problem_ids}
        readable = {v.number for v in versions}
        draft = shown.draft.upgraded()
        withheld = shown.draft.withheld_on(today)
        history = histories(db, [shown.use_case_id])[shown.use_case_id]
        problems = entries.problems_by_id(db, sorted(problem_ids))
        readable_decisions = [r for r in decisions if r.version in readable]
        return page(
            request,
            "public/use_case.html",
            versions=versions,
            shown=shown,
            draft=draft,
            withheld=withheld,
            sections=_answered(draft, withheld),
            relatives=same_product(db, shown.use_case_id, draft.get("product")),
            newest=_chosen(versions, None),
            other=other,
            changes=differences(texts[0].draft, texts[-1].draft) if other else (),
            between=texts,
            proof=proof(db, shown.city_id, *(v.draft for v in texts), problems=problems),
            problems={p.id: p for p in problems},
            decisions=readable_decisions,
            records=deciding.records(db, [r.position for r in readable_decisions]),
            spans=spans(decisions),
            then=then,
            stone=tombstone(decisions, shown.number, then),
            since=since,
            named=next(iter(published(db, seen, Wanted(codes=[code]))), None),
            was=was,
            clocks=clocks,
            picked=version is not None,
            carried=carried_over(db, code),
            successors=_gone_on_in(db, shown, seen),
            live=live_cases(db, seen, [code]).get(code),
            reports=reported_stages(db, code, seen.position),
            attestations=attestations(db, code, seen.position),
            finding=judge(history, shown.city_id, seen.on, seen.position),
            reported=reported(db, seen.position, use_case_code=code),
            seen=seen,
            fields=field_names(),
            Kind=Kind,
            ReviewState=ReviewState,
            public_states=PUBLIC_STATES,
        )

    return conditional(request, seen, make)


def _gone_on_in(db: Db, shown: Version, seen: Moment) -> list[Relative]:
    """Where the city of an entry goes on, once it is itself no longer on the roll."""
    home = city(db, shown.city_code, seen)
    if home is None or home.outcome is not Outcome.NOT_ON_ROLL:
        return []
    return [each for each in successors(db, shown.city_id) if each.effective_on <= seen.on]


def _answered(
    draft: UseCaseText, withheld: Mapping[str, Draft]
) -> list[tuple[Section, list[Field]]]:
    """The sections in which something is answered or withheld, and in which fields."""
    answered = [
        (
            section,
            [
                field
                for field in section.fields
                if field.name not in _SHOWN_APART
                and (draft.get(field.name) or field.name in withheld)
            ],
        )
        for section in STANDARD.sections
    ]
    return [
        (section, fields)
        for section, fields in answered
        if fields or (section.key == "problem" and draft.problem_ids)
    ]


def _chosen(versions: Sequence[Version], number: int | None) -> Version:
    """The version asked for; else the live one, else the newest public one, else the newest."""
    candidates = [v for v in versions if number in {None, v.number}]
    if not candidates:
        raise NotFound
    return max(
        candidates, key=lambda v: (v.state in LIVE_STATES, v.state in PUBLIC_STATES, v.number)
    )
