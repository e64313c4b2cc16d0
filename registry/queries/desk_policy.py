"""What the ministry's desk holds itself to on a day."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.desk import DeskPolicy


def policy(session: Session, on: date) -> DeskPolicy:
    row = (
        session.execute(
            text("""
            SELECT service_days, lease_hours, report_days, sample_percent, high_risk_twice,
                revocation_twice
            FROM desk_policy
            WHERE valid @> CAST(:on AS date) AND withdrawn_position IS NULL
        """),
            {"on": on},
        )
        .mappings()
        .one_or_none()
    )
    return DeskPolicy() if row is None else DeskPolicy(**row)
