"""How many bytes of requests may be inside at once, from the first byte read to the commit."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Lock
from typing import Any

from ..errors import Unavailable

RETRY_AFTER = 2
"""Seconds a sender is asked to wait: under the 5 s after which a Collector re-sends unasked (otlp.md, section 4)."""


class Admission:
    """The bytes held by all requests inside, and how many they may be; safe from any thread."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.used = 0
        self._lock = Lock()

    def hold(self) -> Hold:
        """Return a hold of no bytes yet, for one request."""
        return Hold(self)

    def _add(self, hold: Hold, size: int) -> None:
        with self._lock:
            others = self.used - hold.size
            if others and self.used + size > self.capacity:
                raise Unavailable(f"{self.used} bytes of requests are waiting to be stored", RETRY_AFTER)
            self.used += size
            hold.size += size

    def _remove(self, hold: Hold) -> None:
        with self._lock:
            self.used -= hold.size
            hold.size = 0


class Hold:
    """The bytes of one request; as a context manager it gives them back on an error, and only then.

    A request that is alone is let in whatever its size.
    """

    __slots__ = ("_admission", "size")

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self.size = 0

    def grow(self, size: int) -> None:
        """Take `size` more bytes; raises Unavailable when there is no room for them beside the others."""
        self._admission._add(self, size)

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
