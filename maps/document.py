"""The map room's skeleton: what Folium draws, from constants of this house and nothing else.

Folium and branca compile what they render as a template a second time: a text handed to one of
their objects is code on the server. So no function here takes an argument, and everything that
varies (language, dates, names, links) reaches the page as JSON in `#map-config` or from the API,
and is shown by `map.js` as text.

`#map-config` holds lang, timelineUrl, archipelagosUrl, knownAt, tileUrl, tileAttribution, labels
(`maps.labels`), reasons by outcome, and for the one map areas by code and the bounds of its date
field, for two maps their days. A link to a place on the map is `?as_of=…&known_at=…&area=…
#view=<latitude>_<longitude>_<zoom>&hide=<layer>.<layer>&city=<code>`, each part optional.
"""

from dataclasses import dataclass
from functools import cache

import folium
from branca.element import Figure, MacroElement
from folium.template import Template

from maps.style import style

# What a reader meets first stands first: the figure, the time, then the map.
_BODY = (
    '<div class="registry-map"><div class="map-figure" data-map="figure"></div>'
    '<div class="map-time" data-map="time"></div>{map}</div>'
)
_LEGEND = (
    '<div class="map-status" data-map="status" role="status"></div>'
    '<div class="map-legend" data-map="legend"></div><p class="map-credit" data-map="credit"></p>'
)
_PARTS = tuple(("map-" + name, "map-" + name + ".js") for name in ("parts", "timeline", "sheet"))


@dataclass(frozen=True)
class MapParts:
    """The pieces of the map for a page to place; assets by their logical names."""

    head_css: tuple[str, ...]
    head_js: tuple[str, ...]
    bodies: tuple[str, ...]
    script: str


class _Skeleton(folium.Map):
    """A map that asks no other host for anything."""

    name: str
    scripts: tuple[tuple[str, str], ...]

    def __init__(self) -> None:
        super().__init__(
            location=(15.6, 109.8),
            zoom_start=5,
            tiles=None,
            zoom_control=False,
            attribution_control=False,
            zoom_snap=0.25,
            # In Leaflet's spelling: Folium keeps `min_zoom` to itself, for its tile layers.
            minZoom=4,
            maxZoom=14,
        )
        self.default_js = [("leaflet", "leaflet/leaflet.js"), *_PARTS, *self.scripts]
        self.default_css = [("leaflet_css", "leaflet/leaflet.css"), ("map_css", "map.css")]
        # A random id would make every rendering differ, and its hash and ETag with it.
        self._id = self.name

    def drawn(self) -> Figure:
        """The document around it, once everything is in it."""
        figure = self.get_root()
        assert isinstance(figure, Figure)
        figure.render()
        return figure


class _One(_Skeleton):
    """The map with its figure, its slider and its controls."""

    name = "registry"
    scripts = (("time", "map-time.js"), ("figure", "map-figure.js"), ("map", "map.js"))


class _First(_Skeleton):
    """The earlier of two days."""

    name = "first"
    scripts = (("compare", "map-compare.js"),)


class _Second(_First):
    """The later of two days, beside the first."""

    name = "second"


class _Registry(MacroElement):
    """Our own layers, controls and panel: places for them, and the call that fills them."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <div class="map-controls" data-map="controls"></div>
            <div class="map-status" data-map="status" role="status"></div>
            <p class="map-credit" data-map="credit"></p>
        {% endmacro %}

        {% macro script(this, kwargs) %}
            registryMap({{ this._parent.get_name() }}, {{ this.style|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca leaves it untyped
        self._name = "Registry"
        self.style = style()


class _Pair(MacroElement):
    """The call that fills two maps."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            registryCompare(map_first, map_second, {{ this.style|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca leaves it untyped
        self._name = "Pair"
        self.style = style()


@cache
def map_parts() -> MapParts:
    """The map's pieces: the same bytes every time, so a page may cache and hash them."""
    skeleton = _One()
    skeleton.add_child(_Registry())
    figure = skeleton.drawn()
    return MapParts(
        head_css=tuple(asset for _name, asset in skeleton.default_css),
        head_js=tuple(asset for _name, asset in skeleton.default_js),
        bodies=(_BODY.format(map=figure.html.render()),),
        script=figure.script.render().strip(),
    )


@cache
def pair_parts() -> MapParts:
    """The pieces of two maps side by side: the first, the second, and what they share."""
    first, second = _First(), _Second()
    second.add_child(_Pair())
    figures = first.drawn(), second.drawn()
    return MapParts(
        head_css=tuple(asset for _name, asset in first.default_css),
        head_js=tuple(asset for _name, asset in first.default_js),
        bodies=(*(figure.html.render() for figure in figures), _LEGEND),
        script="\n".join(figure.script.render().strip() for figure in figures),
    )
