"""The one log record that both encodings, protobuf and JSON, decode into.

Shapes follow opentelemetry/proto/logs/v1/logs.proto, in the manner of `span`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .span import Attributes, Rejected, Resource, Scope, Value


@dataclass(slots=True)
class LogRecord:
    """One log record as it arrived.

    `trace_id` and `span_id` are "" where there is none; the times are 0 where they are unknown. `body` is any value,
    None where it is absent or empty. `wire` as in `Span`: the record's own protobuf bytes where these fields cannot
    hold it exactly.
    """

    time_ns: int
    observed_time_ns: int
    severity_number: int
    severity_text: str
    event_name: str
    body: Value
    attributes: Attributes
    trace_id: str
    span_id: str
    flags: int
    dropped_attributes_count: int
    resource: Resource
    scope: Scope
    wire: bytes | None = None


@dataclass(slots=True)
class DecodedLogs:
    """What one export request held: the log records that can be kept, and those that cannot."""

    records: list[LogRecord]
    rejected: list[Rejected]
