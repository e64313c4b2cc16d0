"""The two chairs: who has to read as well, when two agree, and what comes of it."""

from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.deciding import Answer, Comment, Mark, Opinion, Reason
from registry.domain.desk import DeskPolicy
from registry.domain.model import Action
from registry.domain.readers import READ_TWICE, Cause, Step, agree, cause, draw, next_step, together

STRICT = DeskPolicy(sample_percent=10, high_risk_twice=True, revocation_twice=True)
NONE = DeskPolicy()
CHECKLIST = tuple(Answer(n, Mark.JUDGE) for n in range(1, 6))


def said(action: Action = Action.APPROVE, **changes: object) -> Opinion:
    plain = Opinion(
        action=action,
        reason="",
        ai_confirmed=action is Action.APPROVE,
        effective_from=None,
        reasons=(),
        checklist=CHECKLIST,
        comments=(),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "action", "high_risk", "drawn", "expected"),
    [
        (NONE, Action.APPROVE, True, 0, None),
        (NONE, Action.REVOKE, True, 0, None),
        (STRICT, Action.APPROVE, True, 99, Cause.HIGH_RISK),
        (STRICT, Action.REJECT, False, 9, Cause.SAMPLE),
        (STRICT, Action.RETURN, False, 10, None),
        (STRICT, Action.REVOKE, False, 99, Cause.REVOCATION),
        # One cause each, so that rates can be told apart.
        (STRICT, Action.REVOKE, True, 0, Cause.REVOCATION),
        (STRICT, Action.APPROVE, True, 0, Cause.HIGH_RISK),
        (STRICT, Action.SUSPEND, True, 0, None),
        (STRICT, Action.REINSTATE, True, 0, None),
        (replace(STRICT, sample_percent=100), Action.APPROVE, False, 99, Cause.SAMPLE),
        (replace(STRICT, sample_percent=0), Action.APPROVE, False, 0, None),
        # What is of high risk is in the sample too, where high risk alone asks for nobody.
        (replace(STRICT, high_risk_twice=False), Action.APPROVE, True, 3, Cause.SAMPLE),
    ],
)
def test_who_needs_a_second_reader(
    policy: DeskPolicy, action: Action, high_risk: bool, drawn: int, expected: Cause | None
) -> None:
    assert cause(policy, action, high_risk=high_risk, drawn=drawn) is expected


def test_the_lot_is_drawn_again_by_anybody_and_falls_evenly() -> None:
    assert draw(bytes(32)) == draw(bytes(32))
    # The recipe, as docs/decisions.md has it.
    lot = sha256(b"city-ai-registry/second-reader/1\n" + bytes(32)).digest()
    assert draw(bytes(32)) == int.from_bytes(lot[:8], "big") * 100 // 2**64
    lots = [draw(sha256(str(n).encode()).digest()) for n in range(10_000)]
    assert set(lots) == set(range(100))
    assert 900 < sum(lot < 10 for lot in lots) < 1100


@pytest.mark.parametrize(
    ("needed", "waiting", "now", "expected"),
    [
        (None, [], said(), Step.DECIDE),
        (Cause.SAMPLE, [], said(), Step.FIRST),
        (Cause.SAMPLE, [said()], said(), Step.AGREE),
        # The policy may have changed since the first opinion.
        (None, [said()], said(), Step.AGREE),
        (Cause.SAMPLE, [said()], said(Action.REJECT, reason="r"), Step.DIFFER),
        # Whether it can count is part of the decision.
        (Cause.SAMPLE, [said()], said(ai_confirmed=False), Step.DIFFER),
        (
            Cause.REVOCATION,
            [said(Action.REVOKE, effective_from=date(2025, 1, 1))],
            said(Action.REVOKE, effective_from=date(2025, 1, 2)),
            Step.DIFFER,
        ),
        (Cause.REVOCATION, [said(Action.REVOKE)], said(Action.REVOKE), Step.AGREE),
        (Cause.REVOCATION, [said(Action.REVOKE)], said(Action.UPHOLD), Step.DIFFER),
        (Cause.SAMPLE, [said(), said(Action.REJECT)], said(), Step.SETTLE),
        # Suspending while a revocation is proposed stays one person's.
        (Cause.REVOCATION, [said(Action.REVOKE)], said(Action.SUSPEND), Step.DECIDE),
        (Cause.REVOCATION, [said(Action.REVOKE)], said(Action.REINSTATE), Step.DECIDE),
    ],
)
def test_what_comes_next(
    needed: Cause | None, waiting: list[Opinion], now: Opinion, expected: Step
) -> None:
    assert next_step(needed, waiting, now) is expected


opinions = st.builds(
    said,
    st.sampled_from(sorted(READ_TWICE)),
    reason=st.sampled_from(["", "a", "b"]),
    ai_confirmed=st.booleans(),
    effective_from=st.sampled_from([None, date(2025, 1, 1), date(2025, 2, 1)]),
    reasons=st.sampled_from([(), (Reason("x", "x", "x"),), (Reason("y", "y", "y"),)]),
    comments=st.sampled_from([(), (Comment("title", "t"),)]),
    checklist=st.tuples(
        *(
            st.builds(Answer, st.just(n), st.just(Mark.JUDGE), st.sampled_from([None, True, False]))
            for n in range(1, 6)
        )
    ),
)


@given(opinions, opinions)
def test_agreement_is_mutual_and_what_is_said_together_agrees_with_both(
    first: Opinion, second: Opinion
) -> None:
    assert agree(first, second) == agree(second, first)
    assert agree(first, first)
    if not agree(first, second):
        return
    both = together(first, second)
    assert agree(both, first)
    for one in (first, second):
        assert one.reason in both.reason
        assert set(one.reasons) <= set(both.reasons)
        assert set(one.comments) <= set(both.comments)
    for mine, theirs, joint in zip(first.checklist, second.checklist, both.checklist, strict=True):
        # Nobody is said to have judged what they did not.
        assert joint.met in {mine.met, theirs.met, None}
        if {mine.met, theirs.met} == {True, False}:
            assert joint.met is None
        if mine.met is None:
            assert joint.met is theirs.met
    assert together(first, first).reason == first.reason


@given(opinions)
def test_an_opinion_is_read_as_it_was_kept(opinion: Opinion) -> None:
    assert Opinion.read(opinion.as_json()) == opinion
