"""Real bodies of real instrumentations: all of them decode, and both encodings of one body give equal spans."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sidetrace.proto import decode
from sidetrace.proto.span import Decoded, Span

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures lie beside the checkout, not in it")


def bodies(suffix: str) -> list[Any]:
    paths = sorted(CAPTURES.rglob(f"*{suffix}"))
    return [pytest.param(path, id=path.relative_to(CAPTURES).as_posix()) for path in paths]


def spans_in(body: bytes) -> int:
    groups = ExportTraceServiceRequest.FromString(body).resource_spans
    return sum(len(part.spans) for group in groups for part in group.scope_spans)


def plain(decoded: Decoded) -> list[str]:
    return [without_wire(span) for span in decoded.spans]


def without_wire(span: Span) -> str:
    span.wire = span.resource.wire = span.scope.wire = None
    return repr(span)


@pytest.mark.parametrize("path", bodies(".traces.pb"))
def test_every_span_of_a_protobuf_body_is_read(path: Path) -> None:
    body = path.read_bytes()
    decoded = decode(body, json=False)
    assert len(decoded.spans) == spans_in(body) > 0
    assert decoded.rejected == []


@pytest.mark.parametrize("path", bodies(".traces.pb"))
def test_the_json_form_of_a_body_gives_the_same_spans(path: Path) -> None:
    from_json = decode(path.with_suffix(".json").read_bytes(), json=True)
    assert plain(from_json) == plain(decode(path.read_bytes(), json=False))


@pytest.mark.parametrize("path", bodies(".traces.request.json"))
def test_every_span_that_was_sent_as_json_is_read(path: Path) -> None:
    body = path.read_bytes()
    decoded = decode(body, json=True)
    sent = [
        span["spanId"]
        for group in orjson.loads(body)["resourceSpans"]
        for part in group["scopeSpans"]
        for span in part["spans"]
    ]
    assert [span.span_id for span in decoded.spans] == sent != []
    assert decoded.rejected == []
