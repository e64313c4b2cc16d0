"""The post room: mails leave the outbox once, in the person's language, through a real server."""

import logging
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import html5lib
import pytest
import trustme
from aiosmtpd.smtp import SMTP
from procrastinate.types import JSONValue
from sqlalchemy import select, text

from registry.actions import notify
from registry.actions.act import Act
from registry.db.engine import transaction
from registry.db.tables import Mail, Message
from registry.domain.errors import UnsafeConfiguration
from registry.domain.messages import FACTS as FACTS_OF
from registry.domain.messages import Language, MailState, MessageKind
from registry.domain.model import OPERATOR, Action, Actor, Role
from registry.jobs import mail as postman
from registry.jobs import smtp, worker
from registry.settings import Settings
from tests.factories import Clock, World
from tests.jobs import run_jobs, waiting
from tests.mailbox import Box, free_port, mail_server
from tests.postgres import ROOT, Database

FACTS: dict[str, str | int] = {
    "city_vi": "Thành phố Huế",
    "city_en": "Hue City",
    "use_case": "46-001",
    "version": 2,
    "title_vi": "Cảnh báo ngập",
    "title_en": "Flood warning",
    "by": "Trần Thị Soạn",
    "note": "Đã sẵn sàng để ký.",
}


@pytest.fixture
def post(database: Database) -> Iterator[tuple[Box, Settings]]:
    with mail_server() as (box, address):
        yield box, with_post(database, address)


def with_post(database: Database, address: str) -> Settings:
    return database.settings.model_copy(
        update={"smtp_url": address, "mail_from": "Sổ đăng ký AI <no-reply@ai.example.gov.vn>"}
    )


def tell(world: World, to: Actor, kind: MessageKind = MessageKind.MENTION, **facts: str) -> None:
    assert to.user_id is not None
    known: dict[str, JSONValue] = {
        name: facts.get(name, FACTS.get(name)) for name in FACTS_OF[kind]
    }
    with world.act(to) as act:
        notify.tell(act, kind, [to.user_id], link="/desk/46", **known)


def state(world: World) -> tuple[str, str]:
    with world.factory() as session:
        row = session.execute(select(Mail.state, Mail.trouble)).one()
        return row.state, row.trouble


def part(letter: EmailMessage, kind: str) -> str:
    found = letter.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_a_decision_reaches_the_people_of_the_city(
    world: World, database: Database, post: tuple[Box, Settings], clock: Clock
) -> None:
    box, settings = post
    city = world.city("46")
    signer = world.signer(city)
    world.user(Role.CITY_EDITOR, city, email="soan@hue.vn")
    world.signer(world.city("48"))
    version = world.draft(signer, city, [world.problem(signer, city)])
    world.submit(signer, version)
    world.claim(version)
    reason = "Thiếu minh chứng.\nBổ sung <b>ảnh</b> & số liệu."
    world.decide(version, Action.RETURN, reason=reason)
    done = run_jobs(database, clock, settings=settings)
    assert set(done) == {("mail.send", "succeeded")}
    assert run_jobs(database, clock, settings=settings) == []
    assert sorted(box.recipients) == people(world, city)
    assert "soan@hue.vn" in box.recipients
    letter = box.letters[0]
    assert letter["Subject"] == "Trả lại để sửa: Cảnh báo ngập sớm"
    assert letter["From"] == "Sổ đăng ký AI <no-reply@ai.example.gov.vn>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@ai.example.gov.vn>")
    assert letter["Date"].datetime == clock()
    choices = f"{settings.public_url}/vi/account/messages/choices"
    assert letter["List-Unsubscribe"] == f"<{choices}>"
    plain, html = part(letter, "plain"), part(letter, "html")
    assert "Thiếu minh chứng.\r\n  Bổ sung <b>ảnh</b> & số liệu." in plain
    assert "&lt;b&gt;ảnh&lt;/b&gt; &amp; số liệu." in html
    for body in (plain, html):
        assert f"{settings.public_url}/vi/desk/46/versions/{version}" in body
        assert choices in body
    html5lib.HTMLParser(strict=True).parse(html)


def people(world: World, city: str) -> list[str]:
    """Addresses of all who have a role in the city."""
    with world.factory() as session:
        return sorted(
            session.scalars(
                text("""
                    SELECT DISTINCT email FROM user_account u
                    JOIN membership m ON m.user_id = u.id JOIN city ON city.id = m.city_id
                    WHERE city.code = :city
                """),
                {"city": city},
            )
        )


def test_in_english_for_whoever_reads_english(
    world: World, database: Database, post: tuple[Box, Settings]
) -> None:
    box, settings = post
    signer = world.signer(world.city())
    assert signer.user_id is not None
    with transaction(world.factory) as session:
        notify.choose(session, signer.user_id, Language.EN, [])
    tell(world, signer)
    run_jobs(database, settings=settings)
    (letter,) = box.letters
    assert letter["Subject"] == "Trần Thị Soạn asks you to look at: Flood warning"
    assert "Hue City" in part(letter, "plain")
    assert '<html lang="en">' in part(letter, "html")


def test_hostile_text_stays_text(
    world: World, database: Database, post: tuple[Box, Settings]
) -> None:
    box, settings = post
    city = world.city()
    signer = world.signer(city)
    with transaction(world.factory) as session:
        session.execute(
            text("UPDATE user_account SET name = E'A\\r\\nBcc: all@hue.vn, \"<b>\" {{ 7*7 }}'")
        )
    hostile = "x\r\nBcc: all@hue.vn\r\n\r\n<script>alert(1)</script> %(by)s {{ 7*7 }}\u2028y\x00"
    tell(
        world,
        signer,
        title_vi=hostile.replace("\x00", "") * 20,
        note=".\r\n.\r\nMAIL FROM:<x@y.vn>\r\n" + hostile.replace("\x00", ""),
    )
    run_jobs(database, settings=settings)
    (letter,) = box.letters
    assert letter["Bcc"] is None
    assert box.recipients == people(world, city)
    assert len(letter["To"].addresses) == 1
    assert "Bcc: all@hue.vn <script>alert(1)</script> %(by)s {{ 7*7 }}" in letter["Subject"]
    assert "<script>" not in part(letter, "html")
    assert "MAIL FROM:<x@y.vn>" in part(letter, "plain")
    assert all(len(line) <= 998 for line in box.raw[0].splitlines())


def test_a_rollback_tells_nobody(world: World, database: Database) -> None:
    signer = world.signer(world.city())
    assert signer.user_id is not None
    with world.factory() as session:
        act = Act(session, signer, world.clock)
        facts: dict[str, JSONValue] = {name: FACTS[name] for name in FACTS_OF[MessageKind.MENTION]}
        notify.tell(act, MessageKind.MENTION, [signer.user_id], link="/desk/46", **facts)
        session.rollback()
    assert waiting(database) == []
    with world.factory() as session:
        assert session.scalar(select(Message.id)) is None


def test_what_is_told_must_be_complete(world: World) -> None:
    signer = world.signer(world.city())
    assert signer.user_id is not None
    with world.act(signer) as act, pytest.raises(ValueError, match="title_vi"):
        notify.tell(act, MessageKind.MENTION, [signer.user_id], link="/desk/46", by="me")


def test_put_off_and_taken_later(
    world: World, database: Database, post: tuple[Box, Settings], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    box, settings = post
    box.refuse = {"RCPT": ["451 greylisted"], "DATA": ["452 no room"]}
    tell(world, world.signer(world.city()))
    assert run_jobs(database, settings=settings) == [("mail.send", "todo")]
    assert state(world) == ("waiting", "451 greylisted")
    assert run_jobs(database, settings=settings) == []
    run_jobs(database, settings=settings, hurry=True)
    assert state(world) == ("waiting", "452 no room")
    run_jobs(database, settings=settings, hurry=True)
    assert state(world) == ("sent", "")
    assert len(box.letters) == 1


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_refused_for_good_is_shown_and_can_be_sent_again(
    world: World, database: Database, post: tuple[Box, Settings], command: str
) -> None:
    box, settings = post
    box.refuse = {command: ["550 nobody here"]}
    tell(world, world.signer(world.city()))
    assert run_jobs(database, settings=settings) == [("mail.send", "succeeded")]
    assert state(world) == ("failed", "550 nobody here")
    send_again(world)
    run_jobs(database, settings=settings)
    assert state(world) == ("sent", "")
    assert len(box.letters) == 1


def send_again(world: World) -> None:
    with world.act(OPERATOR) as act:
        notify.send_again(act, act.session.scalars(select(Mail.message_id)).one())


def test_a_server_that_is_away_is_waited_for(
    world: World, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    port = free_port()
    settings = with_post(database, f"smtp://127.0.0.1:{port}")
    tell(world, world.signer(world.city()))
    assert run_jobs(database, settings=settings) == [("mail.send", "todo")]
    assert state(world)[1].startswith("ConnectionRefusedError")
    with mail_server(port) as (box, _):
        run_jobs(database, settings=settings, hurry=True)
        assert len(box.letters) == 1
    assert state(world) == ("sent", "")


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def secret(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.mark.parametrize("how", ["tls", "starttls"])
def test_encrypted_and_with_a_password(
    world: World,
    database: Database,
    authority: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    how: str,
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = secret(authority)
    tell(world, world.signer(world.city()))
    with mail_server(
        tls=context if how == "tls" else None,
        starttls=context if how == "starttls" else None,
        password="@/:% m",
    ) as (box, address):
        run_jobs(database, settings=with_post(database, address))
        assert state(world) == ("sent", "")
        assert len(box.letters) == box.known == 1


@pytest.mark.parametrize("how", ["tls", "starttls"])
def test_a_server_that_cannot_prove_its_name_gets_nothing(
    world: World,
    database: Database,
    authority: trustme.CA,
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    caplog.set_level(logging.CRITICAL)
    context = secret(authority)
    tell(world, world.signer(world.city()))
    with mail_server(
        tls=context if how == "tls" else None, starttls=context if how == "starttls" else None
    ) as (box, address):
        run_jobs(database, settings=with_post(database, address))
        assert box.letters == []
    found, trouble = state(world)
    assert found == "waiting"
    assert "certificate verify failed" in trouble


def test_a_wrong_password_is_ours_to_mend(
    world: World,
    database: Database,
    authority: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    tell(world, world.signer(world.city()))
    with mail_server(starttls=secret(authority), password="right") as (box, address):
        run_jobs(database, settings=with_post(database, address.replace("right", "amiss")))
        found, trouble = state(world)
        assert found == "waiting"
        assert trouble.startswith("SMTPAuthenticationError")
        assert "amiss" not in trouble
        run_jobs(database, settings=with_post(database, address), hurry=True)
        assert len(box.letters) == 1


@pytest.mark.parametrize(
    ("address", "sender"),
    [
        ("smtp://lan:secret@mail.example.gov.vn", "a@example.gov.vn"),
        ("smtps://lan:m%E1%BA%ADt@mail.example.gov.vn", "a@example.gov.vn"),
        ("http://mail.example.gov.vn", "a@example.gov.vn"),
        ("smtp://", "a@example.gov.vn"),
        ("smtp://mail.example.gov.vn", None),
        ("smtp://mail.example.gov.vn", "Sổ đăng ký"),
    ],
)
def test_a_worker_does_not_start_with_an_unsafe_mail_server(
    database: Database, address: str, sender: str | None
) -> None:
    settings = database.settings.model_copy(update={"smtp_url": address, "mail_from": sender})
    with pytest.raises(UnsafeConfiguration, match="REGISTRY_"):
        smtp.check(settings)


def test_in_the_end_it_has_failed(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postman, "TRIES", 1)
    tell(world, world.signer(world.city()))
    run_jobs(database, settings=with_post(database, f"smtp://127.0.0.1:{free_port()}"))
    assert state(world)[0] == "failed"


def test_cut_off_while_handing_over_is_not_repeated(
    world: World, database: Database, post: tuple[Box, Settings]
) -> None:
    box, settings = post

    def hang_up(server: SMTP) -> None:
        assert server.transport is not None
        server.transport.close()

    box.on_data = hang_up
    tell(world, world.signer(world.city()))
    assert run_jobs(database, settings=settings) == [("mail.send", "succeeded")]
    assert state(world)[0] == "unconfirmed"
    assert run_jobs(database, settings=settings, hurry=True) == []
    assert len(box.letters) == 1


def test_two_workers_send_it_once(
    world: World, database: Database, post: tuple[Box, Settings]
) -> None:
    box, settings = post
    signer = world.signer(world.city())
    for _ in range(6):
        tell(world, signer)
    with world.factory() as session:
        numbers = list(session.scalars(select(Mail.message_id)))
    with transaction(world.factory) as session:
        # Twice in the queue, and without the lock that would keep them apart.
        session.execute(text("UPDATE procrastinate_jobs SET lock = NULL"))
        for number in numbers:
            notify.put_in_post(session, number)
        session.execute(text("UPDATE procrastinate_jobs SET lock = NULL"))
    threads = [
        threading.Thread(target=run_jobs, args=(database,), kwargs={"settings": settings})
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = [letter["Message-ID"] for letter in box.letters]
    assert len(sent) == len(set(sent)) == len(numbers)


@contextmanager
def working(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """`registry worker`, as an administrator starts it."""
    environment = {
        **os.environ,
        "REGISTRY_DATABASE_URL": settings.database_url,
        "REGISTRY_SMTP_URL": settings.smtp_url or "",
        "REGISTRY_MAIL_FROM": settings.mail_from or "",
    }
    command = [sys.executable, "-c", "from api.cli import main; main()", "worker"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_worker_killed_while_it_hands_over_sends_nothing_twice(
    world: World, database: Database, post: tuple[Box, Settings]
) -> None:
    box, settings = post
    killed = threading.Event()
    tell(world, world.signer(world.city()))
    with working(settings) as process:

        def kill(_server: object) -> None:
            process.kill()
            process.wait()
            killed.set()

        box.on_data = kill
        assert killed.wait(60)
    assert state(world)[0] == "sending"
    with transaction(world.factory) as session:
        session.execute(
            text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
        )
    box.on_data = lambda _server: None
    worker.rescue_now(settings)
    # With it died what else it was at: jobs of the day, made up for when it started.
    done = dict(run_jobs(database, settings=settings))
    assert done["mail.send"] == "succeeded"
    assert state(world)[0] == MailState.UNCONFIRMED
    assert len(box.letters) == 1
    send_again(world)
    run_jobs(database, settings=settings)
    first, second = box.letters
    assert first["Message-ID"] == second["Message-ID"]


def test_a_worker_that_is_stopped_finishes_what_it_has_begun(
    world: World, post: tuple[Box, Settings]
) -> None:
    box, settings = post
    tell(world, world.signer(world.city()))
    with working(settings) as process:
        box.on_data = lambda _server: process.terminate()
        assert process.wait(60) == 0
    assert state(world) == ("sent", "")


def test_choices_are_obeyed_but_for_what_binds(
    world: World, database: Database, post: tuple[Box, Settings]
) -> None:
    box, settings = post
    signer = world.signer(world.city())
    assert signer.user_id is not None
    with transaction(world.factory) as session:
        notify.choose(session, signer.user_id, Language.VI, list(MessageKind))
    tell(world, signer)
    run_jobs(database, settings=settings)
    assert state(world) == ("withheld", "switched_off")
    tell(world, signer, MessageKind.SUSPENDED, reason="theo hồ sơ", effective_from="2025-01-01")
    run_jobs(database, settings=settings)
    assert [letter["Subject"] for letter in box.letters] == ["Bị đình chỉ: Cảnh báo ngập"]
    assert "Có hiệu lực từ ngày 01/01/2025." in part(box.letters[0], "plain")


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        ("ky.hue@example.org", "reserved_address"),
        ("ký@hue.vn", "unusable_address"),
        ("a@hue.vn\r\nrcpt to:<b@hue.vn>", "unusable_address"),
    ],
)
def test_some_addresses_are_never_mailed(
    world: World, database: Database, post: tuple[Box, Settings], email: str, reason: str
) -> None:
    box, settings = post
    tell(world, world.user(Role.CITY_SIGNER, world.city(), email=email))
    run_jobs(database, settings=settings)
    assert state(world) == ("withheld", reason)
    assert box.letters == []


def test_a_closed_account_hears_nothing(
    world: World, database: Database, post: tuple[Box, Settings]
) -> None:
    box, settings = post
    signer = world.signer(world.city())
    tell(world, signer)
    with transaction(world.factory) as session:
        session.execute(text("UPDATE user_account SET disabled_at = now()"))
    tell(world, signer)
    assert run_jobs(database, settings=settings) == [("mail.send", "succeeded")]
    assert state(world) == ("withheld", "account_closed")
    assert box.letters == []


def test_without_a_mail_server_the_list_remains(world: World, database: Database) -> None:
    tell(world, world.signer(world.city()))
    run_jobs(database)
    assert state(world) == ("not_configured", "")
    with mail_server() as (box, address):
        run_jobs(database, settings=with_post(database, address))
        assert box.letters == []  # set up later, it does not empty years of outbox by itself
        send_again(world)
        run_jobs(database, settings=with_post(database, address))
        assert len(box.letters) == 1
