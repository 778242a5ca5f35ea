"""Answers, read back with the classes that clients have."""

import json

import pytest
from google.protobuf.json_format import Parse
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from sidetrace.proto import encode_status, encode_success, retry_info_bytes


def test_full_success_leaves_partial_success_unset() -> None:
    assert encode_success(0, "", json=False) == b""
    assert encode_success(0, "", json=True) == b"{}"


def test_rejected_spans_are_text_in_json_as_int64_is() -> None:
    assert json.loads(encode_success(1, "no id", json=True)) == {
        "partialSuccess": {"rejectedSpans": "1", "errorMessage": "no id"}
    }


@given(st.integers(0, 2**63 - 1), st.text(max_size=300))
def test_partial_success_reads_back_in_both_encodings(rejected: int, message: str) -> None:
    expected = ExportTraceServiceResponse()
    if rejected or message:
        expected.partial_success.rejected_spans = rejected
        expected.partial_success.error_message = message
    assert ExportTraceServiceResponse.FromString(encode_success(rejected, message, json=False)) == expected
    assert Parse(encode_success(rejected, message, json=True), ExportTraceServiceResponse()) == expected


@given(st.integers(0, 2**63 - 1), st.text(max_size=300))
def test_partial_success_of_logs_reads_back_in_both_encodings(rejected: int, message: str) -> None:
    expected = ExportLogsServiceResponse()
    if rejected or message:
        expected.partial_success.rejected_log_records = rejected
        expected.partial_success.error_message = message
    assert ExportLogsServiceResponse.FromString(encode_success(rejected, message, False, "logs")) == expected
    assert Parse(encode_success(rejected, message, True, "logs"), ExportLogsServiceResponse()) == expected


@given(st.integers(0, 16), st.text(max_size=300), st.none() | st.integers(0, 100_000))
def test_a_status_reads_back_in_both_encodings(code: int, message: str, retry_after: int | None) -> None:
    of_protobuf = Status.FromString(encode_status(code, message, json=False, retry_after=retry_after))
    of_json = Parse(encode_status(code, message, json=True, retry_after=retry_after), Status())
    for status in (of_protobuf, of_json):
        assert (status.code, status.message) == (code, message)
        delays = []
        for detail in status.details:
            info = RetryInfo()
            assert detail.Unpack(info)
            delays.append((info.retry_delay.seconds, info.retry_delay.nanos))
        assert delays == ([] if retry_after is None else [(retry_after, 0)])


def test_a_status_in_json_has_code_and_message_first() -> None:
    assert encode_status(3, "bad", json=True, retry_after=None) == b'{"code":3,"message":"bad"}'


@pytest.mark.parametrize("seconds", [0, 1, 300])
def test_the_retry_trailer_reads_back(seconds: int) -> None:
    assert RetryInfo.FromString(retry_info_bytes(seconds)).retry_delay.seconds == seconds
