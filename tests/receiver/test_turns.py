"""Bodies wait undecoded while enough spans wait for the writer."""

from __future__ import annotations

import asyncio

import pytest

from sidetrace.errors import Unavailable
from sidetrace.receiver.admission import Turns


async def test_bodies_wait_while_enough_spans_wait_and_come_in_their_order() -> None:
    turns = Turns(limit=10, patience=5)
    came: list[int] = []

    async def body(number: int, spans: int) -> None:
        await turns.wait()
        came.append(number)
        turns.add(spans)

    await body(0, 10)
    waiting = [asyncio.create_task(body(number, 4)) for number in (1, 2, 3, 4)]
    await asyncio.sleep(0)
    assert came == [0]

    turns.remove(10)
    await asyncio.sleep(0.01)
    assert came == [0, 1, 2, 3]  # 4 + 4 < 10 lets a third in, 12 no fourth

    turns.remove(4)
    await asyncio.gather(*waiting)
    assert came == [0, 1, 2, 3, 4]


async def test_a_turn_without_spans_passes_on() -> None:
    turns = Turns(limit=1, patience=5)
    await turns.wait()
    turns.add(1)

    async def empty() -> None:
        await turns.wait()
        turns.add(0)

    waiting = [asyncio.create_task(empty()) for _ in range(50)]
    await asyncio.sleep(0)
    turns.remove(1)
    await asyncio.wait_for(asyncio.gather(*waiting), 1)


async def test_a_body_that_waits_too_long_is_asked_to_come_again() -> None:
    turns = Turns(limit=1, patience=0.01)
    await turns.wait()
    turns.add(1)
    with pytest.raises(Unavailable):
        await turns.wait()
    turns.remove(1)
    await asyncio.wait_for(turns.wait(), 1)


async def test_a_body_that_is_given_up_as_its_turn_comes_passes_it_on() -> None:
    turns = Turns(limit=1, patience=5)
    await turns.wait()
    turns.add(1)
    first, second = asyncio.create_task(turns.wait()), asyncio.create_task(turns.wait())
    await asyncio.sleep(0)
    turns.remove(1)
    first.cancel()
    await asyncio.wait_for(second, 1)
    with pytest.raises(asyncio.CancelledError):
        await first
