"""The words of spreadsheets: how far one has come, what each row would do, what became of it."""

from enum import StrEnum


class SheetState(StrEnum):
    UPLOADED = "uploaded"
    JUDGING = "judging"
    JUDGED = "judged"
    CONFIRMING = "confirming"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


# It can still be stopped; what was taken over before stays.
UNFINISHED = frozenset(
    {SheetState.UPLOADED, SheetState.JUDGING, SheetState.JUDGED, SheetState.CONFIRMING}
)


class Verdict(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


ACCEPTED = frozenset({Verdict.NEW, Verdict.CHANGED})


class Outcome(StrEnum):
    """What became of an accepted row once it was confirmed."""

    TAKEN_OVER = "taken_over"
    NOT_TAKEN_OVER = "not_taken_over"


class Choice(StrEnum):
    """Every row or none of them, or those that were accepted."""

    ALL = "all"
    ACCEPTED = "accepted"
