"""What a city says of its live use cases besides their texts: reported stages, attestations."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.attestation import Due, Term, term
from registry.domain.counting import StageReport, report_in_effect
from registry.domain.model import Stage
from registry.queries.moments import VIET_NAM, Moment


@dataclass(frozen=True, slots=True)
class ReportedStage:
    """A stage that the city reported, and when; by role, not by name."""

    position: int
    stage: Stage
    effective_on: date
    reason: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Attested:
    """The city's word that a version was still true."""

    position: int
    version: int
    attested_on: date
    note: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Live:
    """A use case whose approval stands, and how it is kept up.

    `given_on` is the day of the last word: its approval, or an attestation since. `reports` are
    those that hold for its version.
    """

    use_case_id: UUID
    code: str
    version_id: UUID
    version: int
    revision: int
    city_id: int
    approved_on: date
    attested_on: date | None
    reports: tuple[StageReport, ...]

    @property
    def given_on(self) -> date:
        return max(self.approved_on, self.attested_on or self.approved_on)

    @property
    def term(self) -> Term:
        return term(self.given_on)

    def reported(self, on: date) -> StageReport | None:
        """The report in effect on a day."""
        return report_in_effect(self.reports, on)

    def announced(self, on: date) -> StageReport | None:
        """The next report that has not taken effect on a day."""
        ahead = (r for r in self.reports if r.effective_on > on)
        return min(ahead, key=lambda r: (r.effective_on, -r.position), default=None)

    def due(self, on: date) -> Due | None:
        """None where the text is known to be no longer true: there is nothing to confirm."""
        return None if self.reported(on) else self.term.state(on)


def live_cases(
    session: Session, moment: Moment, codes: Collection[str] | None = None
) -> dict[str, Live]:
    """The use cases whose approval stood as known then, by code; of all, or of these only."""
    rows = session.execute(
        text("""
            WITH last AS (
                SELECT DISTINCT ON (d.use_case_id) d.use_case_id, d.version_id, d.action
                FROM decision d JOIN use_case u ON u.id = d.use_case_id
                WHERE d.action IN ('approve', 'suspend', 'revoke', 'reinstate')
                    AND d.position <= :position
                    AND (CAST(:codes AS text[]) IS NULL OR u.code = ANY(:codes))
                ORDER BY d.use_case_id, d.position DESC
            )
            SELECT u.id AS use_case_id, u.code, u.city_id, v.id AS version_id,
                v.number AS version, v.revision,
                (
                    SELECT CAST(max(event.recorded_at) AT TIME ZONE :zone AS date)
                    FROM decision d JOIN event USING (position)
                    WHERE d.version_id = v.id AND d.action = 'approve' AND d.position <= :position
                ) AS approved_on,
                (
                    SELECT max(a.attested_on) FROM attestation a
                    WHERE a.use_case_id = u.id AND a.position <= :position
                ) AS attested_on,
                ARRAY(
                    SELECT concat_ws(' ', r.stage, r.effective_on, r.position) FROM stage_report r
                    WHERE r.use_case_id = u.id AND r.position <= :position
                        AND r.position > v.submitted_position
                    ORDER BY r.position
                ) AS reports
            FROM last
            JOIN use_case u ON u.id = last.use_case_id
            JOIN use_case_version v ON v.id = last.version_id
            WHERE last.action IN ('approve', 'reinstate')
            ORDER BY u.code
        """),
        {
            "position": moment.position,
            "codes": None if codes is None else sorted(codes),
            "zone": VIET_NAM.key,
        },
    )
    return {row.code: _live(row) for row in rows}


def reported_stages(session: Session, use_case_code: str, position: int) -> list[ReportedStage]:
    """All that the city reported of a use case, as known, newest first."""
    rows = session.execute(
        text("""
            SELECT r.position, r.stage, r.effective_on, r.reason, event.recorded_at
            FROM stage_report r
            JOIN use_case u ON u.id = r.use_case_id
            JOIN event ON event.position = r.position
            WHERE u.code = :code AND r.position <= :position ORDER BY r.position DESC
        """),
        {"code": use_case_code, "position": position},
    )
    return [ReportedStage(**{**row, "stage": Stage(row["stage"])}) for row in rows.mappings()]


def attestations(session: Session, use_case_code: str, position: int) -> list[Attested]:
    """Every attestation of a use case, as known, newest first."""
    rows = session.execute(
        text("""
            SELECT a.position, v.number AS version, a.attested_on, a.note, event.recorded_at
            FROM attestation a
            JOIN use_case u ON u.id = a.use_case_id
            JOIN use_case_version v ON v.id = a.version_id
            JOIN event ON event.position = a.position
            WHERE u.code = :code AND a.position <= :position ORDER BY a.position DESC
        """),
        {"code": use_case_code, "position": position},
    )
    return [Attested(**row) for row in rows.mappings()]


def _live(row: Any) -> Live:
    given: dict[str, Any] = {"reports": tuple(_report(said) for said in row.reports)}
    names = Live.__dataclass_fields__.keys() - given.keys()
    return Live(**{name: getattr(row, name) for name in names}, **given)


def _report(said: str) -> StageReport:
    stage, effective_on, position = said.split(" ")
    return StageReport(Stage(stage), date.fromisoformat(effective_on), int(position))
