"""What plain SQLite cannot say: functions in Python that a translated question may need on its connection.

Each is pure, takes NULL for NULL unless it says otherwise, and never raises but for a text that would be too large.
Times are the views' text, lists and objects are JSON text, intervals are seconds or Postgres's text ("1 mon 2 days").
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cmp_to_key, lru_cache
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from . import formats, intervals, regex
from .accumulators import Mode, PercentileCont, PercentileDisc, Spread, compare

MAX_TEXT = 2**20
"""Characters that `repeat`, `lpad` and `rpad` make at most."""


class Function(NamedTuple):
    """A function to register: its name, arity (-1: any), and a callable, or a class for aggregates.

    "window" classes have `inverse` and `value` too, for `sqlite3.Connection.create_window_function`.
    """

    name: str
    arity: int
    make: Callable[..., Any]
    kind: Literal["scalar", "aggregate", "window"] = "scalar"
    deterministic: bool = True


def moment(text: str) -> datetime:
    """Return the time that a view's text says, without a zone."""
    return datetime.fromisoformat(text)


def stamp(at: datetime) -> str:
    """Return a time as the views write it."""
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}"


@lru_cache(maxsize=32)
def zone(name: str) -> ZoneInfo | None:
    """Return the time zone of that name, None when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def number(value: object) -> int | float | None:
    """Return the number that a value is or spells, else None."""
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return None
    try:
        return int(value)
    except ValueError:
        pass
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) and "_" not in value else None


def _text(value: object) -> str:
    """A value as Postgres writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        written = repr(value)
        return written.removesuffix(".0") if "e" not in written else written
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _strict(function: Callable[..., object]) -> Callable[..., object]:
    """NULL for any NULL."""

    def call(*arguments: object) -> object:
        return None if None in arguments else function(*arguments)

    return call


def _document(text: object) -> Any:
    """The value that JSON text says; None when it is none, as for null."""
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _in_zone(text: str, name: str) -> str | None:
    """The wall clock of a zone at a moment in UTC."""
    return stamp(moment(text).replace(tzinfo=UTC).astimezone(zone(name)).replace(tzinfo=None)) if zone(name) else None


def _from_zone(text: str, name: str) -> str | None:
    """The moment in UTC at which a zone's wall clock says that."""
    return stamp(moment(text).replace(tzinfo=zone(name)).astimezone(UTC).replace(tzinfo=None)) if zone(name) else None


def _format(value: object, pattern: str, zone_name: str = "UTC") -> str | None:
    if isinstance(value, str):
        try:
            return formats.write_time(moment(value), pattern, zone_name)
        except ValueError:
            return None
    return formats.write_number(value, pattern) if isinstance(value, int | float) else None


def _read_time(text: str, pattern: str) -> str | None:
    found = formats.read_time(text, pattern)
    return stamp(found) if found else None


def _age(later: str, earlier: str) -> str:
    return intervals.write(intervals.age(moment(later), moment(earlier)))


def _seconds(text: object) -> float | None:
    """Seconds of an interval in words; numbers as they are."""
    if isinstance(text, int | float):
        return text
    found = intervals.parse(str(text))
    return found.total if found else None


def _interval_part(value: object, part: str) -> float | None:
    """A field of an interval, in seconds or in words, as `EXTRACT` gives it."""
    found = intervals.of_seconds(value) if isinstance(value, int | float) else intervals.parse(str(value))
    if found is None:
        return None
    years, months = abs(found.months) // 12, abs(found.months) % 12
    sign = -1 if found.months < 0 else 1
    size, mark = abs(found.seconds), -1 if found.seconds < 0 else 1
    parts: dict[str, float] = {
        "epoch": round(sign * years * 31_557_600 + sign * months * 2_592_000 + found.days * 86_400 + found.seconds, 6),
        "year": sign * years, "month": sign * months, "day": found.days, "hour": mark * int(size // 3600),
        "minute": mark * int(size // 60 % 60), "second": round(mark * (size % 60), 6),
        "millisecond": round(mark * (size % 60) * 1000, 3), "microsecond": round(mark * (size % 60) * 1e6),
        "quarter": sign * months // 3 + 1, "decade": sign * (years // 10), "century": sign * (years // 100),
        "millennium": sign * (years // 1000),
    }  # fmt: skip
    return parts.get(part)


def _contains(whole: Any, part: Any) -> bool:
    """Postgres's `@>` on parsed JSON (documentation, 8.14.3)."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and _contains(whole[key], value) for key, value in part.items()
        )
    if isinstance(part, list):
        return isinstance(whole, list) and all(any(_contains(one, value) for one in whole) for value in part)
    return (
        isinstance(whole, bool) == isinstance(part, bool) and not isinstance(whole, dict | list) and bool(whole == part)
    )


def _json_contains(whole: str, part: str) -> int:
    outer, inner = _document(whole), _document(part)
    if isinstance(outer, list) and not isinstance(inner, list | dict):
        inner = [inner]
    return int(_contains(outer, inner))


def _sorted(rows: str, order: str) -> str:
    """The values of JSON rows [value, key …] by their keys: `order` has "a" or "d", then "f" (nulls first) or "l"."""
    table = _document(rows) or []
    for place in range(len(order) // 2, 0, -1):
        down, first = order[place * 2 - 2] == "d", order[place * 2 - 1] == "f"
        filled = [row for row in table if row[place] is not None]
        empty = [row for row in table if row[place] is None]
        filled.sort(key=cmp_to_key(lambda a, b, place=place: compare(a[place], b[place])), reverse=down)  # type: ignore[misc]
        table = empty + filled if first else filled + empty
    return json.dumps([row[0] for row in table], ensure_ascii=False, separators=(",", ":"))


def _sorted_values(values: str, order: str) -> str:
    """The values of a JSON list in order, for `DISTINCT` in an aggregate."""
    return _sorted(json.dumps([[value, value] for value in _document(values) or []]), order)


def _join(values: str | None, between: str | None, null: str | None = None) -> str | None:
    """A JSON list as one text; nulls are left out, or written as `null`."""
    if values is None or between is None:
        return None
    items = [_text(item) if item is not None else null for item in _document(values) or []]
    return between.join(item for item in items if item is not None)


def _split_part(text: str, between: str, place: int) -> str:
    parts = text.split(between) if between else [text]
    index = place - 1 if place > 0 else len(parts) + place
    return parts[index] if 0 <= index < len(parts) else ""


def _bounded(length: int) -> int:
    if length > MAX_TEXT:
        raise ValueError("text too big")
    return max(length, 0)


def _pad(left: bool) -> Callable[..., str]:
    def pad(text: str, length: int, fill: str = " ") -> str:
        more = _bounded(length) - len(text)
        if more <= 0 or not fill:
            return text[: max(length, 0)]
        filling = (fill * (more // len(fill) + 1))[:more]
        return filling + text if left else text + filling

    return pad


def _bucket(value: float, low: float, high: float, count: int) -> int | None:
    if count <= 0 or low == high:
        return None
    share = (value - low) / (high - low)
    return 0 if share < 0 else count + 1 if share >= 1 else int(share * count) + 1


def _spread(name: str, less: int, root: bool) -> Function:
    class Whole(Spread):
        """A spread of values."""

        def value(self) -> float | None:
            """Return it so far."""
            found = self.variance(less)
            return math.sqrt(found) if root and found is not None else found

        finalize = value

    return Function(name, 1, Whole, "window")


def _regex(value: str, pattern: str, insensitive: int) -> int | None:
    try:
        return int(regex.compiled(str(pattern), bool(insensitive)).search(_text(value)))
    except regex.BadPattern:
        return None


_ALL = (
    Function("pg_number", 1, number),
    Function("pg_text", 1, _strict(_text)),
    Function("pg_lower", 1, _strict(lambda text: _text(text).lower())),
    Function("pg_upper", 1, _strict(lambda text: _text(text).upper())),
    Function("pg_initcap", 1, _strict(lambda text: _initcap(_text(text)))),
    Function("pg_reverse", 1, _strict(lambda text: _text(text)[::-1])),
    Function(
        "pg_repeat",
        2,
        _strict(lambda text, times: _text(text) * _bounded(times) if _bounded(len(_text(text)) * times) else ""),
    ),
    Function("pg_lpad", -1, _strict(_pad(left=True))),
    Function("pg_rpad", -1, _strict(_pad(left=False))),
    Function("pg_split_part", 3, _strict(_split_part)),
    Function("pg_split", 2, _strict(lambda text, between: json.dumps(text.split(between) if between else [text]))),
    Function(
        "pg_translate",
        3,
        _strict(
            lambda text, old, new: text.translate({ord(c): new[i : i + 1] for i, c in reversed(list(enumerate(old)))})
        ),
    ),
    Function("pg_bucket", 4, _strict(_bucket)),
    Function("pg_regex", 3, _strict(_regex)),
    Function("pg_in_zone", 2, _strict(_in_zone)),
    Function("pg_from_zone", 2, _strict(_from_zone)),
    Function("pg_to_char", -1, _strict(_format)),
    Function("pg_read_time", 2, _strict(_read_time)),
    Function("pg_age", 2, _strict(_age)),
    Function("pg_seconds", 1, _strict(_seconds)),
    Function(
        "pg_interval",
        1,
        _strict(
            lambda seconds: intervals.write(intervals.of_seconds(seconds)) if not isinstance(seconds, str) else seconds
        ),
    ),
    Function("pg_interval_part", 2, _strict(_interval_part)),
    Function("pg_contains", 2, _strict(_json_contains)),
    Function("pg_sorted", 2, _strict(_sorted)),
    Function("pg_sorted_values", 2, _strict(_sorted_values)),
    Function("pg_join", -1, _join),
    Function("pg_percentile_cont", 3, PercentileCont, "aggregate"),
    Function("pg_percentile_disc", 3, PercentileDisc, "aggregate"),
    Function("pg_mode", 3, Mode, "aggregate"),
    _spread("pg_stddev_samp", 1, root=True),
    _spread("pg_stddev_pop", 0, root=True),
    _spread("pg_var_samp", 1, root=False),
    _spread("pg_var_pop", 0, root=False),
)


def _initcap(text: str) -> str:
    out = ""
    for place, character in enumerate(text):
        out += character.lower() if place and text[place - 1].isalnum() else character.upper()
    return out


FUNCTIONS = {function.name: function for function in _ALL}
"""Every function that a translation may use, by name."""
