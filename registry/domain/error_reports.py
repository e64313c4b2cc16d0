"""The public's letter box: a report of an error, from hand to hand until it is done with. Pure.

Whoever reports is nobody the register knows. A reviewer reads the report first and words it anew:
that wording alone goes to the city, and perhaps to the public. What the reporter wrote, and where
they can be reached, is the reviewers' for as long as it is needed, and nobody else's.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from registry.domain.errors import WrongState
from registry.domain.model import Actor, Role

# How long what the reporter wrote and their address are kept once the report is done with: for a
# question about how it ended. What is not needed any more is not kept (Law 91/2025/QH15).
KEPT_DAYS = 30
# The network a report came from is known by a keyed hash, and only while it limits floods.
NETWORK_KEPT = timedelta(days=1)
# So many reports are taken within a day: from one network (many people share one), about one
# entry (one network alone cannot close its box), of one address for answers, altogether. More is a
# flood, and hides what is meant.
PER_NETWORK = 20
PER_ENTRY = 50
PER_CONTACT = 5
PER_DAY = 500
DAY = timedelta(days=1)
MOST_LINKS = 3
SHORTEST_TEXT = 10
# A city is reminded so many days before its answer is due.
REMIND_DAYS = 3
LONGEST_DAYS = 90
_SATURDAY = 5


class Category(StrEnum):
    """What is wrong with an entry."""

    WRONG_FACT = "wrong_fact"
    NOT_OPERATING = "not_operating"
    DOES_NOT_EXIST = "does_not_exist"
    WRONG_PLACE = "wrong_place"
    EVIDENCE = "evidence"
    PERSONAL_DATA = "personal_data"
    WORDING = "wording"
    OTHER = "other"


class ReportState(StrEnum):
    RECEIVED = "received"
    DISMISSED = "dismissed"
    FORWARDED = "forwarded"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class ReportAct(StrEnum):
    """What is done with a report: by a reviewer, by the city, by the reporter."""

    DISMISS = "dismiss"
    FORWARD = "forward"
    ANSWER = "answer"
    RETURN = "return"
    CLOSE = "close"
    WITHDRAW = "withdraw"


class Outcome(StrEnum):
    """What the city says to a report."""

    CORRECTED = "corrected"
    RIGHT = "right"


S = ReportState

# docs/workflow.md is made from it. A city that stays silent does not keep a report open for ever:
# once its answer is overdue, the desk may close without one.
MOVES: Mapping[tuple[ReportState, ReportAct], ReportState] = {
    (S.RECEIVED, ReportAct.DISMISS): S.DISMISSED,
    (S.RECEIVED, ReportAct.FORWARD): S.FORWARDED,
    (S.RECEIVED, ReportAct.WITHDRAW): S.WITHDRAWN,
    (S.FORWARDED, ReportAct.ANSWER): S.ANSWERED,
    (S.FORWARDED, ReportAct.CLOSE): S.CLOSED,
    (S.FORWARDED, ReportAct.WITHDRAW): S.WITHDRAWN,
    (S.ANSWERED, ReportAct.RETURN): S.FORWARDED,
    (S.ANSWERED, ReportAct.CLOSE): S.CLOSED,
    (S.ANSWERED, ReportAct.WITHDRAW): S.WITHDRAWN,
}
ENDED = frozenset({S.DISMISSED, S.CLOSED, S.WITHDRAWN})
# The city may be asked again, and then answers again; all else is done once.
REPEATED = frozenset({ReportAct.ANSWER, ReportAct.RETURN})
# What asks the city for an answer by a last day.
ASKING = frozenset({ReportAct.FORWARD, ReportAct.RETURN})
# What a city reads at all: what was forwarded to it.
FOR_THE_CITY = frozenset({S.FORWARDED, S.ANSWERED, S.CLOSED})


def leads_to(state: ReportState, act: ReportAct, due_on: date | None, today: date) -> ReportState:
    """The state `act` leads to. Raises WrongState where there is no such move (yet)."""
    reached = MOVES.get((state, act))
    if reached is None:
        raise WrongState
    if (state, act) == (S.FORWARDED, ReportAct.CLOSE) and not overdue(state, due_on, today):
        raise WrongState
    return reached


def possible(state: ReportState, due_on: date | None, today: date) -> frozenset[ReportAct]:
    """What can be done with a report in this state today, by whoever may."""
    return frozenset(
        act
        for act in ReportAct
        if (state, act) in MOVES
        and ((state, act) != (S.FORWARDED, ReportAct.CLOSE) or overdue(state, due_on, today))
    )


def overdue(state: ReportState, due_on: date | None, today: date) -> bool:
    """Whether the city has let its last day pass. Days are those of Viet Nam."""
    return state is S.FORWARDED and due_on is not None and due_on < today


def last_day(asked_on: date, days: int) -> date:
    """The last day of a term of so many days from the day after `asked_on`. One that would end on a
    weekly day of rest ends on the Monday after (Civil Code 91/2015/QH13, art. 147 and 148)."""
    return working_day(asked_on + timedelta(days=days))


def working_day(day: date) -> date:
    """The day itself, or the Monday after a Saturday or Sunday."""
    rest = 7 - day.weekday()
    return day + timedelta(days=rest) if day.weekday() >= _SATURDAY else day


def erased_before(now: datetime) -> datetime:
    """What was done with before this moment is erased as far as it is personal."""
    return now - timedelta(days=KEPT_DAYS)


def reads_reporter(actor: Actor, city_id: int) -> bool:
    """Whether `actor` may read what the reporter wrote, and where they can be reached."""
    return actor.has(Role.REVIEWER) and city_id not in actor.city_ids


@dataclass(frozen=True, slots=True)
class About:
    """What a report is about: an application in the version that was shown, or (no application) a
    city."""

    city_code: str
    use_case_code: str = ""
    version: int | None = None

    @property
    def path(self) -> str:
        """Of its public page, without a language."""
        if self.use_case_code:
            return f"/use-cases/{self.use_case_code}"
        return f"/cities/{self.city_code}"


_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


def links_in(text: str) -> int:
    return len(_LINK.findall(text))


def folded(text: str) -> str:
    """What two texts have in common that differ in case, blanks and punctuation only."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())
