"""An act in progress: who acts, through which session, when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from registry.domain.model import Actor

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Act:
    """`clock` gives UTC with zone; it is asked again after every wait for a lock."""

    session: Session
    actor: Actor
    clock: Clock
    request_id: str = ""
