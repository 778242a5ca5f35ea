"""Export requests made fast: the spans of `corpus` are encoded once, and ids and times are filled into the bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Literal, NamedTuple, TypeAlias

import orjson
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from .corpus import MARKS, ROOT, STEPS, VARIANTS, Attributes, resource, scope, span

Encoding: TypeAlias = Literal["protobuf", "json"]

TRACE_SPANS = len(STEPS)
SESSION_TRACES = 5
USER_SESSIONS = 4
BEGUN = 1_760_000_000_000_000_000
"""Start of the first trace, in nanoseconds."""
STEP_NS = 5_000_000
"""From the start of one span to that of the next, and nearly how long each takes."""
SCATTER = 0x9E3779B97F4A7C15F39CC0605CEDC835
"""Odd, so that multiplying by it turns counted ids into as many different ones that look random, as real ones do."""


class Place(NamedTuple):
    """Where a span stands: numbers from 1 on that become ids, `parent` 0 for none; `step` of `corpus.STEPS`."""

    trace: int
    span: int
    parent: int
    session: int
    user: int
    step: int


def everyday(first_trace: int = 1) -> Iterator[Place]:
    """Yield the spans of ever new traces, each trace's children before its root."""
    trace = first_trace
    while True:
        session = 1 + trace // SESSION_TRACES
        user = 1 + session // USER_SESSIONS
        first = 1 + trace * TRACE_SPANS
        for place, step in enumerate(STEPS):
            parent = 0 if step.parent is None else first + step.parent
            yield Place(trace, first + place, parent, session, user, place)
        trace += 1


class Bodies:
    """Encodes places as ExportTraceServiceRequest bodies."""

    def __init__(self, attributes: Attributes = "few", encoding: Encoding = "protobuf") -> None:
        self._json = encoding == "json"
        encode = _as_json if self._json else _as_protobuf
        self._templates = [
            [_holes(encode(span(variant, place, attributes))) for place in range(TRACE_SPANS)]
            for variant in range(VARIANTS)
        ]
        wrap = _wrap_json if self._json else _wrap_protobuf
        self._wrap: Callable[[list[bytes]], bytes] = wrap()
        sample = [span(variant, place, attributes) for variant in range(VARIANTS) for place in range(TRACE_SPANS)]
        self.attributes_per_span = sum(len(each.attributes) for each in sample) / len(sample)

    def body(self, places: Iterable[Place]) -> bytes:
        """Return one request with these spans. A span that is no root of `STEPS` must have a parent, a root none."""
        return self._wrap([self._span(place) for place in places])

    def requests(self, spans: int, size: int, places: Iterator[Place] | None = None) -> list[bytes]:
        """Return requests of `size` spans each that hold at least `spans` spans in all."""
        places = everyday() if places is None else places
        return [self.body(islice(places, size)) for _ in range(-(-spans // size))]

    def _span(self, place: Place) -> bytes:
        # a root starts before the spans numbered before it, its children, and ends after them
        early = 0 if place.parent else TRACE_SPANS * STEP_NS
        start = BEGUN + place.span * STEP_NS - early
        end = start + early + STEP_NS - 1
        holes = {
            b"trace": _scattered(place.trace, 16), b"span": _scattered(place.span, 8),
            b"parent": _scattered(place.parent, 8), b"start": start.to_bytes(8, "little"),
            b"end": end.to_bytes(8, "little"), b"session": b"%010d" % place.session, b"user": b"%010d" % place.user,
        }  # fmt: skip
        if self._json:
            holes |= {key: holes[key].hex().encode() for key in (b"trace", b"span", b"parent")}
            holes |= {b"start": b"%d" % start, b"end": b"%d" % end}
        return self._templates[place.trace % VARIANTS][place.step] % holes


def step_of(parent: int, number: int) -> int:
    """Return a step for a span of a tree of one's own: the root's for a root, else one of the others by turns."""
    return number % ROOT if parent else ROOT


def _scattered(number: int, width: int) -> bytes:
    return (number * SCATTER % (1 << 8 * width)).to_bytes(width, "big")


def _holes(encoded: bytes) -> bytes:
    """Turn markers into `%(name)b`."""
    template = encoded.replace(b"%", b"%%")
    for name, mark in MARKS.items():
        template = template.replace(mark, b"%%(%b)b" % name.encode())
    return template


def _as_protobuf(message: Span) -> bytes:
    return _field(2, message.SerializeToString())  # ScopeSpans.spans


def _as_json(message: Span) -> bytes:
    tree: dict[str, Any] = MessageToDict(message, use_integers_for_enums=True)
    tree |= {"traceId": MARKS["trace"].decode(), "spanId": MARKS["span"].decode()}
    if "parentSpanId" in tree:
        tree["parentSpanId"] = MARKS["parent"].decode()
    tree |= {"startTimeUnixNano": MARKS["start"].decode(), "endTimeUnixNano": MARKS["end"].decode()}
    return orjson.dumps(tree)


def _wrap_protobuf() -> Callable[[list[bytes]], bytes]:
    sender = _field(1, resource().SerializeToString())  # ResourceSpans.resource
    made_by = _field(1, scope().SerializeToString())  # ScopeSpans.scope
    # ExportTraceServiceRequest.resource_spans, ResourceSpans.scope_spans
    return lambda spans: _field(1, sender + _field(2, b"".join([made_by, *spans])))


def _wrap_json() -> Callable[[list[bytes]], bytes]:
    sender, made_by = orjson.dumps(MessageToDict(resource())), orjson.dumps(MessageToDict(scope()))
    head = b'{"resourceSpans":[{"resource":' + sender + b',"scopeSpans":[{"scope":' + made_by + b',"spans":['
    return lambda spans: head + b",".join(spans) + b"]}]}]}"


def _field(number: int, payload: bytes) -> bytes:
    """Return a length-delimited protobuf field."""
    head, size = bytearray([number << 3 | 2]), len(payload)
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    head.append(size)
    return bytes(head) + payload
