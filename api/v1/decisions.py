"""Decisions by their number: what each rests on, and what a checker compares with the ledger."""

from base64 import b64encode
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import WithJsonSchema

from api.answers import Content, as_json, to_reader
from api.audience import Audience, open_to
from api.deciding import found_decision
from api.deps import Db, Me, Now
from api.openapi import MAY_SIGN_IN, reading
from api.v1.shapes import Instant, Shape
from registry.domain.deciding import Mark, Opinion, Record
from registry.domain.model import Action, Role
from registry.domain.permissions import sees_notes
from registry.queries import tree
from registry.queries.moments import moment
from registry.queries.proofs import Sealed, Side, proof_of

router = APIRouter(prefix="/decisions", tags=["decisions"])

Slug = Annotated[
    str, Path(), WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{6,9}$"})
]


class Words(Shape):
    vi: str
    en: str


class ReasonShape(Words):
    code: str


class CriterionShape(Shape):
    """`note` is shown to the city and the ministry only."""

    criterion: int
    found: Mark
    met: bool | None
    note: str | None


class CommentShape(Shape):
    field: str
    text: str


class OpinionShape(Shape):
    """What one reader said; never under a name. `comments` and the notes of the checklist are shown
    to the city and the ministry only."""

    action: Action
    reason: str
    reason_codes: list[ReasonShape]
    ai_confirmed: bool
    effective_from: date | None
    checklist: list[CriterionShape]
    comments: list[CommentShape] | None


class DecisionRecordShape(Shape):
    """`opinions` are those of the first and the second reader, in this order, where a second reader
    was needed. Where the two had differed (`settled_difference`) the lead decided, and only the
    ministry reads what they had said. `record_sha256` is that of the record in canonical JSON (RFC
    8785), as the event of the ledger at `position` holds it; `intact` says whether the two agree.
    `comments` are shown to the city and the ministry only."""

    number: str
    position: int
    event_hash: str
    decided_at: Instant
    action: Action
    role: Role
    body: Words | None
    legal_bases: list[Words]
    rule: str
    use_case: str
    version: int
    content_sha256: str | None
    reason: str
    reason_codes: list[ReasonShape]
    ai_confirmed: bool
    effective_from: date | None
    checklist: list[CriterionShape]
    comments: list[CommentShape] | None
    settled_difference: bool
    opinions: list[OpinionShape]
    record_sha256: str
    intact: bool


class ProofStep(Shape):
    """`hash` stands on this side of what was found so far: SHA-256(0x01 ‖ left ‖ right)."""

    side: Side
    hash: str


class ProofHead(Shape):
    """What was signed (`signed_text`), with what (`signature`, base64 of Ed25519 over it), by which
    key, also as OpenSSL reads it. `signed_at` is the register's own word."""

    size: int
    root: str
    signed_at: Instant
    key: str
    signed_text: str
    signature: str
    public_key_pem: str
    note: str


class DecisionProof(Shape):
    """Everything to work out that the decision is not younger than a signed head, without this
    register. Begin with `leaf_hash` = SHA-256(0x00 ‖ event_hash) and go along `path` to the head's
    root. `head`, the first that covers the event, is null until one is signed. `verified` says what
    the register itself found just now: the event's hash from all its content (`unaltered`), the way
    (`included`), the signature (`signed`), and that the latest head goes on from this one
    (`goes_on`)."""

    number: str
    position: int
    decided_at: Instant
    event_hash: str
    record_sha256: str
    content_sha256: str | None
    leaf_hash: str | None
    path: list[ProofStep]
    root: str | None
    head: ProofHead | None
    verified: dict[str, bool]


@router.get(
    "/{decision}",
    response_model=DecisionRecordShape,
    responses=reading(HTTPStatus.NOT_FOUND, HTTPStatus.PERMANENT_REDIRECT),
    dependencies=[open_to(Audience.PUBLIC)],
    openapi_extra=MAY_SIGN_IN,
)
def one(request: Request, db: Db, me: Me, now: Now, decision: Slug) -> Response:
    """A decision by its number in the form 2026-000123, for whoever may read its version."""

    def answer() -> Content:
        found = found_decision(db, me.actor, decision)
        between = sees_notes(me.actor, found.version.subject)
        record = found.record
        return as_json(
            DecisionRecordShape(
                number=str(record.number),
                position=found.position,
                event_hash=found.event_hash,
                decided_at=found.decided_at,
                action=found.action,
                role=found.role,
                body=None if record.body is None else Words.model_validate(record.body),
                legal_bases=[Words.model_validate(basis) for basis in record.bases],
                rule=record.rule,
                use_case=found.version.use_case_code,
                version=found.version.number,
                content_sha256=found.version.content_sha256,
                reason=found.reason,
                ai_confirmed=found.ai_confirmed,
                effective_from=found.effective_from,
                **_kept(record, between),
                settled_difference=record.settled,
                opinions=[opinion_shape(each, between) for each in found.opinions],
                record_sha256=record.sha256,
                intact=found.intact,
            )
        )

    return to_reader(request, me.actor, moment(db, now), answer)


@router.get(
    "/{decision}/proof",
    response_model=DecisionProof,
    responses=reading(HTTPStatus.NOT_FOUND, HTTPStatus.PERMANENT_REDIRECT),
    dependencies=[open_to(Audience.PUBLIC)],
    openapi_extra=MAY_SIGN_IN,
)
def proof(request: Request, db: Db, me: Me, now: Now, decision: Slug) -> Response:
    """That the decision was not invented later: the way from its event to a signed head."""

    def answer() -> Content:
        found = found_decision(db, me.actor, decision)
        proven = proof_of(db, found.position)
        sealed = proven.sealed
        return as_json(
            DecisionProof(
                number=str(found.record.number),
                position=found.position,
                decided_at=found.decided_at,
                event_hash=proven.event_hash.hex(),
                record_sha256=found.record.sha256,
                content_sha256=found.version.content_sha256,
                leaf_hash=None if sealed is None else sealed.leaf.hex(),
                path=[]
                if sealed is None
                else [ProofStep(side=step.side, hash=step.hash.hex()) for step in sealed.steps],
                root=None if sealed is None else sealed.head.root.hex(),
                head=None if sealed is None else _proof_head(sealed),
                verified={
                    "unaltered": proven.unaltered and found.intact,
                    "included": sealed is not None and sealed.included,
                    "signed": sealed is not None and sealed.signed,
                    "goes_on": sealed is not None and sealed.goes_on,
                },
            )
        )

    # Signing a head is no event, and changes this.
    signed_at = tree.signed_at(db)
    return to_reader(request, me.actor, moment(db, now), answer, changed=signed_at)


def _proof_head(sealed: Sealed) -> ProofHead:
    return ProofHead(
        size=sealed.head.size,
        root=sealed.head.root.hex(),
        signed_at=sealed.head.signed_at,
        key=str(sealed.head.key),
        signed_text=sealed.text,
        signature=b64encode(sealed.signature).decode(),
        public_key_pem=sealed.head.key.pem(),
        note=sealed.head.note,
    )


def opinion_shape(opinion: Opinion, between: bool) -> OpinionShape:
    """`between`: its reader is of the city or the ministry."""
    return OpinionShape(
        action=opinion.action,
        reason=opinion.reason,
        ai_confirmed=opinion.ai_confirmed,
        effective_from=opinion.effective_from,
        **_kept(opinion, between),
    )


def _kept(said: Opinion | Record, between: bool) -> dict[str, Any]:
    return {
        "reason_codes": [ReasonShape.model_validate(reason) for reason in said.reasons],
        "checklist": [
            CriterionShape(
                criterion=each.criterion,
                found=each.found,
                met=each.met,
                note=each.note if between else None,
            )
            for each in said.checklist
        ],
        "comments": [CommentShape.model_validate(each) for each in said.comments]
        if between
        else None,
    }
