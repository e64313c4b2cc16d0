"""The tables, in the order of the domain: places, rolls, people, entries, facts, ledger.

What must never be wrong is refused here and not only in Python: overlapping dates, unknown
states, a second live version, a decider who is the author, a changed ledger.
"""

from registry.db.tables.base import Base
from registry.db.tables.deciding import (
    DecisionRecord,
    DeskPolicyRow,
    LegalBasis,
    ReasonCode,
    ReviewingBody,
    RiskScheme,
)
from registry.db.tables.entries import (
    Evidence,
    Problem,
    UseCase,
    UseCaseVersion,
    VersionProblem,
    VersionStage,
)
from registry.db.tables.error_reports import (
    ErrorReport,
    ErrorReportReminder,
    ErrorReportStep,
    ErrorReportWords,
)
from registry.db.tables.facts import (
    Attestation,
    AttestationReminder,
    CarryOver,
    CarryOverEnd,
    Decision,
    StageReport,
    StandingRow,
    YearDeclaration,
)
from registry.db.tables.files import FileHolding, LinkState, StoredFile
from registry.db.tables.indicators import (
    IndicatorDecision,
    IndicatorEntry,
    IndicatorSheet,
)
from registry.db.tables.ledger import EventRow, IdempotencyKey, LedgerHead
from registry.db.tables.messages import Mail, MailChoice, Message
from registry.db.tables.opinions import OpinionRow, RoundEnd
from registry.db.tables.people import (
    AccountKey,
    MembershipRow,
    SignInFailure,
    UserAccount,
    WebSession,
)
from registry.db.tables.periods import PeriodExtension, PublishedFigure, ReportingPeriod
from registry.db.tables.places import (
    City,
    CityLineage,
    CityPeriod,
    CityPeriodPast,
    Province,
    ProvincePast,
)
from registry.db.tables.reviewing import DeskVisit, SavedFilter, VersionReading
from registry.db.tables.rolls import Drafted, ProvinceDraft, Roll, RollDraft, RollEntry, Target
from registry.db.tables.search import SearchEntry, SearchWord
from registry.db.tables.sheets import SheetRow, SheetUpload
from registry.db.tables.threads import CommentRow, CommentThread
from registry.db.tables.tree import TreeHead, TreeKey, TreeNode

__all__ = [
    "AccountKey",
    "Attestation",
    "AttestationReminder",
    "Base",
    "CarryOver",
    "CarryOverEnd",
    "City",
    "CityLineage",
    "CityPeriod",
    "CityPeriodPast",
    "CommentRow",
    "CommentThread",
    "Decision",
    "DecisionRecord",
    "DeskPolicyRow",
    "DeskVisit",
    "Drafted",
    "ErrorReport",
    "ErrorReportReminder",
    "ErrorReportStep",
    "ErrorReportWords",
    "EventRow",
    "Evidence",
    "FileHolding",
    "IdempotencyKey",
    "IndicatorDecision",
    "IndicatorEntry",
    "IndicatorSheet",
    "LedgerHead",
    "LegalBasis",
    "LinkState",
    "Mail",
    "MailChoice",
    "MembershipRow",
    "Message",
    "OpinionRow",
    "PeriodExtension",
    "Problem",
    "Province",
    "ProvinceDraft",
    "ProvincePast",
    "PublishedFigure",
    "ReasonCode",
    "ReportingPeriod",
    "ReviewingBody",
    "RiskScheme",
    "Roll",
    "RollDraft",
    "RollEntry",
    "RoundEnd",
    "SavedFilter",
    "SearchEntry",
    "SearchWord",
    "SheetRow",
    "SheetUpload",
    "SignInFailure",
    "StageReport",
    "StandingRow",
    "StoredFile",
    "Target",
    "TreeHead",
    "TreeKey",
    "TreeNode",
    "UseCase",
    "UseCaseVersion",
    "UserAccount",
    "VersionProblem",
    "VersionReading",
    "VersionStage",
    "WebSession",
    "YearDeclaration",
]
