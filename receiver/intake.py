"""The one way in: from the bytes of an export request to rows on disk, shared by both doors and all signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

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
from ..storage.store import Store, Written
from .admission import Admission, Hold, Turns
from .mailbox import Mailbox
from .signals import Signal

INLINE = 256 * 1024
"""Bodies up to this many bytes are decoded on the event loop; larger ones would hold it for more than about 10 ms."""

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


NOTHING = Entered()


class Intake:
    """Takes export requests in: decompress, decode, map, write. Make it inside a running event loop."""

    def __init__(
        self, store: Store, extra_keys: Mapping[str, list[str]] | None = None, capacity: int = CAPACITY
    ) -> None:
        """Write to `store`; `extra_keys` are for the mapper; at most `capacity` bytes of requests are inside."""
        self.admission = Admission(capacity)
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
    ) -> Answer:
        """Return the answer to one export request of a signal, after what it holds is durable.

        `encoding` is the Content-Encoding, `limit` bounds the decompressed bytes. `hold` is what the door took for
        the body while reading it, and is released here. A cancelled call leaves a write that has begun to its end.
        Raises UndecodableBody, TooLarge, BadRequest, Unavailable.
        """
        if hold is None:
            hold = self.admission.hold()
            hold.grow(len(body))
        with hold:
            await self._turns.wait()
        entered = NOTHING
        try:
            raw = _small(body, encoding, limit, hold)
            if raw is not None:
                entered = self._enter(signal, self._inline_mapper, raw, json, project, hold)
            else:
                job = self._worker.submit(self._enter_large, signal, body, encoding, json, limit, project, hold)
                entered = await self._mailbox.wait(job)
        finally:
            self._turns.add(entered.size)
        if entered.written is not None:
            try:
                done = await self._mailbox.wait(entered.written)
            finally:
                self._turns.remove(entered.size)
            return _answer(signal, [*entered.rejected, *done.rejected])
        return Answer()

    def refused(self, error: SidetraceError, door: str, project: str | None = None) -> None:
        """Count a request that is refused, at which door and why; `project` is None where the caller's is not known."""
        reason = next(REASONS[kind] for kind in type(error).__mro__ if kind in REASONS)
        self._store.refused(reason, f"{door}: {error}", project)

    def close(self) -> None:
        """Hand the body that is being decoded to the store and drop those behind it, whose senders are gone; blocks."""
        self._worker.shutdown(cancel_futures=True)

    def _enter_large(
        self, signal: Signal, body: bytes, encoding: str, json: bool, limit: int, project: str, hold: Hold
    ) -> Entered:
        with hold:
            raw = decompress(body, encoding, limit)
        return self._enter(signal, self._worker_mapper, raw, json, project, hold)

    def _enter(self, signal: Signal, mapper: Mapper, raw: bytes, json: bool, project: str, hold: Hold) -> Entered:
        with hold:
            hold.reach(len(raw))
            batch = signal.read(raw, json, mapper)
            if not batch.size and not batch.rejected:
                hold.release()
                return NOTHING
            written = self._store.write(project, batch.observations, batch.rejected, batch.records)
            hold.until(written)
        return Entered(written, batch.size, batch.rejected)


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
