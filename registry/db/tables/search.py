"""What readers look for, as words. Made from the texts by the database's own triggers."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from registry.db.tables.base import Base


class SearchEntry(Base):
    """The words of a city, a declared problem, or the public text of a use case.

    `plain` is without marks, weighed by where a word stands; `exact` has them. Keys of products
    and providers are their names without marks and punctuation; empty where there is none, or
    where the city withholds it.
    """

    __tablename__ = "search_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('city', 'problem', 'use_case')", name="kind_known"),
        Index("search_entry_plain_idx", "plain", postgresql_using="gin"),
        Index("search_entry_use_case_id_idx", "use_case_id"),
        Index(
            "search_entry_product_key_idx",
            "product_key",
            postgresql_where=text("product_key <> ''"),
        ),
        Index(
            "search_entry_provider_key_idx",
            "provider_key",
            postgresql_where=text("provider_key <> ''"),
        ),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    use_case_id: Mapped[UUID | None] = mapped_column(ForeignKey("use_case.id"))
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("use_case_version.id"))
    problem_id: Mapped[UUID | None] = mapped_column(ForeignKey("problem.id"))
    product_key: Mapped[str]
    provider_key: Mapped[str]
    plain: Mapped[str] = mapped_column(TSVECTOR)
    exact: Mapped[str] = mapped_column(TSVECTOR)


class SearchWord(Base):
    """A word that some text had, as it is written: what a mistyped one may have meant."""

    __tablename__ = "search_word"
    __table_args__ = (Index("search_word_plain_idx", "plain"),)

    word: Mapped[str] = mapped_column(primary_key=True)
    plain: Mapped[str]
