"""Functions of JSON and arrays, by name (PostgreSQL documentation, 9.16 and 9.19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import casts, documents
from .pieces import Piece
from .scalar import Handler, Scalar
from .scope import Scope

if TYPE_CHECKING:
    from sqlglot import exp


def _typeof(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    kind = f"json_type({casts.as_document(scope, node, given[0]).sql})"
    names = "WHEN 'text' THEN 'string' WHEN 'integer' THEN 'number' WHEN 'real' THEN 'number'"
    return Piece(f"CASE {kind} {names} WHEN 'true' THEN 'boolean' WHEN 'false' THEN 'boolean' ELSE {kind} END", "text")


def _length_of(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    array = given[0] if given[0].kind != "unknown" else casts.literal(scope, node, given[0], "list")
    return Piece(f"json_array_length({casts.as_document(scope, node, array).sql})", "integer")


def _array_length(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    if len(given) > 1 and given[1].value != 1:
        raise scope.refuse(node, "arrays have one dimension here")
    return Piece(f"NULLIF({_length_of(scope, node, given[:1]).sql}, 0)", "integer")


def _build_object(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    if len(given) % 2:
        raise scope.refuse(node, "an object is built of keys and values in turn")
    parts = [
        documents.member(piece) if place % 2 else casts.as_text(scope, piece).sql for place, piece in enumerate(given)
    ]
    return Piece(f"json_object({', '.join(parts)})", "json")


def _build_array(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    return Piece(f"json_array({', '.join(documents.member(piece) for piece in given)})", "json")


def _to_json(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    return Piece(f"json_quote({documents.member(given[0])})", "json")


def _extract_path(as_text: bool) -> Handler:
    def build(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
        path = documents.made(scope, given[1:])
        return documents.get_path(scope, node, given[0], path, as_text)

    return build


def _exists(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    return documents.has_key(scope, node, given[0], given[1])


def _array_text(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    array = casts.as_document(scope, node, given[0])
    return Piece(scope.call("pg_join", array.sql, *(casts.as_text(scope, piece).sql for piece in given[1:])), "text")


def _array_position(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    array = casts.as_document(scope, node, given[0])
    return Piece(f"(SELECT MIN(key) + 1 FROM json_each({array.sql}) WHERE value = {given[1].inner})", "integer")


def _to_array(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    return Piece(scope.call("pg_split", *(casts.as_text(scope, piece).sql for piece in given)), "list")


DOCUMENTS: dict[str, Scalar] = {
    **{f"{kind}_typeof": Scalar(1, 1, _typeof) for kind in ("json", "jsonb")},
    **{f"{kind}_array_length": Scalar(1, 1, _length_of) for kind in ("json", "jsonb")},
    **{f"{kind}_build_object": Scalar(0, 100, _build_object) for kind in ("json", "jsonb")},
    **{f"{kind}_build_array": Scalar(0, 100, _build_array) for kind in ("json", "jsonb")},
    **{f"to_{kind}": Scalar(1, 1, _to_json) for kind in ("json", "jsonb")},
    **{f"{kind}_extract_path": Scalar(2, 20, _extract_path(as_text=False)) for kind in ("json", "jsonb")},
    **{f"{kind}_extract_path_text": Scalar(2, 20, _extract_path(as_text=True)) for kind in ("json", "jsonb")},
    "jsonb_exists": Scalar(2, 2, _exists), "cardinality": Scalar(1, 1, _length_of),
    "array_length": Scalar(2, 2, _array_length),
    "array_to_string": Scalar(2, 3, _array_text), "string_to_array": Scalar(2, 2, _to_array),
    "array_position": Scalar(2, 2, _array_position),
}  # fmt: skip
"""Every one that is known."""
