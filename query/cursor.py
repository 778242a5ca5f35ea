"""Cursors: where a page ended, as text that callers hand back unread. base64url of a JSON object."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

import orjson

from ..errors import BadParameter
from ..storage.selection import Cell
from .filters import instant

NANO = 10**9


def encode_cursor(**place: str) -> str:
    """Return a cursor that holds `place`."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def decode_cursor(cursor: str, *names: str) -> tuple[str, ...]:
    """Return the texts that a cursor holds under `names`; any base64 alphabet will do. Raises BadParameter."""
    plain = cursor.replace("+", "-").replace("/", "_").rstrip("=")
    try:
        place = orjson.loads(base64.b64decode(plain + "=" * (-len(plain) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError):
        place = None
    if not isinstance(place, dict) or not all(isinstance(place.get(name), str) for name in names):
        raise BadParameter("cursor", "is none that a page here ended with; take it from meta.cursor")
    return tuple(place[name] for name in names)


def cursor_time(cell: Cell) -> str:
    """Return nanoseconds since the epoch as ISO 8601 with all their digits."""
    seconds, nanoseconds = divmod(cell if isinstance(cell, int) else 0, NANO)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def cursor_nanoseconds(text: str) -> int:
    """Return what `cursor_time` was made of. Raises BadParameter."""
    head, _, fraction = text.removesuffix("Z").partition(".")
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        raise BadParameter("cursor", f"holds no time: {text!r}")
    whole = instant("cursor", f"{head}Z")
    return int(whole.timestamp()) * NANO + int(f"{fraction:0<9}"[:9])
