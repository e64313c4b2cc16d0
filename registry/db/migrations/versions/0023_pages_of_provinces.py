"""Provinces have a page of their own by now: map programs are given its address, and no longer that
of a list of cities."""

from collections.abc import Sequence

from alembic import op

revision: str = "0023"
down_revision: str | Sequence[str] | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PROVINCES = """
    CREATE OR REPLACE VIEW ogc.provinces WITH (security_barrier) AS
    SELECT province.code, province.name_vi, province.name_en,
        CAST(coalesce(cities.total, 0) AS integer) AS cities,
        CAST(coalesce(cities.counted, 0) AS integer) AS counted,
        province.approximate, moment.today AS as_of,
        moment.origin || '{page}' || province.code AS url,
        CAST(province.geom AS geometry(MultiPolygon, 4326)) AS geom
    FROM ogc.moment
    JOIN province_known province ON province.valid @> moment.today
        AND province.known @> moment.position
    LEFT JOIN (
        SELECT province_code, count(*) AS total, count(*) FILTER (WHERE counted) AS counted
        FROM ogc.cities GROUP BY province_code
    ) cities ON cities.province_code = province.code
"""


def upgrade() -> None:
    op.execute(_PROVINCES.format(page="/vi/provinces/"))


def downgrade() -> None:
    op.execute(_PROVINCES.format(page="/vi/cities?province="))
