"""Nothing runs out of its drawing: no letter of ours is wider than the ruler says."""

import csv
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import ImageFont

from api import press
from api.fitting import SMALLEST, fitted, width

LONGEST = "Thị trấn Mộc Châu và thị trấn Nông trường Mộc Châu"
SENTENCES = (
    "Camera tích hợp AI của Trung tâm Giám sát, điều hành đô thị thông minh",
    "Tính đến ngày 28/11/2026, 10 trên 908 đô thị (1,1%) được tính là có ứng dụng AI",
    "Counting rule 2024-1. As known at 28 November 2026, 17:13.",
    "https://dang-ky.example.gov.vn/vi/cities/46?as_of=2026-11-28",
    "QUYẾT ĐỊNH 699/QĐ-BTTTT & W@%…",
)


def names() -> list[str]:
    data = Path(__file__).parents[2] / "seeds/data"
    with (data / "city_periods.csv").open(encoding="utf-8") as file:
        return [row["name_vi"] for row in csv.DictReader(file)]


def font(cut: str) -> ImageFont.FreeTypeFont:
    found = find_spec("matplotlib")
    assert found is not None
    assert found.submodule_search_locations is not None
    folder = Path(found.submodule_search_locations[0]) / "mpl-data/fonts/ttf"
    return ImageFont.truetype(str(folder / f"DejaVuSans{cut}.ttf"), 100)


@pytest.mark.parametrize(("cut", "bold"), [("", False), ("-Bold", True)])
def test_the_ruler_is_never_too_short(cut: str, bold: bool) -> None:
    measured = font(cut)
    texts = [*names(), *SENTENCES]
    assert len(texts) > 500
    for text in texts:
        assert measured.getlength(text) <= width(text, 100, bold=bold) * 1.01, text
        # Nor much too long, or half of every drawing were empty.
        assert measured.getlength(text) >= width(text, 100, bold=bold) * 0.75, text


def test_lines_break_between_words_and_shrink_before_they_are_pressed() -> None:
    found = fitted(LONGEST, 270, 17, 2)
    assert " ".join(found.lines) == LONGEST
    assert len(found.lines) == 2
    assert found.size < 17
    assert found.width <= 270
    assert fitted("Huế", 280, 17).size == 17


def test_what_fits_in_no_way_is_whole_and_says_how_wide_it_is() -> None:
    word = "W" * 100
    found = fitted(word, 280, 17, 2)
    assert found.lines == (word,)
    assert found.size == SMALLEST
    assert found.width > 280
    many = fitted(" ".join(["đô thị"] * 100), 280, 17, 2)
    assert " ".join(many.lines) == " ".join(["đô thị"] * 100)
    assert len(many.lines) == 2


def test_the_press_knows_vietnamese_and_prints_each_picture_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "DejaVu Sans" in press._fonts().families()
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><text y="9">Ặ</text></svg>'
    )
    monkeypatch.setattr(press, "_kept", {})
    monkeypatch.setattr(press, "_REMEMBERED", 1)
    first = press.picture("drawing.typ", svg)
    assert first.startswith(b"\x89PNG")
    with monkeypatch.context() as closed:
        closed.setattr(press, "_printed", pytest.fail)
        assert press.picture("drawing.typ", svg) is first
    other = press.picture("drawing.typ", svg.replace("Ặ", "Ộ"))
    assert list(press._kept.values()) == [other]
