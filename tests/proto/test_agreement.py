"""Protobuf and JSON agree: on arbitrary requests both decoders give the reading of a plain third one."""

import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from sidetrace.errors import UndecodableBody
from sidetrace.proto import decode, from_wire, resource_from_wire, scope_from_wire
from sidetrace.proto.span import Decoded

from .arbitrary import (
    a_kvlist,
    a_list,
    all_hold,
    attributes,
    counts,
    field,
    nanos,
    otlp_json,
    readings,
    resources,
    scopes,
)  # fmt: skip


def trace_ids() -> st.SearchStrategy[bytes]:
    return st.binary(min_size=16, max_size=16).filter(any)


def span_ids() -> st.SearchStrategy[bytes]:
    return st.binary(min_size=8, max_size=8).filter(any)


events = st.builds(
    Span.Event,
    time_unix_nano=nanos,
    name=st.text(max_size=5),
    attributes=attributes,
    dropped_attributes_count=counts,
)
links = st.builds(
    Span.Link,
    trace_id=st.binary(max_size=17),
    span_id=st.binary(max_size=9),
    trace_state=st.text(max_size=5),
    attributes=attributes,
    dropped_attributes_count=counts,
    flags=counts,
)
spans = st.builds(
    Span,
    trace_id=trace_ids(),
    span_id=span_ids(),
    parent_span_id=st.just(b"") | st.just(bytes(8)) | span_ids(),
    trace_state=st.text(max_size=5),
    name=st.text(max_size=8),
    kind=st.integers(0, 5) | st.integers(-(2**31), 2**31 - 1),
    start_time_unix_nano=nanos,
    end_time_unix_nano=nanos,
    attributes=attributes,
    dropped_attributes_count=counts,
    events=st.lists(events, max_size=2),
    dropped_events_count=counts,
    links=st.lists(links, max_size=2),
    dropped_links_count=counts,
    status=st.none() | st.builds(Status, code=st.integers(-1, 3), message=st.text(max_size=4)),
    flags=counts,
)
requests = st.builds(
    ExportTraceServiceRequest,
    resource_spans=st.lists(
        st.builds(
            ResourceSpans,
            resource=st.none() | resources,
            schema_url=st.text(max_size=4),
            scope_spans=st.lists(
                st.builds(
                    ScopeSpans, scope=st.none() | scopes, schema_url=st.text(max_size=4),
                    spans=st.lists(spans, max_size=2),
                ),
                max_size=2,
            ),
        ),
        max_size=2,
    ),
)  # fmt: skip


def messages(request: ExportTraceServiceRequest) -> list[tuple[ResourceSpans, ScopeSpans, Span]]:
    return [
        (group, part, span) for group in request.resource_spans for part in group.scope_spans for span in part.spans
    ]


def readings_of(decoded: Decoded) -> list[str]:
    wires = [(span.wire, span.resource.wire, span.scope.wire) for span in decoded.spans]
    for span in decoded.spans:
        span.wire = span.resource.wire = span.scope.wire = None
    found = [repr(span) for span in decoded.spans]
    for span, kept in zip(decoded.spans, wires, strict=True):
        span.wire, span.resource.wire, span.scope.wire = kept
    return found


@given(requests)
def test_both_encodings_of_a_request_give_equal_records(request: ExportTraceServiceRequest) -> None:
    of_protobuf = decode(request.SerializeToString(), json=False)
    of_json = decode(otlp_json(request), json=True)
    assert readings_of(of_json) == readings_of(of_protobuf)
    assert of_protobuf.rejected == of_json.rejected == []
    assert len(of_protobuf.spans) == len(messages(request))


@given(requests)
def test_every_field_of_a_span_arrives(request: ExportTraceServiceRequest) -> None:
    decoded = decode(request.SerializeToString(), json=False)
    for span, (group, part, sent) in zip(decoded.spans, messages(request), strict=True):
        assert (span.trace_id, span.span_id) == (sent.trace_id.hex(), sent.span_id.hex())
        assert span.parent_span_id == (sent.parent_span_id.hex() if any(sent.parent_span_id) else "")
        assert (span.name, span.kind, span.flags) == (sent.name, sent.kind, sent.flags)
        assert (span.start_ns, span.end_ns) == (sent.start_time_unix_nano, sent.end_time_unix_nano)
        assert (span.status_code, span.status_message) == (sent.status.code, sent.status.message)
        assert span.trace_state == sent.trace_state
        assert span.dropped_attributes_count == sent.dropped_attributes_count
        assert span.dropped_events_count == sent.dropped_events_count
        assert span.dropped_links_count == sent.dropped_links_count
        assert repr(span.attributes) == repr(readings(sent.attributes))
        assert repr([(e.time_ns, e.name, e.attributes, e.dropped_attributes_count) for e in span.events]) == repr(
            [(e.time_unix_nano, e.name, readings(e.attributes), e.dropped_attributes_count) for e in sent.events]
        )
        assert repr(
            [
                (k.trace_id, k.span_id, k.trace_state, k.attributes, k.dropped_attributes_count, k.flags)
                for k in span.links
            ]
        ) == repr(
            [
                (
                    k.trace_id.hex(),
                    k.span_id.hex(),
                    k.trace_state,
                    readings(k.attributes),
                    k.dropped_attributes_count,
                    k.flags,
                )
                for k in sent.links
            ]
        )
        assert span.resource.schema_url == group.schema_url
        assert span.resource.dropped_attributes_count == group.resource.dropped_attributes_count
        assert repr(span.resource.attributes) == repr(readings(group.resource.attributes))
        assert (span.scope.name, span.scope.version) == (part.scope.name, part.scope.version)
        assert span.scope.schema_url == part.schema_url
        assert span.scope.dropped_attributes_count == part.scope.dropped_attributes_count
        assert repr(span.scope.attributes) == repr(readings(part.scope.attributes))


@given(requests)
def test_wire_is_kept_exactly_where_plain_json_cannot_hold_the_record(request: ExportTraceServiceRequest) -> None:
    for body, as_json in ((request.SerializeToString(), False), (otlp_json(request), True)):
        for span, (group, part, sent) in zip(decode(body, as_json).spans, messages(request), strict=True):
            lists = [sent.attributes, *(e.attributes for e in sent.events), *(k.attributes for k in sent.links)]
            assert (span.wire is None) == all(all_hold(items) for items in lists)
            assert (span.resource.wire is None) == all_hold(group.resource.attributes)
            assert (span.scope.wire is None) == all_hold(part.scope.attributes)
            if span.wire is None:
                plain = [span.attributes, *(e.attributes for e in span.events), *(k.attributes for k in span.links)]
                assert repr(orjson.loads(orjson.dumps(plain))) == repr(plain)


@given(requests)
def test_wire_holds_the_message_and_reads_back_as_the_same_record(request: ExportTraceServiceRequest) -> None:
    for body, as_json in ((request.SerializeToString(), False), (otlp_json(request), True)):
        for span, (group, part, sent) in zip(decode(body, as_json).spans, messages(request), strict=True):
            if span.wire is not None:
                assert Span.FromString(span.wire).SerializeToString() == sent.SerializeToString()
                assert repr(from_wire(span.wire, span.resource, span.scope)) == repr(span)
            if span.resource.wire is not None:
                kept = Resource.FromString(span.resource.wire)
                assert kept.SerializeToString() == group.resource.SerializeToString()
                again = resource_from_wire(span.resource.wire, span.resource.schema_url)
                assert repr(again) == repr(span.resource)
            if span.scope.wire is not None:
                kept = InstrumentationScope.FromString(span.scope.wire)
                assert kept.SerializeToString() == part.scope.SerializeToString()
                assert repr(scope_from_wire(span.scope.wire, span.scope.schema_url)) == repr(span.scope)


@given(spans, st.binary(max_size=12))
def test_the_fallback_reads_as_upb_does(sent: Span, tail: bytes) -> None:
    """Even what is damaged: a trace state that is no UTF-8 comes first and keeps upb away; a later one counts."""
    data = sent.SerializeToString() + tail
    state = field(3, sent.trace_state.encode())
    (by_upb, upb_refuses), (by_fallback, fallback_refuses) = (
        attempt(field(1, field(2, field(2, before + state + data)))) for before in (b"", field(3, b"\xff"))
    )
    assert by_fallback == by_upb
    assert fallback_refuses == upb_refuses


def attempt(body: bytes) -> tuple[list[str], bool]:
    try:
        decoded = decode(body, json=False)
    except UndecodableBody:
        return [], True
    return readings_of(decoded) + [repr(rejected) for rejected in decoded.rejected], False


INEXACT = {
    "bytes": AnyValue(bytes_value=b"\xff"),
    "no bytes": AnyValue(bytes_value=b""),
    "nan": AnyValue(double_value=math.nan),
    "infinity": AnyValue(double_value=math.inf),
    "minus infinity": AnyValue(double_value=-math.inf),
    "index": AnyValue(string_value_strindex=1),
    "bytes in a list": a_list([AnyValue(int_value=1), AnyValue(bytes_value=b"x")]),
    "nan in a map": a_kvlist([KeyValue(key="k", value=AnyValue(double_value=math.nan))]),
    "equal keys in a map": a_kvlist([KeyValue(key="k"), KeyValue(key="k")]),
}


@pytest.mark.parametrize("value", INEXACT.values(), ids=INEXACT.keys())
@pytest.mark.parametrize("place", ["span", "event", "link", "resource", "scope"])
def test_each_kind_of_inexact_value_keeps_the_bytes_of_what_carries_it(value: AnyValue, place: str) -> None:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    part = group.scope_spans.add()
    sent = part.spans.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    part.spans.add(trace_id=b"t" * 16, span_id=b"n" * 8)
    carriers = {"span": sent, "resource": group.resource, "scope": part.scope}
    carrier = {"event": sent.events.add, "link": sent.links.add}.get(place, lambda: carriers[place])()
    carrier.attributes.add(key="odd").value.CopyFrom(value)
    for body, as_json in ((request.SerializeToString(), False), (otlp_json(request), True)):
        span, neighbour = decode(body, as_json).spans
        assert (span.wire is not None) == (place in ("span", "event", "link"))
        assert (span.resource.wire is not None) == (place == "resource")
        assert (span.scope.wire is not None) == (place == "scope")
        assert neighbour.wire is None


def test_entity_references_force_wire_in_both_encodings() -> None:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.entity_refs.add(type="host", id_keys=["host.id"])
    group.scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    for body, as_json in ((request.SerializeToString(), False), (otlp_json(request), True)):
        (span,) = decode(body, as_json).spans
        assert span.resource.wire is not None
        assert Resource.FromString(span.resource.wire) == group.resource


def test_a_key_from_a_string_table_forces_wire_in_both_encodings() -> None:
    request = ExportTraceServiceRequest()
    sent = request.resource_spans.add().scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    sent.attributes.add(key_strindex=7).value.string_value = "x"
    for body, as_json in ((request.SerializeToString(), False), (otlp_json(request), True)):
        (span,) = decode(body, as_json).spans
        assert span.attributes == {"": "x"}
        assert span.wire is not None
        assert Span.FromString(span.wire) == sent


def test_of_two_equal_keys_the_last_is_read() -> None:
    request = ExportTraceServiceRequest()
    sent = request.resource_spans.add().scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    for text in ("first", "last"):
        sent.attributes.add(key="k").value.string_value = text
    for body, as_json in ((request.SerializeToString(), False), (otlp_json(request), True)):
        assert decode(body, as_json).spans[0].attributes == {"k": "last"}


def test_a_resource_and_a_scope_are_converted_once_for_all_their_spans() -> None:
    request = ExportTraceServiceRequest()
    part = request.resource_spans.add().scope_spans.add()
    for i in (1, 2):
        part.spans.add(trace_id=b"t" * 16, span_id=bytes([i] * 8))
    for body, as_json in ((request.SerializeToString(), False), (otlp_json(request), True)):
        first, second = decode(body, as_json).spans
        assert first.resource is second.resource
        assert first.scope is second.scope
