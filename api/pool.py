"""Threads that block on the store, so that the event loop never does."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from aiohttp import web

T = TypeVar("T")

NICE = 5
"""How far readers give way to the writer, which keeps 0.84 of its rate beside many questions so, and 0.24 else."""


class Pool:
    """Threads that answer, in the order of asking; those that only read give way to the others (on Linux).

    Daemons: a thread inside one long call of SQLite cannot be stopped, and the process does not wait for it to end.
    """

    def __init__(self, name: str, threads: int, *, reads: bool) -> None:
        self._reads = reads
        self._waiting: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"sidetrace-{name}-{n}", daemon=True) for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises."""
        future: Future[T] = Future()
        self._waiting.put((future, work))
        return await asyncio.wrap_future(future)

    def _work(self) -> None:
        if self._reads and sys.platform == "linux":  # elsewhere a priority is the whole process's
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + NICE)
        while (item := self._waiting.get()) is not None:
            future, work = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                answer = work()
            except BaseException as error:
                future.set_exception(error)
                if not isinstance(error, Exception):
                    raise
            else:
                future.set_result(answer)

    async def close(self, _: web.Application) -> None:
        """Let each thread end after what it does now; nobody waits for the rest, which aiohttp has cancelled."""
        for _thread in self._threads:
            self._waiting.put(None)
