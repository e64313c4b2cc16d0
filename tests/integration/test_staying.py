"""The gardener's room: what is approved is kept up - reported, confirmed, reminded of."""

from collections.abc import Iterator
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from registry.actions import declare, later, staying
from registry.actions.standing import rebuild
from registry.db.engine import transaction
from registry.db.tables import Attestation, Message, Problem, StageReport, UseCaseVersion
from registry.domain.attestation import Due
from registry.domain.counting import Outcome
from registry.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    ReportedOtherwise,
    Stale,
    WrongState,
)
from registry.domain.intake import AttestationDraft, StageReportDraft
from registry.domain.model import Action, Actor, ReviewState, Role, Stage
from registry.domain.use_case import UseCaseDraft
from registry.queries.cities import CityRow, city
from registry.queries.moments import moment
from registry.queries.staying import Live, live_cases
from tests.factories import Clock, World
from tests.integration import api_client
from tests.integration.visitor import Typed, Visitor, signed_in, site, visitor
from tests.jobs import run_jobs
from tests.postgres import Database

CASE = "hue-001"


@pytest.fixture
def signer(world: World) -> Actor:
    """The signer of Huế, whose one application was approved on 15 June 2025."""
    world.targets()
    world.province()
    world.roll([world.city("hue")])
    signer = world.signer("hue")
    world.approved(signer, "hue", [world.problem(signer, "hue")])
    return signer


def report(world: World, by: Actor, on: str, stage: str = Stage.SUSPENDED) -> int:
    draft = StageReportDraft.read({"stage": stage, "effective_on": on, "reason": "bảo trì"})
    with world.act(by) as act:
        return staying.report_stage(act, CASE, draft).position


def attest(world: World, by: Actor, version: int = 1) -> Attestation:
    with world.act(by) as act:
        return staying.attest(act, CASE, AttestationDraft(version=version))


def stands(world: World, on: str) -> CityRow:
    with world.factory() as session:
        found = city(session, "hue", moment(session, world.clock(), date.fromisoformat(on)))
    assert found is not None
    return found


def kept(world: World) -> Live:
    with world.factory() as session:
        return live_cases(session, moment(session, world.clock()))[CASE]


def version_id(world: World, number: int = 1) -> Any:
    with world.factory() as session:
        return session.scalars(
            select(UseCaseVersion.id).where(UseCaseVersion.number == number)
        ).one()


# ── Reported stages ─────────────────────────────────────────────────────────────────────────


def test_a_reported_suspension_uncounts_from_its_day_and_no_reviewer_is_asked(
    world: World, signer: Actor
) -> None:
    report(world, signer, "2025-05-01")
    assert stands(world, "2025-04-30").outcome is Outcome.COUNTED
    assert stands(world, "2025-05-01").outcome is Outcome.NOT_OPERATIONAL
    with world.factory() as session:
        told = session.execute(
            text("SELECT kind, payload ->> 'effective_on' AS day FROM event ORDER BY position DESC")
        ).first()
        assert told == ("use_case.stage_reported", "2025-05-01")
        kept_rows = set(session.execute(text("SELECT outcome, valid, known FROM standing")))
        rebuild(session)
        assert set(session.execute(text("SELECT outcome, valid, known FROM standing"))) == kept_rows


def test_an_announced_end_takes_effect_when_its_day_comes(world: World, signer: Actor) -> None:
    report(world, signer, "2025-12-31", Stage.RETIRED)
    assert stands(world, "2025-12-30").outcome is Outcome.COUNTED
    assert stands(world, "2025-12-31").outcome is Outcome.NOT_OPERATIONAL
    assert kept(world).due(date(2025, 12, 31)) is None


def test_running_again_takes_a_new_version_that_begins_with_what_was_reported(
    world: World, signer: Actor
) -> None:
    report(world, signer, "2025-05-01")
    with world.act(signer) as act:
        draft = declare.revise(act, version_id(world), _revision(act.session))
        stages = draft.content["stages"]
        assert stages[-1] == {"stage": "suspended", "since": "2025-05-01"}
        again = [*stages, {"stage": "operational", "since": "2025-06-10"}]
        changed = UseCaseDraft.read({**draft.content, "stages": again})
        declare.save_draft(act, draft.id, changed, draft.revision)
    world.submit(signer, draft.id)
    world.claim(draft.id)
    assert stands(world, "2025-06-15").outcome is Outcome.NOT_OPERATIONAL
    world.decide(draft.id, Action.APPROVE)
    assert stands(world, "2025-06-15").outcome is Outcome.COUNTED
    assert stands(world, "2025-05-31").outcome is Outcome.NOT_OPERATIONAL


def _revision(session: Session) -> int:
    return session.scalars(select(UseCaseVersion.revision)).one()


@pytest.mark.parametrize(
    ("on", "stage", "pointer", "code"),
    [
        ("2024-10-31", "suspended", "/effective_on", "before_stage_it_ends"),
        ("2026-06-17", "retired", "/effective_on", "too_far_ahead"),
        ("2025-06", "retired", "/effective_on", "not_a_date"),
        ("2025-06-01", "operational", "/stage", "unknown_choice"),
    ],
)
def test_a_report_that_does_not_fit_is_refused_by_name(
    world: World, signer: Actor, on: str, stage: str, pointer: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        report(world, signer, on, stage)
    assert [(p.pointer, p.code) for p in refused.value.problems] == [(pointer, code)]
    with world.factory() as session:
        assert session.scalars(select(StageReport)).all() == []


def test_only_a_signer_of_the_city_reports_or_confirms_and_only_what_is_live(
    world: World, signer: Actor
) -> None:
    stranger = world.signer(world.city("other"))
    editor = world.user(Role.CITY_EDITOR, "hue")
    for actor in (stranger, editor, world.reviewer()):
        with pytest.raises(Forbidden):
            report(world, actor, "2025-05-01")
        with pytest.raises(Forbidden):
            attest(world, actor)
    world.draft(signer, "hue", [world.problem(signer, "hue")])
    quiet = AttestationDraft(version=1)
    # That the draft exists is nobody else's business.
    for actor, refusal in ((signer, WrongState), (stranger, NotFound)):
        with pytest.raises(refusal), world.act(actor) as act:
            staying.attest(act, "hue-002", quiet)


# ── Attestations ────────────────────────────────────────────────────────────────────────────


def test_a_word_a_year_keeps_an_entry_fresh_and_being_late_uncounts_nothing(
    world: World, signer: Actor, clock: Clock
) -> None:
    assert kept(world).term.due_on == date(2026, 6, 15)
    clock.set("2026-09-01T02:00:00")
    assert kept(world).due(date(2026, 9, 1)) is Due.OVERDUE
    assert stands(world, "2026-09-01").outcome is Outcome.COUNTED
    first = attest(world, signer)
    assert attest(world, signer).position == first.position
    assert kept(world).due(date(2026, 9, 1)) is Due.FRESH
    assert kept(world).term.due_on == date(2027, 9, 1)


def test_what_is_not_as_it_was_read_is_not_confirmed(world: World, signer: Actor) -> None:
    with pytest.raises(Stale):
        attest(world, signer, version=2)
    report(world, signer, "2025-06-15")
    with pytest.raises(ReportedOtherwise):
        attest(world, signer)
    world.decide(version_id(world), Action.SUSPEND, "2025-06-15")
    with pytest.raises(WrongState):
        attest(world, signer)


# ── Reminders ───────────────────────────────────────────────────────────────────────────────


def reminded(database: Database, clock: Clock, factory: sessionmaker[Session]) -> list[str]:
    """A morning's round; the people's messages so far."""
    with transaction(factory) as session:
        later.defer(session, "attestation.remind")
    done = dict(run_jobs(database, clock))
    assert done["attestation.remind"] == "succeeded"
    with factory() as session:
        rows = session.scalars(select(Message).where(Message.kind == "deadline"))
        return sorted(f"{row.facts['due_on']} {row.link}" for row in rows)


def test_each_reminder_reaches_each_person_once(
    database: Database, world: World, signer: Actor, clock: Clock
) -> None:
    def morning(day: str) -> int:
        clock.set(f"{day}T00:30:00")
        return len(reminded(database, clock, world.factory))

    people = 2  # the signer and the colleague who submits
    assert morning("2026-04-15") == 0
    assert morning("2026-04-16") == people
    assert morning("2026-04-17") == people
    assert morning("2026-06-01") == 2 * people
    world.user(Role.CITY_EDITOR, "hue")
    assert morning("2026-06-20") == 2 * people + 1
    assert morning("2026-06-21") == 2 * people + 1
    told = reminded(database, clock, world.factory)
    assert set(told) == {"2026-06-15 /desk/hue/attestations"}
    attest(world, signer)
    assert morning("2026-06-22") == 2 * people + 1


def test_after_an_absence_only_the_latest_reminder_is_sent(
    database: Database, world: World, signer: Actor, clock: Clock
) -> None:
    clock.set("2026-06-05T00:30:00")
    assert len(reminded(database, clock, world.factory)) == 2
    report(world, signer, "2026-06-06")
    world.user(Role.CITY_EDITOR, "hue")
    clock.set("2026-06-07T00:30:00")
    assert len(reminded(database, clock, world.factory)) == 2


# ── Drafts are nobody else's business ───────────────────────────────────────────────────────


def test_a_draft_beside_it_neither_hinders_a_reinstatement_nor_is_betrayed(
    world: World, signer: Actor
) -> None:
    live = version_id(world)
    world.decide(live, Action.SUSPEND, "2025-06-01")
    draft = world.revise(signer, live)
    world.decide(live, Action.REINSTATE, "2025-06-10")
    assert stands(world, "2025-06-10").outcome is Outcome.COUNTED
    world.decide(live, Action.REVOKE, "2025-06-12")
    world.submit(signer, draft)
    with pytest.raises(WrongState):
        world.decide(live, Action.REINSTATE, "2025-06-13")


def test_withdrawing_a_draft_leaves_the_public_a_bare_link_of_the_chain(
    world: World, signer: Actor, app: FastAPI
) -> None:
    draft = world.draft(signer, "hue", [world.problem(signer, "hue")])
    world.withdraw(signer, draft, reason="bỏ")
    with world.factory() as session:
        assert session.get_one(UseCaseVersion, draft).state == ReviewState.WITHDRAWN
    last = api_client.public(app).read("/events?limit=500")["items"][-1]
    assert last["kind"] == "draft.withdraw"
    assert (last["subject"], last["payload"], last["role"]) == (None, None, None)
    page = signed_in(app, world, signer).open("/en/desk/hue")
    assert "Draft withdrawn by the city: hue-002 , version 1 bỏ" in page.words


# ── At the doors ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


@pytest.fixture
def desk(app: FastAPI, world: World, signer: Actor) -> Visitor:
    return signed_in(app, world, signer)


def test_by_the_api_a_report_and_a_confirmation_are_made_once_and_read_by_all(
    app: FastAPI, world: World, signer: Actor
) -> None:
    program, anyone = api_client.signed_in(app, world, signer), api_client.public(app)
    given = program.created(f"/use-cases/{CASE}/attestations", {"version": 1}, idempotency_key="a")
    again = program.created(f"/use-cases/{CASE}/attestations", {"version": 1}, idempotency_key="a")
    assert given.json() == again.json()
    refused = program.create(f"/use-cases/{CASE}/attestations", {"version": 2})
    assert refused.status_code == HTTPStatus.PRECONDITION_FAILED
    read = anyone.read(f"/use-cases/{CASE}/attestations")
    assert (read["due_on"], read["overdue_after"], read["state"]) == (
        "2026-06-15",
        "2026-08-14",
        "fresh",
    )
    assert [item["version"] for item in read["items"]] == [1]

    stopped = {"stage": "suspended", "effective_on": "2025-06-10", "reason": "bảo trì"}
    program.created(f"/use-cases/{CASE}/stage-reports", stopped)
    refused = program.create(f"/use-cases/{CASE}/stage-reports", stopped)
    assert refused.json()["errors"][0]["code"] == "reported_already"
    read = anyone.read(f"/use-cases/{CASE}/stage-reports")
    assert [item["stage"] for item in read["items"]] == ["suspended"]
    assert anyone.read(f"/use-cases/{CASE}/attestations")["state"] is None
    shown = anyone.read("/cities/hue")["use_cases"][0]
    assert (shown["stage"], shown["stage_reported"], shown["counts"]) == ("suspended", True, False)
    listed = anyone.get(f"/use-cases/{CASE}x/stage-reports")
    assert listed.status_code == HTTPStatus.NOT_FOUND


def test_at_the_desk_a_report_is_made_and_everybody_reads_it(app: FastAPI, desk: Visitor) -> None:
    page = desk.open(f"/en/desk/hue/use-cases/{CASE}/stage")
    wrong = {"stage": "suspended", "effective_on": "31/10/2024", "reason": "Bảo trì"}
    page = desk.send(page, "Report it", wrong, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "begins only on" in page.error("effective_on")
    assert page.typed("reason") == "Bảo trì"
    page = desk.send(page, "Report it", {"effective_on": "1/6/2025"})
    assert "It takes effect on its day without a review." in page.words

    told = "Reported by the city: Operation suspended from 1 June 2025."
    own = desk.open("/en/desk/hue")
    assert told in own.words
    assert "last counted on 31 May 2025" in own.words
    anyone = visitor(app)
    assert (
        "Operation suspended (1 June 2025, reported by the city)"
        in anyone.open("/en/cities/hue").words
    )
    shown = anyone.open(f"/en/use-cases/{CASE}").words
    assert told in shown
    assert "Operation suspended from 1 June 2025: Bảo trì" in shown
    listed = {
        (stage, on): "Early flood warning" in anyone.open(f"/en/use-cases{asked}").words
        for stage, on, asked in (
            ("suspended", "now", "?stage=suspended"),
            ("operational", "now", "?stage=operational"),
            ("operational", "then", "?stage=operational&as_of=2025-05-31"),
        )
    }
    assert listed == {
        ("suspended", "now"): True,
        ("operational", "now"): False,
        ("operational", "then"): True,
    }
    assert "Nothing to confirm" in desk.open("/en/desk/hue/attestations").words


def test_at_the_desk_what_is_due_is_read_and_confirmed_at_once(
    app: FastAPI, world: World, signer: Actor, desk: Visitor, clock: Clock
) -> None:
    world.approved(signer, "hue", [world.problem(signer, "hue")], title="Đèn xanh thông minh")
    clock.set("2026-06-20T02:00:00")
    anyone = visitor(app)
    late = "The yearly confirmation was due by 15 June 2026"
    assert late in anyone.open("/en/cities/hue").words
    assert late in anyone.open(f"/en/use-cases/{CASE}").words
    own = desk.open("/en/desk/hue")
    assert own.words.count(late) == 4  # a task and a line for each
    editor = signed_in(app, world, world.user(Role.CITY_EDITOR, "hue"))
    assert not editor.open("/en/desk/hue/attestations").buttons() & {"Confirm this one"}

    page = desk.open("/en/desk/hue/attestations")
    assert "Mô hình học máy từ mực nước và mưa." in page.words
    page = desk.send(page, "Confirm those ticked")
    assert "Nothing was ticked" in page.words
    page = desk.send(page, "Confirm those ticked", {"case": [CASE, "hue-002"]})
    assert "It was recorded that what you confirmed is still true." in page.words
    assert page.words.count("Next yearly confirmation by 20 June 2027.") == 2
    assert late not in anyone.open("/en/cities/hue").words


def test_of_several_confirmed_together_all_or_none_is_recorded(
    world: World, signer: Actor, desk: Visitor
) -> None:
    world.approved(signer, "hue", [world.problem(signer, "hue")])
    sent: Typed = {"case": [CASE, "hue-002"], f"version-{CASE}": "1", "version-hue-002": "7"}
    page = desk.post("/en/desk/hue/attestations", sent, HTTPStatus.PRECONDITION_FAILED)
    assert "Somebody else changed or decided this in the meantime." in page.words
    assert len(page.main.findall(".//input[@checked]")) == 2
    desk.post("/en/desk/hue/attestations", {"case": "da-lat-001"}, HTTPStatus.NOT_FOUND)
    with world.factory() as session:
        assert session.scalars(select(Attestation)).all() == []


@pytest.mark.parametrize("path", ["/use-cases/hue-001/stage", "/attestations"])
@pytest.mark.usefixtures("signer")
def test_another_city_cannot_look_in(app: FastAPI, world: World, path: str) -> None:
    other = signed_in(app, world, world.signer(world.city("other")))
    other.open(f"/en/desk/hue{path}", HTTPStatus.FORBIDDEN)
    elsewhere = HTTPStatus.OK if path == "/attestations" else HTTPStatus.NOT_FOUND
    assert "Cảnh báo" not in other.open(f"/en/desk/other{path}", elsewhere).words


def test_the_desk_says_what_waits_on_whom_and_what_comes_first(
    world: World, signer: Actor, desk: Visitor, clock: Clock
) -> None:
    problem = world.problem(signer, "hue", declared_on="2025")
    waiting = world.draft(signer, "hue", [problem], title="Chờ duyệt")
    world.submit(signer, waiting)
    returned = world.draft(signer, "hue", [problem], title="Bị trả lại")
    world.submit(signer, returned)
    world.claim(returned)
    world.decide(returned, Action.RETURN, reason="Thiếu số liệu")
    world.draft(world.user(Role.CITY_EDITOR, "hue"), "hue", [problem], title="Đã đủ")
    world.draft(signer, "hue", [problem], title="Còn thiếu", techniques=[])
    world.withdraw_problem(signer, _first_problem(world), "2025-06-01")
    clock.now += timedelta(days=3)
    page = desk.open("/en/desk/hue")
    tasks = page.one(".//section[@aria-labelledby='next']")
    buttons = [
        " ".join("".join(button.itertext()).split())
        for button in tasks.iter()
        if "btn" in button.get("class", "").split()
    ]
    assert buttons == [
        "Answer with a new version",
        "Read through and submit",
        "Continue the draft",
        "Declare it with the exact day",
        "Report how things stand in 2025",
    ]
    assert "so it counts from 31 December 2025" in page.words
    waits = " ".join(page.one(".//section[@aria-labelledby='waiting']").itertext())
    assert "With the ministry since 15 June 2025, 09:00 (3 days)" in " ".join(waits.split())
    assert "with a signer of the city since" in waits
    assert "With us since" in waits
    assert "last counted on 31 May 2025" in page.words


def _first_problem(world: World) -> UUID:
    with world.factory() as session:
        first = select(Problem.id).order_by(Problem.declared_position).limit(1)
        return session.scalars(first).one()
