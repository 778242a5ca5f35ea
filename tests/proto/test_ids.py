"""A span whose ids cannot be used is refused alone, by name; the rest of its batch is kept."""

from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sidetrace.proto import decode
from sidetrace.proto.span import Decoded

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
GOOD = {"traceId": TRACE, "spanId": SPAN, "name": "good"}


def protobuf(*spans: dict[str, Any]) -> Decoded:
    request = ExportTraceServiceRequest()
    part = request.resource_spans.add().scope_spans.add()
    for span in spans:
        part.spans.add(
            trace_id=bytes.fromhex(span.get("traceId", "")),
            span_id=bytes.fromhex(span.get("spanId", "")),
            parent_span_id=bytes.fromhex(span.get("parentSpanId", "")),
            name=span.get("name", ""),
        )
    return decode(request.SerializeToString(), json=False)


def json(*spans: dict[str, Any]) -> Decoded:
    return decode(orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}), json=True)


both = pytest.mark.parametrize("send", [protobuf, json])


@both
@pytest.mark.parametrize(
    ("ids", "reason", "detail"),
    [
        ({"traceId": ""}, "invalid trace_id", "span 'bad': trace_id is missing"),
        ({"traceId": "00" * 16}, "invalid trace_id", "span 'bad': trace_id is all zeros"),
        ({"traceId": "abcd"}, "invalid trace_id", "span 'bad': trace_id is 'abcd' (expected 32 hex digits)"),
        ({"traceId": "ab" * 17}, "invalid trace_id", f"'{'ab' * 17}' (expected 32 hex digits)"),
        ({"spanId": ""}, "invalid span_id", f"span 'bad': span_id is missing in trace {TRACE}"),
        ({"spanId": "00" * 8}, "invalid span_id", "all zeros"),
        ({"spanId": TRACE}, "invalid span_id", f"'{TRACE}' (expected 16 hex digits)"),
        ({"parentSpanId": "ab" * 7}, "invalid parent_span_id", f"on span {SPAN} of trace {TRACE}"),
        ({"parentSpanId": "ab" * 16}, "invalid parent_span_id", "expected 16 hex digits"),
    ],
)
def test_a_span_with_an_unusable_id_is_refused_alone(send: Any, ids: dict[str, str], reason: str, detail: str) -> None:
    decoded = send(GOOD, {**GOOD, "name": "bad", **ids}, GOOD)
    assert [span.name for span in decoded.spans] == ["good", "good"]
    (rejected,) = decoded.rejected
    assert rejected.reason == reason
    assert detail in rejected.detail


@both
@pytest.mark.parametrize("parent", ["", "00" * 8, "00" * 16, "00"])
def test_no_parent_and_a_parent_of_zeros_are_the_same(send: Any, parent: str) -> None:
    (span,) = send({**GOOD, "parentSpanId": parent}).spans
    assert span.parent_span_id == ""


@both
def test_ids_come_out_as_lower_case_hex(send: Any) -> None:
    (span,) = send({"traceId": TRACE.upper(), "spanId": SPAN.upper(), "parentSpanId": SPAN.upper()}).spans
    assert (span.trace_id, span.span_id, span.parent_span_id) == (TRACE, SPAN, SPAN)


@pytest.mark.parametrize(
    ("ids", "reason"),
    [
        ({"traceId": "zz" * 16}, "invalid trace_id"),
        ({"traceId": None}, "invalid trace_id"),
        ({"traceId": "CvdlGRbNQ92ESOshHIAxnA=="}, "invalid trace_id"),
        ({"traceId": TRACE[:-2] + " a"}, "invalid trace_id"),
        ({"spanId": "0x" + SPAN[2:]}, "invalid span_id"),
        ({"parentSpanId": "not a hex number"}, "invalid parent_span_id"),
        ({"links": [{"traceId": TRACE, "spanId": "xyz"}]}, "invalid link id"),
        ({"links": [{"traceId": "abc"}]}, "invalid link id"),
    ],
)
def test_a_json_id_that_is_no_hex_refuses_its_span_alone(ids: dict[str, Any], reason: str) -> None:
    decoded = json(GOOD, {**GOOD, "name": "bad", **ids})
    assert [span.name for span in decoded.spans] == ["good"]
    assert [rejected.reason for rejected in decoded.rejected] == [reason]
    assert "'bad'" in decoded.rejected[0].detail


def test_an_empty_span_is_refused_in_both_encodings() -> None:
    assert protobuf({}).rejected == json({}).rejected != []


def test_links_keep_ids_of_any_length() -> None:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    span.links.add(trace_id=b"\xab", span_id=b"\xcd" * 20)
    span.links.add()
    links = decode(request.SerializeToString(), json=False).spans[0].links
    assert [(link.trace_id, link.span_id) for link in links] == [("ab", "cd" * 20), ("", "")]
    again = json({**GOOD, "links": [{"traceId": "AB", "spanId": "cd" * 20}, {}]}).spans[0].links
    assert again == links


def test_a_refusal_does_not_repeat_a_long_name_or_id() -> None:
    (rejected,) = json({"name": "n" * 10_000, "traceId": "a" * 10_000}).rejected
    assert len(rejected.detail) < 300
