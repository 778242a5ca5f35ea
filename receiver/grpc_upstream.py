"""An upstream over OTLP/gRPC, by grpcio's asyncio client, requests and answers as raw bytes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from ..errors import SidetraceError, UndecodableBody
from ..storage.forwarding import Outgoing
from .client_tls import ClientMaterial
from .signals import SIGNALS
from .upstream import Later, Outcome, Refused, partial_success, raw, read_retry_info, read_status, shorten

if TYPE_CHECKING:
    from ..config.exporters import GrpcExporter

RETRYABLE = frozenset(
    {
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
"""What may be sent again (reference: otlp.md, section 1.3); RESOURCE_EXHAUSTED only with RetryInfo."""
_SERVICES = {signal.name: signal.service for signal in SIGNALS}


class GrpcUpstream:
    """Sends to one endpoint; see `upstream.Upstream`."""

    def __init__(self, settings: GrpcExporter, place: str) -> None:
        """Open no connection yet. `place` is the dotted path of `settings`. Raises ConfigError for certificates."""
        self._timeout = settings.timeout or None
        self._wait = settings.wait_for_ready
        self._headers = [(name.lower(), value.get_secret_value()) for name, value in settings.headers.items()]
        options: list[tuple[str, Any]] = [
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.lb_policy_name", settings.balancer_name),
            # the waits between attempts are ours; grpc's own, up to two minutes, would come on top
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 1000),
            ("grpc.max_reconnect_backoff_ms", 1000),
        ]
        if settings.authority:
            options.append(("grpc.default_authority", settings.authority))
        compression = grpc.Compression.Gzip if settings.compression == "gzip" else grpc.Compression.NoCompression
        if settings.secure:
            material = ClientMaterial.read(settings.tls, f"{place}.tls") if settings.tls else ClientMaterial()
            if settings.tls and settings.tls.server_name_override:
                options.append(("grpc.ssl_target_name_override", settings.tls.server_name_override))
            credentials = grpc.ssl_channel_credentials(material.authorities, material.key, material.chain)
            self._channel = grpc.aio.secure_channel(settings.target, credentials, options, compression)
        else:
            self._channel = grpc.aio.insecure_channel(settings.target, options, compression)

    async def send(self, request: Outgoing) -> Outcome:
        """See `Upstream.send`."""
        try:
            body = await asyncio.to_thread(raw, request)
        except SidetraceError as error:
            return Refused("not to be written in protobuf", str(error))
        export = self._channel.unary_unary(f"/{_SERVICES[request.signal]}/Export")
        try:
            answer = await export(body, timeout=self._timeout, metadata=self._headers, wait_for_ready=self._wait)
        except grpc.aio.AioRpcError as error:
            return _failed(error)
        try:
            return partial_success(answer)
        except UndecodableBody as error:
            return Refused("an answer that cannot be read", str(error))

    async def close(self) -> None:
        """See `Upstream.close`."""
        await self._channel.close()


def _failed(error: Any) -> Outcome:
    code, message = error.code(), shorten(error.details() or "")
    after: float | None = None
    try:
        for name, value in error.trailing_metadata() or ():
            if name == "grpc-status-details-bin":
                after = read_status(value)[1]
            elif name == "google.rpc.retryinfo-bin" and after is None:
                after = read_retry_info(value)
    except UndecodableBody as unread:
        message = f"{message} (with details that cannot be read: {unread})"
    if code in RETRYABLE or (code is grpc.StatusCode.RESOURCE_EXHAUSTED and after is not None):
        return Later(code.name, message, after or 0.0)
    return Refused(code.name, message)
