"""What stands out in a version, as sentences in the reader's language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from api.field_words import FIELDS
from api.fields import field_names
from api.i18n import day, gettext, instant, mark, pick
from api.labels import label
from registry.domain.findings import Finding, Weight
from registry.domain.model import Stage

# Those that the rules of the standard ask have their sentences in `api.field_words`.
SENTENCES: Mapping[str, str] = {
    "not_on_roll": mark("The city is not on the roll in force today."),
    "no_open_problem": mark("No problem that it addresses is declared and open today."),
    "no_certain_stage": mark("No stage is certain today: the dates given leave it open."),
    "not_operational": mark("Not in operation today: %(stage)s."),
    "no_technique": mark("No AI technique is named."),
    "no_evidence": mark("There is no evidence."),
    "no_evidence_answers": mark("None of its links answers, and there is no file."),
    "problem_withdrawn": mark("The city withdrew “%(problem)s”, with effect from %(day)s."),
    "problem_after_stage": mark(
        "“%(problem)s” was declared after the application began to operate; it can count only from"
        " %(day)s."
    ),
    "basis_link_broken": mark(
        "The link to the basis of “%(problem)s” has not answered since %(time)s."
    ),
    "stage_never_certain": mark("The stage “%(stage)s” is certain on no day."),
    "evidence_before_operation": mark("Item %(item)s is older than the operation it should prove."),
    "evidence_in_the_future": mark("Item %(item)s bears a date that has not come yet."),
    "link_unchecked": mark("The link of item %(item)s has not been checked yet."),
    "link_failing": mark(
        "The link of item %(item)s did not answer at %(time)s; it is asked again."
    ),
    "link_broken": mark("The link of item %(item)s has not answered since %(time)s."),
    "link_elsewhere": mark("Other cities give the link of item %(item)s too: %(entries)s."),
    "file_elsewhere": mark("Other cities hand in the file of item %(item)s too: %(entries)s."),
    "file_again": mark("The city gives the file of item %(item)s elsewhere too: %(entries)s."),
    "unanswered": mark("Expected at this stage, and not given."),
    "withheld": mark("Kept from the public until %(day)s."),
    "letter_missing": mark("It was handed in without an official letter."),
    "letter_unseen": mark("Of the official letter only number and date are given, no file."),
    "letter_elsewhere": mark("Other cities' entries came with the same letter: %(entries)s."),
    "late": mark("Late for %(period)s."),
    "possible_duplicate": mark("Perhaps the same application as %(entries)s of this city."),
    "tried_before": mark("Like %(entries)s of this city, of which nothing came."),
    "text_elsewhere": mark("Other cities' entries have the same text: %(entries)s."),
}
_LETTERS = frozenset({"letter_missing", "letter_unseen", "letter_elsewhere"})
_NEAR = frozenset({"possible_duplicate", "tried_before", "text_elsewhere"})


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words; `anchor` is where on the page one sees what it is about."""

    code: str
    weight: Weight
    field: str
    sentence: str
    anchor: str


def told(findings: Iterable[Finding]) -> list[Told]:
    """The findings in words."""
    names = field_names()
    return [
        Told(each.code, each.weight, names.get(each.field, ""), sentence(each), _anchor(each))
        for each in findings
    ]


def sentence(finding: Finding) -> str:
    words = SENTENCES.get(finding.code) or FIELDS[finding.code]
    return gettext(words) % _params(finding.params)


def _params(params: Mapping[str, str]) -> dict[str, str]:
    said = dict(params)
    if "day" in params:
        said["day"] = day(date.fromisoformat(params["day"]))
    if "time" in params:
        said["time"] = instant(datetime.fromisoformat(params["time"]))
    if "stage" in params:
        said["stage"] = label(Stage(params["stage"]))
    if "period_vi" in params:
        said["period"] = pick(params["period_vi"], params["period_en"])
    return said


def _anchor(finding: Finding) -> str:
    if finding.code in _LETTERS:
        return "handed-in"
    if finding.code in _NEAR:
        return "similar"
    return finding.field or "city"
