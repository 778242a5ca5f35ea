"""Expressions: operators, literals, conditions. What has no row here cannot be translated, and is said so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from sqlglot import exp

from . import aggregates, calls, casts, comparisons, documents, moments, patterns, times, types
from .intervals import Interval, parse
from .pieces import INTERVALS, Kind, Piece, quoted
from .scope import Scope, folded

Handler: TypeAlias = Callable[[Scope, "exp.Expr"], Piece]


def piece(scope: Scope, node: exp.Expr) -> Piece:
    """Translate one expression. Raises BadQuery that points at what cannot be translated."""
    handler = _HANDLERS.get(type(node))
    if handler is None:
        said = scope.context.said(node) or type(node).__name__
        raise scope.refuse(node, f"{said!r} cannot be translated to SQLite", "say it with other words")
    return handler(scope, node)


def _literal(scope: Scope, node: exp.Expr) -> Piece:
    said = str(node.this)
    if node.args.get("is_string"):
        return Piece(quoted(said), "unknown", said)
    try:
        number: int | float = int(said)
    except ValueError:
        number = float(said)
        return Piece(said if said[0] != "." else f"0{said}", "real", number)
    return Piece(said, "integer", number) if abs(number) < 2**63 else Piece(f"{said}.0", "real", float(number))


def _string(scope: Scope, node: exp.Expr) -> Piece:
    return Piece(quoted(str(node.this)), "unknown", str(node.this))


def _paren(scope: Scope, node: exp.Expr) -> Piece:
    inner = scope.piece(node.this)
    return inner if inner.tight else replace(inner, sql=f"({inner.sql})", tight=True)


def _negated(scope: Scope, node: exp.Expr) -> Piece:
    inner = scope.piece(node.this)
    if inner.kind in INTERVALS:
        if isinstance(inner.value, Interval):
            return moments.span(inner.value.times(-1))
        return Piece(f"-{casts.as_interval(scope, node, inner).inner}", "interval", tight=False)
    number = casts.as_number(scope, node.this, inner)
    value = -number.value if isinstance(number.value, int | float) else None
    return Piece(f"-{number.inner}", number.kind, value, tight=False)


def _all_of(word: str) -> Handler:
    def join(scope: Scope, node: exp.Expr) -> Piece:
        parts = [casts.as_truth(scope, part).inner for part in _chain(node)]
        return Piece(f" {word} ".join(parts), "boolean", tight=False)

    return join


def _chain(node: exp.Expr) -> list[exp.Expr]:
    """The operands of a chain of one operator, without a call for each."""
    parts: list[exp.Expr] = []
    kind, left = type(node), node
    while isinstance(left, kind):
        parts.append(left.args["expression"])
        left = left.this
    return [left, *reversed(parts)]


def _not(scope: Scope, node: exp.Expr) -> Piece:
    return Piece(f"NOT {casts.as_truth(scope, node.this).inner}", "boolean", tight=False)


def _arithmetic(operator: str, sign: int = 0) -> Handler:
    def compute(scope: Scope, node: exp.Expr) -> Piece:
        left, right = scope.piece(node.this), scope.piece(node.args["expression"])
        if sign and (found := times.sum_of(scope, node, left, right, sign)):
            return found
        if found := _scaled(scope, node, operator, left, right):
            return found
        if operator == "-" and left.kind in ("json", "list"):
            raise scope.refuse(node, "taking keys out of JSON with -")
        left = casts.as_number(scope, node.this, left)
        right = casts.as_number(scope, node.args["expression"], right)
        kind: Kind = "integer" if left.kind == right.kind == "integer" else "real"
        if operator == "%" and kind == "real":
            return Piece(f"mod({left.sql}, {right.sql})", "real")
        return Piece(f"{left.inner} {operator} {right.inner}", kind, tight=False)

    return compute


def _scaled(scope: Scope, node: exp.Expr, operator: str, left: Piece, right: Piece) -> Piece | None:
    """An interval times or divided by a number."""
    if operator == "*" and right.kind in INTERVALS:
        left, right = right, left
    if left.kind not in INTERVALS or operator not in "*/":
        return None
    if right.kind in INTERVALS:
        raise scope.refuse(node, f"interval {operator} interval", "divide their EXTRACT(EPOCH FROM …)")
    factor = casts.as_number(scope, node, right)
    if isinstance(left.value, Interval) and isinstance(factor.value, int | float) and factor.value:
        return moments.span(left.value.times(factor.value if operator == "*" else 1 / factor.value))
    if isinstance(left.value, Interval) and left.value.months:
        raise scope.refuse(node, "months times something that is no constant", "a month has no fixed length; use days")
    return Piece(f"{casts.as_interval(scope, node, left).inner} {operator} {factor.inner}", "interval", tight=False)


def _concatenated(scope: Scope, node: exp.Expr) -> Piece:
    parts = [scope.piece(part) for part in _chain(node)]
    if any(part.kind in ("list", "json") for part in parts) and not any(
        part.kind in ("text", "payload") for part in parts
    ):
        raise scope.refuse(node, "joining JSON or arrays with ||", "join their texts, as in (…)::text")
    return Piece(" || ".join(casts.as_text(scope, part).inner for part in parts), "text", tight=False)


def _case(scope: Scope, node: exp.Expr) -> Piece:
    base, branches = node.args.get("this"), node.args["ifs"]
    if base is not None:
        first, *tests = casts.unify(scope, node, [scope.piece(base), *(scope.piece(one.this) for one in branches)])
        head = f"CASE {first.inner}"
    else:
        tests = [casts.as_truth(scope, one.this) for one in branches]
        head = "CASE"
    default = node.args.get("default")
    results = [scope.piece(one.args["true"]) for one in branches]
    results = casts.unify(scope, node, [*results, *([scope.piece(default)] if default is not None else [])])
    body = "".join(f" WHEN {test.sql} THEN {found.sql}" for test, found in zip(tests, results, strict=False))
    last = f" ELSE {results[-1].sql}" if default is not None else ""
    return Piece(f"{head}{body}{last} END", casts.kind_of(results))


def _interval(scope: Scope, node: exp.Expr) -> Piece:
    unit = node.args.get("unit")
    if not isinstance(node.this, exp.Literal):
        raise scope.refuse(node, "INTERVAL takes a text in quotes", "multiply instead: n * INTERVAL '1 day'")
    words = f"{node.this.name} {unit.name.lower() if isinstance(unit, exp.Var) else ''}".strip()
    found = parse(words)
    if found is None:
        raise scope.refuse(node, f"{words!r} is no interval", "write it as '1 day' or '2 hours 30 minutes'")
    return moments.span(found)


def _json(as_text: bool, path: bool = False) -> Handler:
    def extract(scope: Scope, node: exp.Expr) -> Piece:
        document, key = scope.piece(node.this), scope.piece(node.args["expression"])
        return (documents.get_path if path else documents.get)(scope, node, document, key, as_text)

    return extract


def _contains(swapped: bool) -> Handler:
    def contain(scope: Scope, node: exp.Expr) -> Piece:
        sides = [scope.piece(node.this), scope.piece(node.args["expression"])]
        return documents.contains(scope, node, *(reversed(sides) if swapped else sides))

    return contain


def _keys(every: bool | None) -> Handler:
    def test(scope: Scope, node: exp.Expr) -> Piece:
        document, key = scope.piece(node.this), scope.piece(node.args["expression"])
        if every is None:
            return documents.has_key(scope, node, document, key)
        return documents.has_keys(scope, node, document, key, every)

    return test


def _overlaps(scope: Scope, node: exp.Expr) -> Piece:
    return documents.overlaps(scope, node, scope.piece(node.this), scope.piece(node.args["expression"]))


def _subquery(scope: Scope, node: exp.Expr) -> Piece:
    rows = scope.rows(node.this if isinstance(node, exp.Subquery) else node)
    if len(rows.columns) != 1:
        raise scope.refuse(node, f"a query used as a value has one column, this has {len(rows.columns)}")
    return Piece(f"({rows.sql})", rows.columns[0][1])


def _exists(scope: Scope, node: exp.Expr) -> Piece:
    query = node.this.this if isinstance(node.this, exp.Subquery) else node.this
    return Piece(f"EXISTS ({scope.rows(query).sql})", "boolean")


def _zone(scope: Scope, node: exp.Expr) -> Piece:
    zone = node.args["zone"]
    inner = node.this
    if not isinstance(zone, exp.Literal):
        raise scope.refuse(node, "AT TIME ZONE takes a text in quotes")
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if isinstance(inner, exp.AtTimeZone) and inner.args["zone"].name.upper() == "UTC":
        base = scope.piece(inner.this)
        if (
            base.kind == "instant"
        ):  # `x AT TIME ZONE 'UTC' AT TIME ZONE 'there'`: for columns without a zone; it means there
            return times.at_zone(scope, node, base, zone.name)
    return times.at_zone(scope, node, scope.piece(node.this), zone.name)


def _bracket(scope: Scope, node: exp.Expr) -> Piece:
    if len(node.expressions) != 1 or isinstance(node.expressions[0], exp.Slice):
        raise scope.refuse(node, "slices of arrays")
    return documents.element(scope, node, scope.piece(node.this), scope.piece(node.expressions[0]))


def _collate(scope: Scope, node: exp.Expr) -> Piece:
    wanted = folded(node.args["expression"])
    if wanted.lower() not in ("c", "posix", "default", "ucs_basic"):
        raise scope.refuse(node, f"no collation {wanted!r}", 'texts are ordered by code point, as COLLATE "C" does')
    return scope.piece(node.this)


def _extract(scope: Scope, node: exp.Expr) -> Piece:
    return times.field(scope, node, node.this.name, scope.piece(node.args["expression"]))


def _array(scope: Scope, node: exp.Expr) -> Piece:
    pieces = [scope.piece(one) for one in node.expressions]
    return documents.made(scope, casts.unify(scope, node, pieces))


def _substring(scope: Scope, node: exp.Expr) -> Piece:
    value = casts.as_text(scope, scope.piece(node.this))
    if isinstance(node.args.get("start"), exp.Literal) and node.args["start"].is_string:
        raise scope.refuse(
            node, "substring by a pattern", "test with ~, cut with split_part or substring(x, from, length)"
        )
    parts = [value] + [
        casts.as_number(scope, node, scope.piece(node.args[part]))
        for part in ("start", "length")
        if node.args.get(part)
    ]
    if not node.args.get("start"):
        parts.insert(1, Piece("1", "integer"))
    return Piece(f"substr({', '.join(part.sql for part in parts)})", "text")


def _position(scope: Scope, node: exp.Expr) -> Piece:
    value, part = (casts.as_text(scope, scope.piece(node.args[one])) for one in ("this", "substr"))
    return Piece(f"instr({value.sql}, {part.sql})", "integer")


def _trim(scope: Scope, node: exp.Expr) -> Piece:
    function = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or "").upper(), "trim")
    value, characters = node.this, node.args.get("expression")
    parts = [casts.as_text(scope, scope.piece(part)).sql for part in (value, characters) if part is not None]
    return Piece(f"{function}({', '.join(parts)})", "text")


def _now(kind: str) -> Handler:
    return lambda scope, node: times.current(scope, kind)


def _column(scope: Scope, node: exp.Expr) -> Piece:
    if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
        raise scope.refuse(node, "* stands only in SELECT * and count(*)")
    return scope.column(node)


def _constant(sql: str, kind: Kind) -> Handler:
    return lambda scope, node: Piece(sql, kind)


def _boolean(scope: Scope, node: exp.Expr) -> Piece:
    return Piece("1" if node.this else "0", "boolean")


def _power(scope: Scope, node: exp.Expr) -> Piece:
    parts = [casts.as_number(scope, node, scope.piece(node.args[part])).sql for part in ("this", "expression")]
    return Piece(f"power({', '.join(parts)})", "real")


_OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=", exp.NullSafeEQ: "IS",
    exp.NullSafeNEQ: "IS NOT",
}  # fmt: skip

_HANDLERS: dict[type[exp.Expr], Handler] = {
    exp.Literal: _literal, exp.ByteString: _string, exp.RawString: _string, exp.National: _string,
    exp.Null: _constant("NULL", "null"), exp.Boolean: _boolean, exp.Column: _column, exp.Paren: _paren,
    exp.Neg: _negated, exp.And: _all_of("AND"), exp.Or: _all_of("OR"), exp.Not: _not,
    **{kind: comparisons.compared(operator) for kind, operator in _OPERATORS.items()},
    exp.Is: comparisons.tested, exp.In: comparisons.among, exp.Between: comparisons.between,
    exp.Add: _arithmetic("+", 1), exp.Sub: _arithmetic("-", -1), exp.Mul: _arithmetic("*"),
    exp.Div: _arithmetic("/"), exp.Mod: _arithmetic("%"), exp.Pow: _power,
    exp.BitwiseAnd: _arithmetic("&"), exp.BitwiseOr: _arithmetic("|"), exp.BitwiseLeftShift: _arithmetic("<<"),
    exp.BitwiseRightShift: _arithmetic(">>"), exp.DPipe: _concatenated, exp.Case: _case,
    exp.Cast: types.cast, exp.Interval: _interval, exp.Extract: _extract, exp.AtTimeZone: _zone,
    exp.JSONExtract: _json(as_text=False), exp.JSONExtractScalar: _json(as_text=True),
    exp.JSONBExtract: _json(as_text=False, path=True), exp.JSONBExtractScalar: _json(as_text=True, path=True),
    exp.ArrayContainsAll: _contains(swapped=False), exp.ArrayContainedBy: _contains(swapped=True),
    exp.JSONBContainsTopKey: _keys(None), exp.JSONBContainsAnyTopKeys: _keys(every=False),
    exp.JSONBContainsAllTopKeys: _keys(every=True), exp.ArrayOverlaps: _overlaps, exp.Array: _array,
    exp.Bracket: _bracket, exp.Collate: _collate, exp.Subquery: _subquery, exp.Select: _subquery, exp.Exists: _exists,
    exp.Like: patterns.like, exp.ILike: patterns.like, exp.Escape: patterns.like, exp.SimilarTo: patterns.regex,
    exp.RegexpLike: patterns.regex, exp.RegexpILike: patterns.regex, exp.StartsWith: patterns.starts_with,
    exp.Substring: _substring, exp.StrPosition: _position, exp.Trim: _trim,
    exp.CurrentDate: _now("date"), exp.CurrentTimestamp: _now("instant"), exp.CurrentTime: _now("clock"),
    exp.Localtimestamp: _now("wall"), exp.Localtime: _now("clock"),
    exp.Anonymous: calls.call, exp.Filter: aggregates.wrapped, exp.WithinGroup: aggregates.wrapped,
    exp.Window: aggregates.wrapped,
}  # fmt: skip
