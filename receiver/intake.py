"""The one way in: from the bytes of an export request to rows on disk, shared by both doors and all signals."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from ..errors import (
    BadRequest,
    Forbidden,
    MethodNotAllowed,
    SidetraceError,
    TooLarge,
    Unauthorized,
    Unavailable,
    UndecodableBody,
    UnsupportedMedia,
)
from ..keys import DEFAULT
from ..mapping.mapper import Mapper
from ..proto import decompress
from ..proto.span import Rejected
from ..storage.forwarding import Copy
from ..storage.store import Store, Written
from .admission import Admission, Hold, Turns
from .counters import Counters, Flow
from .forwarding import Forwarding
from .mailbox import Mailbox
from .signals import Batch, Signal

INLINE = 256 * 1024
"""Bodies up to this many bytes are decoded on the event loop; larger ones would hold it for more than about 10 ms."""

SLICE = 4096
"""Spans or log records of a large body that are decoded at a time: half of what may wait (`DECODED_SPANS`)."""

CAPACITY = 64 * 1024 * 1024

NAMED = 3
"""Rejected spans or log records that an answer names; the count tells of the others."""

REASONS: dict[type[SidetraceError], str] = {
    UndecodableBody: "undecodable body",
    TooLarge: "too large",
    UnsupportedMedia: "unsupported content type",
    MethodNotAllowed: "method not allowed",
    Unauthorized: "wrong key, or none",
    Forbidden: "foreign host or origin",
    Unavailable: "no room to store",
    BadRequest: "bad request",
    SidetraceError: "other",
}
"""Under which name a refused request is counted, by the nearest class of its error."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an export request is told: how much of it was rejected, and the first of that with the reasons."""

    rejected: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """A request on its way to the disk: the write to wait for, how many items that holds, and those rejected so far."""

    written: Future[Written] | None = None
    size: int = 0
    rejected: Sequence[Rejected] = ()


NOTHING = Batch([], (), [])


class Intake:
    """Takes export requests in: decompress, decode, map, write. Make it inside a running event loop."""

    def __init__(
        self,
        store: Store,
        extra_keys: Mapping[str, list[str]] | None = None,
        capacity: int = CAPACITY,
        forwarding: Forwarding | None = None,
    ) -> None:
        """Write to `store`; `extra_keys` are for the mapper; at most `capacity` bytes of requests are inside.

        With `forwarding` each request is queued for its exporters too, in the transaction that stores it.
        """
        self.forwarding = forwarding
        self.admission = Admission(capacity)
        self.counters = Counters(store)
        self._store = store
        self._turns = Turns()
        self._mailbox = Mailbox()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="sidetrace-decode")
        # One each, since a mapper is at its best with the spans of one sender after the other.
        self._inline_mapper, self._worker_mapper = Mapper(extra_keys), Mapper(extra_keys)

    async def take(
        self,
        signal: Signal,
        body: bytes,
        encoding: str,
        json: bool,
        limit: int,
        project: str = DEFAULT,
        hold: Hold | None = None,
        door: str = "http",
    ) -> Answer:
        """Return the answer to one export request of a signal, after what it holds is durable.

        `encoding` is the Content-Encoding, `limit` bounds the decompressed bytes. `hold` is what the door took for
        the body while reading it, and is released here; `door` is "grpc" or "http". A cancelled call leaves a write
        that has begun to its end.
        Raises UndecodableBody, TooLarge, BadRequest, Unavailable.
        """
        flow = Flow(signal, door, project)
        if hold is None:
            hold = self.admission.hold()
            hold.grow(len(body))
        with hold:
            await self._turns.wait()
        entered = Entered()
        try:
            raw = _small(body, encoding, limit, hold)
            if raw is not None:
                entered = self._enter(flow, raw, body, encoding, json, hold)
            else:
                job = self._worker.submit(self._enter_large, flow, body, encoding, json, limit, hold)
                entered = await self._mailbox.wait(job)
        finally:
            self._turns.add(entered.size)
        if entered.written is not None:
            try:
                done = await self._mailbox.wait(entered.written)
            finally:
                self._turns.remove(entered.size)
            if self.forwarding is not None:
                self.forwarding.wake()
            return _answer(signal, [*entered.rejected, *done.rejected])
        return _answer(signal, list(entered.rejected))

    def refused(self, error: SidetraceError, door: str, project: str | None = None) -> None:
        """Count a request that is refused, at which door and why; `project` is None where the caller's is not known."""
        reason = next(REASONS[kind] for kind in type(error).__mro__ if kind in REASONS)
        self._store.refused(reason, f"{door}: {error}", project)
        self.counters.refused_request(door, reason)

    def close(self) -> None:
        """Hand the body that is being decoded to the store and drop those behind it, whose senders are gone; blocks."""
        self._worker.shutdown(cancel_futures=True)

    def _enter_large(self, flow: Flow, body: bytes, encoding: str, json: bool, limit: int, hold: Hold) -> Entered:
        """Enter a large body slice by slice: one is decoded while the one before it is written, and no more."""
        rejected: list[Rejected] = []
        with hold:
            raw = decompress(body, encoding, limit)
            hold.reach(len(raw))
            written, size, items = None, 0, 0
            for batch in flow.signal.read(raw, json, self._worker_mapper, SLICE):
                if written is not None:
                    rejected += written.result().rejected
                written, size = self._write(flow, batch), batch.size
                rejected += batch.rejected
                items += batch.items
            copy = self._copy(flow, raw, body, encoding, json, items)
            if copy is not None:
                # after all of its slices: who is told that a request is stored may count on its copy too
                if written is not None:
                    rejected += written.result().rejected
                written, size = self._write(flow, NOTHING, copy), 0
            _release(hold, written)
        return Entered(written, size, rejected)

    def _enter(self, flow: Flow, raw: bytes, body: bytes, encoding: str, json: bool, hold: Hold) -> Entered:
        with hold:
            hold.reach(len(raw))
            batch = next(flow.signal.read(raw, json, self._inline_mapper, sys.maxsize))
            written = self._write(flow, batch, self._copy(flow, raw, body, encoding, json, batch.items))
            _release(hold, written)
        return Entered(written, batch.size, batch.rejected)

    def _copy(self, flow: Flow, raw: bytes, body: bytes, encoding: str, json: bool, items: int) -> Copy | None:
        """Return what is to be sent on of a request: all of it, as it came."""
        if self.forwarding is None:
            return None
        return self.forwarding.copy(flow.signal, json, raw, body, encoding, items)

    def _write(self, flow: Flow, batch: Batch, copy: Copy | None = None) -> Future[Written] | None:
        """Begin to write a batch and a copy, where there is anything in them."""
        written = self._begin(flow, batch, copy) if batch.size or batch.rejected or copy is not None else None
        if batch.unstored:
            self.counters.accepted(flow, batch.unstored)
        return written

    def _begin(self, flow: Flow, batch: Batch, copy: Copy | None) -> Future[Written]:
        size = batch.size
        self.counters.entering(flow, size)
        copies = () if copy is None else (copy,)
        try:
            written = self._store.write(flow.project, batch.observations, batch.rejected, batch.records, *copies)
        except SidetraceError:
            self.counters.lost(flow, size)
            raise
        if batch.rejected:
            self.counters.refused(flow, len(batch.rejected))
        written.add_done_callback(partial(self.counters.settled, flow, size))
        return written


def _release(hold: Hold, written: Future[Written] | None) -> None:
    """Give back what a request holds when it is written, or now where it was nothing."""
    if written is None:
        hold.release()
    else:
        hold.until(written)


def _small(body: bytes, encoding: str, limit: int, hold: Hold) -> bytes | None:
    """Return the decompressed body, or None where it is larger than `INLINE`, without decompressing all of that."""
    with hold:
        if len(body) > min(limit, INLINE):
            return None
        try:
            return decompress(body, encoding, min(limit, INLINE))
        except TooLarge:
            if limit <= INLINE:
                raise
            return None


def _answer(signal: Signal, rejected: list[Rejected]) -> Answer:
    if not rejected:
        return Answer()
    first = "; ".join(f"{one.reason}: {one.detail}" if one.detail else one.reason for one in rejected[:NAMED])
    more = f"; and {len(rejected) - NAMED} more" if len(rejected) > NAMED else ""
    return Answer(len(rejected), f"rejected {len(rejected)} of the {signal.items}: {first}{more}")
