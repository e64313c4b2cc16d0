"""The lists that administrators keep: where the entries of each stand."""

from collections.abc import Mapping

from registry.db.tables.base import Dated
from registry.db.tables.deciding import (
    DeskPolicyRow,
    LegalBasis,
    ReasonCode,
    ReviewingBody,
    RiskScheme,
)
from registry.db.tables.rolls import Target
from registry.domain.lists import ListKind

LISTS: Mapping[ListKind, type[Dated]] = {
    ListKind.BODIES: ReviewingBody,
    ListKind.LEGAL_BASES: LegalBasis,
    ListKind.REASONS: ReasonCode,
    ListKind.TARGETS: Target,
    ListKind.POLICIES: DeskPolicyRow,
    ListKind.RISK_SCHEMES: RiskScheme,
}
# The column that names the source, where it is called otherwise.
SOURCES: Mapping[ListKind, str] = {ListKind.TARGETS: "legal_basis"}
