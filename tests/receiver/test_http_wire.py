"""What no HTTP client library sends: raw bytes on the socket."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

HEAD = b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


async def talk(receiver: Any, *pieces: bytes, end: bool = False) -> bytes:
    """Send the pieces, return the head and body of what comes back within its Content-Length."""
    reader, writer = await asyncio.open_connection("127.0.0.1", receiver.http_port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    if end:
        writer.write_eof()
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    length = next(int(line[16:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    answer = head + await asyncio.wait_for(reader.readexactly(length), 5)
    writer.close()
    await writer.wait_closed()
    return answer


async def test_chunks_with_extensions_and_trailers_are_read(receiver: Any) -> None:
    answer = await talk(
        receiver, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1;a=b\r\n{\r\n1\r\n}\r\n0\r\nT: 1\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n{}")
    assert b"\r\nContent-Type: application/json\r\n" in answer
    assert b"\r\nServer:" not in answer


async def test_a_bad_chunk_size_is_400(receiver: Any) -> None:
    answer = await talk(receiver, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\n{}\r\n0\r\n\r\n")
    assert answer.split()[1] == b"400"


async def test_header_fields_may_be_almost_a_mebibyte(receiver: Any) -> None:
    for size, status in ((1_000_000, b"200"), (1_100_000, b"400")):
        field = b"X-Long: " + b"x" * size + b"\r\n"
        answer = await talk(receiver, HEAD + field + b"Content-Length: 2\r\n\r\n{}")
        assert answer.split()[1] == status


async def test_an_announced_body_over_the_limit_is_refused_before_it_is_sent(receiver: Any) -> None:
    answer = await talk(receiver, HEAD + b"Content-Length: 99999999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_client_that_waits_to_be_told_to_continue_is_told(receiver: Any) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", receiver.http_port)
    writer.write(HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).startswith(b"HTTP/1.1 100 ")
    writer.write(b"{}")
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_pipelined_requests_are_answered_in_order(receiver: Any) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", receiver.http_port)
    writer.write((HEAD + b"Content-Length: 2\r\n\r\n{}") + (HEAD + b"Content-Length: 1\r\nConnection: close\r\n\r\n{"))
    answers = await asyncio.wait_for(reader.read(-1), 5)
    assert [answers.index(b"HTTP/1.1 200 "), answers.count(b"HTTP/1.1 ")] == [0, 2]
    assert answers.index(b"HTTP/1.1 400 ") > 0
    writer.close()


async def test_a_request_without_host_is_taken_from_an_old_client(receiver: Any) -> None:
    head = b"POST /v1/traces HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
    assert (await talk(receiver, head, b"{}")).split()[1] == b"200"


@pytest.mark.parametrize("sent", [b'{"resourceSpans"', b""])
async def test_a_client_that_leaves_in_the_middle_of_a_body_gives_its_room_back(receiver: Any, sent: bytes) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", receiver.http_port)
    writer.write(HEAD + b"Content-Length: 1000000\r\n\r\n" + sent)
    await writer.drain()
    async with asyncio.timeout(5):
        while receiver.intake.admission.used != 1_000_000:
            await asyncio.sleep(0.01)
        writer.transport.abort()
        while receiver.intake.admission.used:
            await asyncio.sleep(0.01)
    assert receiver.stored() == 0
