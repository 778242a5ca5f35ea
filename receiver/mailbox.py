"""Results from other threads to coroutines: one wake-up of the event loop for all that a commit settles.

A `call_soon_threadsafe` for each request writes to the loop's wake-up socket each time, and every such write hands the
interpreter lock over; `asyncio.wrap_future` does that and more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Mailbox:
    """Lets coroutines of one event loop wait for `concurrent.futures` futures, cheaply."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._settled: deque[tuple[asyncio.Future[Any], Future[Any]]] = deque()  # Any: futures of every kind
        self._woken = False

    async def wait(self, future: Future[T]) -> T:
        """Return the result of `future`, or raise its error. To be cancelled here does not cancel `future`."""
        reply: asyncio.Future[T] = self._loop.create_future()
        future.add_done_callback(lambda done: self._post(reply, done))
        return await reply

    def _post(self, reply: asyncio.Future[Any], done: Future[Any]) -> None:
        self._settled.append((reply, done))
        # The loop clears the flag before it empties the box, so what is posted after that wakes it again.
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._woken = False
        while self._settled:
            reply, done = self._settled.popleft()
            if reply.done():
                continue
            error = done.exception()
            if error is None:
                reply.set_result(done.result())
            else:
                reply.set_exception(error)
