"""Law 3: one span that cannot be kept costs nothing but itself, and is named to its sender and to `doctor`."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict, Parse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from ..running import Running, running
from .account import check_sound, stored
from .load import EXPORT, PROTOBUF

ZEROS = bytes(16)


def request_with_one_bad_span() -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for number in range(1, 6):
        span = scope.spans.add(
            trace_id=ZEROS if number == 3 else b"\7" * 16,
            span_id=number.to_bytes(8, "big"),
            name="without a trace" if number == 3 else f"step {number}",
            start_time_unix_nano=1_790_000_000 * 10**9 + number,
            end_time_unix_nano=1_790_000_001 * 10**9,
        )
        span.attributes.add(key="session.id").value.string_value = "partly"
    return request


def over_grpc(server: Running) -> Any:
    with grpc.insecure_channel(server.grpc) as channel:
        answer = channel.unary_unary(EXPORT)(request_with_one_bad_span().SerializeToString(), timeout=30)
    return ExportTraceServiceResponse.FromString(answer)


def over_http(server: Running) -> Any:
    answer = _posted(server, request_with_one_bad_span().SerializeToString(), PROTOBUF)
    return ExportTraceServiceResponse.FromString(answer)


def over_http_as_json(server: Running) -> Any:
    tree = MessageToDict(request_with_one_bad_span())
    for number, span in enumerate(tree["resourceSpans"][0]["scopeSpans"][0]["spans"], 1):
        span |= {"traceId": "0" * 32 if number == 3 else "07" * 16, "spanId": f"{number:016x}"}
    answer = _posted(server, json.dumps(tree).encode(), "application/json")
    return Parse(answer, ExportTraceServiceResponse())


def _posted(server: Running, body: bytes, media: str) -> bytes:
    with closing(http.client.HTTPConnection(server.http, timeout=30)) as connection:
        connection.request("POST", "/v1/traces", body, {"Content-Type": media})
        response = connection.getresponse()
        answer = response.read()
        assert (response.status, response.getheader("Content-Type")) == (200, media), answer
        return answer


@pytest.mark.parametrize("send", [over_grpc, over_http, over_http_as_json])
def test_a_span_without_a_trace_id_is_rejected_alone_and_named(tmp_path: Path, send: Callable[[Running], Any]) -> None:
    with running(tmp_path / "spans.db") as server:
        told = send(server).partial_success
        assert told.rejected_spans == 1
        assert "without a trace" in told.error_message
        assert "trace_id is all zeros" in told.error_message

        session = server.one("sessions", "partly")
        assert (session["countTraces"], session["countObservations"]) == (1, 4)
        doctor = server.doctor()
        assert (doctor["received"], doctor["stored"], doctor["rejected"]) == (5, 4, 1)
        (rejection,) = doctor["rejections"]
        assert rejection["count"] == 1
        assert "without a trace" in rejection["example"]
    assert stored(server.database) == {("07" * 16, f"{number:016x}") for number in (1, 2, 4, 5)}
    check_sound(server.database)


def test_what_was_rejected_is_still_counted_after_kill_9(tmp_path: Path) -> None:
    database = tmp_path / "spans.db"
    with running(database) as server:
        over_grpc(server)
        over_http(server)
        server.kill()
    with running(database) as server:
        doctor = server.doctor()
    assert (doctor["received"], doctor["stored"], doctor["repeated"], doctor["rejected"]) == (10, 4, 4, 2)
