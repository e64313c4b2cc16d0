"""Why a city came into a figure or left it after it was published: the event, in words."""

from collections.abc import Mapping

from api.i18n import gettext, mark

_CAUSES: Mapping[str, str] = {
    "version.approve": mark("an application was approved"),
    "version.revoke": mark("an approval was revoked"),
    "version.suspend": mark("an approval was suspended"),
    "version.reinstate": mark("an approval was reinstated"),
    "version.withdraw": mark("the city withdrew an application"),
    "problem.withdrawn": mark("the city withdrew a problem"),
    "use_case.stage_reported": mark("the city reported that an application stopped"),
    "use_case.carried_over": mark("an application was carried over"),
    "use_case.carry_over_ended": mark("a carrying over was taken back"),
    "roll.in_force": mark("another roll was put in force"),
    "roll.named": mark("the roll named the city"),
}
_OTHERWISE = mark("something was recorded")


def cause(kind: str) -> str:
    return gettext(_CAUSES.get(kind, _OTHERWISE))
