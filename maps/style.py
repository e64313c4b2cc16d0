"""The map room's palette: bands, marks and colours, said once for Python, script and legend."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Band:
    """Provinces where at least `from_percent` of the cities are counted, up to the next band."""

    from_percent: int
    fill: str


@dataclass(frozen=True)
class Mark:
    """How a city of one status is drawn. The shape says the status where colour cannot."""

    status: str
    shape: str
    colour: str
    radius: float


# A cool, even ground: without a tile layer nothing is known of the neighbours, so the colour
# must not claim that they are sea.
GROUND = "#e6edf1"
LAND = "#f5f1e8"
COAST = "#8c9aa3"
BORDER = "#ffffff"
HATCH = "#c9c2b2"

# From light to dark, so that the order survives greyscale; 20 is the target of 2024.
BANDS = (
    Band(0, "#f8f3e6"),
    Band(5, "#f1e3bf"),
    Band(10, "#e8d097"),
    Band(20, "#dcb96c"),
    Band(50, "#cfa552"),
)

# In drawing order: what counts is drawn last and never lies under a silent neighbour.
MARKS = (
    Mark("silent", "dot", "#525252", 1.8),
    Mark("none", "cross", "#3f3a36", 3.4),
    Mark("in_progress", "half", "#0c5a4a", 4.6),
    Mark("approved", "ring", "#1d4e89", 4.6),
    Mark("counted", "disc", "#8f1d1d", 5.6),
)

# South-west and north-east corners: the mainland, Hoàng Sa and Trường Sa, always together.
HOME = ((7.6, 102.0), (23.6, 117.2))


def style() -> dict[str, object]:
    """What the script needs to draw, ready to be written as JSON."""
    return {
        "ground": GROUND,
        "land": LAND,
        "coast": COAST,
        "border": BORDER,
        "hatch": HATCH,
        "bands": [asdict(band) for band in BANDS],
        "marks": [asdict(mark) for mark in MARKS],
        "home": HOME,
    }
