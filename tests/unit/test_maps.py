"""The map room's promises: constants only, no other host, marks that can be told apart."""

import ast
import gzip
import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from shapely import MultiPolygon
from shapely import get_parts as parts
from shapely.geometry import mapping, shape

from maps import small
from maps.document import MapParts, map_parts, pair_parts
from maps.labels import labels
from maps.style import BANDS, BORDER, GROUND, HATCH, LAND, MARKS, Mark, style

ROOT = Path(__file__).parents[2]
SCRIPTS = {
    path.name: path.read_text(encoding="utf-8") for path in (ROOT / "api/static").glob("map*.js")
}
SCRIPT = "\n".join(SCRIPTS.values())
STYLESHEET = (ROOT / "api/static/map.css").read_text(encoding="utf-8")
DRAWING = {"folium", "branca"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    packages = [init.parent for init in ROOT.glob("*/__init__.py")]
    assert {"maps", "registry", "api", "seeds"} <= {package.name for package in packages}
    for package in packages:
        for path in package.rglob("*.py"):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def draws(tree: ast.Module) -> bool:
    return bool(DRAWING & {name.partition(".")[0] for name in imported(tree)})


def rendered() -> MapParts:
    map_parts.cache_clear()
    return map_parts()


def paired() -> MapParts:
    pair_parts.cache_clear()
    return pair_parts()


EITHER = pytest.mark.parametrize("made", [rendered, paired])


@EITHER
def test_the_map_is_the_same_bytes_every_time(made: Callable[[], MapParts]) -> None:
    assert made() == made()


@EITHER
def test_the_map_asks_no_other_host(made: Callable[[], MapParts]) -> None:
    parts = made()
    for text in (*parts.bodies, parts.script, *parts.head_css, *parts.head_js, SCRIPT, STYLESHEET):
        assert not re.search(r"(https?:)?//[\w.-]+\.\w", text)


@EITHER
def test_the_assets_are_leaflet_and_our_own_in_this_order(made: Callable[[], MapParts]) -> None:
    parts = made()
    assert parts.head_css == ("leaflet/leaflet.css", "map.css")
    leaflet, *own = parts.head_js
    assert leaflet == "leaflet/leaflet.js"
    assert set(own) <= set(SCRIPTS)
    # A script takes at once what those before it have laid out.
    laid_out: set[str] = set()
    for name in own:
        taken = re.findall(r"const \{([^}]*)\} = maps;", SCRIPTS[name])
        assert {word.strip() for words in taken for word in words.split(",")} - {""} <= laid_out
        laid_out |= set(re.findall(r"^  maps\.(\w+) = ", SCRIPTS[name], re.MULTILINE))
        for listed in re.findall(r"Object\.assign\(maps, \{([^}]*)\}", SCRIPTS[name]):
            laid_out |= {word.strip() for word in listed.split(",")}


def test_every_script_of_a_map_is_used() -> None:
    assert set(SCRIPTS) == {*rendered().head_js, *paired().head_js} - {"leaflet/leaflet.js"}


@EITHER
def test_the_body_is_places_without_text(made: Callable[[], MapParts]) -> None:
    parts = made()
    body = "".join(parts.bodies)
    assert re.sub(r"<[^>]*>", "", body).strip() == ""
    assert 'class="folium-map"' in body
    own = "\n".join(SCRIPTS[name] for name in parts.head_js if name in SCRIPTS)
    wanted = set(re.findall(r"\bplaces\.(\w+)", own))
    wanted |= {
        name.strip()
        for names in re.findall(r"const \{([^}]*)\} = places;", own)
        for name in names.split(",")
    }
    assert wanted == set(re.findall(r'data-map="(\w+)"', body))


def test_the_script_hands_the_style_over_unchanged() -> None:
    for made, call in (
        (rendered, r"registryMap\(map_registry, (.+)\);$"),
        (paired, r"registryCompare\(map_first, map_second, (.+)\);$"),
    ):
        handed = re.search(call, made().script)
        assert handed
        assert json.loads(handed[1]) == json.loads(json.dumps(style()))


def test_only_the_map_room_draws_with_folium() -> None:
    drawing = {path.relative_to(ROOT).parts[0] for path, tree in modules() if draws(tree)}
    assert drawing == {"maps"}


def test_nothing_can_enter_a_module_that_draws() -> None:
    """Without arguments, data modules or files there is no way in for people's text."""
    allowed = DRAWING | {"dataclasses", "functools", "maps.style"}
    for path, tree in modules():
        if not draws(tree):
            continue
        sources = {
            name if name.startswith("maps") else name.split(".")[0] for name in imported(tree)
        }
        assert sources <= allowed, path
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                assert {
                    argument.arg
                    for argument in ast.walk(node.args)
                    if isinstance(argument, ast.arg)
                } <= {"self"}, path
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"open", "input", "__import__", "eval", "exec"}, path


def drawing_calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls of folium's and branca's names, of classes made from them, and of their parents."""
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if (getattr(node, "module", None) or alias.name).partition(".")[0] in DRAWING
    }
    names |= {node.name for node in tree.body if isinstance(node, ast.ClassDef) and node.bases}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if name.split(".")[0] in names or name == "super().__init__" or ".add_" in name:
            yield node


def is_constant(node: ast.expr, calls: list[ast.Call]) -> bool:
    if isinstance(node, ast.Tuple | ast.List):
        return all(is_constant(part, calls) for part in node.elts)
    if isinstance(node, ast.Name):
        return node.id.isupper()
    return isinstance(node, ast.Constant) or node in calls


def test_folium_and_branca_are_handed_constants_only() -> None:
    seen = 0
    for path, tree in modules():
        if not draws(tree):
            continue
        calls = list(drawing_calls(tree))
        for call in calls:
            handed = [*call.args, *(keyword.value for keyword in call.keywords)]
            assert all(is_constant(node, calls) for node in handed), (path, ast.unparse(call))
            seen += len(handed)
    assert seen


@pytest.mark.parametrize("handed", ["name", "row.name", "f'{name}'", "load()", "'a' + name"])
def test_the_check_would_see_text_handed_to_folium(handed: str) -> None:
    tree = ast.parse(f"import folium\nfolium.Marker((1, 2), tooltip={handed})")
    (call,) = drawing_calls(tree)
    assert not is_constant(call.keywords[0].value, [call])


def test_the_script_sets_text_and_never_markup() -> None:
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment"
        r"|\beval\b|new Function|\bsrcdoc\b|setAttribute\(\s*\"(style|on|href|src)"
    )
    for script in SCRIPTS.values():
        code = re.sub(r"/\*.*?\*/|^\s*//.*$", "", script, flags=re.DOTALL | re.MULTILINE)
        assert not re.search(forbidden, code)
        assert code.lstrip().startswith('"use strict";')


def test_script_and_page_know_the_same_words() -> None:
    used = set(re.findall(r"\bsay\(\s*\"(\w+)\"", SCRIPT))
    used |= {"band_between", "band_from"} & set(re.findall(r'"(band_\w+)"', SCRIPT))
    used |= {"empty", "empty_area"} & set(re.findall(r'"(empty\w*)"', SCRIPT))
    used |= {f"status_{mark.status}" for mark in MARKS if "status_${" in SCRIPT}
    used |= {f"verdict_{name}" for name in ("met", "not_met", "no_data") if "verdict_${" in SCRIPT}
    for many in re.findall(r"sayMany\(\"(\w+)\"", SCRIPT):
        used |= {f"{many}_one", f"{many}_other"}
    assert used == set(labels(str))


def test_every_word_goes_through_gettext_and_keeps_its_places() -> None:
    asked: list[str] = []

    def translate(text: str) -> str:
        asked.append(text)
        return f"«{text}»"

    shown = labels(translate)
    assert set(shown.values()) == {f"«{text}»" for text in asked}


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio as WCAG 2.2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: str(mark.status))
def test_marks_stand_out_from_every_ground(mark: Mark) -> None:
    grounds = [GROUND, LAND, HATCH, BORDER, *(band.fill for band in BANDS)]
    assert min(contrast(mark.colour, ground) for ground in grounds) >= 3


def test_every_status_has_its_own_shape_and_counted_lies_on_top() -> None:
    assert len({mark.status for mark in MARKS}) == len(MARKS) == len({m.shape for m in MARKS})
    assert [mark.radius for mark in MARKS] == sorted(mark.radius for mark in MARKS)
    assert MARKS[-1].status == "counted"
    for mark in MARKS:
        assert re.search(rf"^    {mark.shape}\(context, x, y, radius\)", SCRIPT, re.MULTILINE)


def test_bands_cover_every_share_and_darken_with_it() -> None:
    bounds = [band.from_percent for band in BANDS]
    assert bounds[0] == 0
    assert bounds == sorted(set(bounds))
    assert bounds[-1] <= 100
    light = [luminance(band.fill) for band in BANDS]
    assert light == sorted(light, reverse=True)
    assert all(before - after > 0.05 for before, after in pairwise(light))


def test_the_first_target_is_a_band_of_its_own() -> None:
    assert 20 in [band.from_percent for band in BANDS]


def test_a_small_map_holds_the_country_with_its_archipelagos() -> None:
    _, _, width, height = map(int, small.VIEW_BOX.split())
    for longitude, latitude in ((102.15, 22.4), (109.46, 12.65), (104.7, 8.56), (112.3, 16.5)):
        across, down = small.place(longitude, latitude)
        assert 0 < across < width
        assert 0 < down < height
    hanoi, saigon = small.place(105.85, 21.03), small.place(106.7, 10.78)
    assert hanoi[1] < saigon[1]
    assert hanoi[0] < saigon[0]


@pytest.mark.parametrize("day", ["2024-12-31", "2026-01-01"])
def test_the_land_on_a_small_map_weighs_little(day: str) -> None:
    """Every page of a city carries it."""
    collection = json.loads((ROOT / "seeds/data/provinces.geojson").read_text(encoding="utf-8"))
    drawn = ""
    for feature in collection["features"]:
        of = feature["properties"]
        if (of["valid_from"] or "") <= day < (of["valid_to"] or "9999"):
            land = shape(feature["geometry"]).simplify(0.05)
            drawn += small.outline(mapping(MultiPolygon(parts(land)))["coordinates"])
    assert 1_000 < len(drawn) < 8_000
    assert len(gzip.compress(drawn.encode())) < 3_000


def test_an_outline_is_whole_numbers_and_no_island_is_lost() -> None:
    square = [[(106.0, 16.0), (107.0, 16.0), (107.0, 17.0), (106.0, 17.0), (106.0, 16.0)]]
    speck = [[(112.0, 16.5), (112.001, 16.5), (112.0, 16.501), (112.0, 16.5)]]
    drawn = small.outline([square, speck])
    assert re.fullmatch(r"(M\d+ \d+(l[-\d ]+z|h1v1h-1z))+", drawn)
    assert drawn.count("M") == 2
    assert drawn.endswith("h1v1h-1z")
    assert re.match(r"M82 \d+l20 0 0 -21 -20 0 0 21z", drawn)
