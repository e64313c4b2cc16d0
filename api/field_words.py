"""What is wrong with one field, in a sentence that says what to do; by the code of the problem."""

import re
from collections.abc import Mapping
from datetime import date

from api import i18n
from api.i18n import gettext, mark
from api.sheet_words import TROUBLES
from registry.domain.errors import FieldProblem

FIELDS: Mapping[str, str] = {
    "required": mark("Please fill this in."),
    "choose_one": mark("Please give at least one."),
    "too_long": mark("At most %(max_length)s characters."),
    "too_many": mark("At most %(max_length)s."),
    "unknown_choice": mark("This is not one of the choices."),
    "unknown_field": mark("There is no field of this name."),
    "not_text": mark("This must be text."),
    "not_a_date": mark("This is not a date. Give a day, a month or a year, like 2024-06-15."),
    "not_a_number": mark("This must be a whole number."),
    "out_of_range": mark("This number is out of range."),
    "not_yes_or_no": mark("This must be yes or no."),
    "not_a_list": mark("This must be a list."),
    "not_an_object": mark("This must be an object."),
    "unreadable": mark("This could not be read."),
    "control_character": mark("The text holds characters that cannot be shown."),
    "not_a_web_address": mark("Give a full web address that begins with https:// or http://."),
    "basis_not_findable": mark(
        "Give the document's number or a link, so that others can find the basis."
    ),
    "repeated": mark("The same one is named twice."),
    "in_the_future": mark("This date has not come yet."),
    "not_a_time": mark("This is not a time of day. Give hours and minutes, like 17:00."),
    "before_reporting_day": mark("The cut-off is before the reporting day."),
    "not_later": mark("The new cut-off must be later than the present one."),
    "after_end": mark("This is after the end (%(end)s)."),
    "too_many_points": mark(
        "These are more than %(most)s points. Choose a longer step or a shorter time."
    ),
    "zone_missing": mark("Give the time with its zone, like 2025-03-31T00:00:00+07:00."),
    "before_stage_it_ends": mark("The stage that this would end begins only on %(day)s."),
    "too_far_ahead": mark("A day at most %(max_length)s days ahead can be announced."),
    "reported_already": mark(
        "On that day the application is in this stage already, or has ended. To correct an earlier"
        " report, write a new version."
    ),
    "stage_before_previous": mark("This stage begins before the one above it."),
    "operational_needs_evidence": mark(
        "An application in operation needs at least one link or file as evidence."
    ),
    "link_or_file": mark("Give either a link or a file."),
    "unknown_file": mark("The city has no such file. Upload it first."),
    "not_a_decimal": mark(
        "This must be a number with at most six decimals and no sign between thousands, like 12.5"
        " or 1250."
    ),
    "ends_before_it_begins": mark("This ends before it begins."),
    "withheld_too_long": mark(
        "Give a day to come, at most %(max_length)s years from now. It can be renewed."
    ),
    "expected": mark("The reviewer will ask for this."),
    "camera_without_personal_data": mark(
        "The text speaks of cameras, number plates or faces, and says that no personal data are"
        " used."
    ),
    "personal_data_without_assessment": mark(
        "Personal data are used, and no assessment of that is named."
    ),
    "risk_without_notification": mark(
        "High or medium risk, and no notification number of the national AI portal."
    ),
    "high_risk_without_assessment": mark("High risk, and no impact assessment is named."),
    "risk_without_scheme": mark("The risk is classified, and it is not said by which scheme."),
    "risk_fully_automatic": mark(
        "Fully automatic, and of more than low risk: who watches over it?"
    ),
    "generative_without_notice": mark(
        "Generative AI, and it is not said how people learn that they deal with one."
    ),
    "before_declared": mark("This is before the problem was declared."),
    "own_city": mark("The case belongs to this city already."),
    "repeated_city": mark("The same city is named twice."),
    "settled_meanwhile": mark(
        "The thread was settled meanwhile. Open it again on the page of the version."
    ),
    "problem_withdrawn": mark("The city has withdrawn this problem."),
    "not_for_this_action": mark("This does not belong to this decision."),
    "not_as_confirmed": mark(
        "Criterion 3 is answered by the confirmation that AI is used: the two must agree."
    ),
    "day_or_from_the_start": mark(
        "Say from which day the decision takes effect, or that it does from the start."
    ),
    "file_kind": mark(
        "This is none of the kinds of file that the register takes: PDF, PNG, JPEG, WebP, DOCX,"
        " XLSX, PPTX, ODT, ODS, ODP. Save it as PDF, for example."
    ),
    "file_name_mismatch": mark("The name ends in .%(ending)s, but inside it is %(kind)s."),
    "file_empty": mark("The file is empty."),
    "file_too_large": mark("The file is too large: at most %(megabytes)s MB."),
    "file_too_deep": mark("Unpacked, the file would be too large. Save it anew or as PDF."),
    "file_damaged": mark("The file is damaged. Open it, save it anew and send that."),
    "file_locked": mark("The file is locked with a password. Save it without one."),
    "file_macro": mark("The file holds macros. Save it without them or as PDF."),
    "file_active": mark("The PDF would run a script or start a program. Print it to a new PDF."),
    "file_quota": mark("The city's files would take more than %(megabytes)s MB together."),
    "not_a_code": mark("A code is made of letters without accents, digits, - and _."),
    "city_to_be_chosen": mark("Choose which city of the register this line is."),
    "not_confirmed": mark("This change has not been confirmed."),
    "nothing_changes": mark("The list names nothing that the roll does not name already."),
    "unknown_province": mark("On the day of the roll there is no province of this code or name."),
    "unknown_city": mark("There is no city of this code."),
    "only_of_cities": mark("Only the figure of the cities (indicator 2) is told by province."),
    "not_on_the_roll_before": mark(
        "A predecessor is not on the roll before, or is the city itself."
    ),
    "not_on_the_list": mark("A successor must be another city of this list."),
    "no_such_change": mark("This change is another by now. Look at it again."),
    "roll_or_names": mark("Send either a new roll or more names for one in force."),
    "lon_and_lat": mark("Give longitude and latitude together."),
    "not_geojson": mark("This is not a GeoJSON FeatureCollection (RFC 7946)."),
    "geopackage": mark("GeoPackages are not read here. Export the layer as GeoJSON in EPSG:4326."),
    "zipped_shapes": mark("Archives are not read here. Export the layer as GeoJSON in EPSG:4326."),
    "other_coordinates": mark(
        "The coordinates are of another system. Export the layer in EPSG:4326 (WGS 84)."
    ),
    "areas_overlap": mark("This area claims %(size)s km² that %(name)s claims as well."),
    "repeated_province": mark("The same province is named twice."),
    "not_a_province_before": mark(
        "A predecessor is no province of the day before, or is the province itself."
    ),
    "later_boundaries": mark(
        "Provinces change again on %(day)s. Boundaries are put in force in the order of their days."
    ),
    "province_to_be_chosen": mark("For an area or a city the province has to be chosen."),
    "boundaries_unchanged": mark("The file changes nothing."),
    "see_features": mark("Features that cannot be taken: %(number)s. They are named below."),
    "see_cells": mark("Cells that cannot be read: %(number)s. They are named below."),
    "list_empty": mark("Below the headings there is no line."),
    "heading_twice": mark("The heading for %(field)s stands there twice."),
    "headings_missing": mark(
        "The headings were not found. A list needs columns for name, type and class."
    ),
    "cell_not_text": mark("This cell holds a formula, a date or an error instead of text."),
    "code_as_number": mark(
        "This code is kept as a number, which loses its zeros. Format the column as text."
    ),
    "unknown_word": mark("“%(value)s” is none of the words known here."),
    "carried_already": mark("The case stands for this city already."),
    "not_carried": mark("The case was not carried over to this city, or no longer is."),
    "carried_on": mark(
        "From there the case was carried on to further cities. Take those back first, or together."
    ),
    "no_successor": mark("By the register's lineage this city is no successor."),
    "before_succession": mark("The succession takes effect only on %(day)s."),
    "counted_twice": mark(
        "A roll of that day names this city and its predecessor both: one case would count twice."
    ),
    "geometry_type": mark("The geometry must be of type %(expected)s."),
    "geometry_invalid": mark("The geometry is not valid: %(detail)s"),
    "geometry_unreadable": mark("This is not GeoJSON geometry."),
    "geometry_too_detailed": mark(
        "The shape has too many points (at most %(expected)s). Simplify it."
    ),
    "geometry_outside": mark("The geometry lies outside the country."),
    "password_short": mark("A password needs at least %(min_length)s characters."),
    "password_known": mark("This password is public. Choose another one."),
    "wrong_password": mark("This is not your present password."),
    "not_a_mail_address": mark("This is not an e-mail address."),
    "some_at_once": mark("Choose at least one and at most %(max_length)s at once."),
    "taken_name": mark("You have one of this name already."),
    "may_not_decide": mark("This person may not decide on this entry."),
    "holds_it_already": mark("This person has the entry already."),
    "overlaps": mark(
        "“%(entry)s” holds on these days already (%(days)s). End it or replace it, or choose a day"
        " after it."
    ),
    "decided_since": mark(
        "Decisions were recorded up to %(day)s with what was in force then. Choose a later day."
    ),
    "not_after_beginning": mark("The entry itself begins only on %(day)s. Choose a later day."),
    "not_the_same_entry": mark("This says which entry it is, and cannot be another."),
    "last_target": mark("From that day on figures would have no target. Add another one first."),
    "period_needs_target": mark(
        "The reporting period %(period)s is measured against this target, and has no figure yet."
    ),
    "percent_or_people": mark(
        "Indicator 3 is a number of people, the others are shares: give the one that fits."
    ),
    "no_role_there": mark("The person has no role in this unit."),
    "same_unit": mark("This is the unit the person is in already."),
    "taken_code": mark("This code is taken already."),
    "taken": mark("This address has an account already."),
    "role_and_city": mark("A city role names its city; other roles name none."),
    "not_an_identity_number": mark("An identity number has 12 digits."),
    "person_or_number": mark("Give either the identity number of one person or a number."),
    "no_secret_for_people": mark(
        "This service has no secret by which people become keys, so it takes only numbers."
    ),
    "checked_before_published": mark("It was checked before it was published."),
    "nothing_of_this_code": mark("Nothing of this code has been reported."),
    "line_twice": mark("Another line of this list is about the same."),
    "before_the_course": mark("The course began only on %(day)s."),
    "too_short_to_tell": mark(
        "Say it in a sentence, with at least %(min_length)s characters, so that somebody can check"
        " it."
    ),
    "too_many_links": mark("At most %(max_length)s web addresses."),
    "use_case_or_city": mark("Say what it is about: either an application or a city."),
    "same_words": mark(
        "These words were sent already and are being read. If you mean another error, say what is"
        " different."
    ),
    "contact_too_often": mark(
        "Several reports of today name this address. Leave it empty: you can follow the report by"
        " its code."
    ),
    "not_for_people": mark("This field is a trap for machines. Leave it empty and send again."),
    "form_too_quick": mark(
        "This was sent within seconds, as machines do. Nothing was lost: please send it again."
    ),
    "form_too_old": mark(
        "The form had been open for too long. Nothing was lost: please send it again."
    ),
    "form_sent_already": mark(
        "This form was sent already, with other words. If this is another error, send it again."
    ),
    "no_such_version": mark("There is no version of this number that you may name."),
    "due_out_of_range": mark("Choose a day from tomorrow to %(max_length)s days from now."),
    "unknown_set": mark("There is no set of data “%(value)s”. There are: %(expected)s."),
    "unknown_format": mark("There is no format “%(value)s” of this set. There are: %(expected)s."),
    "nothing_new": mark("The register has all of this already."),
    "filter_unreadable": mark(
        "This is no CQL2 filter, in text or JSON. Trouble begins at character %(place)s. An"
        " example: status = 'counted' AND province_code = '46'"
    ),
    "filter_too_deep": mark(
        "This filter is too long or nested too deeply: at most %(length)s characters and %(depth)s"
        " brackets and operators."
    ),
    "filter_operation": mark("“%(value)s” cannot be used in a filter here."),
    "unknown_property": mark("There is no property “%(value)s” here, only: %(known)s."),
    "sorted_by_unselected": mark("Sort by properties that are selected as well."),
    "kinds_differ": mark(
        "This cannot be compared or computed: text goes with text, numbers with numbers, days with"
        " days, valid geometries with geometries."
    ),
    "takes_too_long": mark("The answer takes too long. Ask for a smaller area or more simply."),
    "bbox_unreadable": mark(
        "Give west, south, east, north in degrees: longitude before latitude, the smaller before"
        " the larger, with commas between them."
    ),
    "datetime_unreadable": mark(
        "Give a day, a time with its zone (RFC 3339), or two with / between them, the earlier"
        " first; .. for an open end."
    ),
    **TROUBLES,
}


def sentence(problem: FieldProblem) -> str:
    """What is wrong with a field, in the reader's language."""
    read = {n: _readable(v) if n in _DAYS else v for n, v in problem.params.items()}
    return gettext(FIELDS.get(problem.code, FIELDS["unreadable"])) % read


_DAYS = {"day", "days"}
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _readable(text: str) -> str:
    """Days as the reader writes them."""
    return _ISO_DAY.sub(lambda found: i18n.day(date.fromisoformat(found[0])), text)
