"""What the HTTP door says before any signal is asked, in the order of a Collector (otlp.md, sections 2.1 to 2.9)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import cramjam
import pytest
from google.rpc.status_pb2 import Status

from sidetrace.receiver.manners import media_type

PROTOBUF, JSON = "application/x-protobuf", "application/json"
HEAD = b"Host: localhost\r\nContent-Type: application/json\r\n"


async def talk(receiver: Any, *pieces: bytes, end: bool = False) -> bytes:
    """Send the pieces; return all that comes back until the connection ends, or a moment without anything more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", receiver.http_port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.02)
    if end:
        writer.write_eof()
    answer = b""
    try:
        async with asyncio.timeout(5):
            while b"\r\n\r\n" not in answer and (piece := await reader.read(65536)):
                answer += piece
    finally:
        writer.close()
    return answer


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("/v1//traces", "/v1/traces"),
        ("//v1/traces?a=b", "/v1/traces?a=b"),
        ("/v1/./logs", "/v1/logs"),
        ("/v1/../v1/metrics", "/v1/metrics"),
        ("/api/public/otel//v1/traces", "/api/public/otel/v1/traces"),
    ],
)
async def test_an_unclean_path_is_redirected_with_its_body(receiver: Any, sent: str, expected: str) -> None:
    answer = await talk(receiver, b"POST %b HTTP/1.1\r\n" % sent.encode() + HEAD + b"Content-Length: 2\r\n\r\n{}")
    assert answer.startswith(b"HTTP/1.1 307 ")
    assert f"\r\nLocation: {expected}\r\n".encode() in answer


@pytest.mark.parametrize("path", ["/v1/trace", "/v1/traces/", "/V1/traces", "/v1development/profiles", "/v1//nothing"])
async def test_a_path_that_nobody_takes_is_404(receiver: Any, path: str) -> None:
    status, body, headers = await receiver.post(b"{}", JSON, path=path)
    assert status == 404
    if path.startswith("/v1"):
        assert headers["Content-Type"] == JSON
        assert json.loads(body)["code"] == 12
        assert "/v1/traces" in json.loads(body)["message"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("media", ["", "text/plain", PROTOBUF, JSON])
async def test_an_unknown_encoding_is_the_first_thing_wrong(receiver: Any, method: str, media: str) -> None:
    headers = {"Content-Encoding": "br"} | ({"Content-Type": media} if media else {})
    async with receiver.session.request(method, f"{receiver.url}/v1/traces", headers=headers) as response:
        assert response.status == 400
        body = await response.read()
        assert response.headers["Content-Type"] == (PROTOBUF if media == PROTOBUF else JSON)
    status = Status.FromString(body) if media == PROTOBUF else Status(**json.loads(body))
    assert status.code == 3
    assert status.message.startswith("unsupported Content-Encoding: br")


PACKERS: dict[str, Callable[[bytes], Any]] = {
    "zstd": cramjam.zstd.compress,
    "lz4": cramjam.lz4.compress,
    "snappy": cramjam.snappy.compress_raw,
    "snappy framed": cramjam.snappy.compress,
    "x-snappy-framed": cramjam.snappy.compress,
}


@pytest.mark.parametrize("media", [PROTOBUF, JSON])
@pytest.mark.parametrize("name", PACKERS)
async def test_bodies_of_every_encoding_are_stored(
    receiver: Any, spans: Any, as_json: Any, name: str, media: str
) -> None:
    for count in (3, 6000):  # decoded at once, and aside in slices
        request = spans(count, first=count)
        body = request.SerializeToString() if media == PROTOBUF else as_json(request)
        status, _, _ = await receiver.post(bytes(PACKERS[name](body)), media, name.partition(" ")[0])
        assert status == 200
    assert receiver.stored() == 6003
    for damaged in (b"plain text", bytes(PACKERS[name](body))[:-3]):
        assert (await receiver.post(damaged, media, name.partition(" ")[0]))[0] == 400


@pytest.mark.parametrize(
    ("line", "headers", "expected"),  # headers, with a body where there is one
    [
        ("POST /v1/traces HTTP/2.0", "Content-Length: 0", 505),
        ("GET /v1/traces HTTP/0.9", "", 400),
        ("POST /v1/traces HTTP/1.1", "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0", 501),
        ("POST /v1/traces HTTP/1.1", "Content-Length: -2", 400),
        ("POST /v1/traces HTTP/1.1", "Content-Length: 2\r\nContent-Length: 3", 400),
        ("POST /v1/traces HTTP/1.1", "Content-Length: 0\r\nExpect: something", 417),
        ("no HTTP at all", "", 400),
    ],
)
async def test_what_is_no_such_http_is_refused(receiver: Any, line: str, headers: str, expected: int) -> None:
    answer = await talk(receiver, line.encode() + b"\r\n" + HEAD + headers.encode() + b"\r\n\r\n")
    assert answer.split()[1] == str(expected).encode()
    assert b"Traceback" not in answer


async def test_what_is_no_http_is_counted_and_not_logged(receiver: Any, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        await talk(receiver, b"\x16\x03\x01\x02\x00\r\n\r\n")
    assert receiver.refusals() == {"bad request": 3}
    assert not caplog.records


@pytest.mark.parametrize("framing", ["Content-Length: 100", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("pause", [True, False], ids=["later", "at once"])
async def test_a_client_that_stops_in_the_middle_and_listens_is_told(
    receiver: Any, caplog: pytest.LogCaptureFixture, framing: str, pause: bool
) -> None:
    head = b"POST /v1/traces HTTP/1.1\r\n" + HEAD + framing.encode() + b"\r\n\r\n"
    part = b"40\r\n{" if "chunked" in framing else b"{"
    answer = await talk(receiver, *([head, part] if pause else [head + part]), end=True)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert receiver.refusals() == {"undecodable body": 1}
    assert receiver.intake.admission.used == 0
    assert not caplog.records


async def test_a_client_that_ends_its_side_after_the_request_gets_its_answer(receiver: Any, spans: Any) -> None:
    body = spans(2000).SerializeToString()
    head = f"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: {PROTOBUF}\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    answer = await talk(receiver, head.encode() + body, end=True)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert receiver.stored() == 2000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("application/json", "application/json"),
        (" Application/JSON ; charset=utf-8", "application/json"),
        ('application/json; a="b;c"; d=e', "application/json"),
        ("application/json;", "application/json"),
        ("application/json;;", ""),
        ("application/json; charset", ""),
        ("application/json charset=utf-8", ""),
        ("application", ""),
        ("", ""),
        ("application/json" + ";a=b" * 50_000, "application/json"),
        ("application/json" + "; a=" * 50_000, ""),
    ],
)
def test_a_media_type_is_what_go_takes_for_one(text: str, expected: str) -> None:
    assert media_type(text) == expected
