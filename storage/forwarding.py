"""What is sent on to an upstream, on its way through the store: copies of requests, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Bound:
    """An exporter, and how much may wait for it at most: requests, items in them, bytes as they are stored."""

    exporter: str
    requests: int
    items: int
    size: int


@dataclass(frozen=True, slots=True)
class Copy:
    """The body of an export request as it came, decompressed or, where it is `packed`, in gzip.

    `signal` is "traces", "logs" or "metrics", `items` how many of its items the body holds. A copy is queued for each
    exporter of `to` that has room.
    """

    signal: str
    json: bool
    body: bytes
    packed: bool
    items: int
    to: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request that waits for an exporter; refs grow in the order they came."""

    ref: int
    signal: str
    json: bool
    body: bytes
    packed: bool
    items: int


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a waiting request, or of one attempt to send it (`failed`: it waits on).

    `refused`: by the upstream, for good; `dropped`: given up here. `rejected` of the items of a `sent` one were not
    taken, or None where the upstream said nothing of that kind; `message` is what it said.
    """

    ref: int
    outcome: Literal["sent", "refused", "dropped", "failed"]
    reason: str = ""
    message: str = ""
    rejected: int | None = None


@dataclass(frozen=True, slots=True)
class Forwarded:
    """How many requests, and items in them, came to one end for one reason, with the newest example.

    `outcome` as in `Ending`, and `rejected` for items that the upstream did not take of requests that it did.
    """

    outcome: str
    reason: str
    requests: int
    items: int
    last_at: str
    example: str


@dataclass(frozen=True, slots=True)
class Exporter:
    """What waits for an exporter, since when the oldest of it does, and what became of the rest, the newest first.

    `active`: whether it was in the configuration when the file was opened last.
    """

    name: str
    active: bool
    waiting: int
    waiting_items: int
    waiting_bytes: int
    oldest: str | None
    forwarded: list[Forwarded] = field(default_factory=list)
