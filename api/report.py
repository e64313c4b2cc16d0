"""The editor's room: a report put into words, as sections that book and paper show alike."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from api.i18n import deadline, gettext, instant, number, percent, pick
from api.labels import done, label
from api.names import bare, in_order
from api.outcome_words import reason
from registry.domain.coverage import Tally, Verdict
from registry.domain.model import Action, CityStatus, ProblemArea, UrbanClass
from registry.queries.cities import CityRow
from registry.queries.coverage import Coverage, Group, GroupBy
from registry.queries.reports import CountedCase, Report, Reviewing

# A share is a Decimal between 0 and 1; a text is never anything but text.
Cell = str | int | Decimal | float | date | datetime | None


@dataclass(frozen=True, slots=True)
class Section:
    """A table with its heading. What is long is told on paper in another way (`on_paper`)."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    in_book: bool = True
    on_paper: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    subtitle: str
    known_at: datetime
    sections: Sequence[Section]


_ACTIONS = (
    Action.APPROVE,
    Action.RETURN,
    Action.REJECT,
    Action.SUSPEND,
    Action.REVOKE,
    Action.REINSTATE,
)


def document(found: Report, address: str, reviewing: Reviewing | None = None) -> Document:
    """The report in the reader's language; `reviewing` only where the ministry reads it."""
    sections = [
        _national(found, address),
        _groups(gettext("By province"), gettext("Province"), found.parts[GroupBy.PROVINCE]),
        _groups(gettext("By class"), gettext("Class"), found.parts[GroupBy.URBAN_CLASS]),
        _groups(
            gettext("By problem area"),
            gettext("Problem area"),
            found.parts[GroupBy.AREA],
            gettext("Every city may choose any problem: each area is a share of all cities."),
        ),
        _counted(found),
        _changes(found),
        *_not_counted(found),
        _overdue(found),
    ]
    if reviewing is not None:
        sections += [_late(found), _reviewing(reviewing)]
    return Document(
        title=gettext("Cities with an AI application that solves a pressing problem"),
        subtitle=pick(found.period.name_vi, found.period.name_en),
        known_at=found.moment.known_at,
        sections=sections,
    )


def _national(found: Report, address: str) -> Section:
    figure, tally = found.figure, found.figure.tally
    target = found.figure.target if found.published is None else found.published.target
    rows: list[tuple[str, Cell]] = [
        (gettext("Reporting day"), figure.moment.on),
        (gettext("Cut-off"), deadline(found.period.cut_off)),
        (gettext("As known at"), figure.moment.known_at),
        (gettext("Position in the ledger"), figure.moment.position),
        (gettext("Counting rule"), figure.rule),
        (gettext("Roll"), _roll(figure)),
        (gettext("Cities counted"), tally.counted),
        (gettext("Cities in total"), tally.total),
        (gettext("Cities that the roll names"), tally.enumerated),
        (gettext("Share"), tally.share),
        (gettext("Formula"), _formula(tally)),
        (gettext("Target for %(year)s") % {"year": target.year}, Decimal(target.percent) / 100),
        (gettext("Against the target"), label(tally.verdict(target))),
        (gettext("Cities missing"), tally.missing(target)),
    ]
    if found.published is not None:
        rows += [
            (gettext("Published at"), found.published.published_at),
            (gettext("SHA-256 of the list of rows"), found.published.rows_sha256.hex()),
        ]
    unsigned = gettext("None covers this position yet: heads are signed once a day.")
    rows += [
        (gettext("Signed head of the ledger"), unsigned if found.head is None else found.head.note),
        (gettext("Permanent address"), address),
    ]
    return Section(gettext("National figure"), (gettext("What"), gettext("Value")), rows)


def _roll(figure: Coverage) -> str:
    if figure.roll is None:
        return label(Verdict.NO_DATA)
    return f"{pick(figure.roll.name_vi, figure.roll.name_en)} ({figure.roll.code})"


def _formula(tally: Tally) -> str:
    words = {
        "counted": number(tally.counted),
        "total": number(tally.total),
        "share": percent(tally.share),
    }
    return gettext("cities counted / all cities = %(counted)s / %(total)s = %(share)s") % words


def _groups(title: str, heading: str, figure: Coverage, note: str = "") -> Section:
    rows = [
        (_group_name(group), group.tally.counted, group.tally.total, group.tally.share)
        for group in figure.groups
    ]
    headings = (heading, gettext("Counted"), gettext("Cities"), gettext("Share"))
    return Section(title, headings, rows, note)


def _group_name(group: Group) -> str:
    if not group.key:
        return gettext("Not known")
    if group.name_vi:
        return pick(group.name_vi, group.name_en)
    kind = UrbanClass if group.key in set(UrbanClass) else ProblemArea
    return label(kind(group.key))


def _counted(found: Report) -> Section:
    rows: list[Sequence[Cell]] = [
        (
            case.city.code,
            _name(case.city),
            _province(case.city),
            label(UrbanClass(case.city.urban_class)),
            "; ".join(label(ProblemArea(area)) for area in case.areas),
            f"{pick(case.title, case.title_en)} ({case.use_case}, {case.version})",
            "\n".join(_proof(case)),
            gettext("Late") if (case.use_case, case.version) in found.late else "",
        )
        for case in found.counted
    ]
    headings = (
        gettext("Code"),
        gettext("City"),
        gettext("Province"),
        gettext("Class"),
        gettext("Problem area"),
        gettext("AI application (code, version)"),
        gettext("Evidence"),
        gettext("After the cut-off"),
    )
    return Section(gettext("Cities counted"), headings, rows)


def _proof(case: CountedCase) -> list[str]:
    return [f"{proof.title}: {proof.url or f'SHA-256 {proof.sha256}'}" for proof in case.evidence]


def _changes(found: Report) -> Section:
    title, headings = (
        gettext("Changes since the period before"),
        (gettext("Change"), gettext("Code"), gettext("City")),
    )
    before = found.before
    if before is None:
        return Section(title, headings, (), gettext("There is no period before this one."))
    note = gettext("%(period)s: %(counted)s of %(total)s cities (%(share)s).") % {
        "period": pick(before.period.name_vi, before.period.name_en),
        "counted": number(before.tally.counted),
        "total": number(before.tally.total),
        "share": percent(before.tally.share),
    }
    rows = [
        (words, code, pick(*found.names[code]))
        for words, codes in (
            (gettext("Newly counted"), before.entered),
            (gettext("No longer counted"), before.left),
        )
        for code in codes
    ]
    return Section(title, headings, rows, note)


def _not_counted(found: Report) -> list[Section]:
    """How many, then which: by city in the book, by province on paper."""
    numbers = Counter(city.status for city in found.cities)
    status = gettext("Status")
    rest = [city for city in found.cities if city.status is not CityStatus.COUNTED]
    return [
        Section(
            gettext("Cities by status"),
            (status, gettext("Cities")),
            [(label(each), numbers[each]) for each in CityStatus],
        ),
        Section(
            gettext("Cities not counted"),
            (gettext("Code"), gettext("City"), gettext("Province"), status, gettext("Why")),
            [
                (c.code, _name(c), _province(c), label(c.status), reason(c.outcome))
                for c in sorted(rest, key=lambda c: (list(CityStatus).index(c.status), c.code))
            ],
            on_paper=False,
        ),
        *(
            _by_province(label(each), [c for c in rest if c.status is each])
            for each in CityStatus
            if each is not CityStatus.COUNTED
        ),
    ]


def _by_province(title: str, cities: Iterable[CityRow]) -> Section:
    named = defaultdict(list)
    for city in cities:
        named[_province(city)].append(_name(city))
    rows = [
        (province, len(names), ", ".join(sorted(names, key=lambda n: in_order(bare(n)))))
        for province, names in sorted(named.items(), key=lambda item: in_order(bare(item[0])))
    ]
    headings = (gettext("Province"), gettext("Number"), gettext("Cities"))
    return Section(title, headings, rows, in_book=False)


def _overdue(found: Report) -> Section:
    rows = [
        (
            "" if case.city is None else _name(case.city),
            "" if case.city is None else _province(case.city),
            case.use_case,
            case.due_on,
        )
        for case in found.overdue
    ]
    headings = (
        gettext("City"),
        gettext("Province"),
        gettext("AI application"),
        gettext("Confirmation was due on"),
    )
    return Section(gettext("Yearly confirmations overdue"), headings, rows)


def _late(found: Report) -> Section:
    rows = [
        (each.city_code, pick(*found.names[each.city_code]), key[0], key[1], each.submitted_at)
        for key, each in sorted(found.late.items())
    ]
    headings = (
        gettext("Code"),
        gettext("City"),
        gettext("AI application"),
        gettext("Version"),
        gettext("Submitted"),
    )
    return Section(gettext("Submitted after the cut-off"), headings, rows)


def _reviewing(found: Reviewing) -> Section:
    rows: list[Sequence[Cell]] = [
        (
            one.name,
            *(one.decisions.get(action, 0) for action in _ACTIONS),
            one.total,
            one.opinions,
            round(one.median_days, 1),
            round(one.longest_days, 1),
        )
        for one in found.reviewers
    ]
    headings = (
        gettext("Reviewer"),
        *(done(action) for action in _ACTIONS),
        gettext("Decisions"),
        gettext("Opinions for others’ decisions"),
        gettext("Median wait in days"),
        gettext("Longest wait in days"),
    )
    note = gettext("Waiting for a decision: %(number)s.") % {"number": number(found.waiting)}
    if found.since is not None:
        note += " " + gettext("Decisions recorded after %(time)s.") % {
            "time": deadline(found.since)
        }
    if found.oldest is not None:
        note += " " + gettext("The oldest was submitted at %(time)s.") % {
            "time": instant(found.oldest)
        }
    return Section(gettext("Reviewing"), headings, rows, note)


def _name(city: CityRow) -> str:
    return pick(city.name_vi, city.name_en)


def _province(city: CityRow) -> str:
    return pick(city.province_vi, city.province_en) or gettext("Not known")
