"""What happened, in words: one sentence of it, what was said, and where to read on."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from api.i18n import current, day, gettext, mark, pick
from api.labels import label
from registry.queries.happenings import DECISIONS, Happening, Kind

_WHAT: Mapping[Kind, str] = {
    Kind.APPROVED: mark("Application approved"),
    Kind.SUSPENDED: mark("Approval suspended"),
    Kind.REVOKED: mark("Approval revoked"),
    Kind.REINSTATED: mark("Approval reinstated"),
    Kind.STAGE_REPORTED: mark("Application no longer in operation"),
    Kind.CARRIED_OVER: mark("Application carried over to a successor city"),
    Kind.CARRY_OVER_ENDED: mark("Carrying over taken back"),
    Kind.PROBLEM_DECLARED: mark("Pressing problem declared"),
    Kind.PROBLEM_WITHDRAWN: mark("Pressing problem withdrawn"),
    Kind.ROLL_IN_FORCE: mark("Roll of cities put in force"),
    Kind.ROLL_NAMED: mark("Names added to a roll of cities"),
    Kind.FIGURE_PUBLISHED: mark("Figure published"),
}
# A carrying over rests on an act; what is told of other kinds is a reason.
_BASES = frozenset({Kind.CARRIED_OVER, Kind.ROLL_IN_FORCE, Kind.ROLL_NAMED})


@dataclass(frozen=True, slots=True)
class Told:
    """A happening for the reader. `address` is a path of the site; `details` are pairs of a word
    and what was said, which is people's text."""

    what: str
    title: str
    city: str
    address: str
    details: tuple[tuple[str, str], ...]

    @property
    def headline(self) -> str:
        """All of it on one line."""
        where = f" ({self.city})" if self.city else ""
        return f"{self.what}: {self.title}{where}"

    @property
    def html(self) -> str:
        """The same in full, with everything from people escaped."""
        lines = [Markup("<p>{}</p>").format(self.headline)]
        lines += [Markup("<p>{}: {}</p>").format(*each) for each in self.details]
        return str(Markup("").join(lines))


def what(kind: Kind) -> str:
    return gettext(_WHAT[kind])


def told(each: Happening) -> Told:
    details: list[tuple[str, str]] = []
    if each.number is not None:
        details.append((gettext("Decision"), str(each.number)))
    if each.stage is not None:
        details.append((gettext("Stage"), label(each.stage)))
    if each.effective_on is not None:
        details.append((_day_word(each.kind), day(each.effective_on)))
    if each.reason:
        word = gettext("Legal basis") if each.kind in _BASES else gettext("Reason")
        details.append((word, each.reason))
    return Told(
        what=what(each.kind),
        title=pick(each.title, each.title_en),
        city=pick(each.city_vi, each.city_en),
        address=_address(each),
        details=tuple(details),
    )


def _day_word(kind: Kind) -> str:
    return gettext("Day of the figure") if kind is Kind.FIGURE_PUBLISHED else gettext("Holds from")


def _address(each: Happening) -> str:
    here = f"/{current()}"
    if each.number is not None:
        return f"{here}/decisions/{each.number.slug}"
    if each.kind in DECISIONS:
        return f"{here}/use-cases/{each.key}?version={each.version}"
    if each.kind in {Kind.PROBLEM_DECLARED, Kind.PROBLEM_WITHDRAWN}:
        return f"{here}/cities/{each.city_code}"
    if each.kind in {Kind.ROLL_IN_FORCE, Kind.ROLL_NAMED}:
        return f"{here}/rule#{each.key}"
    if each.kind is Kind.FIGURE_PUBLISHED:
        return f"{here}/figures/{each.key}"
    return f"{here}/use-cases/{each.key}"
