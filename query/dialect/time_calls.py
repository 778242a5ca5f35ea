"""Functions of times and intervals, by name (PostgreSQL documentation, 9.8 and 9.9)."""

from __future__ import annotations

from sqlglot import exp

from . import casts, formats, intervals, moments, times, types
from .intervals import Interval
from .pieces import INTERVALS, NUMBERS, Piece
from .scalar import Handler, Scalar
from .scope import Scope


def _constant(scope: Scope, node: exp.Expr, piece: Piece) -> str:
    if not isinstance(piece.value, str):
        raise scope.refuse(node, "this must be a text in quotes")
    return piece.value


def _date_trunc(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    zone = _constant(scope, node.expressions[2], given[2]) if len(given) > 2 else ""
    return times.truncated(scope, node, _constant(scope, node.expressions[0], given[0]), given[1], zone)


def _date_part(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    return times.field(scope, node, _constant(scope, node.expressions[0], given[0]), given[1])


def _to_char(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    value, pattern = given
    if value.kind in NUMBERS:
        if isinstance(pattern.value, str) and not formats.is_number_pattern(pattern.value):
            raise scope.refuse(
                node.expressions[1], f"{pattern.value!r} is no pattern for numbers", formats.NUMBER_SIGNS
            )
        return Piece(scope.call("pg_to_char", value.sql, pattern.sql), "text")
    if value.kind in INTERVALS:
        if not isinstance(pattern.value, str) or not formats.is_clock_pattern(pattern.value):
            raise scope.refuse(node, "to_char of an interval", "there are HH24, HH12, MI, SS, MS and US")
        seconds = casts.as_interval(scope, node, value)
        return times.written(
            scope, node, Piece(moments.stamp("'2000-01-01'", f"{seconds.inner} || ' seconds'"), "wall"), pattern
        )
    return times.written(scope, node, value, pattern)


def _to_timestamp(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    if len(given) == 1:
        seconds = casts.as_number(scope, node.expressions[0], given[0])
        return Piece(f"strftime({moments.FORMAT}, {seconds.sql}, 'unixepoch')", "instant")
    read = Piece(scope.call("pg_read_time", casts.as_text(scope, given[0]).sql, given[1].sql), "wall")
    return casts.as_time(scope, node, read, "instant")


def _to_date(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    return Piece(f"date({scope.call('pg_read_time', casts.as_text(scope, given[0]).sql, given[1].sql)})", "date")


def _now(kind: str) -> Handler:
    return lambda scope, node, given: times.current(scope, kind)


def _age(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    today = moments.constant(scope.context.now, "date", scope.context.zone)
    later, earlier = given if len(given) == 2 else (today, given[0])
    sides = [casts.wall(scope, node, casts.as_time(scope, node, side, "wall")) for side in (later, earlier)]
    return Piece(scope.call("pg_age", *sides), "age")


def _date_bin(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    stride = casts.as_interval(scope, node, given[0])
    if not isinstance(stride.value, Interval) or stride.value.months or stride.value.total <= 0:
        raise scope.refuse(node, "date_bin takes a constant width without months")
    time, origin = (casts.as_time(scope, node, side, "instant") for side in given[1:])
    seconds = f"(julianday({time.sql}) - julianday({origin.sql})) * 86400.0"
    bins = f"floor(ROUND({seconds}, 3) / {stride.sql}) * {stride.sql}"
    return Piece(moments.stamp(origin.sql, f"({bins}) || ' seconds'"), "instant")


def make_interval(scope: Scope, node: exp.Expr) -> Piece:
    """Translate `make_interval(days => 7)`."""
    names = ("years", "months", "weeks", "days", "hours", "mins", "secs")
    total = Interval()
    for place, part in enumerate(node.expressions):
        name = part.this.name.lower() if isinstance(part, exp.Kwarg) else names[min(place, 6)]
        value = scope.piece(part.args["expression"] if isinstance(part, exp.Kwarg) else part)
        unit = intervals.unit(name)
        if unit is None or not isinstance(value.value, int | float):
            raise scope.refuse(part, "make_interval takes constants", "multiply instead: n * INTERVAL '1 day'")
        more = (intervals.parse(f"1 {unit}") or Interval()).times(value.value)
        total = Interval(total.months + more.months, total.days + more.days, total.seconds + more.seconds)
    return moments.span(total)


def _date_of(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    return types.converted(scope, node, given[0], "date", [])


def _make_date(scope: Scope, node: exp.Expr, given: list[Piece]) -> Piece:
    parts = ", ".join(casts.as_number(scope, node, piece).sql for piece in given)
    return Piece(f"date(printf('%04d-%02d-%02d', {parts}))", "date")


TIMES: dict[str, Scalar] = {
    "now": Scalar(0, 0, _now("instant")), "clock_timestamp": Scalar(0, 0, _now("instant")),
    "statement_timestamp": Scalar(0, 0, _now("instant")), "transaction_timestamp": Scalar(0, 0, _now("instant")),
    "current_timestamp": Scalar(0, 1, _now("instant")), "localtimestamp": Scalar(0, 1, _now("wall")),
    "date_trunc": Scalar(2, 3, _date_trunc), "date_part": Scalar(2, 2, _date_part), "date_bin": Scalar(3, 3, _date_bin),
    "to_char": Scalar(2, 2, _to_char), "to_timestamp": Scalar(1, 2, _to_timestamp), "to_date": Scalar(2, 2, _to_date),
    "age": Scalar(1, 2, _age), "make_date": Scalar(3, 3, _make_date), "date": Scalar(1, 1, _date_of),
}  # fmt: skip
"""Every one that is known, but for make_interval, whose arguments have names."""
