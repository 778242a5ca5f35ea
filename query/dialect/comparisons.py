"""Comparisons: both sides become one kind first. Also IS, IN, BETWEEN, ANY and ALL."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sqlglot import exp

from . import casts, documents
from .pieces import Piece
from .scope import Scope

Handler: TypeAlias = Callable[[Scope, "exp.Expr"], Piece]


def compared(operator: str) -> Handler:
    """Return what translates a comparison with that operator."""

    def compare(scope: Scope, node: exp.Expr) -> Piece:
        right_node = node.args["expression"]
        every = _is_all(right_node)
        if every or isinstance(right_node, exp.Any):
            inside = (
                right_node.this
                if not isinstance(right_node, exp.Anonymous)
                else next(iter(right_node.expressions), None)
            )
            if inside is None:
                raise scope.refuse(right_node, "ALL of nothing")
            return _quantified(scope, node, operator, inside, every)
        if isinstance(node.this, exp.Any) and operator in ("=", "<>"):
            return _quantified(scope, node, operator, node.this.this, every=False, left=right_node)
        if isinstance(node.this, exp.Tuple) and isinstance(right_node, exp.Tuple):
            return _rows_compared(scope, node, operator, node.this, right_node)
        left, right = casts.unify(scope, node, [scope.piece(node.this), scope.piece(right_node)])
        if operator[0] in "<>" and operator != "<>" and {left.kind, right.kind} & {"json", "list"}:
            raise scope.refuse(node, f"{operator} of JSON", "compare values in it, as in (x->>'key')::numeric")
        return Piece(f"{_plain(left, right)} {operator} {_plain(right, left)}", "boolean", tight=False)

    return compare


def _plain(piece: Piece, other: Piece) -> str:
    """One side of a comparison; a text from JSON in its cheap form where the other is a word but true or false."""
    said = other.value
    if piece.bare and isinstance(said, str) and said[:1].isalpha() and said not in ("true", "false"):
        return f"({piece.bare})"
    return piece.inner


def _is_all(node: exp.Expr) -> bool:
    return isinstance(node, exp.All) or (isinstance(node, exp.Anonymous) and str(node.this).upper() in ("ALL", "SOME"))


def _quantified(
    scope: Scope, node: exp.Expr, operator: str, array: exp.Expr, every: bool, left: exp.Expr | None = None
) -> Piece:
    """`left = ANY (array or query)`, or ALL when every."""
    side = scope.piece(left if left is not None else node.this)
    while isinstance(array, exp.Paren):
        array = array.this
    if isinstance(array, exp.Query):
        if (operator, every) not in (("=", False), ("<>", True)):
            raise scope.refuse(
                node, f"{operator} {'ALL' if every else 'ANY'} of a query", "compare with its min() or max()"
            )
        query = array.this if isinstance(array, exp.Subquery) else array
        return Piece(f"{side.inner} {'NOT IN' if every else 'IN'} ({scope.rows(query).sql})", "boolean", tight=False)
    return documents.any_of(scope, node, operator, side, scope.piece(array), every)


def _rows_compared(scope: Scope, node: exp.Expr, operator: str, left: exp.Tuple, right: exp.Tuple) -> Piece:
    if len(left.expressions) != len(right.expressions):
        raise scope.refuse(node, "rows of different lengths")
    pairs = [
        casts.unify(scope, node, [scope.piece(one), scope.piece(other)])
        for one, other in zip(left.expressions, right.expressions, strict=True)
    ]
    sides = [", ".join(pair[side].sql for pair in pairs) for side in (0, 1)]
    return Piece(f"({sides[0]}) {operator} ({sides[1]})", "boolean", tight=False)


def tested(scope: Scope, node: exp.Expr) -> Piece:
    """Translate IS NULL, IS TRUE and their likes."""
    test = node.args["expression"]
    inner = casts.as_truth(scope, node.this) if isinstance(test, exp.Boolean) else scope.piece(node.this)
    word = "IS NOT" if node.args.get("negate") else "IS"
    if isinstance(test, exp.Boolean):
        return Piece(f"{inner.inner} {word} {'TRUE' if test.this else 'FALSE'}", "boolean", tight=False)
    if not isinstance(test, exp.Null) and str(test.name).upper() != "UNKNOWN":
        raise scope.refuse(node, f"IS {scope.context.said(test)}", "there are IS NULL, IS TRUE and IS FALSE")
    left = f"({inner.bare})" if inner.bare else inner.inner
    return Piece(f"{left} {word} NULL", "boolean", tight=False)


def among(scope: Scope, node: exp.Expr) -> Piece:
    """Translate IN, of a list or a query."""
    query = node.args.get("query")
    if isinstance(node.this, exp.Tuple):
        left = Piece(", ".join(scope.piece(one).sql for one in node.this.expressions), "row", tight=False)
    else:
        left = scope.piece(node.this)
    if query is not None:
        inside = scope.rows(query.this if isinstance(query, exp.Subquery) else query).sql
    elif left.kind == "row":
        inside = "VALUES " + ", ".join(
            f"({', '.join(scope.piece(one).sql for one in row.expressions)})" for row in node.expressions
        )
    elif node.args.get("field") is not None or node.args.get("unnest") is not None:
        raise scope.refuse(node, "IN takes a list in brackets or a query")
    else:
        left, *members = casts.unify(scope, node, [left, *(scope.piece(one) for one in node.expressions)])
        inside = ", ".join(member.sql for member in members)
    return Piece(f"{left.inner} {'NOT IN' if node.args.get('negate') else 'IN'} ({inside})", "boolean", tight=False)


def between(scope: Scope, node: exp.Expr) -> Piece:
    """Translate BETWEEN, also SYMMETRIC."""
    value, low, high = casts.unify(scope, node, [scope.piece(node.args[part]) for part in ("this", "low", "high")])
    if node.args.get("symmetric"):
        low, high = (Piece(f"{side}({low.sql}, {high.sql})", low.kind) for side in ("MIN", "MAX"))
    word = "NOT BETWEEN" if node.args.get("negate") else "BETWEEN"
    return Piece(f"{value.inner} {word} {low.inner} AND {high.inner}", "boolean", tight=False)
