"""The ministry's desk: opinions that wait for a second reader or the lead, and how that ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from registry.actions.act import Act
from registry.actions.ledger import Ledger
from registry.actions.notify import tell
from registry.db.tables import OpinionRow, RoundEnd, UseCase, UseCaseVersion
from registry.domain.deciding import Opinion
from registry.domain.messages import MessageKind
from registry.domain.model import Action
from registry.domain.readers import Cause, End, Seat
from registry.domain.use_case import read_text
from registry.queries import opinions
from registry.queries.addressees import entry
from registry.queries.moments import today

# A proposal to revoke an approval leaves the version as it is; these are all that is written of it.
_KINDS = {Action.UPHOLD: "version.uphold", Action.TAKE_BACK: "version.take_back"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """The round in which the next opinion is given: `cause` None where none is needed."""

    number: int
    cause: Cause | None
    given: Sequence[Opinion]


def waiting(act: Act, version: UseCaseVersion, action: Action) -> Waiting:
    """The round that is open on a locked version; else what one would be for, by the policy in
    force today."""
    session = act.session
    for found in opinions.rounds(session, act.actor, version.id):
        if found.end is None:
            said = [given.opinion for given in found.given]
            return Waiting(found.number, found.cause, said)
    text = read_text(version.standard, version.content)
    needed = opinions.needed(session, today(act.clock()), version.id, text, action)
    return Waiting(opinions.next_round(session, version.id), needed, ())


def note(
    act: Act,
    ledger: Ledger,
    version: UseCaseVersion,
    action: Action,
    role: str,
    seat: Seat,
    found: Waiting,
    told: dict[str, str],
) -> int:
    """Records of an opinion, or of its taking back, that it was: not under the name of the use
    case, whose history the city reads. Returns its position."""
    code = act.session.get_one(UseCase, version.use_case_id).code
    return ledger.append(
        _KINDS.get(action, "version.opinion") if seat is not Seat.SECOND else "version.opinion",
        role,
        "opinion",
        f"{code}/{version.number}",
        {"round": found.number, "seat": seat.value, **told},
    )


def give(
    act: Act,
    version: UseCaseVersion,
    found: Waiting,
    seat: Seat,
    said: Opinion,
    reader_id: UUID,
    position: int,
) -> None:
    """Keeps an opinion, in the transaction of its event."""
    act.session.add(
        OpinionRow(
            position=position,
            use_case_id=version.use_case_id,
            version_id=version.id,
            author_id=version.author_id,
            submitter_id=version.submitter_id,
            actor_id=reader_id,
            round=found.number,
            seat=seat.value,
            cause=None if found.cause is None else found.cause.value,
            action=said.action.value,
            said=said.as_json(),
        )
    )
    act.session.flush()


def end_round(session: Session, version_id: UUID, position: int, outcome: End) -> None:
    """Ends the round that is open on a version, if one is."""
    if not opinions.readers(session, version_id):
        return
    number = opinions.next_round(session, version_id) - 1
    session.add(
        RoundEnd(version_id=version_id, round=number, position=position, outcome=outcome.value)
    )
    session.flush()


def tell_leads(act: Act, version_id: UUID) -> None:
    """The leads hear that two readers differ; not on what, nor who they are."""
    about = entry(act.session, version_id, act.clock())
    readers = set(opinions.readers(act.session, version_id))
    tell(
        act,
        MessageKind.DIFFERENCE,
        [lead for lead in opinions.leads(act.session, about.city_id) if lead not in readers],
        link=f"/review/{about.use_case}/{about.version}",
        city_vi=about.city_vi,
        city_en=about.city_en,
        use_case=about.use_case,
        version=about.version,
        title_vi=about.title_vi,
        title_en=about.title_en,
    )
