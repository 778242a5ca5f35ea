"""What a record's `wire` holds, read back: what plain values could not hold exactly."""

from __future__ import annotations

from ..errors import UndecodableBody
from . import lenient
from .log import LogRecord
from .span import Resource, Scope, Span


def from_wire(wire: bytes, resource: Resource, scope: Scope) -> Span:
    """Return the span that `Span.wire` holds, equal to the one it was taken from; `wire` is kept in it.

    Raises UndecodableBody where the bytes are no span, or one whose ids cannot be used.
    """
    span = lenient.read_span(wire, resource, scope)
    if not isinstance(span, Span):
        raise UndecodableBody(f"stored bytes hold no usable span: {span.detail}")
    span.wire = wire
    return span


def log_from_wire(wire: bytes, resource: Resource, scope: Scope) -> LogRecord:
    """Return the log record that `LogRecord.wire` holds; otherwise as `from_wire`."""
    record = lenient.read_log(wire, resource, scope)
    if not isinstance(record, LogRecord):
        raise UndecodableBody(f"stored bytes hold no usable log record: {record.detail}")
    record.wire = wire
    return record


def resource_from_wire(wire: bytes, schema_url: str = "") -> Resource:
    """Return the resource that `Resource.wire` holds; its schema URL is not part of those bytes."""
    resource = lenient.read_resource(wire, schema_url)
    resource.wire = wire
    return resource


def scope_from_wire(wire: bytes, schema_url: str = "") -> Scope:
    """Return the scope that `Scope.wire` holds; its schema URL is not part of those bytes."""
    scope = lenient.read_scope(wire, schema_url)
    scope.wire = wire
    return scope
