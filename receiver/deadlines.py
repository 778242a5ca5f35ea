"""How long a client may take: the timeouts of the HTTP door, on each of its connections.

As in Go's server: from the first byte of a request to the end of its headers, to the end of its body, and from the end
of its headers to the end of the answer. Whoever takes longer is hung up on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from .connection import Connection


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds, 0 for no end. Without `header` that of `read` holds for headers, too."""

    read: float = 0.0
    header: float = 0.0
    write: float = 0.0
    keep_alive: bool = True

    @property
    def on(self) -> bool:
        """Whether there is anything to watch."""
        return bool(self.read or self.header or self.write) or not self.keep_alive


NO_DEADLINES = Deadlines()


class TimedHandler(Connection):
    """One connection that hangs up on clients that take too long."""

    __slots__ = ("_begun", "_busy", "_deadlines", "_timers")

    def __init__(self, deadlines: Deadlines, *arguments: Any, **options: Any) -> None:
        """Watch over `deadlines`; what else there is, aiohttp takes."""
        super().__init__(*arguments, **options)
        self._deadlines = deadlines
        self._timers: list[asyncio.TimerHandle] = []
        self._begun = 0.0
        self._busy = False

    def data_received(self, data: bytes) -> None:
        """Begin to count with the first byte of a request."""
        if not self._busy and not self._timers:
            self._begun = self._loop.time()
            limit = self._deadlines.header or self._deadlines.read
            if limit:
                self._later(self._begun + limit, self._hang_up)
        super().data_received(data)

    def begin(self, request: web.Request) -> None:
        """Take note that the headers of `request` are here."""
        self._stop()
        self._busy = True
        now = self._loop.time()
        if self._deadlines.read:
            self._later((self._begun or now) + self._deadlines.read, lambda: self._unless_read(request))
        if self._deadlines.write:
            self._later(now + self._deadlines.write, self._hang_up)

    async def finish_response(
        self, request: Any, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer, and take note that it is sent."""
        if not self._deadlines.keep_alive:
            resp.force_close()
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self._stop()
            self._busy = False

    def connection_lost(self, exc: BaseException | None) -> None:
        """Count no longer."""
        self._stop()
        super().connection_lost(exc)

    def _later(self, when: float, do: Callable[[], None]) -> None:
        self._timers.append(self._loop.call_at(when, do))

    def _unless_read(self, request: web.Request) -> None:
        if not request.content.is_eof():
            self._hang_up()

    def _hang_up(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def _stop(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


@web.middleware
async def timed(request: web.Request, handler: Any) -> web.StreamResponse:
    """Tell the connection of a request that its headers are here."""
    if isinstance(request.protocol, TimedHandler):
        request.protocol.begin(request)
    answer: web.StreamResponse = await handler(request)
    return answer
