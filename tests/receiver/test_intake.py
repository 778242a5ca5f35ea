"""The way in: admission, overlap, cancellation, and what is true once a call is answered."""

from __future__ import annotations

import asyncio
import gzip
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import grpc
import pytest

from sidetrace.receiver.admission import Admission
from sidetrace.receiver.intake import INLINE

PROTOBUF, JSON = "application/x-protobuf", "application/json"


async def test_an_answer_comes_after_the_commit(receiver: Any, spans: Any) -> None:
    for number in range(1, 20):
        await receiver.export(spans(1, first=number).SerializeToString())
        assert receiver.stored() == number


async def test_waiting_calls_overlap_and_leave_the_loop_free(receiver: Any, spans: Any) -> None:
    """Another process holds the file's write lock: calls wait for it side by side, and nothing else does."""
    bodies = [spans(1, first=number).SerializeToString() for number in range(1, 101)]
    other = sqlite3.connect(receiver.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    calls = [
        asyncio.ensure_future(receiver.export(body) if place % 2 else receiver.post(body))
        for place, body in enumerate(bodies)
    ]
    async with asyncio.timeout(5):
        while receiver.intake.admission.used < sum(map(len, bodies)):
            assert (await receiver.post(b"{}", JSON))[0] == 200
            await asyncio.sleep(0.01)
    assert not any(call.done() for call in calls), "nothing is acknowledged that is not on disk"
    other.execute("ROLLBACK")
    other.close()
    answers = await asyncio.wait_for(asyncio.gather(*calls), 5)
    assert {answer if isinstance(answer, bytes) else answer[0] for answer in answers} == {b"", 200}
    assert receiver.stored() == 100
    assert receiver.intake.admission.used == 0


@pytest.mark.parametrize("count", [1, 10_000], ids=["small", "large"])
@pytest.mark.parametrize("door", ["grpc", "http"])
async def test_what_was_sent_whole_is_stored_though_the_client_leaves(
    receiver: Any, spans: Any, door: str, count: int
) -> None:
    body = spans(count).SerializeToString()
    assert (len(body) > INLINE) is (count > 1)
    other = sqlite3.connect(receiver.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with asyncio.timeout(10):
        if door == "grpc":
            call = asyncio.ensure_future(receiver.export(body))
            while receiver.intake.admission.used < len(body):
                await asyncio.sleep(0.01)
            call.cancel()
        else:
            _, writer = await asyncio.open_connection("127.0.0.1", receiver.http_port)
            head = f"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: {PROTOBUF}\r\n"
            head += f"Content-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            writer.close()
            await writer.wait_closed()
            while receiver.intake.admission.used < len(body):
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert receiver.stored() == 0
        other.execute("ROLLBACK")
        other.close()
        while receiver.intake.admission.used:
            await asyncio.sleep(0.01)
    assert receiver.stored() == count
    await receiver.export(spans(1, first=count + 1).SerializeToString())
    assert receiver.stored() == count + 1


async def test_a_caller_who_leaves_does_not_hold_up_those_of_the_same_commit(receiver: Any, spans: Any) -> None:
    other = sqlite3.connect(receiver.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    calls = []
    async with asyncio.timeout(5):
        for number in range(1, 5):
            calls.append(asyncio.ensure_future(receiver.export(spans(1, first=number).SerializeToString())))
            before = receiver.intake.admission.used
            while receiver.intake.admission.used == before:
                await asyncio.sleep(0.01)
        for call in calls[:3]:
            call.cancel()
        await asyncio.sleep(0.1)
        other.execute("ROLLBACK")
        other.close()
        assert await calls[3] == b""
    assert receiver.stored() == 4


async def test_without_room_both_doors_ask_to_come_back_soon(start: Callable[..., Awaitable[Any]], spans: Any) -> None:
    body = spans(10).SerializeToString()
    receiver = await start(capacity=len(body))
    hold = receiver.intake.admission.hold()
    hold.grow(1)
    status, answer, headers = await receiver.post(body)
    assert status == 503
    assert 1 <= int(headers["Retry-After"]) <= 5
    assert answer
    with pytest.raises(grpc.aio.AioRpcError, match="UNAVAILABLE"):
        await receiver.export(body)
    hold.release()
    assert (await receiver.post(body))[0] == 200
    assert receiver.refusals() == {"no room to store": 2}


async def test_what_a_body_unpacks_to_counts_too(start: Callable[..., Awaitable[Any]], spans: Any) -> None:
    raw = spans(size=100_000).SerializeToString()
    receiver = await start(capacity=50_000)
    receiver.intake.admission.hold().grow(1)
    assert (await receiver.post(gzip.compress(raw), encoding="gzip"))[0] == 503
    assert receiver.intake.admission.used == 1


async def test_a_request_that_is_alone_is_let_in_whatever_its_size(
    start: Callable[..., Awaitable[Any]], spans: Any
) -> None:
    receiver = await start(capacity=10)
    assert (await receiver.post(spans(1).SerializeToString()))[0] == 200
    assert receiver.intake.admission.used == 0


async def test_refused_bodies_give_their_room_back(receiver: Any, bomb: bytes) -> None:
    for body, encoding in ((b"\x07", ""), (b"plain", "gzip"), (bomb, "gzip"), (bytes(INLINE + 1), "")):
        assert (await receiver.post(body, encoding=encoding))[0] in (400, 413)
    assert receiver.intake.admission.used == 0


async def test_many_senders_on_many_connections_lose_nothing(receiver: Any, spans: Any) -> None:
    async def send(sender: int) -> None:
        async with aiohttp.ClientSession() as session:
            for turn in range(10):
                body = spans(5, first=1 + 5 * (10 * sender + turn)).SerializeToString()
                headers = {"Content-Type": "application/x-protobuf"}
                async with session.post(f"{receiver.url}/v1/traces", data=body, headers=headers) as response:
                    assert response.status == 200

    await asyncio.gather(*map(send, range(40)))
    assert receiver.stored() == 40 * 10 * 5


def test_holds_are_bounded_together_and_released_once() -> None:
    admission = Admission(100)
    first, second = admission.hold(), admission.hold()
    first.grow(60)
    second.grow(40)
    with pytest.raises(Exception, match="100 bytes of requests are waiting"):
        second.grow(1)
    first.release()
    first.release()
    second.reach(40)
    assert admission.used == 40
