"""The ministry's desk: one version in full, what the rule asks of it, and the decision on it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from api import fields, forms, i18n
from api.deps import Acting, Db, Form, Me, Now
from api.pages.files import proof
from api.pages.listing import Code
from api.pages.review_desk import HANDING, Tried, actions_of, entry_path, find, hands, see
from api.pages.review_reading import base_of, reading
from api.refusals import status_of, words_of
from api.rendering import page
from api.talk import Refused
from api.waiting import last_of
from registry.actions import leases
from registry.actions import review as acts
from registry.domain.counting import RULE_TEXT
from registry.domain.deciding import CRITERIA
from registry.domain.difference import compared
from registry.domain.errors import (
    AlreadyRead,
    ForTheLead,
    InOtherHands,
    InvalidInput,
    NotFound,
    RegistryError,
    Stale,
    WrongState,
)
from registry.domain.intake import DecisionDraft
from registry.domain.model import (
    COMMENTED_DECISIONS,
    DECISIONS,
    PUBLIC_STATES,
    Action,
    Actor,
    UnitType,
    UrbanClass,
)
from registry.domain.permissions import check
from registry.domain.readers import READ_TWICE, Recorded
from registry.domain.workflow import TRANSITIONS
from registry.queries import cities, coverage, deciding, entries, opinions, review, waiting
from registry.queries.findings import findings
from registry.queries.moments import moment
from registry.queries.moments import today as day_of
from registry.queries.staying import live_cases, reported_stages

router = APIRouter()

# In the order in which a reviewer is offered them.
OFFERED = (
    Action.CLAIM,
    Action.APPROVE,
    Action.RETURN,
    Action.REJECT,
    Action.REINSTATE,
    Action.SUSPEND,
    Action.REVOKE,
    Action.UPHOLD,
    Action.TAKE_BACK,
)


_LEADS_TO = {
    Recorded.DECISION: "/decided",
    Recorded.OPINION: "/opinion",
    Recorded.UPHELD: "/opinion",
    Recorded.TAKEN_BACK: "",
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A decision that was refused: what was typed, what is wrong with it, why it came too late."""

    action: Action
    values: dict[str, Any]
    errors: dict[str, str]
    refusal: str = ""

    @property
    def codes(self) -> list[str]:
        return forms.texts(self.values, "reason_codes")

    @property
    def comments(self) -> list[dict[str, str]]:
        return _comments(self.values)

    @property
    def written(self) -> str:
        """All that was typed, for whoever cannot send it any more."""
        names = fields.field_names()
        said = [forms.text(self.values, "reason")]
        said += [f"{names.get(row['field'], '')}: {row['text']}" for row in self.comments]
        said += [row["note"] for row in _criteria(self.values)]
        return "\n\n".join(text for text in said if text.strip())

    @property
    def answered(self) -> bool:
        return any(text for row in _criteria(self.values) for text in row.values())


@router.get("/{use_case_code}/{number}")
def show(
    request: Request,
    db: Db,
    me: Me,
    now: Now,
    use_case_code: Code,
    number: int,
    against: Annotated[int | None, Query(ge=0)] = None,
    on: Annotated[str | None, Query(max_length=60)] = None,
) -> HTMLResponse:
    """`on`: the field that the reader is about to comment on."""
    return entry_page(request, db, me.actor, now, use_case_code, number, against=against, on=on)


@router.post("/{use_case_code}/{number}")
def decide(
    request: Request, act: Acting, me: Me, now: Now, form: Form, use_case_code: Code, number: int
) -> Response:
    version = find(act.session, me.actor, use_case_code, number)
    action = _action(form)
    try:
        if action is Action.CLAIM:
            leases.claim(act, version.id, forms.revision(form))
            return see(entry_path(version))
        done = acts.decide(act, version.id, action, _draft(action, form), forms.revision(form))
    except InvalidInput as error:
        attempt = Attempt(action, form, _beside(forms.sentences(error.problems)))
        status = status_of(error)
    except (Stale, WrongState, InOtherHands, AlreadyRead, ForTheLead) as error:
        attempt = Attempt(action, form, {}, words_of(error))
        status = status_of(error)
    else:
        return see(f"{entry_path(version)}{_LEADS_TO[done.recorded]}")
    return entry_page(
        request, act.session, me.actor, now, use_case_code, number, attempt=attempt, status=status
    )


@router.get("/{use_case_code}/{number}/decided")
def decided(
    request: Request, db: Db, me: Me, now: Now, use_case_code: Code, number: int
) -> HTMLResponse:
    """What was decided, where the figure stands, and what waits next."""
    version = find(db, me.actor, use_case_code, number)
    rulings = [r for r in entries.rulings(db, version.use_case_id) if r.version == number]
    if not rulings:
        raise NotFound
    at = moment(db, now)
    return page(
        request,
        "review/decided.html",
        version=version,
        ruling=rulings[0],
        figure=coverage.coverage(db, at),
        city=cities.city(db, version.city_code, at),
        record=deciding.records(db, [rulings[0].position]).get(rulings[0].position),
        next=next(waiting.free(db, me.actor, now, last_of(request)), None),
    )


@router.get("/{use_case_code}/{number}/opinion")
def opinion(
    request: Request, db: Db, me: Me, now: Now, use_case_code: Code, number: int
) -> HTMLResponse:
    """One's own last opinion, what it waits for, and what waits next."""
    version = find(db, me.actor, use_case_code, number)
    own = [
        (found, given)
        for found in opinions.readable(db, me.actor, version.id, version.subject)
        for given in found.given
        if given.own
    ]
    if not own:
        raise NotFound
    found, given = own[-1]
    return page(
        request,
        "review/opinion.html",
        version=version,
        given=given,
        waits_for=found.waits_for,
        next=next(waiting.free(db, me.actor, now, last_of(request)), None),
    )


def entry_page(
    request: Request,
    db: Db,
    actor: Actor,
    now: Now,
    use_case_code: str,
    number: int,
    *,
    against: int | None = None,
    on: str | None = None,
    refused: Refused | None = None,
    attempt: Attempt | None = None,
    tried: Tried | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:
    version = find(db, actor, use_case_code, number)
    visible = entries.versions(db, actor, use_case_code=use_case_code)
    submitted = [v for v in visible if v.submitter_id is not None]
    earlier = [v for v in submitted if v.number < number]
    base = base_of(earlier, against)
    rulings = entries.rulings(db, version.use_case_id)
    records = deciding.records(db, [ruling.position for ruling in rulings])
    drafts = [v.draft for v in (version, base) if v is not None]
    problems = entries.problems_by_id(
        db, sorted({problem_id for draft in drafts for problem_id in draft.problem_ids})
    )
    at = moment(db, now)
    city = cities.city(db, version.city_code, at)
    actions = actions_of(actor, version, now)
    names = fields.field_names()
    reports = reported_stages(db, use_case_code, at.position)
    return page(
        request,
        "review/entry.html",
        status=status,
        version=version,
        versions=submitted,
        earlier=earlier,
        base=base,
        draft=version.draft.upgraded(),
        withheld=version.draft.withheld_on(at.on),
        fields=compared(None if base is None else base.draft, version.draft),
        problems={problem.id: problem for problem in problems},
        proof=proof(
            db,
            version.city_id,
            *drafts,
            hashes=[version.letter_sha256 or ""],
            problems=problems,
        ),
        rulings=rulings,
        records=records,
        names=names,
        criteria=RULE_TEXT[i18n.current().value][CRITERIA.start :],
        rounds=opinions.readable(db, actor, version.id, version.subject),
        twice={action for action in actions if _read_twice(db, at.on, version, action)},
        reason_codes={
            action: deciding.reasons(db, at.on, action) for action in actions if action in DECISIONS
        },
        live=next((v for v in earlier if v.state in PUBLIC_STATES), None),
        city=city,
        city_kinds=(UnitType(city.unit_type), UrbanClass(city.urban_class)) if city else (),
        days=0 if version.submitted_at is None else (at.on - day_of(version.submitted_at)).days,
        findings=findings(version, problems, rulings, reports, city, at.on),
        reports=reports,
        kept=live_cases(db, at, [use_case_code]).get(use_case_code),
        today=at.on,
        move=review.last_move(db, use_case_code, number),
        me=actor,
        actions=[action for action in OFFERED if action in actions],
        why_not=_why_not(actor, version, actions),
        hands=hands(db, actor, version, now, tried),
        may_hand={action.value for action in actions} & HANDING,
        attempt=attempt,
        **reading(db, actor, version, visible, base, rulings, records, at, on=on, refused=refused),
    )


def answered_with(
    request: Request,
    db: Db,
    actor: Actor,
    now: Now,
    version: entries.Version,
    done: int | Refused,
) -> Response:
    """After a comment: its thread on the page, or the page that says why it was not taken."""
    if isinstance(done, int):
        return see(f"{entry_path(version)}#thread-{done}")
    return entry_page(
        request,
        db,
        actor,
        now,
        version.use_case_code,
        version.number,
        refused=done,
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
    )


def _read_twice(db: Db, on: date, version: entries.Version, action: Action) -> bool:
    """Whether what one says is an opinion that needs another's."""
    if action not in READ_TWICE or version.subject.disputed:
        return False
    return (
        bool(version.readers)
        or opinions.needed(db, on, version.id, version.draft, action) is not None
    )


def _action(form: Form) -> Action:
    typed = forms.text(form, "action")
    if typed not in OFFERED:
        raise NotFound
    return Action(typed)


def _draft(action: Action, form: Form) -> DecisionDraft:
    data: dict[str, Any] = {
        "reason": forms.text(form, "reason"),
        "reason_codes": forms.texts(form, "reason_codes"),
        "criteria": [
            {"criterion": n, **row} for n, row in zip(CRITERIA, _criteria(form), strict=True)
        ],
    }
    if action in COMMENTED_DECISIONS:
        data["comments"] = _comments(form)
    if action is Action.APPROVE:
        data["ai_confirmed"] = forms.text(form, "ai_confirmed") == "yes"
    effect = forms.text(form, "effect")
    typed = forms.text(form, "effective_from")
    # A day without the choice that goes with it is not yet a choice.
    if effect:
        data |= {"from_the_start": effect == "start", "effective_from": forms.iso_date(typed)}
    return DecisionDraft.read(data)


def _criteria(form: Form) -> list[dict[str, str]]:
    """The answer typed to each criterion, and the note."""
    return [
        {name: forms.text(form, f"criteria-{place}-{name}") for name in ("met", "note")}
        for place in range(len(CRITERIA))
    ]


def _comments(form: Form) -> list[dict[str, str]]:
    return forms.rows(form, "comments", ("field", "text"))


def _beside(errors: dict[str, str]) -> dict[str, str]:
    """A reason of the list is ticked, not typed: what is wrong with one is said of the list."""
    list_of = "/reason_codes"
    return {list_of if p.startswith(list_of) else p: words for p, words in errors.items()}


def _why_not(actor: Actor, version: entries.Version, actions: Collection[Action]) -> str:
    """Why this person cannot decide where somebody could; empty where they can or nobody can."""
    for action in OFFERED:
        if (version.state, action) in TRANSITIONS and action not in actions:
            try:
                check(actor, action, version.subject)
            except RegistryError as refusal:
                return words_of(refusal)
    return ""
