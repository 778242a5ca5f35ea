"""Protobuf and JSON agree on log records, arbitrary and captured: both give the reading of a plain third one."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord as LogMessage
from opentelemetry.proto.logs.v1.logs_pb2 import ResourceLogs, ScopeLogs

from sidetrace.errors import UndecodableBody
from sidetrace.proto import decode_logs, log_from_wire, resource_from_wire, scope_from_wire
from sidetrace.proto.log import DecodedLogs

from .arbitrary import (
    all_hold,
    any_values,
    attributes,
    counts,
    field,
    holds,
    nanos,
    otlp_json,
    reading,
    readings,
    resources,
    scopes,
)  # fmt: skip

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"

texts = st.text(max_size=8)


def ids(size: int) -> st.SearchStrategy[bytes]:
    return st.just(b"") | st.just(bytes(size)) | st.binary(min_size=size, max_size=size)


records = st.builds(
    LogMessage,
    time_unix_nano=nanos,
    observed_time_unix_nano=nanos,
    severity_number=st.integers(0, 24) | st.integers(-(2**31), 2**31 - 1),
    severity_text=texts,
    body=st.none() | any_values,
    attributes=attributes,
    dropped_attributes_count=counts,
    flags=counts,
    trace_id=ids(16),
    span_id=ids(8),
    event_name=texts,
)
requests = st.builds(
    ExportLogsServiceRequest,
    resource_logs=st.lists(
        st.builds(
            ResourceLogs,
            resource=st.none() | resources,
            schema_url=texts,
            scope_logs=st.lists(
                st.builds(
                    ScopeLogs,
                    scope=st.none() | scopes,
                    schema_url=texts,
                    log_records=st.lists(records, max_size=2),
                ),
                max_size=2,
            ),
        ),
        max_size=2,
    ),
)


def messages(request: ExportLogsServiceRequest) -> list[tuple[ResourceLogs, ScopeLogs, LogMessage]]:
    return [
        (group, part, record) for group in request.resource_logs for part in group.scope_logs
        for record in part.log_records
    ]  # fmt: skip


def bodies(request: ExportLogsServiceRequest) -> list[tuple[bytes, bool]]:
    return [(request.SerializeToString(), False), (otlp_json(request), True)]


def plain(decoded: DecodedLogs) -> list[str]:
    """The records without `wire`, whose bytes may lie in another order in JSON."""
    for record in decoded.records:
        record.wire = record.resource.wire = record.scope.wire = None
    return [repr(record) for record in decoded.records]


@given(requests)
def test_both_encodings_of_a_request_give_equal_records(request: ExportLogsServiceRequest) -> None:
    of_protobuf, of_json = (decode_logs(*body) for body in bodies(request))
    assert of_protobuf.rejected == of_json.rejected == []
    assert len(of_protobuf.records) == len(messages(request))
    assert plain(of_json) == plain(of_protobuf)


@given(requests)
def test_every_field_of_a_record_arrives(request: ExportLogsServiceRequest) -> None:
    decoded = decode_logs(request.SerializeToString(), json=False)
    for record, (group, part, sent) in zip(decoded.records, messages(request), strict=True):
        assert (record.time_ns, record.observed_time_ns) == (sent.time_unix_nano, sent.observed_time_unix_nano)
        assert (record.severity_number, record.severity_text) == (sent.severity_number, sent.severity_text)
        assert (record.event_name, record.flags) == (sent.event_name, sent.flags)
        assert record.trace_id == (sent.trace_id.hex() if any(sent.trace_id) else "")
        assert record.span_id == (sent.span_id.hex() if any(sent.span_id) else "")
        assert record.dropped_attributes_count == sent.dropped_attributes_count
        assert repr(record.body) == repr(reading(sent.body))
        assert repr(record.attributes) == repr(readings(sent.attributes))
        assert repr(record.resource.attributes) == repr(readings(group.resource.attributes))
        assert record.resource.schema_url == group.schema_url
        assert (record.scope.name, record.scope.schema_url) == (part.scope.name, part.schema_url)


@given(requests)
def test_wire_is_kept_where_plain_json_cannot_hold_the_record_and_reads_back(request: ExportLogsServiceRequest) -> None:
    for body, as_json in bodies(request):
        for record, (group, part, sent) in zip(decode_logs(body, as_json).records, messages(request), strict=True):
            assert (record.wire is None) == (all_hold(sent.attributes) and holds(sent.body))
            assert (record.resource.wire is None) == all_hold(group.resource.attributes)
            assert (record.scope.wire is None) == all_hold(part.scope.attributes)
            if record.wire is None:
                held = [record.body, record.attributes]
                assert repr(orjson.loads(orjson.dumps(held))) == repr(held)
            else:
                assert LogMessage.FromString(record.wire).SerializeToString() == sent.SerializeToString()
                assert repr(log_from_wire(record.wire, record.resource, record.scope)) == repr(record)
            if record.resource.wire is not None:
                assert repr(resource_from_wire(record.resource.wire, group.schema_url)) == repr(record.resource)
            if record.scope.wire is not None:
                assert repr(scope_from_wire(record.scope.wire, part.schema_url)) == repr(record.scope)


@given(records, st.binary(max_size=12))
def test_the_fallback_reads_as_upb_does(sent: LogMessage, tail: bytes) -> None:
    """Even what is damaged: a severity text that is no UTF-8 comes first and keeps upb away; a later one counts."""
    data = field(3, sent.severity_text.encode()) + sent.SerializeToString() + tail
    found = []
    for before in (b"", field(3, b"\xff")):
        try:
            decoded = decode_logs(field(1, field(2, field(2, before + data))), json=False)
        except UndecodableBody:
            found.append("refused")
            continue
        if before and decoded.records:
            assert decoded.records[0].wire == before + data
        found.append(repr((plain(decoded), decoded.rejected)))
    assert found[1] == found[0]


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures lie beside the checkout, not in it")
def test_both_encodings_of_every_captured_body_give_equal_records() -> None:
    paths = sorted(CAPTURES.rglob("*.logs.pb"))
    assert len(paths) >= 10
    for path in paths:
        body = path.read_bytes()
        of_protobuf = decode_logs(body, json=False)
        of_json = decode_logs(path.with_suffix(".json").read_bytes(), json=True)
        assert of_protobuf.rejected == of_json.rejected == [], path
        assert len(of_protobuf.records) == len(messages(ExportLogsServiceRequest.FromString(body))) > 0, path
        assert plain(of_json) == plain(of_protobuf), path
