"""What a search is asked with, the same for the page and the API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BeforeValidator

from api.pages.listing import Words
from registry.domain.kinds import blank_to_none
from registry.queries.search import FACETS, Order

Value = Annotated[Words, Query(description="One of the values that `facets` names")]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """`chosen` are the facets asked for, with the value of each."""

    q: str
    chosen: Mapping[str, str]
    sort: Order
    page: int

    @property
    def given(self) -> dict[str, str]:
        """The query of a link that leads here again."""
        sort = {} if self.sort is Order.RELEVANCE else {"sort": self.sort.value}
        return {**({"q": self.q} if self.q else {}), **self.chosen, **sort}


def _narrowed(
    q: Annotated[Words, Query(description="Words, with or without marks; or a code")] = "",
    kind: Value = "",
    province: Value = "",
    urban_class: Annotated[Words, Query(alias="class")] = "",
    area: Value = "",
    technique: Value = "",
    stage: Value = "",
    risk: Value = "",
    counted: Value = "",
    year: Value = "",
    product: Value = "",
    provider: Value = "",
    sort: Annotated[
        Order, BeforeValidator(lambda value: blank_to_none(value) or Order.RELEVANCE), Query()
    ] = Order.RELEVANCE,
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> Narrowing:
    values = (
        kind,
        province,
        urban_class,
        area,
        technique,
        stage,
        risk,
        counted,
        year,
        product,
        provider,
    )
    chosen = {name: value for name, value in zip(FACETS, values, strict=True) if value}
    return Narrowing(q, chosen, sort, page)


Narrowed = Annotated[Narrowing, Depends(_narrowed)]
