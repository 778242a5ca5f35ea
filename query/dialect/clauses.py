"""The clauses around a SELECT: WITH, ORDER BY, LIMIT."""

from __future__ import annotations

from sqlglot import exp

from ...storage.columns import COLUMNS
from . import casts
from .pieces import Kind, name
from .scope import Scope, folded


def with_clause(scope: Scope, node: exp.Expr) -> str:
    """Translate a WITH clause and enter its names into the scope."""
    clause = node.args.get("with_")
    if clause is None:
        return ""
    parts = []
    recursive = bool(clause.args.get("recursive"))
    for cte in clause.expressions:
        wanted = folded(cte.args["alias"].this)
        given = [folded(column) for column in cte.args["alias"].columns]
        if not isinstance(cte.this, exp.Query):
            raise scope.refuse(cte.args["alias"], "a WITH clause that writes", "write a SELECT inside")
        called = f"{wanted}_" if wanted in COLUMNS else wanted  # the store refuses a view's name
        inner = Scope(scope.context, scope.parent)
        inner.ctes = dict(scope.ctes)
        body = cte.this.this if isinstance(cte.this, exp.Subquery) else cte.this
        if recursive and isinstance(body, exp.SetOperation):
            first = inner.rows(body.this)
            columns = _named(scope, cte, first.columns, given)
            inner.ctes[wanted] = (called, columns)
        rows = inner.rows(body)
        columns = _named(scope, cte, rows.columns, given)
        scope.ctes[wanted] = (called, columns)
        hint = {True: "MATERIALIZED ", False: "NOT MATERIALIZED "}.get(cte.args.get("materialized"), "")
        listed = ", ".join(name(column) for column, _ in columns)
        parts.append(f"{name(called)}({listed}) AS {hint}({rows.sql})")
    return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(parts)} "


def _named(scope: Scope, node: exp.Expr, columns: list[tuple[str, Kind]], names: list[str]) -> list[tuple[str, Kind]]:
    if len(names) > len(columns):
        raise scope.refuse(node.args["alias"], f"{len(names)} names for {len(columns)} columns")
    return [(names[place] if place < len(names) else old, kind) for place, (old, kind) in enumerate(columns)]


def order_by(scope: Scope, node: exp.Expr, written: frozenset[str] = frozenset()) -> str:
    """Return ORDER BY: nulls are large, as in Postgres. `written` are columns whose text stands for another value."""
    order = node.args.get("order")
    if order is None:
        return ""
    return " ORDER BY " + ", ".join(_ordered(scope, item, written) for item in order.expressions)


def _ordered(scope: Scope, item: exp.Expr, written: frozenset[str]) -> str:
    return _key(scope, item.this, written) + direction(item)


def direction(item: exp.Expr) -> str:
    """Return what stands behind a key of ORDER BY; the parser has put in Postgres's default for nulls."""
    down = " DESC" if item.args.get("desc") else ""
    return f"{down} NULLS {'FIRST' if item.args.get('nulls_first') else 'LAST'}"


def _key(scope: Scope, node: exp.Expr, written: frozenset[str]) -> str:
    """What ORDER BY sorts by: a place, a column of the answer, or an expression."""
    if isinstance(node, exp.Literal) and not node.is_string:
        place = int(node.name) if node.name.isdigit() else 0
        if not 1 <= place <= len(scope.outputs):
            raise scope.refuse(node, f"there is no column {node.name} to order by")
        named, piece = scope.outputs[place - 1]
        return piece.sql if named in written else str(place)
    if isinstance(node, exp.Column) and not node.args.get("table"):
        wanted = folded(node.this)
        if (found := scope.output(wanted)) is not None:
            return found.sql if wanted in written else name(wanted)
    piece = scope.piece(node)
    return piece.inner if piece.value is None else "NULL"  # SQLite takes a bare number for a place


def limit(scope: Scope, node: exp.Expr) -> str:
    """Return LIMIT and OFFSET; FETCH FIRST is one too."""
    given, offset = node.args.get("limit"), node.args.get("offset")
    sql = ""
    if isinstance(given, exp.Fetch):
        options = given.args.get("limit_options")
        if options is not None and (options.args.get("with_ties") or options.args.get("percent")):
            raise scope.refuse(
                given.args.get("count"), "FETCH … WITH TIES", "use rank() OVER (ORDER BY …) in a subquery"
            )
        count = given.args.get("count")
        sql = scope.piece(count).sql if count is not None else "1"
    elif given is not None:
        value = given.args["expression"]
        if not (isinstance(value, exp.Var) and value.name.upper() == "ALL") and not isinstance(value, exp.Null):
            sql = casts.as_number(scope, value, scope.piece(value)).sql
    if offset is None:
        return f" LIMIT {sql}" if sql else ""
    start = offset.args["expression"]
    return f" LIMIT {sql or '-1'} OFFSET {casts.as_number(scope, start, scope.piece(start)).sql}"
