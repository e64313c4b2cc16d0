"""The storyteller's room: facts of one use case, told in the order the ledger learned them."""

from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from registry.domain.counting import (
    CarryOver,
    CarryOverEnd,
    CaseHistory,
    Problem,
    Ruling,
    StageEntry,
    StageReport,
    Version,
    judge,
)
from registry.domain.dates import PartialDate
from registry.domain.model import Action, Stage

HUE, SUCCESSOR, STRANGER = 1, 2, 3
NOW = 1_000_000


def day(text: str) -> date:
    return date.fromisoformat(text)


def stages(**since: str) -> tuple[StageEntry, ...]:
    return tuple(StageEntry(Stage(name), PartialDate.parse(text)) for name, text in since.items())


@dataclass
class Story:
    """Every fact told takes the next position of the ledger and returns it (or its id)."""

    case: CaseHistory = field(default_factory=lambda: CaseHistory(HUE))
    position: int = 0

    def problem(self, declared_on: str = "2024-01-15") -> UUID:
        told = Problem(UUID(int=1000 + self._next()), PartialDate.parse(declared_on), self.position)
        self.case = replace(self.case, problems=(*self.case.problems, told))
        return told.id

    def withdraw_problem(self, problem_id: UUID, on: str) -> int:
        self._next()
        self.case = replace(
            self.case,
            problems=tuple(
                replace(p, withdrawn_on=day(on), withdrawn=self.position)
                if p.id == problem_id
                else p
                for p in self.case.problems
            ),
        )
        return self.position

    def submit(self, *problem_ids: UUID, **since: str) -> UUID:
        told = Version(
            UUID(int=2000 + self._next()), self.position, frozenset(problem_ids), stages(**since)
        )
        self.case = replace(self.case, versions=(*self.case.versions, told))
        return told.id

    def decide(
        self,
        action: Action,
        version_id: UUID,
        effective_from: str | None = None,
        *,
        ai_confirmed: bool | None = None,
    ) -> int:
        told = Ruling(
            self._next(),
            action,
            version_id,
            None if effective_from is None else day(effective_from),
            action is Action.APPROVE if ai_confirmed is None else ai_confirmed,
        )
        self.case = replace(self.case, rulings=(*self.case.rulings, told))
        return told.position

    def carry_over(self, to: int, on: str) -> int:
        told = CarryOver(to, day(on), self._next())
        self.case = replace(self.case, carry_overs=(*self.case.carry_overs, told))
        return told.position

    def take_back(self, to: int, on: str) -> int:
        told = CarryOverEnd(to, day(on), self._next())
        self.case = replace(self.case, carry_over_ends=(*self.case.carry_over_ends, told))
        return told.position

    def report(self, stage: Stage, on: str) -> int:
        told = StageReport(stage, day(on), self._next())
        self.case = replace(self.case, stage_reports=(*self.case.stage_reports, told))
        return told.position

    def says(self, on: str, known: int = NOW, city: int = HUE) -> str | None:
        """The outcome in one word, or None where the case has nothing to say."""
        finding = judge(self.case, city, day(on), known)
        return None if finding is None else finding.outcome.value

    def _next(self) -> int:
        self.position += 1
        return self.position


def counted_story(**since: str) -> tuple[Story, UUID, UUID]:
    """A problem, a version addressing it and its approval: the plain case that counts."""
    story = Story()
    problem = story.problem()
    version = story.submit(problem, **(since or {"operational": "2024-11-01"}))
    story.decide(Action.APPROVE, version)
    return story, problem, version
