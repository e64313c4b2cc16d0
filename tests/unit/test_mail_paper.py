"""The stationery: what is written on it arrives as it was written."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import sessionmaker

from registry.domain.messages import KeyPurpose, Language
from registry.jobs.paper import written
from registry.jobs.tools import KeyLetter, Tools, Wording
from registry.settings import Settings

NOW = datetime(2026, 11, 23, tzinfo=UTC)
WORDS = st.lists(
    st.sampled_from(
        [
            "Tài",
            "khoản",
            "của",
            "bạn",
            "trong",
            "Sổ",
            "đăng",
            "ký",
            "AI",
            "đô",
            "thị",
            "(Huế),",
        ]
    ),
    min_size=1,
    max_size=40,
).map(" ".join)


def sent(subject: str, name: str = "Hoa", text: str = "x\n") -> Message:
    settings = Settings(mail_from="Sổ đăng ký AI đô thị <so@dangky.vn>")
    wording = Wording(subject, text, f"<p>{text}</p>")
    tools = Tools(sessionmaker(), lambda: NOW, settings, lambda _letter: wording)
    letter = KeyLetter(KeyPurpose.RESET, "/key/x", name, Language.VI, NOW)
    raw = written(tools, "a@b.vn", letter, "1")
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    return message_from_bytes(raw)


@given(WORDS, WORDS)
def test_no_space_is_lost_where_a_long_header_is_folded(subject: str, name: str) -> None:
    mail = sent(subject, name)
    assert decoded(mail["Subject"]) == subject
    assert decoded(mail["To"]) in {f"{name} <a@b.vn>", f'"{name}" <a@b.vn>'}
    assert decoded(mail["From"]) == "Sổ đăng ký AI đô thị <so@dangky.vn>"


def decoded(header: str) -> str:
    """As RFC 2047 has it: Python's newer reader puts a space between two halves of a word."""
    return str(make_header(decode_header(header)))


@given(st.text())
def test_nothing_typed_begins_another_header(typed: str) -> None:
    mail = sent(f"a{typed}\r\nBcc: x@y.vn", f"b{typed}\nCc: x@y.vn")
    assert {"bcc", "cc"}.isdisjoint(name.lower() for name in mail)
    assert decoded(mail["To"]).endswith("a@b.vn>")


def test_both_parts_arrive_whole() -> None:
    text = "Kính gửi Nguyễn Thị Hoa,\n\n" + "Đô thị " * 80 + "\n.\n"
    mail = sent("x", text=text)
    parts = [p.get_payload(decode=True) for p in mail.walk() if not p.is_multipart()]
    plain, html = (bytes(part).decode().replace("\r\n", "\n") for part in parts)
    assert plain == text
    assert text in html
