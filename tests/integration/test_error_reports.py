"""The public's letter box on a real register: sent, judged, answered, shown, taken back, erased."""

import logging
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from registry.actions import error_desk, error_reports, later, lists
from registry.actions.error_reports import Submission
from registry.db.engine import transaction
from registry.db.tables import (
    Base,
    ErrorReport,
    ErrorReportStep,
    ErrorReportWords,
    MembershipRow,
)
from registry.domain.error_intake import (
    AnswerDraft,
    ClosingDraft,
    DismissalDraft,
    ForwardDraft,
    ReportDraft,
    ReturnDraft,
)
from registry.domain.error_reports import (
    KEPT_DAYS,
    PER_CONTACT,
    PER_ENTRY,
    PER_NETWORK,
    ReportState,
)
from registry.domain.errors import (
    EntryBusy,
    Forbidden,
    InvalidInput,
    NetworkBusy,
    NotFound,
    OwnWork,
    WrongState,
)
from registry.domain.lists import ListKind, PolicyDraft
from registry.domain.messages import Language
from registry.domain.model import OPERATOR, PUBLIC, Actor, Membership, Role
from registry.queries import error_reports as queries
from registry.queries.moments import moment
from registry.settings import Settings
from tests.documents import census
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service
from tests.integration.api_client import signed_in as calls
from tests.integration.visitor import Page, signed_in, visitor
from tests.jobs import run_jobs
from tests.mailbox import Box, mail_server
from tests.postgres import Database

HUE, VINH = "46", "40"
CASE = f"{HUE}-001"
ENTRY = f"/vi/use-cases/{CASE}"
TOLD = "Trạm đo ở cầu Phú Cam đã tháo từ tháng 3, tôi đi qua mỗi ngày. 7c1e"
CONTACT = "chi.lan.5f2a@dan-hue.vn"
WORDING = "Có người cho biết trạm đo ở cầu Phú Cam không còn."
PUBLIC_WORDING = "Người dân báo: trạm đo ở cầu Phú Cam không còn."
ANSWER = "Trạm được chuyển sang cầu Bến Ngự, chúng tôi sẽ sửa bản mô tả."
LACK = "Xin nêu ngày dời trạm và số văn bản."
BETTER = "Trạm được dời ngày 2/6/2025 theo văn bản 15/UBND, bản mô tả mới đã gửi."
HOSTILE = "{{7*7}}{% raw %}<script>alert(1)</script><img src=x onerror=alert(1)> là sai"
SECRET = "a secret of the test with some length"
DAY = timedelta(days=1)


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def country(world: World) -> World:
    world.province("48")
    world.targets()
    world.roll([world.city(HUE), world.city(VINH)])
    return world


@pytest.fixture
def signer(country: World) -> Actor:
    signer = country.signer(HUE)
    country.approved(signer, HUE, [country.problem(signer, HUE)])
    return signer


def send(
    world: World,
    words: str = TOLD,
    *,
    contact: str = "",
    network: str = "203.0.113.0/24",
    key: bytes = b"",
    use_case: str = CASE,
    language: Language = Language.VI,
) -> str:
    """The code of a report."""
    with world.act(PUBLIC) as act:
        aimed = queries.use_case_aimed_at(act.session, use_case)
        draft = ReportDraft.read({"category": "wrong_fact", "text": words, "contact": contact})
        made = Submission(key or f"{words}{network}".encode(), SECRET, network, language)
        return error_reports.send(act, aimed, draft, made).code


def only_report(world: World) -> UUID:
    with world.factory() as session:
        return session.scalars(select(ErrorReport.id)).one()


def forward(world: World, report: UUID, **more: Any) -> None:
    with world.act(world.reviewer()) as act:
        error_desk.forward(act, report, ForwardDraft.read({"text": WORDING, **more}))


def answer(world: World, by: Actor, report: UUID, **more: Any) -> None:
    with world.act(by) as act:
        draft = AnswerDraft.read({"outcome": "corrected", "text": ANSWER, **more})
        error_desk.answer(act, report, draft)


def send_back(world: World, report: UUID, **more: Any) -> None:
    with world.act(world.reviewer()) as act:
        error_desk.send_back(act, report, ReturnDraft.read({"text": LACK, **more}))


def remind(world: World, database: Database, clock: Clock) -> None:
    with world.act(PUBLIC) as act:
        later.defer(act.session, "reports.remind")
    assert {state for _, state in run_jobs(database, clock)} <= {"succeeded"}


def close(world: World, report: UUID, *, published: bool = True) -> None:
    with world.act(world.reviewer()) as act:
        draft = ClosingDraft.read({"published": published, "text": PUBLIC_WORDING})
        error_desk.close(act, report, draft)


def state(world: World, report: UUID) -> ReportState:
    with world.factory() as session:
        return ReportState(session.get_one(ErrorReport, report).state)


def fill_in(clock: Clock, page: Page) -> None:
    """A person needs a while."""
    del page
    clock.now += timedelta(seconds=20)


# ── By page, without an account ─────────────────────────────────────────────────────────────


def test_from_the_form_to_the_public_page(
    app: FastAPI, country: World, signer: Actor, clock: Clock
) -> None:
    stranger = visitor(app)
    assert f"{ENTRY}/report?version=1" in stranger.open(ENTRY).links()
    form = stranger.open(f"{ENTRY}/report?version=1")
    assert form.answer.headers["cache-control"] == "no-store"
    assert "etag" not in form.answer.headers
    fill_in(clock, form)
    typed = {"category": "not_operating", "field": "evidence", "text": TOLD, "contact": CONTACT}
    sent = stranger.send(form, "Gửi báo lỗi", typed)
    assert re.fullmatch(r"/vi/reports/[a-z2-7]{32}", sent.path)
    assert sent.answer.headers["referrer-policy"] == "no-referrer"
    code = sent.path.rpartition("/")[2]
    assert " ".join(code[n : n + 4] for n in range(0, 32, 4)) in sent.words
    assert "Đã nhận, chưa xem" in sent.words

    desk = signed_in(app, country, country.reviewer())
    queue = desk.open("/vi/review/reports?state=received")
    report = only_report(country)
    assert f"/vi/review/reports/{report}" in queue.links()
    read = desk.open(f"/vi/review/reports/{report}")
    assert TOLD in read.words
    assert CONTACT in read.words
    desk.send(read, "Chuyển cho đô thị", {"wording": "", "due_on": "bao giờ"}, 422)
    given = desk.send(read, "Chuyển cho đô thị", {"wording": WORDING, "due_on": ""})
    assert "Báo lỗi đã được chuyển cho đô thị." in given.words

    city = signed_in(app, country, signer)
    own = f"/vi/desk/{HUE}/reports/{report}"
    assert own in city.open(f"/vi/desk/{HUE}").links()
    before = city.open(own)
    assert WORDING in before.words
    assert TOLD not in before.words
    assert CONTACT not in before.answer.text
    done = city.send(before, "Gửi câu trả lời", {"outcome": "corrected", "text": ANSWER})
    assert ANSWER in done.words

    assert ANSWER in stranger.open(f"/vi/reports/{code}").words
    assert PUBLIC_WORDING not in stranger.open(ENTRY).words
    last = desk.open(f"/vi/review/reports/{report}")
    assert last.typed("remark") == WORDING
    desk.send(last, "Đóng báo lỗi", {"published": "true", "remark": PUBLIC_WORDING})

    shown = stranger.open(ENTRY)
    assert PUBLIC_WORDING in shown.words
    assert ANSWER in shown.words
    assert TOLD not in shown.words
    assert f"/vi{ENTRY[3:]}#reported" in stranger.open(f"/vi/reports/{code}").links()
    found = public(app).read(f"/use-cases/{CASE}/reports")["items"]
    assert [(f["text"], f["answer"]["text"]) for f in found] == [(PUBLIC_WORDING, ANSWER)]


def test_what_was_typed_is_kept(app: FastAPI, signer: Actor, clock: Clock) -> None:
    del signer
    stranger = visitor(app)
    form = stranger.open(f"{ENTRY}/report")
    fill_in(clock, form)
    typed = {"text": "Sai", "contact": "không phải thư", "category": ""}
    again = stranger.send(form, "Gửi báo lỗi", typed, 422)
    assert again.typed("text") == "Sai"
    assert again.typed("contact") == "không phải thư"
    for name in ("category", "text", "contact"):
        assert again.error(name)
    right = {"text": HOSTILE, "contact": "", "category": "wording"}
    stranger.send(again, "Gửi báo lỗi", right)


def test_text_of_strangers_is_never_a_programme(
    app: FastAPI, country: World, signer: Actor
) -> None:
    del signer
    send(country, HOSTILE)
    desk = signed_in(app, country, country.reviewer())
    read = desk.open(f"/en/review/reports/{only_report(country)}")
    assert HOSTILE in read.words
    assert "<script>alert" not in read.answer.text


def test_machines_are_told_apart(app: FastAPI, country: World, signer: Actor, clock: Clock) -> None:
    del signer
    stranger = visitor(app)
    typed = {"category": "other", "text": TOLD}
    form = stranger.open(f"{ENTRY}/report")
    quick = stranger.send(form, "Gửi báo lỗi", typed, 422)
    assert "chỉ sau vài giây" in quick.words
    fill_in(clock, quick)
    trapped = stranger.send(quick, "Gửi báo lỗi", {"website": "https://example.vn"}, 422)
    assert "bẫy" in trapped.words
    clock.now += timedelta(days=2)
    stale = stranger.send(trapped, "Gửi báo lỗi", {}, 422)
    assert "mở quá lâu" in stale.words
    fill_in(clock, stale)
    forged = stranger.send(stale, "Gửi báo lỗi", {"stamp": "a" * 75}, 422)
    # A stamp of another form is none of this one's.
    other = stranger.open(f"/vi/cities/{HUE}/report").typed("stamp")
    fill_in(clock, forged)
    stranger.send(forged, "Gửi báo lỗi", {"stamp": other}, 422)
    with country.factory() as session:
        assert session.scalars(select(ErrorReport)).all() == []
    assert forged.typed("text") == TOLD
    stranger.send(forged, "Gửi báo lỗi", {})
    assert state(country, only_report(country)) is ReportState.RECEIVED


def test_sent_twice_it_is_one(app: FastAPI, country: World, signer: Actor, clock: Clock) -> None:
    del signer
    stranger = visitor(app)
    form = stranger.open(f"{ENTRY}/report")
    fill_in(clock, form)
    typed = {"category": "other", "text": TOLD}
    first = stranger.send(form, "Gửi báo lỗi", typed)
    second = stranger.send(form, "Gửi báo lỗi", typed)
    assert first.path == second.path
    only_report(country)
    changed = stranger.send(form, "Gửi báo lỗi", typed | {"text": TOLD * 2}, 422)
    assert "đã được gửi trước đó" in changed.words
    fill_in(clock, changed)
    assert stranger.send(changed, "Gửi báo lỗi").path != first.path


def test_another_site_sends_nothing(app: FastAPI, country: World, signer: Actor) -> None:
    del signer
    client = visitor(app).client
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = client.post(f"{ENTRY}/report", data={"text": TOLD}, headers=headers)
        assert answer.status_code == HTTPStatus.FORBIDDEN
    with country.factory() as session:
        assert session.scalars(select(ErrorReport)).all() == []


def test_about_a_city(app: FastAPI, country: World, signer: Actor, clock: Clock) -> None:
    stranger = visitor(app)
    form = stranger.open(f"/en/cities/{HUE}/report")
    fill_in(clock, form)
    sent = stranger.send(form, "Send the report", {"category": "wrong_place", "text": TOLD})
    report = only_report(country)
    forward(country, report)
    with pytest.raises(InvalidInput):
        answer(country, signer, report, version=1)
    answer(country, signer, report, outcome="right")
    close(country, report)
    assert "Closed" in stranger.open(sent.path).words
    assert PUBLIC_WORDING in stranger.open(f"/en/cities/{HUE}").words
    # As it was known then, it was not.
    with country.factory() as session:
        before = session.scalar(text("SELECT recorded_at FROM event WHERE kind = 'report.answer'"))
    assert isinstance(before, datetime)
    then = before.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert PUBLIC_WORDING not in stranger.open(f"/en/cities/{HUE}?known_at={then}").words
    assert PUBLIC_WORDING not in stranger.open(ENTRY).words


def test_found_by_its_code(app: FastAPI, country: World, signer: Actor) -> None:
    del signer
    code = send(country)
    stranger = visitor(app)
    page = stranger.open("/vi/reports")
    spaced = f" {code[:8].upper()} {code[8:]} "
    assert stranger.send(page, "Xem báo lỗi", {"code": spaced}).path == f"/vi/reports/{code}"
    wrong = stranger.send(page, "Xem báo lỗi", {"code": "abc"}, 404)
    assert wrong.error("code")
    stranger.open(f"/vi/reports/{code[:-1]}", 404)


def test_what_is_not_public_takes_no_report(app: FastAPI, country: World, signer: Actor) -> None:
    draft = country.draft(signer, HUE, [country.problem(signer, HUE)])
    country.submit(signer, draft)
    for reader in (visitor(app), signed_in(app, country, signer)):
        reader.open(f"/vi/use-cases/{HUE}-002/report", 404)
        reader.open(f"{ENTRY}/report?version=7", 404)
        reader.open("/vi/cities/khong-co/report", 404)


# ── Limits ──────────────────────────────────────────────────────────────────────────────────


def test_one_network_sends_so_much_a_day(country: World, signer: Actor, clock: Clock) -> None:
    for _ in range(2):
        country.approved(signer, HUE, [country.problem(signer, HUE)])
    for number in range(PER_NETWORK):
        send(country, f"Điều thứ {number} là sai.", use_case=f"{HUE}-00{number % 3 + 1}")
    with pytest.raises(NetworkBusy):
        send(country, "Thêm một điều nữa là sai.")
    send(country, "Từ một mạng khác: điều này sai.", network="198.51.100.0/24")
    clock.now += DAY
    send(country, "Thêm một điều nữa là sai.")


def test_the_same_words_and_the_same_address(country: World, signer: Actor) -> None:
    del signer
    code = send(country)
    with pytest.raises(InvalidInput) as refused:
        send(country, f"  {TOLD.upper()}!", network="198.51.100.0/24")
    assert [p.code for p in refused.value.problems] == ["same_words"]
    # Whoever took it back may say it again.
    with country.act(PUBLIC) as act:
        error_reports.withdraw(act, code)
    send(country, key=b"again")
    for number in range(PER_CONTACT):
        send(country, f"Điều thứ {number} là sai.", contact=CONTACT)
    with pytest.raises(InvalidInput) as refused:
        send(country, "Thêm một điều nữa là sai.", contact=CONTACT.upper())
    assert [p.code for p in refused.value.problems] == ["contact_too_often"]


def test_of_one_entry_so_much_is_told_a_day_and_who_comes_later_hears_what_to_do(
    app: FastAPI, country: World, signer: Actor, clock: Clock
) -> None:
    del signer
    for number in range(PER_ENTRY):
        send(country, f"Điều thứ {number} là sai.", network=f"203.0.{number}.0/24")
    with pytest.raises(EntryBusy):
        send(country, "Thêm một điều nữa là sai.", network="198.51.100.0/24")
    stranger = visitor(app)
    form = stranger.open(f"{ENTRY}/report")
    fill_in(clock, form)
    typed = {"category": "other", "text": TOLD}
    busy = stranger.send(form, "Gửi báo lỗi", typed, HTTPStatus.TOO_MANY_REQUESTS)
    assert "quay lại vào ngày mai" in busy.words
    assert busy.typed("text") == TOLD


# ── Who may what ────────────────────────────────────────────────────────────────────────────


def test_only_its_city_reads_and_answers(app: FastAPI, country: World, signer: Actor) -> None:
    send(country)
    report = only_report(country)
    neighbour = country.signer(VINH)
    # Before it is forwarded nobody of any city reads it.
    own = signed_in(app, country, signer)
    own.open(f"/vi/desk/{HUE}/reports/{report}", 404)
    with pytest.raises(NotFound):
        answer(country, signer, report)
    forward(country, report)
    other = signed_in(app, country, neighbour)
    other.open(f"/vi/desk/{HUE}/reports/{report}", 403)
    other.open(f"/vi/desk/{VINH}/reports/{report}", 404)
    with pytest.raises(Forbidden):
        answer(country, neighbour, report)
    caller = calls(app, country, neighbour)
    assert caller.get(f"/cities/{HUE}/reports").status_code == HTTPStatus.FORBIDDEN
    assert caller.read(f"/cities/{VINH}/reports")["items"] == []
    body = {"outcome": "right", "text": ANSWER}
    path = f"/cities/{VINH}/reports/{report}/answer"
    assert caller.send("POST", path, body).status_code == HTTPStatus.NOT_FOUND
    for role in (Role.LEAD, Role.ADMINISTRATOR):
        with pytest.raises(Forbidden), country.act(country.user(role)) as act:
            error_desk.dismiss(act, report, DismissalDraft(text="Không."))
    assert state(country, report) is ReportState.FORWARDED


def test_a_reviewer_of_the_city_neither_judges_nor_reads(
    app: FastAPI, country: World, signer: Actor
) -> None:
    send(country, contact=CONTACT)
    report = only_report(country)
    both = _reviewer_of(country, signer)
    with pytest.raises(OwnWork), country.act(both) as act:
        error_desk.forward(act, report, ForwardDraft(text=WORDING))
    page = signed_in(app, country, both).open(f"/en/review/reports/{report}")
    assert "You belong to this city" in page.words
    assert TOLD not in page.words
    assert CONTACT not in page.answer.text
    shown = calls(app, country, both).read(f"/review/reports/{report}")
    assert (shown["words"], shown["actions"]) == (None, [])


def test_along_the_table_and_no_other_way(country: World, signer: Actor, clock: Clock) -> None:
    send(country)
    report = only_report(country)
    with pytest.raises(WrongState):
        close(country, report)
    with pytest.raises(InvalidInput):
        forward(country, report, due_on="2025-06-15")
    forward(country, report, due_on="2025-06-20")
    with pytest.raises(WrongState):
        forward(country, report)
    # The city's last day is its own.
    clock.set("2025-06-20T10:00:00+07:00")
    with pytest.raises(WrongState):
        close(country, report)
    clock.set("2025-06-21T00:00:00+07:00")
    close(country, report)
    with pytest.raises(WrongState):
        answer(country, signer, report)
    with pytest.raises(NotFound):
        forward(country, UUID(int=1))


def _reviewer_of(world: World, signer: Actor) -> Actor:
    with transaction(world.factory) as session:
        session.add(MembershipRow(user_id=signer.user_id, role="reviewer", city_id=None))
    own = Membership(Role.REVIEWER, None)
    return Actor(signer.user_id, frozenset({*signer.memberships, own}))


# ── Nothing personal anywhere else ──────────────────────────────────────────────────────────


def test_words_and_address_are_nowhere_else(
    app: FastAPI,
    country: World,
    signer: Actor,
    clock: Clock,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    stranger = visitor(app)
    form = stranger.open(f"{ENTRY}/report")
    fill_in(clock, form)
    typed = {"category": "other", "text": TOLD, "contact": CONTACT}
    code = stranger.send(form, "Gửi báo lỗi", typed).path.rpartition("/")[2]
    report = only_report(country)
    forward(country, report)
    answer(country, signer, report)
    close(country, report)
    clock.now += timedelta(minutes=1)

    with country.factory() as session:
        for name, table in Base.metadata.tables.items():
            rows = [tuple(row) for row in session.execute(select(table))]
            held = str(rows)
            if name == "error_report_words":
                assert CONTACT in held
                continue
            assert CONTACT not in held, name
            assert TOLD not in held, name
            assert code not in held, name
        jobs = str(session.execute(text("SELECT args FROM procrastinate_jobs")).all())
        assert CONTACT not in jobs
        assert code not in jobs
    # httpx is the browser of this test, and no part of the service.
    logged = " ".join(r.getMessage() for r in caplog.records if r.name != "httpx")
    assert not re.search(f"{CONTACT}|{TOLD}|{code}", logged)

    names = {
        "code": [HUE, CASE],
        "city_code": [HUE],
        "report_id": [str(report)],
        "use_case_code": [CASE],
        "n": ["1"],
        "number": ["1"],
        "tracking": [code],
    }
    readers = [public(app), calls(app, country, signer), calls(app, country, country.reviewer())]
    kept = set()
    for caller, who in zip(readers, ("public", "city", "reviewer"), strict=True):
        for address in _addresses(names):
            shown = _read(caller, address)
            if CONTACT in shown or TOLD in shown:
                kept.add((who, re.sub(r"^/(vi|en)", "", address), CONTACT in shown))
    own = f"/review/reports/{report}"
    assert kept == {
        ("reviewer", own, True),
        ("reviewer", f"/api/v1{own}", False),
        ("reviewer", "/api/v1/review/reports", False),
    }
    del database


def _addresses(names: dict[str, list[str]]) -> Iterator[str]:
    for _, verb, path in census():
        given = re.findall(r"\{(\w+)(?::\w+)?\}", path)
        if verb != "GET" or "/static/" in path or not set(given) <= names.keys():
            continue
        found = [path]
        for name in given:
            slot = re.compile(rf"\{{{name}(?::\w+)?\}}")
            found = [slot.sub(value, each) for each in found for value in names[name]]
        yield from found


def _read(caller: Caller, address: str) -> str:
    headers = {"Authorization": f"Bearer {caller.token}"} if caller.token else {}
    answer = caller.client.get(address, headers=headers)
    assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, address
    return answer.text


def test_the_public_ledger_shows_its_links_only(
    app: FastAPI, country: World, signer: Actor
) -> None:
    del signer
    send(country)
    events = public(app).read("/events?limit=1000")["items"]
    (event,) = [e for e in events if e["kind"] == "report.received"]
    assert (event["payload"], event["subject"], event["role"]) == (None, None, None)


# ── Taken back, forgotten, erased ───────────────────────────────────────────────────────────


def words_kept(world: World) -> list[tuple[str, str]]:
    with world.factory() as session:
        rows = session.execute(select(ErrorReportWords.text, ErrorReportWords.contact))
        return [(row.text, row.contact) for row in rows]


def test_the_reporter_takes_it_back(app: FastAPI, country: World, signer: Actor) -> None:
    code = send(country, contact=CONTACT)
    report = only_report(country)
    forward(country, report)
    stranger = visitor(app)
    page = stranger.send(stranger.open(f"/vi/reports/{code}"), "Xóa địa chỉ của tôi ngay")
    assert words_kept(country) == [(TOLD, "")]
    page = stranger.send(page, "Rút báo lỗi")
    assert "Người báo đã rút" in page.words
    assert words_kept(country) == []
    assert page.buttons() == set()
    stranger.post(f"/vi/reports/{code}/withdraw", {}, 409)
    city = signed_in(app, country, signer)
    city.open(f"/vi/desk/{HUE}/reports/{report}", 404)
    assert f"/vi/desk/{HUE}/reports" not in city.open(f"/vi/desk/{HUE}").links()


def test_what_is_over_is_erased(country: World, signer: Actor, clock: Clock) -> None:
    del signer
    send(country, contact=CONTACT)
    report = only_report(country)
    with country.act(country.reviewer()) as act:
        error_desk.dismiss(act, report, DismissalDraft(text="Đã kiểm tra, thông tin đúng."))
    ended = clock.now

    def erase_at(moment: datetime) -> ErrorReport:
        clock.now = moment
        with country.act(PUBLIC) as act:
            error_desk.erase(act)
        with country.factory() as session:
            return session.get_one(ErrorReport, report)

    before = erase_at(ended + DAY - timedelta(seconds=1))
    assert before.network_hash
    assert before.contact_hash
    after = erase_at(ended + DAY)
    assert (after.network_hash, after.contact_hash) == (None, None)
    erase_at(ended + timedelta(days=KEPT_DAYS) - timedelta(seconds=1))
    assert words_kept(country) == [(TOLD, CONTACT)]
    erase_at(ended + timedelta(days=KEPT_DAYS))
    assert words_kept(country) == []


def test_the_rounds_come_by_themselves(
    country: World, signer: Actor, clock: Clock, database: Database
) -> None:
    del signer
    send(country)
    report = only_report(country)
    forward(country, report, due_on="2025-06-20")

    def round_at(day: str) -> list[str]:
        clock.set(f"{day}T08:00:00+07:00")
        with country.act(PUBLIC) as act:
            later.defer(act.session, "reports.remind")
            later.defer(act.session, "reports.erase")
        assert {state for _, state in run_jobs(database, clock)} <= {"succeeded"}
        return told(country)

    # The signer, and the colleague who submitted.
    city = [f"/desk/{HUE}/reports/{report}"] * 2
    desk = [f"/review/reports/{report}"]
    assert round_at("2025-06-16") == []
    assert round_at("2025-06-17") == city
    assert round_at("2025-06-20") == city
    assert round_at("2025-06-21") == city + city + desk
    assert round_at("2025-06-22") == city + city + desk


def told(world: World) -> list[str]:
    with world.factory() as session:
        found = session.scalars(text("SELECT link FROM message WHERE kind = 'error_due'"))
        return sorted(found)


def test_who_hears_of_it(country: World, signer: Actor) -> None:
    editor, neighbour = country.user(Role.CITY_EDITOR, HUE), country.signer(VINH)
    send(country)
    report = only_report(country)
    forward(country, report)
    answer(country, signer, report)
    with country.factory() as session:
        rows = session.execute(
            text("SELECT user_id, kind, link, facts FROM message WHERE kind LIKE 'error_%'")
        ).all()
    found = {(row.user_id, row.kind) for row in rows}
    city = {signer.user_id, editor.user_id, country.colleagues[HUE].user_id}
    assert found == {
        *((person, "error_forwarded") for person in city),
        (country.reviewer().user_id, "error_answered"),
    }
    assert neighbour.user_id not in city
    assert all(TOLD not in str(row.facts) for row in rows)


def test_the_due_day_is_the_desks(country: World) -> None:
    """Before anything was decided: what decisions took up stays."""
    facts = {"service_days": 15, "lease_hours": 24, "report_days": 7, "sample_percent": 0}
    with country.act(OPERATOR) as act:
        draft = PolicyDraft(valid_from=date(2000, 1, 1), source="test", **facts)
        lists.add(act, ListKind.POLICIES, draft)
    with country.act(PUBLIC) as act:
        aimed = queries.city_aimed_at(act.session, HUE, moment(act.session, act.clock()))
        told = ReportDraft.read({"category": "other", "text": TOLD})
        error_reports.send(act, aimed, told, Submission(b"x", SECRET, "", Language.VI))
    report = only_report(country)
    forward(country, report)
    with country.factory() as session:
        # Seven days end on a Sunday.
        assert session.get_one(ErrorReport, report).due_on == date(2025, 6, 23)


def test_a_last_day_of_rest_becomes_the_monday_after(country: World, signer: Actor) -> None:
    del signer
    send(country)
    report = only_report(country)
    forward(country, report, due_on="2025-06-21")
    with country.factory() as session:
        assert session.get_one(ErrorReport, report).due_on == date(2025, 6, 23)


def test_an_answer_that_does_not_suffice_comes_back(
    app: FastAPI, country: World, signer: Actor
) -> None:
    code = send(country)
    report = only_report(country)
    desk = signed_in(app, country, country.reviewer())
    forward(country, report, due_on="2025-06-20")
    with pytest.raises(WrongState):
        send_back(country, report)
    answer(country, signer, report)
    page = desk.open(f"/en/review/reports/{report}")
    back = "Send the answer back"
    refused = desk.send(page, back, {"due_on": "27/06/2025"}, HTTPStatus.UNPROCESSABLE_ENTITY)
    done = desk.send(refused, back, {"lack": LACK})
    assert "The answer was sent back to the city." in done.words
    assert state(country, report) is ReportState.FORWARDED
    with pytest.raises(WrongState):
        send_back(country, report)

    # The city is told what is missing, and by when; so is whoever reported it.
    with country.factory() as session:
        sql = "SELECT facts FROM message WHERE kind = 'error_forwarded' AND user_id = :user"
        facts = session.scalars(text(sql), {"user": signer.user_id}).all()
    assert sorted((f["again"], f["text"], f["due_on"]) for f in facts) == [
        (False, WORDING, "2025-06-20"),
        (True, LACK, "2025-06-27"),
    ]
    for page in (
        signed_in(app, country, signer).open(f"/en/desk/{HUE}/reports/{report}"),
        visitor(app).open(f"/en/reports/{code}"),
    ):
        assert ANSWER in page.words
        assert LACK in page.words
        assert "The city was asked for another answer by 27 June 2025." in page.words
    tracked = public(app).read(f"/reports/{code}")
    assert (tracked["answer"], tracked["sent_back"]["text"]) == (None, LACK)

    answer(country, signer, report, text=BETTER)
    close(country, report)
    (shown,) = public(app).read("/reports")["items"]
    assert (shown["answer"]["text"], shown["sent_back"]) == (BETTER, False)
    page = visitor(app).open(ENTRY)
    assert BETTER in page.words
    assert ANSWER not in page.words
    assert LACK not in page.words


def test_who_was_asked_again_and_stays_silent_is_not_said_to_have_never_answered(
    app: FastAPI, country: World, signer: Actor, clock: Clock, database: Database
) -> None:
    send(country)
    report = only_report(country)
    forward(country, report, due_on="2025-06-20")
    clock.set("2025-06-19T08:00:00+07:00")
    remind(country, database, clock)
    answer(country, signer, report)
    send_back(country, report, due_on="2025-06-27")
    # The new last day has reminders of its own.
    clock.set("2025-06-26T08:00:00+07:00")
    remind(country, database, clock)
    assert len(told(country)) == 4
    with pytest.raises(WrongState):
        close(country, report)
    clock.set("2025-06-28T08:00:00+07:00")
    close(country, report)
    (shown,) = public(app).read("/reports")["items"]
    assert (shown["answer"], shown["sent_back"]) == (None, True)
    page = visitor(app).open(ENTRY.replace("/vi/", "/en/"))
    assert "The city's answer did not suffice." in page.words


def test_two_reviewers_at_once_judge_it_once(country: World, signer: Actor) -> None:
    del signer
    send(country)
    report = only_report(country)
    barrier = threading.Barrier(2)

    def judge(wording: str) -> str:
        try:
            with country.act(country.reviewer()) as act:
                barrier.wait()
                error_desk.forward(act, report, ForwardDraft(text=wording))
        except WrongState:
            return "refused"
        return wording

    country.reviewer()
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(judge, ("một", "hai")))
    (winner,) = [each for each in found if each != "refused"]
    with country.factory() as session:
        kept = session.scalars(select(ErrorReportStep.text)).all()
    assert list(kept) == [winner]


def test_letters_to_the_reporter(
    country: World,
    signer: Actor,
    clock: Clock,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with mail_server() as (box, address):
        changes = {
            "smtp_url": address,
            "mail_from": "no-reply@example.org",
            "form_secret": SECRET,
        }
        smtp = database.settings.model_copy(update=changes)
        _write_to_the_reporter(country, signer, clock, database, smtp, box)
    assert CONTACT not in caplog.text


def _write_to_the_reporter(
    country: World,
    signer: Actor,
    clock: Clock,
    database: Database,
    smtp: Settings,
    box: Box,
) -> None:
    code = send(country, contact=CONTACT, language=Language.EN)
    report = only_report(country)
    box.refuse["RCPT"] = [f"451 {CONTACT} later", None]
    run_jobs(database, clock, settings=smtp)
    run_jobs(database, clock, hurry=True, settings=smtp)
    forward(country, report)
    answer(country, signer, report)
    send_back(country, report)
    run_jobs(database, clock, settings=smtp)
    answer(country, signer, report)
    close(country, report)
    run_jobs(database, clock, settings=smtp)
    mine = [m for m in box.letters if m["To"] and CONTACT in m["To"]]
    # What waits together is sent in any order.
    assert sorted(m["Subject"].split(":")[0] for m in mine) == [
        "The city has answered your report of an error",
        "The city has answered your report of an error",
        "The city is asked again about your report of an error",
        "Your report of an error came in",
        "Your report of an error was closed",
        "Your report of an error was given to the city",
    ]
    for letter in mine:
        body = letter.get_body(("plain",))
        assert body is not None
        assert f"/en/reports/{code}" in body.get_content().replace("=\n", "")
        assert TOLD not in body.get_content()


# ── By programs ─────────────────────────────────────────────────────────────────────────────


def test_by_programs_it_is_the_same(app: FastAPI, country: World, signer: Actor) -> None:
    caller = public(app)
    body = {"use_case": CASE, "version": 1, "category": "evidence", "text": TOLD}
    assert caller.send("POST", "/reports", body).json()["code"] == "idempotency_key_required"
    sent = caller.created("/reports", body, idempotency_key="mine")
    again = caller.created("/reports", body, idempotency_key="mine")
    assert again.json() == sent.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = caller.create("/reports", body | {"text": TOLD * 2}, idempotency_key="mine")
    assert other.json()["code"] == "idempotency_key_reused"
    code = sent.json()["code"]
    assert sent.headers["location"] == f"/api/v1/reports/{code}"
    tracked = caller.read(f"/reports/{code}")
    assert (tracked["state"], tracked["can_withdraw"]) == ("received", True)
    assert caller.get(f"/reports/{'a' * 32}").status_code == HTTPStatus.NOT_FOUND

    report = only_report(country)
    desk = calls(app, country, country.reviewer())
    (waiting,) = desk.read("/review/reports?state=received")["items"]
    assert (waiting["id"], waiting["words"]) == (str(report), TOLD)
    path = f"/review/reports/{report}"
    given = desk.send("POST", f"{path}/forwarding", {"text": WORDING, "due_on": "2025-07-01"})
    assert given.json()["due_on"] == "2025-07-01"
    city = calls(app, country, signer)
    (own,) = city.read(f"/cities/{HUE}/reports")["items"]
    assert (own["text"], own["can_answer"]) == (WORDING, True)
    reply = {"outcome": "corrected", "text": ANSWER, "version": 1}
    said = city.send("POST", f"/cities/{HUE}/reports/{report}/answer", reply)
    assert said.json()["answer"]["version"] == 1
    closed = desk.send("POST", f"{path}/closing", {"published": True, "text": PUBLIC_WORDING})
    assert closed.json()["actions"] == []
    assert desk.send("POST", f"{path}/closing", {}).status_code == HTTPStatus.CONFLICT
    late = caller.send("POST", f"/reports/{code}/withdrawal")
    assert late.status_code == HTTPStatus.CONFLICT
    assert caller.send("DELETE", f"/reports/{code}/contact").status_code == HTTPStatus.NO_CONTENT
    tag = caller.get(f"/use-cases/{CASE}/reports").headers["etag"]
    same = caller.get(f"/use-cases/{CASE}/reports", if_none_match=tag)
    assert same.status_code == HTTPStatus.NOT_MODIFIED


def test_what_was_closed_in_public_is_one_list(
    app: FastAPI, country: World, signer: Actor, clock: Clock
) -> None:
    del signer
    elsewhere = country.signer(VINH)
    country.approved(elsewhere, VINH, [country.problem(elsewhere, VINH)])
    send(country, "Báo lỗi này không được công khai.")
    with country.act(PUBLIC) as act:
        aimed = queries.city_aimed_at(act.session, HUE, moment(act.session, act.clock()))
        told = ReportDraft.read({"category": "other", "text": "Tên đô thị viết sai."})
        error_reports.send(act, aimed, told, Submission(b"city", SECRET, "", Language.VI))
    send(country)
    send(country, key=b"vinh", use_case=f"{VINH}-001")
    with country.factory() as session:
        rows = session.execute(select(ErrorReport.id).order_by(ErrorReport.position)).all()
    for row in rows:
        forward(country, row.id, due_on="2025-06-20")
    clock.set("2025-06-21T08:00:00+07:00")
    for number, row in enumerate(rows):
        close(country, row.id, published=number > 0)

    def about(address: str) -> list[tuple[str, str | None]]:
        items = public(app).read(address)["items"]
        return [(each["about"]["city"], each["about"]["use_case"]) for each in items]

    everything = [(VINH, f"{VINH}-001"), (HUE, CASE), (HUE, None)]
    assert about("/reports") == everything
    assert about(f"/reports?city={HUE}") == everything[1:]
    assert about("/reports?city=99") == []
    leafed, address = [], "/reports?limit=2"
    while address:
        leafed += about(address)
        following = public(app).read(address)["next"]
        address = following and following.removeprefix("/api/v1")
    assert leafed == everything


WRONG: list[tuple[dict[str, str], str, str]] = [
    ({"text": "Sai."}, "/text", "too_short_to_tell"),
    ({"text": "http://a www.b https://c http://d là sai"}, "/text", "too_many_links"),
    ({"text": "x" * 2001}, "/text", "too_long"),
    ({"category": "spam"}, "/category", "unknown_choice"),
    ({"field": "colour"}, "/field", "unknown_choice"),
    ({"contact": "không"}, "/contact", "not_a_mail_address"),
    ({"city": HUE}, "/use_case", "use_case_or_city"),
    ({"use_case": ""}, "/use_case", "use_case_or_city"),
    ({"use_case": "", "city": HUE}, "/version", "unknown_field"),
]


def test_what_is_wrong_is_named(app: FastAPI, signer: Actor) -> None:
    del signer
    for changes, pointer, code in WRONG:
        body = {"use_case": CASE, "version": 1, "category": "other", "text": TOLD, **changes}
        answer = public(app).create("/reports", body)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
