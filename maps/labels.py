"""The map room's words: every text `map.js` shows, through the gettext callable of the page."""

from collections.abc import Callable


def labels(_: Callable[[str], str]) -> dict[str, str]:
    """The texts by the keys the script knows them by; `{…}` are filled by the script."""
    return _map(_) | _figure(_) | _time(_) | _controls(_) | _legend(_) | _popup(_)


def _map(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "map_name": _("Map of the cities of Viet Nam by their AI applications"),
        "map_on": _("Map of the cities as of {date}"),
        "zoom_in": _("Zoom in"),
        "zoom_out": _("Zoom out"),
        "whole_country": _("Whole country"),
        "loading": _("Loading the map…"),
        "loaded": _("The map shows {count} cities as of {date}."),
        "loaded_both": _("Both maps are drawn."),
        "empty": _("No city is on the roll on this date."),
        "empty_area": _("No city counts by a problem of this area on this date."),
        "error": _("Some of the map's data could not be loaded."),
        "retry": _("Try again"),
        "unplaced_one": _("{count} city has no known location and is only in the table."),
        "unplaced_other": _("{count} cities have no known location and are only in the table."),
        "credit": _(
            "Province boundaries are approximate, for shading only: Natural Earth and "
            "vietnamadminunits. City locations: GeoNames (CC BY 4.0)."
        ),
    }


def _figure(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "figure_heading": _("Cities with an AI application for a pressing problem"),
        "area_heading": _("Cities that count by a problem of the area: {area}"),
        "figure": _("{counted} of {total} cities"),
        "verdict_met": _("Target met"),
        "verdict_not_met": _("Target not met"),
        "verdict_no_data": _("No data"),
        "target": _("Target for {year}: {target}"),
        "missing_one": _("{count} more city needed"),
        "missing_other": _("{count} more cities needed"),
        "reached": _("Reached"),
        "roll": _("{roll} ({count} cities can be named)"),
        "rule": _("Counting rule {rule}"),
        "as_of": _("As of {date}"),
        "known_at": _("As the registry knew it at {time}"),
    }


def _time(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "time_heading": _("The map through time"),
        "time_slider": _("Day shown; each step is a day by which something changed"),
        "time_back": _("Earlier"),
        "time_on": _("Later"),
        "time_play": _("Play"),
        "time_pause": _("Pause"),
        "time_figure": _("{counted} of {total} cities counted ({share})"),
    }


def _controls(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "date_heading": _("Date"),
        "date": _("Show the state on"),
        "date_show": _("Show"),
        "date_today": _("Today"),
        "known_now": _("Show it as known now"),
        "find_heading": _("Find a city"),
        "find": _("Name of the city"),
        "found_one": _("{count} city found"),
        "found_other": _("{count} cities found"),
    }


def _legend(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "legend_heading": _("Layers and legend"),
        "area": _("Problem area"),
        "all_areas": _("All areas"),
        "cities": _("Cities by status"),
        "status_counted": _("Counted"),
        "status_approved": _("Approved, not counted"),
        "status_in_progress": _("Declared in progress"),
        "status_none": _("Declared none"),
        "status_silent": _("No declaration in force"),
        "provinces": _("Provinces by share of cities counted"),
        "band_between": _("{from} to under {to}"),
        "band_from": _("{from} or more"),
        "no_data": _("No data"),
    }


def _popup(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "close": _("Close"),
        "use_case": _("AI application"),
        "evidence": _("Evidence"),
        "city_page": _("Page of this city"),
        "province_figure": _("{counted} of {total} cities counted: {share}"),
    }
