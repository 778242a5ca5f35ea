"""The signals that are received, as one table: where each comes in, how it is decoded, what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..mapping.mapper import Mapper
from ..mapping.observation import Observation
from ..proto import count_points, decode_log_slices, decode_slices
from ..proto.log import LogRecord
from ..proto.span import Rejected

LANGFUSE_PREFIX = "/api/public/otel"
"""What the Langfuse SDKs put before a path of OTLP, below the base URL they are given."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request holds for the store, or a slice of it; `unstored` counts what is accepted and not stored."""

    observations: list[Observation]
    records: Sequence[LogRecord]
    rejected: list[Rejected]
    unstored: int = 0

    @property
    def size(self) -> int:
        """How many spans and log records there are to store."""
        return len(self.observations) + len(self.records)

    @property
    def items(self) -> int:
        """How many items the request has, stored or not."""
        return self.size + len(self.rejected) + self.unstored


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal: its name in OTLP, what it consists of, where it comes in.

    `path` is the default of its `…_url_path`, `service` its gRPC service. `read` takes a request body, whether it is
    JSON, a mapper, and about how many items a batch may have; it raises UndecodableBody and TooLarge, the first time
    or later.
    """

    name: str
    items: str
    path: str
    service: str
    read: Callable[[bytes, bool, Mapper, int], Iterator[Batch]]


def _read_traces(body: bytes, json: bool, mapper: Mapper, size: int) -> Iterator[Batch]:
    for decoded in decode_slices(body, json, size):
        yield Batch([mapper.map(span) for span in decoded.spans], (), decoded.rejected)


def _read_logs(body: bytes, json: bool, _: Mapper, size: int) -> Iterator[Batch]:
    for decoded in decode_log_slices(body, json, size):
        yield Batch([], decoded.records, decoded.rejected)


def _read_metrics(body: bytes, json: bool, _: Mapper, size: int) -> Iterator[Batch]:
    yield Batch([], (), [], count_points(body, json))


_SERVICES = "opentelemetry.proto.collector"

TRACES = Signal("traces", "spans", "/v1/traces", f"{_SERVICES}.trace.v1.TraceService", _read_traces)
LOGS = Signal("logs", "log records", "/v1/logs", f"{_SERVICES}.logs.v1.LogsService", _read_logs)
METRICS = Signal("metrics", "metric points", "/v1/metrics", f"{_SERVICES}.metrics.v1.MetricsService", _read_metrics)
SIGNALS = (TRACES, LOGS, METRICS)
