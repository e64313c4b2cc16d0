"""Loads the facts of seeds/data into a migrated database; loading twice changes nothing.

Places, rolls and what administrators keep are facts and go in directly. The documented use cases
go in as people would enter them, through `registry.actions`: a documentalist declares and submits,
a reviewer decides, and every act is recorded when it is done - the ledger never back-dates.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from geoalchemy2.shape import from_shape
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session, sessionmaker

from registry.actions.account import DEMO_PASSWORD, create_user, grant
from registry.actions.act import Act, Clock
from registry.actions.declare import declare_problem, start_use_case, submit
from registry.actions.indicators import decide as decide_lines
from registry.actions.indicators import found_register, report
from registry.actions.leases import claim
from registry.actions.lists import lay_down
from registry.actions.review import decide
from registry.actions.rolls import Entry, RollFacts, put_roll_in_force
from registry.db.engine import transaction
from registry.db.tables import (
    City,
    CityLineage,
    CityPeriod,
    DeskPolicyRow,
    LegalBasis,
    Problem,
    Province,
    ReasonCode,
    ReviewingBody,
    RiskScheme,
    Roll,
    Target,
    UseCase,
    UseCaseVersion,
    UserAccount,
)
from registry.domain import geometry
from registry.domain.indicator_intake import BodyDraft, EntryDecisionDraft, TotalDraft, sealed
from registry.domain.indicators import EntryAction, Indicator, LineKind
from registry.domain.intake import DecisionDraft, ProblemDraft, SubmissionDraft
from registry.domain.lists import ListKind
from registry.domain.model import OPERATOR, Action, Role, RollSeries, UnitType, UrbanClass
from registry.domain.readers import Recorded
from registry.domain.use_case import UseCaseDraft
from registry.queries.indicators import latest
from registry.queries.moments import today
from registry.queries.people import actor

DATA = Path(__file__).parent / "data"
Row = dict[str, str]
Track = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account for trying the service; never made in production."""

    email: str
    name: str
    role: Role
    city_code: str | None = None


# One person writes the documented examples, another submits them, as in a city.
DOCUMENTALIST = DemoAccount("tulieu@example.org", "Biên tập tư liệu", Role.CITY_EDITOR)
PUBLISHER = DemoAccount("kytulieu@example.org", "Xuất bản tư liệu", Role.CITY_SIGNER)
NO_LETTER = "Không có công văn: ví dụ lập từ nguồn công khai"
REVIEWER = DemoAccount("duyet1@example.org", "Cán bộ duyệt 1", Role.REVIEWER)
KEEPER = DemoAccount("quantri@example.org", "Quản trị viên", Role.ADMINISTRATOR)
SECOND_REVIEWER = DemoAccount("duyet2@example.org", "Cán bộ duyệt 2", Role.REVIEWER)
DEMO_ACCOUNTS = (
    DemoAccount("soan.hue@example.org", "Người soạn, Huế", Role.CITY_EDITOR, "46"),
    DemoAccount("ky.hue@example.org", "Người ký, Huế", Role.CITY_SIGNER, "46"),
    DemoAccount("soan.dalat@example.org", "Người soạn, Đà Lạt", Role.CITY_EDITOR, "672"),
    DemoAccount("ky.dalat@example.org", "Người ký, Đà Lạt", Role.CITY_SIGNER, "672"),
    REVIEWER,
    SECOND_REVIEWER,
    DemoAccount("duyet3@example.org", "Cán bộ duyệt 3", Role.REVIEWER),
    DemoAccount("truongnhom@example.org", "Trưởng nhóm duyệt", Role.LEAD),
    KEEPER,
)


def load_facts(factory: sessionmaker[Session], clock: Clock, track: Track) -> None:
    """Provinces, cities with their periods and lineage, targets, what decisions rest on, rolls,
    ministry- and province-level bodies."""
    with transaction(factory) as session:
        _provinces(session)
        ids = _cities(session)
        _periods(session, ids)
        _lineage(session, ids)
        act = Act(session, OPERATOR, clock, "seed")
        _targets(act)
        _words_of_decisions(act)
        session.flush()
        _rolls(act, track)
        _bodies(act)


def load_examples(factory: sessionmaker[Session], clock: Clock, track: Track) -> None:
    """Demo accounts and the documented use cases. For development only."""
    cases = _read("use_cases.csv")
    problems = {row["key"]: row for row in _read("problems.csv")}
    with transaction(factory) as session:
        _accounts(Act(session, OPERATOR, clock, "seed"), sorted({c["city_code"] for c in cases}))
    for case in track(cases, "use cases"):
        with transaction(factory) as session:
            solved = [problems[key] for key in case["problem_keys"].split()]
            _use_case(session, clock, case, solved)
    with transaction(factory) as session:
        _totals(session, clock)


def _read(name: str) -> list[Row]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _range(row: dict[str, Any]) -> Range[date]:
    return Range(_day(row["valid_from"]), _day(row["valid_to"]))


def _provinces(session: Session) -> None:
    known = {
        (row.code, row.valid.lower)
        for row in session.execute(select(Province.code, Province.valid))
    }
    features = json.loads((DATA / "provinces.geojson").read_text(encoding="utf-8"))["features"]
    for feature in features:
        facts = feature["properties"]
        valid = _range(facts)
        if (facts["code"], valid.lower) in known:
            continue
        shape = geometry.area(feature["geometry"], f"/{facts['code']}")
        session.add(
            Province(
                code=facts["code"],
                valid=valid,
                name_vi=facts["name_vi"],
                name_en=facts["name_en"],
                successor_codes=[facts["successor"]] if facts["successor"] else [],
                geom=from_shape(shape, srid=geometry.SRID),
            )
        )


def _cities(session: Session) -> dict[str, int]:
    known = set(session.scalars(select(City.code)))
    for row in _read("cities.csv"):
        if row["code"] in known:
            continue
        place = None
        if row["lon"]:
            coordinates = {"type": "Point", "coordinates": [float(row["lon"]), float(row["lat"])]}
            place = from_shape(geometry.point(coordinates, f"/{row['code']}"), srid=geometry.SRID)
        session.add(
            City(
                code=row["code"],
                point=place,
                point_source=row["coord_source"],
                population=int(row["population"]) if row["population"] else None,
                source=row["source"],
            )
        )
    session.flush()
    return {row.code: row.id for row in session.execute(select(City.code, City.id))}


def _periods(session: Session, ids: dict[str, int]) -> None:
    known = {
        (row.city_id, row.valid.lower)
        for row in session.execute(select(CityPeriod.city_id, CityPeriod.valid))
    }
    columns = ("name_vi", "name_en", "unit_type", "urban_class", "class_basis", "province_code")
    session.add_all(
        CityPeriod(
            city_id=ids[row["code"]],
            valid=_range(row),
            source=row["source"],
            **{column: row[column] for column in columns},
        )
        for row in _read("city_periods.csv")
        if (ids[row["code"]], _day(row["valid_from"])) not in known
    )


def _lineage(session: Session, ids: dict[str, int]) -> None:
    links = select(CityLineage.predecessor_id, CityLineage.successor_id)
    known = {(row.predecessor_id, row.successor_id) for row in session.execute(links)}
    session.add_all(
        CityLineage(
            predecessor_id=ids[row["predecessor_code"]],
            successor_id=ids[row["successor_code"]],
            effective_on=date.fromisoformat(row["effective_on"]),
            kind=row["kind"],
            legal_basis=row["legal_basis"],
            source=row["source"],
        )
        for row in _read("lineage.csv")
        if (ids[row["predecessor_code"]], ids[row["successor_code"]]) not in known
    )


def _targets(act: Act) -> None:
    years = select(Target.indicator, Target.year)
    known = {(row.indicator, row.year) for row in act.session.execute(years)}
    missing: list[dict[str, Any]] = [
        {
            "valid": Range(None, None),
            "indicator": int(row["indicator"]),
            "year": int(row["year"]),
            "percent": int(row["share_percent"]) if row["share_percent"] else None,
            "people": int(row["people"]) if row["people"] else None,
            "text_vi": row["text_vi"],
            "text_en": row["text_en"],
            "legal_basis": row["legal_basis"],
        }
        for row in _read("targets.csv")
        if (int(row["indicator"]), int(row["year"])) not in known
    ]
    lay_down(act, ListKind.TARGETS, missing)


def _words_of_decisions(act: Act) -> None:
    """Who decides, on which acts, for which reasons: each with the days for which it holds."""
    session = act.session
    bodies = set(session.scalars(select(ReviewingBody.name_vi)))
    bases = set(session.scalars(select(LegalBasis.text_vi)))
    policies = {valid.lower for valid in session.scalars(select(DeskPolicyRow.valid))}
    codes = {
        (row.code, row.valid.lower)
        for row in session.execute(select(ReasonCode.code, ReasonCode.valid))
    }
    schemes = set(session.scalars(select(RiskScheme.code)))
    missing: dict[ListKind, list[dict[str, Any]]] = {
        ListKind.BODIES: [
            row for row in _read("reviewing_bodies.csv") if row["name_vi"] not in bodies
        ],
        ListKind.LEGAL_BASES: [
            row for row in _read("legal_bases.csv") if row["text_vi"] not in bases
        ],
        ListKind.POLICIES: [
            _policy(row)
            for row in _read("desk_policies.csv")
            if _day(row["valid_from"]) not in policies
        ],
        ListKind.REASONS: [
            row | {"actions": row["actions"].split()}
            for row in _read("reason_codes.csv")
            if (row["code"], _day(row["valid_from"])) not in codes
        ],
        ListKind.RISK_SCHEMES: [
            row | {"levels": row["levels"].split()}
            for row in _read("risk_schemes.csv")
            if row["code"] not in schemes
        ],
    }
    for kind, rows in missing.items():
        lay_down(act, kind, [{"valid": _range(row), **_without_dates(row)} for row in rows])


def _policy(row: Row) -> dict[str, Any]:
    numbers = ("service_days", "lease_hours", "sample_percent")
    marks = ("high_risk_twice", "revocation_twice")
    return {
        **row,
        **{name: int(row[name]) for name in numbers},
        **{name: row[name] == "true" for name in marks},
    }


def _without_dates(row: dict[str, Any]) -> dict[str, Any]:
    return {name: cell for name, cell in row.items() if not name.startswith("valid_")}


def _rolls(act: Act, track: Track) -> None:
    known = set(act.session.scalars(select(Roll.code)))
    by_roll = {
        code: list(rows)
        for code, rows in groupby(_read("roll_entries.csv"), key=itemgetter("roll_code"))
    }
    missing = [row for row in _read("rolls.csv") if row["code"] not in known]
    for row in track(missing, "rolls"):
        facts = RollFacts(
            **{
                **row,
                "series": RollSeries(row["series"]),
                "valid_from": date.fromisoformat(row["valid_from"]),
                "official_total": int(row["official_total"]) if row["official_total"] else None,
            }
        )
        entries = [
            Entry(
                e["city_code"], e["name_vi"], UnitType(e["unit_type"]), UrbanClass(e["urban_class"])
            )
            for e in by_roll.get(row["code"], [])
        ]
        put_roll_in_force(act, facts, entries)


def _bodies(act: Act) -> None:
    """The ministry- and province-level bodies, each with the act that made it (indicator 4)."""
    found_register(
        act,
        Indicator.OPEN_DATA,
        [
            BodyDraft.read({**row, "predecessors": row["predecessors"].split()})
            for row in _read("indicator_bodies.csv")
        ],
    )


def _totals(session: Session, clock: Clock) -> None:
    """Published totals: reported by one person and approved by another, marked as examples."""
    for row in _read("indicator_totals.csv"):
        n = Indicator(int(row.pop("indicator")))
        lines = sealed([TotalDraft.read({**row, "example": True})], None)
        if latest(session, n, LineKind.TOTAL, [line.key for line in lines]):
            continue
        report(_acting(session, clock, KEEPER), n, LineKind.TOTAL, lines)
        told = latest(session, n, LineKind.TOTAL, [line.key for line in lines])
        ids = [entry.id for entry in told.values()]
        approval = EntryDecisionDraft(action=EntryAction.APPROVE, reason=row["note"])
        decide_lines(_acting(session, clock, REVIEWER), ids, approval)


def _accounts(act: Act, documented: Iterable[str]) -> None:
    known = set(act.session.scalars(select(UserAccount.email)))
    for account in (DOCUMENTALIST, PUBLISHER, *DEMO_ACCOUNTS):
        if account.email not in known:
            create_user(act, account.email, account.name, DEMO_PASSWORD, is_demo=True)
    for account in DEMO_ACCOUNTS:
        grant(act, account.email, account.role, account.city_code)
    for code in documented:
        for account in (DOCUMENTALIST, PUBLISHER):
            grant(act, account.email, account.role, code)


def _acting(session: Session, clock: Clock, account: DemoAccount) -> Act:
    user_id = session.execute(
        select(UserAccount.id).where(UserAccount.email == account.email)
    ).scalar_one()
    return Act(session, actor(session, user_id), clock, "seed")


def _use_case(session: Session, clock: Clock, row: Row, problems: Iterable[Row]) -> None:
    in_city = select(UseCaseVersion.id).join(UseCase, UseCase.id == UseCaseVersion.use_case_id)
    in_city = in_city.join(City, City.id == UseCase.city_id).where(City.code == row["city_code"])
    title = UseCaseVersion.content["title"].astext
    if session.scalar(in_city.where(title == row["title_vi"]).limit(1)):
        return
    author = _acting(session, clock, DOCUMENTALIST)
    stages = [
        {"stage": stage, "since": since}
        for stage, since in (entry.split(":") for entry in row["stages"].split())
    ]
    basis = {
        "declared_on": stages[0]["since"],
        "basis_kind": "public_source",
        "basis_url": row["evidence_url"],
    }
    draft = UseCaseDraft.read(
        {
            "title": row["title_vi"],
            "title_en": row["title_en"],
            "summary": row["summary_vi"],
            "summary_en": row["summary_en"],
            "problem_ids": [_problem(author, problem, basis) for problem in problems],
            "solution": row["solution_vi"],
            "techniques": row["techniques"].split(),
            "technique_detail": row["technique_detail"],
            "deployer": row["operator"],
            "product": row["product"],
            "provider": row["provider"],
            "application_area": row["application_area_vi"],
            "stages": stages,
            "evidence": [
                {
                    "url": row["evidence_url"],
                    "title": row["evidence_title"],
                    "published": row["evidence_published"] or None,
                }
            ],
        }
    )
    version = start_use_case(author, row["city_code"], draft)
    letter = SubmissionDraft(letter_number=NO_LETTER, letter_date=today(clock()))
    publisher = _acting(session, clock, PUBLISHER)
    version = submit(publisher, version.id, version.revision, letter)
    if row["verdict"] == "queue":
        return
    decision = DecisionDraft.read(
        {"reason": row["reviewer_note_vi"], "ai_confirmed": row["ai_confirmed"] == "true"}
        if row["verdict"] == Action.APPROVE
        else {"reason": row["reviewer_note_vi"]}
    )
    # Where the policy asks for a second reader, there is one, who agrees.
    for account in (REVIEWER, SECOND_REVIEWER):
        reviewer = _acting(session, clock, account)
        version = claim(reviewer, version.id, version.revision)
        done = decide(reviewer, version.id, Action(row["verdict"]), decision, version.revision)
        if done.recorded is Recorded.DECISION:
            return
        version = session.get_one(UseCaseVersion, version.id)


def _problem(author: Act, row: Row, basis: dict[str, str]) -> str:
    """The city's problem of this title; declared as of the first day its solution shows it.

    No source gives the day on which a city chose its problem; that it acted on it does.
    """
    problem = author.session.scalar(
        select(Problem)
        .join(City, City.id == Problem.city_id)
        .where(City.code == row["city_code"], Problem.title == row["title_vi"])
    )
    if problem is None:
        problem = declare_problem(
            author,
            row["city_code"],
            ProblemDraft.read(
                {
                    "area": row["area"],
                    "title": row["title_vi"],
                    "title_en": row["title_en"],
                    "statement": row["statement_vi"],
                    **basis,
                }
            ),
        )
    return str(problem.id)


def untracked(items: Iterable[Any], _what: str) -> Iterator[Any]:
    """A `Track` that shows nothing."""
    yield from items
