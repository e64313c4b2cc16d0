"""The meter cupboard: the service with a counter of its SQL statements in every answer's headers.

Only right while one question is asked at a time.
"""

from typing import Any

from sqlalchemy import event
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.app import create_app

HEADER = "x-statements"


class _Counted:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._statements = 0

    def count(self, *_: Any) -> None:
        self._statements += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._statements = 0

        async def with_count(message: Message) -> None:
            if message["type"] == "http.response.start":
                number = str(self._statements).encode()
                message["headers"] = [*message["headers"], (HEADER.encode(), number)]
            await send(message)

        await self._app(scope, receive, with_count)


def app() -> ASGIApp:
    inner = create_app()
    counted = _Counted(inner)
    event.listen(
        inner.state.sessions.kw["bind"], "before_cursor_execute", counted.count, named=False
    )
    return counted
