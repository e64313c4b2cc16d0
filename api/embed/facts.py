"""The lending desk's index cards: what a badge and a figure say, and what they rest on."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import quote, urlencode, urlsplit

from sqlalchemy.orm import Session

from api.i18n import current, day, gettext, instant, iso_utc, mark, number, percent, pick
from api.indicator_texts import aim, apart, name_of, sentence, verdict
from maps import small
from registry.domain.counted import Counted, Word, counted_on
from registry.domain.counting import RULE
from registry.domain.errors import FieldProblem, InvalidInput, NotFound
from registry.domain.indicators import Indicator
from registry.queries.cities import CityRow, cities, city
from registry.queries.coverage import GroupBy, Roll, coverage
from registry.queries.indicator_figures import Figure, figure
from registry.queries.moments import Moment
from registry.queries.timeline import outlines, runs_of
from registry.settings import Mode, Settings

_WORDS = {
    Word.COUNTED: mark("Counted since %(day)s"),
    Word.NO_LONGER: mark("No longer counted since %(day)s"),
    Word.NOT_YET: mark("Not yet counted"),
    Word.NOT_ON_ROLL: mark("Not on the roll of cities"),
    Word.NO_ROLL: mark("No roll of cities on this day"),
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a piece rests on, and where it is checked: `page` shows it now, `proof` as it was.

    `page` and `proof` are whole addresses, `root` is that of the reader's language, `clocks` the
    query of the day and what was known; `note` is said where the entries are examples.
    """

    root: str
    clocks: str
    on: str
    known: str
    at: str
    page: str
    proof: str
    note: str

    def elsewhere(self, path: str) -> str:
        """The address of another page, without its language, on the same day as known then."""
        return f"{self.root}{path}?{self.clocks}"

    @property
    def short(self) -> str:
        """The page's address as people copy it by hand."""
        return "".join(urlsplit(self.page)[1:3])


@dataclass(frozen=True, slots=True)
class Badge:
    """What the register says of a city on a day: `word` in `words`."""

    city: CityRow
    counted: Counted
    words: str
    stamp: Stamp

    @property
    def word(self) -> Word:
        return self.counted.word

    @property
    def name(self) -> str:
        return pick(self.city.name_vi, self.city.name_en) or self.city.code


@dataclass(frozen=True, slots=True)
class Aim:
    """A target as a place on a line of a hundred, with its words."""

    percent: int
    words: str


@dataclass(frozen=True, slots=True)
class Told:
    """A figure: `large` in a few signs, `sentence` to be read aloud. `share` is a fraction of one;
    None where there is none to draw."""

    heading: str
    large: str
    sentence: str
    verdicts: tuple[str, ...]
    basis: str
    share: Decimal | None
    aims: tuple[Aim, ...]
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Country:
    """The cities of a day and the national figure; `land` are paths of `maps.small`, one per
    province."""

    told: Told
    cities: list[CityRow]
    land: list[str]
    stamp: Stamp


def stamp(config: Settings, when: Moment, path: str, **query: str) -> Stamp:
    """`path` is that of a page, without its language."""
    root = f"{config.site}/{current()}"
    page = f"{root}{path}?{urlencode(query)}" if query else f"{root}{path}"
    clocks = urlencode({"as_of": when.on.isoformat(), "known_at": iso_utc(when.known_at)})
    examples = config.mode is not Mode.PRODUCTION
    return Stamp(
        root=root,
        clocks=clocks,
        on=gettext("As of %(day)s.") % {"day": day(when.on)},
        known=gettext("As known at %(time)s.") % {"time": instant(when.known_at)},
        at=gettext("As of %(day)s, at event %(position)s of the ledger")
        % {"day": day(when.on), "position": number(when.position)},
        page=page,
        proof=f"{page}{'&' if query else '?'}{clocks}",
        note=gettext("Documented examples, not an official register") if examples else "",
    )


def badge(db: Session, config: Settings, when: Moment, code: str) -> Badge:
    """Raises NotFound where the register knows no such city."""
    found = city(db, code, when)
    if found is None:
        raise NotFound
    counted = counted_on(runs_of(db, when, found.id), when.on)
    words = gettext(_WORDS[counted.word]) % {"day": day(counted.since)}
    return Badge(found, counted, words, stamp(config, when, f"/cities/{quote(code)}"))


def asked(db: Session, config: Settings, when: Moment, n: Indicator | None, province: str) -> Told:
    """The figure asked for. Raises InvalidInput where the province has none, or is asked of another
    indicator."""
    if not province:
        return of_indicator(db, config, when, n or Indicator.CITIES)
    if n not in {None, Indicator.CITIES}:
        raise InvalidInput([FieldProblem("/province", "only_of_cities")])
    found = of_province(db, config, when, province)
    if found is None:
        raise InvalidInput([FieldProblem("/province", "unknown_province")])
    return found


def country(db: Session, config: Settings, when: Moment) -> Country:
    return Country(
        told=of_indicator(db, config, when, Indicator.CITIES),
        cities=cities(db, when),
        land=[small.outline(polygons) for polygons in outlines(db, when)],
        stamp=stamp(config, when, "/map"),
    )


def of_indicator(db: Session, config: Settings, when: Moment, n: Indicator) -> Told:
    """The figure of one of the four indicators, against its targets."""
    found = figure(db, n, when)
    point = found.point
    large = gettext("no data") if n is Indicator.CITIES else gettext("not yet reported")
    if point.counted is not None:
        large = number(point.counted)
        if point.total is not None:
            large = f"{large} / {number(point.total)} ({percent(point.share)})"
    drawn = point.counted is not None and n is not Indicator.PEOPLE
    path = "/" if n is Indicator.CITIES else f"/indicators/{n}"
    return Told(
        heading=name_of(n),
        large=large,
        sentence=" ".join(filter(None, [sentence(found), apart(found)])),
        verdicts=tuple(verdict(each) for each in found.outlooks),
        basis=_basis(found),
        share=point.share if drawn else None,
        aims=tuple(
            Aim(each.goal.percent, aim(each))
            for each in found.outlooks
            if each.goal.percent is not None
        ),
        stamp=stamp(config, when, path),
    )


def _basis(found: Figure) -> str:
    if found.coverage is None:
        return gettext("Decision 699/QĐ-BTTTT (2024)")
    return _roll_and_rule(found.coverage.roll)


def _roll_and_rule(roll: Roll | None) -> str:
    if roll is None:
        return gettext("Counting rule %(rule)s") % {"rule": RULE}
    return gettext("Roll: %(roll)s. Counting rule: %(rule)s.") % {
        "roll": pick(roll.name_vi, roll.name_en),
        "rule": RULE,
    }


def of_province(db: Session, config: Settings, when: Moment, code: str) -> Told | None:
    """The part of a province in the figure; None where no roll of the day names a city there. The
    targets are for the whole country, so none is held against it."""
    found = coverage(db, when, group_by=GroupBy.PROVINCE)
    group = next((each for each in found.groups if each.key == code), None)
    if group is None or not code:
        return None
    tally = group.tally
    name = pick(group.name_vi, group.name_en) or code
    said = {
        "day": day(when.on),
        "province": name,
        "counted": number(tally.counted),
        "total": number(tally.total),
        "share": percent(tally.share),
    }
    return Told(
        heading=gettext("%(province)s: cities with AI on a pressing problem") % said,
        large=gettext("%(counted)s / %(total)s (%(share)s)") % said,
        sentence=gettext(
            "As of %(day)s, %(counted)s of the %(total)s cities that the roll names in %(province)s"
            " (%(share)s) count: they have an AI application that solves at least one pressing"
            " social problem of the city."
        )
        % said,
        verdicts=(),
        basis=_roll_and_rule(found.roll),
        share=tally.share,
        aims=(),
        stamp=stamp(config, when, "/cities", province=code),
    )


def as_data(config: Settings, when: Moment, found: Badge) -> dict[str, object]:
    """The badge for programs. Days are ISO 8601; [from, until) with null for not known yet."""

    def told(value: date | None) -> str | None:
        return None if value is None else value.isoformat()

    query = urlencode({"as_of": when.on.isoformat(), "known_at": iso_utc(when.known_at)})
    return {
        "city": found.city.code,
        "name": found.name,
        "word": found.word.value,
        "words": found.words,
        "since": told(found.counted.since),
        "counted": [{"from": told(d.start), "until": told(d.end)} for d in found.counted.days],
        "outcome": found.city.outcome.value,
        "as_of": when.on.isoformat(),
        "known_at": iso_utc(when.known_at),
        "position": when.position,
        "rule": RULE,
        "page": found.stamp.proof,
        "api": f"{config.site}/api/v1/cities/{quote(found.city.code)}?{query}",
    }
