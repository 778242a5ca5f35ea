"""The signals that are received, as one table: where each comes in, how it is decoded, what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..mapping.mapper import Mapper
from ..mapping.observation import Observation
from ..proto import decode, decode_logs
from ..proto.log import LogRecord
from ..proto.span import Rejected

LANGFUSE_PREFIX = "/api/public/otel"
"""What the Langfuse SDKs put before a path of OTLP, below the base URL they are given."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request holds for the store."""

    observations: list[Observation]
    records: Sequence[LogRecord]
    rejected: list[Rejected]

    @property
    def size(self) -> int:
        """How many spans and log records there are to store."""
        return len(self.observations) + len(self.records)


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal: its name in OTLP, what it consists of, where it comes in.

    `path` is the default of its `…_url_path`, `service` its gRPC service. `read` takes a request body, whether it is
    JSON, and a mapper; it raises UndecodableBody.
    """

    name: str
    items: str
    path: str
    service: str
    read: Callable[[bytes, bool, Mapper], Batch]


def _read_traces(body: bytes, json: bool, mapper: Mapper) -> Batch:
    decoded = decode(body, json)
    return Batch([mapper.map(span) for span in decoded.spans], (), decoded.rejected)


def _read_logs(body: bytes, json: bool, _: Mapper) -> Batch:
    decoded = decode_logs(body, json)
    return Batch([], decoded.records, decoded.rejected)


_SERVICES = "opentelemetry.proto.collector"

TRACES = Signal("traces", "spans", "/v1/traces", f"{_SERVICES}.trace.v1.TraceService", _read_traces)
LOGS = Signal("logs", "log records", "/v1/logs", f"{_SERVICES}.logs.v1.LogsService", _read_logs)
SIGNALS = (TRACES, LOGS)
