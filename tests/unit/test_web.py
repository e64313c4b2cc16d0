"""The lookout's test, against real servers: it sees what is there and is led nowhere else."""

import socket
import ssl
from datetime import UTC, date, datetime
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.links import FINE, Outcome, Trouble, is_public, meaning, trouble
from registry.web import Found, Lookout
from tests.web_servers import babbles, drips, leads_to, pours, says, web_server

HERE = "127.0.0.1"


def at_home(*ports: int, seconds: float = 10) -> Lookout:
    """Looks at loopback too, which no other may."""
    return Lookout("test", allowed=lambda address: address == HERE, ports=ports, seconds=seconds)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),  # noqa: S104 - refused, not bound
        *("100.64.0.1", "192.0.0.8", "192.88.99.1", "198.18.0.1", "203.0.113.1", "224.0.1.1"),
        *("240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1"),
        *("::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "2002:7f00:1::"),
        *("2001:0:1::", "2001:db8::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff0e::1"),
        *("5f00::1", "4000::1", "", "localhost", "127.1", "0177.0.0.1", "2130706433"),
    ],
)
def test_addresses_that_are_not_of_the_open_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "203.162.0.181", "2606:4700::1", "2402:800::1"])
def test_addresses_that_are(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:{}", "64:ff9b::{}", "::{}"]))
def test_no_address_is_public_in_disguise(address: Any, disguise: str) -> None:
    assert not is_public(disguise.format(address))


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((200, Outcome.ANSWERED), (204, Outcome.ANSWERED), (304, Outcome.ANSWERED)),
        *((401, Outcome.GUARDED), (403, Outcome.GUARDED), (429, Outcome.GUARDED)),
        *((404, Outcome.GONE), (410, Outcome.GONE), (500, Outcome.FAILING), (503, Outcome.FAILING)),
    ],
)
def test_what_a_status_means(status: int, outcome: Outcome) -> None:
    assert meaning(status) is outcome


def test_what_answers() -> None:
    with web_server(
        {
            "/": says(200),
            "HEAD /get-only": says(405),
            "GET /get-only": says(200),
            "HEAD /babbles": babbles,
            "GET /babbles": says(200),
            "/guarded": says(403),
            "/gone": says(404),
            "/failing": says(500),
            "/pours": pours,
            "/%E1%BA%A3nh%20%C4%91%E1%BA%B9p?t=%C3%AD%20x": says(200),
        }
    ) as stage:
        lookout = at_home(stage.port)
        base = f"http://localhost:{stage.port}"
        for path, outcome, status in (
            ("", Outcome.ANSWERED, 200),
            ("/get-only", Outcome.ANSWERED, 200),
            ("/babbles", Outcome.ANSWERED, 200),
            ("/pours", Outcome.ANSWERED, 200),
            ("/ảnh đẹp?t=í x", Outcome.ANSWERED, 200),
            ("/guarded", Outcome.GUARDED, 403),
            ("/gone", Outcome.GONE, 404),
            ("/failing", Outcome.FAILING, 500),
        ):
            assert lookout.ask(base + path) == Found(outcome, base + path, status)
        assert stage.asked[0] == f"HEAD localhost:{stage.port} /"


def test_what_does_not_answer() -> None:
    with web_server({"/drips": drips, "/babbles": babbles}) as stage:
        base = f"http://localhost:{stage.port}"
        assert at_home(stage.port, seconds=0.3).ask(f"{base}/drips").outcome is Outcome.TOO_SLOW
        assert at_home(stage.port).ask(f"{base}/babbles").outcome is Outcome.UNREADABLE
    assert at_home(stage.port).ask(base).outcome is Outcome.NO_CONNECTION
    with socket.create_server((HERE, 0)) as silent:
        port = silent.getsockname()[1]
        never = at_home(port, seconds=0.2).ask(f"http://localhost:{port}/")
        assert never.outcome is Outcome.TOO_SLOW
    assert Lookout("test").ask("http://no-such-host.invalid/").outcome is Outcome.NO_HOST


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "x",
            "//example.vn",
            "ftp://example.vn/",
            "file:///etc/passwd",
            "gopher://example.vn",
        ),
        *(
            "http://",
            "http:///x",
            "http://[::1/",
            "http://example.vn:99999/",
            "javascript:alert(1)",
        ),
        *("http://" + "a" * 300 + ".vn/", "http://a..vn/", "http://\x00/"),
    ],
)
def test_what_is_no_address_of_a_page(url: str) -> None:
    assert Lookout("test").ask(url).outcome in {Outcome.UNREADABLE, Outcome.NO_HOST}


def test_where_nobody_leads_it() -> None:
    with web_server({"/": says(200)}) as stage:
        port = stage.port
        lookout = Lookout("test", ports=(80, 443, port))
        for url in (
            f"http://127.0.0.1:{port}/",
            f"http://localhost:{port}/",
            f"http://2130706433:{port}/",
            f"http://0x7f000001:{port}/",
            f"http://0177.0.0.1:{port}/",
            f"http://127.1:{port}/",
            f"http://0:{port}/",
            f"http://[::1]:{port}/",
            f"http://[::ffff:127.0.0.1]:{port}/",
            f"http://[::ffff:7f00:1]:{port}/",
            f"http://[64:ff9b::7f00:1]:{port}/",
            f"http://[2002:7f00:1::]:{port}/",
            f"http://ⓛocalhost:{port}/",
            f"http://localhost.:{port}/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[fd00:ec2::254]/",
            f"http://example.vn@127.0.0.1:{port}/",
            f"http://example.vn:80@127.0.0.1:{port}/",
            f"http://127.0.0.1:{port}@example.vn/",
            f"http://127.0.0.1:{port}#@example.vn/",
        ):
            assert lookout.ask(url).outcome is Outcome.NOT_PUBLIC, url
        assert Lookout("test").ask(f"http://8.8.8.8:{port}/").outcome is Outcome.NOT_PUBLIC
        backslash = lookout.ask(f"http://example.invalid\\@127.0.0.1:{port}/").outcome
        assert backslash in {Outcome.NOT_PUBLIC, Outcome.NO_HOST}
    assert stage.asked == []


def test_redirections_are_followed_and_each_is_checked() -> None:
    plays = {
        "/a": leads_to("/b"),
        "/b": leads_to("c?x=1", 301),
        "/c?x=1": says(200),
        "/round": leads_to("/round"),
        "/inside": leads_to("http://127.0.0.2/secret"),
        "/metadata": leads_to("http://169.254.169.254/latest/meta-data/"),
        "/file": leads_to("file:///etc/passwd"),
        "/port": leads_to("http://localhost:25/"),
        "/somebody": leads_to("http://user:word@localhost/"),
        "/broken": leads_to("http://[::1"),
        "/nowhere": says(302),
        **{f"/{n}": leads_to(f"/{n + 1}") for n in range(6)},
        "/6": says(200),
    }
    with web_server(plays) as stage:
        lookout = at_home(stage.port, 80)
        base = f"http://localhost:{stage.port}"
        assert lookout.ask(f"{base}/a") == Found(Outcome.ANSWERED, f"{base}/c?x=1", 200)
        assert lookout.ask(f"{base}/1") == Found(Outcome.ANSWERED, f"{base}/6", 200)
        for path, outcome in (
            ("/0", Outcome.ROUNDABOUT),
            ("/round", Outcome.ROUNDABOUT),
            ("/inside", Outcome.NOT_PUBLIC),
            ("/metadata", Outcome.NOT_PUBLIC),
            ("/port", Outcome.NOT_PUBLIC),
            ("/somebody", Outcome.NOT_PUBLIC),
            ("/file", Outcome.UNREADABLE),
            ("/broken", Outcome.UNREADABLE),
            ("/nowhere", Outcome.ANSWERED),
        ):
            assert lookout.ask(base + path).outcome is outcome, path


def test_a_name_that_changes_its_mind(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked up once, and that answer is what is connected to."""
    looked_up = []
    ask = socket.getaddrinfo

    def turncoat(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host != "rebinding.example":
            return ask(host, port, *more, **named)
        looked_up.append(host)
        return ask("127.0.0.2" if len(looked_up) == 1 else HERE, port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", turncoat)
    with (
        web_server({"/": says(200)}) as secret,
        web_server({"/": says(200)}, host="127.0.0.2", port=secret.port) as open_to_all,
    ):
        lookout = Lookout(
            "test", allowed=lambda address: address == "127.0.0.2", ports=(secret.port,)
        )
        url = f"http://rebinding.example:{secret.port}/"
        assert lookout.ask(url).outcome is Outcome.ANSWERED
        assert lookout.ask(url).outcome is Outcome.NOT_PUBLIC
    assert open_to_all.asked == [f"HEAD rebinding.example:{secret.port} /"]
    assert secret.asked == []
    assert len(looked_up) == 2


def test_one_bad_address_among_good_ones_spoils_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(_host: Any, port: int, **_: Any) -> Any:
        places = [(address, port) for address in ("8.8.8.8", "10.0.0.1")]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    assert Lookout("test").ask("http://mixed.example/").outcome is Outcome.NOT_PUBLIC


def test_no_proxy_of_the_machine_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with web_server({"/": says(200)}) as page, web_server({}) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert at_home(page.port).ask(f"http://localhost:{page.port}/").status == 200
    assert proxy.asked == []


def test_encrypted_pages_by_their_name_whoever_signed_them() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("other.example").configure_cert(context)
    names: list[str | None] = []

    def hear(_: object, name: str | None, __: object) -> None:
        names.append(name)

    context.sni_callback = hear
    with web_server({"/": says(200)}, tls=context) as stage:
        url = f"https://localhost:{stage.port}/"
        assert at_home(stage.port).ask(url) == Found(Outcome.ANSWERED, url, 200)
    assert names == ["localhost"]


def day(number: int, hour: int = 1) -> datetime:
    return datetime(2025, 6, number, hour, tzinfo=UTC)


def test_broken_after_two_days_and_well_as_soon_as_it_answers() -> None:
    first = trouble(Trouble(), Outcome.GONE, day(1), date(2025, 6, 1), date(2025, 6, 1))
    assert first == Trouble(day(1), None)
    again = trouble(first, Outcome.TOO_SLOW, day(1, 9), date(2025, 6, 1), date(2025, 6, 1))
    assert again == Trouble(day(1), None)
    broken = trouble(again, Outcome.FAILING, day(2), date(2025, 6, 2), date(2025, 6, 1))
    assert broken == Trouble(day(1), day(1))
    still = trouble(broken, Outcome.NO_HOST, day(9), date(2025, 6, 9), date(2025, 6, 1))
    assert still == broken
    for outcome in FINE:
        assert trouble(still, outcome, day(9), date(2025, 6, 9), date(2025, 6, 1)) == Trouble()
