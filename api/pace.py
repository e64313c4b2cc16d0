"""The doorkeeper's tally: how much one network reads in a minute, said with every answer.

Before everything else, also before the answers kept ready. A minute is the same for everybody and
a network is one number in a dictionary that is emptied with it: nothing to keep, nothing to clean.
Each process counts for itself.
"""

from ipaddress import AddressValueError, IPv6Address
from time import monotonic

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import refusal
from api.security import Wall
from registry.domain.errors import TooFast
from registry.settings import Settings

WINDOW = 60
# More networks than this in a minute count as one: made-up addresses do not fill the memory.
_NETWORKS = 200_000
_OTHERS = "others"
_COUNTED = {"GET", "HEAD", "OPTIONS"}
_FREE = ("/static/", "/healthz", "/readyz")


class Pace:
    """Counts reads by network and refuses those beyond `rate_limit` a minute; 0 counts nothing.

    `RateLimit` and `RateLimit-Policy`: draft-ietf-httpapi-ratelimit-headers-10.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._limit = settings.rate_limit
        self._policy = f'"reads";q={self._limit};w={WINDOW}'.encode()
        self._minute = 0
        self._counts: dict[str, int] = {}
        self._refuse = Wall(_too_fast, settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._limit or scope["type"] != "http" or scope["method"] not in _COUNTED:
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith(_FREE):
            await self._app(scope, receive, send)
            return
        remaining, seconds = self._count(network_of(scope))
        told = [
            (b"ratelimit-policy", self._policy),
            (b"ratelimit", b'"reads";r=%d;t=%d' % (max(0, remaining), seconds)),
        ]

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                # A copy: kept answers are sent again and again.
                message = {**message, "headers": [*message["headers"], *told]}
            await send(message)

        if remaining < 0:
            told.append((b"retry-after", str(seconds).encode()))
            await self._refuse(scope, receive, telling)
            return
        await self._app(scope, receive, telling)

    def _count(self, network: str) -> tuple[int, int]:
        """What remains after this read, and the seconds until everything does again."""
        now = int(monotonic())
        minute, passed = divmod(now, WINDOW)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        if network not in self._counts and len(self._counts) >= _NETWORKS:
            network = _OTHERS
        count = self._counts.get(network, 0) + 1
        self._counts[network] = count
        return self._limit - count, WINDOW - passed


def network_of(scope: Scope) -> str:
    """Whose read it is: the IPv4 address, or the /64 of an IPv6 one, which is one household's."""
    client = scope.get("client")
    host: str = client[0] if client else ""
    if ":" not in host:
        return host
    try:
        address = IPv6Address(host)
    except AddressValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return address.packed[:8].hex()


async def _too_fast(scope: Scope, receive: Receive, send: Send) -> None:
    await refusal(Request(scope), TooFast())(scope, receive, send)
