"""From one kind to another: what neighbours make of each other, and `::type`."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from . import intervals, moments
from .pieces import INTERVALS, NUMBERS, TEXTS, TIMES, Kind, Piece, called, quoted
from .scope import Scope

if TYPE_CHECKING:
    from sqlglot import exp

TRUE = ("t", "true", "y", "yes", "on", "1")
FALSE = ("f", "false", "n", "no", "off", "0")
"""What Postgres reads as a boolean."""


def unify(scope: Scope, node: exp.Expr, pieces: list[Piece]) -> list[Piece]:
    """Return pieces that are compared, or that share one column, as one kind. Raises BadQuery when there is none."""
    kinds = {piece.kind for piece in pieces} - {"null", "any"}
    known = kinds - {"unknown"}
    target: Kind
    if not known:
        target = "text" if kinds else "any"
    elif known <= NUMBERS:
        target = "real" if "real" in known else "integer"
    elif known <= TEXTS:
        target = "text"
    elif known <= TIMES:
        target = next(kind for kind in ("instant", "wall", "date") if kind in known)
    elif known <= INTERVALS:
        target = "interval"
    elif known <= {"boolean", "integer"}:
        target = "boolean" if known == {"boolean"} else "integer"
    elif known <= {"json", "list"}:
        target = "list" if known == {"list"} else "json"
    elif len(known) == 1:
        (target,) = known
    else:
        raise _mismatch(scope, node, pieces)
    return [_as(scope, node, piece, target) for piece in pieces]


def kind_of(pieces: list[Piece]) -> Kind:
    """Return the kind of a column that any of these may fill."""
    return next((piece.kind for piece in pieces if piece.kind != "null"), "null")


def _mismatch(scope: Scope, node: exp.Expr, pieces: list[Piece]) -> Exception:
    names = [called(piece.kind) for piece in pieces if piece.kind not in ("null", "any", "unknown")]
    kinds = list(dict.fromkeys(names))
    wanted = next((kind for kind in kinds if kind not in ("text", "jsonb", "json")), "text")
    word = {"integer": "int", "numeric": "numeric"}.get(wanted, wanted)
    return scope.refuse(node, f"{' and '.join(kinds)} do not go together", f"cast one of them, as in (…)::{word}")


def _as(scope: Scope, node: exp.Expr, piece: Piece, kind: Kind) -> Piece:
    if piece.kind == kind or piece.kind in ("null", "any"):
        return piece
    if kind in TIMES:
        return as_time(scope, node, piece, kind)
    if kind in INTERVALS:
        return as_interval(scope, node, piece)
    if piece.kind == "unknown":
        return literal(scope, node, piece, kind)
    return piece.of(kind) if kind not in NUMBERS else replace(piece, kind=kind)


def literal(scope: Scope, node: exp.Expr, piece: Piece, kind: Kind) -> Piece:
    """Return a text in quotes as a constant of a kind. Raises BadQuery when it spells none."""
    said = str(piece.value)
    if kind in NUMBERS:
        try:
            number = int(said) if kind == "integer" else float(said)
        except ValueError:
            raise scope.refuse(node, f"{said!r} is no {called(kind)}") from None
        return Piece(repr(number), kind, number)
    if kind == "boolean":
        if said.strip().lower() not in TRUE + FALSE:
            raise scope.refuse(node, f"{said!r} is no boolean", "write TRUE or FALSE")
        return Piece("1" if said.strip().lower() in TRUE else "0", "boolean")
    if kind == "json":
        try:
            parsed = json.loads(said)
        except ValueError:
            raise scope.refuse(node, f"{said!r} is no JSON") from None
        return Piece(quoted(json.dumps(parsed, ensure_ascii=False, separators=(",", ":"))), "json", said)
    if kind == "list":
        items = array_items(said)
        if items is None:
            raise scope.refuse(node, f"{said!r} is no array", "write ARRAY['a', 'b']")
        return Piece(quoted(json.dumps(items, ensure_ascii=False, separators=(",", ":"))), "list", said)
    if kind in TIMES:
        return as_time(scope, node, piece, kind)
    if kind in INTERVALS:
        return as_interval(scope, node, piece)
    return replace(piece, kind=kind)


def array_items(said: str) -> list[object] | None:
    """Return the items of an array in words, `{a,"b c"}` as Postgres writes it or JSON; None when it is neither."""
    said = said.strip()
    if said.startswith("["):
        try:
            found = json.loads(said)
        except ValueError:
            return None
        return found if isinstance(found, list) else None
    if not (said.startswith("{") and said.endswith("}")):
        return None
    items: list[object] = []
    item, inside, in_quotes, was_quoted = "", iter(said[1:-1]), False, False
    for character in inside:
        if character == "\\":
            item += next(inside, "")
        elif character == '"':
            in_quotes, was_quoted = not in_quotes, True
        elif character == "," and not in_quotes:
            items.append(item if was_quoted else _bare(item))
            item, was_quoted = "", False
        else:
            item += character
    if item or was_quoted or items:
        items.append(item if was_quoted else _bare(item))
    return items


def _bare(item: str) -> object:
    item = item.strip()
    if item.upper() == "NULL":
        return None
    return int(item) if item.lstrip("-").isdigit() else item


def as_time(scope: Scope, node: exp.Expr, piece: Piece, kind: Kind = "instant") -> Piece:
    """Return a time as an instant, a wall time or a date; text only where it is a constant."""
    context = scope.context
    if piece.kind == kind or piece.kind in ("null", "any"):
        return piece
    if piece.kind == "unknown":
        found = moments.read(str(piece.value), context.now, context.zone)
        if found is None:
            raise scope.refuse(node, f"{piece.value!r} is no time", "write it as 'YYYY-MM-DD' or 'YYYY-MM-DD HH:MM:SS'")
        return moments.constant(found, kind, context.zone)
    if piece.kind not in TIMES:
        raise scope.refuse(node, f"{called(piece.kind)} where a time is wanted", "cast it, as in (…)::timestamp")
    if isinstance(piece.value, date):  # a datetime is one too
        return moments.constant(moments.aware(piece.value, context.zone), kind, context.zone)
    if kind == "date":
        return Piece(f"date({_wall(scope, piece)})", "date")
    sql = moments.stamp(piece.sql) if piece.kind == "date" else piece.sql
    if kind == "instant" and context.local:
        sql = scope.call("pg_from_zone", sql, quoted(str(context.zone)))
    elif kind == "wall" and piece.kind == "instant":
        sql = _wall(scope, piece)
    return Piece(sql, kind, tight=piece.tight or sql != piece.sql)


def _wall(scope: Scope, piece: Piece) -> str:
    """The asker's clock at a time."""
    if piece.kind == "instant" and scope.context.local:
        return scope.call("pg_in_zone", piece.sql, quoted(str(scope.context.zone)))
    return piece.sql


def wall(scope: Scope, node: exp.Expr, piece: Piece) -> str:
    """Return the SQL of a time on the asker's clock, whose fields are what he would read off. Raises BadQuery."""
    if piece.kind == "unknown":
        piece = as_time(scope, node, piece, "instant")
    if piece.kind not in TIMES | {"null", "any"}:
        raise scope.refuse(node, f"{called(piece.kind)} where a time is wanted", "cast it, as in (…)::timestamp")
    return _wall(scope, piece)


def as_interval(scope: Scope, node: exp.Expr, piece: Piece) -> Piece:
    """Return an interval in seconds."""
    if piece.kind == "age":
        return Piece(scope.call("pg_seconds", piece.sql), "interval")
    if piece.kind == "unknown":
        found = intervals.parse(str(piece.value))
        if found is None:
            raise scope.refuse(node, f"{piece.value!r} is no interval", "write it as '1 day' or '2 hours 30 minutes'")
        return moments.span(found)
    if piece.kind not in ("interval", "null", "any"):
        raise scope.refuse(node, f"{called(piece.kind)} where an interval is wanted")
    return piece


def as_text(scope: Scope, piece: Piece) -> Piece:
    """Return a value as Postgres writes it."""
    match piece.kind:
        case "boolean":
            return Piece(f"CASE {piece.inner} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END", "text", tight=False)
        case "integer":
            return Piece(f"CAST({piece.sql} AS TEXT)", "text")
        case "real" if isinstance(piece.value, float) and "e" not in piece.sql.lower() and piece.tight:
            return Piece(quoted(piece.sql), "text", piece.sql)
        case "real" | "any":
            return Piece(scope.call("pg_text", piece.sql), "text")
        case "interval":
            if isinstance(piece.value, intervals.Interval):
                return Piece(quoted(intervals.write(piece.value)), "text")
            return Piece(scope.call("pg_interval", piece.sql), "text")
        case _:
            return replace(piece, kind="text")


def as_number(scope: Scope, node: exp.Expr, piece: Piece) -> Piece:
    """Return a number, refusing what Postgres would not take for one."""
    if piece.kind in NUMBERS or piece.kind in ("null", "any", "interval"):
        return piece
    if piece.kind == "unknown":
        return literal(scope, node, piece, "integer" if str(piece.value).lstrip("-").isdigit() else "real")
    said = scope.context.said(node)
    raise scope.refuse(
        node, f"{called(piece.kind)} where a number is wanted", f"write ({said})::numeric" if said else ""
    )


def as_truth(scope: Scope, node: exp.Expr) -> Piece:
    """Translate a condition."""
    piece = scope.piece(node)
    if piece.kind == "unknown":
        return literal(scope, node, piece, "boolean")
    if piece.kind not in ("boolean", "integer", "null", "any"):
        raise scope.refuse(node, f"{called(piece.kind)} where a condition is wanted", "compare it with something")
    return piece


def as_document(scope: Scope, node: exp.Expr, piece: Piece) -> Piece:
    """Return JSON text; a payload that is none counts as NULL."""
    match piece.kind:
        case "json" | "list" | "null" | "any":
            return piece
        case "unknown":
            return literal(scope, node, piece, "json")
        case "payload" | "text":
            return Piece(f"CASE WHEN json_valid({piece.sql}) THEN {piece.sql} END", "json", tight=False)
        case _:
            raise scope.refuse(node, f"{called(piece.kind)} where JSON is wanted", "use to_jsonb(…)")
