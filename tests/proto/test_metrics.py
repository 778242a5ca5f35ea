"""Metrics requests are counted, in both encodings and in what upb refuses, by the data points of every kind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from sidetrace.errors import TooLarge, UndecodableBody
from sidetrace.proto import count_points
from sidetrace.proto.fields import lengthed

from .arbitrary import mutated
from .memory import peak_of

KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


def request(shape: list[list[tuple[str, int]]], name: str = "m") -> ExportMetricsServiceRequest:
    """Return a request of one metric for each pair, with so many data points; a scope for each list."""
    made = ExportMetricsServiceRequest()
    for metrics in shape:
        part = made.resource_metrics.add().scope_metrics.add()
        for kind, points in metrics:
            data = getattr(part.metrics.add(name=name), kind)
            data.SetInParent()
            for number in range(points):
                data.data_points.add(time_unix_nano=number).attributes.add(key="k").value.int_value = number
    return made


shapes = st.lists(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 4)), max_size=4), max_size=3)


@given(shapes)
def test_all_ways_count_the_same(shape: list[list[tuple[str, int]]]) -> None:
    expected = sum(points for metrics in shape for _, points in metrics)
    body = request(shape, "name").SerializeToString()
    assert count_points(body, json=False) == expected
    assert count_points(body.replace(b"name", b"\xff\xfe\xfd\xfc"), json=False) == expected, "what is not UTF-8"
    tree = MessageToDict(request(shape))
    assert count_points(json.dumps(tree).encode(), json=True) == expected
    proto_names = MessageToDict(request(shape), preserving_proto_field_name=True)
    assert count_points(json.dumps(proto_names).encode(), json=True) == expected


@pytest.mark.parametrize("body", [b"{}", b"null", b'{"resourceMetrics":[null,{"scopeMetrics":[{"metrics":[{}]}]}]}'])
def test_json_without_points_has_none(body: bytes) -> None:
    assert count_points(body, json=True) == 0


@pytest.mark.parametrize(
    "document",
    [
        "x",
        [],
        {"resourceMetrics": {}},
        {"resourceMetrics": [1]},
        {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": {"dataPoints": [1]}}]}]}]},
        {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": []}]}]}]},
    ],
)
def test_json_of_another_shape_is_refused(document: Any) -> None:
    with pytest.raises(UndecodableBody):
        count_points(json.dumps(document).encode(), json=True)


def test_bytes_that_are_no_request_are_refused() -> None:
    with pytest.raises(UndecodableBody):
        count_points(b"\x07 no protobuf", json=False)


def test_a_request_too_dense_to_be_parsed_is_counted_all_the_same() -> None:
    points = b"\x0a\x00" * 1_000_000
    body = lengthed(1, lengthed(2, lengthed(2, lengthed(5, points))))
    assert count_points(body, json=False) == 1_000_000
    with pytest.raises(TooLarge):
        count_points(b'{"resourceMetrics":[' + b"{}," * 1_100_000 + b"{}]}", json=True)


def test_of_two_kinds_in_one_metric_the_last_counts_and_the_same_kind_twice_is_merged() -> None:
    def metric(*kinds: tuple[int, int]) -> bytes:
        data = b"".join(lengthed(number, lengthed(1, b"") * points) for number, points in kinds)
        return lengthed(1, lengthed(2, lengthed(2, data)))

    for kinds, expected in (((5, 2), (7, 3)), 3), (((5, 2), (5, 3)), 5), (((5, 2), (7, 3), (5, 1)), 1):
        assert count_points(metric(*kinds), json=False) == expected
        not_utf8 = lengthed(1, lengthed(3, b"\xff"))
        assert count_points(metric(*kinds) + not_utf8, json=False) == expected


def test_a_dense_request_takes_no_memory() -> None:
    code = """
from sidetrace.proto import count_points
from sidetrace.proto.fields import lengthed
count_points(b"", json=False)
body = lengthed(1, lengthed(2, lengthed(2, lengthed(5, b"\\x0a\\x00" * 2_000_000))))
def work():
    assert count_points(body, json=False) == 2_000_000
measured(work)
"""
    assert peak_of(code) < 32 << 20, "of 137 MB"


@given(mutated(request([[("gauge", 2), ("summary", 1)]]).SerializeToString()))
def test_damaged_bodies_are_counted_or_refused(body: bytes) -> None:
    try:
        count = count_points(body, json=False)
    except UndecodableBody:
        return
    assert count >= 0
