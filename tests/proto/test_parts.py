"""Bodies of a great many tiny messages are refused before they are parsed; telemetry as it comes never is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sidetrace.errors import TooLarge
from sidetrace.proto import decode, decode_logs
from sidetrace.proto.fields import lengthed
from sidetrace.proto.parts import MAX_PARTS, check_parts

from .memory import peak_of

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
MANY = MAX_PARTS + 1
SPAN = lengthed(1, b"t" * 16) + lengthed(2, b"s" * 8)


def in_span(attributes: bytes) -> bytes:
    return lengthed(1, lengthed(2, lengthed(2, SPAN + attributes)))


PROTOBUF = {
    "groups": b"\x0a\x00" * MANY,
    "scopes": lengthed(1, b"\x12\x00" * MANY),
    "spans": lengthed(1, lengthed(2, b"\x12\x00" * MANY)),
    "spans with a kind": lengthed(1, lengthed(2, b"\x12\x02\x30\x01" * MANY)),
    "attributes": in_span(b"\x4a\x00" * MANY),
    "values": in_span(lengthed(9, lengthed(2, lengthed(5, b"\x0a\x00" * MANY)))),
    "events": in_span(b"\x5a\x00" * MANY),
}
JSON = {
    "spans": b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + b"{}," * MANY + b"{}]}]}]}",
    "lists": b'{"unknown":[' + b"[]," * MANY + b"[]]}",
    "attributes": b'{"a":' + b'[{"key":""},' * MANY,
}


@pytest.mark.parametrize("name", PROTOBUF)
def test_too_many_messages_are_refused(name: str) -> None:
    with pytest.raises(TooLarge, match="send it in parts"):
        decode(PROTOBUF[name], json=False)


def test_too_many_log_records_are_refused() -> None:
    with pytest.raises(TooLarge):
        decode_logs(lengthed(1, lengthed(2, b"\x12\x00" * MANY)), json=False)


@pytest.mark.parametrize("name", JSON)
def test_too_many_values_are_refused(name: str) -> None:
    with pytest.raises(TooLarge, match="send it in parts"):
        decode(JSON[name], json=True)


def test_braces_and_commas_inside_of_text_are_no_values() -> None:
    text = '{"a":[{"b":[]}],"quote":"\\"{"}' * 150_000
    assert text.count("{") + text.count("[") >= 3 * MAX_PARTS // 4
    value = {"stringValue": text}
    span = {"traceId": "ab" * 16, "spanId": "cd" * 8, "attributes": [{"key": "k", "value": value}] * 2}
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    assert decode(body, json=True).spans[0].attributes == {"k": text}


def test_one_part_less_is_taken() -> None:
    body = lengthed(1, lengthed(2, b"\x12\x00" * (MAX_PARTS - 2)))
    check_parts(body, False, "Span")
    with pytest.raises(TooLarge):
        check_parts(lengthed(1, lengthed(2, b"\x12\x00" * (MAX_PARTS - 1))), False, "Span")


@pytest.mark.skipif(not CAPTURES.exists(), reason="the captured bodies are not beside this checkout")
@pytest.mark.parametrize(("pattern", "as_json"), [("*.traces.pb", False), ("*.traces.request.json", True)])
def test_captured_bodies_a_limit_full_of_them_are_taken(pattern: str, as_json: bool) -> None:
    bodies = [path.read_bytes() for path in sorted(CAPTURES.rglob(pattern))]
    joined = b"".join(bodies)
    body = joined * (20 * 1024 * 1024 // len(joined))
    if as_json:
        body = b"[" + body + b"]"
    check_parts(body, as_json, "Span")


def test_what_is_refused_takes_no_memory() -> None:
    code = """
from sidetrace.errors import TooLarge
from sidetrace.proto import decode
from sidetrace.proto.fields import lengthed
body = lengthed(1, lengthed(2, b"\\x12\\x00" * 9_000_000))
def work():
    try:
        decode(body, json=False)
    except TooLarge:
        return
    raise AssertionError
measured(work)
"""
    assert peak_of(code) < 64 << 20, "of 1.6 GB"
