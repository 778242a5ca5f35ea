"""The health check: a port of its own that says whether the doors are open, in the Collector's words (section 3.5)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
from aiohttp import web

from ..config import SocketFile
from .credentials import Credentials, http_context
from .ports import listen, remove_file

if TYPE_CHECKING:
    from ..config.extensions import HealthCheck


class HealthDoor:
    """Answers 200 while the doors are open and the store takes writes, 503 before, after and otherwise."""

    def __init__(self, settings: HealthCheck, place: str, ready: Callable[[], bool]) -> None:
        """Serve as `settings` say, which stand at `place`; `ready` may block. Raises ConfigError."""
        self._settings = settings
        self._ready = ready
        self._since: datetime | None = None
        self._begun = 0.0
        self._endpoint = settings.endpoint
        self._flag = f"{place}.endpoint"
        self._credentials = Credentials(settings.tls, f"{place}.tls") if settings.tls else None
        app = web.Application()
        app.router.add_route("*", settings.path, self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    async def start(self) -> int:
        """Listen; return the port, 0 for a Unix socket. Raises AddressInUse and ConfigError."""
        context = http_context(self._credentials) if self._credentials else None
        sockets = listen(self._endpoint, self._flag)
        await self._runner.setup()
        for listening in sockets:
            await web.SockSite(self._runner, listening, ssl_context=context).start()
        return 0 if isinstance(self._endpoint, SocketFile) else int(sockets[0].getsockname()[1])

    def open(self) -> None:
        """Say from now on that the doors are open."""
        self._since, self._begun = datetime.now(UTC), time.monotonic()

    def close(self) -> None:
        """Say from now on that they are not."""
        self._since = None

    async def stop(self) -> None:
        """Listen no longer."""
        await self._runner.cleanup()
        remove_file(self._endpoint)

    async def _answer(self, _: web.Request) -> web.Response:
        since = self._since
        healthy = since is not None and await asyncio.to_thread(self._ready)
        own = self._settings.response_body
        text = (own.healthy if healthy else own.unhealthy) if own else ""
        if text:
            return web.Response(status=200 if healthy else 503, text=text)
        body = {
            "status": "Server available" if healthy else "Server not available",
            "upSince": since.isoformat().replace("+00:00", "Z") if since and healthy else "0001-01-01T00:00:00Z",
            "uptime": go_duration(time.monotonic() - self._begun) if healthy else "",
        }
        return web.Response(
            status=200 if healthy else 503, body=orjson.dumps(body), headers={"Content-Type": "application/json"}
        )


def go_duration(seconds: float) -> str:
    """Return a duration as Go prints it: `1h2m3.5s`, `850ms`."""
    if seconds < 1:
        return f"{seconds * 1000:g}ms" if seconds else "0s"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    lead = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{lead}{rest:.9f}".rstrip("0").rstrip(".") + "s"
