"""Talk about an entry: who reads what, whose turn it is, and what a blind reader is spared."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from registry.domain.model import Actor, Membership, ReviewState, Role, Subject
from registry.domain.threads import (
    Comment,
    Reading,
    Saying,
    Scope,
    Side,
    Thread,
    readable,
    side_in,
)

HUE, VINH = 46, 40
WRITER, SIGNER, FIRST, SECOND, LEAD = (UUID(int=n) for n in range(1, 6))
NOON = datetime(2026, 11, 28, 5, tzinfo=UTC)
LATER = datetime(2026, 11, 28, 6, tzinfo=UTC)


def actor(user: UUID, *roles: tuple[Role, int | None]) -> Actor:
    return Actor(user, frozenset(Membership(role, city) for role, city in roles))


CITY = actor(WRITER, (Role.CITY_EDITOR, HUE))
REVIEWER = actor(SECOND, (Role.REVIEWER, None))
ENTRY = Subject(HUE, ReviewState.IN_REVIEW, WRITER, SIGNER)


def said(
    by: UUID, role: Role, saying: Saying = Saying.SAID, at: datetime = NOON, position: int = 7
) -> Comment:
    return Comment(position, 1, saying, "Lời", by, "Tên Người", role, at)


def thread(*comments: Comment, scope: Scope = Scope.CITY) -> Thread:
    return Thread(7, "title", scope, comments)


ASKED = said(FIRST, Role.REVIEWER)
ANSWERED = said(WRITER, Role.CITY_EDITOR)
SETTLED = said(FIRST, Role.REVIEWER, Saying.SETTLED)
REOPENED = said(WRITER, Role.CITY_EDITOR, Saying.REOPENED)


@pytest.mark.parametrize(
    ("comments", "settled", "waits_for"),
    [
        ((ASKED,), False, Side.CITY),
        ((ASKED, ANSWERED), False, Side.MINISTRY),
        ((ASKED, ANSWERED, SETTLED), True, None),
        ((ASKED, SETTLED, REOPENED), False, Side.MINISTRY),
        ((ANSWERED,), False, Side.MINISTRY),
    ],
)
def test_whose_turn_it_is(
    comments: tuple[Comment, ...], settled: bool, waits_for: Side | None
) -> None:
    found = thread(*comments)
    assert (found.settled, found.waits_for) == (settled, waits_for)
    assert thread(*comments, scope=Scope.INTERNAL).waits_for is None


def test_who_opened_it_settles_it_and_either_side_opens_it_again() -> None:
    asked, settled = thread(ASKED), thread(ASKED, SETTLED)
    assert asked.sayings(Side.MINISTRY) == (Saying.SAID, Saying.SETTLED)
    assert asked.sayings(Side.CITY) == (Saying.SAID,)
    assert settled.sayings(Side.MINISTRY) == settled.sayings(Side.CITY) == (Saying.REOPENED,)
    assert asked.sayings(None) == settled.sayings(None) == ()


@pytest.mark.parametrize(
    ("who", "side"),
    [
        (CITY, Side.CITY),
        (REVIEWER, Side.MINISTRY),
        (actor(LEAD, (Role.LEAD, None)), Side.MINISTRY),
        (actor(LEAD, (Role.ADMINISTRATOR, None)), None),
        (actor(LEAD, (Role.CITY_SIGNER, VINH)), None),
        (Actor(None), None),
        # A hand in both: one speaks for one's city.
        (actor(LEAD, (Role.CITY_SIGNER, HUE), (Role.REVIEWER, None)), Side.CITY),
        (actor(WRITER, (Role.REVIEWER, None)), None),
    ],
)
def test_for_whom_one_speaks(who: Actor, side: Side | None) -> None:
    assert side_in(who, ENTRY) is side


@pytest.mark.parametrize(
    "who",
    [
        CITY,
        actor(LEAD, (Role.CITY_SIGNER, HUE), (Role.REVIEWER, None)),
        actor(WRITER, (Role.REVIEWER, None)),
        actor(SIGNER, (Role.LEAD, None)),
    ],
)
def test_what_is_internal_is_not_for_who_has_a_hand_in_the_entry(who: Actor) -> None:
    found = readable([thread(ASKED, scope=Scope.INTERNAL), thread(ASKED, ANSWERED)], who, [ENTRY])
    assert [each.scope for each in found] == [Scope.CITY]
    # And of the ministry's people they learn the role.
    assert [c.name for c in found[0].comments] == ["", "Tên Người"]


def test_the_ministry_reads_all_of_it_with_names() -> None:
    everything = [thread(ASKED, scope=Scope.INTERNAL), thread(ASKED, ANSWERED)]
    assert readable(everything, REVIEWER, [ENTRY]) == everything


def reading(*readers: UUID, disputed: bool = False) -> Reading:
    subject = Subject(
        HUE,
        ReviewState.SUBMITTED,
        WRITER,
        SIGNER,
        reader_ids=frozenset(readers),
        disputed=disputed,
    )
    return Reading(subject, NOON)


OF_THE_FIRST = thread(said(FIRST, Role.REVIEWER, at=LATER))
ANSWER_TO_IT = thread(said(FIRST, Role.REVIEWER, at=LATER), said(WRITER, Role.CITY_EDITOR))
IN_ANOTHERS = thread(said(LEAD, Role.LEAD, at=LATER), said(FIRST, Role.REVIEWER, at=LATER))


@pytest.mark.parametrize("scope", list(Scope))
def test_a_second_reader_reads_nothing_of_the_first_ones(scope: Scope) -> None:
    threads = [Thread(7, "title", scope, t.comments) for t in (OF_THE_FIRST, ANSWER_TO_IT)]
    assert readable(threads, REVIEWER, [ENTRY], [reading(FIRST)]) == []
    # In the thread of another the words of the first are left out.
    (left,) = readable([IN_ANOTHERS], REVIEWER, [ENTRY], [reading(FIRST)])
    assert [c.author_id for c in left.comments] == [LEAD]


def test_what_was_said_before_the_version_came_is_no_opinion_on_it() -> None:
    earlier = thread(said(FIRST, Role.REVIEWER, at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert readable([earlier], REVIEWER, [ENTRY], [reading(FIRST)]) == [earlier]


@pytest.mark.parametrize(
    ("who", "open_reading"),
    [
        (REVIEWER, reading(FIRST, SECOND)),
        (actor(FIRST, (Role.REVIEWER, None)), reading(FIRST)),
        (actor(LEAD, (Role.LEAD, None)), reading(FIRST, SECOND, disputed=True)),
        (REVIEWER, reading()),
        (CITY, reading(FIRST)),
    ],
)
def test_who_gave_an_opinion_settles_a_dispute_or_is_the_city_reads_on(
    who: Actor, open_reading: Reading
) -> None:
    found = readable([OF_THE_FIRST], who, [ENTRY], [open_reading])
    assert [t.id for t in found] == [7]
