"""The gRPC door: OTLP/gRPC on grpcio's asyncio server, request and answer as raw bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

import grpc
import grpc.aio

from ..config import Endpoint, GrpcProtocol, Place
from ..errors import AddressInUse, SidetraceError, TooLarge, Unavailable, UndecodableBody, meaning
from ..keys import Keyring
from ..proto import encode_status, encode_success, retry_info_bytes
from .authenticators import Authenticator, caller
from .credentials import Credentials, grpc_credentials
from .intake import Intake
from .ports import addresses, check_free, remove_file
from .signals import SIGNALS, Signal

FLAG = "--grpc"
QUIET = 0.25
"""Seconds without an accepted call after which a closing door waits no longer; the last answers leave in that time."""

PING_TIMEOUT = 20.0
"""Seconds to answer a ping by default, as in the Collector."""
LONGEST_MS = 2**31 - 1
"""What grpc takes for a time: 24 days, and for no end."""

_CODES = {code.value[0]: code for code in grpc.StatusCode}


class GrpcDoor:
    """Serves the Export method of every signal on one endpoint; other services are answered UNIMPLEMENTED."""

    def __init__(
        self,
        intake: Intake,
        endpoint: Place,
        limit: int,
        grace: float,
        keyring: Keyring,
        *,
        authenticator: Authenticator | None = None,
        credentials: Credentials | None = None,
        options: Iterable[tuple[str, int]] = (),
    ) -> None:
        """Hand what arrives to `intake`; `limit` is the largest message in bytes, also after decompression.

        `keyring` says whose it is, after the `authenticator` let it in, where there is one. With `credentials` the door
        speaks TLS. `options` are further ones of grpc. When the door closes, calls inside have `grace` seconds to
        finish.
        """
        self._authenticator = authenticator
        self._credentials = credentials
        self._intake = intake
        self._keyring = keyring
        self._endpoint = endpoint
        self._limit = limit
        self._grace = grace
        self._accepted = 0
        self._finished = 0
        self._server = grpc.aio.server(
            options=[
                ("grpc.max_receive_message_length", limit),  # bounds the decompressed size too, from grpcio 1.84 on
                ("grpc.max_metadata_size", 1024 * 1024),
                ("grpc.so_reuseport", 0),  # two servers on one port would share its calls
                *options,
            ]
        )
        for signal in SIGNALS:
            # Unary on the wire. As `unary_unary` grpcio would never answer a call that ends without a message.
            export = grpc.stream_unary_rpc_method_handler(partial(self._export, signal))
            handler = grpc.method_handlers_generic_handler(signal.service, {"Export": export})
            self._server.add_generic_rpc_handlers((handler,))

    async def start(self) -> int:
        """Listen; return the port. Raises AddressInUse and ConfigError."""
        check_free(self._endpoint, FLAG)
        port = 0
        for target in _targets(self._endpoint):
            try:
                port = self._add_port(target if isinstance(target, str) else str(target.at(target.port or port)))
            except RuntimeError as error:
                raise AddressInUse(f"{self._endpoint} was taken a moment ago; choose another with {FLAG}") from error
        await self._server.start()
        return port

    def _add_port(self, address: str) -> int:
        if self._credentials is None:
            port: int = self._server.add_insecure_port(address)
        else:
            port = self._server.add_secure_port(address, grpc_credentials(self._credentials))
        return port

    async def stop(self) -> None:
        """Refuse new calls and finish those inside."""
        stopping = asyncio.ensure_future(self._server.stop(self._grace))
        # A call that has not sent its message, or that came together with the stop and reached no handler, would keep
        # grpcio waiting until the grace ends; neither was accepted.
        quiet = False
        while not (stopping.done() or quiet):
            finished = self._finished
            await asyncio.wait((stopping,), timeout=QUIET)
            quiet = not self._accepted and finished == self._finished
        if not stopping.done():
            stopping.cancel()
            with suppress(asyncio.CancelledError):
                await stopping
            await self._server.stop(None)
        remove_file(self._endpoint)

    async def _export(self, signal: Signal, messages: AsyncIterator[bytes], context: Any) -> bytes:
        project = None
        try:
            project = await self._project(context)
            async for body in messages:
                return await self._take(signal, body, project)
            # grpcio has answered the sender of a message over its limit itself; here it looks like any call without.
            raise UndecodableBody(
                f"no readable message: over the limit of {self._limit} bytes, broken compression, or given up"
            )
        except SidetraceError as error:
            self._intake.refused(error, "grpc", project)
            return await _abort(context, error)

    async def _project(self, context: Any) -> str:
        """Return whose a call is. Raises Unauthorized."""
        header = partial(_metadata, context)
        if self._authenticator is None:
            return self._keyring.project(header("authorization"))
        return (await caller(self._keyring, self._authenticator, header)).project

    async def _take(self, signal: Signal, body: bytes, project: str) -> bytes:
        if len(body) > self._limit:
            raise TooLarge(f"message of {len(body)} bytes is over the limit of {self._limit}")
        self._accepted += 1
        try:
            answer = await self._intake.take(signal, body, "", False, self._limit, project, door="grpc")
        finally:
            self._accepted -= 1
            self._finished += 1
        return encode_success(answer.rejected, answer.message, False, signal.name)


def grpc_options(settings: GrpcProtocol) -> list[tuple[str, int]]:
    """Return what `settings` say beside the limit, as options of a grpc server; 0 is grpc's own default.

    grpc has one switch for pings without a call, those it sends and those it takes: where `time` is set it sends them,
    as the Collector does, and so takes them as well.
    """
    keepalive = settings.keepalive
    server = keepalive.server_parameters if keepalive else None
    policy = keepalive.enforcement_policy if keepalive else None
    answered = ((server.timeout or PING_TIMEOUT) if server.time else server.timeout) if server else 0
    seconds = {
        "grpc.max_connection_idle_ms": server.max_connection_idle if server else 0,
        "grpc.max_connection_age_ms": server.max_connection_age if server else 0,
        "grpc.max_connection_age_grace_ms": server.max_connection_age_grace if server else 0,
        "grpc.keepalive_time_ms": server.time if server else 0,
        "grpc.keepalive_timeout_ms": answered,
        "grpc.http2.ping_timeout_ms": answered,  # without it grpc waits a minute, whatever the other one says
        "grpc.http2.min_ping_interval_without_data_ms": policy.min_time if policy else 0,
    }
    options = [(name, min(max(1, round(value * 1000)), LONGEST_MS)) for name, value in seconds.items() if value]
    if settings.max_concurrent_streams:
        options.append(("grpc.max_concurrent_streams", settings.max_concurrent_streams))
    if (policy and policy.permit_without_stream) or (server and server.time):
        options.append(("grpc.keepalive_permit_without_calls", 1))
    return options


def _metadata(context: Any, name: str) -> str | None:
    """Return the metadata of a call by its name, the first where there are several."""
    found = next((value for key, value in context.invocation_metadata() or () if key == name), None)
    return found if isinstance(found, str) else None


def _targets(place: Place) -> list[Endpoint | str]:
    """Return what to add to a server: names only where addresses of any kind are meant, which grpc resolves itself."""
    if isinstance(place, Endpoint) and place.family:
        return [Endpoint(address, place.port) for _, address in addresses(place)]
    return [str(place)]


async def _abort(context: Any, error: SidetraceError) -> bytes:
    code = meaning(error).grpc
    trailers: tuple[tuple[str, bytes], ...] = ()
    if isinstance(error, Unavailable):
        # Where the specification puts it, and where OpenTelemetry's Python exporter looks for it.
        trailers = (
            ("grpc-status-details-bin", encode_status(code, str(error), False, error.retry_after)),
            ("google.rpc.retryinfo-bin", retry_info_bytes(error.retry_after)),
        )
    await context.abort(_CODES[code], str(error), trailers)
    raise error  # not reached: abort() raises
