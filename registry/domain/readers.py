"""First and second readers: who else has to read, what it means that two agree, what comes next.

Pure: policy, risk, what was drawn and what was said come in, the next step goes out.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from registry.domain.deciding import Answer, Number, Opinion
from registry.domain.desk import DeskPolicy
from registry.domain.model import Action

T = TypeVar("T")


class Cause(StrEnum):
    """Why a second reader is needed."""

    REVOCATION = "revocation"
    HIGH_RISK = "high_risk"
    SAMPLE = "sample"


class Seat(StrEnum):
    """As whom an opinion was given; readers are never named to those who read it."""

    FIRST = "first"
    SECOND = "second"
    LEAD = "lead"


class End(StrEnum):
    """How a round of opinions ended."""

    AGREED = "agreed"
    SETTLED = "settled"
    TAKEN_BACK = "taken_back"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class Step(StrEnum):
    """What follows from what somebody says of a version."""

    # Nobody else has to read it.
    DECIDE = "decide"
    # It is the first opinion and waits for another reader's.
    FIRST = "first"
    AGREE = "agree"
    DIFFER = "differ"
    SETTLE = "settle"


class Recorded(StrEnum):
    """What became of what somebody said of a version."""

    DECISION = "decision"
    OPINION = "opinion"
    UPHELD = "upheld"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Done:
    """What was recorded, at which position of the ledger; a decision has its number, an opinion
    waits for somebody."""

    position: int
    recorded: Recorded
    number: Number | None = None
    waits_for: Seat | None = None


# What is said of these by one person does not hold before another has said so too.
READ_TWICE = frozenset({Action.APPROVE, Action.RETURN, Action.REJECT, Action.REVOKE, Action.UPHOLD})

# Sets this use of an event's hash apart from every other.
_DOMAIN = b"city-ai-registry/second-reader/1\n"


def draw(submission: bytes) -> int:
    """The lot of a version, 0 to 99, from the hash of the event of its submission.

    It is fixed before anybody at the ministry has read the version, and everybody who has the
    ledger can draw it again.
    """
    lot = hashlib.sha256(_DOMAIN + submission).digest()
    return int.from_bytes(lot[:8]) * 100 >> 64


def cause(policy: DeskPolicy, action: Action, *, high_risk: bool, drawn: int) -> Cause | None:
    """Why this needs a second reader under the policy of the day, or None."""
    if action is Action.REVOKE:
        return Cause.REVOCATION if policy.revocation_twice else None
    if action not in READ_TWICE:
        return None
    if high_risk and policy.high_risk_twice:
        return Cause.HIGH_RISK
    return Cause.SAMPLE if drawn < policy.sample_percent else None


def agree(first: Opinion, second: Opinion) -> bool:
    """Whether the same follows from both: the act, the day from which it holds, and whether the
    entry can count. Their words and their answers to the other criteria may differ."""
    return (first.action, first.effective_from, first.ai_confirmed) == (
        second.action,
        second.effective_from,
        second.ai_confirmed,
    )


def next_step(needed: Cause | None, given: Sequence[Opinion], said: Opinion) -> Step:
    """`given` are the opinions that wait, oldest first. Once one was given, another is needed even
    if the policy has changed since."""
    if said.action not in READ_TWICE:
        return Step.DECIDE
    if len(given) > 1:
        return Step.SETTLE
    if given:
        return Step.AGREE if agree(given[0], said) else Step.DIFFER
    return Step.DECIDE if needed is None else Step.FIRST


def together(first: Opinion, second: Opinion) -> Opinion:
    """What two readers who agree say as one: the words of both, the first reader's first."""
    return Opinion(
        action=second.action,
        reason="\n\n".join(_once(filter(None, (first.reason, second.reason)))),
        ai_confirmed=second.ai_confirmed,
        effective_from=second.effective_from,
        reasons=_once((*first.reasons, *second.reasons)),
        checklist=tuple(
            _answer(*both) for both in zip(first.checklist, second.checklist, strict=True)
        ),
        comments=_once((*first.comments, *second.comments)),
    )


def _answer(first: Answer, second: Answer) -> Answer:
    """What the two judge differently is neither's judgement; each is kept with its opinion."""
    judged = {answer.met for answer in (first, second)} - {None}
    return Answer(
        second.criterion,
        second.found,
        judged.pop() if len(judged) == 1 else None,
        "\n".join(_once(filter(None, (first.note, second.note)))),
    )


def _once(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))
