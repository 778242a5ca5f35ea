"""The gRPC door: OTLP/gRPC on grpcio's asyncio server, request and answer as raw bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from typing import Any

import grpc
import grpc.aio

from ..config import Endpoint
from ..errors import AddressInUse, SidetraceError, TooLarge, Unavailable, UndecodableBody, meaning
from ..keys import Keyring
from ..proto import encode_status, encode_success, retry_info_bytes
from .intake import Intake
from .ports import check_free
from .signals import SIGNALS, Signal

FLAG = "--grpc"
QUIET = 0.25
"""Seconds without an accepted call after which a closing door waits no longer; the last answers leave in that time."""

_CODES = {code.value[0]: code for code in grpc.StatusCode}


class GrpcDoor:
    """Serves the Export method of every signal on one endpoint; other services are answered UNIMPLEMENTED."""

    def __init__(self, intake: Intake, endpoint: Endpoint, limit: int, grace: float, keyring: Keyring) -> None:
        """Hand what arrives to `intake`; `limit` is the largest message in bytes, also after decompression.

        `keyring` says whose it is. When the door closes, calls inside have `grace` seconds to finish.
        """
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
        try:
            port: int = self._server.add_insecure_port(str(self._endpoint))
        except RuntimeError as error:
            raise AddressInUse(f"{self._endpoint} was taken a moment ago; choose another with {FLAG}") from error
        await self._server.start()
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

    async def _export(self, signal: Signal, messages: AsyncIterator[bytes], context: Any) -> bytes:
        project = None
        try:
            project = self._keyring.project(_authorization(context))
            async for body in messages:
                return await self._take(signal, body, project)
            # grpcio has answered the sender of a message over its limit itself; here it looks like any call without.
            raise UndecodableBody(
                f"no readable message: over the limit of {self._limit} bytes, broken compression, or given up"
            )
        except SidetraceError as error:
            self._intake.refused(error, "grpc", project)
            return await _abort(context, error)

    async def _take(self, signal: Signal, body: bytes, project: str) -> bytes:
        if len(body) > self._limit:
            raise TooLarge(f"message of {len(body)} bytes is over the limit of {self._limit}")
        self._accepted += 1
        try:
            answer = await self._intake.take(signal, body, "", False, self._limit, project)
        finally:
            self._accepted -= 1
            self._finished += 1
        return encode_success(answer.rejected, answer.message, False, signal.name)


def _authorization(context: Any) -> str | None:
    """Return the metadata `authorization` of a call, the first where there are several."""
    return next((value for key, value in context.invocation_metadata() or () if key == "authorization"), None)


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
