"""OTLP/HTTP: encodings, compression, limits, and every kind of bad input."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from sidetrace.proto import decode

PROTOBUF, JSON = "application/x-protobuf", "application/json"
LIMIT = 100_000


def status_of(body: bytes, media: str) -> tuple[int, str]:
    if media == JSON:
        told = json.loads(body)
        return told["code"], told["message"]
    status = Status.FromString(body)
    return status.code, status.message


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/%74races?x=1", "/api/public/otel/v1/traces"])
@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
@pytest.mark.parametrize("media", [PROTOBUF, JSON, "Application/JSON; charset=utf-8", "APPLICATION/X-PROTOBUF;a=b"])
async def test_spans_are_stored_and_answered_in_the_requests_encoding(
    receiver: Any, spans: Any, as_json: Any, compress: Any, path: str, encoding: str, media: str
) -> None:
    is_json = "json" in media.lower()
    body = as_json(spans(3)) if is_json else spans(3).SerializeToString()
    status, answer, headers = await receiver.post(compress(body, encoding), media, encoding, path)
    assert (status, answer) == (200, b"{}" if is_json else b"")
    assert headers["Content-Type"] == (JSON if is_json else PROTOBUF)
    assert "Server" not in headers
    assert receiver.stored() == 3


async def test_chunked_bodies_are_stored(receiver: Any, spans: Any) -> None:
    body = gzip.compress(spans(50).SerializeToString())

    async def pieces() -> AsyncIterator[bytes]:
        for place in range(0, len(body), 100):
            yield body[place : place + 100]
            await asyncio.sleep(0)

    status, _, _ = await receiver.post(pieces(), encoding="gzip")
    assert (status, receiver.stored()) == (200, 50)


@pytest.mark.parametrize(("media", "body"), [(PROTOBUF, b""), (JSON, b"{}"), (JSON, b"null"), (PROTOBUF, b"\n\0")])
async def test_a_request_without_spans_is_a_success(receiver: Any, media: str, body: bytes) -> None:
    status, answer, _ = await receiver.post(body, media)
    assert (status, answer) == (200, b"{}" if media == JSON else b"")
    assert receiver.refusals() == {}


@pytest.mark.parametrize("media", [PROTOBUF, JSON])
async def test_bad_spans_are_named_and_the_others_are_stored(
    receiver: Any, spans: Any, as_json: Any, media: str
) -> None:
    request = spans(4, bad=2)
    body = request.SerializeToString() if media == PROTOBUF else as_json(request)
    status, answer, _ = await receiver.post(body, media)
    assert status == 200
    if media == PROTOBUF:
        partial = ExportTraceServiceResponse.FromString(answer).partial_success
        rejected, message = partial.rejected_spans, partial.error_message
    else:
        told = json.loads(answer)["partialSuccess"]
        rejected, message = int(told["rejectedSpans"]), told["errorMessage"]
    assert rejected == 2
    assert "bad 0" in message
    assert receiver.stored() == 4
    assert sum(receiver.refusals().values()) == 2


async def test_a_request_of_bad_spans_only_is_a_partial_success(receiver: Any, spans: Any) -> None:
    status, answer, _ = await receiver.post(spans(0, bad=200).SerializeToString())
    partial = ExportTraceServiceResponse.FromString(answer).partial_success
    assert (status, partial.rejected_spans) == (200, 200)
    assert len(partial.error_message) < 1000


@pytest.mark.parametrize(
    ("media", "encoding", "body"),
    [
        (PROTOBUF, "", b"\x07 no protobuf"),
        (PROTOBUF, "", b"\x0a\xff"),
        (JSON, "", b"{"),
        (JSON, "", b""),
        (JSON, "", b"1234"),
        (JSON, "", b'{"resourceSpans": {}}'),
        (PROTOBUF, "gzip", b"plain"),
        (JSON, "gzip", gzip.compress(b"{}" * 100)[:-9]),
        (PROTOBUF, "gzip", b""),
        (PROTOBUF, "deflate", b"plain"),
        (PROTOBUF, "br", b""),
        (JSON, "GZIP", gzip.compress(b"{}")),
    ],
)
async def test_what_cannot_be_decoded_is_400_with_a_status(
    receiver: Any, media: str, encoding: str, body: bytes
) -> None:
    status, answer, headers = await receiver.post(body, media, encoding)
    assert (status, headers["Content-Type"]) == (400, media)
    code, message = status_of(answer, media)
    assert code == 3
    assert message
    assert list(receiver.refusals().values()) == [1]


@pytest.mark.parametrize("media", ["", "text/plain", "application/protobuf", "application/octet-stream", "json"])
async def test_another_content_type_is_415(receiver: Any, media: str) -> None:
    status, answer, headers = await receiver.post(b"{}", media)
    assert (status, headers["Content-Type"]) == (415, JSON)
    assert status_of(answer, JSON)[0] == 3
    assert receiver.refusals() == {"unsupported content type": 1}


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_another_method_is_405(receiver: Any, method: str) -> None:
    async with receiver.session.request(method, f"{receiver.url}/v1/traces") as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")
        assert status_of(await response.read(), JSON)[0] == 12


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
@pytest.mark.parametrize("chunked", [False, True])
async def test_the_limit_is_inclusive_before_and_after_decompression(
    start: Callable[..., Awaitable[Any]], sized: Any, compress: Any, encoding: str, chunked: bool
) -> None:
    receiver = await start(http_limit=LIMIT)

    async def send(size: int) -> tuple[int, bytes, Any]:
        body = compress(sized(size), encoding)

        async def pieces() -> AsyncIterator[bytes]:
            yield body

        answer: tuple[int, bytes, Any] = await receiver.post(pieces() if chunked else body, encoding=encoding)
        return answer

    assert (await send(LIMIT))[0] == 200
    status, answer, headers = await send(LIMIT + 1)
    assert (status, headers["Content-Type"]) == (413, PROTOBUF)
    assert status_of(answer, PROTOBUF)[0] == 8
    assert receiver.refusals() == {"too large": 1}
    assert receiver.stored() == 1


async def test_a_connection_stays_usable_after_a_body_over_the_limit(
    start: Callable[..., Awaitable[Any]], sized: Any
) -> None:
    receiver = await start(http_limit=LIMIT)
    assert (await receiver.post(bytes(10 * LIMIT)))[0] == 413
    assert (await receiver.post(sized(LIMIT)))[0] == 200


async def test_a_bomb_is_refused_without_being_unpacked(receiver: Any, bomb: bytes, peak: Callable[[], int]) -> None:
    for media in (PROTOBUF, JSON):
        assert (await receiver.post(bomb, media, "gzip"))[0] == 413
    assert peak() < 256 * 1024 * 1024, "of 1 GiB; alone it takes 86 MiB, the rest is what other tests leave behind"
    assert receiver.refusals() == {"too large": 2}


async def test_a_large_body_leaves_the_loop_free_for_small_ones(receiver: Any, spans: Any) -> None:
    request = spans(1000, first=1000)
    for span in request.resource_spans[0].scope_spans[0].spans:
        for number in range(200):
            span.attributes.add(key=f"key {number}").value.string_value = "value"
    body = request.SerializeToString()
    gc.collect()
    gc.freeze()  # what other tests left in this process must not be walked while the loop is watched
    begun = time.perf_counter()
    decode(body, False)
    alone = time.perf_counter() - begun

    packed = gzip.compress(body, 1)
    sending = asyncio.ensure_future(receiver.post(packed, encoding="gzip"))
    longest, turn = 0.0, time.perf_counter()
    while not sending.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, turn = max(longest, now - turn), now
    assert (await sending)[0] == 200
    gc.unfreeze()
    assert longest < alone * 0.8, "the loop never stands still for as long as decoding takes"
    assert receiver.stored() == 1000
