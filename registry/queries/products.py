"""Products that cities run, by the names they give them."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.domain.model import PUBLIC_STATES

_MOST = 500


def product_names(session: Session) -> list[str]:
    """The names of products in public entries, those that most cities run first."""
    return list(
        session.scalars(
            text("""
                SELECT v.content ->> 'product' AS name
                FROM use_case_version v JOIN use_case u ON u.id = v.use_case_id
                WHERE v.state = ANY(:public) AND v.content ->> 'product' <> ''
                GROUP BY name ORDER BY count(DISTINCT u.city_id) DESC, name LIMIT :most
            """),
            {"public": sorted(PUBLIC_STATES), "most": _MOST},
        )
    )
