"""Metrics requests, counted: they are accepted and not stored, so nothing but the number of their data points is read.

Shapes follow opentelemetry/proto/metrics/v1/metrics.proto.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import DecodeError

from .document import parse
from .fields import LENGTH, Piece, pieces
from .parts import MAX_PARTS, check_parts, dense
from .scalars import Misfit, array
from .schema import snake

KINDS = {5: "gauge", 7: "sum", 9: "histogram", 10: "exponentialHistogram", 11: "summary"}
"""The members of Metric that hold data points, by field number; each holds them in its field 1."""


def count_points(body: bytes, json: bool) -> int:
    """Return how many data points an ExportMetricsServiceRequest holds. Raises UndecodableBody for what is none."""
    if json:
        check_parts(body, json)
        return _count_json(body)
    # a megabyte of classes that receivers of spans alone never need
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    if dense(body) > MAX_PARTS:
        return _count_leniently(body)  # parsed, it would take too much memory
    try:
        request = ExportMetricsServiceRequest.FromString(body)
    except DecodeError:
        return _count_leniently(body)
    return sum(
        len(getattr(metric, kind).data_points)
        for group in request.resource_metrics
        for part in group.scope_metrics
        for metric in part.metrics
        if (kind := metric.WhichOneof("data")) is not None
    )


def _count_leniently(body: bytes) -> int:
    """Count in what upb refuses and others accept, such as text that is not UTF-8."""
    whole = Piece(0, LENGTH, 0, len(body))
    return sum(
        _points(body, metric)
        for group in _inside(body, whole, 1)  # resource_metrics
        for part in _inside(body, group, 2)  # scope_metrics
        for metric in _inside(body, part, 2)
    )


def _points(body: bytes, metric: Piece) -> int:
    kind, count = 0, 0
    for piece in pieces(body, metric.start, metric.end):
        if piece.number in KINDS and piece.wire_type == LENGTH:
            more = sum(1 for _ in _inside(body, piece, 1))
            # one of them, the last; the same twice is merged
            kind, count = piece.number, more + (count if piece.number == kind else 0)
    return count


def _inside(body: bytes, message: Piece, number: int) -> Iterator[Piece]:
    """Yield the messages in a field of a message."""
    for piece in pieces(body, message.start, message.end):
        if piece.number == number and piece.wire_type == LENGTH:
            yield piece


def _count_json(body: bytes) -> int:
    count = 0
    for group in _members(parse(body), "resourceMetrics"):
        for part in _members(group, "scopeMetrics"):
            for metric in _members(part, "metrics"):
                count += max(sum(1 for _ in _members(_member(metric, kind), "dataPoints")) for kind in KINDS.values())
    return count


def _members(item: Any, name: str) -> Iterator[Any]:
    """Yield the elements of an array inside an object; null is nothing, in the place of either."""
    for number, element in enumerate(array(_member(item, name))):
        if element is not None and type(element) is not dict:
            raise Misfit("an object", element).under(f".{name}", f"[{number}]")
        yield element


def _member(item: Any, name: str) -> Any:
    if item is None:
        return None
    if type(item) is not dict:
        raise Misfit("an object", item)
    value = item.get(name)
    return value if value is not None else item.get(snake(name))
