"""Postgres's intervals: their texts read and written, and sums with moments in time.

Rules: PostgreSQL documentation, 8.5.4 (interval input and output) and `timestamp_age` of its source.
"""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta
from typing import NamedTuple

DAY = 86_400
_UNITS = {
    "microsecond": (0, 0, 1e-6), "millisecond": (0, 0, 1e-3), "second": (0, 0, 1), "minute": (0, 0, 60),
    "hour": (0, 0, 3600), "day": (0, 1, 0), "week": (0, 7, 0), "month": (1, 0, 0), "quarter": (3, 0, 0),
    "year": (12, 0, 0), "decade": (120, 0, 0), "century": (1200, 0, 0), "millennium": (12_000, 0, 0),
}  # fmt: skip
_SHORT = {
    "us": "microsecond", "usec": "microsecond", "usecs": "microsecond", "ms": "millisecond", "msec": "millisecond",
    "msecs": "millisecond", "s": "second", "sec": "second", "secs": "second", "m": "minute", "min": "minute",
    "mins": "minute", "h": "hour", "hr": "hour", "hrs": "hour", "d": "day", "w": "week", "mon": "month",
    "mons": "month", "y": "year", "yr": "year", "yrs": "year", "dec": "decade", "decs": "decade", "c": "century",
    "cent": "century", "centuries": "century", "mil": "millennium", "mils": "millennium", "millennia": "millennium",
}  # fmt: skip
_PART = re.compile(
    r"\s*(?:(?P<clock>[-+]?\d+:\d+(?::\d+(?:\.\d*)?)?)|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+))\s*(?P<unit>[a-z]+)?)"
)
_ISO = re.compile(
    r"P(?:(-?[\d.]+)Y)?(?:(-?[\d.]+)M)?(?:(-?[\d.]+)W)?(?:(-?[\d.]+)D)?"
    r"(?:T(?:(-?[\d.]+)H)?(?:(-?[\d.]+)M)?(?:(-?[\d.]+)S)?)?",
    re.IGNORECASE,
)


class Interval(NamedTuple):
    """Months, days and seconds, kept apart as Postgres does: a month has no fixed length in days."""

    months: int = 0
    days: int = 0
    seconds: float = 0.0

    @property
    def total(self) -> float:
        """Seconds, a month counted as 30 days, as when Postgres compares intervals."""
        return round((self.months * 30 + self.days) * DAY + self.seconds, 6)

    def times(self, factor: float) -> Interval:
        """Return the interval taken `factor` times; fractions of months and days go down, as in Postgres."""
        return _spread(self.months * factor, self.days * factor, self.seconds * factor)


def _spread(months: float, days: float, seconds: float) -> Interval:
    """Carry fractions of months into days (30 a month) and of days into seconds."""
    days += round((months - int(months)) * 30, 6)
    seconds += (days - int(days)) * DAY
    return Interval(int(months), int(days), round(seconds, 6))


def unit(name: str) -> str | None:
    """Return the unit that a word such as "mins", "Days" or "h" names, in the singular; None when it names none."""
    name = name.lower()
    name = _SHORT.get(name, name)
    return name if name in _UNITS else name[:-1] if name.endswith("s") and name[:-1] in _UNITS else None


def parse(text: str) -> Interval | None:
    """Return the interval in a text such as "1 day 02:03:04", "3 mons ago" or "P1DT2H"; None when it says none."""
    text = text.strip()
    if text[:1] in "pP" and len(text) > 1 and (iso := _ISO.fullmatch(text)):
        years, months, weeks, days, hours, minutes, seconds = (float(part or 0) for part in iso.groups())
        return _spread(years * 12 + months, weeks * 7 + days, hours * 3600 + minutes * 60 + seconds)
    rest = text.lower().removeprefix("@").strip()
    sign = -1 if rest.endswith("ago") else 1
    rest = rest.removesuffix("ago").strip() if sign < 0 else rest
    months = days = seconds = 0.0
    place = 0
    while place < len(rest):
        part = _PART.match(rest, place)
        if not part:
            return None
        place = part.end()
        if part["clock"]:
            hour, minute, *more = part["clock"].lstrip("+-").split(":")
            clock = int(hour) * 3600 + int(minute) * 60 + float(more[0] if more else 0)
            seconds += -clock if part["clock"].startswith("-") else clock
        else:
            bare = "day" if ":" in rest[place:] else None if rest[place:].strip() else "second"
            name = unit(part["unit"]) if part["unit"] else bare
            if name is None:
                return None
            number = float(part["number"])
            month, day, second = _UNITS[name]
            months, days, seconds = months + number * month, days + number * day, seconds + number * second
        while place < len(rest) and rest[place] in " ,":
            place += 1
    return _spread(sign * months, sign * days, sign * seconds) if rest else None


def write(interval: Interval) -> str:
    """Return Postgres's text of an interval: "1 year 2 mons 3 days 04:05:06.7", "00:00:00" for nothing."""
    parts: list[str] = []
    years, months = divmod(abs(interval.months), 12)
    sign = -1 if interval.months < 0 else 1
    negative = False
    for number, name in ((sign * years, "year"), (sign * months, "mon"), (interval.days, "day")):
        if number:
            parts.append(f"{'+' if negative and number > 0 else ''}{number} {name}{'' if number == 1 else 's'}")
            negative = number < 0
    whole, micros = divmod(round(abs(interval.seconds) * 1e6), 1_000_000)
    if whole or micros or not parts:
        mark = "-" if interval.seconds < 0 else "+" if negative else ""
        clock = f"{mark}{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
        parts.append(clock + (f".{micros:06d}".rstrip("0") if micros else ""))
    return " ".join(parts)


def of_seconds(seconds: float) -> Interval:
    """Return the days and seconds of a number of seconds, as when Postgres subtracts two times."""
    days = int(seconds / DAY)
    return Interval(0, days, round(seconds - days * DAY, 6))


def add_months(moment: datetime, months: int) -> datetime:
    """Return a moment so many months later, on the month's last day where its own day does not exist."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


def add(moment: datetime, interval: Interval, sign: int = 1) -> datetime:
    """Return moment + sign * interval: months first, then days, then seconds. Raises ValueError and OverflowError."""
    moment = add_months(moment, sign * interval.months)
    return moment + sign * timedelta(days=interval.days, seconds=interval.seconds)


def age(later: datetime, earlier: datetime) -> Interval:
    """Return the years, months and days between two moments as a person counts them."""
    sign = 1
    if later < earlier:
        later, earlier, sign = earlier, later, -1
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    days = later.day - earlier.day
    clock = [moment - moment.replace(hour=0, minute=0, second=0, microsecond=0) for moment in (later, earlier)]
    seconds = (clock[0] - clock[1]).total_seconds()
    if seconds < 0:
        seconds, days = seconds + DAY, days - 1
    if days < 0:
        days, months = days + calendar.monthrange(earlier.year, earlier.month)[1], months - 1
    return Interval(sign * months, sign * days, sign * round(seconds, 6))
