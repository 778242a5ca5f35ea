"""The HTTP door: OTLP/HTTP on aiohttp, in protobuf and JSON, and the socket that it shares with all other routes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from aiohttp import web

from ..caller import PROJECT
from ..config import Endpoint
from ..errors import (
    MethodNotAllowed,
    SidetraceError,
    TooLarge,
    Unauthorized,
    Unavailable,
    UndecodableBody,
    UnsupportedMedia,
    meaning,
)
from ..keys import CHALLENGE
from ..proto import encode_status, encode_success
from .intake import Intake
from .ports import BACKLOG, listen
from .signals import LANGFUSE_PREFIX, SIGNALS, Signal

PROTOBUF, JSON = "application/x-protobuf", "application/json"
FLAG = "--http"
HEADER_LIMIT = 1024 * 1024
"""Longest request line and header field in bytes, about what the Collector takes (otlp.md, section 0)."""
INVALID_ARGUMENT = 3


class HttpDoor:
    """Serves an application on one endpoint, request bodies as they came over the wire."""

    def __init__(self, app: web.Application, endpoint: Endpoint, grace: float) -> None:
        """Serve `app`; when the door closes, requests inside have about `grace` seconds to finish."""
        self._endpoint = endpoint
        app.on_response_prepare.append(_without_server)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,  # the intake does that, with a limit
            max_line_size=HEADER_LIMIT,
            max_field_size=HEADER_LIMIT,
            shutdown_timeout=grace / 2,  # aiohttp waits this long twice: before it cancels requests, and after
        )

    async def start(self) -> int:
        """Listen; return the port. Raises AddressInUse and ConfigError."""
        sockets = listen(self._endpoint, FLAG)
        await self._runner.setup()
        for listening in sockets:
            await web.SockSite(self._runner, listening, backlog=BACKLOG).start()
        port: int = sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Refuse new requests and finish those inside."""
        await self._runner.cleanup()


def add_telemetry_routes(
    app: web.Application, intake: Intake, limit: int, paths: Mapping[str, str] | None = None
) -> None:
    """Add the OTLP/HTTP routes of every signal: its path in `paths` (by name), else its usual one, and Langfuse's.

    `limit` is the largest body in bytes, before and after decompression. Whose a request is, the gate has found out.
    """

    async def export(signal: Signal, request: web.Request) -> web.Response:
        project = request[PROJECT]
        try:
            return await _export(signal, request, intake, limit, project)
        except SidetraceError as error:
            intake.refused(error, "http", project)
            return refusal(error, request)

    for place, signal in _places(paths or {}).items():
        app.router.add_route("*", place, partial(export, signal))


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


async def _export(signal: Signal, request: web.Request, intake: Intake, limit: int, project: str) -> web.Response:
    if request.method != "POST":
        raise MethodNotAllowed(f"method {request.method} not allowed, supported: POST")
    media = _media(request)
    if media not in (PROTOBUF, JSON):
        raise UnsupportedMedia(f"unsupported media type {media!r}, supported: {JSON}, {PROTOBUF}")
    encoding = request.headers.get("Content-Encoding", "")
    hold = intake.admission.hold()
    with hold:
        if request.content_length is not None:
            if request.content_length > limit:
                raise TooLarge(f"body of {request.content_length} bytes is over the limit of {limit}")
            hold.grow(request.content_length)
        chunks, size = [], 0
        try:
            async for chunk in request.content.iter_any():
                size += len(chunk)
                if size > limit:
                    raise TooLarge(f"body is over the limit of {limit} bytes")
                hold.reach(size)
                chunks.append(chunk)
        except web.RequestPayloadError as error:
            raise UndecodableBody(f"body broke off after {size} bytes: {error}") from error
    answer = await intake.take(signal, b"".join(chunks), encoding, media == JSON, limit, project, hold)
    body = encode_success(answer.rejected, answer.message, media == JSON, signal.name)
    # Exactly the bare type: Go's exporter and the Collector compare it as text.
    return web.Response(body=body, headers={"Content-Type": media})


def _media(request: web.Request) -> str:
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


async def _without_server(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.pop("Server", None)
