"""Dates and times: sums with intervals, fields, truncation, zones (PostgreSQL documentation, 9.9)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from . import casts, intervals, moments
from .functions import zone as zone_named
from .intervals import Interval
from .pieces import INTERVALS, TIMES, Kind, Piece, quoted
from .scope import Scope

if TYPE_CHECKING:
    from sqlglot import exp

_ISO = "'-3 days', 'weekday 4'"
"""To the Thursday of a date's ISO week, whose year and day number are the week's."""

_FIELDS = {
    "year": "CAST(strftime('%Y', {0}) AS INTEGER)",
    "month": "CAST(strftime('%m', {0}) AS INTEGER)",
    "day": "CAST(strftime('%d', {0}) AS INTEGER)",
    "hour": "CAST(strftime('%H', {0}) AS INTEGER)",
    "minute": "CAST(strftime('%M', {0}) AS INTEGER)",
    "second": "CAST(strftime('%f', {0}) AS REAL)",
    "millisecond": "ROUND(strftime('%f', {0}) * 1000.0)",
    "microsecond": "CAST(ROUND(strftime('%f', {0}) * 1000000) AS INTEGER)",
    "quarter": "((strftime('%m', {0}) + 2) / 3)",
    "dow": "CAST(strftime('%w', {0}) AS INTEGER)",
    "isodow": "((strftime('%w', {0}) + 6) % 7 + 1)",
    "doy": "CAST(strftime('%j', {0}) AS INTEGER)",
    "week": f"((strftime('%j', {{0}}, {_ISO}) + 6) / 7)",
    "isoyear": f"CAST(strftime('%Y', {{0}}, {_ISO}) AS INTEGER)",
    "decade": "(strftime('%Y', {0}) / 10)",
    "century": "((strftime('%Y', {0}) + 99) / 100)",
    "millennium": "((strftime('%Y', {0}) + 999) / 1000)",
    "epoch": "ROUND((julianday({0}) - 2440587.5) * 86400.0, 3)",
    "julian": "(julianday({0}) + 0.5)",
}
_REAL = frozenset({"second", "millisecond", "epoch", "julian"})

_TRUNCATED = {
    "microsecond": moments.stamp("{0}"),
    "millisecond": moments.stamp("{0}"),
    "second": "strftime('%Y-%m-%d %H:%M:%S.000', {0})",
    "minute": "strftime('%Y-%m-%d %H:%M:00.000', {0})",
    "hour": "strftime('%Y-%m-%d %H:00:00.000', {0})",
    "day": "strftime('%Y-%m-%d 00:00:00.000', {0})",
    "week": "strftime('%Y-%m-%d 00:00:00.000', {0}, 'weekday 0', '-6 days')",
    "month": "strftime('%Y-%m-01 00:00:00.000', {0})",
    "quarter": "strftime('%Y-%m-01 00:00:00.000', {0}, 'start of month', ((1 - strftime('%m', {0})) % 3) || ' months')",
    "year": "strftime('%Y-01-01 00:00:00.000', {0})",
    "decade": "printf('%04d-01-01 00:00:00.000', strftime('%Y', {0}) / 10 * 10)",
    "century": "printf('%04d-01-01 00:00:00.000', (strftime('%Y', {0}) - 1) / 100 * 100 + 1)",
    "millennium": "printf('%04d-01-01 00:00:00.000', (strftime('%Y', {0}) - 1) / 1000 * 1000 + 1)",
}
_NULL_SAFE = frozenset({"decade", "century", "millennium"})
"""Units whose text comes from printf, which writes something for NULL."""
_SIMPLE_FORMATS = {
    "YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "MI": "%M", "SS": "%S", "DDD": "%j",
}  # fmt: skip


def current(scope: Scope, kind: str) -> Piece:
    """Return the moment of the question, as CURRENT_DATE, LOCALTIMESTAMP, CURRENT_TIME or NOW()."""
    context = scope.context
    match kind:
        case "date":
            return moments.constant(context.now, "date", context.zone)
        case "clock":
            return Piece(quoted(f"{context.now.astimezone(context.zone):%H:%M:%S}.000"), "clock")
        case "wall":
            return moments.constant(context.now, "wall", context.zone)
    return moments.constant(context.now, "instant", context.zone)


def sum_of(scope: Scope, node: exp.Expr, left: Piece, right: Piece, sign: int) -> Piece | None:
    """Return left + right or left - right where one of them is a time or an interval; None where neither is."""
    kinds = {left.kind, right.kind}
    if not kinds & (TIMES | INTERVALS | {"clock"}):
        return None
    day: Kind = "date" if "date" in kinds else "instant"
    if left.kind == "unknown":
        beside_time = right.kind in TIMES and sign < 0
        left = casts.as_time(scope, node, left, day) if beside_time else casts.as_interval(scope, node, left)
    elif right.kind == "unknown":
        right = _time_or_span(scope, node, left, right, sign)
    if "null" in kinds:
        return Piece("NULL", "null")
    if left.kind in INTERVALS and right.kind in INTERVALS:
        return _spans(scope, node, left, right, sign)
    if sign > 0 and left.kind in INTERVALS | {"integer"} and right.kind in TIMES:
        left, right = right, left
    if left.kind in TIMES and right.kind in TIMES and sign < 0:
        return _distance(scope, node, left, right)
    if left.kind == "date" and right.kind in ("integer", "any"):
        return _days(left, right, sign)
    if left.kind in TIMES and right.kind in INTERVALS:
        return _moved(scope, node, left, right, sign)
    raise scope.refuse(
        node, f"{left.kind} {'+' if sign > 0 else '-'} {right.kind} is no sum", "write a time and INTERVAL '1 day'"
    )


def _time_or_span(scope: Scope, node: exp.Expr, left: Piece, right: Piece, sign: int) -> Piece:
    """A text in quotes behind + or -: a time where it is one and a time stands before it, else an interval."""
    context = scope.context
    if left.kind in TIMES and sign < 0 and moments.read(str(right.value), context.now, context.zone):
        return casts.as_time(scope, node, right, "date" if left.kind == "date" else "instant")
    return casts.as_interval(scope, node, right)


def _spans(scope: Scope, node: exp.Expr, left: Piece, right: Piece, sign: int) -> Piece:
    if isinstance(left.value, Interval) and isinstance(right.value, Interval):
        one, other = left.value, right.value.times(sign)
        return moments.span(Interval(one.months + other.months, one.days + other.days, one.seconds + other.seconds))
    left, right = casts.as_interval(scope, node, left), casts.as_interval(scope, node, right)
    return Piece(f"{left.inner} {'+' if sign > 0 else '-'} {right.inner}", "interval", tight=False)


def _distance(scope: Scope, node: exp.Expr, left: Piece, right: Piece) -> Piece:
    if left.kind == right.kind == "date":
        return Piece(f"CAST(julianday({left.sql}) - julianday({right.sql}) AS INTEGER)", "integer")
    left, right = casts.unify(scope, node, [left, right])
    return Piece(f"ROUND((julianday({left.sql}) - julianday({right.sql})) * 86400.0, 3)", "interval")


def _days(day: Piece, days: Piece, sign: int) -> Piece:
    if isinstance(day.value, date) and isinstance(days.value, int):
        try:
            moved = date.fromordinal(day.value.toordinal() + sign * days.value)
            return Piece(quoted(moved.isoformat()), "date", moved)
        except (ValueError, OverflowError):
            return Piece("NULL", "null")
    return Piece(f"date({day.sql}, {'' if sign > 0 else '-'}{days.inner} || ' days')", "date")


def _moved(scope: Scope, node: exp.Expr, time: Piece, by: Piece, sign: int) -> Piece:
    context = scope.context
    span = by.value if isinstance(by.value, Interval) else None
    kind = "wall" if time.kind == "date" else time.kind
    if isinstance(time.value, date) and span is not None:
        start = moments.aware(time.value, context.zone).astimezone(context.zone).replace(tzinfo=None)
        try:
            return moments.constant(intervals.add(start, span, sign).replace(tzinfo=context.zone), kind, context.zone)
        except (ValueError, OverflowError):
            raise scope.refuse(node, "this sum leaves the calendar") from None
    start_sql = casts.wall(scope, node, time)
    if span is None:
        seconds = casts.as_interval(scope, node, by)
        moved = moments.stamp(start_sql, f"{'' if sign > 0 else '-'}{seconds.inner} || ' seconds'")
    else:
        days, seconds_ = sign * span.days, round(sign * span.seconds, 6)
        rest = [f"'{days:+d} days'"] if days else []
        rest += [f"'{seconds_:+.3f} seconds'"] if seconds_ else []
        if span.months:
            months = sign * span.months
            later, beyond = quoted(f"{months:+d} months"), quoted(f"{months + 1:+d} months")
            # SQLite goes on into the next month where a day does not exist; Postgres stops at the last that does
            moved = (
                f"MIN({moments.stamp(start_sql, later)}, date({start_sql}, 'start of month', {beyond}, '-1 day')"
                f" || substr({moments.stamp(start_sql)}, 11))"
            )
            moved = moments.stamp(moved, *rest) if rest else moved
        else:
            moved = moments.stamp(start_sql, *rest)
    if kind == "instant" and context.local:
        moved = scope.call("pg_from_zone", moved, quoted(str(context.zone)))
    return Piece(moved, kind)


def field(scope: Scope, node: exp.Expr, name: str, piece: Piece) -> Piece:
    """Return `EXTRACT(name FROM piece)`, also `date_part`."""
    name = name.lower()
    wanted = name if name in _FIELDS else intervals.unit(name)
    if piece.kind in INTERVALS:
        if wanted == "epoch" and piece.kind == "interval" and not isinstance(piece.value, Interval):
            return piece.of("real")
        value = quoted(intervals.write(piece.value)) if isinstance(piece.value, Interval) else piece.sql
        whole = wanted not in ("epoch", "second", "millisecond")
        if wanted is None or wanted in ("dow", "isodow", "doy", "week", "isoyear", "julian"):
            raise scope.refuse(node, f"an interval has no field {name!r}", "there are year to microsecond, and epoch")
        return Piece(scope.call("pg_interval_part", value, quoted(wanted)), "integer" if whole else "real")
    if wanted not in _FIELDS:
        raise scope.refuse(node, f"a time has no field {name!r}", f"there are {', '.join(_FIELDS)}")
    if wanted == "epoch":  # the moment itself, whatever the zone
        piece = casts.as_time(scope, node, piece)
    sql = piece.sql if wanted == "epoch" or piece.kind == "clock" else casts.wall(scope, node, piece)
    return Piece(_FIELDS[wanted].format(sql), "real" if wanted in _REAL else "integer")


def truncated(scope: Scope, node: exp.Expr, unit: str, piece: Piece, zone: str = "") -> Piece:
    """Return `date_trunc(unit, piece)`."""
    wanted = intervals.unit(unit)
    if wanted is None:
        raise scope.refuse(node, f"date_trunc knows no unit {unit!r}", f"there are {', '.join(_TRUNCATED)}")
    if piece.kind in INTERVALS:
        raise scope.refuse(node, "date_trunc of an interval", "divide its EXTRACT(EPOCH FROM …) instead")
    if piece.kind in ("unknown", "date"):
        piece = casts.as_time(scope, node, piece, "instant")
    elsewhere = zone or (str(scope.context.zone) if scope.context.local and piece.kind == "instant" else "")
    sql = scope.call("pg_in_zone", piece.sql, quoted(zone)) if zone else casts.wall(scope, node, piece)
    sql = _TRUNCATED[wanted].format(sql)
    if wanted in _NULL_SAFE:
        sql = f"CASE WHEN {piece.inner} IS NOT NULL THEN {sql} END"
    if elsewhere:
        sql = scope.call("pg_from_zone", sql, quoted(elsewhere))
    return Piece(sql, piece.kind, tight=not sql.startswith("CASE"))


def written(scope: Scope, node: exp.Expr, piece: Piece, pattern: Piece) -> Piece:
    """Return `to_char(piece, pattern)` of a time or an interval."""
    sql = casts.wall(scope, node, piece)
    simple = _strftime(str(pattern.value)) if isinstance(pattern.value, str) else None
    if simple is not None:
        return Piece(f"strftime({quoted(simple)}, {sql})", "text")
    stamped = moments.stamp(sql) if piece.kind == "date" else sql
    zone = [quoted(str(scope.context.zone))] if scope.context.local else []
    return Piece(scope.call("pg_to_char", stamped, pattern.sql, *zone), "text")


def _strftime(pattern: str) -> str | None:
    """The same pattern for SQLite's strftime, where that has all of it."""
    out, rest = "", pattern
    while rest:
        word = next((word for word in ("YYYY", "HH24", "DDD", "MM", "DD", "MI", "SS") if rest.startswith(word)), None)
        if word:
            out, rest = out + _SIMPLE_FORMATS[word], rest[len(word) :]
        elif rest[0].isalpha() or rest[0] in '"%' or (out and out[-1].isalpha() and rest.startswith("TH")):
            return None
        else:
            out, rest = out + rest[0], rest[1:]
    return out


def at_zone(scope: Scope, node: exp.Expr, piece: Piece, zone: str) -> Piece:
    """Return `piece AT TIME ZONE zone`: the zone's clock at a moment, or the moment at which its clock says that."""
    if zone_named(zone) is None:
        raise scope.refuse(node, f"no time zone {zone!r}", "write a name such as 'Europe/Berlin' or 'UTC'")
    if piece.kind in ("unknown", "date"):
        piece = casts.as_time(scope, node, piece, "instant")
    plain = zone.upper() in ("UTC", "GMT", "ETC/UTC")
    if piece.kind == "instant":
        return Piece(piece.sql if plain else scope.call("pg_in_zone", piece.sql, quoted(zone)), "wall")
    if piece.kind in ("wall", "any"):
        return Piece(piece.sql if plain else scope.call("pg_from_zone", piece.sql, quoted(zone)), "instant")
    raise scope.refuse(node, f"{piece.kind} AT TIME ZONE", "cast it first, as in (…)::timestamptz")
