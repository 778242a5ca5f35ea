"""Protobuf bodies that upb refuses: read where others read them, refused where nobody can."""

import time
from typing import Any

import orjson
import pytest
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from sidetrace.errors import TooLarge, UndecodableBody
from sidetrace.proto import decode, from_wire, resource_from_wire, scope_from_wire

MARK = "MARK"
NOT_UTF8 = b"\xff\xfe\xfd!"


def request() -> ExportTraceServiceRequest:
    """A request of two spans, with `MARK` for every text of the first."""
    built = ExportTraceServiceRequest()
    group = built.resource_spans.add(schema_url="r")
    group.resource.attributes.add(key="service.name").value.string_value = "demo"
    part = group.scope_spans.add(schema_url="s")
    part.scope.name = "scope"
    bad = part.spans.add(
        trace_id=b"t" * 16, span_id=b"a" * 8, parent_span_id=b"p" * 8, name=MARK, kind=3,
        start_time_unix_nano=2**64 - 1, end_time_unix_nano=7, trace_state=MARK, flags=2**32 - 1,
        dropped_attributes_count=1, dropped_events_count=2, dropped_links_count=3,
    )  # fmt: skip
    bad.status.code = 2
    bad.status.message = MARK
    bad.attributes.add(key=MARK).value.string_value = MARK
    bad.attributes.add(key="int").value.int_value = -(2**63)
    bad.attributes.add(key="true").value.bool_value = True
    bad.attributes.add(key="half").value.double_value = 0.5
    bad.attributes.add(key="bytes").value.bytes_value = NOT_UTF8
    bad.attributes.add(key="none")
    bad.attributes.add(key="list").value.array_value.values.add().string_value = MARK
    bad.attributes.add(key="map").value.kvlist_value.values.add(key="k").value.int_value = 1
    bad.events.add(time_unix_nano=5, name=MARK, dropped_attributes_count=9).attributes.add(key="e")
    bad.links.add(trace_id=b"\x01", span_id=b"\x02", trace_state=MARK, flags=4)
    part.spans.add(trace_id=b"t" * 16, span_id=b"b" * 8, name="good")
    return built


def marked(body: bytes) -> bytes:
    return body.replace(MARK.encode(), NOT_UTF8)


def test_text_that_is_not_utf8_is_replaced_and_nothing_else_changes() -> None:
    plain = request()
    body = marked(plain.SerializeToString())
    with pytest.raises(DecodeError):
        ExportTraceServiceRequest.FromString(body)

    bad, good = decode(body, json=False).spans

    expected = repr(decode(plain.SerializeToString(), json=False).spans[0]).replace(MARK, "\ufffd\ufffd\ufffd!")
    wire, bad.wire = bad.wire, None
    assert repr(bad) == expected[: expected.index("wire=b'")] + "wire=None)"
    assert wire == marked(plain.resource_spans[0].scope_spans[0].spans[0].SerializeToString())
    assert good.wire is None
    assert good.name == "good"


def test_the_bytes_of_such_a_span_read_back_as_the_same_record() -> None:
    bad, _ = decode(marked(request().SerializeToString()), json=False).spans
    assert bad.wire is not None
    assert repr(from_wire(bad.wire, bad.resource, bad.scope)) == repr(bad)


def test_a_resource_and_a_scope_that_are_not_utf8_keep_their_bytes() -> None:
    built = request()
    built.resource_spans[0].resource.attributes[0].value.string_value = MARK
    built.resource_spans[0].scope_spans[0].scope.version = MARK
    span = decode(marked(built.SerializeToString()), json=False).spans[1]
    assert span.wire is None
    assert span.resource.attributes == {"service.name": "\ufffd\ufffd\ufffd!"}
    assert (span.scope.name, span.scope.version) == ("scope", "\ufffd\ufffd\ufffd!")
    assert span.resource.wire is not None
    assert span.scope.wire is not None
    assert resource_from_wire(span.resource.wire, "r") == span.resource
    assert scope_from_wire(span.scope.wire, "s") == span.scope


def test_id_rules_hold_for_a_span_that_only_the_fallback_reads() -> None:
    built = request()
    built.resource_spans[0].scope_spans[0].spans[0].trace_id = b"short"
    decoded = decode(marked(built.SerializeToString()), json=False)
    assert [span.name for span in decoded.spans] == ["good"]
    assert [rejected.reason for rejected in decoded.rejected] == ["invalid trace_id"]


def length(payload: bytes) -> bytes:
    size, out = len(payload), bytearray()
    while size > 127:
        out.append(size & 127 | 128)
        size >>= 7
    return bytes(out) + bytes([size]) + payload


def field(number: int, payload: bytes) -> bytes:
    return bytes([number << 3 | 2]) + length(payload)


def nested(levels: int, kind: str) -> bytes:
    """An AnyValue of so many nested lists or maps around the integer 1, as bytes."""
    value = b"\x18\x01"
    for _ in range(levels):
        member = value if kind == "list" else field(1, b"k") + field(2, value)
        value = field(5 if kind == "list" else 6, field(1, member))
    return value


def with_value(value: bytes) -> bytes:
    attribute = field(9, field(1, b"a") + field(2, value))
    return field(1, field(2, field(2, field(1, b"t" * 16) + field(2, b"s" * 8) + attribute)))


def as_json(levels: int, kind: str) -> bytes:
    member = '{"arrayValue":{"values":[%s]}}', '{"kvlistValue":{"values":[{"key":"k","value":%s}]}}'
    before, after = member[kind == "map"].split("%s")
    span = f'{{"traceId":"{"74" * 16}","spanId":"{"73" * 8}","attributes":[{{"key":"a","value":'
    opening = '{"resourceSpans":[{"scopeSpans":[{"spans":[' + span + before * levels
    return (opening + '{"intValue":1}' + after * levels + "}]}]}]}]}").encode()


def depth_of(value: Any) -> int:
    levels = 0
    while isinstance(value, (list, dict)):
        value = value[0] if isinstance(value, list) else value["k"]
        levels += 1
    assert value == 1
    return levels


@pytest.mark.parametrize("kind", ["list", "map"])
@pytest.mark.parametrize("levels", [1, 30, 60, 100, 127])
def test_values_nest_beyond_what_upb_reads(kind: str, levels: int) -> None:
    (span,) = decode(with_value(nested(levels, kind)), json=False).spans
    assert depth_of(span.attributes["a"]) == levels
    (again,) = decode(as_json(levels, kind), json=True).spans
    assert again.attributes == span.attributes
    orjson.dumps(span.attributes)
    if span.wire is not None:
        assert from_wire(span.wire, span.resource, span.scope) == span


@pytest.mark.parametrize("kind", ["list", "map"])
@pytest.mark.parametrize("levels", [128, 300])
def test_values_that_nest_too_deep_are_refused_in_both_encodings(kind: str, levels: int) -> None:
    with pytest.raises(UndecodableBody, match="nest"):
        decode(with_value(nested(levels, kind)), json=False)
    with pytest.raises(UndecodableBody, match="nest"):
        decode(as_json(levels, kind), json=True)


@pytest.mark.parametrize("kind", ["list", "map"])
def test_inexact_values_nest_as_deep_in_json(kind: str) -> None:
    body = as_json(127, kind).replace(b'{"intValue":1}', b'{"bytesValue":"AQ=="}')
    (span,) = decode(body, json=True).spans
    assert span.wire is not None
    assert from_wire(span.wire, span.resource, span.scope) == span


def million_deep() -> bytes:
    """An AnyValue a million lists deep, as bytes, outermost first (its lengths are right)."""
    parts, size = [b"\x18\x01"], 2
    for _ in range(1_000_000):
        for number in (1, 5):
            head = field(number, b"\0" * size)[:-size] if size < 64 else bytes([number << 3 | 2]) + varint(size)
            parts.append(head)
            size += len(head)
    return b"".join(reversed(parts))


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def test_a_value_a_million_levels_deep_is_refused_at_once() -> None:
    body = with_value(million_deep())
    started = time.perf_counter()
    with pytest.raises(UndecodableBody):
        decode(body, json=False)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    "body",
    # no body is larger than 20 MiB: more levels do not fit
    [b"[" * 1_000_000, b'{"a":' * 1_000_000, as_json(500_000, "list"), as_json(300_000, "map")],
    ids=["arrays", "objects", "lists", "maps"],
)
def test_json_nested_as_deep_as_can_be_is_refused_at_once(body: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises((UndecodableBody, TooLarge)):
        decode(body, json=True)
    assert time.perf_counter() - started < 2


def test_nested_maps_with_missing_values_are_read_once() -> None:
    value: Any = {"intValue": "x"}
    for _ in range(60):
        value = {"kvlistValue": {"values": [{"key": "k", "value": value}, {"key": "none"}]}}
    span = {"traceId": "74" * 16, "spanId": "73" * 8, "attributes": [{"key": "a", "value": value}]}
    started = time.perf_counter()
    with pytest.raises(UndecodableBody, match="intValue"):
        decode(orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}), json=True)
    assert time.perf_counter() - started < 1


GOOD_SPAN = field(1, b"t" * 16) + field(2, b"s" * 8)


def in_request(span: bytes) -> bytes:
    return field(1, field(2, field(2, span)))


@pytest.mark.parametrize(
    "broken",
    [
        b"\x0a",
        b"\x0a\x05abc",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x00\x01",
        b"\x02\x00",
        b"\x0e",
        b"\x0f",
        b"\x0c",
        b"\x0b",
        b"\x0b\x14",
        b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x09\x01",
        b"\x0d\x01",
        b"\xff\xff\xff\xff\xff\x01\x00",
    ],
)
def test_bytes_that_no_reader_accepts_are_refused_at_every_level(broken: bytes) -> None:
    for body in (
        broken,
        in_request(GOOD_SPAN + field(5, NOT_UTF8)) + broken,
        field(1, broken),
        field(1, field(1, broken)),
        field(1, field(2, broken)),
        field(1, field(2, field(1, broken))),
        in_request(GOOD_SPAN + field(9, broken)),
        in_request(GOOD_SPAN + field(5, NOT_UTF8) + field(9, field(2, broken))),
    ):
        with pytest.raises(UndecodableBody, match="protobuf"):
            decode(body, json=False)


def test_unknown_fields_groups_and_other_wire_types_are_skipped() -> None:
    group = b"\xa3\x06" + b"\x0b\x08\x01\x0c" + b"\x12\x01x" + b"\xa4\x06"
    odd = b"\xa0\x06\x01" + b"\xa1\x06" + bytes(8) + b"\xa5\x06" + bytes(4) + group + b"\x48\x01" + field(6, b"text")
    (span,) = decode(in_request(GOOD_SPAN + odd + field(5, NOT_UTF8)) + odd, json=False).spans
    assert (span.name, span.kind, span.attributes) == ("\ufffd\ufffd\ufffd!", 0, {})


def test_a_message_that_comes_in_two_parts_is_merged_as_upb_does() -> None:
    status = field(15, field(2, b"m")) + field(15, b"\x18\x02")
    value = (
        field(2, b"\x18\x05") + field(2, field(5, field(1, b"\x18\x01"))) + field(2, field(5, field(1, b"\x18\x02")))
    )
    data = GOOD_SPAN + status + field(9, field(1, b"a") + value) + field(5, b"first") + field(5, b"NAME")
    (by_upb,) = decode(in_request(data), json=False).spans
    (span,) = decode(in_request(data.replace(b"NAME", NOT_UTF8)), json=False).spans
    assert by_upb.attributes == span.attributes == {"a": [1, 2]}
    assert (span.status_code, span.status_message) == (by_upb.status_code, by_upb.status_message) == (2, "m")
    assert span.name == "\ufffd\ufffd\ufffd!"


def test_of_two_kinds_of_value_the_last_counts_as_in_upb() -> None:
    text, whole = field(2, b"\x0a\x01a"), field(2, b"\x18\x05")
    for parts, read in ((text + whole, 5), (whole + text, "a"), (text + whole + text, "a"), (whole + text + whole, 5)):
        data = GOOD_SPAN + field(9, field(1, b"k") + parts)
        for body in (in_request(data), in_request(data + field(5, NOT_UTF8))):
            assert decode(body, json=False).spans[0].attributes == {"k": read}


def test_stored_bytes_without_a_usable_span_are_refused() -> None:
    (span,) = decode(in_request(GOOD_SPAN), json=False).spans
    with pytest.raises(UndecodableBody, match="trace_id"):
        from_wire(Span(name="x").SerializeToString(), span.resource, span.scope)
    with pytest.raises(UndecodableBody):
        from_wire(b"\x0a\x05abc", span.resource, span.scope)
