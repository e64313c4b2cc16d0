"""Spreadsheets against a real register: judged, taken over once, by those who may."""

from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

import pytest

from registry.actions import sheets
from registry.db.engine import transaction
from registry.domain.model import Actor, Role
from registry.domain.sheets import Choice, Outcome, SheetState, Verdict
from registry.queries import entries
from registry.queries.sheets import ReportRow, Upload, report_rows, upload
from registry.store import cabinet
from tests.factories import World
from tests.office import filled, row
from tests.postgres import Database


@dataclass
class Counter:
    """The reading room's counter, for one person."""

    world: World
    database: Database
    actor: Actor
    city: str

    def hand_in(self, content: bytes, name: str = "khai-bao.xlsx") -> UUID:
        with self.world.act(self.actor) as act:
            files = cabinet(self.database.settings)
            return sheets.hand_in(act, files, self.city, name, BytesIO(content))

    def confirm(self, upload_id: UUID, choice: Choice = Choice.ACCEPTED) -> Upload:
        with self.world.act(self.actor) as act:
            sheets.confirm(act, upload_id, choice)
        return self.upload(upload_id)

    def upload(self, upload_id: UUID) -> Upload:
        assert self.actor.user_id is not None
        with transaction(self.world.factory) as session:
            found = upload(session, self.actor.user_id, upload_id)
        assert found is not None
        return found

    def rows(self, upload_id: UUID) -> list[ReportRow]:
        with transaction(self.world.factory) as session:
            return report_rows(session, upload_id, 0, 1000)

    def verdicts(self, upload_id: UUID) -> list[Verdict]:
        return [found.verdict for found in self.rows(upload_id)]

    def problems(self, upload_id: UUID) -> list[tuple[str, str]]:
        return [
            (cell["address"], cell["problem"])
            for found in self.rows(upload_id)
            for cell in found.cells
            if cell["problem"]
        ]

    def versions(self) -> list[entries.Version]:
        with transaction(self.world.factory) as session:
            return entries.versions(session, self.actor, city_code=self.city)


@pytest.fixture
def counter(world: World, database: Database) -> Counter:
    world.province()
    city = world.city("46")
    signer = world.signer(city)
    world.problem(signer, city, title="Ngập úng")
    return Counter(world, database, world.user(Role.CITY_EDITOR, city), city)


def test_a_sheet_becomes_drafts_and_the_same_again_changes_nothing(counter: Counter) -> None:
    content = filled([row("UD-1"), row("UD-2", title="Đếm xe")])
    first = counter.hand_in(content)
    assert counter.problems(first) == []
    assert counter.verdicts(first) == [Verdict.NEW, Verdict.NEW]
    assert counter.versions() == []
    done = counter.confirm(first)
    assert done.state is SheetState.DONE
    assert done.count(Outcome.TAKEN_OVER) == 2
    assert [v.draft.title for v in counter.versions()] == ["Cảnh báo ngập sớm", "Đếm xe"]

    again = counter.hand_in(content)
    assert counter.verdicts(again) == [Verdict.SAME, Verdict.SAME]
    assert counter.confirm(again).state is SheetState.DONE
    assert [v.revision for v in counter.versions()] == [1, 1]
