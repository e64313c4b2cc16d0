"""The almanac's words: a series named, drawn and told; the same for pages, CSV and API."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from api.charts import MOST_LINES, Aim, Chart, Fan, Notch
from api.charts import Line as Drawn
from api.i18n import day, gettext, mark, ngettext, number, percent, pick
from api.labels import label
from registry.domain.model import ProblemArea, Technique, UnitType, UrbanClass
from registry.domain.series import MOST_POINTS, Denominator, Point, Step, ends, steps_between
from registry.domain.trajectory import Forecast, Goal, Ground
from registry.queries.series import By, Line, Reading, Scope, Series, Weight

SCOPES = {
    Scope.URBAN: mark("All urban areas (as in the decision)"),
    Scope.TOWNS: mark("Cities and towns only, without townships"),
    Scope.ADMINISTRATIVE: mark("Urban administrative units since 1 July 2025"),
}
WEIGHTS = {
    Weight.CITIES: mark("Each city is one"),
    Weight.POPULATION: mark("Each city by its population"),
}
PARTS = {
    By.DENOMINATOR: mark("The denominators side by side"),
    By.PROVINCE: mark("Province, as it was on each day"),
    By.CHAIN: mark("Province of today, with those merged into it added up"),
    By.URBAN_CLASS: mark("Class"),
    By.UNIT_TYPE: mark("Type"),
    By.AREA: mark("Pressing problem"),
    By.TECHNIQUE: mark("AI technique"),
}
GROUNDS = {
    Ground.REACHED: mark("as many count as the target needs"),
    Ground.GROWTH: mark("growth so far beside the growth that is needed"),
    Ground.MISSED: mark("its last day has passed and the target was not reached"),
    Ground.NOTHING_COUNTED: mark("no city counts"),
    Ground.FELL_BELOW: mark("the target had been reached, and was lost again"),
    Ground.NO_ROLL: mark("no list names the cities of that day"),
    Ground.SHORT_HISTORY: mark("less than 90 days of history"),
}
# How the verdict, the pace and the forecast come about; docs/trajectory.md says it at length.
_METHOD = (
    mark(
        "Verdict: from the first day on which any city counted, the compound yearly growth of the"
        " share until now is divided by the growth that would reach the target on its last day."
        " From 95% of it on: on track; from 60%: behind; less, or a fall: far behind. A target is"
        " met only when enough cities count, compared in whole numbers; one whose last day has"
        " passed is judged by that day and is never “on track”."
    ),
    mark(
        "The denominator moves: each day's share uses the roll of that day. What is needed is"
        " worked out with the newest total."
    ),
    mark(
        "Pace: how many more cities counted at the end of each whole quarter than at its beginning;"
        " the pace of the last year is the average of the last four."
    ),
    mark(
        "Forecast: if every quarter to come brings as much as the slower and as the faster quarter"
        " between which at least half of the past ones lie (four quarters at least, the last twelve"
        " at most). It is a range and no promise; with less history there is none."
    ),
    mark(
        "Source: the progress measure of Open SDG, made by Statistics Canada after Eurostat"
        " (docs/progress-methodology.md of open-sdg, MIT licence). Exact integers, moving"
        " denominators, past targets and the forecast are our additions."
    ),
)
_CODE_LISTS = {By.UNIT_TYPE: UnitType, By.AREA: ProblemArea, By.TECHNIQUE: Technique}


def method() -> list[str]:
    """How verdict, pace and forecast come about, in paragraphs."""
    return [gettext(each) for each in _METHOD]


def default_start(end: date, step: Step, rolls_since: date | None) -> date:
    """The first roll's first day, or as far back as the step allows."""
    least = {Step.DAY: 1, Step.MONTH: 28, Step.QUARTER: 90, Step.YEAR: 365}[step]
    furthest = end - timedelta(days=least * (MOST_POINTS - 1))
    first = rolls_since or ends(date(end.year - 1, 12, 31), step)
    return min(end, max(first, furthest))


def line_name(found: Series, line: Line) -> str:
    """What a line is about, in the reader's words."""
    if found.by is None:
        return gettext(SCOPES[found.scope])
    if not line.key:
        return gettext("Not known")
    if found.by is By.DENOMINATOR:
        return gettext(SCOPES[Scope(line.key)])
    if found.by is By.URBAN_CLASS:
        urban_class, _, six = line.key.partition("@")
        name = label(UrbanClass(urban_class))
        classes = gettext("of six classes, until 2025") if six else gettext("of four, since 2026")
        return f"{name} ({classes})"
    kind = _CODE_LISTS.get(found.by)
    if kind is not None:
        return label(kind(line.key))
    name = pick(line.name_vi, line.name_en) or line.key
    if line.until is None or found.by is By.CHAIN:
        return name
    return gettext("%(name)s (until %(day)s)") % {"name": name, "day": day(line.until)}


def step_text(before: Denominator | None, after: Denominator) -> str:
    """What became of the denominator, in a few words for the chart."""
    total = gettext("not known") if after.total is None else number(after.total)
    if before is None or before.total is None:
        return total
    if before.total == after.total:
        return gettext("%(total)s (%(roll)s)") % {"total": total, "roll": after.basis}
    return f"{number(before.total)} → {total}"


def denominator_steps(found: Series, start: date) -> list[tuple[Denominator | None, Denominator]]:
    """Where the denominator of the whole changes; parts have none of their own."""
    if found.by is By.DENOMINATOR or found.scope is Scope.TOWNS:
        return []
    return steps_between(found.denominators, start - timedelta(days=1), found.moment.on)


def told(reading: Reading) -> str:
    """A point as it is read out."""
    if reading.counted is None:
        return gettext("no data")
    return gettext("%(counted)s of %(total)s (%(share)s)") % {
        "counted": number(reading.counted),
        "total": number(reading.total),
        "share": percent(reading.point.share),
    }


def drawn_lines(found: Series) -> Sequence[Line]:
    """Those that a chart has room for: the most counted on the last day first."""
    if len(found.lines) <= MOST_LINES:
        return found.lines
    ranked = sorted(found.lines, key=lambda line: (-_last(line), line.key))
    return ranked[:MOST_LINES]


def _last(line: Line) -> int:
    return line.readings[-1].counted or 0 if line.readings else 0


def chart(
    found: Series, goals: Sequence[Goal] = (), ahead: tuple[Point, Forecast] | None = None
) -> Chart:
    """The series as a chart; with `goals` its scale reaches up to the targets."""
    lines = drawn_lines(found)
    start = found.lines[0].readings[0].on if found.lines else found.moment.on
    return Chart(
        title=title(found),
        text=text_of(found),
        lines=[
            Drawn(line_name(found, line), [(r.on, r.point.value) for r in line.readings])
            for line in lines
        ],
        shares=True,
        aims=[
            Aim(
                goal.due,
                goal.value,
                gettext("%(percent)s%% in %(year)s") % {"percent": goal.percent, "year": goal.year},
            )
            for goal in goals
        ],
        notches=[
            Notch(after.since, step_text(before, after))
            for before, after in denominator_steps(found, start)
        ],
        fan=None if ahead is None else _fan(*ahead),
        empty=gettext("No data"),
    )


def _fan(now: Point, ahead: Forecast) -> Fan | None:
    if now.value is None or not ahead.total:
        return None
    low, high = (Point(ahead.on, n, ahead.total).value for n in (ahead.low, ahead.high))
    assert low is not None
    assert high is not None
    return Fan(now.on, now.value, ahead.on, low, high, gettext("Forecast, as a range"))


def title(found: Series) -> str:
    what = gettext("Cities counted, share of all")
    if found.weight is Weight.POPULATION:
        what = gettext("People in cities counted, share of all whose population is known")
    of = gettext(PARTS[found.by] if found.by else SCOPES[found.scope])
    return f"{what} – {of}"


def text_of(found: Series) -> str:
    """The text alternative of the chart: every point that is drawn."""
    sentences = []
    for line in drawn_lines(found):
        points = "; ".join(f"{day(r.on)}: {told(r)}" for r in line.readings)
        sentences.append(f"{line_name(found, line)}: {points}.")
    hidden = len(found.lines) - len(drawn_lines(found))
    if hidden > 0:
        sentences.append(left_out(hidden))
    return " ".join(sentences) or gettext("No data")


def left_out(hidden: int) -> str:
    return ngettext(
        "The chart leaves out %(shown)s line, which is in the table.",
        "The chart leaves out %(shown)s lines, which are in the table.",
        hidden,
    ) % {"shown": number(hidden)}


def codes(text: str) -> list[str]:
    """City codes as people type them: between commas, semicolons, blanks or lines."""
    return sorted({each for each in re.split(r"[\s,;]+", text) if each})
