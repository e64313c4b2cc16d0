"""The letter box: a real SMTP server on this machine, which keeps what it is given.

`refuse` holds the answers it gives instead, by the command it is asked, first come first served:
`box.refuse["RCPT"] = ["451 later", None]` puts off the first mail and takes the second.
"""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Box:
    """Handles what the server is told; `letters` are those it agreed to take."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[str] = []
        self.known = 0  # how often somebody signed in
        self.refuse: dict[str, list[str | None]] = {}
        self.on_data: Callable[[SMTP], None] = lambda _server: None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        answer = self._answer("RCPT")
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        answer = self._answer("DATA")
        if answer is not None:
            return answer
        content = envelope.content
        assert isinstance(content, bytes)
        letter = message_from_bytes(content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.raw.append(content)
        self.letters.append(letter)
        self.recipients += envelope.rcpt_tos
        self.on_data(server)
        return "250 OK"

    def _answer(self, command: str) -> str | None:
        answers = self.refuse.get(command, [])
        return answers.pop(0) if answers else None


@contextmanager
def mail_server(
    port: int = 0,
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    password: str | None = None,
) -> Iterator[tuple[Box, str]]:
    """A server and its address, for REGISTRY_SMTP_URL; with a password only `lan` may
    send, and only encrypted."""

    def known(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, said: Any) -> Any:
        success = said == LoginPassword(b"lan", str(password).encode())
        box.known += success
        return AuthResult(success=success, handled=False)

    box = Box()
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=port or free_port(),
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        authenticator=known,
        # To aiosmtpd a connection that was encrypted from the first byte is none.
        auth_required=password is not None and tls is None,
        auth_require_tls=tls is None,
    )
    controller.start()
    scheme = "smtps" if tls else "smtp+starttls" if starttls else "smtp"
    user = "" if password is None else f"lan:{quote(password, safe='')}@"
    try:
        yield box, f"{scheme}://{user}127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
