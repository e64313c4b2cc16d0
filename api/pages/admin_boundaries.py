"""The administrator's desk: provinces' boundaries - taking a file in, looking through what it
changes, putting it in force."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from api import forms, i18n
from api.archipelagos import archipelagos
from api.audience import Audience, open_to
from api.deps import Acting, Db, Form, FormWithFiles, Me, Now, Today
from api.field_words import sentence
from api.i18n import gettext, mark
from api.openapi import GEOJSON
from api.pages.admin_confirming import page_asked, seen, unconfirmed_words, word_for
from api.pages.listing import leaf_of
from api.refusals import status_of, words_of
from api.rendering import page
from maps.outlines import Drawing, drawing
from registry.actions import boundaries as acts
from registry.domain.boundaries import GONE_ON, AreaChange, AreaChangeKind
from registry.domain.boundary_intake import (
    MOST_BYTES,
    BoundaryChoicesDraft,
    BoundaryDraftBody,
    BoundaryFactsDraft,
    read_collection,
)
from registry.domain.errors import (
    FieldProblem,
    InvalidInput,
    NotFound,
    RegistryError,
    Stale,
    WrongState,
)
from registry.domain.geometry import square_kilometres
from registry.domain.model import REGISTER, Action, RollDraftState
from registry.domain.permissions import check
from registry.queries.boundaries import (
    BoundaryDossier,
    boundary_dossier,
    boundary_draft,
    boundary_drafts,
    outlines_on,
    province_effects,
)
from registry.queries.provinces import to_edit

router = APIRouter(prefix="/admin/boundaries", dependencies=[open_to(Audience.MINISTRY)])

_NAMES = {
    "name_vi": mark("Name in Vietnamese"),
    "name_en": mark("Name in English"),
    "valid_from": mark("In force from"),
    "approximate": mark("How exact they are"),
    "legal_basis": mark("Legal basis"),
    "source_vi": mark("Source, in Vietnamese"),
    "source_en": mark("Source, in English"),
    "source_url": mark("Address of the source"),
    "file": mark("The file"),
}
_NOTICES = {
    "taken-in": mark("The file was taken in. Nothing is in force yet: look through what changes."),
    "chosen": mark("The choices were recorded."),
    "confirmed": mark("The changes were confirmed."),
    "in-force": mark("The boundaries were put in force."),
    "discarded": mark("The file was put aside."),
}
_MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that was refused: what was typed, what is wrong with it."""

    values: dict[str, Any]
    errors: dict[str, str]
    refused: RegistryError


@router.get("")
def every(request: Request, db: Db, me: Me, today: Today) -> Response:
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    return page(
        request,
        "admin/boundaries.html",
        drafts=boundary_drafts(db),
        provinces=outlines_on(db, today),
    )


@router.get("/now.geojson")
def now_in_force(db: Db, me: Me, today: Today) -> Response:
    """The provinces of today as a file to change and upload as the next one."""
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    headers = {
        "Content-Disposition": 'attachment; filename="provinces.geojson"',
        "Cache-Control": "private, no-store",
    }
    content = json.dumps(to_edit(db, today), ensure_ascii=False, separators=(",", ":"))
    return Response(content, headers=headers, media_type=GEOJSON)


@router.get("/new")
def new_form(request: Request, me: Me) -> Response:
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    return _form_page(request, {"approximate": "true"}, [])


@router.post("/new")
def new(request: Request, me: Me, act: Acting, form: FormWithFiles) -> Response:
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    typed = {name: forms.text(form.texts, name) for name in BoundaryFactsDraft.model_fields}
    given: dict[str, Any] = forms.filled(typed)
    if "valid_from" in given:
        given["valid_from"] = forms.iso_date(given["valid_from"])
    sent = form.file("file")
    problems: list[FieldProblem] = []
    facts, areas = None, None
    try:
        facts = BoundaryFactsDraft.read(given)
    except InvalidInput as error:
        problems += error.problems
    if sent is None:
        problems.append(FieldProblem("/file", "required"))
    else:
        try:
            areas = read_collection(sent.content.read(MOST_BYTES + 1))
        except InvalidInput as error:
            problems += error.problems
    if facts is None or areas is None or sent is None:
        return _form_page(request, typed, problems)
    try:
        body = BoundaryDraftBody(boundaries=facts, areas=areas)
        name = "".join(c for c in sent.name if c.isprintable())[:200]
        row = acts.start_boundaries(act, body, name)
    except InvalidInput as error:
        return _form_page(request, typed, error.problems)
    return _see(row.id, "?done=taken-in")


@router.get("/drafts/{draft_id}")
def show(request: Request, db: Db, me: Me, now: Now, draft_id: UUID, done: str = "") -> Response:
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    return _overview(request, db, now, draft_id, done=done)


@router.post("/drafts/{draft_id}")
def change(request: Request, me: Me, act: Acting, now: Now, draft_id: UUID, form: Form) -> Response:
    """Records choices, puts the boundaries in force or aside, as `action` says."""
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    revision = forms.revision(form)
    try:
        match forms.text(form, "action"):
            case "choose":
                acts.choose_provinces(act, draft_id, _choices(form), revision)
                done = "chosen"
            case "force":
                acts.put_boundaries_in_force(act, draft_id, revision)
                done = "in-force"
            case "discard":
                acts.discard_boundaries(act, draft_id, revision)
                done = "discarded"
            case _:
                raise NotFound
    except (InvalidInput, Stale, WrongState) as error:
        attempt = Attempt(form, _beside_choices(error, form), error)
        return _overview(request, act.session, now, draft_id, attempt=attempt)
    return _see(draft_id, f"?done={done}")


@router.get("/drafts/{draft_id}/{kind}")
def changes(
    request: Request,
    db: Db,
    me: Me,
    draft_id: UUID,
    kind: AreaChangeKind,
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
    done: str = "",
) -> Response:
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    return _changes_page(request, db, draft_id, kind, number=number, done=done)


@router.post("/drafts/{draft_id}/{kind}")
def confirm(
    request: Request, me: Me, act: Acting, draft_id: UUID, kind: AreaChangeKind, form: Form
) -> Response:
    """Confirms the ticked changes or all of the kind, or keeps a city where it is."""
    check(me.actor, Action.MANAGE_ROLLS, REGISTER)
    at = page_asked(form)
    try:
        match forms.text(form, "action"):
            case "confirm" | "confirm-all":
                found = _dossier(act.session, draft_id)
                word = word_for(form, found.plan.of(kind), found.draft.is_confirmed)
                acts.confirm_boundaries(act, draft_id, word, forms.revision(form))
                done = "confirmed"
            case "choose":
                acts.choose_provinces(act, draft_id, _choices(form), forms.revision(form))
                done = "chosen"
            case _:
                raise NotFound
    except (InvalidInput, Stale, WrongState) as error:
        errors = forms.sentences(error.problems) if isinstance(error, InvalidInput) else {}
        attempt = Attempt(form, errors, error)
        return _changes_page(request, act.session, draft_id, kind, number=at, attempt=attempt)
    return _see(draft_id, f"/{kind}?done={done}&page={at}")


def _choices(form: dict[str, Any]) -> BoundaryChoicesDraft:
    """Only what was filled in: a field left empty says nothing."""
    typed = {name: forms.text(form, name).strip() for name in form}
    return BoundaryChoicesDraft.read(
        {
            "areas": [
                {"area": name.removeprefix("area-"), "code": code}
                for name, code in typed.items()
                if name.startswith("area-") and code
            ],
            "cities": [
                {"city_code": name.removeprefix("city-"), "province_code": code}
                for name, code in typed.items()
                if name.startswith("city-") and code
            ],
        }
    )


def _beside_choices(error: RegistryError, form: dict[str, Any]) -> dict[str, str]:
    """Problems with choices, each at the field of its area or city."""
    if not isinstance(error, InvalidInput):
        return {}
    found = {}
    for problem in error.problems:
        match problem.pointer.split("/"):
            case ["", ("areas" | "cities") as part, index, *_] if index.isdigit():
                prefix = {"areas": "area-", "cities": "city-"}[part]
                filled = [n for n in form if n.startswith(prefix) and forms.text(form, n).strip()]
                name = filled[int(index)] if int(index) < len(filled) else ""
                found[f"/{name.replace('-', '/')}"] = sentence(problem)
            case _:
                found["/"] = sentence(problem)
    return found


def _dossier(db: Session, draft_id: UUID) -> BoundaryDossier:
    draft = boundary_draft(db, draft_id)
    if draft is None:
        raise NotFound
    return boundary_dossier(db, draft)


def _overview(
    request: Request,
    db: Session,
    now: Now,
    draft_id: UUID,
    *,
    done: str = "",
    attempt: Attempt | None = None,
) -> Response:
    found = _dossier(db, draft_id)
    is_open = found.draft.state is RollDraftState.OPEN
    kinds = [(kind, found.plan.of(kind)) for kind in AreaChangeKind]
    return page(
        request,
        "admin/boundary_draft.html",
        status=HTTPStatus.OK if attempt is None else status_of(attempt.refused),
        found=found,
        draft=found.draft,
        is_open=is_open,
        kinds=[
            (kind, len(those), sum(found.draft.is_confirmed(c) for c in those))
            for kind, those in kinds
            if those
        ],
        country=_country(found) if is_open else None,
        effects=province_effects(db, found, now) if is_open else [],
        hindrances=_hindrances(found) if is_open else [],
        codes=[(code, f"{area.name_vi} ({code})") for code, area in found.plan.areas.items()],
        values={} if attempt is None else attempt.values,
        errors={} if attempt is None else attempt.errors,
        refused="" if attempt is None else words_of(attempt.refused),
        notice=gettext(_NOTICES.get(done, "")),
    )


def _country(found: BoundaryDossier) -> Drawing:
    """All outlines, with the labels that every map of Viet Nam shows."""
    return drawing(
        [outline.shape for outline in found.before.values()],
        [outline.shape for outline in found.draft.outlines],
        marks=[
            (*each.geometry.coordinates[:2], i18n.pick(said.label_vi, said.label_en))
            for each in archipelagos().features
            for said in (each.properties,)
        ],
    )


def _hindrances(found: BoundaryDossier) -> list[str]:
    said = {sentence(p): None for p in found.hindrances if p.code != "not_confirmed"}
    return [*said, *unconfirmed_words(len(found.unconfirmed))]


def _changes_page(
    request: Request,
    db: Session,
    draft_id: UUID,
    kind: AreaChangeKind,
    *,
    number: int,
    done: str = "",
    attempt: Attempt | None = None,
) -> Response:
    found = _dossier(db, draft_id)
    of_kind = found.plan.of(kind)
    leaf = leaf_of(of_kind, number)
    return page(
        request,
        "admin/boundary_changes.html",
        status=HTTPStatus.OK if attempt is None else status_of(attempt.refused),
        found=found,
        draft=found.draft,
        is_open=found.draft.state is RollDraftState.OPEN,
        kind=kind,
        goes_on=kind in GONE_ON,
        leaf=leaf,
        drawings={c.key: _drawn(found, c) for c in leaf.rows if kind is not AreaChangeKind.MOVED},
        size=square_kilometres,
        open_ones=sum(not found.draft.is_confirmed(c) for c in of_kind),
        seen=seen(of_kind),
        codes=[(code, f"{area.name_vi} ({code})") for code, area in found.plan.areas.items()],
        values=attempt.values if attempt else {"decree": str(found.draft.facts["legal_basis"])},
        errors={} if attempt is None else attempt.errors,
        refused="" if attempt is None else words_of(attempt.refused),
        notice=gettext(_NOTICES.get(done, "")),
    )


def _drawn(found: BoundaryDossier, change: AreaChange) -> Drawing:
    """The province before, and what it is from then on or goes on in."""
    after = [found.plan.areas[code] for code in change.heirs]
    after += [change.after] if change.after is not None else []
    return drawing(
        [] if change.before is None else [change.before.shape],
        [area.shape for area in after],
        around=[area.shape for area in found.draft.outlines if area not in after],
    )


def _form_page(
    request: Request, values: dict[str, str], problems: Sequence[FieldProblem]
) -> Response:
    """What is wrong with features of the file is said apart: there can be much of it."""
    own = {f"/boundaries/{name}": f"/{name}" for name in _NAMES}
    of_fields, in_file = [], []
    for problem in problems:
        pointer = own.get(problem.pointer, problem.pointer)
        if pointer.removeprefix("/") in _NAMES:
            of_fields.append(FieldProblem(pointer, problem.code, problem.params))
        else:
            in_file.append(problem)
    if in_file:
        of_fields.append(FieldProblem("/file", "see_features", {"number": str(len(in_file))}))
    return page(
        request,
        "admin/boundary_new.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        values=values,
        errors=forms.sentences(of_fields),
        features=[(p.pointer.removeprefix("/"), sentence(p)) for p in in_file[:_MOST_SHOWN]],
        more_features=max(0, len(in_file) - _MOST_SHOWN),
        names={name: gettext(words) for name, words in _NAMES.items()},
        exactness=[
            ("true", gettext("Approximate: for shading a map only")),
            ("false", gettext("As the source lays them down")),
        ],
        megabytes=MOST_BYTES // 1_000_000,
    )


def _see(draft_id: UUID, rest: str) -> Response:
    address = f"/{i18n.current()}/admin/boundaries/drafts/{draft_id}{rest}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
