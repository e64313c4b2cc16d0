"""The five criteria with what the rule found of each: the same for the public and the city."""

from enum import StrEnum

from api.i18n import pick
from registry.domain.counting import FAILED_CRITERION, RULE_TEXT, Outcome

# The rule presupposes the roll and looks at what was approved before it looks inside.
_EXAMINED = (0, 1, 5, 2, 3, 4)


class Check(StrEnum):
    """What the rule found of one criterion; it stops at the first that fails."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_EXAMINED = "not_examined"


def checks(outcome: Outcome) -> list[tuple[str, Check]]:
    failed = FAILED_CRITERION.get(outcome)
    reached = len(_EXAMINED) if failed is None else _EXAMINED.index(failed)

    def check(criterion: int) -> Check:
        place = _EXAMINED.index(criterion)
        if place == reached:
            return Check.NOT_MET
        return Check.MET if place < reached else Check.NOT_EXAMINED

    texts = zip(RULE_TEXT["vi"], RULE_TEXT["en"], strict=True)
    return [(pick(*pair), check(n)) for n, pair in enumerate(texts) if n > 0]
