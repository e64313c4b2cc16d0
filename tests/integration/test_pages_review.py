"""The ministry's desk, through its door: the real application on a real register."""

import re
from collections.abc import Iterator
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

import html5lib
import pytest
from fastapi import FastAPI

from registry.actions.account import grant
from registry.db.engine import transaction
from registry.db.tables import UseCase, UseCaseVersion, UserAccount
from registry.domain.model import OPERATOR, Action, Actor, ReviewState, Role
from registry.queries.coverage import coverage
from registry.queries.moments import moment
from tests.factories import Clock, World
from tests.integration.visitor import signed_in, site, visitor
from tests.postgres import Database

HOSTILE = "{{7*7}}{% raw %}${alert(1)}<script>alert(1)</script><img src=x onerror=alert(1)>"


class Desk:
    """A person at the ministry's desk: pages as text, decisions as forms send them."""

    def __init__(self, app: FastAPI, world: World, actor: Actor | None) -> None:
        self.app = app
        self.visitor = visitor(app) if actor is None else signed_in(app, world, actor)

    def get(self, path: str, status: int = HTTPStatus.OK) -> str:
        return self.visitor.open(path, status).answer.text

    def post(self, path: str, **form: str) -> str:
        """Where one is sent on to."""
        return self.visitor.post(path, form).path

    def refused(self, status: int, path: str, **form: str) -> str:
        """The page that says why not."""
        return self.visitor.post(path, form, status).answer.text


def words(html: str) -> str:
    """What a reader sees, on one line."""
    tree = html5lib.parse(html.replace("<br>", " "), namespaceHTMLElements=False)
    main = tree.find(".//main")
    assert main is not None
    return " ".join("".join(main.itertext()).split())


def revision(html: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', html)
    assert found is not None
    return found[1]


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with site(database.settings, clock) as app:
        yield app


@pytest.fixture
def country(world: World) -> World:
    world.targets()
    world.province("48")
    world.province("79", box=(106, 10, 107, 11))
    return world


@pytest.fixture
def reviewer(app: FastAPI, country: World) -> Desk:
    return Desk(app, country, country.reviewer())


def submitted(world: World, city: str, signer: Actor, **changes: Any) -> UUID:
    version = world.draft(signer, city, [world.problem(signer, city)], **changes)
    world.submit(signer, version)
    return version


def address(world: World, version_id: UUID) -> str:
    with world.factory() as session:
        version = session.get_one(UseCaseVersion, version_id)
        code = session.get_one(UseCase, version.use_case_id).code
        return f"/en/review/{code}/{version.number}"


def state(world: World, version_id: UUID) -> ReviewState:
    with world.factory() as session:
        return ReviewState(session.get_one(UseCaseVersion, version_id).state)


def counted(world: World, on: str) -> int:
    with world.factory() as session:
        return coverage(
            session, moment(session, world.clock(), date.fromisoformat(on))
        ).tally.counted


@pytest.mark.parametrize("path", ["", "/entries", "/x-001/1", "/x-001/1/decided"])
def test_the_desk_is_the_ministrys_alone(app: FastAPI, country: World, path: str) -> None:
    city = country.city()
    public, signer = Desk(app, country, None), Desk(app, country, country.signer(city))
    assert public.visitor.open(f"/en/review{path}").path == "/en/sign-in"
    signer.get(f"/en/review{path}", HTTPStatus.FORBIDDEN)


def test_an_empty_queue_says_so(reviewer: Desk) -> None:
    assert "Nothing waits for a decision." in words(reviewer.get("/en/review"))
    assert "Không có hồ sơ nào chờ quyết định." in words(reviewer.get("/vi/review"))


def test_the_queue_is_oldest_first_and_says_what_each_entry_is(
    country: World, reviewer: Desk, clock: Clock
) -> None:
    a, b = country.city("a"), country.city("b", province="79")
    signer_a, signer_b = country.signer(a), country.signer(b)
    first = submitted(country, a, signer_a, title="Cũ nhất", title_en="")
    clock.set("2025-06-18T02:00:00")
    returned = submitted(country, b, signer_b)
    country.claim(returned)
    country.decide(returned, Action.RETURN)
    clock.set("2025-06-20T02:00:00")
    answer = country.revise(signer_b, returned, title="Trả lời", title_en="The answer")
    country.submit(signer_b, answer)
    country.claim(first)
    clock.set("2025-06-20T20:00:00")
    seen = words(reviewer.get("/en/review"))
    assert re.search(
        r"Submitted 1 In review 1 Overdue 0 Due within 3 days 0 Mine 1 .*"
        r" 6 days 24 days left Cũ nhất City a, Province 48 Urban flooding"
        r" In review Version 1, new Taken up by you until 21 June 2025, 09:00"
        r" .*1 day 29 days left New or changed The answer City b, Province 79 Urban flooding"
        r" Submitted Version 2, answer to a return",
        seen,
    ), seen
    colleague = Desk(reviewer.app, country, country.user(Role.REVIEWER))
    assert "Taken up by a colleague" in words(colleague.get("/en/review"))


def test_the_queue_is_narrowed_by_province_area_and_state(country: World, reviewer: Desk) -> None:
    a, b = country.city("a"), country.city("b", province="79")
    submitted(country, a, country.signer(a), title_en="Case a")
    signer = country.signer(b)
    traffic = country.problem(signer, b, area="traffic")
    version = country.draft(signer, b, [traffic], title_en="Case b")
    country.submit(signer, version)
    country.claim(version)
    for query, shown, hidden in (
        ("province=48", "Case a", "Case b"),
        ("area=traffic", "Case b", "Case a"),
        ("state=submitted&province=&area=", "Case a", "Case b"),
    ):
        seen = words(reviewer.get(f"/en/review?{query}"))
        assert shown in seen
        assert hidden not in seen
    nothing = words(reviewer.get("/en/review?province=48&area=traffic"))
    assert "Nothing that waits fits these filters." in nothing
    reviewer.get("/en/review?state=nonsense", HTTPStatus.UNPROCESSABLE_ENTITY)


def test_a_confirmed_approval_counts_and_leads_on_to_the_next(
    country: World, reviewer: Desk
) -> None:
    a, b = country.city("a"), country.city("b")
    country.roll([a, b])
    version = submitted(country, a, country.signer(a))
    submitted(country, b, country.signer(b), title_en="The next one")
    path = address(country, version)
    before = reviewer.get(path)
    assert "Start review" in before
    assert 'value="approve"' not in before
    assert reviewer.post(path, action="claim", revision=revision(before)) == path
    form = revision(reviewer.get(path))
    where = reviewer.post(path, action="approve", revision=form, ai_confirmed="yes", reason="")
    seen = words(reviewer.get(where))
    assert "1 of 2 cities (50.0%)" in seen
    assert "City a: Counted because" in seen
    assert "The next one, City b, Version 1" in seen
    assert counted(country, "2025-06-15") == 1
    assert "A reviewer confirmed the use of AI." in words(reviewer.get(path))


def test_an_unconfirmed_approval_does_not_count(country: World, reviewer: Desk) -> None:
    city = country.city()
    country.roll([city])
    version = submitted(country, city, country.signer(city))
    country.claim(version)
    path = address(country, version)
    where = reviewer.post(path, action="approve", revision=revision(reviewer.get(path)))
    seen = words(reviewer.get(where))
    assert "no reviewer has confirmed that the application uses AI" in seen
    assert "Nothing else waits for you." in seen
    assert state(country, version) is ReviewState.APPROVED
    assert counted(country, "2025-06-15") == 0
    assert "AI use not confirmed" in words(reviewer.get(path))


@pytest.mark.parametrize("action", ["return", "reject", "suspend", "revoke"])
def test_a_decision_against_an_entry_needs_a_reason(
    country: World, reviewer: Desk, action: str
) -> None:
    city = country.city()
    version = submitted(country, city, country.signer(city))
    country.claim(version)
    if action in {"suspend", "revoke"}:
        country.decide(version, Action.APPROVE)
    path, before = address(country, version), state(country, version)
    form = revision(reviewer.get(path))
    refused = reviewer.refused(
        HTTPStatus.UNPROCESSABLE_ENTITY, path, action=action, revision=form, effect="start"
    )
    assert f'href="#{action}-reason">Please fill this in.' in refused
    assert f'id="{action}-reason-error">Please fill this in.' in refused
    assert state(country, version) is before
    given = {"reason": "Thiếu minh chứng", "revision": form, "action": action}
    if action in {"suspend", "revoke"}:
        given["effect"] = "start"
    where = reviewer.post(path, **given)
    assert where == f"{path}/decided"
    assert "Thiếu minh chứng" in words(reviewer.get(path))


def test_a_refused_form_keeps_what_was_typed(country: World, reviewer: Desk) -> None:
    _, _, version = country.counted_city()
    path = address(country, version)
    refused = reviewer.refused(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        path,
        action="revoke",
        revision=revision(reviewer.get(path)),
        reason="a" * 2001,
        effect="day",
        effective_from="31/02/2025",
    )
    assert "a" * 2001 in refused
    assert 'value="31/02/2025"' in refused
    assert re.search(r'id="revoke-day" value="day" required checked', refused)
    assert "This is not a date." in refused
    assert "At most 2000 characters." in refused
    assert len(re.findall('<details class="decision" open', refused)) == 1


@pytest.mark.parametrize(
    ("choice", "problem"),
    [
        ({}, "Say from which day"),
        ({"effective_from": "01/02/2025"}, "Say from which day"),
        ({"effect": "day"}, "Say from which day"),
        ({"effect": "start", "effective_from": "01/02/2025"}, "Say from which day"),
        ({"effect": "day", "effective_from": "2025"}, "This is not a date."),
    ],
)
def test_from_when_a_revocation_holds_is_an_explicit_choice(
    country: World, reviewer: Desk, choice: dict[str, str], problem: str
) -> None:
    _, _, version = country.counted_city()
    path = address(country, version)
    refused = reviewer.refused(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        path,
        action="revoke",
        revision=revision(reviewer.get(path)),
        reason="sai",
        **choice,
    )
    assert problem in words(refused)
    assert state(country, version) is ReviewState.APPROVED


def test_a_revocation_takes_the_days_it_names_until_it_is_reinstated(
    country: World, reviewer: Desk
) -> None:
    city, _, version = country.counted_city()
    country.roll([city])
    path = address(country, version)
    seen = reviewer.get(path)
    assert "Suspend the approval" in seen
    reviewer.post(
        path,
        action="revoke",
        revision=revision(seen),
        reason="Không còn vận hành",
        effect="day",
        effective_from="01/02/2025",
    )
    assert (counted(country, "2025-01-31"), counted(country, "2025-02-01")) == (1, 0)
    after = reviewer.get(path)
    assert "Revoked from 1 February 2025 Không còn vận hành" in words(after)
    reviewer.post(path, action="reinstate", revision=revision(after), effect="start")
    assert counted(country, "2025-02-01") == 1


def test_a_suspension_from_the_start_takes_every_day(country: World, reviewer: Desk) -> None:
    city, _, version = country.counted_city()
    country.roll([city])
    path = address(country, version)
    form = revision(reviewer.get(path))
    reviewer.post(path, action="suspend", revision=form, reason="kiểm tra", effect="start")
    assert state(country, version) is ReviewState.SUSPENDED
    assert counted(country, "2025-01-31") == 0


def test_of_two_reviewers_the_second_is_told_and_keeps_what_they_wrote(
    app: FastAPI, country: World, reviewer: Desk, clock: Clock
) -> None:
    """The second one's time ended while they wrote: a colleague took the entry up and decided."""
    city = country.city()
    version = submitted(country, city, country.signer(city))
    late_one = country.user(Role.REVIEWER)
    country.claim(version, late_one)
    path = address(country, version)
    second = Desk(app, country, late_one)
    form = revision(second.get(path))
    clock.set("2025-06-16T03:30:00")
    reviewer.post(path, action="claim", revision=form)
    typed = {
        "reason": "Lý do của tôi",
        "comments-0-field": "evidence",
        "comments-0-text": "Liên kết hỏng",
        "criteria-1-note": "Vấn đề đã rút",
    }
    late = second.refused(
        HTTPStatus.PRECONDITION_FAILED, path, action="return", revision=form, **typed
    )
    seen = words(late)
    assert "Somebody else changed or decided this in the meantime." in seen
    assert "A reviewer took this version up. 16 June 2025, 10:30" in seen
    assert all(text in seen for text in ("Lý do của tôi", "Liên kết hỏng", "Vấn đề đã rút"))
    reviewer.post(path, action="approve", revision=revision(reviewer.get(path)), ai_confirmed="yes")
    later = second.refused(
        HTTPStatus.PRECONDITION_FAILED, path, action="return", revision=form, **typed
    )
    seen = words(later)
    assert "A reviewer approved this version. 16 June 2025, 10:30" in seen
    assert "Lý do của tôi" in seen
    assert state(country, version) is ReviewState.APPROVED


def test_who_comes_late_to_an_entry_taken_up_is_told_and_keeps_what_they_wrote(
    app: FastAPI, country: World, reviewer: Desk
) -> None:
    city = country.city()
    version = submitted(country, city, country.signer(city))
    path = address(country, version)
    second = Desk(app, country, country.user(Role.REVIEWER))
    form = revision(second.get(path))
    reviewer.post(path, action="claim", revision=revision(reviewer.get(path)))
    late = second.refused(HTTPStatus.PRECONDITION_FAILED, path, action="claim", revision=form)
    assert "A reviewer took this version up." in words(late)
    assert "Taken up by a colleague" in words(late)
    changed = second.refused(
        HTTPStatus.PRECONDITION_FAILED, path, action="return", revision=form, reason="Của tôi"
    )
    assert re.search(r'id="kept"[^>]*>\s*Của tôi</textarea>', changed)
    now = str(int(form) + 1)
    refused = second.refused(
        HTTPStatus.FORBIDDEN, path, action="return", revision=now, reason="Của tôi"
    )
    assert "A colleague has taken this entry up." in words(refused)
    assert re.search(r'id="kept"[^>]*>\s*Của tôi</textarea>', refused)
    assert state(country, version) is ReviewState.IN_REVIEW


def test_a_version_withdrawn_meanwhile_is_not_decided(country: World, reviewer: Desk) -> None:
    city = country.city()
    signer = country.signer(city)
    version = submitted(country, city, signer)
    country.claim(version)
    path = address(country, version)
    form = revision(reviewer.get(path))
    country.withdraw(signer, version, "gửi nhầm")
    late = reviewer.refused(
        HTTPStatus.PRECONDITION_FAILED, path, action="reject", revision=form, reason="Của tôi"
    )
    seen = words(late)
    assert "The city withdrew this version." in seen
    assert "gửi nhầm" in seen
    assert "Của tôi" in seen
    assert "In this state there is nothing to decide on this version." in seen


def test_a_move_that_the_table_does_not_have_is_refused(country: World, reviewer: Desk) -> None:
    _, _, version = country.counted_city()
    path = address(country, version)
    form = revision(reviewer.get(path))
    seen = reviewer.refused(HTTPStatus.CONFLICT, path, action="return", revision=form, reason="x")
    assert "not possible in the state the entry is in now" in words(seen)
    reviewer.refused(HTTPStatus.NOT_FOUND, path, action="submit", revision=form)
    reviewer.refused(HTTPStatus.NOT_FOUND, path, revision=form)


def test_nobody_decides_for_their_own_city_and_is_told_why(app: FastAPI, country: World) -> None:
    city = country.city()
    version = submitted(country, city, country.signer(city))
    own = country.user(Role.REVIEWER, email="both@example.vn")
    with country.act(OPERATOR) as act:
        grant(act, "both@example.vn", Role.CITY_EDITOR, city)
    desk = Desk(app, country, own)
    path = address(country, version)
    seen = desk.get(path)
    assert "Nobody decides on their own work or on an entry of their own city." in words(seen)
    assert "<form method" not in seen.split('id="decision"')[1]
    desk.refused(HTTPStatus.FORBIDDEN, path, action="claim", revision="2")
    draft = country.draft(country.signer(city), city, [])
    desk.get(address(country, draft), HTTPStatus.NOT_FOUND)


def test_what_no_text_can_hold_finds_nothing(reviewer: Desk) -> None:
    reviewer.get("/en/review/entries?q=%00")
    reviewer.get("/en/review?province=%00", HTTPStatus.UNPROCESSABLE_ENTITY)


@pytest.mark.parametrize("path", ["/x%00y/1", "/x%00y/1/decided"])
def test_what_no_code_can_hold_is_not_there(reviewer: Desk, path: str) -> None:
    reviewer.get(f"/en/review{path}", HTTPStatus.NOT_FOUND)


def test_an_administrator_reads_but_does_not_decide(app: FastAPI, country: World) -> None:
    city = country.city()
    version = submitted(country, city, country.signer(city))
    desk = Desk(app, country, country.user(Role.ADMINISTRATOR))
    assert "Your role does not allow this." in words(desk.get(address(country, version)))


def test_an_entry_is_compared_with_the_last_approved_version(
    country: World, reviewer: Desk
) -> None:
    _, signer, first = country.counted_city(summary="Dự báo điểm ngập trước hai giờ.")
    second = country.revise(signer, first, summary="Dự báo điểm ngập trước ba giờ.")
    country.submit(signer, second)
    country.claim(second)
    country.decide(second, Action.RETURN, reason="Cần số liệu")
    third = country.revise(signer, second, summary="Dự báo điểm ngập trước bốn giờ.")
    country.submit(signer, third)
    country.claim(third)
    path = address(country, third)
    seen = reviewer.get(path)
    assert "trước <del>hai </del><ins>bốn </ins>giờ." in seen
    assert "Compared with version 1:" in words(seen)
    assert "Version 1, approved before, is superseded." in words(seen)
    assert "Cần số liệu" in words(seen)
    assert "trước <del>ba </del><ins>bốn </ins>giờ." in reviewer.get(f"{path}?against=2")
    plain = reviewer.get(f"{path}?against=0")
    assert "<ins>" not in plain
    assert "trước bốn giờ." in plain
    reviewer.get(path.removesuffix("3") + "4", HTTPStatus.NOT_FOUND)


def test_the_checklist_says_what_the_register_finds(country: World, reviewer: Desk) -> None:
    city = country.city()
    country.roll([city])
    signer = country.signer(city)
    problem = country.problem(signer, city, declared_on="2024")
    version = country.draft(
        signer,
        city,
        [problem],
        stages=[
            {"stage": "pilot", "since": "2024-03"},
            {"stage": "operational", "since": "2024-11"},
            {"stage": "suspended", "since": "2025-05"},
        ],
    )
    country.submit(signer, version)
    seen = words(reviewer.get(address(country, version)))
    assert "open from 31 December 2024" in seen
    assert "Pilot: certain from 31 March 2024 until before 1 November 2024" in seen
    assert "In operation: certain from 30 November 2024 until before 1 May 2025" in seen
    assert "Today: Operation suspended" in seen
    assert re.search(r"4\. In operation ✗ Missing", seen)
    assert re.search(r"3\. AI is used: .*? \? For the reviewer to judge", seen)
    assert re.search(r"1\. A city of the roll ✓ Found", seen)


def test_decided_entries_are_found_again_without_diacritics(country: World, reviewer: Desk) -> None:
    _, _, version = country.counted_city("a", title="Đèn tín hiệu thông minh", title_en="")
    country.counted_city("b", title="Trợ lý ảo", title_en="")
    path = "/en/review/entries"
    assert "2 versions found" in words(reviewer.get(path))
    seen = words(reviewer.get(f"{path}?q=den+TIN"))
    assert "Đèn tín hiệu thông minh" in seen
    assert "Trợ lý ảo" not in seen
    assert "No entry fits this search." in words(reviewer.get(f"{path}?q=%25"))
    country.decide(version, Action.REVOKE)
    assert "1 version found" in words(reviewer.get(f"{path}?state=revoked"))
    assert "No entry fits this search." in words(reviewer.get(f"{path}?state=rejected"))


def test_hostile_texts_are_shown_as_they_are(country: World, reviewer: Desk) -> None:
    city = country.city()
    signer = country.signer(city)
    texts = dict.fromkeys(
        ("title", "summary", "solution", "technique_detail", "deployer", "provider"), HOSTILE
    )
    problem = country.problem(signer, city, title=HOSTILE, title_en="", statement=HOSTILE)
    evidence = [{"url": "https://example.vn/x", "title": HOSTILE}]
    version = country.draft(signer, city, [problem], **texts, title_en="", evidence=evidence)
    country.submit(signer, version)
    country.claim(version)
    path = address(country, version)
    pages = [reviewer.get(path), reviewer.get("/en/review")]
    form = revision(pages[0])
    pages.append(
        reviewer.refused(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            path,
            action="return",
            revision=form,
            reason=HOSTILE + "a" * 2000,
        )
    )
    where = reviewer.post(path, action="return", revision=form, reason=HOSTILE)
    pages += [reviewer.get(where), reviewer.get(path)]
    pages.append(reviewer.get("/en/review/entries?state=returned"))
    for page in pages:
        assert HOSTILE in words(page)
        assert "<script>alert" not in page
        assert "<img" not in page


def test_an_unknown_account_state_never_decides(app: FastAPI, country: World, clock: Clock) -> None:
    city = country.city()
    version = submitted(country, city, country.signer(city))
    person = country.user(Role.REVIEWER)
    desk = Desk(app, country, person)
    form = revision(desk.get(address(country, version)))
    with transaction(country.factory) as session:
        session.get_one(UserAccount, person.user_id).disabled_at = clock()
    assert desk.post(address(country, version), action="claim", revision=form) == "/en/sign-in"
    assert state(country, version) is ReviewState.SUBMITTED
