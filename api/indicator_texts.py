"""The reading desk of the four indicators: names, formulas, and figures as sentences to be read
aloud; the same words on the page, in the chart and for programs."""

from collections.abc import Mapping

from api import i18n
from api.i18n import gettext, mark, ngettext
from registry.domain.indicators import Indicator
from registry.domain.trajectory import Course, Ground, Outlook
from registry.queries.indicator_figures import Figure

_NAMES: Mapping[Indicator, str] = {
    Indicator.SERVICES: mark("Indicator 1: public services with AI support"),
    Indicator.CITIES: mark("Indicator 2: cities with AI on a pressing problem"),
    Indicator.PEOPLE: mark("Indicator 3: people trained in applied AI"),
    Indicator.OPEN_DATA: mark("Indicator 4: bodies that opened data"),
}
_FORMULAS: Mapping[Indicator, str] = {
    Indicator.SERVICES: mark(
        "Fully online public services with an AI application that supports people and firms,"
        " divided by all fully online public services"
    ),
    Indicator.CITIES: mark(
        "Cities with at least one AI application that solves a pressing social problem of the"
        " city, divided by all cities"
    ),
    Indicator.PEOPLE: mark(
        "Number of officials and experts who completed a course in applied AI inside the scheme of"
        " Decision 146/QĐ-TTg"
    ),
    Indicator.OPEN_DATA: mark(
        "Ministry- and province-level bodies that opened data and publish it by the rules on the"
        " national data portal, divided by all ministry- and province-level bodies"
    ),
}
_RULES: Mapping[Indicator, str] = {
    Indicator.SERVICES: mark(
        "A service counts on a day if the list names it on that day and at least one AI support of"
        " it, approved by a reviewer who did not report it, is in use on that day."
    ),
    Indicator.PEOPLE: mark(
        "A person counts from the day of the first course of the scheme they completed, once,"
        " however many follow. Completions reported as numbers stand apart and are never added,"
        " because one person may stand in several of them."
    ),
    Indicator.OPEN_DATA: mark(
        "A body counts on a day if it exists on that day and at least one of its data sets,"
        " approved by a reviewer who did not report it, is open on that day with an address on the"
        " national data portal, a licence, and in a form that machines read. A body that took the"
        " place of another one counts by data sets reported for itself."
    ),
}
_UNREPORTED: Mapping[Indicator, str] = {
    Indicator.SERVICES: mark(
        "Not yet reported: as of %(day)s the register holds no approved report of fully online"
        " public services with AI support."
    ),
    Indicator.CITIES: mark(
        "No data: as of %(day)s no roll of cities is in force, so there is nothing to be counted"
        " against."
    ),
    Indicator.PEOPLE: mark(
        "Not yet reported: as of %(day)s the register holds no approved report of people who"
        " completed a course in applied AI."
    ),
    Indicator.OPEN_DATA: mark(
        "Not yet reported: as of %(day)s the register holds no approved report of data sets opened"
        " by ministry- and province-level bodies."
    ),
}


def name_of(indicator: Indicator) -> str:
    return gettext(_NAMES[indicator])


def formula(indicator: Indicator) -> str:
    return gettext(_FORMULAS[indicator])


def rule(indicator: Indicator) -> str:
    """How the register counts it; of indicator 2 there is a page of its own."""
    return gettext(_RULES.get(indicator, ""))


def sentence(figure: Figure) -> str:
    """The figure of the day, to be read aloud."""
    point = figure.point
    said = {"day": i18n.day(point.on)}
    if point.counted is None:
        return gettext(_UNREPORTED[figure.indicator]) % said
    said |= {
        "counted": i18n.number(point.counted),
        "total": i18n.number(point.total or 0),
        "share": i18n.percent(point.share),
    }
    return _reported(figure.indicator, point.counted) % said


def _reported(indicator: Indicator, counted: int) -> str:
    match indicator:
        case Indicator.SERVICES:
            return ngettext(
                "As of %(day)s, %(counted)s of %(total)s fully online public services (%(share)s)"
                " has an AI application that supports people and firms.",
                "As of %(day)s, %(counted)s of %(total)s fully online public services (%(share)s)"
                " have an AI application that supports people and firms.",
                counted,
            )
        case Indicator.CITIES:
            return ngettext(
                "As of %(day)s, %(counted)s of %(total)s cities (%(share)s) is counted as having an"
                " AI application that solves at least one pressing social problem of the city.",
                "As of %(day)s, %(counted)s of %(total)s cities (%(share)s) are counted as having"
                " an AI application that solves at least one pressing social problem of the city.",
                counted,
            )
        case Indicator.PEOPLE:
            return ngettext(
                "As of %(day)s, %(counted)s person has completed a course in applied AI of the"
                " scheme.",
                "As of %(day)s, %(counted)s people have completed a course in applied AI of the"
                " scheme.",
                counted,
            )
    return ngettext(
        "As of %(day)s, %(counted)s of %(total)s ministry- and province-level bodies (%(share)s)"
        " has opened data and publishes it by the rules.",
        "As of %(day)s, %(counted)s of %(total)s ministry- and province-level bodies (%(share)s)"
        " have opened data and publish it by the rules.",
        counted,
    )


def apart(figure: Figure) -> str:
    """Of indicator 3: what was reported as numbers only, stated apart."""
    number = 0 if figure.count is None else figure.count.numbers_only
    if not number:
        return ""
    return ngettext(
        "%(shown)s completion was reported as a number only and is not added.",
        "%(shown)s completions were reported as numbers only and are not added: one person may"
        " stand among them more than once.",
        number,
    ) % {"shown": i18n.number(number)}


def aim(found: Outlook) -> str:
    """A target in a few words: "30% in 2024", "100 people in 2024"."""
    goal = found.goal
    if goal.percent is not None:
        return gettext("%(percent)s%% in %(year)s") % {"percent": goal.percent, "year": goal.year}
    number = goal.number or 0
    return ngettext("%(shown)s person in %(year)s", "%(shown)s people in %(year)s", number) % {
        "shown": i18n.number(number),
        "year": goal.year,
    }


def verdict(found: Outlook) -> str:
    """How the figure stands to a target, to be read aloud; how that is judged is said beside it."""
    said = {"aim": aim(found), "day": i18n.day(found.latest.on)}
    if found.missing is None:
        return gettext("Target of %(aim)s: not yet reported.") % said
    if found.course is Course.MET:
        return gettext("Target of %(aim)s: met.") % said
    said["missing"] = i18n.number(found.missing)
    if found.latest.on >= found.goal.due:
        return (
            ngettext(
                "Target of %(aim)s: missed, %(missing)s was missing on %(day)s.",
                "Target of %(aim)s: missed, %(missing)s were missing on %(day)s.",
                found.missing,
            )
            % said
        )
    return gettext(_COURSES[found.course]) % said


_COURSES: Mapping[Course, str] = {
    Course.ON_TRACK: mark("Target of %(aim)s: on track, %(missing)s more are needed."),
    Course.BEHIND: mark("Target of %(aim)s: behind, %(missing)s more are needed."),
    Course.FAR_BEHIND: mark("Target of %(aim)s: far behind, %(missing)s more are needed."),
    Course.NO_DATA: mark(
        "Target of %(aim)s: %(missing)s more are needed; too little has been reported to say"
        " whether it will be met."
    ),
}


def method(found: Outlook) -> str:
    """What a verdict rests on, in numbers; empty where no growth was compared."""
    compared = found.ground is Ground.GROWTH
    if not compared or found.growth is None or found.needed_growth is None:
        return ""
    return gettext("Seen growth %(seen)s a year, needed %(needed)s a year.") % {
        "seen": i18n.percent(found.growth),
        "needed": i18n.percent(found.needed_growth),
    }
