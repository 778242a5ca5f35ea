"""Two ways to send: as fast as it goes, and at a steady pace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from .doors import Door

AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Flow:
    """What a flood achieved: requests acknowledged and refused, and the seconds to the last answer."""

    acknowledged: int
    refused: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds from sending to acknowledgement, sorted; how late the sender was at worst; and requests refused."""

    latencies: list[float]
    late: float
    refused: int

    def percentile(self, share: float) -> float:
        """Return the latency, in seconds, that `share` of the requests did not exceed."""
        return self.latencies[min(int(share * len(self.latencies)), len(self.latencies) - 1)]


async def flood(door: Door, requests: Sequence[bytes], in_flight: int, seconds: float) -> Flow:
    """Keep `in_flight` requests under way until there are no more of them or `seconds` are over."""
    waiting = iter(requests)
    counts = [0, 0]
    begun = time.perf_counter()
    until = begun + seconds

    async def lane() -> None:
        for request in waiting:
            taken = await door.send(request)
            counts[not taken] += 1
            if time.perf_counter() > until:
                return
            if not taken:
                await asyncio.sleep(AGAIN_SECONDS)

    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(lane())
    return Flow(counts[0], counts[1], time.perf_counter() - begun)


async def steady(door: Door, requests: Sequence[bytes], per_second: float) -> Pace:
    """Send a request every 1/`per_second` s, whether those before it are answered or not."""
    latencies: list[float] = []
    refused = 0
    late = 0.0

    async def one(request: bytes) -> None:
        nonlocal refused
        sent = time.perf_counter()
        if await door.send(request):
            latencies.append(time.perf_counter() - sent)
        else:
            refused += 1

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            due = begun + number / per_second
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            late = max(late, time.perf_counter() - due)
            group.create_task(one(request))
    return Pace(sorted(latencies), late, refused)
