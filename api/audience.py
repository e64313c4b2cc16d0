"""Who a route is for. Every route says so; a test counts the doors."""

from enum import StrEnum

from fastapi import params

from api.deps import Me
from registry.domain.errors import Forbidden, SignInRequired
from registry.domain.model import CITY_ROLES, MINISTRY_ROLES


class Audience(StrEnum):
    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    CITY = "city"
    MINISTRY = "ministry"


class Guard:
    """Lets one audience through a door. What they may do behind it is asked again by the act."""

    def __init__(self, audience: Audience) -> None:
        self.audience = audience

    def __call__(self, me: Me) -> None:
        if me.actor.user_id is None:
            raise SignInRequired
        roles = {m.role for m in me.actor.memberships}
        if self.audience is Audience.CITY and not roles & CITY_ROLES:
            raise Forbidden
        if self.audience is Audience.MINISTRY and not roles & MINISTRY_ROLES:
            raise Forbidden


class OpenDoor:
    """Lets everybody through, and asks nothing of the database to do so."""

    audience = Audience.PUBLIC

    def __call__(self) -> None:
        return


def open_to(audience: Audience) -> params.Depends:
    """For `dependencies=[open_to(…)]` of a router or route."""
    guard = OpenDoor() if audience is Audience.PUBLIC else Guard(audience)
    return params.Depends(guard)
