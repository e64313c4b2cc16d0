"""The printer's room: the receipt of a decision on paper, with a code that leads to its page.

Words from people and data go in as data and are set as text; only our own template is code.
"""

import json
from functools import cache
from io import BytesIO
from pathlib import Path

import segno
import typst

from api.i18n import current, day, gettext, instant, mark, pick
from api.labels import done, label
from registry.domain.counting import RULE_TEXT
from registry.domain.deciding import Answer, Mark, Record
from registry.domain.model import Action
from registry.queries.deciding import Decided

_TEMPLATE = Path(__file__).parent / "templates" / "receipt.typ"
_FOUND = {
    Mark.FOUND: mark("Found"),
    Mark.MISSING: mark("Missing"),
    Mark.JUDGE: mark("For the reviewer to judge"),
}


def paper(decided: Decided, address: str) -> bytes:
    """PDF/UA; the same decision is the same file, as long as its page is at the same address."""
    record = decided.record
    told = {
        "language": current().value,
        "body": "" if record.body is None else pick(record.body.vi, record.body.en),
        "title": gettext("Receipt of decision %(number)s") % {"number": record.number},
        "facts": [[name, value] for name, value in _facts(decided) if value],
        "criteria": gettext("The criteria, one by one"),
        "headings": [
            gettext("Criterion"),
            gettext("Found by the register"),
            gettext("Judged by the reviewer"),
        ],
        "rows": [_row(answer) for answer in record.checklist],
        "address": address,
        "check": gettext("What this decision says, and what was decided since, is at:"),
        "code": gettext("QR code of the address of this decision's page"),
        "closing": gettext(
            "The register keeps this decision as one event of its ledger. This paper is a receipt;"
            " the page is what counts."
        ),
    }
    made: bytes = typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"receipt": json.dumps(told), "qr": _qr(address)},
        ignore_system_fonts=True,
        timestamp=decided.decided_at.replace(microsecond=0),
        pdf_standards=["ua-1"],
    )
    return made


@cache
def _template() -> bytes:
    return _TEMPLATE.read_bytes()


def _qr(address: str) -> str:
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg")
    return drawn.getvalue().decode()


def _facts(decided: Decided) -> list[tuple[str, str]]:
    record, version = decided.record, decided.version
    effect = "" if decided.effective_from is None else day(decided.effective_from)
    confirmed = decided.action is Action.APPROVE
    number = gettext("version %(number)s") % {"number": version.number}
    reasons = [pick(reason.vi, reason.en) for reason in record.reasons]
    return [
        (gettext("Decision"), done(decided.action)),
        (gettext("In effect from"), effect),
        (gettext("Decided at"), instant(decided.decided_at)),
        (gettext("By"), label(decided.role)),
        (gettext("Two readers"), _readers(record)),
        (gettext("Legal basis"), "\n".join(pick(b.vi, b.en) for b in record.bases)),
        (gettext("City"), pick(version.city_vi, version.city_en)),
        (gettext("Name of the application"), pick(version.draft.title, version.draft.title_en)),
        (gettext("Entry"), f"{version.use_case_code}, {number}"),
        (gettext("Use of AI"), _ai(decided.ai_confirmed) if confirmed else ""),
        (gettext("Reason"), "\n".join([*reasons, *filter(None, [decided.reason])])),
        (gettext("Fingerprint of the text decided on (SHA-256)"), version.content_sha256 or ""),
        (gettext("Fingerprint of the record"), record.sha256),
        (gettext("In the ledger"), gettext("Event %(position)s") % {"position": decided.position}),
    ]


def _readers(record: Record) -> str:
    if not record.opinions:
        return ""
    if record.settled:
        return gettext("They differed, and the lead decided.")
    return gettext("Both said the same.")


def _ai(confirmed: bool) -> str:
    return gettext("Use of AI confirmed") if confirmed else gettext("Use of AI not confirmed")


def _row(answer: Answer) -> list[str]:
    words = RULE_TEXT[current().value][answer.criterion]
    return [f"{answer.criterion}. {words}", gettext(_FOUND[answer.found]), _judged(answer)]


def _judged(answer: Answer) -> str:
    if answer.met is None:
        return "–" if answer.found is Mark.JUDGE else gettext("as found")
    return gettext("met") if answer.met else gettext("not met")
