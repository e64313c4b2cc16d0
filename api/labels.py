"""The words shown for the domain's codes: one table per code list.

The code lists of the metadata standard bring their own words.
"""

from collections.abc import Mapping
from enum import StrEnum

from api.i18n import gettext, mark, pick
from registry.domain import standard
from registry.domain.boundaries import AreaChangeKind
from registry.domain.coverage import Verdict
from registry.domain.error_reports import Category, ReportAct, ReportState
from registry.domain.error_reports import Outcome as Reply
from registry.domain.findings import Weight
from registry.domain.indicators import (
    BodyLevel,
    EntryAction,
    EntryState,
    LineKind,
    LineVerdict,
    SupportKind,
)
from registry.domain.lists import ListKind, Standing
from registry.domain.model import (
    Action,
    CityStatus,
    LineageKind,
    ReviewState,
    Role,
    RollDraftState,
    RollSeries,
    UnitType,
    UrbanClass,
    YearStatus,
)
from registry.domain.periods import Phase
from registry.domain.roll_changes import ChangeKind
from registry.domain.series import Step
from registry.domain.similar import Reason as Nearness
from registry.domain.standard import TERMS
from registry.domain.threads import Scope
from registry.domain.trajectory import Course
from registry.domain.waiting import Held, Order, Reading, Round, Service

_LABELS: Mapping[type[StrEnum], Mapping[str, str]] = {
    ReviewState: {
        "draft": mark("Draft"),
        "submitted": mark("Submitted"),
        "in_review": mark("In review"),
        "approved": mark("Approved"),
        "returned": mark("Returned to the city"),
        "rejected": mark("Rejected"),
        "withdrawn": mark("Withdrawn by the city"),
        "superseded": mark("Superseded by a later version"),
        "suspended": mark("Suspended"),
        "revoked": mark("Revoked"),
    },
    Role: {
        "city_editor": mark("City editor"),
        "city_signer": mark("City signer"),
        "reviewer": mark("Reviewer"),
        "lead": mark("Review lead"),
        "administrator": mark("Administrator"),
    },
    Action: {
        "edit": mark("Edit"),
        "submit": mark("Submit"),
        "withdraw": mark("Withdraw"),
        "revise": mark("Write a new version"),
        "claim": mark("Start review"),
        "hand_back": mark("Hand back to the queue"),
        "reassign": mark("Give to another reviewer"),
        "hand_over": mark("Hand over to a second reader"),
        "approve": mark("Approve"),
        "return": mark("Return to the city"),
        "reject": mark("Reject"),
        "suspend": mark("Suspend"),
        "revoke": mark("Revoke"),
        "reinstate": mark("Reinstate"),
        "uphold": mark("Uphold the approval"),
        "take_back": mark("Take the proposal back"),
        "supersede": mark("Supersede"),
        "declare_problem": mark("Declare a pressing problem"),
        "withdraw_problem": mark("Withdraw the problem"),
        "declare_use_case": mark("Declare an AI application"),
        "declare_year": mark("Report the state of the year"),
        "report_stage": mark("Report a suspension or the end of operation"),
        "attest": mark("Confirm that the entry is still true"),
        "comment": mark("Comment on an entry"),
        "moderate_report": mark("Judge reports of errors"),
        "answer_report": mark("Answer reports of errors"),
        "view_queue": mark("See the review queue"),
        "carry_over": mark("Carry over to a successor"),
        "manage_rolls": mark("Manage rolls of cities"),
        "manage_periods": mark("Manage reporting periods"),
        "report_indicator": mark("Report lines of indicators 1, 3 and 4"),
        "review_indicator": mark("Decide on lines of indicators 1, 3 and 4"),
        "manage_users": mark("Manage accounts"),
        "manage_lists": mark("Manage what holds from which day"),
        "sign_ledger": mark("Sign the ledger"),
    },
    Round: {
        "first": mark("First submission"),
        "revision": mark("Revision"),
    },
    Service: {
        "overdue": mark("Overdue"),
        "soon": mark("Due within 3 days"),
    },
    Held: {
        "me": mark("Taken up by me"),
        "nobody": mark("Taken up by nobody"),
        "others": mark("Taken up by others"),
    },
    Reading: {
        "second": mark("A second reading is due"),
        "disputed": mark("Two readers differ"),
    },
    Order: {
        "age": mark("Longest waiting first"),
        "service": mark("Nearest to the service target first"),
        "changed": mark("Last changed first"),
    },
    UnitType: {
        "central_city": mark("Centrally run city"),
        "provincial_city": mark("City under a province"),
        "municipal_city": mark("City under a centrally run city"),
        "district_town": mark("Town of district level"),
        "township": mark("Township"),
        "urban_area": mark("Urban area (no longer an administrative unit)"),
        "ward": mark("Ward"),
        "special_zone": mark("Special zone"),
    },
    UrbanClass: {
        "special": mark("Special class"),
        "I": mark("Class I"),
        "II": mark("Class II"),
        "II-III": mark("Class II or III"),
        "III": mark("Class III"),
        "III-IV": mark("Class III or IV"),
        "IV": mark("Class IV"),
        "IV-V": mark("Class IV or V"),
        "V": mark("Class V"),
        "unclassified": mark("Not classified"),
    },
    RollSeries: {
        "urban": mark("All urban areas"),
        "administrative": mark("Administrative units since 1 July 2025"),
    },
    AreaChangeKind: {
        "merged": mark("Merged into another province"),
        "split": mark("Split, or gave a part away"),
        "succeeded": mark("Succeeded by a new province"),
        "dissolved": mark("Dissolved"),
        "created": mark("New province"),
        "renamed": mark("Renamed"),
        "reshaped": mark("Boundary changed"),
        "moved": mark("Cities that come into another province"),
    },
    RollDraftState: {
        "open": mark("Being prepared"),
        "in_force": mark("In force"),
        "discarded": mark("Discarded"),
    },
    ChangeKind: {
        "merged": mark("Merged into another city"),
        "split": mark("Split, or gave a part away"),
        "succeeded": mark("Succeeded by a new city"),
        "dissolved": mark("Dissolved"),
        "created": mark("New to the register"),
        "added": mark("Added to the roll"),
        "renamed": mark("Renamed"),
        "reclassified": mark("Another type or class"),
        "moved": mark("Another province"),
    },
    LineageKind: {
        "merge": mark("Merger"),
        "split": mark("Split"),
        "rename": mark("Renaming"),
        "upgrade": mark("Upgrade"),
        "dissolution": mark("Dissolution"),
        "succession": mark("Succession"),
    },
    YearStatus: {
        "covered": mark("An application is running"),
        "in_progress": mark("In progress"),
        "none": mark("No application yet"),
    },
    CityStatus: {
        "counted": mark("Counted"),
        "approved": mark("Approved but not counted"),
        "in_progress": mark("Declared: in progress"),
        "none": mark("Declared: none"),
        "silent": mark("No declaration in force"),
    },
    standard.Kind: {
        "line": mark("One line, at most 200 characters"),
        "paragraph": mark("A paragraph, at most 2,000 characters"),
        "long": mark("A text, at most 10,000 characters"),
        "url": mark("A web address"),
        "day": mark("A day"),
        "date": mark("A day, a month or a year"),
        "number": mark("A number"),
        "choice": mark("One of a list"),
        "choices": mark("One or several of a list"),
        "problems": mark("Declared problems of the city"),
        "lines": mark("Several lines"),
        "area": mark("An area on the map (GeoJSON)"),
        "file": mark("A file"),
        "rows": mark("A table of rows"),
    },
    standard.Need: {
        "required": mark("Required"),
        "expected": mark("Expected"),
        "optional": mark("Optional"),
    },
    standard.Outcome: {
        "refused": mark("Nothing is submitted against it"),
        "asked": mark("The reviewer is shown it"),
    },
    Weight: {
        "hinders": mark("Hinders"),
        "ask": mark("To ask"),
        "note": mark("To note"),
    },
    Nearness: {
        "same_text": mark("the same text"),
        "near_text": mark("nearly the same text"),
        "same_name": mark("the same name"),
        "same_product": mark("the same product"),
        "same_provider": mark("the same provider"),
        "same_problem": mark("the same problem"),
    },
    Category: {
        "wrong_fact": mark("Something said is wrong"),
        "not_operating": mark("It is no longer in operation"),
        "does_not_exist": mark("It does not exist"),
        "wrong_place": mark("Wrong city or place"),
        "evidence": mark("A link given as evidence is broken or does not show it"),
        "personal_data": mark("Personal or secret data are shown"),
        "wording": mark("Translation or spelling"),
        "other": mark("Something else"),
    },
    ReportState: {
        "received": mark("Received, not read yet"),
        "dismissed": mark("Not taken up"),
        "forwarded": mark("With the city"),
        "answered": mark("Answered by the city"),
        "closed": mark("Closed"),
        "withdrawn": mark("Withdrawn by the reporter"),
    },
    ReportAct: {
        "dismiss": mark("Do not take up"),
        "forward": mark("Give to the city"),
        "answer": mark("Answer"),
        "return": mark("Send the answer back"),
        "close": mark("Close"),
        "withdraw": mark("Withdraw"),
    },
    Reply: {
        "corrected": mark("We correct it"),
        "right": mark("It is right as it stands"),
    },
    Scope: {
        "city": mark("For the city"),
        "internal": mark("Internal to the ministry"),
    },
    ListKind: {
        "reviewing-bodies": mark("Reviewing bodies"),
        "legal-bases": mark("Legal bases of decisions"),
        "reason-codes": mark("Reasons of decisions"),
        "targets": mark("Targets of the four indicators"),
        "desk-policies": mark("What the desk holds itself to"),
        "risk-schemes": mark("Risk schemes"),
    },
    Standing: {
        "in_force": mark("In force today"),
        "ahead": mark("To come"),
        "over": mark("Over"),
        "withdrawn": mark("Withdrawn before it began"),
    },
    Phase: {
        "ahead": mark("Announced"),
        "open": mark("Open for submissions"),
        "closed": mark("Closed, figure not published yet"),
        "published": mark("Published"),
    },
    LineKind: {
        "service": mark("Fully online public service"),
        "support": mark("AI support of a service"),
        "course": mark("Course in applied AI"),
        "completion": mark("Completion of a course"),
        "body": mark("Ministry- or province-level body"),
        "dataset": mark("Open data set"),
        "total": mark("Official total"),
    },
    SupportKind: {
        "virtual_assistant": mark("Virtual assistant"),
        "automatic_answers": mark("Automatic answers"),
        "software_robot": mark("Software robot"),
        "other": mark("Other"),
    },
    BodyLevel: {
        "ministry": mark("Ministry level"),
        "province": mark("Province level"),
    },
    EntryState: {
        "reported": mark("Waits for review"),
        "approved": mark("Approved"),
        "returned": mark("Returned"),
        "revoked": mark("Revoked"),
    },
    EntryAction: {
        "approve": mark("Approve"),
        "return": mark("Return"),
        "revoke": mark("Revoke"),
    },
    LineVerdict: {
        "new": mark("New"),
        "changed": mark("Changed"),
        "same": mark("No change"),
    },
    Verdict: {
        "met": mark("Met"),
        "not_met": mark("Not met"),
        "no_data": mark("No data"),
    },
    Course: {
        "met": mark("Met"),
        "on_track": mark("On track"),
        "behind": mark("Behind"),
        "far_behind": mark("Far behind"),
        "no_data": mark("No data"),
    },
    Step: {
        "day": mark("By day"),
        "month": mark("By month"),
        "quarter": mark("By quarter"),
        "year": mark("By year"),
    },
}

# What a decision was, once it is taken.
_DONE: Mapping[Action, str] = {
    Action.APPROVE: mark("Approved"),
    Action.RETURN: mark("Returned to the city"),
    Action.REJECT: mark("Rejected"),
    Action.SUSPEND: mark("Suspended"),
    Action.REVOKE: mark("Revoked"),
    Action.REINSTATE: mark("Reinstated"),
}


def label(value: StrEnum) -> str:
    """The word shown for a code, in the reader's language."""
    if type(value) in TERMS:
        words = TERMS[type(value)][value]
        return pick(words.vi, words.en)
    return gettext(_LABELS[type(value)][value.value])


def done(action: Action) -> str:
    return gettext(_DONE[action])
