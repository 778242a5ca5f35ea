"""How much may be inside at once: bytes of requests, from the first byte read to the commit, and decoded spans."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Lock
from typing import Any

from ..errors import Unavailable

RETRY_AFTER = 2
"""Seconds a sender is asked to wait: under the 5 s after which a Collector re-sends unasked (otlp.md, section 4)."""


DECODED_SPANS = 8192
"""Spans and log records that may be decoded and not yet stored before the next body waits: two commits' worth of spans,
about 40 MiB."""

SLOW = 2.0
"""Seconds after which a body that is still being read loses its room to others who need it."""

MADE_ROOM = "the body came slowly, and others needed the room"

PATIENCE = 2.0
"""Seconds that a body waits for its turn before its sender is asked to come again."""


class Turns:
    """Makes bodies wait, undecoded, while enough decoded spans wait for the writer. For one event loop.

    A body is a tenth of the size of the spans it becomes, so a burst costs little memory and is not refused.
    """

    def __init__(self, limit: int = DECODED_SPANS, patience: float = PATIENCE) -> None:
        self._limit = limit
        self._patience = patience
        self._spans = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        """Return when it is this body's turn; `add` must follow. Raises Unavailable when that takes too long."""
        if self._spans < self._limit and not self._waiting:
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if turn.done() and not turn.cancelled():
                self._next()
            if isinstance(error, TimeoutError):
                raise Unavailable("more spans arrive than can be stored", RETRY_AFTER) from None
            raise

    def add(self, spans: int) -> None:
        """End a turn: count its decoded spans in, none if there are none."""
        self._spans += spans
        self._next()

    def remove(self, spans: int) -> None:
        """Count spans out that are stored or given up."""
        self._spans -= spans
        self._next()

    def _next(self) -> None:
        while self._waiting and self._spans < self._limit:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


class Admission:
    """The bytes held by all requests inside, and how many they may be; safe from any thread."""

    def __init__(self, capacity: int, slow: float = SLOW) -> None:
        self.capacity = capacity
        self.used = 0
        self._slow = slow
        self._reading: dict[Hold, tuple[float, Callable[[], object]]] = {}  # the oldest first
        self._lock = Lock()

    def hold(self) -> Hold:
        """Return a hold of no bytes yet, for one request."""
        return Hold(self)

    def _begin(self, hold: Hold, give_way: Callable[[], object]) -> None:
        with self._lock:
            self._reading[hold] = time.monotonic(), give_way

    def _end(self, hold: Hold) -> None:
        with self._lock:
            self._reading.pop(hold, None)

    def _add(self, hold: Hold, size: int) -> None:
        with self._lock:
            if hold.lost:
                raise Unavailable(MADE_ROOM, RETRY_AFTER)
            if self._is_full(hold, size):
                self._make_room(hold, size)
            if self._is_full(hold, size):
                raise Unavailable(f"{self.used} bytes of requests are waiting to be stored", RETRY_AFTER)
            self.used += size
            hold.size += size

    def _is_full(self, hold: Hold, size: int) -> bool:
        return self.used > hold.size and self.used + size > self.capacity

    def _make_room(self, hold: Hold, size: int) -> None:
        """Take the room of bodies that come slowly, the oldest first."""
        slow = time.monotonic() - self._slow
        for other, (since, give_way) in list(self._reading.items()):
            if since > slow or not self._is_full(hold, size):
                return
            if other is not hold and other.size:
                self.used -= other.size
                other.size = 0
                other.lost = True
                del self._reading[other]
                give_way()

    def _remove(self, hold: Hold) -> None:
        with self._lock:
            self.used -= hold.size
            hold.size = 0


class Hold:
    """The bytes of one request; as a context manager it gives them back on an error, and only then.

    A request that is alone is let in whatever its size. One that is `lost` had to make room for others.
    """

    __slots__ = ("_admission", "lost", "reading", "size")

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self.size = 0
        self.reading = False
        self.lost = False

    def grow(self, size: int) -> None:
        """Take `size` more bytes; raises Unavailable when there is no room for them beside the others."""
        self._admission._add(self, size)

    @contextmanager
    def read(self, give_way: Callable[[], object]) -> Iterator[None]:
        """Say that the body is being read; `give_way` is called, from any thread, when it has lost its room."""
        self.reading = True
        self._admission._begin(self, give_way)
        try:
            yield
        finally:
            self.reading = False
            self._admission._end(self)

    def reach(self, size: int) -> None:
        """Take what is missing to `size` bytes; raises as `grow`."""
        if size > self.size:
            self.grow(size - self.size)

    def until(self, future: Future[Any]) -> None:
        """Give the bytes back when `future` is done."""
        future.add_done_callback(lambda _: self.release())

    def release(self) -> None:
        """Give the bytes back now. Idempotent."""
        self._admission._remove(self)

    def __enter__(self) -> Hold:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None:
            self.release()
