"""The room of chance: random histories, told close together so that their facts collide."""

from datetime import date, timedelta

from hypothesis import strategies as st

from registry.domain.counting import CaseHistory
from registry.domain.dates import PartialDate
from registry.domain.model import Action, Stage
from tests.unit.stories import HUE, STRANGER, SUCCESSOR, Story

CITIES = (HUE, SUCCESSOR, STRANGER)

# Every day near the facts, and the days around what "2024", "2024-12", "2025-01", "2025" mean.
WINDOW: tuple[date, ...] = (
    *(date(2023, 12, 31) + timedelta(days=n) for n in range(3)),
    *(date(2024, 11, 29) + timedelta(days=n) for n in range(4)),
    *(date(2024, 12, 22) + timedelta(days=n) for n in range(20)),
    *(date(2025, 1, 30) + timedelta(days=n) for n in range(4)),
    *(date(2025, 12, 30) + timedelta(days=n) for n in range(4)),
)

ANSWERS = (
    Action.APPROVE,
    Action.APPROVE,
    Action.APPROVE,
    Action.RETURN,
    Action.REJECT,
    Action.SUSPEND,
    Action.REVOKE,
    Action.REINSTATE,
    Action.WITHDRAW,
)

days = st.dates(date(2024, 12, 24), date(2025, 1, 8)).map(date.isoformat)
partial_dates = days | st.sampled_from(["2024", "2024-12", "2025-01", "2025"])
known_positions = st.integers(0, 20)


@st.composite
def stage_dates(draw: st.DrawFn) -> dict[str, str]:
    """Stages in the order they were told: none surely begins before an earlier one, which
    intake refuses and the database's exclusion of overlapping stages with it."""
    names = draw(
        st.sampled_from([["operational"], ["pilot", "operational"], ["operational", "retired"]])
        | st.lists(st.sampled_from([s.value for s in Stage]), unique=True, max_size=3)
    )
    told: dict[str, str] = {}
    for name in names:
        since = draw(partial_dates)
        latest = PartialDate.parse(since).latest
        if all(latest >= PartialDate.parse(earlier).earliest for earlier in told.values()):
            told[name] = since
    return told


@st.composite
def case_histories(draw: st.DrawFn) -> CaseHistory:
    """Any facts in any order: the rule has an answer for all of them, sensible or not."""
    story = Story()
    # A start that can count, or most histories would be about nothing.
    version = story.submit(story.problem(draw(days | st.just("2024"))), **draw(stage_dates()))
    if draw(st.booleans()):
        story.decide(Action.APPROVE, version, draw(st.none() | days))
    for _ in range(draw(st.integers(0, 12))):
        _tell_one_more(story, draw)
    return story.case


def _tell_one_more(story: Story, draw: st.DrawFn) -> None:
    versions = [v.id for v in story.case.versions]
    problems = [p.id for p in story.case.problems]
    standing = [p.id for p in story.case.problems if p.withdrawn is None]
    facts = ["decide", "decide", "decide", "submit", "problem", "carry_over", "report"]
    facts += ["take_back"] if story.case.carry_overs else []
    facts += ["withdraw"] if standing else []
    match draw(st.sampled_from(facts)):
        case "decide":
            action = draw(st.sampled_from(ANSWERS))
            story.decide(
                action,
                draw(st.sampled_from(versions)),
                draw(st.none() | days),
                ai_confirmed=action is Action.APPROVE and draw(st.integers(0, 4)) > 0,
            )
        case "submit":
            chosen = draw(st.sets(st.sampled_from(problems), min_size=1))
            story.submit(*sorted(chosen), **draw(stage_dates()))
        case "problem":
            story.problem(draw(partial_dates))
        case "carry_over":
            story.carry_over(draw(st.sampled_from([SUCCESSOR, STRANGER])), draw(days))
        case "take_back":
            carried = [c.to_city_id for c in story.case.carry_overs]
            story.take_back(draw(st.sampled_from(carried)), draw(days))
        case "report":
            story.report(draw(st.sampled_from([Stage.SUSPENDED, Stage.RETIRED])), draw(days))
        case _:
            story.withdraw_problem(draw(st.sampled_from(standing)), draw(days))
