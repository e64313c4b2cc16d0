"""The words of the register (domain.md §2): states, stages, roles, actions, code lists."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ReviewState(StrEnum):
    """Where a version stands in review. Ours; never the same as `Stage`, which is the city's."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


OPEN_STATES = frozenset({ReviewState.DRAFT, ReviewState.SUBMITTED, ReviewState.IN_REVIEW})
LIVE_STATES = frozenset({ReviewState.APPROVED, ReviewState.SUSPENDED})
PUBLIC_STATES = frozenset(
    {
        ReviewState.APPROVED,
        ReviewState.SUPERSEDED,
        ReviewState.SUSPENDED,
        ReviewState.REVOKED,
    }
)


class Stage(StrEnum):
    """Lifecycle stage of the AI system, as its city tells it. Only `OPERATIONAL` can count."""

    PLANNED = "planned"
    PILOT = "pilot"
    OPERATIONAL = "operational"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class Role(StrEnum):
    CITY_EDITOR = "city_editor"
    CITY_SIGNER = "city_signer"
    REVIEWER = "reviewer"
    LEAD = "lead"
    ADMINISTRATOR = "administrator"


CITY_ROLES = frozenset({Role.CITY_EDITOR, Role.CITY_SIGNER})
# The ministry's people, who see what cities have submitted.
MINISTRY_ROLES = frozenset({Role.REVIEWER, Role.LEAD, Role.ADMINISTRATOR})


class Action(StrEnum):
    """What people do. The first group moves a version along `workflow.TRANSITIONS`."""

    EDIT = "edit"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    REVISE = "revise"
    CLAIM = "claim"
    HAND_BACK = "hand_back"
    REASSIGN = "reassign"
    HAND_OVER = "hand_over"
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    SUSPEND = "suspend"
    REVOKE = "revoke"
    REINSTATE = "reinstate"
    UPHOLD = "uphold"
    TAKE_BACK = "take_back"
    SUPERSEDE = "supersede"

    DECLARE_PROBLEM = "declare_problem"
    WITHDRAW_PROBLEM = "withdraw_problem"
    DECLARE_USE_CASE = "declare_use_case"
    DECLARE_YEAR = "declare_year"
    REPORT_STAGE = "report_stage"
    ATTEST = "attest"
    COMMENT = "comment"
    MODERATE_REPORT = "moderate_report"
    ANSWER_REPORT = "answer_report"
    VIEW_QUEUE = "view_queue"
    CARRY_OVER = "carry_over"
    MANAGE_ROLLS = "manage_rolls"
    MANAGE_PERIODS = "manage_periods"
    REPORT_INDICATOR = "report_indicator"
    REVIEW_INDICATOR = "review_indicator"
    MANAGE_USERS = "manage_users"
    MANAGE_LISTS = "manage_lists"
    SIGN_LEDGER = "sign_ledger"


DECISIONS = frozenset(
    {
        Action.APPROVE,
        Action.RETURN,
        Action.REJECT,
        Action.SUSPEND,
        Action.REVOKE,
        Action.REINSTATE,
    }
)
DATED_DECISIONS = frozenset({Action.APPROVE, Action.SUSPEND, Action.REVOKE, Action.REINSTATE})
# The city answers these, or could have: they say field by field what was wrong.
COMMENTED_DECISIONS = frozenset({Action.RETURN, Action.REJECT})
REASON_REQUIRED = frozenset(
    {
        Action.RETURN,
        Action.REJECT,
        Action.SUSPEND,
        Action.REVOKE,
        Action.UPHOLD,
        Action.TAKE_BACK,
        Action.WITHDRAW,
    }
)


class ProblemArea(StrEnum):
    TRAFFIC = "traffic"
    FLOODING = "flooding"
    ENVIRONMENT = "environment"
    PUBLIC_ORDER = "public_order"
    FOOD_SAFETY = "food_safety"
    HEALTH = "health"
    EDUCATION = "education"
    PUBLIC_SERVICES = "public_services"
    DISASTER = "disaster"
    TOURISM = "tourism"
    OTHER = "other"


class BasisKind(StrEnum):
    """The kind of document by which a city chose its pressing problem."""

    RESOLUTION = "resolution"
    PLAN = "plan"
    DECISION = "decision"
    PROGRAMME = "programme"
    OTHER_DOCUMENT = "other_document"
    PUBLIC_SOURCE = "public_source"


class Technique(StrEnum):
    COMPUTER_VISION = "computer_vision"
    SPEECH = "speech"
    NLP = "nlp"
    GENERATIVE = "generative"
    FORECASTING = "forecasting"
    OPTIMISATION = "optimisation"
    ROBOTICS = "robotics"
    MEDICAL_IMAGING = "medical_imaging"
    OTHER = "other"


class UnitType(StrEnum):
    CENTRAL_CITY = "central_city"
    PROVINCIAL_CITY = "provincial_city"
    MUNICIPAL_CITY = "municipal_city"
    DISTRICT_TOWN = "district_town"
    TOWNSHIP = "township"
    URBAN_AREA = "urban_area"
    WARD = "ward"
    SPECIAL_ZONE = "special_zone"


class UrbanClass(StrEnum):
    """Class of an urban area; a range where the sources support no more."""

    SPECIAL = "special"
    I = "I"  # noqa: E741 - the law's own name of the class
    II = "II"
    II_III = "II-III"
    III = "III"
    III_IV = "III-IV"
    IV = "IV"
    IV_V = "IV-V"
    V = "V"
    UNCLASSIFIED = "unclassified"


class RollSeries(StrEnum):
    """Which denominator: all urban areas (the decision's), or administrative units since 2025."""

    URBAN = "urban"
    ADMINISTRATIVE = "administrative"


class RollDraftState(StrEnum):
    """Where a list stands on its way to a roll."""

    OPEN = "open"
    IN_FORCE = "in_force"
    DISCARDED = "discarded"


class LineageKind(StrEnum):
    MERGE = "merge"
    SPLIT = "split"
    RENAME = "rename"
    UPGRADE = "upgrade"
    DISSOLUTION = "dissolution"
    SUCCESSION = "succession"


class YearStatus(StrEnum):
    """What a city says of itself for a year; saying nothing is not saying "none"."""

    COVERED = "covered"
    IN_PROGRESS = "in_progress"
    NONE = "none"


class CityStatus(StrEnum):
    """The five faces of a city on the map."""

    COUNTED = "counted"
    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    NONE = "none"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Membership:
    """A role, for one city (`CITY_ROLES`) or for the whole register (`city_id` None)."""

    role: Role
    city_id: int | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in person and their roles; `user_id` None is the public."""

    user_id: UUID | None
    memberships: frozenset[Membership] = frozenset()

    def has(self, role: Role, city_id: int | None = None) -> bool:
        return Membership(role, city_id) in self.memberships

    @property
    def city_ids(self) -> frozenset[int]:
        return frozenset(m.city_id for m in self.memberships if m.city_id is not None)

    @property
    def oversees(self) -> bool:
        """True for the ministry's people, who see what cities have submitted."""
        return any(self.has(role) for role in MINISTRY_ROLES)


PUBLIC = Actor(user_id=None)
# Whoever may run the command line on the machine itself.
OPERATOR = Actor(user_id=None, memberships=frozenset({Membership(Role.ADMINISTRATOR, None)}))


@dataclass(frozen=True, slots=True)
class Subject:
    """What is acted on, as far as rules need to know it.

    `state` is None when the subject is not a version (a city, the register itself).
    `editor_id` is who wrote its text last.
    `replaceable` is false when a newer version of the same use case is open or was ever approved,
    `overtaken` is true when one is under review or was ever approved: a draft overtakes nothing.
    `holder_id` is who has it in review now. `reader_ids` are those whose opinions on what is to be
    decided wait for another's; `disputed` is true when such opinions differ. `proposed` is true
    when a revocation was proposed and waits for a second reader or the lead.
    """

    city_id: int | None = None
    state: ReviewState | None = None
    author_id: UUID | None = None
    submitter_id: UUID | None = None
    editor_id: UUID | None = None
    replaceable: bool = True
    overtaken: bool = False
    holder_id: UUID | None = None
    reader_ids: frozenset[UUID] = frozenset()
    disputed: bool = False
    proposed: bool = False


REGISTER = Subject()
