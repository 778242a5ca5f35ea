"""Whole questions: SELECT, UNION and VALUES, one inside the other."""

from __future__ import annotations

from sqlglot import exp

from . import casts
from .clauses import limit, order_by, with_clause
from .pieces import Piece, name
from .scope import Rows, Scope
from .select import Select

_SET = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}


def ask(scope: Scope, node: exp.Expr) -> Rows:
    """Translate a query inside another."""
    return query(scope, node, top=False)


def query(around: Scope, node: exp.Expr, top: bool) -> Rows:
    """Translate a query; at the top, intervals are written as Postgres writes them. Raises BadQuery."""
    if isinstance(node, exp.Subquery):
        if any(node.args.get(part) for part in ("alias", "joins", "where", "limit", "offset", "order", "with_")):
            inner = query(around, node.this, top=False)
            return _modified(Scope(around.context, around), node, inner)
        return query(around, node.this, top)
    if isinstance(node, exp.Values):
        return _values(around, node)
    if isinstance(node, exp.SetOperation):
        return _set_operation(around, node)
    if not isinstance(node, exp.Select):
        raise around.refuse(node, "only questions are allowed", "write a SELECT")
    return Select(around, node, top).rows()


def _values(scope: Scope, node: exp.Values) -> Rows:
    table = [
        [scope.piece(one) for one in (row.expressions if isinstance(row, exp.Tuple) else [row])]
        for row in node.expressions
    ]
    if len({len(row) for row in table}) != 1:
        raise scope.refuse(node, "VALUES of different lengths")
    columns = [casts.unify(scope, node, list(column)) for column in zip(*table, strict=True)]
    rows = ", ".join(f"({', '.join(column[place].sql for column in columns)})" for place in range(len(table)))
    kinds = [(f"column{place + 1}", casts.kind_of(column)) for place, column in enumerate(columns)]
    return Rows(f"VALUES {rows}", kinds)


def _set_operation(around: Scope, node: exp.SetOperation) -> Rows:
    scope = Scope(around.context, around.parent)
    scope.ctes = dict(around.ctes)
    scope.sources = around.sources
    with_ = with_clause(scope, node)
    word = _SET[type(node)]
    if not node.args.get("distinct", True):
        if word != "UNION":
            raise scope.refuse(node, f"{word} ALL", f"use {word}")
        word = "UNION ALL"
    left, right = ask(scope, node.this), ask(scope, node.args["expression"])
    if len(left.columns) != len(right.columns):
        raise scope.refuse(node, f"{word} of {len(left.columns)} and {len(right.columns)} columns")
    columns = [
        (named, kind if kind not in ("null", "unknown") else other if other != "unknown" else "text")
        for (named, kind), (_, other) in zip(left.columns, right.columns, strict=True)
    ]
    sides = [_operand(one, rows) for one, rows in ((node.this, left), (node.args["expression"], right))]
    sql = f"{with_}{sides[0]} {word} {sides[1]}"
    scope.outputs = [(named, Piece(name(named), kind)) for named, kind in columns]
    scope.sources = []
    return Rows(sql + order_by(scope, node) + limit(scope, node), columns)


def _operand(node: exp.Expr, rows: Rows) -> str:
    """One side of a UNION; SQLite takes no brackets there."""
    plain = isinstance(node, exp.Select) and not any(
        node.args.get(part) for part in ("order", "limit", "offset", "with_")
    )
    return (
        rows.sql
        if plain or (isinstance(node, exp.Union) and not node.args.get("order"))
        else f"SELECT * FROM ({rows.sql})"
    )


def _modified(scope: Scope, node: exp.Expr, inner: Rows) -> Rows:
    """A query in brackets with ORDER BY or LIMIT behind them."""
    scope.outputs = [(named, Piece(name(named), kind)) for named, kind in inner.columns]
    return Rows(f"SELECT * FROM ({inner.sql})" + order_by(scope, node) + limit(scope, node), inner.columns)
