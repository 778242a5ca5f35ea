"""One exporter at work: reads what waits for it, sends it in its order, and puts down what became of it."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import SidetraceError
from ..storage.forwarding import Ending, Outgoing
from ..storage.store import Store
from .upstream import Later, Refused, Sent, Upstream, shorten

if TYPE_CHECKING:
    from ..config.exporters import RetryOnFailure

READ_AT_ONCE = 64
SETTLE_AFTER = 64
"""Requests after which it is put down that they are sent; a crash before that sends them again."""
SETTLE_WITHIN = 1.0
LOOK_EVERY = 5.0
"""Seconds after which the queue is looked at though nobody said that there is something new."""
GRACE = 1.0
"""Seconds that a request on its way has when sidetrace stops; what is cut off is sent again."""

log = logging.getLogger(__name__)


class Sender:
    """Sends for one exporter until it is stopped. Make it inside a running event loop."""

    def __init__(
        self, name: str, store: Store, upstream: Upstream, retry: RetryOnFailure, at_once: int, counts: Counter[str]
    ) -> None:
        """Send to `upstream`, `at_once` requests at the same time; what becomes of items is counted in `counts` too."""
        self._name = name
        self._store = store
        self._upstream = upstream
        self._retry = retry
        self._at_once = at_once
        self._counts = counts
        self._news = asyncio.Event()
        self._stopping = asyncio.Event()
        self._endings: list[Ending] = []
        self._settled_at = time.monotonic()
        self._interval = retry.initial_interval
        self._after = 0
        self._task = asyncio.create_task(self._run(), name=f"sidetrace-exporter-{name}")

    def wake(self) -> None:
        """Say that there may be something new."""
        self._news.set()

    async def stop(self) -> None:
        """End soon; what is not sent stays in the file."""
        self._stopping.set()
        self._news.set()
        await asyncio.wait((self._task,), timeout=GRACE)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._settle()
        await self._upstream.close()

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._round()
            except Exception as error:
                # whatever it is, it must not end the sending for good, and `doctor` shows it
                log.exception("exporter %s: cannot send now", self._name)
                self._endings.append(Ending(0, "failed", type(error).__name__, shorten(str(error))))
                await self._settle()
                await self._pause(self._retry.max_interval)

    async def _round(self) -> None:
        """Send what waits, or wait until there is something."""
        self._news.clear()
        rows = await asyncio.to_thread(self._store.outgoing, self._name, self._after, READ_AT_ONCE)
        if rows:
            for start in range(0, len(rows), self._at_once):
                if self._stopping.is_set():
                    return
                await self._send(rows[start : start + self._at_once])
            return
        if self._endings:
            if not await self._settle():
                await self._pause(SETTLE_WITHIN)
            return
        try:
            async with asyncio.timeout(LOOK_EVERY):
                await self._news.wait()
        except TimeoutError:
            return

    async def _send(self, rows: Sequence[Outgoing]) -> None:
        """Send requests until each has come to an end."""
        waiting = list(rows)
        since = time.monotonic()
        while waiting and not self._stopping.is_set():
            outcomes = await asyncio.gather(*map(self._upstream.send, waiting))
            failed: list[tuple[Outgoing, Later]] = []
            for row, outcome in zip(waiting, outcomes, strict=True):
                if isinstance(outcome, Later):
                    failed.append((row, outcome))
                else:
                    self._end(row, outcome)
            waiting = [row for row, _ in failed]
            if not failed:
                self._interval = self._retry.initial_interval
                break
            wait = self._wait(failed)
            if why := self._given_up(since, wait):
                for row, later in failed:
                    self._endings.append(Ending(row.ref, "dropped", f"{why}: {later.reason}", later.message))
                    self._counts[f"send_failed {row.signal}"] += row.items
                break
            later = failed[0][1]
            self._endings.append(Ending(0, "failed", later.reason, later.message))
            await self._settle()
            await self._pause(wait)
        if waiting and self._stopping.is_set():
            return
        self._after = rows[-1].ref
        if len(self._endings) >= SETTLE_AFTER or time.monotonic() - self._settled_at > SETTLE_WITHIN:
            await self._settle()

    def _end(self, row: Outgoing, outcome: Sent | Refused) -> None:
        if isinstance(outcome, Sent):
            rejected = min(outcome.rejected or 0, row.items)
            self._endings.append(Ending(row.ref, "sent", "", outcome.message, outcome.rejected))
            self._counts[f"sent {row.signal}"] += row.items - rejected
            self._counts[f"send_failed {row.signal}"] += rejected
        else:
            self._endings.append(Ending(row.ref, "refused", outcome.reason, outcome.message))
            self._counts[f"send_failed {row.signal}"] += row.items

    def _wait(self, failed: Sequence[tuple[Outgoing, Later]]) -> float:
        """Return how many seconds to wait after a failure, and wait longer after the next."""
        spread = self._retry.randomization_factor
        wait = self._interval * random.uniform(1 - spread, 1 + spread)
        self._interval = min(self._interval * self._retry.multiplier, self._retry.max_interval)
        return max(wait, *(later.after for _, later in failed))

    def _given_up(self, since: float, wait: float) -> str:
        """Return why requests are not tried again, "" where they are."""
        if not self._retry.enabled:
            return "not tried again"
        longest = self._retry.max_elapsed_time
        return "given up in the end" if longest and time.monotonic() + wait - since > longest else ""

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _settle(self) -> bool:
        """Put down what became of requests; say whether that is durable. What is not stays to be put down later."""
        endings, self._endings = self._endings, []
        self._settled_at = time.monotonic()
        if not endings:
            return True
        try:
            await asyncio.wrap_future(self._store.settle(self._name, endings))
        except SidetraceError as error:
            log.warning("exporter %s: cannot put down what was sent: %s", self._name, error)
            self._endings = endings + self._endings
            return False
        except BaseException:
            self._endings = endings + self._endings
            raise
        return True
