"""Refusals: everything the registry may answer instead of doing what was asked.

A refusal has a name (`code`) here, and status and words in `api.refusals`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing wrong with one field.

    `pointer` is an RFC 6901 JSON Pointer into the input ("/stages/0/since"); `code` names the
    rule that was broken; `params` are the values its sentence needs.
    """

    pointer: str
    code: str
    params: dict[str, str] = field(default_factory=dict)


class RegistryError(Exception):
    """Base of all refusals."""

    code = "refused"


class NotFound(RegistryError):
    """There is no such thing, or the reader may not know of it."""

    code = "not_found"


class Moved(RegistryError):
    """What is asked for stands at another address: there `was` is written `now`."""

    code = "moved"

    def __init__(self, was: str, now: str) -> None:
        super().__init__(f"{was}: {now}")
        self.was, self.now = was, now


class InvalidInput(RegistryError):
    """What was sent breaks one or more rules; `problems` names each place."""

    code = "invalid_input"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__(", ".join(f"{p.pointer}: {p.code}" for p in problems))
        self.problems = tuple(problems)


class InvalidQuestion(InvalidInput):
    """A question that a standard has a number of its own for; `problems` names each place."""

    code = "invalid_question"


class UnknownDownload(InvalidInput):
    """There is no set of data, or no format of it, of this name; `problems` says which."""

    code = "unknown_download"


class Busy(RegistryError):
    """As many files are being made as the service makes at a time."""

    code = "busy"


class SignInRequired(RegistryError):
    """Only a signed-in person may do this."""

    code = "sign_in_required"


class SignInFailed(RegistryError):
    """Address and password do not belong together (or the account is closed)."""

    code = "sign_in_failed"


class TooManyAttempts(RegistryError):
    """Too many failed sign-ins; wait."""

    code = "too_many_attempts"


class TooFast(RegistryError):
    """More reads in a minute than one network gets."""

    code = "too_fast"


class Forbidden(RegistryError):
    """This person's roles do not allow the action on this subject."""

    code = "forbidden"


class OwnWork(Forbidden):
    """Nobody decides on their own work, nor on that of a city they belong to (domain.md §4)."""

    code = "own_work"


class TwoPersons(Forbidden):
    """Inside a city one person writes a text and another reads and submits it."""

    code = "two_persons"


class AlreadyRead(Forbidden):
    """Whoever gave an opinion on an entry is not its second reader, nor settles the dispute."""

    code = "already_read"


class InOtherHands(Forbidden):
    """A colleague has taken the entry up."""

    code = "in_other_hands"


class ForTheLead(Forbidden):
    """Two readers differ: the lead decides."""

    code = "for_the_lead"


class WrongState(RegistryError):
    """The action does not lead anywhere from the state the subject is in now."""

    code = "wrong_state"


class NotRead(RegistryError):
    """Approved together with others is only what the approver has read and said so."""

    code = "not_read"


class Hindered(RegistryError):
    """The register finds something in it that a reviewer has to look at by itself."""

    code = "hindered"


class TooMany(RegistryError):
    """There are as many of these as one may keep."""

    code = "too_many"


class ReportedOtherwise(RegistryError):
    """The city reported a stage that the text does not tell: nobody can say it is still true."""

    code = "reported_otherwise"


class Stale(RegistryError):
    """The subject changed since the caller read it."""

    code = "stale"


class PreconditionRequired(RegistryError):
    """A change must say which state it was made against (If-Match)."""

    code = "precondition_required"


class IdempotencyKeyRequired(RegistryError):
    """A creation must carry an Idempotency-Key, so that sending it twice creates once."""

    code = "idempotency_key_required"


class IdempotencyKeyReused(RegistryError):
    """The same Idempotency-Key came with another request."""

    code = "idempotency_key_reused"


class CrossSite(RegistryError):
    """A change was sent by a page of another site."""

    code = "cross_site"


class TooLarge(RegistryError):
    """The request's body is larger than the service reads."""

    code = "too_large"


class FileUnavailable(RegistryError):
    """A file that the register knows cannot be stored or read now."""

    code = "file_unavailable"


class TooManyReports(RegistryError):
    """So many reports of errors came today that more would hide what is meant."""

    code = "too_many_reports"


class NetworkBusy(TooManyReports):
    """They came from one network."""

    code = "too_many_from_network"


class EntryBusy(TooManyReports):
    """They are about one entry."""

    code = "too_many_about_entry"


class NotMigrated(RegistryError):
    """The database is not at the version this code needs."""

    code = "not_migrated"


class PeriodOpen(RegistryError):
    """A period's figure is published only after its cut-off."""

    code = "period_open"


class RollMissing(RegistryError):
    """No roll of cities is in force on the day: there is nothing a figure could be a share of."""

    code = "roll_missing"


class LedgerBroken(RegistryError):
    """The ledger does not verify: nothing may be signed on top of it."""

    code = "ledger_broken"


class UnsafeConfiguration(RegistryError):
    """The service refuses to start like this in production."""

    code = "unsafe_configuration"
