"""Times that are known before the question runs, and the SQLite text of times."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from .functions import stamp as written
from .intervals import Interval
from .pieces import Kind, Piece, quoted

FORMAT = "'%Y-%m-%d %H:%M:%f'"
"""The form of the views' times, for `strftime`."""

_TIME = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:[ T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?",
    re.IGNORECASE,
)


def stamp(sql: str, *modifiers: str) -> str:
    """Return SQL that writes a time as the views do, moved by SQLite's modifiers."""
    return f"strftime({', '.join((FORMAT, sql, *modifiers))})"


def read(said: str, now: datetime, zone: tzinfo) -> datetime | None:
    """Return the moment that a constant names, in the asker's zone where it names none; None when it is no time."""
    word = said.strip().lower()
    today = now.astimezone(zone).date()
    days = {"today": 0, "yesterday": -1, "tomorrow": 1}
    if word == "now":
        return now
    if word in days:
        return datetime.combine(today + timedelta(days=days[word]), time(), zone)
    if word == "epoch":
        return datetime.fromtimestamp(0, UTC)
    found = _TIME.fullmatch(said.strip())
    if not found:
        return None
    year, month, day, hour, minute, second = (
        int(found[part] or 0) for part in ("year", "month", "day", "hour", "minute", "second")
    )
    micros = int((found["fraction"] or "0").ljust(6, "0")[:6])
    try:
        return datetime(year, month, day, hour, minute, second, micros, _zone(found["zone"]) or zone)
    except ValueError:
        return None


def _zone(said: str | None) -> tzinfo | None:
    if not said:
        return None
    if said[0] not in "+-":
        return UTC
    digits = said[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if said[0] == "-" else offset)


def aware(value: date, zone: tzinfo) -> datetime:
    """Return a constant as a moment: a date is its first moment in the asker's zone."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    return datetime.combine(value, time(), zone)


def constant(moment: datetime, kind: Kind, zone: tzinfo) -> Piece:
    """Return a moment as a constant of a kind of time."""
    if kind == "date":
        day = moment.astimezone(zone).date()
        return Piece(quoted(day.isoformat()), "date", day)
    if kind == "wall":
        local = moment.astimezone(zone).replace(tzinfo=None)
        return Piece(quoted(written(local)), "wall", local)
    return Piece(quoted(written(moment.astimezone(UTC))), "instant", moment)


def span(interval: Interval) -> Piece:
    """Return an interval as a constant, in seconds."""
    total = interval.total
    return Piece(repr(int(total) if total == int(total) else total), "interval", interval)
