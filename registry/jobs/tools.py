"""What every job is given to work with."""

from dataclasses import dataclass

from sqlalchemy.orm import Session, sessionmaker

from registry.actions.act import Clock
from registry.settings import Settings


@dataclass(frozen=True, slots=True)
class Tools:
    """A job opens its own transactions: what it has committed stays done when it is run again."""

    sessions: sessionmaker[Session]
    clock: Clock
    settings: Settings
