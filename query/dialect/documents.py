"""JSON (`->`, `->>`, `#>>`, `@>`, `?`) and arrays, which are JSON lists here (PostgreSQL documentation, 9.16, 9.19)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from . import casts
from .pieces import TEXTS, Kind, Piece, quoted
from .scope import Scope

if TYPE_CHECKING:
    from sqlglot import exp


MAX_LEAVES = 3
"""Values that `@>` compares one by one; each reads the whole object again."""


def step(key: str | int) -> str:
    """Return the step of a JSON path to a key or a place; places count from the end when negative."""
    if isinstance(key, int):
        return f"[{key}]" if key >= 0 else f"[#{key}]"
    return '."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def get(scope: Scope, node: exp.Expr, document: Piece, key: Piece, as_text: bool) -> Piece:
    """Return `document -> key`, or `->>` when as text."""
    document = casts.as_document(scope, node, document)
    if document.kind == "null":
        return document
    if isinstance(key.value, str | int) and not isinstance(key.value, bool):
        label = str(key.value)
        plain = isinstance(key.value, str) and label.replace("_", "a").isalnum() and label.isascii()
        path = quoted(label) if plain else quoted("$" + step(key.value))
    elif key.kind in TEXTS | {"any"}:
        path = f"'$.\"' || {key.inner} || '\"'"
        path = f"({path})"
    elif key.kind == "integer":
        path = key.inner
    else:
        raise scope.refuse(node, "a key of JSON is a text or a whole number")
    return _at(document, path, as_text)


def get_path(scope: Scope, node: exp.Expr, document: Piece, path: Piece, as_text: bool) -> Piece:
    """Return `document #> path`, or `#>>` when as text. The path is a constant, '{a,b,0}' or ARRAY['a', 'b']."""
    document = casts.as_document(scope, node, document)
    keys = casts.array_items(str(path.value)) if isinstance(path.value, str) else None
    if keys is None:
        raise scope.refuse(node, "a path in JSON must be a constant", "write it as '{a,b}'")
    return _at(document, quoted("$" + "".join(step(_key(key)) for key in keys)), as_text)


def _key(key: object) -> str | int:
    return int(key) if isinstance(key, int) or (isinstance(key, str) and key.lstrip("-").isdigit()) else str(key)


def _at(document: Piece, path: str, as_text: bool) -> Piece:
    if not as_text:
        return Piece(f"{document.inner} -> {path}", "json", tight=False)
    # SQLite's own ->> gives 1 and 0 for true and false; the text between says what Postgres says
    bare = f"{document.inner} ->> {path}"
    return Piece(as_postgres_text(f"{document.inner} -> {path}"), "text", bare=bare)


def as_postgres_text(sql: str) -> str:
    """Return SQL that turns the text of a JSON value into what `->>` gives in Postgres."""
    return (
        f"(SELECT CASE WHEN v LIKE '\"%' THEN v ->> '$' WHEN v <> 'null' THEN v END FROM (SELECT {sql} AS v LIMIT 1))"
    )


def contains(scope: Scope, node: exp.Expr, whole: Piece, part: Piece) -> Piece:
    """Return `whole @> part`."""
    whole = casts.as_document(scope, node, whole)
    if isinstance(part.value, str) and part.kind in TEXTS:
        listed = whole.kind == "list" and part.value.startswith("{")
        part = casts.literal(scope, node, part, "list" if listed else "json")
    part = casts.as_document(scope, node, part)
    wanted = items(part)
    if whole.kind == "list" and wanted is not None and wanted and all(isinstance(one, str) for one in wanted):
        return Piece(" AND ".join(f"{quoted(str(one))} IN {_values(whole)}" for one in wanted), "boolean", tight=False)
    leaves = _leaves(part)
    if whole.kind == "json" and leaves is not None and 0 < len(leaves) <= MAX_LEAVES:
        tests = [f"({whole.inner} -> {quoted(path)}) = {quoted(value)}" for path, value in leaves]
        return Piece(" AND ".join(tests), "boolean", tight=False)
    return Piece(scope.call("pg_contains", whole.sql, part.sql), "boolean")


def _leaves(part: Piece) -> list[tuple[str, str]] | None:
    """The paths and JSON texts in a constant object of words, true, false and null; None for anything else.

    Numbers are left out because they have several spellings, lists because their order does not count.
    """
    found: list[tuple[str, str]] = []

    def walk(value: object, path: str) -> bool:
        if isinstance(value, dict):
            return bool(value) and all(walk(one, path + step(key)) for key, one in value.items())
        plain = isinstance(value, str) and value.isascii() and value.isprintable() and not set(value) & set('"\\/')
        found.append((path, json.dumps(value)))
        return plain or isinstance(value, bool) or value is None

    try:
        given = json.loads(part.sql[1:-1].replace("''", "'")) if part.sql[:1] == "'" else None
    except ValueError:
        return None
    return found if isinstance(given, dict) and walk(given, "$") else None


def items(piece: Piece) -> list[object] | None:
    """Return the items of a constant list, None when it is none."""
    try:
        found = json.loads(piece.sql[1:-1].replace("''", "'")) if piece.sql[:1] == "'" else None
    except ValueError:
        return None
    return found if isinstance(found, list) else None


def _values(array: Piece) -> str:
    return f"(SELECT value FROM json_each({array.sql}))"


def has_key(scope: Scope, node: exp.Expr, document: Piece, key: Piece) -> Piece:
    """Return `document ? key`: a key of an object, or a text in a list."""
    document = casts.as_document(scope, node, document)
    if document.kind == "list":
        return Piece(f"{key.inner} IN {_values(document)}", "boolean", tight=False)
    keys = f"SELECT CASE typeof(key) WHEN 'text' THEN key ELSE value END FROM json_each({document.sql})"
    return Piece(f"CASE WHEN {document.inner} IS NOT NULL THEN {key.inner} IN ({keys}) END", "boolean", tight=False)


def has_keys(scope: Scope, node: exp.Expr, document: Piece, keys: Piece, every: bool) -> Piece:
    """Return `document ?| keys`, or `?&` when every."""
    wanted = items(keys) if keys.kind == "list" else None
    if wanted is None:
        raise scope.refuse(node, "the keys must be constants", "write ARRAY['a', 'b']")
    parts = [has_key(scope, node, document, Piece(quoted(str(key)), "text")).inner for key in wanted]
    word = " AND " if every else " OR "
    return Piece(word.join(parts) or ("1" if every else "0"), "boolean", tight=False)


def overlaps(scope: Scope, node: exp.Expr, left: Piece, right: Piece) -> Piece:
    """Return `left && right`: whether two arrays share an item."""
    left, right = (casts.as_document(scope, node, _array(scope, node, side)) for side in (left, right))
    return Piece(f"EXISTS (SELECT 1 FROM json_each({left.sql}) WHERE value IN {_values(right)})", "boolean")


def _array(scope: Scope, node: exp.Expr, piece: Piece) -> Piece:
    return casts.literal(scope, node, piece, "list") if piece.kind == "unknown" else piece


def any_of(scope: Scope, node: exp.Expr, operator: str, left: Piece, array: Piece, every: bool) -> Piece:
    """Return `left operator ANY (array)`, or ALL when every."""
    array = casts.as_document(scope, node, _array(scope, node, array))
    if left.kind == "unknown":
        left = left.of("text")
    if operator == "=" and not every:
        return Piece(f"{left.inner} IN {_values(array)}", "boolean", tight=False)
    if operator == "<>" and every:
        return Piece(f"{left.inner} NOT IN {_values(array)}", "boolean", tight=False)
    opposite = {"=": "<>", "<>": "=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}[operator] if every else operator
    found = f"EXISTS (SELECT 1 FROM json_each({array.sql}) WHERE {left.inner} {opposite} value)"
    return Piece(f"NOT {found}" if every else found, "boolean", tight=False)


def made(scope: Scope, pieces: list[Piece]) -> Piece:
    """Return `ARRAY[…]`; a constant where all its items are."""
    values = [piece.value for piece in pieces]
    if all(isinstance(value, str | int | float) for value in values):
        said = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        return Piece(quoted(said), "list", said)
    return Piece(f"json_array({', '.join(member(piece) for piece in pieces)})", "list")


def member(piece: Piece) -> str:
    """Return a piece as it goes into JSON: JSON as JSON, booleans as true and false."""
    if piece.kind in ("json", "list"):
        return f"json({piece.sql})"
    if piece.kind == "boolean":
        return f"json(CASE {piece.inner} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"
    return piece.sql


def each(alias: str, as_text: bool) -> str:
    """Return the SQL of a member's value in `json_each` under an alias: as text, or as JSON."""
    value, kind = f"{alias}.value", f"{alias}.type"
    if as_text:
        return (
            f"CASE {kind} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN NULL"
            f" ELSE CAST({value} AS TEXT) END"
        )
    return (
        f"CASE {kind} WHEN 'text' THEN json_quote({value}) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
        f" WHEN 'null' THEN 'null' ELSE CAST({value} AS TEXT) END"
    )


def element(scope: Scope, node: exp.Expr, array: Piece, place: Piece) -> Piece:
    """Return `array[place]`; the parser counts from 0 already."""
    array = casts.as_document(scope, node, array)
    kind: Kind = "text"
    if array.kind == "json":
        return get(scope, node, array, place, as_text=False)
    path = f"'$[{place.value}]'" if isinstance(place.value, int) else f"'$[' || {place.inner} || ']'"
    return Piece(f"json_extract({array.sql}, {path})", kind)
