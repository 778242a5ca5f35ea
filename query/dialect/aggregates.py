"""Aggregates and window functions, with DISTINCT, ORDER BY, FILTER, WITHIN GROUP and OVER around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import exp

from . import casts, documents
from .clauses import direction
from .pieces import INTERVALS, Kind, Piece, name, quoted
from .scope import Scope, folded


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an aggregate, taken apart."""

    scope: Scope
    node: exp.Expr
    function: str
    arguments: list[exp.Expr]
    distinct: bool
    order: list[exp.Expr]
    within: list[exp.Expr]
    """What WITHIN GROUP orders by."""
    tail: str
    """FILTER and OVER, in SQL."""
    over: bool

    def argument(self, place: int) -> exp.Expr:
        """Return an argument. Raises BadQuery when there is none."""
        if place >= len(self.arguments):
            raise self.scope.refuse(self.node, f"{self.function} wants more arguments")
        return self.arguments[place]

    def piece(self, place: int) -> Piece:
        """Translate an argument."""
        return self.scope.piece(self.argument(place))

    def sql(self, function: str, *arguments: str, distinct: bool | None = None) -> str:
        """Return the call of an aggregate of SQLite's, with what stands behind it."""
        mark = "DISTINCT " if (self.distinct if distinct is None else distinct) else ""
        return f"{function}({mark}{', '.join(arguments)}){self.tail}"

    def own(self, function: str, *arguments: str) -> str:
        """As `sql`, for one of our own."""
        self.scope.context.used.add(function)
        return self.sql(function, *arguments, distinct=False)


Handler: TypeAlias = Callable[[Call], Piece]


def wrapped(scope: Scope, node: exp.Expr) -> Piece:
    """Translate an aggregate or a window function with all that is around it. Raises BadQuery."""
    inner, filter_, within, window = node, None, None, None
    while not isinstance(inner, exp.Anonymous):
        if isinstance(inner, exp.Filter):
            filter_ = inner.args["expression"].this
        elif isinstance(inner, exp.WithinGroup):
            within = inner.args["expression"]
        elif isinstance(inner, exp.Window) and window is None:
            window = inner
        else:
            raise scope.refuse(node, f"{scope.context.said(node)!r} is no aggregate")
        inner = inner.this
    function = str(inner.name).lower()
    handler = AGGREGATES.get(function) or (WINDOWS.get(function) if window is not None else None)
    if handler is None:
        problem = f"{function} wants OVER (…)" if function in WINDOWS else f"{function} is no aggregate"
        raise scope.refuse(inner, problem)
    arguments, distinct, order = _arguments(inner)
    if window is None and order and function not in ("string_agg", "array_agg", "json_agg", "jsonb_agg"):
        order = []  # the order of what is counted or summed does not matter
    tail = f" FILTER (WHERE {casts.as_truth(scope, filter_).sql})" if filter_ is not None else ""
    tail += f" OVER {_over(scope, window)}" if window is not None else ""
    if window is not None and distinct:
        raise scope.refuse(node, "DISTINCT together with OVER", "count in a query of its own and join it")
    if function in _ORDERED and within is None:
        raise scope.refuse(inner, f"{function} wants an order", f"write {function}(0.5) WITHIN GROUP (ORDER BY …)")
    call = Call(
        scope, inner, function, arguments, distinct, order,
        within.expressions if within is not None else [], tail, window is not None,
    )  # fmt: skip
    return handler(call)


def _arguments(node: exp.Anonymous) -> tuple[list[exp.Expr], bool, list[exp.Expr]]:
    """The arguments of a call, whether DISTINCT, and its ORDER BY."""
    arguments = list(node.expressions)
    order: list[exp.Expr] = []
    if arguments and isinstance(arguments[-1], exp.Order):
        ordered = arguments.pop()
        order = ordered.expressions
        arguments.append(ordered.this)
    distinct = bool(arguments) and isinstance(arguments[0], exp.Distinct)
    if distinct:
        arguments = [*arguments[0].expressions, *arguments[1:]]
    return arguments, distinct, order


def ordering(scope: Scope, items: list[exp.Expr]) -> str:
    """Return the list behind an ORDER BY inside OVER: nulls are large, as in Postgres."""
    parts = []
    for item in items:
        piece = scope.piece(item.this)
        parts.append(piece.inner + direction(item))
    return ", ".join(parts)


def _over(scope: Scope, window: exp.Expr) -> str:
    """Return what stands behind OVER: a window's name, or the window."""
    named = window.args.get("alias")
    if named is not None and not window.args.get("partition_by") and not window.args.get("order"):
        if folded(named) not in scope.windows:
            raise scope.refuse(named, f"no window {folded(named)!r}")
        return name(folded(named))
    return f"({window_body(scope, window)})"


def window_body(scope: Scope, window: exp.Expr) -> str:
    """Return the inside of a window: PARTITION BY, ORDER BY and the frame."""
    parts = []
    if first := window.args.get("alias"):
        parts.append(name(folded(first)))
    if partition := window.args.get("partition_by"):
        parts.append("PARTITION BY " + ", ".join(scope.piece(one).sql for one in partition))
    if order := window.args.get("order"):
        parts.append("ORDER BY " + ordering(scope, order.expressions))
    if spec := window.args.get("spec"):
        parts.append(_frame(scope, spec))
    return " ".join(parts)


def _frame(scope: Scope, spec: exp.Expr) -> str:
    def edge(side: str) -> str:
        value = spec.args.get(side)
        if isinstance(value, exp.Expr):
            piece = scope.piece(value)
            if piece.kind in INTERVALS | {"unknown"}:
                raise scope.refuse(value, "a frame measured in time", "count rows, or join on the range of times")
            value = piece.sql
        return f"{value} {spec.args.get(f'{side}_side') or ''}".strip()

    between = f"BETWEEN {edge('start')} AND {edge('end')}" if spec.args.get("end") else edge("start")
    exclude = spec.args.get("exclude")
    return f"{spec.args.get('kind')} {between}{f' EXCLUDE {exclude}' if exclude else ''}"


def _count(call: Call) -> Piece:
    if call.distinct and not call.arguments:
        raise call.scope.refuse(call.node, "count(DISTINCT) of nothing")
    if not call.arguments or isinstance(call.arguments[0], exp.Star):
        return Piece(call.sql("COUNT", "*"), "integer")
    first = call.arguments[0]
    if isinstance(first, exp.Column) and isinstance(first.this, exp.Star):  # rows that a LEFT JOIN found
        key = exp.Column(this=exp.to_identifier("id"), table=first.args["table"])
        return Piece(call.sql("COUNT", call.scope.column(key).sql), "integer")
    if isinstance(first, exp.Tuple) or len(call.arguments) > 1:
        members = first.expressions if isinstance(first, exp.Tuple) else call.arguments
        return Piece(
            call.sql("COUNT", f"json_array({', '.join(call.scope.piece(one).sql for one in members)})"), "integer"
        )
    return Piece(call.sql("COUNT", call.piece(0).sql), "integer")


def _numeric(function: str, kind: Kind | None) -> Handler:
    def build(call: Call) -> Piece:
        piece = call.piece(0)
        if piece.kind in INTERVALS:
            return Piece(call.sql(function, casts.as_interval(call.scope, call.node, piece).sql), "interval")
        piece = casts.as_number(call.scope, call.arguments[0], piece)
        return Piece(call.sql(function, piece.sql), kind or piece.kind)

    return build


def _extreme(function: str) -> Handler:
    def build(call: Call) -> Piece:
        piece = call.piece(0)
        if piece.kind in INTERVALS:
            piece = casts.as_interval(call.scope, call.node, piece)
        if piece.kind == "boolean":
            raise call.scope.refuse(call.node, f"{call.function} of a condition", "use bool_or or bool_and")
        return Piece(call.sql(function, piece.sql), piece.kind if piece.kind != "unknown" else "text")

    return build


def _boolean(function: str) -> Handler:
    return lambda call: Piece(call.sql(function, casts.as_truth(call.scope, call.argument(0)).sql), "boolean")


def _own(function: str) -> Handler:
    def build(call: Call) -> Piece:
        if call.distinct:
            raise call.scope.refuse(
                call.node, f"{call.function} of DISTINCT values", "take them DISTINCT in a subquery"
            )
        return Piece(call.own(function, casts.as_number(call.scope, call.argument(0), call.piece(0)).sql), "real")

    return build


def _directions(items: list[exp.Expr]) -> str:
    """What `pg_sorted` takes: for each key "a" or "d", then "f" or "l" for nulls."""
    return "".join(
        ("d" if item.args.get("desc") else "a") + ("f" if item.args.get("nulls_first") else "l") for item in items
    )


def _list(call: Call, value: str) -> str:
    """The values of a group as a JSON list, in order, NULL for none."""
    if call.over and call.order:
        raise call.scope.refuse(call.node, "ORDER BY inside, together with OVER", "put the order into OVER (…)")
    if call.distinct:
        order = _directions(call.order) or "al"
        return call.scope.call(
            "pg_sorted_values", f"NULLIF({call.sql('json_group_array', value)}, '[]')", quoted(order)
        )
    if not call.order:
        return f"NULLIF({call.sql('json_group_array', value)}, '[]')"
    keys = [call.scope.piece(item.this).sql for item in call.order]
    rows = call.sql("json_group_array", f"json_array({', '.join([value, *keys])})")
    return call.scope.call("pg_sorted", f"NULLIF({rows}, '[]')", quoted(_directions(call.order)))


def _array(kind: Kind) -> Handler:
    return lambda call: Piece(_list(call, documents.member(call.piece(0))), kind)


def _string(call: Call) -> Piece:
    value = casts.as_text(call.scope, call.piece(0)).sql
    between = casts.as_text(call.scope, call.piece(1)).sql
    if not call.distinct and not call.order:
        return Piece(call.sql("group_concat", value, between), "text")
    if call.piece(1).value is None:
        raise call.scope.refuse(call.argument(1), "a separator that is no constant, together with an order")
    return Piece(call.scope.call("pg_join", _list(call, value), between), "text")


def _object(call: Call) -> Piece:
    key, value = casts.as_text(call.scope, call.piece(0)).sql, documents.member(call.piece(1))
    return Piece(f"NULLIF({call.sql('json_group_object', key, value)}, '{{}}')", "json")


def _ordered_set(function: str, wants_fraction: bool) -> Handler:
    def build(call: Call) -> Piece:
        scope = call.scope
        if len(call.within) != 1 or len(call.arguments) != int(wants_fraction):
            raise scope.refuse(
                call.node,
                f"{call.function} takes one value to order by",
                f"write {call.function}({'0.5' if wants_fraction else ''}) WITHIN GROUP (ORDER BY …)",
            )
        item = call.within[0]
        value = scope.piece(item.this)
        if value.kind in INTERVALS:
            value = casts.as_interval(scope, item, value)
        if call.function == "percentile_cont":
            value = casts.as_number(scope, item.this, value)
        kind: Kind = "real" if call.function == "percentile_cont" and value.kind == "integer" else value.kind
        fraction = Piece("0", "integer")
        if wants_fraction:
            fraction = call.piece(0)
            given = documents.items(fraction) if fraction.kind == "list" else [fraction.value]
            if any(isinstance(one, int | float) and not 0 <= one <= 1 for one in given or []):
                raise scope.refuse(call.arguments[0], "a fraction lies between 0 and 1")
            kind = "list" if fraction.kind == "list" else kind
        down = quoted("d" if item.args.get("desc") else "a")
        return Piece(call.own(function, value.sql, fraction.sql, down), kind)

    return build


def _window(kind: Kind | None = None) -> Handler:
    def build(call: Call) -> Piece:
        pieces = [call.scope.piece(one) for one in call.arguments]
        if len(pieces) not in _COUNTS.get(call.function, (0,)):
            raise call.scope.refuse(call.node, f"{call.function} with {len(pieces)} arguments")
        if call.function in ("lag", "lead") and len(pieces) == 3:
            pieces[0], pieces[2] = casts.unify(call.scope, call.node, [pieces[0], pieces[2]])
        found = kind or (pieces[0].kind if pieces else "any")
        return Piece(call.sql(call.function, *(piece.sql for piece in pieces)), found)

    return build


_COUNTS = {
    "ntile": (1,),
    "lag": (1, 2, 3),
    "lead": (1, 2, 3),
    "first_value": (1,),
    "last_value": (1,),
    "nth_value": (2,),
}
"""How many arguments window functions take, none where they are not listed."""

_ORDERED = frozenset({"percentile_cont", "percentile_disc", "mode"})

AGGREGATES: dict[str, Handler] = {
    "count": _count, "sum": _numeric("SUM", None), "avg": _numeric("AVG", "real"), "min": _extreme("MIN"),
    "max": _extreme("MAX"), "bool_or": _boolean("MAX"), "bool_and": _boolean("MIN"), "every": _boolean("MIN"),
    "string_agg": _string, "array_agg": _array("list"), "json_agg": _array("json"), "jsonb_agg": _array("json"),
    "json_object_agg": _object, "jsonb_object_agg": _object,
    "percentile_cont": _ordered_set("pg_percentile_cont", wants_fraction=True),
    "percentile_disc": _ordered_set("pg_percentile_disc", wants_fraction=True),
    "mode": _ordered_set("pg_mode", wants_fraction=False),
    "stddev": _own("pg_stddev_samp"), "stddev_samp": _own("pg_stddev_samp"), "stddev_pop": _own("pg_stddev_pop"),
    "variance": _own("pg_var_samp"), "var_samp": _own("pg_var_samp"), "var_pop": _own("pg_var_pop"),
}  # fmt: skip
"""Every aggregate that is known."""

WINDOWS: dict[str, Handler] = {
    **dict.fromkeys(("row_number", "rank", "dense_rank", "ntile"), _window("integer")),
    **dict.fromkeys(("percent_rank", "cume_dist"), _window("real")),
    **dict.fromkeys(("lag", "lead", "first_value", "last_value", "nth_value"), _window()),
}
"""Every window function that is no aggregate."""
