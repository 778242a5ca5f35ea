"""The HTTP door: OTLP/HTTP on aiohttp, in protobuf and JSON, and the socket that it shares with all other routes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from aiohttp import web

from ..caller import PROJECT
from ..config import Place, SocketFile
from ..errors import (
    MethodNotAllowed,
    SidetraceError,
    Unauthorized,
    Unavailable,
    UndecodableBody,
    UnsupportedMedia,
    meaning,
)
from ..keys import CHALLENGE
from ..proto import check_encoding, encode_status, encode_success
from .connection import INTAKE, LIMITS, Connection
from .counters import CONTENT_TYPE
from .credentials import Credentials, http_context
from .deadlines import NO_DEADLINES, Deadlines, TimedHandler, timed
from .intake import Intake
from .manners import manners, media_type
from .ports import BACKLOG, listen, remove_file
from .reading import read_body
from .signals import LANGFUSE_PREFIX, SIGNALS, Signal

PROTOBUF, JSON = "application/x-protobuf", "application/json"
COUNTERS = "/metrics"
FLAG = "--http"
INVALID_ARGUMENT = 3
FOREVER = 100 * 365 * 86400.0


class HttpDoor:
    """Serves an application on one endpoint, request bodies as they came over the wire."""

    def __init__(
        self,
        app: web.Application,
        endpoint: Place,
        grace: float,
        *,
        credentials: Credentials | None = None,
        deadlines: Deadlines = NO_DEADLINES,
        idle_timeout: float = 3600.0,
        headers: Mapping[str, str] | None = None,
        flag: str = FLAG,
    ) -> None:
        """Serve `app`; when the door closes, requests inside have about `grace` seconds to finish.

        With `credentials` the door speaks TLS. `headers` are put on every answer that does not have them already.
        Connections without a request end after `idle_timeout` seconds (0: never). `flag` is the way to another place.
        """
        self._endpoint = endpoint
        self._credentials = credentials
        self._deadlines = deadlines
        self._headers = dict(headers or {})
        self._flag = flag
        app.on_response_prepare.append(self._dress)
        if deadlines.on:
            app.middlewares.insert(0, timed)
        self._options: dict[str, Any] = {
            "access_log": None,
            "auto_decompress": False,  # the intake does that, with a limit
            **LIMITS,
            "keepalive_timeout": idle_timeout or FOREVER,
        }
        # aiohttp waits this long twice: before it cancels requests, and after
        self._runner = web.AppRunner(app, shutdown_timeout=grace / 2, **self._options)
        self._servers: list[asyncio.Server] = []

    async def start(self) -> int:
        """Listen; return the port, 0 for a Unix socket. Raises AddressInUse and ConfigError."""
        context = http_context(self._credentials) if self._credentials else None
        sockets = listen(self._endpoint, self._flag)
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        manager = self._runner.server
        assert manager is not None
        handlers: Callable[[], asyncio.Protocol] = manager
        intake = self._runner.app.get(INTAKE)
        if intake is not None and self._deadlines.on:
            handlers = partial(TimedHandler, self._deadlines, intake, manager, loop=loop, **self._options)
        elif intake is not None:
            handlers = partial(Connection, intake, manager, loop=loop, **self._options)
        for listening in sockets:
            self._servers.append(await loop.create_server(handlers, sock=listening, ssl=context, backlog=BACKLOG))
        if isinstance(self._endpoint, SocketFile):
            return 0
        port: int = sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Refuse new requests and finish those inside."""
        for server in self._servers:
            server.close()
        await self._runner.cleanup()
        remove_file(self._endpoint)

    async def _dress(self, _: web.Request, response: web.StreamResponse) -> None:
        response.headers.pop("Server", None)
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)


def add_telemetry_routes(
    app: web.Application,
    intake: Intake,
    limit: int,
    paths: Mapping[str, str] | None = None,
    encodings: Collection[str] | None = None,
) -> None:
    """Add the OTLP/HTTP routes of every signal: its path in `paths` (by name), else its usual one, and Langfuse's.

    And the one that shows what came in by them, for Prometheus.

    `limit` is the largest body in bytes, before and after decompression. `encodings` are the values of Content-Encoding
    that are taken ("" for none), None for all; where there are none, bodies are read as they come, whatever it says.
    Whose a request is, the gate has found out.
    """

    async def export(signal: Signal, request: web.Request) -> web.Response:
        project = request[PROJECT]
        try:
            return await _export(signal, request, intake, limit, project, encodings)
        except SidetraceError as error:
            intake.refused(error, "http", project)
            return refusal(error, request)

    async def metrics(_: web.Request) -> web.Response:
        gauges = [
            ("sidetrace_inside_bytes", "Bytes of requests between their first byte and their commit.", admission.used),
            ("sidetrace_inside_limit_bytes", "How many that may be.", admission.capacity),
        ]
        text = intake.counters.text(gauges) + (intake.forwarding.text() if intake.forwarding else "")
        return web.Response(body=text.encode(), headers={"Content-Type": CONTENT_TYPE})

    admission = intake.admission
    places = _places(paths or {})
    app[INTAKE] = intake
    app.middlewares.append(manners(places))
    for place, signal in places.items():
        app.router.add_route("*", place, partial(export, signal))
    app.router.add_get(COUNTERS, metrics)


def _places(paths: Mapping[str, str]) -> dict[str, Signal]:
    """Return the signal of each path; a configured path goes before another signal's fixed one."""
    fixed = {LANGFUSE_PREFIX + signal.path: signal for signal in SIGNALS}
    return fixed | {paths.get(signal.name, signal.path): signal for signal in SIGNALS}


def telemetry_paths(paths: Mapping[str, str]) -> frozenset[str]:
    """Return the paths of `add_telemetry_routes`."""
    return frozenset(_places(paths))


def refusal(error: SidetraceError, request: web.Request) -> web.Response:
    """Return the answer to a request that failed: a google.rpc.Status in the request's encoding, else in JSON."""
    means = meaning(error)
    code = INVALID_ARGUMENT if means.http == 400 else means.grpc
    media = PROTOBUF if _media(request) == PROTOBUF else JSON
    headers = {"Content-Type": media}
    seconds = None
    if isinstance(error, Unavailable):
        seconds = error.retry_after
        headers["Retry-After"] = str(seconds)
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = "POST"
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = CHALLENGE
    body = encode_status(code, str(error), media == JSON, seconds)
    return web.Response(status=means.http, body=body, headers=headers)


async def _export(
    signal: Signal, request: web.Request, intake: Intake, limit: int, project: str, encodings: Collection[str] | None
) -> web.Response:
    encoding = _encoding(request, encodings)  # the first to be wrong, on any method (otlp.md, section 2.1)
    if request.method != "POST":
        raise MethodNotAllowed(f"method {request.method} not allowed, supported: POST")
    media = _media(request)
    if media not in (PROTOBUF, JSON):
        sent = request.headers.get("Content-Type", "")[:60]
        raise UnsupportedMedia(f"unsupported media type {sent!r}, supported: {JSON}, {PROTOBUF}")
    hold = intake.admission.hold()
    with hold:
        sent_body = await read_body(request, limit, hold)
    answer = await intake.take(signal, sent_body, encoding, media == JSON, limit, project, hold)
    body = encode_success(answer.rejected, answer.message, media == JSON, signal.name)
    # Exactly the bare type: Go's exporter and the Collector compare it as text.
    return web.Response(body=body, headers={"Content-Type": media})


def _encoding(request: web.Request, taken: Collection[str] | None) -> str:
    encoding = request.headers.get("Content-Encoding", "")
    if taken is None:
        check_encoding(encoding)
        return encoding
    if encoding in taken:
        return encoding
    if not taken:
        return ""
    supported = ", ".join(name or "none" for name in taken)
    raise UndecodableBody(f"unsupported Content-Encoding: {encoding[:60]} (supported: {supported})")


def _media(request: web.Request) -> str:
    return media_type(request.headers.get("Content-Type", ""))
