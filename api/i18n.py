"""Languages: which one a request speaks, its words, numbers and dates.

The callables are installed once and read a context variable: nothing per request is shared.
"""

import gettext as stdlib_gettext
import io
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from pathlib import Path

from babel.dates import format_date as babel_date
from babel.dates import format_datetime as babel_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from registry.domain import messages
from registry.domain.dates import PartialDate
from registry.queries.moments import VIET_NAM

Language = messages.Language
DEFAULT = Language.VI
_LOCALE = Path(__file__).parent / "locale"
_current: ContextVar[Language] = ContextVar("language", default=DEFAULT)


def current() -> Language:
    return _current.get()


def speak(language: Language) -> None:
    """Sets the language of the request being answered."""
    _current.set(language)


def negotiate(accept_language: str) -> Language:
    """The better of our languages for an Accept-Language header (RFC 9110); Vietnamese if even."""
    best, weight = DEFAULT, 0.0
    for part in accept_language.split(","):
        tag, _, parameters = part.strip().partition(";")
        try:
            quality = float(parameters.strip().removeprefix("q=")) if parameters else 1.0
        except ValueError:
            continue
        primary = tag.strip().lower().partition("-")[0]
        if primary in set(Language) and quality > weight:
            best, weight = Language(primary), quality
    return best


@cache
def _catalogue(language: Language) -> stdlib_gettext.NullTranslations:
    # Sources are in English; only Vietnamese needs a catalogue.
    if language is Language.EN:
        return stdlib_gettext.NullTranslations()
    compiled = io.BytesIO()
    with (_LOCALE / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language.value))
    compiled.seek(0)
    return stdlib_gettext.GNUTranslations(compiled)


def gettext(message: str) -> str:
    return _catalogue(current()).gettext(message) if message else ""


def translated(message: str, language: Language) -> str:
    """A message in a language that need not be the reader's."""
    return _catalogue(language).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    return _catalogue(current()).ngettext(singular, plural, n)


def mark(message: str) -> str:
    """Marks a message for extraction; it is translated where it is shown."""
    return message


def pick(vi: str, en: str) -> str:
    """Of a text kept in both languages, the reader's; Vietnamese where English is missing."""
    return en if current() is Language.EN and en else vi


def number(value: int) -> str:
    return format_decimal(value, locale=current().value)


def decimal(value: Decimal) -> str:
    """A measured number with all its digits."""
    return format_decimal(value, format="#,##0.######", locale=current().value)


def size(count: int) -> str:
    """A number of bytes as people read it; never shown as nothing."""
    if count < 100_000:
        return f"{number(max(1, round(count / 1000)))} KB"
    megabytes = format_decimal(count / 1_000_000, format="#,##0.0", locale=current().value)
    return f"{megabytes} MB"


def percent(share: Decimal | None) -> str:
    """A share as a percentage with one decimal, cut and never rounded up; a dash without data."""
    if share is None:
        return "–"
    cut = (share * 100).quantize(Decimal("0.1"), rounding=ROUND_DOWN)
    return format_decimal(cut, format="#,##0.0", locale=current().value) + "%"


def to_tenths(value: Fraction, *, up: bool = False) -> Decimal:
    """With one decimal: what is needed goes up, what was reached is cut."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.1"), rounding=ROUND_CEILING if up else ROUND_DOWN)


def tenths(value: Fraction, *, up: bool = False) -> str:
    return format_decimal(to_tenths(value, up=up), format="#,##0.#", locale=current().value)


def day(value: date | None) -> str:
    if value is None:
        return ""
    pattern = "dd/MM/yyyy" if current() is Language.VI else "d MMMM yyyy"
    return babel_date(value, pattern, locale=current().value)


def instant(value: datetime | None) -> str:
    """A moment in Viet Nam's time."""
    if value is None:
        return ""
    pattern = "HH:mm dd/MM/yyyy" if current() is Language.VI else "d MMMM yyyy, HH:mm"
    return babel_datetime(value, pattern, tzinfo=VIET_NAM, locale=current().value)


def deadline(value: datetime) -> str:
    """The last moment in time for something: midnight is the end of the day before."""
    local = value.astimezone(VIET_NAM)
    if local.time() != time():
        return instant(value)
    return gettext("the end of %(day)s") % {"day": day(local.date() - timedelta(days=1))}


def iso_utc(value: datetime) -> str:
    """ISO 8601 with microseconds and Z: precise enough to ask for the same moment again."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def partial(text: str | PartialDate | None) -> str:
    """A date of reduced precision, as precise as it is."""
    if not text:
        return ""
    value = text if isinstance(text, PartialDate) else PartialDate.parse(text)
    if len(value.text) == len("YYYY-MM-DD"):
        return day(value.earliest)
    if len(value.text) == len("YYYY-MM"):
        pattern = "MM/yyyy" if current() is Language.VI else "MMMM yyyy"
        return babel_date(value.earliest, pattern, locale=current().value)
    return value.text


def certain_from(text: str | PartialDate) -> str:
    """The day from which a beginning known by its month or year is certain; else nothing."""
    value = text if isinstance(text, PartialDate) else PartialDate.parse(text)
    return day(value.latest) if value.earliest != value.latest else ""


def chosen(labels: Mapping[StrEnum, str], value: StrEnum) -> str:
    return gettext(labels[value])
