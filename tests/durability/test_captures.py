"""Real bodies of many instrumentations: every one is taken whole, at every door, and means the same at each."""

from __future__ import annotations

import http.client
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ..running import Running, running
from .account import check_sound, reading, stored
from .load import EXPORT, PROTOBUF

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
JSON = "application/json"

pytestmark = pytest.mark.skipif(not CAPTURES.exists(), reason="the captured bodies are not beside this checkout")

Spans = dict[str, set[str]]
"""Span ids by trace id."""
Post = Callable[[Path], None]


def spans_in(path: Path) -> Spans:
    """Return the spans of a body, read with nothing of sidetrace."""
    found: Spans = defaultdict(set)
    if path.suffix == ".pb":
        request = ExportTraceServiceRequest.FromString(path.read_bytes())
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    found[span.trace_id.hex()].add(span.span_id.hex())
    else:
        for tree in json.loads(path.read_bytes())["resourceSpans"]:
            for scope_spans in tree["scopeSpans"]:
                for sent in scope_spans["spans"]:
                    found[sent["traceId"].lower()].add(sent["spanId"].lower())
    return found


@contextmanager
def grpc_door(server: Running) -> Iterator[Post]:
    with grpc.insecure_channel(server.grpc) as channel:
        export = channel.unary_unary(EXPORT)

        def post(path: Path) -> None:
            assert export(path.read_bytes(), timeout=30) == b"", path

        yield post


@contextmanager
def http_door(server: Running) -> Iterator[Post]:
    with closing(http.client.HTTPConnection(server.http, timeout=30)) as connection:

        def post(path: Path) -> None:
            media = PROTOBUF if path.suffix == ".pb" else JSON
            connection.request("POST", "/v1/traces", path.read_bytes(), {"Content-Type": media})
            response = connection.getresponse()
            answer = response.read()
            assert (response.status, answer) == (200, b"{}" if media == JSON else b""), path

        yield post


@pytest.mark.parametrize(
    ("door", "pattern"),
    [
        pytest.param(grpc_door, "*.traces.pb", id="protobuf over gRPC"),
        pytest.param(http_door, "*.traces.pb", id="protobuf over HTTP"),
        pytest.param(http_door, "*.traces.json", id="JSON over HTTP"),
        pytest.param(http_door, "*.traces.request.json", id="JSON as it was sent"),
    ],
)
def test_every_captured_body_is_taken_whole(tmp_path: Path, door: Any, pattern: str) -> None:
    bodies = sorted(CAPTURES.rglob(pattern))
    assert bodies
    expected: Spans = defaultdict(set)
    with running(tmp_path / "spans.db") as server:
        with door(server) as post:
            for body in bodies:
                for trace, spans in spans_in(body).items():
                    expected[trace] |= spans
                post(body)
        doctor = server.doctor()
    assert (doctor["rejected"], doctor["rejections"], doctor["problems"]) == (0, [], [])
    kept: Spans = defaultdict(set)
    for trace, span in stored(server.database):
        kept[trace].add(span)
    assert kept == expected
    check_sound(server.database)


def test_a_captured_body_means_the_same_at_every_door(tmp_path: Path) -> None:
    def rows_after(door: Any, pattern: str) -> dict[str, list[Any]]:
        database = tmp_path / f"{door.__name__}{pattern.replace('*', '')}.db"
        with running(database) as server, door(server) as post:
            for body in sorted(CAPTURES.rglob(pattern)):
                post(body)
        with reading(database) as db:
            db.row_factory = sqlite3.Row
            return {
                view: [dict(row) for row in db.execute(f"SELECT * FROM {view} ORDER BY {order}")]
                for view, order in (
                    ("observations", "trace_id, id"),
                    ("traces", "id"),
                    ("sessions", "id"),
                    ("users", "id"),
                )
            }

    over_grpc, over_http = rows_after(grpc_door, "*.traces.pb"), rows_after(http_door, "*.traces.pb")
    assert len(over_grpc["observations"]) > 300
    assert over_grpc == over_http
    assert over_grpc == rows_after(http_door, "*.traces.json")
