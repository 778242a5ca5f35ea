"""Span and log records to the bytes of an export request in protobuf: the way back from `decode` and `decode_logs`.

What a record's `wire` holds goes out as it is; so does everything that decoding keeps. What it does not keep is gone:
spans and log records that were rejected, and fields that the messages do not know.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from .fields import I32, I64, lengthed, tag, varint, whole
from .log import LogRecord
from .span import Attributes, Event, Link, Resource, Scope, Span, Value


def encode_spans(spans: Iterable[Span]) -> bytes:
    """Return an ExportTraceServiceRequest; spans that follow each other share resource and scope where they can."""
    return _envelope((span.resource, span.scope, _span(span)) for span in spans)


def encode_logs(records: Iterable[LogRecord]) -> bytes:
    """Return an ExportLogsServiceRequest, as `encode_spans`."""
    return _envelope((record.resource, record.scope, _log(record)) for record in records)


def _envelope(items: Iterable[tuple[Resource, Scope, bytes]]) -> bytes:
    """Group items; the envelopes of spans and of log records have the same field numbers."""
    groups: list[tuple[Resource, list[tuple[Scope, list[bytes]]]]] = []
    for resource, scope, item in items:
        if not groups or groups[-1][0] is not resource:
            groups.append((resource, []))
        parts = groups[-1][1]
        if not parts or parts[-1][0] is not scope:
            parts.append((scope, []))
        parts[-1][1].append(lengthed(2, item))
    return b"".join(lengthed(1, _group(resource, parts)) for resource, parts in groups)


def _group(resource: Resource, parts: list[tuple[Scope, list[bytes]]]) -> bytes:
    wire = resource.wire
    if wire is None:
        wire = _attributes(1, resource.attributes) + whole(2, resource.dropped_attributes_count)
    within = b"".join(
        lengthed(2, lengthed(1, _scope(scope)) + b"".join(items) + _text(3, scope.schema_url)) for scope, items in parts
    )
    return lengthed(1, wire) + within + _text(3, resource.schema_url)


def _scope(scope: Scope) -> bytes:
    if scope.wire is not None:
        return scope.wire
    return (
        _text(1, scope.name)
        + _text(2, scope.version)
        + _attributes(3, scope.attributes)
        + whole(4, scope.dropped_attributes_count)
    )


def _span(span: Span) -> bytes:
    if span.wire is not None:
        return span.wire
    status = _text(2, span.status_message) + whole(3, span.status_code)
    return b"".join(
        (
            _id(1, span.trace_id),
            _id(2, span.span_id),
            _text(3, span.trace_state),
            _id(4, span.parent_span_id),
            _text(5, span.name),
            whole(6, span.kind),
            _fixed64(7, span.start_ns),
            _fixed64(8, span.end_ns),
            _attributes(9, span.attributes),
            whole(10, span.dropped_attributes_count),
            *(lengthed(11, _event(event)) for event in span.events),
            whole(12, span.dropped_events_count),
            *(lengthed(13, _link(link)) for link in span.links),
            whole(14, span.dropped_links_count),
            lengthed(15, status) if status else b"",
            _fixed32(16, span.flags),
        )
    )


def _event(event: Event) -> bytes:
    return (
        _fixed64(1, event.time_ns)
        + _text(2, event.name)
        + _attributes(3, event.attributes)
        + whole(4, event.dropped_attributes_count)
    )


def _link(link: Link) -> bytes:
    return (
        _id(1, link.trace_id)
        + _id(2, link.span_id)
        + _text(3, link.trace_state)
        + _attributes(4, link.attributes)
        + whole(5, link.dropped_attributes_count)
        + _fixed32(6, link.flags)
    )


def _log(record: LogRecord) -> bytes:
    if record.wire is not None:
        return record.wire
    return b"".join(
        (
            _fixed64(1, record.time_ns),
            whole(2, record.severity_number),
            _text(3, record.severity_text),
            b"" if record.body is None else lengthed(5, _value(record.body)),
            _attributes(6, record.attributes),
            whole(7, record.dropped_attributes_count),
            _fixed32(8, record.flags),
            _id(9, record.trace_id),
            _id(10, record.span_id),
            _fixed64(11, record.observed_time_ns),
            _text(12, record.event_name),
        )
    )


def _attributes(number: int, attributes: Attributes) -> bytes:
    return b"".join(lengthed(number, _key_value(key, value)) for key, value in attributes.items())


def _key_value(key: str, value: Value) -> bytes:
    return _text(1, key) + lengthed(2, _value(value))


def _value(value: Value) -> bytes:
    """Return an AnyValue; it has a member also where that is empty, 0 or false, and none for None."""
    if isinstance(value, str):
        return lengthed(1, value.encode())
    if isinstance(value, bool):
        return tag(2, 0) + varint(value)
    if isinstance(value, int):
        return tag(3, 0) + varint(value)
    if isinstance(value, float):
        return tag(4, I64) + struct.pack("<d", value)
    if isinstance(value, list):
        return lengthed(5, b"".join(lengthed(1, _value(member)) for member in value))
    if isinstance(value, dict):
        return lengthed(6, _attributes(1, value))
    if isinstance(value, bytes):
        return lengthed(7, value)
    return b""


def _text(number: int, text: str) -> bytes:
    return lengthed(number, text.encode()) if text else b""


def _id(number: int, id: str) -> bytes:
    return lengthed(number, bytes.fromhex(id)) if id else b""


def _fixed64(number: int, value: int) -> bytes:
    return tag(number, I64) + value.to_bytes(8, "little") if value else b""


def _fixed32(number: int, value: int) -> bytes:
    return tag(number, I32) + value.to_bytes(4, "little") if value else b""
