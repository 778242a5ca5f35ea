"""Calls of functions, and the scalar functions of numbers and texts: one row each."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Literal

from sqlglot import exp

from . import aggregates, casts, patterns
from .json_calls import DOCUMENTS
from .pieces import Kind, Piece
from .scalar import Handler, Scalar
from .scope import Scope
from .time_calls import TIMES, make_interval


def call(scope: Scope, node: exp.Expr) -> Piece:
    """Translate a call of a function. Raises BadQuery for one that is not known."""
    assert isinstance(node, exp.Anonymous)
    name = str(node.name).lower()
    if name in aggregates.AGGREGATES or name in aggregates.WINDOWS:
        return aggregates.wrapped(scope, node)
    if name == "array" and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Query):
        rows = scope.rows(node.expressions[0])
        return Piece(f"(SELECT json_group_array(c) FROM ({_renamed(rows.sql, rows.columns[0][0])}))", "list")
    if name == "make_interval":
        return make_interval(scope, node)
    if name in SET_RETURNING and scope.unroll is not None:
        return scope.unroll(node)
    scalar = SCALARS.get(name)
    if scalar is None:
        raise _unknown(scope, node, name)
    if any(isinstance(one, exp.Star | exp.Distinct | exp.Order | exp.Kwarg) for one in node.expressions):
        raise scope.refuse(node, f"{name} takes plain values")
    if not scalar.least <= len(node.expressions) <= scalar.most:
        wanted = str(scalar.least) if scalar.least == scalar.most else f"{scalar.least} to {scalar.most}"
        raise scope.refuse(node, f"{name} takes {wanted} arguments, not {len(node.expressions)}")
    return scalar.handler(scope, node, [scope.piece(one) for one in node.expressions])


def _renamed(sql: str, column: str) -> str:
    name = column.replace('"', '""')
    return f'SELECT "{name}" AS c FROM ({sql})'


def _unknown(scope: Scope, node: exp.Expr, name: str) -> Exception:
    if name in SET_RETURNING:
        return scope.refuse(node, f"{name} gives rows", "put it into FROM, or alone into a column of SELECT")
    if name in _INSTEAD:
        return scope.refuse(node, f"{name} is not available", _INSTEAD[name])
    close = get_close_matches(name, [*SCALARS, *aggregates.AGGREGATES, *aggregates.WINDOWS], n=1, cutoff=0.75)
    return scope.refuse(node, f"no function {name}", f"did you mean {close[0]}?" if close else "")


SET_RETURNING = frozenset(
    {"generate_series", "unnest"}
    | {
        f"{kind}_{what}"
        for kind in ("json", "jsonb")
        for what in ("array_elements", "array_elements_text", "object_keys", "each", "each_text")
    }
)
"""Functions that give rows, which stand in FROM."""

_INSTEAD = dict.fromkeys(
    [f"regexp_{what}" for what in ("replace", "match", "matches", "split_to_array", "split_to_table", "substr")],
    "test with ~, cut with split_part, substr or replace",
) | {
    "row_to_json": "use jsonb_build_object('a', a, …)",
    "jsonb_set": "take the values out with ->> and build anew with jsonb_build_object",
    "jsonb_path_query": "use -> and #>",
    "to_tsvector": "use ILIKE '%word%'",
    "pg_sleep": "there is nothing to wait for",
    "grouping": "use UNION ALL of two questions",
    **dict.fromkeys(("justify_interval", "justify_hours", "justify_days"), "use EXTRACT(EPOCH FROM …)"),
}  # fmt: skip


def _plain(template: str, kind: Kind, wants: Literal["text", "number", "same"] = "text") -> Handler:
    """SQL with the arguments in it: as text, as numbers, or "same" for numbers whose kind stays."""

    def build(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
        if wants == "text":
            pieces = [casts.as_text(scope, piece) for piece in given]
        else:
            pieces = [casts.as_number(scope, node.expressions[place], piece) for place, piece in enumerate(given)]
        all_ = ", ".join(piece.sql for piece in pieces)
        sql = template.format(*(piece.sql for piece in pieces), all=all_)
        return Piece(sql, pieces[0].kind if wants == "same" else kind)

    return build


def _own(function: str, kind: Kind = "text", numbers: tuple[int, ...] = ()) -> Handler:
    """A call of one of our own functions; arguments are texts but for those at the given places."""

    def build(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
        sql = [
            (
                casts.as_number(scope, node.expressions[place], piece)
                if place in numbers
                else casts.as_text(scope, piece)
            ).sql
            for place, piece in enumerate(given)
        ]
        return Piece(scope.call(function, *sql), kind)

    return build


def _coalesce(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    pieces = casts.unify(scope, node, given)
    if len(pieces) == 1:
        return pieces[0]
    return Piece(f"COALESCE({', '.join(piece.sql for piece in pieces)})", casts.kind_of(pieces))


def _nullif(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    left, right = casts.unify(scope, node, given)
    return Piece(f"NULLIF({left.sql}, {right.sql})", left.kind)


def _extreme(function: str) -> Handler:
    def build(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
        pieces = casts.unify(scope, node, [piece for piece in given if piece.kind != "null"])
        if not pieces:
            return Piece("NULL", "null")
        if len(pieces) == 1:
            return pieces[0]
        # SQLite's give NULL for any NULL, Postgres leaves them out: each stands for itself or for the next
        turns = [[piece.sql for piece in pieces[place:] + pieces[:place]] for place in range(len(pieces))]
        firm = [piece.sql for piece in pieces if piece.value is not None]
        if firm:
            turns = [[piece.sql] if piece.value is not None else [piece.sql, firm[0]] for piece in pieces]
        sides = [turn[0] if len(turn) == 1 else f"COALESCE({', '.join(turn)})" for turn in turns]
        return Piece(f"{function}({', '.join(sides)})", pieces[0].kind)

    return build


def _concat(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    short = [
        Piece(f"substr({casts.as_text(scope, piece).sql}, 1, 1)", "text") if piece.kind == "boolean" else piece
        for piece in given
    ]
    parts = [f"COALESCE({casts.as_text(scope, piece).sql}, '')" for piece in short]
    return Piece(" || ".join(parts), "text", tight=False)


def _concat_ws(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    between, *parts = [casts.as_text(scope, piece).sql for piece in given]
    return Piece(scope.call("pg_join", f"json_array({', '.join(parts)})", between), "text")


def _round(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    pieces = [casts.as_number(scope, node.expressions[place], piece) for place, piece in enumerate(given)]
    if pieces[0].kind == "interval":
        raise scope.refuse(node, "round of an interval", "round its EXTRACT(EPOCH FROM …)")
    digits = pieces[1].value if len(pieces) > 1 else 0
    if isinstance(digits, int) and digits < 0:  # SQLite rounds behind the point only
        return Piece(f"ROUND({pieces[0].inner} / 1e{-digits}) * 1e{-digits}", "real", tight=False)
    return Piece(f"ROUND({', '.join(piece.sql for piece in pieces)})", "real")


def _trunc(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    pieces = [casts.as_number(scope, node.expressions[place], piece) for place, piece in enumerate(given)]
    if len(pieces) == 1:
        return Piece(f"trunc({pieces[0].sql})", "real")
    scale = f"power(10, {pieces[1].sql})"
    return Piece(f"trunc({pieces[0].inner} * {scale}) / {scale}", "real", tight=False)


def _div(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    left, right = (casts.as_number(scope, node, piece) for piece in given)
    return Piece(f"CAST({left.inner} / {right.inner} AS INTEGER)", "integer")


def _left(right: bool) -> Handler:
    def build(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
        value, count = casts.as_text(scope, given[0]), casts.as_number(scope, node, given[1])
        if isinstance(count.value, int) and count.value >= 0:
            sql = f"substr({value.sql}, -{count.sql}, {count.sql})" if right else f"substr({value.sql}, 1, {count.sql})"
            return Piece(sql if count.value else "''", "text")
        length = f"CASE WHEN {count.inner} < 0 THEN MAX(length({value.sql}) + {count.inner}, 0) ELSE {count.inner} END"
        taken = f"MIN({length}, length({value.sql}))"
        start = f"length({value.sql}) - {taken} + 1" if right else "1"
        return Piece(f"substr({value.sql}, {start}, {taken})", "text")

    return build


def _substr(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    numbers = [casts.as_number(scope, node, piece).sql for piece in given[1:]]
    return Piece(f"substr({', '.join([casts.as_text(scope, given[0]).sql, *numbers])})", "text")


def _starts(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    return patterns.begins(scope, given[0], given[1])


def _width_bucket(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    return Piece(scope.call("pg_bucket", *(casts.as_number(scope, node, piece).sql for piece in given)), "integer")


def _same(template: str) -> Scalar:
    return Scalar(1, 1, _plain(template, "real", "same"))


def _real(template: str, least: int = 1, most: int = 1) -> Scalar:
    return Scalar(least, most, _plain(template, "real", "number"))


SCALARS: dict[str, Scalar] = {
    "coalesce": Scalar(1, 99, _coalesce), "nullif": Scalar(2, 2, _nullif),
    "greatest": Scalar(1, 20, _extreme("MAX")), "least": Scalar(1, 20, _extreme("MIN")),
    # numbers
    "abs": _same("abs({0})"), "round": Scalar(1, 2, _round), "trunc": Scalar(1, 2, _trunc),
    "ceil": _real("ceil({0})"), "ceiling": _real("ceil({0})"), "floor": _real("floor({0})"), "sqrt": _real("sqrt({0})"),
    "exp": _real("exp({0})"), "ln": _real("ln({0})"), "log": _real("log({all})", 1, 2), "log10": _real("log10({0})"),
    "power": _real("power({0}, {1})", 2, 2), "pow": _real("power({0}, {1})", 2, 2), "sign": _real("sign({0})"),
    "mod": Scalar(2, 2, _plain("({0}) % ({1})", "integer", "same")), "div": Scalar(2, 2, _div),
    "pi": _real("pi()", 0, 0),
    "random": _real("(abs(random() / 2) / 4611686018427387904.0)", 0, 0), "width_bucket": Scalar(4, 4, _width_bucket),
    # texts
    "lower": Scalar(1, 1, _own("pg_lower")), "upper": Scalar(1, 1, _own("pg_upper")),
    "initcap": Scalar(1, 1, _own("pg_initcap")), "reverse": Scalar(1, 1, _own("pg_reverse")),
    "length": Scalar(1, 1, _plain("length({0})", "integer")),
    "char_length": Scalar(1, 1, _plain("length({0})", "integer")),
    "character_length": Scalar(1, 1, _plain("length({0})", "integer")),
    "octet_length": Scalar(1, 1, _plain("length(CAST({0} AS BLOB))", "integer")),
    "ltrim": Scalar(1, 2, _plain("ltrim({all})", "text")), "rtrim": Scalar(1, 2, _plain("rtrim({all})", "text")),
    "btrim": Scalar(1, 2, _plain("trim({all})", "text")), "replace": Scalar(3, 3, _plain("replace({all})", "text")),
    "left": Scalar(2, 2, _left(right=False)), "right": Scalar(2, 2, _left(right=True)),
    "substr": Scalar(2, 3, _substr),
    "strpos": Scalar(2, 2, _plain("instr({0}, {1})", "integer")), "starts_with": Scalar(2, 2, _starts),
    "repeat": Scalar(2, 2, _own("pg_repeat", numbers=(1,))), "lpad": Scalar(2, 3, _own("pg_lpad", numbers=(1,))),
    "rpad": Scalar(2, 3, _own("pg_rpad", numbers=(1,))), "translate": Scalar(3, 3, _own("pg_translate")),
    "split_part": Scalar(3, 3, _own("pg_split_part", numbers=(2,))), "concat": Scalar(1, 99, _concat),
    "concat_ws": Scalar(2, 99, _concat_ws), "chr": Scalar(1, 1, _plain("char({0})", "text", "number")),
    "ascii": Scalar(1, 1, _plain("unicode({0})", "integer")),
    **TIMES, **DOCUMENTS,
}  # fmt: skip
"""Every scalar function that is known."""
