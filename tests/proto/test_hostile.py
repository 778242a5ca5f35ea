"""Whatever comes in, out comes a Decoded or an UndecodableBody; nothing else, ever."""

import json as stdlib_json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sidetrace.errors import UndecodableBody
from sidetrace.proto import decode
from sidetrace.proto.span import Decoded

from .arbitrary import mutated


def protobuf_body() -> bytes:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add(schema_url="https://opentelemetry.io/schemas/1.30.0")
    group.resource.attributes.add(key="service.name").value.string_value = "démo"
    part = group.scope_spans.add()
    part.scope.name = "scope"
    for i in range(3):
        span = part.spans.add(trace_id=b"t" * 16, span_id=bytes([i + 1] * 8), name="chat", kind=3, flags=256)
        span.attributes.add(key="gen_ai.usage.input_tokens").value.int_value = 42
        span.attributes.add(key="temperature").value.double_value = 0.7
        span.attributes.add(key="tags").value.array_value.values.add().string_value = "beta"
        span.attributes.add(key="meta").value.kvlist_value.values.add(key="plan").value.bytes_value = b"\x00"
        span.events.add(time_unix_nano=5, name="choice").attributes.add(key="x").value.bool_value = True
        span.links.add(trace_id=b"l" * 16, span_id=b"k" * 8)
        span.status.message = "ok"
    body: bytes = request.SerializeToString()
    return body


PROTOBUF = protobuf_body()
JSON = (
    '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"démo"}}]},'
    '"scopeSpans":[{"scope":{"name":"s"},"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c",'
    '"spanId":"b7ad6b7169203331","kind":"SPAN_KIND_CLIENT","startTimeUnixNano":"1795168934751000000","flags":256,'
    '"attributes":[{"key":"a","value":{"intValue":"42"}},{"key":"b","value":{"doubleValue":0.7}},{"key":"c","value":'
    '{"arrayValue":{"values":[{"stringValue":"beta"},{"bytesValue":"AAE="}]}}},{"key":"d","value":{"kvlistValue":'
    '{"values":[{"key":"k","value":{"boolValue":true}}]}}}],"events":[{"timeUnixNano":5,"name":"e"}],'
    '"links":[{"traceId":"ab","spanId":"cd"}],"status":{"code":2,"message":"\\u00e9"}}]}]}]}'
).encode()


def survives(body: bytes, json: bool) -> None:
    with suppress(UndecodableBody):
        assert isinstance(decode(body, json), Decoded)


@given(st.binary(max_size=200), st.booleans())
def test_random_bytes(body: bytes, json: bool) -> None:
    survives(body, json)


@given(mutated(PROTOBUF))
def test_damaged_protobuf(body: bytes) -> None:
    survives(body, json=False)


@given(mutated(JSON))
def test_damaged_json(body: bytes) -> None:
    survives(body, json=True)


NAMES = [
    *("resourceSpans", "resource", "scopeSpans", "scope", "spans", "attributes", "key", "value", "arrayValue"),
    *("kvlistValue", "values", "stringValue", "intValue", "bytesValue", "doubleValue", "traceId", "spanId", "kind"),
    *("events", "links", "status", "name", "time_unix_nano", "flags", "entityRefs"),
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_json_of_any_shape_with_the_right_names(document: object) -> None:
    survives(stdlib_json.dumps(document).encode(), json=True)


@given(json_values)
def test_spans_of_any_shape(span: object) -> None:
    survives(stdlib_json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode(), json=True)


def test_every_truncation_of_a_body() -> None:
    for size in range(len(PROTOBUF)):
        survives(PROTOBUF[:size], json=False)
    for size in range(len(JSON)):
        survives(JSON[:size], json=True)
