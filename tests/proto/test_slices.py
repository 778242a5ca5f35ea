"""Bodies come in slices: together they are the whole, none is much larger than asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sidetrace.errors import UndecodableBody
from sidetrace.proto import decode, decode_log_slices, decode_logs, decode_slices

SHAPE = ((3, 0, 7), (), (1, 25))
"""Spans by scope by resource; some have no id."""


def spans(lenient: bool = False) -> bytes:
    request = ExportTraceServiceRequest()
    number = 0
    for counts in SHAPE:
        group = request.resource_spans.add()
        group.resource.attributes.add(key="group").value.int_value = len(counts)
        for count in counts:
            part = group.scope_spans.add()
            part.scope.name = f"scope {count}"
            for _ in range(count):
                number += 1
                part.spans.add(trace_id=b"t" * 16, span_id=number.to_bytes(8, "big"), name="name")
                if number % 5 == 0:
                    part.spans[-1].ClearField("span_id")
    body: bytes = request.SerializeToString()
    return body.replace(b"name", b"\xff\xfe\xfd\xfc") if lenient else body


def spans_json() -> bytes:
    tree: dict[str, Any] = MessageToDict(ExportTraceServiceRequest.FromString(spans()))
    for group in tree["resourceSpans"]:
        for part in group.get("scopeSpans", []):
            for number, span in enumerate(part.get("spans", [])):
                span |= {"traceId": "74" * 16, "spanId": f"{number + 1:016x}" if "spanId" in span else ""}
    return json.dumps(tree).encode()


BODIES = {"protobuf": (spans(), False), "lenient": (spans(lenient=True), False), "json": (spans_json(), True)}


@pytest.mark.parametrize("size", [1, 4, 7, 36, 1000])
@pytest.mark.parametrize("name", BODIES)
def test_slices_of_spans_are_the_whole(name: str, size: int) -> None:
    body, as_json = BODIES[name]
    whole = decode(body, as_json)
    slices = list(decode_slices(body, as_json, size))
    assert (len(whole.spans), len(whole.rejected)) == (29, 7)
    assert [span for part in slices for span in part.spans] == whole.spans
    assert [one for part in slices for one in part.rejected] == whole.rejected
    assert all(len(part.spans) + len(part.rejected) < 2 * size for part in slices)
    assert len(slices) >= 36 // (2 * size)


@pytest.mark.parametrize("as_json", [False, True])
def test_slices_of_log_records_are_the_whole(as_json: bool) -> None:
    request = ExportLogsServiceRequest()
    for count in (3, 20):
        part = request.resource_logs.add().scope_logs.add()
        for number in range(count):
            part.log_records.add(time_unix_nano=number)
    body = json.dumps(MessageToDict(request)).encode() if as_json else request.SerializeToString()
    whole = decode_logs(body, as_json)
    slices = list(decode_log_slices(body, as_json, 4))
    assert len(whole.records) == 23
    assert [record for part in slices for record in part.records] == whole.records
    assert max(len(part.records) for part in slices) < 8


def test_a_body_without_spans_is_one_empty_slice() -> None:
    for body, as_json in ((b"", False), (b"{}", True), (b"\x0a\x00", False)):
        (only,) = decode_slices(body, as_json, 10)
        assert (only.spans, only.rejected) == ([], [])


def test_a_value_out_of_place_is_refused_when_its_turn_comes() -> None:
    items = [{"traceId": "74" * 16, "spanId": "73" * 8}] * 5 + [{"name": 1}]
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": items}]}]}).encode()
    slices: Iterator[Any] = decode_slices(body, True, 5)
    assert len(next(slices).spans) == 5
    with pytest.raises(UndecodableBody, match=r"spans\[5\]\.name"):
        next(slices)
