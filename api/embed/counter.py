"""The lending desk's counter: what is asked for, and that it may be kept until the register
changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.deps import Config, Db, When
from api.embed.choice import Size, SizeAsked, Theme, ThemeAsked
from api.pages.conditional import conditional
from registry.queries.moments import Moment
from registry.settings import Settings


@dataclass(frozen=True, slots=True)
class Order:
    """A piece of the register as of `when`, in which colours and how large."""

    request: Request
    db: Session
    config: Settings
    when: Moment
    theme: Theme
    size: Size

    def lent(self, make: Callable[[], Response]) -> Response:
        return lent(self.request, self.when, make)


def _order(
    request: Request,
    db: Db,
    config: Config,
    when: When,
    theme: ThemeAsked = Theme.AUTO,
    size: SizeAsked = Size.M,
) -> Order:
    return Order(request, db, config, when, theme, size)


Ordered = Annotated[Order, Depends(_order)]


def lent(request: Request, seen: Moment, make: Callable[[], Response]) -> Response:
    """What `make` renders of the public register as of `seen`, or 304 where the caller has it.

    The language is in the address and nobody is asked who they are, so nothing else varies it.
    """
    answer = conditional(request, seen, make)
    del answer.headers["Vary"]
    return answer
