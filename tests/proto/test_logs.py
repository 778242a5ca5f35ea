"""Log records: ids, generous JSON, deep bodies, and bodies that are none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord as LogMessage
from opentelemetry.proto.logs.v1.logs_pb2 import SeverityNumber

from sidetrace.errors import UndecodableBody
from sidetrace.proto import decode_logs, log_from_wire
from sidetrace.proto.log import DecodedLogs, LogRecord

from .arbitrary import field, mutated, otlp_json

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


def protobuf(*items: dict[str, Any]) -> DecodedLogs:
    request = ExportLogsServiceRequest()
    part = request.resource_logs.add().scope_logs.add()
    for item in items:
        record = part.log_records.add(
            trace_id=bytes.fromhex(item.get("traceId", "")),
            span_id=bytes.fromhex(item.get("spanId", "")),
            event_name=item.get("eventName", ""),
        )
        if "body" in item:
            record.body.string_value = item["body"]["stringValue"]
    return decode_logs(request.SerializeToString(), json=False)


def as_json(*items: Any) -> DecodedLogs:
    return decode_logs(orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": items}]}]}), json=True)


both = pytest.mark.parametrize("send", [protobuf, as_json])


@both
@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, ("", "")),
        ({"traceId": TRACE.upper(), "spanId": SPAN.upper()}, (TRACE, SPAN)),
        ({"traceId": TRACE}, (TRACE, "")),
        ({"spanId": SPAN}, ("", SPAN)),
        ({"traceId": "00" * 16, "spanId": "00" * 8}, ("", "")),
    ],
)
def test_ids_are_not_needed(send: Callable[..., DecodedLogs], given: dict[str, str], found: tuple[str, str]) -> None:
    (record,) = send(given).records
    assert (record.trace_id, record.span_id) == found


@both
@pytest.mark.parametrize(
    ("given", "reason", "detail"),
    [
        ({"traceId": "abcd"}, "invalid trace_id", "log record 'bad': trace_id is 'abcd' (expected 32 hex digits)"),
        ({"spanId": TRACE}, "invalid span_id", f"log record 'bad': span_id is '{TRACE}' (expected 16 hex digits)"),
        ({"traceId": TRACE, "spanId": "ab"}, "invalid span_id", f"in trace {TRACE}"),
        ({"traceId": "ab", "eventName": "", "body": {"stringValue": "said"}}, "invalid trace_id", "log record 'said'"),
    ],
)
def test_a_record_with_an_unusable_id_is_refused_alone(
    send: Callable[..., DecodedLogs], given: dict[str, Any], reason: str, detail: str
) -> None:
    decoded = send({"eventName": "good"}, {"eventName": "bad"} | given, {"eventName": "good"})
    assert [record.event_name for record in decoded.records] == ["good", "good"]
    (rejected,) = decoded.rejected
    assert rejected.reason == reason
    assert detail in rejected.detail


def test_an_id_that_is_no_hex_text_is_refused_alone() -> None:
    decoded = as_json({"traceId": "z" * 32}, {"spanId": "ab cd ef ab cd e"}, {})
    assert [rejected.reason for rejected in decoded.rejected] == ["invalid trace_id", "invalid span_id"]
    assert len(decoded.records) == 1


def test_json_is_read_as_generously_as_spans_are() -> None:
    decoded = decode_logs(
        orjson.dumps(
            {
                "resource_logs": [
                    None,
                    {"scope_logs": None},
                    {
                        "schema_url": "r",
                        "scope_logs": [
                            {
                                "schema_url": "s",
                                "log_records": [
                                    None,
                                    {
                                        "time_unix_nano": 5,
                                        "observedTimeUnixNano": "6",
                                        "severity_number": "SEVERITY_NUMBER_WARN2",
                                        "event_name": "e",
                                        "dropped_attributes_count": "7",
                                        "body": {"kvlist_value": {"values": [{"key": "k", "value": None}]}},
                                        "unknown": [1],
                                    },
                                ],
                            }
                        ],
                    },
                ]
            }
        ),
        json=True,
    )
    empty, record = decoded.records
    assert (empty.time_ns, empty.severity_number, empty.body, empty.attributes) == (0, 0, None, {})
    assert (record.time_ns, record.observed_time_ns, record.severity_number) == (5, 6, 14)
    assert (record.event_name, record.dropped_attributes_count, record.body) == ("e", 7, {"k": None})
    assert (record.resource.schema_url, record.scope.schema_url, record.wire) == ("r", "s", None)


@pytest.mark.parametrize(("name", "number"), SeverityNumber.items())
def test_every_severity_has_its_name(name: str, number: int) -> None:
    (record,) = as_json({"severityNumber": name}).records
    assert record.severity_number == number


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({"severityNumber": "WARN"}, ".severityNumber: expected an integer or an enum name, got 'WARN'"),
        ({"timeUnixNano": -1}, ".timeUnixNano: expected an unsigned 64-bit integer or its decimal text, got -1"),
        ({"body": "text"}, ".body: expected an object, got 'text'"),
        ({"body": {"intValue": "x"}}, ".body.intValue: expected a 64-bit integer or its decimal text, got 'x'"),
        ({"attributes": {}}, ".attributes: expected an array, got an object"),
        ({"traceId": 5}, ".traceId: expected a string, got 5"),
        (7, ": expected an object, got 7"),
    ],
)
def test_json_of_a_wrong_type_is_refused_with_its_path(item: object, problem: str) -> None:
    with pytest.raises(UndecodableBody) as caught:
        as_json({}, item)
    assert str(caught.value) == f"resourceLogs[0].scopeLogs[0].logRecords[1]{problem}"


def nested(levels: int) -> bytes:
    value = b""
    for _ in range(levels - 1):
        value = field(5, field(1, value))
    return field(1, field(2, field(2, field(5, value))))


def deep_json(body: Any) -> DecodedLogs:
    encoded = json.dumps(
        {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": body}]}]}]}
    )  # orjson writes 254 levels
    return decode_logs(encoded.encode(), json=True)


def test_a_body_may_nest_as_deep_as_an_attribute() -> None:
    (record,) = decode_logs(nested(128), json=False).records
    assert str(record.body).count("[") == 127
    assert repr(log_from_wire(record.wire or b"", record.resource, record.scope)) == repr(record)
    with pytest.raises(UndecodableBody, match="nests deeper than 128"):
        decode_logs(nested(129), json=False)
    value: dict[str, Any] = {}
    for _ in range(128):
        value = {"arrayValue": {"values": [value]}}
    assert len(deep_json(value["arrayValue"]["values"][0]).records) == 1
    with pytest.raises(UndecodableBody, match="nests deeper than 128"):
        deep_json(value)


def test_stored_bytes_that_hold_no_usable_record_are_undecodable() -> None:
    (record,) = as_json({}).records
    for wire in (b"\xff", LogMessage(trace_id=b"short").SerializeToString()):
        with pytest.raises(UndecodableBody):
            log_from_wire(wire, record.resource, record.scope)


def protobuf_body() -> bytes:
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add(schema_url="https://opentelemetry.io/schemas/1.30.0")
    group.resource.attributes.add(key="service.name").value.string_value = "démo"
    part = group.scope_logs.add()
    part.scope.name = "scope"
    for number in range(3):
        record = part.log_records.add(trace_id=b"t" * 16, span_id=b"s" * 8, event_name="gen_ai.choice", flags=1)
        record.time_unix_nano = number
        record.severity_number = 9
        record.body.kvlist_value.values.add(key="content").value.string_value = "Bonjour à tous"
        record.attributes.add(key="gen_ai.system").value.bytes_value = b"\x00"
    return bytes(request.SerializeToString())


PROTOBUF = protobuf_body()
JSON = otlp_json(ExportLogsServiceRequest.FromString(PROTOBUF))


def survives(body: bytes, json: bool) -> None:
    try:
        decoded = decode_logs(body, json)
    except UndecodableBody:
        return
    assert all(isinstance(record, LogRecord) for record in decoded.records)


@given(st.binary(max_size=200), st.booleans())
def test_random_bytes(body: bytes, json: bool) -> None:
    survives(body, json)


@given(mutated(PROTOBUF))
def test_damaged_protobuf(body: bytes) -> None:
    survives(body, json=False)


@given(mutated(JSON))
def test_damaged_json(body: bytes) -> None:
    survives(body, json=True)


def test_every_truncation_of_a_body() -> None:
    for size in range(len(PROTOBUF)):
        survives(PROTOBUF[:size], json=False)
    for size in range(len(JSON)):
        survives(JSON[:size], json=True)


NAMES = ["timeUnixNano", "severityNumber", "body", "attributes", "key", "value", "arrayValue", "kvlistValue", "values"]
NAMES += ["stringValue", "bytesValue", "doubleValue", "traceId", "spanId", "event_name", "flags", "severityText"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_records_of_any_shape(record: object) -> None:
    survives(json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode(), json=True)
