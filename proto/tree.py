"""Protobuf bytes <-> trees in the shape of OTLP/JSON, for any message of `schema`; slow, and only for what is rare.

`read` gives dicts with lowerCamel names, ids in hex, but numbers, floats and bytes as Python has them. `write` takes
what `json` takes: either spelling of names, enum names, integers as text, bytes in base64 or as they are.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from ..errors import UndecodableBody
from . import scalars
from .fields import I32, I64, LENGTH, VARINT, Piece, lengthed, pieces, tag, varint
from .schema import CAMEL, MAX_DEPTH, MESSAGES, ONE_OF, Field

_REPLACED = "replace"  # what is not UTF-8 becomes U+FFFD


def read(message: str, body: bytes, start: int = 0, end: int | None = None) -> dict[str, Any]:
    """Read the message that lies in body[start:end].

    Fields that are unknown, or whose wire type is not theirs, are skipped, as upb does. Raises UndecodableBody for
    broken bytes and for attribute values nested deeper than `MAX_DEPTH`.
    """
    tree: dict[str, Any] = {}
    _read_into(tree, message, body, start, len(body) if end is None else end, 0)
    return tree


def too_deep() -> UndecodableBody:
    """Return the error for a value that nests deeper than `MAX_DEPTH`."""
    return UndecodableBody(f"an attribute value nests deeper than {MAX_DEPTH} levels")


def _read_into(tree: dict[str, Any], message: str, body: bytes, start: int, end: int, depth: int) -> None:
    if message == "AnyValue":
        depth += 1
        if depth > MAX_DEPTH:
            raise too_deep()
    known = MESSAGES[message]
    for piece in pieces(body, start, end):
        field = known.get(piece.number)
        if field is None or piece.wire_type != _WIRE_TYPE.get(field.kind, LENGTH):
            continue
        name = field.name
        if message in ONE_OF and name not in tree:
            tree.clear()
        if field.kind not in MESSAGES:
            value = _READ[field.kind](body, piece)
            if field.repeated:
                tree.setdefault(name, []).append(value)
            else:
                tree[name] = value
            continue
        # A message that comes twice where one is due is merged: the second is read into the first.
        part: dict[str, Any] = {} if field.repeated else tree.setdefault(name, {})
        if field.repeated:
            tree.setdefault(name, []).append(part)
        _read_into(part, field.kind, body, piece.start, piece.end, depth)


def write(message: str, tree: Any) -> bytes:
    """Write the message that `tree` describes; null is an empty one, and unknown keys are skipped.

    Raises Misfit, with the path inside `tree`, for a value that its field cannot hold. The depth is not bounded here:
    `json` has bounded it before.
    """
    if tree is None:
        return b""
    if type(tree) is not dict:
        raise scalars.Misfit("an object", tree)
    camel = CAMEL[message]
    fields = _BY_NAME[message]
    out: list[bytes] = []
    for key, value in tree.items():
        if value is None or key not in camel:
            continue
        number, field = fields[camel[key]]
        members = [value]
        at: list[str] = []
        try:
            if field.repeated:
                members = scalars.array(value)
            for i, member in enumerate(members):
                at = [f"[{i}]"] if field.repeated else []
                out.append(_write_field(number, field, member))
        except scalars.Misfit as misfit:
            raise misfit.under(f".{key}", *at) from None
    return b"".join(out)


def _write_field(number: int, field: Field, value: Any) -> bytes:
    if field.kind in MESSAGES:
        return lengthed(number, write(field.kind, value))
    payload = _WRITE[field.kind](value)
    wire_type = _WIRE_TYPE.get(field.kind, LENGTH)
    return lengthed(number, payload) if wire_type == LENGTH else tag(number, wire_type) + payload


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _read_int32(_: bytes, piece: Piece) -> int:
    return _signed(piece.value, 32)


def _write_id(value: Any) -> bytes:
    try:
        return bytes.fromhex(scalars.text(value))
    except ValueError:
        raise scalars.Misfit("hex digits", value) from None


_WIRE_TYPE = {
    "kind": VARINT, "status": VARINT, "severity": VARINT,
    "bool": VARINT, "int32": VARINT, "int64": VARINT, "uint32": VARINT,
    "fixed64": I64, "double": I64, "fixed32": I32,
}  # fmt: skip

_READ: dict[str, Callable[[bytes, Piece], Any]] = {
    "string": lambda body, piece: body[piece.start : piece.end].decode("utf-8", _REPLACED),
    "id": lambda body, piece: body[piece.start : piece.end].hex(),
    "bytes": lambda body, piece: body[piece.start : piece.end],
    "bool": lambda _, piece: bool(piece.value),
    "kind": _read_int32,
    "status": _read_int32,
    "severity": _read_int32,
    "int32": _read_int32,
    "int64": lambda _, piece: _signed(piece.value, 64),
    "uint32": lambda _, piece: piece.value & 0xFFFFFFFF,
    "fixed64": lambda body, piece: int.from_bytes(body[piece.start : piece.end], "little"),
    "fixed32": lambda body, piece: int.from_bytes(body[piece.start : piece.end], "little"),
    "double": lambda body, piece: struct.unpack_from("<d", body, piece.start)[0],
}

_WRITE: dict[str, Callable[[Any], bytes]] = {
    "string": lambda value: scalars.text(value).encode(),
    "id": _write_id,
    "bytes": scalars.binary,
    "bool": lambda value: varint(scalars.boolean(value)),
    "kind": lambda value: varint(scalars.kind(value)),
    "status": lambda value: varint(scalars.status_code(value)),
    "severity": lambda value: varint(scalars.severity(value)),
    "int32": lambda value: varint(scalars.int32(value)),
    "int64": lambda value: varint(scalars.int64(value)),
    "uint32": lambda value: varint(scalars.uint32(value)),
    "fixed64": lambda value: scalars.uint64(value).to_bytes(8, "little"),
    "fixed32": lambda value: scalars.uint32(value).to_bytes(4, "little"),
    "double": lambda value: struct.pack("<d", scalars.double(value)),
}

_BY_NAME: dict[str, dict[str, tuple[int, Field]]] = {
    message: {field.name: (number, field) for number, field in fields.items()} for message, fields in MESSAGES.items()
}
