"""The one span record that both encodings, protobuf and JSON, decode into, and what it shares with a log record.

Shapes follow opentelemetry/proto/trace/v1/trace.proto; ids are lower-case hex text, times are integer
nanoseconds since the Unix epoch, attributes are plain Python values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

Value: TypeAlias = "str | bool | int | float | bytes | list[Value] | dict[str, Value] | None"
Attributes: TypeAlias = dict[str, Value]


@dataclass(slots=True)
class Resource:
    """What sent the span or log record (trace.proto ResourceSpans.resource with its schema URL).

    `wire` holds the protobuf bytes of the resource where `attributes` cannot hold it exactly (see `Span.wire`).
    """

    attributes: Attributes
    dropped_attributes_count: int = 0
    schema_url: str = ""
    wire: bytes | None = None


@dataclass(slots=True)
class Scope:
    """The instrumentation scope that made the span or log record, with its schema URL; `wire` as in `Resource`."""

    name: str = ""
    version: str = ""
    attributes: Attributes = field(default_factory=dict)
    dropped_attributes_count: int = 0
    schema_url: str = ""
    wire: bytes | None = None


@dataclass(slots=True)
class Event:
    """A timed event inside a span (trace.proto Span.Event)."""

    time_ns: int
    name: str
    attributes: Attributes
    dropped_attributes_count: int = 0


@dataclass(slots=True)
class Link:
    """A link from a span to another span (trace.proto Span.Link)."""

    trace_id: str
    span_id: str
    trace_state: str
    attributes: Attributes
    dropped_attributes_count: int = 0
    flags: int = 0


@dataclass(slots=True)
class Span:
    """One span as it arrived.

    `parent_span_id` is "" where there is none. `wire` is None as long as these fields hold the span exactly, in a
    form that JSON can carry; otherwise (byte values, NaN or infinite numbers, duplicate keys, text that is not
    UTF-8, ...) it holds the span's own protobuf bytes beside the closest plain reading.
    """

    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    kind: int
    start_ns: int
    end_ns: int
    attributes: Attributes
    resource: Resource
    scope: Scope
    events: list[Event]
    links: list[Link]
    status_code: int = 0
    status_message: str = ""
    trace_state: str = ""
    flags: int = 0
    dropped_attributes_count: int = 0
    dropped_events_count: int = 0
    dropped_links_count: int = 0
    wire: bytes | None = None


@dataclass(slots=True)
class Rejected:
    """A span or log record that cannot be kept, and why (design, section 6)."""

    reason: str
    detail: str


@dataclass(slots=True)
class Decoded:
    """What one export request held: the spans that can be kept, and those that cannot."""

    spans: list[Span]
    rejected: list[Rejected]
