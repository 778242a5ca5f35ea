"""Protobuf bodies that upb refuses and other receivers accept: text that is not UTF-8, deeply nested values.

upb refuses a whole request for one such string. Here every resource, scope, span and log record is offered to upb by
itself, and only what it refuses is read by our own reader: text becomes U+FFFD where it is not UTF-8, values may nest
`schema.MAX_DEPTH` levels deep, and `wire` keeps the original bytes. Bytes that nobody can read are UndecodableBody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope as ScopeMessage
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord as LogMessage
from opentelemetry.proto.resource.v1.resource_pb2 import Resource as ResourceMessage
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage

from . import json, protobuf, tree
from .fields import LENGTH, Piece, pieces
from .log import DecodedLogs, LogRecord
from .span import Decoded, Rejected, Resource, Scope, Span

_Read = TypeVar("_Read")


def decode(body: bytes, size: int) -> Iterator[Decoded]:
    """Decode an ExportTraceServiceRequest piece by piece, `size` spans at a time; at least once.

    Raises UndecodableBody for broken bytes anywhere and for values nested deeper than `schema.MAX_DEPTH`.
    """
    return (Decoded(*found) for found in _records(body, read_span, size))


def decode_logs(body: bytes, size: int) -> Iterator[DecodedLogs]:
    """Decode an ExportLogsServiceRequest piece by piece, as `decode`."""
    return (DecodedLogs(*found) for found in _records(body, read_log, size))


def _records(
    body: bytes, read: Callable[[bytes, Resource, Scope], _Read | Rejected], size: int
) -> Iterator[tuple[list[_Read], list[Rejected]]]:
    """Yield what `read` makes of each span or log record, those that it rejects apart.

    The requests of all signals are built alike, with the same field numbers.
    """
    kept: list[_Read] = []
    rejected: list[Rejected] = []
    for group in pieces(body, 0, len(body)):
        if group.number != 1 or group.wire_type != LENGTH or group.start == group.end:  # resource_spans
            continue
        members = _messages(body, group.start, group.end)
        resource = read_resource(_merged(body, members.get(1, [])), _text(body, members.get(3, [])))
        for part in members.get(2, []):  # scope_spans
            within = _messages(body, part.start, part.end)
            scope = read_scope(_merged(body, within.get(1, [])), _text(body, within.get(3, [])))
            for piece in within.get(2, []):  # spans
                found = read(body[piece.start : piece.end], resource, scope)
                if isinstance(found, Rejected):
                    rejected.append(found)
                else:
                    kept.append(found)
                if len(kept) + len(rejected) >= size:
                    yield kept, rejected
                    kept, rejected = [], []
    yield kept, rejected


def read_resource(data: bytes, schema_url: str) -> Resource:
    """Read the protobuf bytes of a Resource. Raises UndecodableBody."""
    try:
        return protobuf.read_resource(ResourceMessage.FromString(data), schema_url)
    except DecodeError:
        resource = json.read_resource(tree.read("Resource", data))
        resource.schema_url = schema_url
        resource.wire = data
        return resource


def read_scope(data: bytes, schema_url: str) -> Scope:
    """Read the protobuf bytes of an InstrumentationScope. Raises UndecodableBody."""
    try:
        return protobuf.read_scope(ScopeMessage.FromString(data), schema_url)
    except DecodeError:
        scope = json.read_scope(tree.read("InstrumentationScope", data))
        scope.schema_url = schema_url
        scope.wire = data
        return scope


def read_span(data: bytes, resource: Resource, scope: Scope) -> Span | Rejected:
    """Read the protobuf bytes of a Span. Raises UndecodableBody."""
    try:
        message = SpanMessage.FromString(data)
    except DecodeError:
        span = json.Reader().span(tree.read("Span", data), resource, scope)
        if isinstance(span, Span):
            span.wire = data
        return span
    spans: list[Span] = []
    rejected: list[Rejected] = []
    protobuf.read_spans([message], resource, scope, spans, rejected)
    return spans[0] if spans else rejected[0]


def read_log(data: bytes, resource: Resource, scope: Scope) -> LogRecord | Rejected:
    """Read the protobuf bytes of a LogRecord. Raises UndecodableBody."""
    try:
        message = LogMessage.FromString(data)
    except DecodeError:
        record = json.Reader().log_record(tree.read("LogRecord", data), resource, scope)
        if isinstance(record, LogRecord):
            record.wire = data
        return record
    records: list[LogRecord] = []
    rejected: list[Rejected] = []
    protobuf.read_logs([message], resource, scope, records, rejected)
    return records[0] if records else rejected[0]


def _messages(body: bytes, start: int, end: int) -> dict[int, list[Piece]]:
    """Return the length-delimited fields of a message by number."""
    found: dict[int, list[Piece]] = {}
    for piece in pieces(body, start, end):
        if piece.wire_type == LENGTH:
            found.setdefault(piece.number, []).append(piece)
    return found


def _merged(body: bytes, parts: list[Piece]) -> bytes:
    """Return one message: of a message that came in several parts, the concatenation is their merger."""
    return b"".join(body[part.start : part.end] for part in parts)


def _text(body: bytes, parts: list[Piece]) -> str:
    return body[parts[-1].start : parts[-1].end].decode("utf-8", "replace") if parts else ""
