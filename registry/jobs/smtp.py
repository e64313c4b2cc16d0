"""The post office's counter: a connection to the mail server, and what its refusals mean."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parseaddr
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from registry.domain.errors import UnsafeConfiguration
from registry.settings import Settings

TIMEOUT_SECONDS = 60
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class NotNow(Exception):
    """The mail was certainly not taken, and may be later."""


class Refused(Exception):
    """The mail was certainly not taken, and will not be."""


class Unknown(Exception):
    """The connection ended while the mail was handed over: it may or may not have been taken."""


def sender(settings: Settings) -> tuple[str, str]:
    """Name and address in the From field. Raises UnsafeConfiguration where there is none."""
    name, address = parseaddr(settings.mail_from or "")
    if "@" not in address:
        raise UnsafeConfiguration("REGISTRY_MAIL_FROM must hold an e-mail address")
    return name, address


def check(settings: Settings) -> None:
    """Raises UnsafeConfiguration when mail could not be sent as it is told to."""
    if settings.smtp_url is not None:
        server_url(settings)
        sender(settings)


def server_url(settings: Settings) -> SplitResult:
    """Raises UnsafeConfiguration for what is no mail server, or would give its password away."""
    url = urlsplit(settings.smtp_url or "")
    if url.scheme not in _PORTS or not url.hostname:
        raise UnsafeConfiguration(
            "REGISTRY_SMTP_URL must name a host behind smtp://, smtp+starttls:// or smtps://"
        )
    if url.password and url.scheme == "smtp" and not _here(url.hostname):
        raise UnsafeConfiguration(
            "REGISTRY_SMTP_URL would send its password unencrypted: use smtp+starttls:// or smtps://"
        )
    if not unquote(url.netloc).isascii():
        raise UnsafeConfiguration("REGISTRY_SMTP_URL: user and password can be ASCII only")
    return url


@contextmanager
def addressed(settings: Settings, to: str) -> Iterator[smtplib.SMTP]:
    """A server that has agreed to take a mail for this address, and has none of it yet.

    Raises NotNow or Refused.
    """
    _, address = sender(settings)
    with _connected(settings) as server:
        try:
            answers = (server.mail(address), server.rcpt(to))
        except (OSError, smtplib.SMTPException) as error:
            raise NotNow(_said(error)) from error
        for answer in answers:
            _agree(answer)
        yield server


def hand_over(server: smtplib.SMTP, mail: bytes) -> None:
    """The mail itself. Raises NotNow, Refused or Unknown."""
    try:
        answer = server.data(mail)
    except smtplib.SMTPDataError as error:
        # The server did not even want to begin.
        answer = (error.smtp_code, _bytes(error.smtp_error))
    except (OSError, smtplib.SMTPException) as error:
        raise Unknown(_said(error)) from error
    _agree(answer)


@contextmanager
def _connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    url = server_url(settings)
    host, port = url.hostname or "", url.port or _PORTS[url.scheme]
    own_name = sender(settings)[1].rpartition("@")[2]
    try:
        if url.scheme == "smtps":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, own_name, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(host, port, own_name, timeout=TIMEOUT_SECONDS)
    except (OSError, smtplib.SMTPException) as error:
        raise NotNow(_said(error)) from error
    with _closing(server):
        try:
            if url.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException) as error:
            # Even a refused password is ours to mend, and no fault of the mail.
            raise NotNow(_said(error)) from error
        yield server


@contextmanager
def _closing(server: smtplib.SMTP) -> Iterator[None]:
    try:
        yield
    finally:
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()


def _agree(answer: tuple[int, bytes]) -> None:
    code, words = answer
    said = f"{code} {words.decode(errors='replace')}"[:500]
    if code >= 500:
        raise Refused(said)
    if code >= 300:
        raise NotNow(said)


def _bytes(words: bytes | str) -> bytes:
    return words if isinstance(words, bytes) else words.encode()


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
