"""The protobuf wire format: fields in a run of bytes, and fields to bytes (protobuf.dev/programming-guides/encoding).

Positions instead of slices: a body is never copied on the way down.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..errors import UndecodableBody

VARINT, I64, LENGTH, START_GROUP, END_GROUP, I32 = range(6)
"""The wire types."""

_64_BITS = (1 << 64) - 1
_WIDTH = {I64: 8, I32: 4}


class Piece(NamedTuple):
    """One field as it lies on the wire.

    `start` and `end` bound its payload; for a VARINT `value` is its value as an unsigned 64-bit integer.
    """

    number: int
    wire_type: int
    start: int
    end: int
    value: int = 0


def pieces(body: bytes, start: int, end: int) -> Iterator[Piece]:
    """Yield the fields that lie in body[start:end]; groups, which OTLP has none of, are skipped.

    Raises UndecodableBody for bytes that no protobuf reader accepts.
    """
    position = start
    groups: list[int] = []
    while position < end:
        head, position = body[position], position + 1
        if head > 0x7F:
            head, position = _varint(body, position - 1, end)
        number, wire_type = head >> 3, head & 7
        if not 0 < number < 1 << 29:
            raise UndecodableBody(f"protobuf: field number {number} at byte {position}")
        value = 0
        first = position
        if wire_type == VARINT:
            value, position = _varint(body, position, end)
        elif wire_type == LENGTH:
            length, first = _varint(body, position, end)
            position = first + length
        elif wire_type in _WIDTH:
            position += _WIDTH[wire_type]
        elif wire_type == START_GROUP:
            groups.append(number)
        elif wire_type == END_GROUP:
            if not groups or groups.pop() != number:
                raise UndecodableBody(f"protobuf: a group ends at byte {position} that did not begin")
            continue
        else:
            raise UndecodableBody(f"protobuf: wire type {wire_type} at byte {position}")
        if position > end:
            raise UndecodableBody(f"protobuf: field {number} at byte {first} is cut off")
        if not groups:
            yield Piece(number, wire_type, first, position, value)
    if groups:
        raise UndecodableBody(f"protobuf: the group of field {groups[-1]} does not end")


def varint(value: int) -> bytes:
    """Return an integer as a varint; negative ones as their 64-bit two's complement."""
    value &= _64_BITS
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def tag(number: int, wire_type: int) -> bytes:
    """Return what precedes a field's payload."""
    return varint(number << 3 | wire_type)


def lengthed(number: int, payload: bytes) -> bytes:
    """Return a length-delimited field: a string, bytes or a message."""
    return tag(number, LENGTH) + varint(len(payload)) + payload


def whole(number: int, value: int) -> bytes:
    """Return a varint field, or nothing for 0 (the proto3 default)."""
    return tag(number, VARINT) + varint(value) if value else b""


def _varint(body: bytes, position: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while position < end:
        byte = body[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & _64_BITS, position  # ten bytes hold 70 bits: upb drops the six as well
        shift += 7
        if shift == 70:
            break
    else:
        raise UndecodableBody(f"protobuf: cut off at byte {position}")
    raise UndecodableBody(f"protobuf: a varint of more than ten bytes at byte {position}")
