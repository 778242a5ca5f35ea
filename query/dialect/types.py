"""`::type` and CAST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import casts, moments
from .pieces import INTERVALS, NUMBERS, TEXTS, TIMES, Kind, Piece, called, quoted
from .scope import Scope

if TYPE_CHECKING:
    from sqlglot import exp

_KINDS: dict[str, Kind] = {
    "INT": "integer", "BIGINT": "integer", "SMALLINT": "integer", "DECIMAL": "real", "DOUBLE": "real", "FLOAT": "real",
    "BIGDECIMAL": "real", "TEXT": "text", "VARCHAR": "text", "CHAR": "text", "NCHAR": "text", "NAME": "text",
    "UUID": "text", "BPCHAR": "text", "DATE": "date", "TIMESTAMP": "wall", "TIMESTAMPTZ": "instant",
    "TIMESTAMPNTZ": "wall", "TIME": "clock", "TIMETZ": "clock", "INTERVAL": "interval", "BOOLEAN": "boolean",
    "JSON": "json", "JSONB": "json", "ARRAY": "list",
}  # fmt: skip
"""sqlglot's name for a type, and the kind that stands for it."""


def cast(scope: Scope, node: exp.Expr) -> Piece:
    """Translate `x::type`. Raises BadQuery for a type that is not known."""
    to = node.args["to"]
    named = str(getattr(to.this, "value", to.this)).upper()
    kind = _KINDS.get(named)
    if kind is None:
        known = "int, numeric, float, text, boolean, date, timestamp, timestamptz, time, interval, jsonb, text[]"
        raise scope.refuse(node, f"no type {named.lower()!r} here", f"there are {known}")
    size = [int(part.name) for part in to.expressions if part.name.isdigit()] if kind != "list" else []
    return converted(scope, node, scope.piece(node.this), kind, size)


def converted(scope: Scope, node: exp.Expr, piece: Piece, kind: Kind, size: list[int]) -> Piece:
    """Return a piece as another kind, as a cast does. `size` is what stands in brackets behind the type."""
    if piece.kind == "null":
        return Piece("NULL", kind)
    if kind in NUMBERS:
        return _number(scope, node, piece, kind, size)
    if kind == "text":
        found = casts.as_text(scope, piece)
        return Piece(f"substr({found.sql}, 1, {size[0]})", "text") if size else found
    if kind in TIMES:
        return _time(scope, node, piece, kind)
    if piece.kind == "unknown" and kind != "clock":
        return casts.literal(scope, node, piece, kind)
    if piece.kind == kind:
        return piece
    if kind == "clock":
        sql = piece.sql if piece.kind in TEXTS else casts.wall(scope, node, piece)
        return Piece(f"strftime('%H:%M:%f', {sql})", "clock")
    if kind == "interval":
        if piece.kind in INTERVALS or piece.kind in TEXTS | {"any"}:
            return Piece(scope.call("pg_seconds", piece.sql), "interval")
    elif kind == "boolean":
        if piece.kind in NUMBERS:
            return Piece(f"{piece.inner} <> 0", "boolean", tight=False)
        if piece.kind in TEXTS | {"any"}:
            return Piece(_truth(piece.inner), "boolean")
    elif kind in ("json", "list"):
        if piece.kind in ("json", "list"):
            return Piece(piece.sql, kind, piece.value, piece.tight)
        return casts.as_document(scope, node, piece)
    raise scope.refuse(node, f"{called(piece.kind)} cannot be cast to {called(kind)}")


def _truth(sql: str) -> str:
    yes, no = (", ".join(map(quoted, words)) for words in (casts.TRUE, casts.FALSE))
    return f"CASE WHEN lower({sql}) IN ({yes}) THEN 1 WHEN lower({sql}) IN ({no}) THEN 0 END"


def _number(scope: Scope, node: exp.Expr, piece: Piece, kind: Kind, size: list[int]) -> Piece:
    if piece.kind == "boolean":
        return piece.of(kind)
    if piece.kind == "unknown":
        found = casts.literal(scope, node, piece, "real" if kind == "real" else "integer")
    elif piece.kind in NUMBERS:
        found = piece
    elif piece.kind in TEXTS | {"any", "json"}:
        found = Piece(scope.call("pg_number", piece.bare or piece.sql), "real")
    elif piece.kind in INTERVALS:
        raise scope.refuse(node, "an interval is no number", "write EXTRACT(EPOCH FROM …)")
    else:
        raise scope.refuse(node, f"{called(piece.kind)} cannot be cast to {called(kind)}")
    if kind == "integer":
        return found if found.kind == "integer" else Piece(f"CAST(ROUND({found.sql}) AS INTEGER)", "integer")
    if size:
        return Piece(f"ROUND({found.sql}, {size[1] if len(size) > 1 else 0})", "real")
    return Piece(f"CAST({found.sql} AS REAL)", "real", found.value if isinstance(found.value, int | float) else None)


def _time(scope: Scope, node: exp.Expr, piece: Piece, kind: Kind) -> Piece:
    if piece.kind in TEXTS - {"unknown"} | {"json"}:
        sql = piece.bare or piece.sql
        piece = Piece(moments.stamp(sql), "instant")
        if (
            scope.context.local
        ):  # a text without a zone is in the asker's; one with a zone SQLite has moved to UTC already
            bare = f"{sql} NOT GLOB '*[Zz]' AND {sql} NOT GLOB '*[-+][0-9][0-9]:[0-9][0-9]'"
            local = scope.call("pg_from_zone", piece.sql, quoted(str(scope.context.zone)))
            piece = Piece(f"CASE WHEN {bare} THEN {local} ELSE {piece.sql} END", "instant")
    elif piece.kind == "any":
        piece = Piece(moments.stamp(piece.sql), "instant")
    return casts.as_time(scope, node, piece, kind)
