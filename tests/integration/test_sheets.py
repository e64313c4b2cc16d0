"""Spreadsheets against a real register: judged, taken over once, by those who may."""

from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import text

from api.sheet_files import export_of
from registry.actions import declare, sheets
from registry.actions.act import Act
from registry.db.engine import transaction
from registry.db.tables import MembershipRow
from registry.domain.errors import Forbidden, InvalidInput, NotFound, WrongState
from registry.domain.model import Actor, Membership, ReviewState, Role
from registry.domain.sheets import Choice, Outcome, SheetState, Verdict
from registry.jobs import sheets as jobs
from registry.queries import entries
from registry.queries.moments import today
from registry.queries.sheets import ReportRow, Upload, report_rows, upload
from registry.sheets.judging import Judged
from registry.store import cabinet
from tests.factories import Clock, World
from tests.jobs import run_jobs
from tests.office import FIRST_MISTAKE, MISTAKES, cell, filled, forty_rows, row
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
            return report_rows(session, upload_id)

    def verdicts(self, upload_id: UUID) -> list[Verdict]:
        return [found.verdict for found in self.rows(upload_id)]

    def problems(self, upload_id: UUID) -> list[tuple[str, str]]:
        return [
            (each["address"], each["problem"])
            for found in self.rows(upload_id)
            for each in found.cells
            if each["problem"]
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


def test_forty_rows_with_mistakes_are_named_by_cell_mended_and_taken_over(counter: Counter) -> None:
    counter.world.city("48")
    content = filled(forty_rows())
    first = counter.hand_in(content)
    expected = {
        (cell(content, key, number + 3), code)
        for number, (key, _, code) in enumerate(MISTAKES, FIRST_MISTAKE)
    }
    assert set(counter.problems(first)) == expected
    assert counter.verdicts(first).count(Verdict.REFUSED) == len(MISTAKES)
    with pytest.raises(InvalidInput) as refused:
        counter.confirm(first, Choice.ALL)
    assert refused.value.problems[0].code == "sheet_rows_refused"
    done = counter.confirm(first)
    assert done.count(Outcome.TAKEN_OVER) == 40 - len(MISTAKES)

    mended = counter.hand_in(filled(forty_rows(mended=True)))
    found = counter.upload(mended)
    assert (found.count(Verdict.SAME), found.count(Verdict.NEW)) == (
        40 - len(MISTAKES),
        len(MISTAKES),
    )
    counter.confirm(mended, Choice.ALL)
    assert len(counter.versions()) == 40


def test_a_new_problem_is_declared_once_for_all_rows_that_name_it(counter: Counter) -> None:
    new = {
        "new_problem-area": "Ùn tắc và an toàn giao thông",
        "new_problem-title": "Kẹt xe",
        "new_problem-statement": "Mỗi sáng.",
        "new_problem-declared_on": "2024",
        "new_problem-basis_kind": "nghị quyết",
        "new_problem-basis_number": "13/NQ-HĐND",
    }
    rows = [
        row("UD-1", problem_ids__1="kẹt xe"),
        row("UD-2", problem_ids__1=None) | new,
        row("UD-3") | new,
    ]
    content = filled(rows)
    first = counter.hand_in(content)
    assert counter.problems(first) == []
    counter.confirm(first, Choice.ALL)
    with transaction(counter.world.factory) as session:
        titles = [p.title for p in entries.problems(session, counter.city)]
    assert titles == ["Ngập úng", "Kẹt xe"]
    assert [len(v.draft.problem_ids) for v in counter.versions()] == [1, 1, 2]
    again = counter.hand_in(content)
    assert set(counter.verdicts(again)) == {Verdict.SAME}


def test_a_change_to_an_approved_entry_opens_a_draft_true_from_today(counter: Counter) -> None:
    world = counter.world
    signer = world.signer(counter.city)
    with transaction(world.factory) as session:
        problem = entries.problems(session, counter.city)[0].id
    approved = world.approved(signer, counter.city, [problem])
    found = counter.hand_in(
        filled([row("UD-1", code="46-001", summary="Mới.", stages__1__since="01/11/2024")])
    )
    assert counter.verdicts(found) == [Verdict.CHANGED]
    assert set(counter.rows(found)[0].changes) == {"summary", "title_en"}
    counter.confirm(found)
    draft, live = counter.versions()
    assert (live.id, live.state) == (approved, ReviewState.APPROVED)
    assert (draft.state, draft.draft.summary) == (ReviewState.DRAFT, "Mới.")
    assert str(draft.draft.describes_from) == "2025-06-15"
    # From now on the city's own ID is enough.
    again = counter.hand_in(filled([row("UD-1", summary="Mới nữa.", title_en=None)]))
    assert counter.verdicts(again) == [Verdict.CHANGED]


def test_what_is_under_review_is_left_alone(counter: Counter) -> None:
    counter.confirm(counter.hand_in(filled([row("UD-1")])))
    version = counter.versions()[0]
    counter.world.submit(counter.world.signer(counter.city), version.id)
    found = counter.hand_in(filled([row("UD-1", summary="Khác.")]))
    assert [code for _, code in counter.problems(found)] == ["sheet_not_now"]


def test_a_colleague_who_was_faster_is_not_overwritten(counter: Counter) -> None:
    counter.confirm(counter.hand_in(filled([row("UD-1"), row("UD-2")])))
    stale = counter.hand_in(filled([row("UD-1", summary="A."), row("UD-2", summary="B.")]))
    version = counter.versions()[0]
    colleague = counter.world.user(Role.CITY_EDITOR, counter.city)
    with counter.world.act(colleague) as act:
        changed = version.draft.model_copy(update={"summary": "Của đồng nghiệp."})
        declare.save_draft(act, version.id, changed, version.revision)
    with pytest.raises(InvalidInput) as refused:
        counter.confirm(stale, Choice.ALL)
    assert refused.value.problems[0].code == "sheet_rows_stale"
    counter.confirm(stale)
    assert [found.outcome for found in counter.rows(stale)] == [
        Outcome.NOT_TAKEN_OVER,
        Outcome.TAKEN_OVER,
    ]
    assert [v.draft.summary for v in counter.versions()] == ["Của đồng nghiệp.", "B."]
    again = counter.hand_in(filled([row("UD-1", summary="A.")]))
    assert counter.rows(again)[0].colleague


def test_only_ones_own_cities_and_only_ones_own_sheets(counter: Counter) -> None:
    world = counter.world
    other = world.city("48")
    stranger = world.signer(other)
    found = counter.hand_in(filled([row("UD-1", city="48"), row("UD-2", city="Thành phố 46")]))
    assert [code for _, code in counter.problems(found)] == ["sheet_other_city"]
    assert stranger.user_id is not None
    with transaction(world.factory) as session:
        assert upload(session, stranger.user_id, found) is None
    colleague = world.user(Role.CITY_EDITOR, counter.city)
    for person in (stranger, colleague):
        with pytest.raises(NotFound), world.act(person) as act:
            sheets.confirm(act, found, Choice.ACCEPTED)
        with pytest.raises(NotFound), world.act(person) as act:
            sheets.cancel(act, found)
    with pytest.raises(Forbidden):
        Counter(world, counter.database, stranger, counter.city).hand_in(filled([row("UD-1")]))


def test_one_sheet_for_two_cities_of_one_person(counter: Counter) -> None:
    world = counter.world
    other = world.city("48")
    world.problem(world.signer(other), other, title="Ngập úng")
    actor = counter.actor
    both = Actor(
        actor.user_id, actor.memberships | {Membership(Role.CITY_EDITOR, _id(world, other))}
    )
    with transaction(world.factory) as session:
        session.add(
            MembershipRow(user_id=actor.user_id, role="city_editor", city_id=_id(world, other))
        )
    counter.actor = both
    found = counter.hand_in(filled([row("UD-1"), row("UD-1", city="48")]))
    assert counter.problems(found) == []
    counter.confirm(found)
    with transaction(world.factory) as session:
        assert [v.use_case_code for v in entries.versions(session, both)] == ["46-001", "48-001"]


def test_large_sheets_are_the_workers_and_can_be_broken_off(
    counter: Counter, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = filled([row(f"UD-{number}") for number in range(6)])
    monkeypatch.setattr(sheets, "AT_ONCE", 3)
    monkeypatch.setattr(jobs, "BATCH", 2)
    number = counter.hand_in(content)
    assert counter.upload(number).state is SheetState.UPLOADED
    killed = RuntimeError("killed")
    with monkeypatch.context() as dying:
        kept = sheets.write_down

        def die(act: Act, upload_id: UUID, portion: list[Judged], *, last: bool) -> bool:
            if portion[0].number > 4:
                raise killed
            return kept(act, upload_id, portion, last=last)

        dying.setattr(sheets, "write_down", die)
        run_jobs(database, clock)
    half = counter.upload(number)
    assert (half.state, half.rows_done) == (SheetState.JUDGING, 2)
    run_jobs(database, clock, hurry=True)
    whole = counter.upload(number)
    assert (whole.state, whole.rows_done) == (SheetState.JUDGED, 6)
    assert [found.number for found in counter.rows(number)] == [3, 4, 5, 6, 7, 8]
    with transaction(counter.world.factory) as session:
        kinds = session.scalars(text("SELECT kind FROM message")).all()
    assert kinds == ["spreadsheet_done"]

    assert counter.confirm(number).state is SheetState.CONFIRMING
    run_jobs(database, clock)
    assert counter.upload(number).state is SheetState.DONE
    assert len(counter.versions()) == 6


def test_a_cancelled_sheet_takes_nothing_more_over(
    counter: Counter, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "AT_ONCE", 1)
    number = counter.hand_in(filled([row("UD-1"), row("UD-2")]))
    with counter.world.act(counter.actor) as act:
        sheets.cancel(act, number)
    run_jobs(database, clock)
    assert counter.upload(number).state is SheetState.CANCELLED
    with pytest.raises(WrongState):
        counter.confirm(number)
    assert counter.versions() == []


def test_export_import_export_is_the_same_to_the_byte(counter: Counter, clock: Clock) -> None:
    world = counter.world
    signer = world.signer(counter.city)
    with transaction(world.factory) as session:
        problem = entries.problems(session, counter.city)[0].id
    world.approved(signer, counter.city, [problem])
    world.draft(signer, counter.city, [problem], **FULL)
    world.draft(signer, counter.city, [])
    on = today(clock())
    for kind in ("csv", "xlsx"):
        with transaction(world.factory) as session:
            before = export_of(session, counter.actor, counter.city, on, kind)
        again = counter.hand_in(before, f"x.{kind}")
        assert counter.problems(again) == []
        assert set(counter.verdicts(again)) == {Verdict.SAME}
        counter.confirm(again)
        with transaction(world.factory) as session:
            assert export_of(session, counter.actor, counter.city, on, kind) == before


def _id(world: World, code: str) -> int:
    with transaction(world.factory) as session:
        found: int = session.scalar(text("SELECT id FROM city WHERE code = :c"), {"c": code})
        return found


# Everything a text can hold that a sheet could spoil.
FULL = {
    "title": "=1+1",
    "summary": "-5 độ\n@dòng thứ hai; 'nháy'",
    "solution": "+84 _x0041_ " + "dài " * 2000,
    "techniques": ["other", "forecasting", "nlp", "speech", "generative"],
    "technique_detail": "'=SUM(A1)",
    "area_kind": "drawn",
    "area_wards": ["Phường A; B", 'Phường "C"', "Phường D"],
    "area_geometry": {
        "type": "Polygon",
        "coordinates": [[[107, 16], [107.5, 16], [107.5, 16.5], [107, 16]]],
    },
    "stages": [
        {"stage": "planned", "since": "2023"},
        {"stage": "pilot", "since": "2024-02"},
        {"stage": "operational", "since": "2024-11-01"},
        {"stage": "suspended", "since": "2025-01-01"},
        {"stage": "retired"},
    ],
    "results": [{"indicator": "Giờ", "value": "1.234", "baseline": "-0.5", "unit": "%"}],
    "withheld": [{"field": "provider", "legal_ground": "Điều 7", "until": "2027-01-01"}],
}
