"""Why a city counts or not, and what comes next: the same words for city, reviewer and public."""

from collections.abc import Mapping

from api.i18n import gettext, mark
from registry.domain.counting import Outcome

_REASONS: Mapping[Outcome, str] = {
    Outcome.COUNTED: mark(
        "Counted because an approved AI application in operation addresses a pressing problem"
        " declared by the city."
    ),
    Outcome.NOT_OPERATIONAL: mark(
        "Not counted because the approved application was not certainly in operation on this day"
        " (criterion 4)."
    ),
    Outcome.AI_NOT_CONFIRMED: mark(
        "Not counted because no reviewer has confirmed that the application uses AI (criterion 3)."
    ),
    Outcome.PROBLEM_NOT_OPEN: mark(
        "Not counted because no problem that the application addresses was declared and open on"
        " this day (criterion 2)."
    ),
    Outcome.SUSPENDED: mark(
        "Not counted because the approval of the application is suspended (criterion 5)."
    ),
    Outcome.REVOKED: mark(
        "Not counted because the approval of the application was revoked (criterion 5)."
    ),
    Outcome.UNDER_REVIEW: mark(
        "Not counted yet because the application that the city submitted is still under review"
        " (criterion 5)."
    ),
    Outcome.RETURNED: mark(
        "Not counted because the application was returned to the city to be completed"
        " (criterion 5)."
    ),
    Outcome.NO_APPLICATION: mark(
        "Not counted because the register holds no AI application of this city (criterion 1)."
    ),
    Outcome.NOT_ON_ROLL: mark(
        "Not counted because the city is not on the roll in force on this day."
    ),
}

_NEXT_STEPS: Mapping[Outcome, str] = {
    Outcome.COUNTED: mark("Keep the entry up to date when the application changes."),
    Outcome.NOT_OPERATIONAL: mark(
        "Once the application is in operation, the city submits a new version with the date and"
        " evidence."
    ),
    Outcome.AI_NOT_CONFIRMED: mark(
        "The city submits a new version that names the AI technique, with evidence of its use."
    ),
    Outcome.PROBLEM_NOT_OPEN: mark(
        "The city declares the pressing problem with the basis of its choice, or links the"
        " application to one that is open."
    ),
    Outcome.SUSPENDED: mark(
        "The city answers the reason of the suspension; a reviewer can then reinstate the entry."
    ),
    Outcome.REVOKED: mark(
        "The city may submit a new version that answers the reason of the revocation."
    ),
    Outcome.UNDER_REVIEW: mark("A reviewer of the ministry decides on the submitted version."),
    Outcome.RETURNED: mark("The city answers the return with a new version."),
    Outcome.NO_APPLICATION: mark(
        "The city declares a pressing problem and the AI application that addresses it."
    ),
    Outcome.NOT_ON_ROLL: mark(
        "The ministry adds the name to the roll when it is recognised as an urban area."
    ),
}


def reason(outcome: Outcome) -> str:
    """Why the city counts, or the first criterion that fails."""
    return gettext(_REASONS[outcome])


def next_step(outcome: Outcome) -> str:
    return gettext(_NEXT_STEPS[outcome])
