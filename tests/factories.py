"""The workshop: a small country for a test, its people and what they do - through the actions."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from argon2 import PasswordHasher
from geoalchemy2 import WKTElement
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session, sessionmaker

from registry.actions import carrying, declare, leases, lists, review, rolls
from registry.actions.act import Act
from registry.db.engine import transaction
from registry.db.tables import (
    City,
    CityLineage,
    CityPeriod,
    MembershipRow,
    Province,
    UseCase,
    UseCaseVersion,
    UserAccount,
)
from registry.domain.intake import (
    DecisionDraft,
    ProblemDraft,
    ProblemWithdrawalDraft,
    SubmissionDraft,
    WithdrawalDraft,
)
from registry.domain.lists import ListKind, PolicyDraft
from registry.domain.model import (
    CITY_ROLES,
    DATED_DECISIONS,
    OPERATOR,
    Action,
    Actor,
    LineageKind,
    Membership,
    Role,
    RollSeries,
    UnitType,
    UrbanClass,
)
from registry.domain.readers import Done, Recorded
from registry.domain.roll_intake import CarryOverDraft, CarryOverEndDraft
from registry.domain.use_case import UseCaseDraft

PASSWORD = "mật khẩu để thử"

PROBLEM: dict[str, Any] = {
    "area": "flooding",
    "title": "Ngập úng",
    "title_en": "Flooding",
    "statement": "Nhiều tuyến phố ngập sau mưa lớn.",
    "declared_on": "2024-01-15",
    "basis_kind": "resolution",
    "basis_number": "12/NQ-HĐND",
}
USE_CASE: dict[str, Any] = {
    "title": "Cảnh báo ngập sớm",
    "title_en": "Early flood warning",
    "summary": "Dự báo điểm ngập trước hai giờ.",
    "solution": "Mô hình học máy từ mực nước và mưa.",
    "techniques": ["forecasting"],
    "deployer": "Trung tâm điều hành đô thị thông minh",
    "stages": [{"stage": "operational", "since": "2024-11-01"}],
    "evidence": [{"url": "https://example.vn/canh-bao-ngap", "title": "Thông báo vận hành"}],
}

LETTER = SubmissionDraft(letter_number="15/UBND-KT", letter_date=date(2024, 1, 20))

_numbers = count(1)


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def set(self, text: str) -> datetime:
        """`text` is ISO 8601; without a zone it is UTC."""
        given = datetime.fromisoformat(text)
        self.now = given if given.tzinfo else given.replace(tzinfo=UTC)
        return self.now


@dataclass
class World:
    """Builders over one register; each call is a transaction of its own."""

    factory: sessionmaker[Session]
    clock: Callable[[], datetime]
    reviewers: list[Actor] = field(default_factory=list)
    colleagues: dict[str, Actor] = field(default_factory=dict)

    @contextmanager
    def act(self, actor: Actor) -> Iterator[Act]:
        with transaction(self.factory) as session:
            yield Act(session, actor, self.clock)

    def province(
        self, code: str = "48", *, box: tuple[int, int, int, int] = (107, 15, 109, 17)
    ) -> str:
        west, south, east, north = box
        ring = f"{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
        with transaction(self.factory) as session:
            session.add(
                Province(
                    code=code,
                    valid=Range(date(2000, 1, 1), None),
                    name_vi=f"Tỉnh {code}",
                    name_en=f"Province {code}",
                    geom=WKTElement(f"MULTIPOLYGON((({ring})))", srid=4326),
                )
            )
        return code

    def city(
        self,
        code: str = "",
        *,
        province: str = "48",
        unit_type: UnitType = UnitType.PROVINCIAL_CITY,
        urban_class: UrbanClass = UrbanClass.I,
        lonlat: tuple[float, float] = (108.2, 16.05),
    ) -> str:
        code = code or f"city-{next(_numbers)}"
        with transaction(self.factory) as session:
            row = City(
                code=code,
                point=WKTElement(f"POINT({lonlat[0]} {lonlat[1]})", srid=4326),
                point_source="test",
                source="test",
            )
            session.add(row)
            session.flush()
            session.add(
                CityPeriod(
                    city_id=row.id,
                    valid=Range(date(2000, 1, 1), None),
                    name_vi=f"Thành phố {code}",
                    name_en=f"City {code}",
                    unit_type=unit_type.value,
                    urban_class=urban_class.value,
                    class_basis="test",
                    province_code=province,
                    source="test",
                )
            )
        return code

    def lineage(
        self,
        predecessor: str,
        successor: str,
        on: date = date(2025, 1, 1),
        kind: LineageKind = LineageKind.MERGE,
    ) -> None:
        with transaction(self.factory) as session:
            session.add(
                CityLineage(
                    predecessor_id=_city_id(session, predecessor),
                    successor_id=_city_id(session, successor),
                    effective_on=on,
                    kind=kind.value,
                    legal_basis="1656/NQ-UBTVQH15",
                    source="test",
                )
            )

    def policy(self, *, sample_percent: int = 0) -> None:
        """High risk and revocations are read twice from now on, and this share of the rest."""
        with self.act(OPERATOR) as act:
            lists.add(act, ListKind.POLICIES, policy(date(2000, 1, 1), sample_percent))

    def carry_over(
        self, use_case_code: str, to: Sequence[str], on: date, by: Actor | None = None
    ) -> int:
        draft = CarryOverDraft(
            to_city_codes=tuple(to), effective_on=on, legal_basis="1656/NQ-UBTVQH15"
        )
        with self.act(by or self.reviewer()) as act:
            return carrying.carry_over(act, use_case_code, draft)

    def take_back(
        self, use_case_code: str, to: Sequence[str], on: date, by: Actor | None = None
    ) -> int:
        draft = CarryOverEndDraft(to_city_codes=tuple(to), effective_on=on, reason="nhầm")
        with self.act(by or self.reviewer()) as act:
            return carrying.take_back(act, use_case_code, draft)

    def targets(self, indicator: int = 2, measure: str = "percent", first: int = 20) -> None:
        """What is to be reached by 2024, and 100 by 2030: per cent, or `people`."""
        rows = [
            {
                "valid": Range(None, None),
                "indicator": indicator,
                "year": year,
                measure: number,
                "text_vi": "Tỷ lệ đô thị",
                "text_en": "Share of cities",
                "legal_basis": "699/QĐ-BTTTT",
            }
            for year, number in ((2024, first), (2030, 100))
        ]
        with self.act(OPERATOR) as act:
            lists.lay_down(act, ListKind.TARGETS, rows)

    def roll(
        self,
        cities: Sequence[str],
        *,
        code: str = "urban-2024",
        valid_from: date = date(2024, 1, 1),
        official_total: int | None = None,
        series: RollSeries = RollSeries.URBAN,
    ) -> str:
        facts = rolls.RollFacts(
            code=code,
            series=series,
            name_vi=f"Danh mục {code}",
            name_en=f"Roll {code}",
            valid_from=valid_from,
            official_total=official_total,
            source_vi="thử",
            source_en="test",
            source_url="https://example.vn/danh-muc",
            legal_basis="test",
            note_vi="",
            note_en="",
        )
        with self.act(OPERATOR) as act:
            rolls.put_roll_in_force(act, facts, entries(cities))
        return code

    def user(self, role: Role, city: str | None = None, email: str = "") -> Actor:
        """An account with one role, put there directly: hashing passwords is slow on purpose."""
        user_id = uuid4()
        with transaction(self.factory) as session:
            city_id = None if city is None else _city_id(session, city)
            session.add(
                UserAccount(
                    id=user_id,
                    email=email or f"{role.value}-{next(_numbers)}@example.vn",
                    name=f"{role.value} {city or ''}".strip(),
                    password_hash=_password_hash(),
                    created_at=self.clock(),
                )
            )
            session.flush()
            session.add(MembershipRow(user_id=user_id, role=role.value, city_id=city_id))
        assert (role in CITY_ROLES) == (city_id is not None)
        return Actor(user_id, frozenset({Membership(role, city_id)}))

    def signer(self, city: str) -> Actor:
        return self.user(Role.CITY_SIGNER, city)

    def reviewer(self) -> Actor:
        """The same one each time; `user(Role.REVIEWER)` makes another."""
        if not self.reviewers:
            self.reviewers.append(self.user(Role.REVIEWER))
        return self.reviewers[0]

    def problem(self, by: Actor, city: str, **changes: Any) -> UUID:
        with self.act(by) as act:
            return declare.declare_problem(act, city, ProblemDraft.read(PROBLEM | changes)).id

    def withdraw_problem(self, by: Actor, problem_id: UUID, withdrawn_on: str) -> None:
        draft = ProblemWithdrawalDraft.read(
            {"reason": "đã giải quyết", "withdrawn_on": withdrawn_on}
        )
        with self.act(by) as act:
            declare.withdraw_problem(act, problem_id, draft, revision=1)

    def draft(self, by: Actor, city: str, problems: Sequence[UUID], **changes: Any) -> UUID:
        with self.act(by) as act:
            return declare.start_use_case(act, city, use_case(problems, **changes)).id

    def revise(self, by: Actor, version_id: UUID, **changes: Any) -> UUID:
        """A new draft after a version, with these changes to its text."""
        with self.act(by) as act:
            new = declare.revise(act, version_id, self._revision(act, version_id))
            text = UseCaseDraft.read(new.content | changes)
            return declare.save_draft(act, new.id, text, new.revision).id

    def submit(self, by: Actor, version_id: UUID) -> None:
        with self.act(self._second(by, version_id)) as act:
            declare.submit(act, version_id, self._revision(act, version_id), LETTER)

    def withdraw(self, by: Actor, version_id: UUID, reason: str = "gửi nhầm") -> None:
        with self.act(by) as act:
            revision = self._revision(act, version_id)
            declare.withdraw(act, version_id, WithdrawalDraft(reason=reason), revision)

    def claim(self, version_id: UUID, by: Actor | None = None) -> None:
        with self.act(by or self.reviewer()) as act:
            leases.claim(act, version_id, self._revision(act, version_id))

    def decide(
        self,
        version_id: UUID,
        action: Action,
        effective_from: str | None = None,
        *,
        by: Actor | None = None,
        ai_confirmed: bool = True,
        reason: str = "theo hồ sơ",
    ) -> int:
        """Decides and returns the ledger position; dated decisions hold from the start or a day.
        Where the policy asks for a second reader, there is one, who says the same."""
        draft = DecisionDraft.read(
            {
                "reason": reason,
                "ai_confirmed": ai_confirmed and action is Action.APPROVE,
                "effective_from": effective_from,
                "from_the_start": effective_from is None
                and action in DATED_DECISIONS - {Action.APPROVE},
            }
        )
        done = self._decide(by or self.reviewer(), version_id, action, draft)
        if done.recorded is Recorded.OPINION:
            second = self.user(Role.REVIEWER)
            if action is not Action.REVOKE:
                self.claim(version_id, second)
            done = self._decide(second, version_id, action, draft)
        return done.position

    def _decide(self, by: Actor, version_id: UUID, action: Action, draft: DecisionDraft) -> Done:
        with self.act(by) as act:
            revision = self._revision(act, version_id)
            return review.decide(act, version_id, action, draft, revision)

    def approved(self, by: Actor, city: str, problems: Sequence[UUID], **changes: Any) -> UUID:
        """A use case taken all the way: written, submitted, taken up, approved."""
        version_id = self.draft(by, city, problems, **changes)
        self.submit(by, version_id)
        self.claim(version_id)
        self.decide(version_id, Action.APPROVE)
        return version_id

    def counted_city(self, code: str = "", **changes: Any) -> tuple[str, Actor, UUID]:
        """A city with one problem and one approved use case; its signer; the version."""
        city = self.city(code)
        signer = self.signer(city)
        return city, signer, self.approved(signer, city, [self.problem(signer, city)], **changes)

    def _second(self, by: Actor, version_id: UUID) -> Actor:
        """Who submits what `by` hands in: a colleague where `by` wrote it."""
        with transaction(self.factory) as session:
            version = session.get_one(UseCaseVersion, version_id)
            city_id = session.get_one(UseCase, version.use_case_id).city_id
            code = session.get_one(City, city_id).code
            own = version.edited_by_id == by.user_id
        if not own:
            return by
        if code not in self.colleagues:
            self.colleagues[code] = self.signer(code)
        return self.colleagues[code]

    def _revision(self, act: Act, version_id: UUID) -> int:
        return act.session.get_one(UseCaseVersion, version_id).revision


def policy(valid_from: date, sample_percent: int) -> PolicyDraft:
    return PolicyDraft(
        valid_from=valid_from,
        service_days=15,
        lease_hours=24,
        sample_percent=sample_percent,
        high_risk_twice=True,
        revocation_twice=True,
        source="test",
    )


def use_case(problems: Sequence[UUID], **changes: Any) -> UseCaseDraft:
    ids = [str(problem_id) for problem_id in problems]
    return UseCaseDraft.read({**USE_CASE, "problem_ids": ids, **changes})


def entries(cities: Sequence[str]) -> list[rolls.Entry]:
    return [rolls.Entry(code, code, UnitType.PROVINCIAL_CITY, UrbanClass.I) for code in cities]


def _city_id(session: Session, code: str) -> int:
    return session.scalars(select(City.id).where(City.code == code)).one()


@cache
def _password_hash() -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
