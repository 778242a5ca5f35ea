"""Content-Encoding undone, within a limit: no body grows beyond it in memory, whatever it announces."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from ..errors import TooLarge, UndecodableBody

_CHUNK = 1 << 16
_MAX_MEMBERS = 1000  # an empty gzip member is 20 bytes: a million of them in 20 MiB would take seconds for nothing
_ZLIB_WRAPPER = 15
_GZIP_WRAPPER = 31
_FIRST_ROOM = 1 << 16
_FULL = "failed to write whole buffer"  # what cramjam says where the room is too small for the data
_SNAPPY_STREAM = b"\xff\x06\0\0sNaPpY"


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """Return `body` without its Content-Encoding; "" and "identity" return it as it is.

    `limit` is in bytes, inclusive, and holds before and after. Raises TooLarge over it, UndecodableBody for an
    encoding that is not supported (names are case-sensitive, as a Collector has them) and for broken data: cut off,
    a wrong checksum, anything after the end.
    """
    check_encoding(encoding)
    if len(body) > limit:
        raise TooLarge(f"the body is {len(body)} bytes, more than the limit of {limit}")
    return DECODERS[encoding](body, limit)


def check_encoding(encoding: str) -> None:
    """Raise UndecodableBody for a Content-Encoding that is not supported."""
    if encoding not in DECODERS:
        supported = ", ".join(name for name in DECODERS if name)
        raise UndecodableBody(f"unsupported Content-Encoding: {encoding[:60]} (supported: {supported})")


def _identity(body: bytes, limit: int) -> bytes:
    return body


def _gzip(body: bytes, limit: int) -> bytes:
    """Undo gzip (RFC 1952), which may be several members on end."""
    out = bytearray()
    position = 0
    for _ in range(_MAX_MEMBERS):
        position = _inflate(body, position, _GZIP_WRAPPER, "gzip", limit, out)
        if position == len(body):
            return bytes(out)
    raise UndecodableBody(f"gzip: more than {_MAX_MEMBERS} members")


def _zlib(body: bytes, limit: int) -> bytes:
    """Undo the zlib format (RFC 1950), which is what HTTP calls deflate."""
    out = bytearray()
    position = _inflate(body, 0, _ZLIB_WRAPPER, "deflate", limit, out)
    if position != len(body):
        raise UndecodableBody(f"deflate: {len(body) - position} bytes after the end")
    return bytes(out)


def _inflate(body: bytes, position: int, wrapper: int, name: str, limit: int, out: bytearray) -> int:
    """Append one stream's data to `out` and return where the stream ends in `body`."""
    stream = zlib.decompressobj(wrapper)
    while not stream.eof:
        chunk = body[position : position + _CHUNK]
        if not chunk:
            raise UndecodableBody(f"{name}: the data is cut off")
        try:
            out += stream.decompress(chunk, limit + 1 - len(out))
        except zlib.error as error:
            raise UndecodableBody(f"{name}: {error}") from None
        if len(out) > limit:
            raise _grown(limit)
        position += len(chunk) - len(stream.unused_data)
    return position


def _zstd(body: bytes, limit: int) -> bytes:
    """Undo Zstandard (RFC 8878), any number of frames; without any, the data is empty."""
    from cramjam import zstd  # 2 ms and 3 MiB, which only those who are sent such bodies pay

    return _into_room(zstd.decompress_into, "zstd", body, limit) if body else b""


def _lz4(body: bytes, limit: int) -> bytes:
    """Undo LZ4 in its frame format, any number of frames; without any, the data is empty."""
    from cramjam import lz4

    return _into_room(lz4.decompress_into, "lz4", body, limit) if body else b""


def _snappy_stream(body: bytes, limit: int) -> bytes:
    """Undo Snappy in its framing format; without any frame, the data is empty."""
    from cramjam import snappy

    return _into_room(snappy.decompress_into, "snappy", body, limit) if body else b""


def _snappy(body: bytes, limit: int) -> bytes:
    """Undo Snappy in its block format, or its framing format where it begins like that."""
    from cramjam import DecompressionError, snappy

    if body.startswith(_SNAPPY_STREAM):
        return _snappy_stream(body, limit)
    if not body:
        raise UndecodableBody("snappy: the data is cut off")
    try:
        announced = snappy.decompress_raw_len(body)
        if announced > limit:
            raise _grown(limit)
        out = bytearray(announced)
        snappy.decompress_raw_into(body, out)  # fills it, or raises
        return bytes(out)
    except DecompressionError as error:
        raise _broken("snappy", error) from None


def _into_room(decompress_into: Callable[[bytes, bytearray], int], name: str, body: bytes, limit: int) -> bytes:
    """Decompress into room that is enlarged, up to the limit, until the data fits; the library never takes more."""
    from cramjam import DecompressionError

    room = min(limit, max(_FIRST_ROOM, 4 * len(body)))
    while True:
        out = bytearray(room)
        try:
            return bytes(memoryview(out)[: decompress_into(body, out)])
        except DecompressionError as error:
            if str(error) != _FULL:
                raise _broken(name, error) from None
        if room == limit:
            raise _grown(limit)
        room = min(limit, room * 8)


def _broken(name: str, error: Exception) -> UndecodableBody:
    return UndecodableBody(f"{name}: {str(error).removeprefix(f'{name}: ')}")


def _grown(limit: int) -> TooLarge:
    return TooLarge(f"the body is more than the limit of {limit} bytes when decompressed")


DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "": _identity,
    "identity": _identity,
    "gzip": _gzip,
    "deflate": _zlib,
    "zlib": _zlib,
    "zstd": _zstd,
    "snappy": _snappy,
    "x-snappy-framed": _snappy_stream,
    "lz4": _lz4,
}
"""Content-Encoding -> what undoes it: takes a body and the limit, raises as `decompress` says."""
