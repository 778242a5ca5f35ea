"""Content-Encoding undone, within a limit: no body grows beyond it in memory, whatever it announces."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from ..errors import TooLarge, UndecodableBody

_CHUNK = 1 << 16
_MAX_MEMBERS = 1000  # an empty gzip member is 20 bytes: a million of them in 20 MiB would take seconds for nothing
_ZLIB_WRAPPER = 15
_GZIP_WRAPPER = 31


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """Return `body` without its Content-Encoding; "" and "identity" return it as it is.

    `limit` is in bytes, inclusive, and holds before and after. Raises TooLarge over it, UndecodableBody for an
    encoding that is not supported (names are case-sensitive, as a Collector has them) and for broken data: cut off,
    a wrong checksum, anything after the end.
    """
    decoder = DECODERS.get(encoding)
    if decoder is None:
        supported = ", ".join(name for name in DECODERS if name)
        raise UndecodableBody(f"unsupported Content-Encoding: {encoding[:60]} (supported: {supported})")
    if len(body) > limit:
        raise TooLarge(f"the body is {len(body)} bytes, more than the limit of {limit}")
    return decoder(body, limit)


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
            raise TooLarge(f"the body is more than the limit of {limit} bytes when decompressed")
        position += len(chunk) - len(stream.unused_data)
    return position


DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "": _identity,
    "identity": _identity,
    "gzip": _gzip,
    "deflate": _zlib,
    "zlib": _zlib,
}
"""Content-Encoding -> what undoes it: takes a body and the limit, raises as `decompress` says."""
