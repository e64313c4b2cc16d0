"""The post room's test: what comes in, what stays out, and who may read it when."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import Response
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from registry.actions import declare
from registry.actions.files import receive
from registry.domain.errors import InvalidInput
from registry.domain.files import MediaType
from registry.domain.intake import SubmissionDraft
from registry.domain.model import Action, Actor, Role
from registry.queries.files import HeldFile
from registry.store import cabinet
from tests.factories import LETTER, USE_CASE, Clock, World
from tests.integration import visitor as pages
from tests.integration.api_client import Caller, keeps_its_word, public, service, signed_in
from tests.postgres import Database
from tests.s3_server import BUCKET, s3_server
from tests.samples import SAMPLES, office, pdf

HUE, DALAT = "46", "672"
REPORT = pdf(text="Báo cáo vận hành")


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def signer(world: World) -> Actor:
    world.targets()
    world.roll([world.city(HUE), world.city(DALAT)])
    return world.signer(HUE)


@pytest.fixture
def city(app: FastAPI, world: World, signer: Actor) -> Caller:
    return signed_in(app, world, signer)


@pytest.fixture
def neighbour(app: FastAPI, world: World, city: Caller) -> Caller:
    assert city.token
    return signed_in(app, world, world.signer(DALAT))


def send(
    caller: Caller, content: bytes, name: str = "Báo cáo.pdf", city: str = HUE, **more: str
) -> Response:
    headers = {"Authorization": f"Bearer {caller.token}"} if caller.token else {}
    address = f"/api/v1/cities/{city}/files"
    sent = {**headers, **more}
    answer = caller.client.post(address, params={"name": name}, content=content, headers=sent)
    keeps_its_word(answer)
    return answer


def sent(caller: Caller, content: bytes = REPORT, **more: str) -> str:
    """The address of a file that was taken in."""
    answer = send(caller, content, **more)
    assert answer.status_code == 201, answer.text
    address: str = answer.json()["url"]
    return address


def code(answer: Response) -> str:
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/file"
    found: str = error["code"]
    return found


def held(world: World, database: Database, by: Actor, content: bytes = REPORT) -> HeldFile:
    with world.act(by) as act:
        return receive(act, cabinet(database.settings), HUE, "Báo cáo.pdf", BytesIO(content))


def evidence(file: HeldFile) -> list[dict[str, Any]]:
    return [{"file": file.sha256, "title": "Báo cáo vận hành"}]


def test_a_file_comes_back_as_it_was_sent(city: Caller) -> None:
    answer = send(city, REPORT, "Báo cáo “quý I”.pdf")
    assert answer.status_code == 201
    assert answer.json() == {
        "sha256": sha256(REPORT).hexdigest(),
        "name": "Báo cáo “quý I”.pdf",
        "media_type": "application/pdf",
        "size": len(REPORT),
        "url": f"/api/v1/files/{sha256(REPORT).hexdigest()}",
    }
    assert answer.headers["location"] == answer.json()["url"]
    file = city.get(answer.json()["url"])
    assert file.content == REPORT
    assert file.headers["content-type"] == "application/pdf"
    assert file.headers["etag"] == f'"{sha256(REPORT).hexdigest()}"'
    assert file.headers["cache-control"] == "private, no-store"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-security-policy"] == (
        "sandbox; default-src 'none'; frame-ancestors 'none'"
    )
    disposition = file.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="B_o c_o _qu_ I_.pdf"')
    assert disposition.endswith(
        "filename*=UTF-8''B%C3%A1o%20c%C3%A1o%20%E2%80%9Cqu%C3%BD%20I%E2%80%9D.pdf"
    )


@pytest.mark.parametrize("kind", MediaType)
def test_every_kind_is_taken_in(city: Caller, kind: MediaType) -> None:
    address = sent(city, SAMPLES[kind], name="Minh chứng")
    answer = city.get(address)
    assert answer.headers["content-type"] == kind.value
    assert "content-encoding" not in answer.headers
    assert answer.content == SAMPLES[kind]


def test_what_stays_out(city: Caller) -> None:
    assert code(send(city, b"")) == "file_empty"
    assert code(send(city, b"<script>alert(1)</script>", "trang.html")) == "file_kind"
    assert code(send(city, b"<script>alert(1)</script>", "trang.pdf")) == "file_kind"
    assert code(send(city, REPORT, "Báo cáo.docx")) == "file_name_mismatch"
    assert code(send(city, office(more={"word/vbaProject.bin": "x"}), "x.docx")) == "file_macro"
    nameless = city.client.post(
        f"/api/v1/cities/{HUE}/files",
        content=REPORT,
        headers={"Authorization": f"Bearer {city.token}"},
    )
    assert nameless.json()["errors"][0]["pointer"] == "/name"
    assert nameless.status_code == 422


def test_limits(database: Database, clock: Clock, world: World, signer: Actor) -> None:
    large = pdf(b"<< >>" + b" " * 3000)
    tight = database.settings.model_copy(
        update={"max_file_bytes": 2000, "max_upload_bytes": 5000, "max_city_bytes": 1500}
    )
    with service(replace(database, settings=tight), clock) as app:
        caller = signed_in(app, world, signer)
        assert code(send(caller, large)) == "file_too_large"
        assert send(caller, large * 2).status_code == 413
        endless = (b"%PDF-1.7\n" for _ in range(1000))
        unsaid = caller.client.post(
            f"/api/v1/cities/{HUE}/files?name=x.pdf",
            content=endless,
            headers={"Authorization": f"Bearer {caller.token}"},
        )
        assert unsaid.status_code == 413
        first = pdf(text="a" * 600)
        assert sent(caller, first)
        assert code(send(caller, pdf(text="b" * 600))) == "file_quota"
        # What the city holds already takes no more room.
        assert sent(caller, first)
    # Other doors stay as narrow as they were.
    with service(database, clock) as app:
        caller = signed_in(app, world, signer)
        body = b" " * (database.settings.max_body_bytes + 1)
        headers = {"Authorization": f"Bearer {caller.token}"}
        problems = f"/api/v1/cities/{HUE}/problems"
        assert caller.client.post(problems, content=body, headers=headers).status_code == 413


def test_only_the_citys_own_people_send(app: FastAPI, world: World, city: Caller) -> None:
    assert send(public(app), REPORT).status_code == 401
    assert send(signed_in(app, world, world.reviewer()), REPORT).status_code == 403
    assert send(city, REPORT, city=DALAT).status_code == 403
    assert send(city, REPORT, city="999").status_code == 404
    editor = signed_in(app, world, world.user(Role.CITY_EDITOR, HUE))
    assert city.get(sent(editor)).status_code == 200
    cross = send(city, REPORT, **{"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 201, "a token is nobody's cookie"


def test_the_same_content_is_the_same_file(city: Caller, neighbour: Caller) -> None:
    first = send(city, REPORT, "Lần một.pdf")
    again = send(city, REPORT, "Lần hai.pdf")
    assert again.status_code == 201
    assert again.json() == first.json()
    # Another city learns nothing of it, and has its own name.
    theirs = send(neighbour, REPORT, "Của Đà Lạt.pdf", DALAT)
    assert theirs.json() == {**first.json(), "name": "Của Đà Lạt.pdf"}
    address = first.json()["url"]
    assert "L%E1%BA%A7n%20m%E1%BB%99t" in city.get(address).headers["content-disposition"]
    assert "L%E1%BA%A7n" not in neighbour.get(address).headers["content-disposition"]


def test_a_file_of_a_draft_is_the_citys_alone(
    app: FastAPI, world: World, city: Caller, neighbour: Caller
) -> None:
    address = sent(city)
    ministry = signed_in(app, world, world.reviewer())
    absent = f"/api/v1/files/{'0' * 64}"
    for stranger in (public(app), neighbour, ministry):
        refused, nothing = stranger.get(address), stranger.get(absent)
        assert refused.status_code == nothing.status_code == 404
        same = {**nothing.json(), "request_id": refused.json()["request_id"]}
        assert refused.json() == same
    for nonsense in ("x", "0" * 63, "G" * 64, "0" * 65, "%00", "../../etc/passwd"):
        assert city.get(f"/api/v1/files/{nonsense}").status_code == 404


def test_evidence_is_read_as_its_version_is(
    app: FastAPI, world: World, database: Database, signer: Actor, neighbour: Caller
) -> None:
    file = held(world, database, signer)
    address = f"/api/v1/files/{file.sha256}"
    problem = world.problem(signer, HUE)
    version = world.draft(signer, HUE, [problem], evidence=evidence(file))
    ministry, anyone = signed_in(app, world, world.reviewer()), public(app)

    def seen() -> list[int]:
        return [who.get(address).status_code for who in (ministry, neighbour, anyone)]

    assert seen() == [404, 404, 404]
    world.submit(signer, version)
    assert seen() == [200, 404, 404]
    world.claim(version)
    world.decide(version, Action.APPROVE)
    assert seen() == [200, 200, 200]
    assert anyone.get(address).headers["cache-control"] == "no-cache"
    world.decide(version, Action.REVOKE)
    assert seen() == [200, 200, 200]


def test_a_letter_stays_between_city_and_ministry(
    app: FastAPI, world: World, database: Database, signer: Actor, neighbour: Caller
) -> None:
    file = held(world, database, signer)
    address = f"/api/v1/files/{file.sha256}"
    version = world.draft(signer, HUE, [world.problem(signer, HUE)])
    letter = LETTER.model_copy(update={"letter_file": file.sha256})
    colleague = world.signer(HUE)
    with world.act(colleague) as act:
        declare.submit(act, version, 1, letter)
    world.claim(version)
    world.decide(version, Action.APPROVE)
    page = pages.signed_in(app, world, world.reviewer()).open(f"/en/review/{HUE}-001/1")
    assert address in page.links()
    assert address not in pages.visitor(app).open(f"/en/use-cases/{HUE}-001").links()
    own, ministry = signed_in(app, world, signer), signed_in(app, world, world.reviewer())
    assert [who.get(address).status_code for who in (own, ministry)] == [200, 200]
    assert [who.get(address).status_code for who in (neighbour, public(app))] == [404, 404]


def test_nobody_names_a_file_they_do_not_hold(
    world: World, database: Database, signer: Actor
) -> None:
    file = held(world, database, signer)
    thief = world.signer(DALAT)
    problem = world.problem(thief, DALAT)
    for stolen in (file.sha256, "0" * 64):
        with pytest.raises(InvalidInput) as refused:
            world.draft(thief, DALAT, [problem], evidence=[*USE_CASE["evidence"], {"file": stolen}])
        assert [(p.pointer, p.code) for p in refused.value.problems] == [
            ("/evidence/1/file", "unknown_file")
        ]
        version = world.draft(thief, DALAT, [problem])
        letter = SubmissionDraft(
            letter_number="1/CV", letter_date=LETTER.letter_date, letter_file=stolen
        )
        with world.act(world.signer(DALAT)) as act:
            with pytest.raises(InvalidInput) as refused:
                declare.submit(act, version, 1, letter)
            act.session.rollback()
        assert [(p.pointer, p.code) for p in refused.value.problems] == [
            ("/letter_file", "unknown_file")
        ]


def test_parts_and_copies(city: Caller) -> None:
    address = sent(city)
    tag, size = f'"{sha256(REPORT).hexdigest()}"', len(REPORT)

    def part(asked: str, **more: str) -> Response:
        return city.get(address, range=asked, **more)

    for asked, start, end in (
        ("bytes=0-9", 0, 10),
        ("bytes=5-", 5, size),
        ("bytes=-7", size - 7, size),
        (f"bytes=10-{size + 5}", 10, size),
    ):
        answer = part(asked)
        assert answer.status_code == 206
        assert answer.content == REPORT[start:end]
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    for whole in ("bytes=-", "bytes=9-3", "bytes=0-1,3-4", "lines=1-2", "bytes=x-"):
        assert part(whole).status_code == 200
    assert part("bytes=0-9", if_range='"other"').status_code == 200
    beyond = part(f"bytes={size}-")
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{size}"
    assert city.get(address, if_none_match=tag).status_code == 304
    assert city.send("HEAD", address).headers["content-length"] == str(size)


def test_a_store_that_lost_a_file_says_so_and_gets_it_back(
    database: Database, city: Caller
) -> None:
    address = sent(city)
    (kept,) = (path for path in Path(database.settings.files).rglob("*") if path.is_file())
    kept.unlink()
    assert city.get(address).status_code == 503
    assert sent(city) == address
    assert city.get(address).content == REPORT
    kept.write_bytes(REPORT[:-1])
    assert city.get(address).status_code == 503


def test_a_store_that_cannot_write_takes_nothing_in(
    database: Database, city: Caller, world: World
) -> None:
    folder = Path(database.settings.files)
    (folder / sha256(REPORT).hexdigest()[:2]).write_text("in the way")
    assert send(city, REPORT).status_code == 503
    with world.factory() as session:
        assert session.scalar(text("SELECT count(*) FROM file")) == 0


def test_files_in_another_house(
    database: Database,
    clock: Clock,
    world: World,
    signer: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "kho")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "khoa")
    with s3_server() as endpoint:
        far = database.settings.model_copy(
            update={"files": f"s3://{BUCKET}/minh-chung", "s3_endpoint": endpoint}
        )
        with service(replace(database, settings=far), clock) as app:
            caller = signed_in(app, world, signer)
            address = sent(caller)
            assert caller.get(address).content == REPORT
            assert caller.get(address, range="bytes=5-8").content == REPORT[5:9]


def test_what_was_handed_in_stays(world: World, database: Database, signer: Actor) -> None:
    held(world, database, signer)
    for statement in (
        "DELETE FROM file_holding",
        "UPDATE file_holding SET name = 'x'",
        "TRUNCATE file CASCADE",
        "UPDATE file SET media_type = 'image/png'",
    ):
        with database.owner.connect() as connection, pytest.raises(IntegrityError):
            connection.execute(text(statement))
