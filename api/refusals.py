"""Why a request is refused: status and words of every refusal, by its code.

A new refusal is named in `registry/domain/errors.py` and gets its line here. What is wrong with one
field only stands in `api/field_words.py`; how the answer is made, in `api/errors.py`.
"""

from collections.abc import Mapping
from http import HTTPStatus

from api.i18n import gettext, mark
from registry.domain import errors
from registry.domain.errors import RegistryError

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


def status_of(error: RegistryError) -> HTTPStatus:
    return REFUSALS[error.code][0]


def words_of(error: RegistryError) -> str:
    return gettext(REFUSALS[error.code][1])
