"""What all upstreams have in common: what came of sending a request, and the bytes that are sent."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Protocol

from ..proto.fields import LENGTH, VARINT, pieces
from ..proto.transcode import to_protobuf
from ..storage.forwarding import Outgoing

SAID = 300
"""Characters of what an upstream says that are kept."""
GZIP = 31
"""zlib's `wbits` for the gzip format."""


@dataclass(frozen=True, slots=True)
class Sent:
    """It was taken, but for `rejected` of its items; None where the upstream spoke of no partial success."""

    rejected: int | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be taken."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Later:
    """It may be taken another time, in `after` seconds at the earliest where the upstream said so."""

    reason: str
    message: str
    after: float = 0.0


Outcome = Sent | Refused | Later


class Upstream(Protocol):
    """Where an exporter sends to."""

    async def send(self, request: Outgoing) -> Outcome:
        """Send one request, and say what came of it."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


def raw(request: Outgoing) -> bytes:
    """Return a request in protobuf, not compressed. Raises SidetraceError where it cannot be written so."""
    body = request.body
    if request.packed:
        body = unpack(body)
    return to_protobuf(request.signal, body) if request.json else body


def unpack(body: bytes) -> bytes:
    """Return what a body in gzip, perhaps of several members, holds; it was bounded when it came."""
    parts: list[bytes] = []
    while body:
        member = zlib.decompressobj(GZIP)
        parts.append(member.decompress(body))
        body = member.unused_data
    return b"".join(parts)


def pack(body: bytes) -> bytes:
    """Return a body in gzip, by the quickest way."""
    packer = zlib.compressobj(1, zlib.DEFLATED, GZIP)
    return packer.compress(body) + packer.flush()


def partial_success(answer: bytes) -> Sent:
    """Read an export response of any signal in protobuf; they have the same fields. Raises UndecodableBody."""
    rejected: int | None = None
    message = ""
    for outer in pieces(answer, 0, len(answer)):
        if outer.number != 1 or outer.wire_type != LENGTH:
            continue
        for piece in pieces(answer, outer.start, outer.end):
            if piece.number == 1 and piece.wire_type == VARINT:
                rejected = piece.value if piece.value < 1 << 63 else 0  # an int64; less than none is none
            elif piece.number == 2 and piece.wire_type == LENGTH:
                message = shorten(answer[piece.start : piece.end].decode("utf-8", "replace"))
                rejected = rejected or 0
    return Sent(rejected, message)


def read_status(status: bytes) -> tuple[str, float | None]:
    """Return the message of a google.rpc.Status, and the seconds of its RetryInfo. Raises UndecodableBody."""
    message, after = "", None
    for piece in pieces(status, 0, len(status)):
        if piece.number == 2 and piece.wire_type == LENGTH:
            message = shorten(status[piece.start : piece.end].decode("utf-8", "replace"))
        elif piece.number == 3 and piece.wire_type == LENGTH:
            detail = {
                one.number: status[one.start : one.end]
                for one in pieces(status, piece.start, piece.end)
                if one.wire_type == LENGTH
            }
            if detail.get(1, b"").endswith(b"/google.rpc.RetryInfo"):
                after = read_retry_info(detail.get(2, b""))
    return message, after


def read_retry_info(info: bytes) -> float:
    """Return the seconds of a google.rpc.RetryInfo. Raises UndecodableBody."""
    seconds = 0.0
    for outer in pieces(info, 0, len(info)):
        if outer.number == 1 and outer.wire_type == LENGTH:
            for piece in pieces(info, outer.start, outer.end):
                if piece.wire_type == VARINT and piece.value < 1 << 62:
                    seconds += piece.value * (1.0 if piece.number == 1 else 1e-9)
    return seconds


def shorten(text: str) -> str:
    """Return the beginning of what an upstream says, in one line."""
    return " ".join(text[: SAID * 2].split())[:SAID]
