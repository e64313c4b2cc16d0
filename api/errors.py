"""Refusals at the edge: one table of statuses and words, one handler, two faces."""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import date
from http import HTTPStatus
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import i18n, watchman
from api.i18n import gettext, mark
from api.sheet_words import TROUBLES
from registry.domain import errors
from registry.domain.errors import (
    FieldProblem,
    InvalidInput,
    Moved,
    RegistryError,
    SignInRequired,
)
from registry.domain.kinds import field_problems_of

log = logging.getLogger("registry")

PROBLEM_JSON = "application/problem+json"

# Status and words of every refusal of the domain.
REFUSALS: Mapping[str, tuple[HTTPStatus, str]] = {
    errors.NotFound.code: (
        HTTPStatus.NOT_FOUND,
        mark("There is nothing here, or you may not see it."),
    ),
    errors.Moved.code: (
        HTTPStatus.PERMANENT_REDIRECT,
        mark("This is written otherwise; what you ask for stands at the address given."),
    ),
    errors.InvalidInput.code: (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        mark("Some of what you sent cannot be accepted. Each place is named below."),
    ),
    errors.InvalidQuestion.code: (
        HTTPStatus.BAD_REQUEST,
        mark("Some of what you ask for cannot be understood. Each place is named below."),
    ),
    errors.UnknownDownload.code: (
        HTTPStatus.NOT_FOUND,
        mark("There is no such file to download. What is not known is named below."),
    ),
    errors.Busy.code: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        mark("Many files are being made at the moment. Please try again in a minute."),
    ),
    errors.SignInRequired.code: (HTTPStatus.UNAUTHORIZED, mark("Please sign in first.")),
    errors.SignInFailed.code: (
        HTTPStatus.UNAUTHORIZED,
        mark("The e-mail address and password do not match."),
    ),
    errors.TooManyAttempts.code: (
        HTTPStatus.TOO_MANY_REQUESTS,
        mark("Too many failed sign-ins. Please try again in 15 minutes."),
    ),
    errors.TooFast.code: (
        HTTPStatus.TOO_MANY_REQUESTS,
        mark("You ask more often than one network may. Please go on in a minute."),
    ),
    errors.Forbidden.code: (HTTPStatus.FORBIDDEN, mark("Your role does not allow this.")),
    errors.OwnWork.code: (
        HTTPStatus.FORBIDDEN,
        mark("Nobody decides on their own work or on an entry of their own city."),
    ),
    errors.TwoPersons.code: (
        HTTPStatus.FORBIDDEN,
        mark("You wrote this text last, so another signer of the city has to read and submit it."),
    ),
    errors.AlreadyRead.code: (
        HTTPStatus.FORBIDDEN,
        mark("You have given your opinion on this entry already; somebody else reads it now."),
    ),
    errors.InOtherHands.code: (
        HTTPStatus.FORBIDDEN,
        mark("A colleague has taken this entry up."),
    ),
    errors.ForTheLead.code: (
        HTTPStatus.FORBIDDEN,
        mark("Two reviewers differ on this entry, so the lead decides."),
    ),
    errors.WrongState.code: (
        HTTPStatus.CONFLICT,
        mark("This is not possible in the state the entry is in now."),
    ),
    errors.NotRead.code: (
        HTTPStatus.CONFLICT,
        mark("You have not marked this text as read."),
    ),
    errors.Hindered.code: (
        HTTPStatus.CONFLICT,
        mark("Something was found in this entry, so it is decided by itself."),
    ),
    errors.TooMany.code: (
        HTTPStatus.CONFLICT,
        mark("There are as many as can be kept. Delete one first."),
    ),
    errors.ReportedOtherwise.code: (
        HTTPStatus.CONFLICT,
        mark(
            "The city has reported that the application is no longer in operation, so its text"
            " cannot be confirmed. Write a new version."
        ),
    ),
    errors.Stale.code: (
        HTTPStatus.PRECONDITION_FAILED,
        mark("Somebody else changed or decided this in the meantime. Nothing was saved."),
    ),
    errors.PreconditionRequired.code: (
        HTTPStatus.PRECONDITION_REQUIRED,
        mark("Say with If-Match which state you are changing."),
    ),
    errors.IdempotencyKeyRequired.code: (
        HTTPStatus.BAD_REQUEST,
        mark("A creation needs an Idempotency-Key header of 1 to 200 characters."),
    ),
    errors.IdempotencyKeyReused.code: (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        mark("This Idempotency-Key was used for another request."),
    ),
    errors.CrossSite.code: (
        HTTPStatus.FORBIDDEN,
        mark("The request came from another site and was refused."),
    ),
    errors.TooLarge.code: (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        mark("The request is larger than the register reads."),
    ),
    errors.FileUnavailable.code: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        mark("The store of files cannot be reached at the moment. Please try again."),
    ),
    errors.TooManyReports.code: (
        HTTPStatus.TOO_MANY_REQUESTS,
        mark(
            "More reports came in today than can be read. Keep what you wrote and send it tomorrow."
        ),
    ),
    errors.NetworkBusy.code: (
        HTTPStatus.TOO_MANY_REQUESTS,
        mark(
            "Many reports came from your network today, perhaps from others who share it. Keep what"
            " you wrote and send it tomorrow, or send it from another connection now."
        ),
    ),
    errors.EntryBusy.code: (
        HTTPStatus.TOO_MANY_REQUESTS,
        mark(
            "Many reports about this entry came in today and are being read. Look here again"
            " tomorrow: if your error is not mended by then, send it."
        ),
    ),
    errors.NotMigrated.code: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        mark("The database is not at the version this service needs."),
    ),
    errors.PeriodOpen.code: (
        HTTPStatus.CONFLICT,
        mark("The figure can be published only after the cut-off of its period."),
    ),
    errors.RollMissing.code: (
        HTTPStatus.CONFLICT,
        mark("No roll of cities is in force on the reporting day, so there is no figure."),
    ),
    errors.LedgerBroken.code: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        mark("The ledger does not verify, so nothing is signed on top of it."),
    ),
    errors.UnsafeConfiguration.code: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        mark("The service is not configured safely."),
    ),
}

# What is wrong with one field, as a sentence that says what to do.
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


def status_of(error: RegistryError) -> HTTPStatus:
    return REFUSALS[error.code][0]


def words_of(error: RegistryError) -> str:
    return gettext(REFUSALS[error.code][1])


def is_program(request: Request) -> bool:
    """Whether the answer goes to a program (problem+json) or a person (a page)."""
    path = request.url.path
    by_browser = "text/html" in request.headers.get("accept", "")
    if path == "/ogc" or path.startswith("/ogc/"):
        asked = request.query_params.get("f")
        return asked != "html" and (asked is not None or not by_browser)
    if path.startswith(_EMBEDDED):
        return path.endswith((".svg", ".png", ".json"))
    if path.startswith(_OF_PROGRAMS):
        return True
    # Beside the pages there is nothing to read: whoever mistyped an address is told so in words.
    in_pages = path.split("/", 2)[1] in set(i18n.Language)
    return not in_pages and not by_browser


_OF_PROGRAMS = ("/api/", "/openapi.json")
# In a frame of another site there is room for the words only.
_EMBEDDED = "/embed/"


# What of an address is not its path. The path is judged where one is sent there.
_ADDRESS = re.compile(r"^https?://[^/]*|[?#].*", re.DOTALL)


def refusal(request: Request, error: RegistryError) -> Response:
    """The answer to a refused request, in the form its caller reads."""
    if isinstance(error, SignInRequired) and not is_program(request):
        back, done = request.url.path, ""
        if request.method != "GET":
            # Back to the page with the form: where it was sent to need not be a page.
            back, done = _ADDRESS.sub("", request.headers.get("referer", "")), "&done=expired"
        return RedirectResponse(
            f"/{i18n.current()}/sign-in?next={quote(back)}{done}", HTTPStatus.SEE_OTHER
        )
    status, _ = REFUSALS[error.code]
    if isinstance(error, Moved):
        address = _moved_to(request, error)
        if not is_program(request):
            return RedirectResponse(address, status)
        return _answer(request, status, error.code, words_of(error), headers={"Location": address})
    fields = error.problems if isinstance(error, InvalidInput) else ()
    return _answer(request, status, error.code, words_of(error), fields)


def _moved_to(request: Request, moved: Moved) -> str:
    """The address asked for with its last part as it is written; a page will say where one came
    from."""
    # Not from `request.url`: a question mark in a name would end its path.
    parts = request.scope["path"].split("/")
    place = len(parts) - 1 - parts[::-1].index(moved.was)
    parts[place] = moved.now
    query = request.query_params.multi_items()
    if not is_program(request):
        query = [*((n, v) for n, v in query if n != "came_from"), ("came_from", moved.was)]
    asked = f"?{urlencode(query)}" if query else ""
    return "/".join(quote(part, safe="") for part in parts) + asked


def _answer(
    request: Request,
    status: HTTPStatus,
    code: str,
    words: str,
    fields: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    request_id = request.state.request_id
    if is_program(request):
        body = {
            "type": problem_type(request.app.state.settings.public_url, code),
            "title": words,
            "status": status.value,
            "code": code,
            "request_id": request_id,
        }
        if fields:
            body["errors"] = [
                {"pointer": p.pointer, "code": p.code, "detail": sentence(p)} for p in fields
            ]
        sent = {**(headers or {}), "Content-Language": i18n.current().value}
        if status is HTTPStatus.UNAUTHORIZED:
            sent["WWW-Authenticate"] = "Bearer"
        return JSONResponse(body, status, sent, PROBLEM_JSON)
    from api.rendering import page  # noqa: PLC0415 - pages need these words, and these words a page

    return page(
        request,
        "embed/error.html" if request.url.path.startswith(_EMBEDDED) else "error.html",
        status=status,
        headers=headers,
        words=words,
        fields=[(p, sentence(p)) for p in fields],
        request_id=request_id,
    )


def problem_type(public_url: str, code: str) -> str:
    """The address that names a kind of problem, and explains it to whoever follows it."""
    return f"{public_url.rstrip('/')}/problems/{code}"


# What is refused before anything of ours is asked; the code is the status's own name.
OF_HTTP: Mapping[HTTPStatus, str] = {
    HTTPStatus.NOT_FOUND: mark("There is nothing at this address."),
    HTTPStatus.BAD_REQUEST: mark("The request could not be read."),
    HTTPStatus.METHOD_NOT_ALLOWED: mark("This address does not take this kind of request."),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: mark(
        "Send the body as JSON, and say so with Content-Type: application/json."
    ),
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: mark("The file does not have the part asked for."),
}
# What is nobody's fault who asks.
OURS: Mapping[str, tuple[HTTPStatus, str]] = {
    "unavailable": (
        HTTPStatus.SERVICE_UNAVAILABLE,
        mark("The register cannot be reached at the moment. Please try again."),
    ),
    "internal": (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        mark("Something went wrong on our side. Nothing was saved."),
    ),
}


def kinds_of_problems() -> dict[str, tuple[HTTPStatus, str]]:
    """Status and words of everything a request can be refused with, by its code."""
    of_http = {status.name.lower(): (status, words) for status, words in OF_HTTP.items()}
    return {**of_http, **REFUSALS, **OURS}


def _of_http(
    request: Request, status: HTTPStatus, headers: Mapping[str, str] | None = None
) -> Response:
    words = OF_HTTP.get(status, mark("The request could not be answered."))
    return _answer(request, status, status.name.lower(), gettext(words), headers=headers)


def _sent_otherwise(request: Request, error: RequestValidationError) -> bool:
    """Whether a body was not read because its sender does not call it JSON."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    whole = any(tuple(problem["loc"]) == ("body",) for problem in error.errors())
    is_json = sent == "application/json" or (sent.startswith("application/") and "+json" in sent)
    return whole and bool(sent) and not is_json


def install(app: FastAPI) -> None:
    """Registers the handlers; nothing a caller sends ends in a bare 500."""

    @app.exception_handler(RegistryError)
    def refused(request: Request, error: RegistryError) -> Response:
        watchman.saw(request, error)
        return refusal(request, error)

    @app.exception_handler(RequestValidationError)
    def unreadable(request: Request, error: RequestValidationError) -> Response:
        if _sent_otherwise(request, error):
            return _of_http(request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        return refusal(request, InvalidInput(field_problems_of(error.errors(), skip=1)))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        return _of_http(request, HTTPStatus(error.status_code), error.headers)

    @app.exception_handler(IntegrityError)
    def conflict(request: Request, error: IntegrityError) -> Response:
        log.warning("refused by the database: %s", error.orig)
        return refusal(request, errors.WrongState())

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(PoolTimeoutError)
    def unavailable(request: Request, error: Exception) -> Response:
        log.error("database unavailable: %s", error)
        status, words = OURS["unavailable"]
        after = {"Retry-After": "5"}
        return _answer(request, status, "unavailable", gettext(words), headers=after)

    @app.exception_handler(Exception)
    def broken(request: Request, error: Exception) -> Response:
        log.error("request %s failed", request.state.request_id, exc_info=error)
        status, words = OURS["internal"]
        return _answer(request, status, "internal", gettext(words))
