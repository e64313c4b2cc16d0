"""The guide's map: every door that is open to the public, with something real behind it.

A door with a parameter nobody knows here fails whoever walks through all of them, until it says
what to try it with.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

from registry import seals
from registry.actions import indicators, periods, tree
from registry.actions.files import receive
from registry.domain.indicator_intake import EntryDecisionDraft, read_lines, sealed
from registry.domain.indicators import Indicator, LineKind
from registry.domain.model import OPERATOR, PUBLIC, Role
from registry.domain.period_intake import PeriodDraft, PublicationDraft
from registry.queries import cities, deciding, entries
from registry.queries.coverage import coverage
from registry.queries.indicators import Wanted
from registry.queries.indicators import entries as lines
from registry.queries.moments import moment
from registry.settings import Settings
from registry.store import cabinet
from tests.documents import census
from tests.factories import World
from tests.samples import pdf

_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")

# Not public data, or nothing that could be held: why each has no validators, and is not swept.
LEFT_OUT: Mapping[str, str] = {
    "/": "only leads on, by the reader's language",
    "/api": "only leads on",
    "/problems/{problem}": "only leads on",
    "/vi": "only leads on",
    "/en": "only leads on",
    "/{language}/indicators": "only leads on",
    "/healthz": "says how things are at this moment",
    "/readyz": "says how things are at this moment",
    "/static/{path:path}": "assets have a test of their own",
    "/{language}/key/{token}": "a form behind a secret, never kept",
    "/{language}/sign-in": "a form, never kept",
    "/{language}/forgotten-password": "a form, never kept",
    "/{language}/use-cases/{code}/report": "a form, never kept",
    "/{language}/cities/{code}/report": "a form, never kept",
    "/{language}/reports": "a form, never kept",
    "/{language}/reports/{tracking}": "behind a secret, never kept",
    "/api/v1/reports/{tracking}": "behind a secret, never kept",
    "/{language}/scoreboard/embed": "only leads on",
    "/robots.txt": "of the service, not of the register",
    "/.well-known/security.txt": "of the service, not of the register",
    "/api/v1": "only leads on",
    "/catalog": "only leads on, or is one of the three forms",
    "/{path:path}/": "only leads on",
    "/api/v1/downloads/{download}": "says of any other name that there is no such file",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What stands for each parameter: of what is public in one register."""

    city: str
    province: str
    use_case: str
    decision: str
    period: str
    problem: str
    roll: str
    file: str
    line: str

    def of(self, path: str) -> dict[str, list[str]]:
        """The values to try for each parameter of a route."""
        return {
            "code": [self._code(path)],
            "city_code": [self.city],
            "use_case_code": [self.use_case],
            "n": ["1"],
            "decision": [self.decision],
            "period_code": [self.period],
            "problem_id": [self.problem],
            "sha256": [self.file],
            "entry_id": [self.line],
            "kind": ["xlsx", "pdf"] if "/report." in path else ["svg", "png"],
            "version": ["1.0"],
            "list_kind": ["targets"],
            "area": ["traffic"],
            "product": ["smart-flood"],
            "provider": ["trung-tam-ung-pho-ngap"],
            "part": ["cities"],
            "number": ["1"],
            "form": ["csv", "gpkg"] if "cities" in path else ["csv"],
            "collectionId": ["cities"],
            "itemId": [self.city],
            "tileMatrixSetId": ["WebMercatorQuad"],
            **{part: ["0"] for part in "zxy"},
        }

    def _code(self, path: str) -> str:
        if "/use-cases/" in path:
            return self.use_case
        if "/provinces/" in path:
            return self.province
        return self.roll if "/rolls/" in path else self.city


def furnish(world: World, settings: Settings, city: str, **text: Any) -> Names:
    """Makes something public behind every door, about a city of a register with roll and targets:
    an approved entry with a file, its decision, a published figure, a line of indicator 1, a
    signed head. `text` is said of the entry beside what it must say."""
    signer = world.signer(city)
    with world.act(signer) as act:
        file = receive(act, cabinet(settings), city, "Báo cáo.pdf", BytesIO(pdf()))
    problem = world.problem(signer, city)
    evidence = [{"file": file.sha256, "title": "Báo cáo vận hành"}]
    makers = {"product": "Smart Flood", "provider": "Trung tâm Ứng phó ngập"}
    told = {"evidence": evidence, **makers, **text}
    approved = world.approved(signer, city, [problem], **told)
    period = _published_period(world)
    line = _approved_line(world)
    with world.act(OPERATOR) as act:
        tree.sign_head(act, seals.ledger_key(settings), seals.origin(settings))
    with world.factory() as session:
        version = entries.version(session, PUBLIC, approved)
        assert version is not None
        [ruling, *_] = entries.rulings(session, version.use_case_id)
        record = deciding.records(session, [ruling.position])[ruling.position]
        now = moment(session, world.clock())
        roll = coverage(session, now).roll
        row = cities.city(session, city, now)
        assert roll is not None
        assert row is not None
    return Names(
        city=city,
        province=row.province_code,
        use_case=version.use_case_code,
        decision=record.number.slug,
        period=period,
        problem=str(problem),
        roll=roll.code,
        file=file.sha256,
        line=line,
    )


def _published_period(world: World) -> str:
    """About a day on which there may be no roll: of a register of the tests' own, that is today."""
    day = world.clock().date() - timedelta(days=2)
    code = f"ky-{world.clock():%H%M%S%f}"
    facts = {
        "code": code,
        "name_vi": f"Kỳ {code}",
        "name_en": f"Period {code}",
        "reporting_day": day.isoformat(),
        "cut_off_day": (day + timedelta(days=1)).isoformat(),
        "target_year": 2030,
    }
    with world.factory() as session:
        tally = coverage(session, moment(session, world.clock(), day)).tally
    told = PublicationDraft(counted=tally.counted, total=tally.total)
    with world.act(world.user(Role.ADMINISTRATOR)) as act:
        periods.announce(act, PeriodDraft.read(facts))
        periods.publish(act, code, told)
    return code


def _approved_line(world: World) -> str:
    line = {
        "code": f"1.{world.clock():%H%M%S%f}",
        "name_vi": "Cấp bản sao trích lục hộ tịch",
        "owner": "Bộ Tư pháp",
        "since": "2024-01-01",
        "source_url": "https://example.vn",
    }
    said = sealed(read_lines(LineKind.SERVICE, [line]), None)
    with world.act(world.user(Role.ADMINISTRATOR)) as act:
        position = indicators.report(act, Indicator.SERVICES, LineKind.SERVICE, said)
        wanted = Wanted(Indicator.SERVICES, LineKind.SERVICE)
        [entry] = [e for e in lines(act.session, wanted, limit=100) if e.position == position]
    decision = EntryDecisionDraft.read({"action": "approve", "reason": "theo hồ sơ"})
    with world.act(world.reviewer()) as act:
        indicators.decide(act, [entry.id], decision)
    return str(entry.id)


# What some doors want to be asked.
QUERIES: Mapping[str, str] = {
    "/api/v1/coverage/changes": "?from=2025-01-01T00:00:00Z",
    "/api/v1/ledger/proof/inclusion": "?position=1",
    "/api/v1/ledger/proof/consistency": "?first=1",
    "/api/v1/search": "?q=ngập",
    "/api/v1/search/beginning": "?q=ng",
}


def public_doors(names: Names, *, left_out: Mapping[str, str] = LEFT_OUT) -> Iterator[str]:
    """The address of every public GET, filled in. KeyError: a parameter that nobody knows here."""
    for audience, method, path in census():
        neutral = re.sub(r"^/(vi|en)(?=/.)", "/{language}", path)
        if audience != "public" or method != "GET" or {path, neutral} & left_out.keys():
            continue
        known = names.of(path)
        for address in _filled(path, known):
            yield address + QUERIES.get(path, "")


def _filled(path: str, known: Mapping[str, list[str]]) -> Iterator[str]:
    found = _PARAMETER.search(path)
    if found is None:
        yield path
        return
    for value in known[found[1]]:
        yield from _filled(path.replace(found[0], value, 1), known)
