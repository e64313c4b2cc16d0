"""The drawing office: a figure through time as SVG or PNG, from plain values alone.

matplotlib draws, on canvases of our own: nothing of pyplot's state, which is the whole process's,
is touched. It is imported when the first chart is asked for, for it is slow to come. The same
values give the same bytes.
"""

import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from html import escape
from itertools import cycle
from typing import TYPE_CHECKING, Any

from api.i18n import number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Format(StrEnum):
    SVG = "svg"
    PNG = "png"


MEDIA_TYPES = {Format.SVG: "image/svg+xml", Format.PNG: "image/png"}


class Width(StrEnum):
    """Wide for a page and for paper; narrow for a telephone, with the same size of letters."""

    WIDE = "wide"
    NARROW = "narrow"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing through time. A value of None is "no data": the line has a gap there."""

    label: str
    points: Sequence[tuple[date, Fraction | None]]


@dataclass(frozen=True, slots=True)
class Aim:
    """A target: the value to be reached on a day."""

    on: date
    value: Fraction
    label: str


@dataclass(frozen=True, slots=True)
class Notch:
    """A day on which what is counted by changed, with a few words: a vertical line."""

    on: date
    label: str


@dataclass(frozen=True, slots=True)
class Fan:
    """Where things may stand on a day to come: a range, never a point."""

    start: date
    value: Fraction
    on: date
    low: Fraction
    high: Fraction
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`text` is the text alternative, which travels inside the SVG.

    At most MOST_LINES lines. `shares`: the values are fractions of one, shown in per cent; else
    numbers.
    """

    title: str
    text: str
    lines: Sequence[Line]
    shares: bool
    aims: Sequence[Aim] = ()
    notches: Sequence[Notch] = ()
    fan: Fan | None = None
    empty: str = ""


# Okabe and Ito's colours but the pale yellow, which tell apart in every kind of colour blindness;
# marks and dashes say the same without any colour.
_COLOURS = ("#8f1d1d", "#0072b2", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
_MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
_DASHES = ("-", "--", "-.", ":")
_INK, _PAPER, _RULE = "#1f2328", "#ffffff", "#d5d9de"
_INCHES = {Width.WIDE: (9.6, 4.8), Width.NARROW: (4.6, 5.0)}
_COLUMNS = {Width.WIDE: 2, Width.NARROW: 1}
_POINTS = 10
_DPI = 144
_MOST_MARKED = 60
# More lines nobody can tell apart: whoever has more shows some, and says so.
MOST_LINES = len(_COLOURS)
# What a line of the legend takes, in inches.
_LEGEND = 0.21

_setting_up = threading.Lock()


def drawn(chart: Chart, form: Format, width: Width = Width.WIDE) -> bytes:
    """The chart as a file."""
    assert len(chart.lines) <= MOST_LINES, "nobody could tell them apart"
    figure = _figure(chart, width)
    out = io.BytesIO()
    if form is Format.PNG:
        figure.savefig(out, format="png", dpi=_DPI, metadata={"Software": None})
        return out.getvalue()
    blank = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(out, format="svg", metadata=blank)
    return _spoken(out.getvalue().decode(), chart).encode()


def _spoken(svg: str, chart: Chart) -> str:
    """With its title and its text alternative, where screen readers look for them."""
    head, tag, rest = svg.partition("<svg ")
    attributes, _, body = rest.partition(">")
    words = (
        f'<title id="chart-title">{escape(chart.title, quote=False)}</title>'
        f'<desc id="chart-text">{escape(chart.text, quote=False)}</desc>'
    )
    named = f'{attributes} role="img" aria-labelledby="chart-title chart-text"'
    return f"{head}{tag}{named}>\n {words}{body}"


def _new_figure(width: Width, lines: int) -> "Figure":
    with _setting_up:
        import matplotlib as mpl  # noqa: PLC0415 - not before somebody wants a chart
        from matplotlib.figure import Figure  # noqa: PLC0415 - the same

        # Letters stay letters: searched, read aloud, a tenth of the size. The salt makes the ids
        # of the drawing the same each time.
        mpl.rcParams.update(
            {
                "svg.fonttype": "none",
                "svg.hashsalt": "city-ai-registry",
                "font.family": ["DejaVu Sans", "sans-serif"],
                "font.size": _POINTS,
                "text.parse_math": False,
                "axes.unicode_minus": False,
            }
        )
    across, high = _INCHES[width]
    rows = -(-lines // _COLUMNS[width])
    return Figure(figsize=(across, high + _LEGEND * rows), facecolor=_PAPER, layout="constrained")


def _figure(chart: Chart, width: Width) -> "Figure":
    figure = _new_figure(width, len(chart.lines))
    axes = figure.add_subplot()
    told = [(on, value) for line in chart.lines for on, value in line.points]
    if not told:
        axes.set_axis_off()
        axes.text(0.5, 0.5, chart.empty, ha="center", va="center", color=_INK, wrap=True)
        return figure
    _lines(axes, chart)
    if chart.fan is not None:
        _fan(axes, chart.fan)
    first = min(on for on, _ in told)
    last = max(
        [on for on, _ in told]
        + [aim.on for aim in chart.aims]
        + ([chart.fan.on] if chart.fan else [])
    )
    middle = first + (last - first) / 2
    for index, aim in enumerate(chart.aims):
        _aim(axes, aim, index, rightwards=aim.on < middle)
    _scales(axes, chart, first, last, width)
    for notch in chart.notches:
        _notch(axes, notch)
    handles = axes.get_legend_handles_labels()[0]
    if len(handles) > 1:
        figure.legend(
            loc="outside lower left",
            ncols=_COLUMNS[width],
            frameon=False,
            fontsize=_POINTS - 1,
        )
    return figure


def _lines(axes: "Axes", chart: Chart) -> None:
    looks = zip(cycle(_COLOURS), cycle(_MARKS), chart.lines, strict=False)
    for index, (colour, mark, line) in enumerate(looks):
        values = [float("nan") if value is None else float(value) for _, value in line.points]
        (made,) = axes.plot(
            _days([on for on, _ in line.points]),
            values,
            label=line.label,
            color=colour,
            linestyle=_DASHES[index % len(_DASHES)],
            marker=mark if len(values) <= _MOST_MARKED else None,
            markersize=4.5,
            linewidth=1.8,
        )
        made.set_gid(f"line-{index}")


def _aim(axes: "Axes", aim: Aim, index: int, *, rightwards: bool) -> None:
    (made,) = axes.plot(
        _days([aim.on]),
        [float(aim.value)],
        linestyle="none",
        marker="*",
        markersize=13,
        color=_INK,
        clip_on=False,
        zorder=5,
    )
    made.set_gid(f"aim-{index}")
    axes.annotate(
        aim.label,
        (_days([aim.on])[0], float(aim.value)),
        xytext=(9 if rightwards else -9, -3),
        textcoords="offset points",
        ha="left" if rightwards else "right",
        va="center",
        color=_INK,
        fontsize=_POINTS - 1,
        bbox={"facecolor": _PAPER, "edgecolor": "none", "pad": 1},
    )


def _fan(axes: "Axes", fan: Fan) -> None:
    made = axes.fill_between(
        _days([fan.start, fan.on]),
        [float(fan.value), float(fan.low)],
        [float(fan.value), float(fan.high)],
        facecolor="#e4dfd4",
        edgecolor=_INK,
        linewidth=0.6,
        hatch="///",
        label=fan.label,
    )
    made.set_gid("fan")


def _notch(axes: "Axes", notch: Notch) -> None:
    at = _days([notch.on])[0]
    axes.axvline(at, color="#545b63", linewidth=0.9, linestyle=":")
    axes.annotate(
        notch.label,
        (at, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(3, -4),
        textcoords="offset points",
        rotation=90,
        va="top",
        fontsize=_POINTS - 2,
        color="#444c56",
    )


def _scales(axes: "Axes", chart: Chart, first: date, last: date, width: Width) -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter  # noqa: PLC0415 - as above
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: PLC0415 - as above

    room = max(3, (last - first).days // 40)
    left, right = _days([first - timedelta(days=room), last + timedelta(days=room)])
    axes.set_xlim(left, right)
    values = [float(value) for line in chart.lines for _, value in line.points if value is not None]
    values += [float(aim.value) for aim in chart.aims]
    if chart.fan is not None:
        values.append(float(chart.fan.high))
    top = max(values, default=0.0)
    limit = 1.0 if chart.shares else float("inf")
    # A line at the very edge cannot be read; a share of more than one would be nonsense.
    axes.set_ylim(0, min(max(top * 1.12, 0.01 if chart.shares else 1.0), limit * 1.04))
    few = 4 if width is Width.NARROW else 8
    # Matplotlib leaves what it has for dates untyped.
    locator = AutoDateLocator(minticks=2, maxticks=few)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    pattern = "%d/%m/%Y" if (last - first).days < 120 else "%m/%Y"
    axes.xaxis.set_major_formatter(DateFormatter(pattern))  # type: ignore[no-untyped-call]  # as above
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=not chart.shares, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(_as_text(chart.shares)))
    axes.grid(axis="y", color=_RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#868e96")
    axes.tick_params(colors=_INK)


def _as_text(shares: bool) -> Callable[[float, Any], str]:
    def told(value: float, _: Any) -> str:
        return percent(Decimal(str(round(value, 6)))) if shares else number(round(value))

    return told


def _days(given: Sequence[date]) -> list[float]:
    """Days as matplotlib counts them: from 1970."""
    epoch = date(1970, 1, 1)
    return [float((on - epoch).days) for on in given]
