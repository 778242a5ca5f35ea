"""Records to protobuf and back: nothing that decoding keeps is lost, and JSON becomes the same in protobuf."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sidetrace.errors import UndecodableBody
from sidetrace.proto import decode, decode_logs
from sidetrace.proto.encode import encode_logs, encode_spans
from sidetrace.proto.transcode import to_protobuf

from .arbitrary import otlp_json
from .test_agreement import requests
from .test_log_agreement import requests as log_requests

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"


def shown(records: list[Any]) -> list[str]:
    """Records as texts: NaN is not equal to itself."""
    return [repr(record) for record in records]


@given(requests)
def test_spans_come_back_equal(request: ExportTraceServiceRequest) -> None:
    spans = decode(request.SerializeToString(), False).spans
    encoded = encode_spans(spans)
    assert shown(decode(encoded, False).spans) == shown(spans)
    assert len(ExportTraceServiceRequest.FromString(encoded).resource_spans) <= len(request.resource_spans)


@given(log_requests)
def test_log_records_come_back_equal(request: ExportLogsServiceRequest) -> None:
    records = decode_logs(request.SerializeToString(), False).records
    assert shown(decode_logs(encode_logs(records), False).records) == shown(records)


@given(requests)
def test_json_becomes_the_same_in_protobuf(request: ExportTraceServiceRequest) -> None:
    body = otlp_json(request)
    assert shown(decode(to_protobuf("traces", body), False).spans) == shown(decode(body, True).spans)


@given(log_requests)
def test_log_records_in_json_become_the_same_in_protobuf(request: ExportLogsServiceRequest) -> None:
    body = otlp_json(request)
    assert shown(decode_logs(to_protobuf("logs", body), False).records) == shown(decode_logs(body, True).records)


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures lie beside the checkout, not in it")
def test_captured_bodies_come_back_equal() -> None:
    paths = sorted(CAPTURES.rglob("*.traces.pb"))
    assert paths
    for path in paths:
        spans = decode(path.read_bytes(), False).spans
        assert shown(decode(encode_spans(spans), False).spans) == shown(spans), path


def test_metrics_in_json_become_protobuf() -> None:
    body = (
        b'{"resourceMetrics": [{"scope_metrics": [{"metrics": [{"name": "m", "new": 1, "sum": {"dataPoints": ['
        b'{"asDouble": "NaN", "timeUnixNano": "18446744073709551615", "exemplars": [{"spanId": "B7AD6B7169203331"}]}],'
        b'"aggregationTemporality": "AGGREGATION_TEMPORALITY_DELTA"}}]}]}]}'
    )
    (metric,) = (
        ExportMetricsServiceRequest.FromString(to_protobuf("metrics", body))
        .resource_metrics[0]
        .scope_metrics[0]
        .metrics
    )
    (point,) = metric.sum.data_points
    assert point.as_double != point.as_double
    assert (point.time_unix_nano, metric.sum.aggregation_temporality) == (2**64 - 1, 1)
    assert point.exemplars[0].span_id.hex() == "b7ad6b7169203331"


@pytest.mark.parametrize("body", [b"[]", b"1", b'{"resourceMetrics": {}}', b'{"resourceMetrics": [1]}', b"{"])
def test_what_is_no_metrics_request_is_refused(body: bytes) -> None:
    with pytest.raises(UndecodableBody):
        to_protobuf("metrics", body)
