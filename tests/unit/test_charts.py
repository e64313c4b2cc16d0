"""The drawing office: the drawing says what the values say, and always in the same bytes."""

import re
import subprocess
import sys
from datetime import date, timedelta
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest

from api import i18n
from api.charts import MOST_LINES, Aim, Chart, Fan, Format, Line, Notch, Width, drawn

SVG = "{http://www.w3.org/2000/svg}"
DAYS = [date(2024, 9, 30), date(2024, 12, 31), date(2025, 3, 31), date(2025, 6, 30)]
VALUES = [Fraction(17, 908), Fraction(181, 908), None, Fraction(200, 908)]
CHART = Chart(
    title="Tỷ lệ đô thị <có> ứng dụng AI & $x$",
    text="31/12/2024: 181/908 (19,9%)",
    lines=[Line("Toàn bộ đô thị", list(zip(DAYS, VALUES, strict=True))), Line("Loại I", [])],
    shares=True,
    aims=[Aim(date(2030, 12, 31), Fraction(1), "100% năm 2030")],
    notches=[Notch(date(2024, 8, 16), "908 đô thị")],
    fan=Fan(
        DAYS[-1], Fraction(200, 908), date(2030, 12, 31), Fraction(1, 4), Fraction(1, 2), "Dự báo"
    ),
)


@pytest.fixture(autouse=True)
def vietnamese() -> None:
    i18n.speak(i18n.Language.VI)


def test_the_same_values_give_the_same_bytes() -> None:
    for form in Format:
        for width in Width:
            assert drawn(CHART, form, width) == drawn(CHART, form, width)
    assert drawn(CHART, Format.PNG).startswith(b"\x89PNG\r\n")


def test_another_process_draws_the_same_bytes() -> None:
    from hashlib import sha256

    told = (
        "from hashlib import sha256; from tests.unit.test_charts import *;"
        "i18n.speak(i18n.Language.VI);"
        "print(sha256(drawn(CHART, Format.SVG)).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True, text=True)
    assert other.stdout.strip() == sha256(drawn(CHART, Format.SVG)).hexdigest()


def test_words_are_read_aloud_and_stay_words() -> None:
    root = ET.fromstring(drawn(CHART, Format.SVG))  # noqa: S314 - our own drawing
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == CHART.title
    assert root.findtext(f"{SVG}desc") == CHART.text
    shown = {text.text for text in root.iter(f"{SVG}text")}
    assert {"100% năm 2030", "908 đô thị", "Toàn bộ đô thị", "Dự báo", "20,0%"} <= shown


def test_the_line_goes_through_the_values() -> None:
    """Heights and distances on paper are in proportion to values and days, gaps included."""
    root = ET.fromstring(drawn(CHART, Format.SVG))  # noqa: S314 - our own drawing
    paths = [p.get("d", "") for p in root.findall(f".//{SVG}g[@id='line-0']/{SVG}path")]
    places = [(float(x), float(y)) for x, y in re.findall(r"[ML] (\S+) (\S+)", paths[0])]
    given = [(day, value) for day, value in zip(DAYS, VALUES, strict=True) if value is not None]
    assert paths[0].count("M") == 2
    assert len(places) == len(given)
    (x0, y0), (x1, y1) = places[0], places[-1]
    (d0, v0), (d1, v1) = given[0], given[-1]
    for (x, y), (day, value) in zip(places, given, strict=True):
        assert x == pytest.approx(x0 + (x1 - x0) * ((day - d0) / (d1 - d0)), abs=0.01)
        assert y == pytest.approx(y0 + (y1 - y0) * float((value - v0) / (v1 - v0)), abs=0.01)


def test_numbers_of_people_and_an_empty_chart() -> None:
    people = Chart("Số người", "", [Line("Người", [(DAYS[0], Fraction(1200))])], shares=False)
    assert "1.000" in drawn(people, Format.SVG).decode()
    nothing = Chart("Không", "", [], shares=True, empty="Không có dữ liệu")
    assert "Không có dữ liệu" in drawn(nothing, Format.SVG).decode()
    silent = Chart("Không", "", [Line("A", [(DAYS[0], None)])], shares=True)
    assert drawn(silent, Format.PNG)


def test_many_points_and_many_lines_are_drawn() -> None:
    day = date(2024, 1, 1)
    lines = [
        Line(f"Tỉnh {n}", [(day + timedelta(k), Fraction(k, 400)) for k in range(400)])
        for n in range(MOST_LINES)
    ]
    assert drawn(Chart("", "", lines, shares=True), Format.SVG, Width.NARROW)


def test_the_service_starts_without_the_drawing_library() -> None:
    told = "import sys, api.app; print('matplotlib' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True, text=True)
    assert found.stdout.strip() == "False"
