"""Days, weeks (from Monday), months, years, hours of the asker's calendar, as ranges around now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from .trouble import Trouble

ELAPSED = ("hours", "minutes", "seconds")
"""Units of time that passes, whatever the clocks are set to; the others are the calendar's."""


HOURS = {"days": 24, "weeks": 168}
"""Of units that parts are asked of."""


class Range(NamedTuple):
    """From `start` on and before `end`, aware datetimes; None is open."""

    start: datetime | None
    end: datetime | None


class Clock(NamedTuple):
    """A time of day; `whole`: an hour was said ("9am"), no minutes."""

    hour: int
    minute: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """Spans of time as of `now`, an aware time in the asker's zone. Methods raise Trouble where a calendar ends."""

    now: datetime

    def day(self, day: date) -> Range:
        """Return a day, which has 23 or 25 hours where clocks change."""
        try:
            return Range(self._midnight(day), self._midnight(day + timedelta(days=1)))
        except OverflowError:
            raise Trouble("this day is beyond the calendar", day.isoformat()) from None

    def days(self, year: int | None, month: int, first: int, last: int, said: str) -> Range:
        """Return the days from `first` to `last` of a month; without a year the latest that is not in the future."""
        begin, end = (self._date(year, month, number, said) for number in (first, last))
        if end < begin:
            raise Trouble("these days end before they begin", said)
        return Range(self.day(begin).start, self.day(end).end)

    def month(self, year: int | None, month: int) -> Range:
        """Return a month; without a year the latest that has begun."""
        first = date(year or self.now.year - (month > self.now.month), month, 1)
        return Range(self._midnight(first), self._midnight(first + relativedelta(months=1)))

    def year(self, year: int) -> Range:
        """Return a year."""
        return Range(self._midnight(date(year, 1, 1)), self._midnight(date(year + 1, 1, 1)))

    def weekday(self, number: int, before_today: bool) -> Range:
        """Return the latest such day (0 is Monday), today included unless `before_today`."""
        back = (self.now.weekday() - number) % 7
        return self.day(self.now.date() - timedelta(days=back or (7 if before_today else 0)))

    def unit(self, unit: str, back: int) -> Range:
        """Return the calendar's unit ("days", "hours" …) that lies `back` of them before the present one."""
        today = self.now.date()
        try:
            match unit:
                case "days":
                    return self.day(today - timedelta(days=back))
                case "weeks":
                    monday = today - timedelta(days=today.weekday(), weeks=back)
                    return Range(self._midnight(monday), self._midnight(monday + timedelta(weeks=1)))
                case "months":
                    first = today.replace(day=1) - relativedelta(months=back)
                    return Range(self._midnight(first), self._midnight(first + relativedelta(months=1)))
                case "years":
                    return self.year(today.year - back)
            whole = self.now.replace(second=0, microsecond=0) if unit != "seconds" else self.now.replace(microsecond=0)
            begin = self._back(whole.replace(minute=0) if unit == "hours" else whole, back, unit)
            return Range(begin, self._back(begin, -1, unit))
        except (ValueError, OverflowError):
            raise Trouble(f"{back} {unit} ago is before the calendar begins", f"{back}") from None

    def ago(self, count: float, unit: str) -> datetime:
        """Return the time that was `count` units before now, at the same time of day for days and longer units."""
        try:
            return self._back(self.now, count, unit)
        except (ValueError, OverflowError):
            raise Trouble(f"{count} {unit} ago is before the calendar begins", f"{count}") from None

    def at(self, clock: Clock, day: Range) -> Range:
        """Return an hour or a minute of the day that a range begins with."""
        assert day.start is not None
        begin = day.start.replace(hour=clock.hour, minute=clock.minute)
        return Range(begin, begin + (timedelta(hours=1) if clock.whole else timedelta(minutes=1)))

    def part(self, first: int, last: int, day: Range) -> Range:
        """Return the hours from `first` on and before `last` of the day that a range begins with."""
        assert day.start is not None
        further, hour = divmod(last, 24)
        return Range(day.start.replace(hour=first), (day.start + timedelta(days=further)).replace(hour=hour))

    def weekend(self, before_today: bool) -> Range:
        """Return the latest Saturday and Sunday that have begun, or those before this week."""
        today = self.now.date()
        monday = today - timedelta(days=today.weekday())
        saturday = monday + timedelta(days=5 if today.weekday() >= 5 and not before_today else -2)
        return Range(self._midnight(saturday), self._midnight(saturday + timedelta(days=2)))

    def quarter(self, year: int, number: int) -> Range:
        """Return a quarter of a year; `number` 0 is the last of the year before."""
        first = date(year, 1, 1) + relativedelta(months=3 * (number - 1))
        return Range(self._midnight(first), self._midnight(first + relativedelta(months=3)))

    def week(self, year: int | None, number: int, said: str) -> Range:
        """Return a week by its number (ISO 8601); without a year the latest that has begun."""
        for one in [year] if year else range(self.now.year, self.now.year - 8, -1):  # a 53rd is rare
            try:
                monday = date.fromisocalendar(one, number, 1)
            except ValueError:
                continue
            if year or monday <= self.now.date():
                return Range(self._midnight(monday), self._midnight(monday + timedelta(weeks=1)))
        raise Trouble("there is no such week", said)

    def nth(self, day: int, said: str) -> Range:
        """Return the latest day of a month with this number that is not in the future."""
        today = self.now.date()
        if 1 <= day <= 31:
            for back in range(3):
                first = today.replace(day=1) - relativedelta(months=back)
                try:
                    found = first.replace(day=day)
                except ValueError:
                    continue
                if found <= today:
                    return self.day(found)
        raise Trouble("there is no such day", said)

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.now.tzinfo)

    def _back(self, time: datetime, count: float, unit: str) -> datetime:
        if count != int(count) and unit in HOURS:
            count, unit = count * HOURS[unit], "hours"
        if unit in ELAPSED:
            return (time.astimezone(UTC) - timedelta(**{unit: count})).astimezone(time.tzinfo)
        return time - relativedelta(**{unit: count})  # type: ignore[arg-type]

    def _date(self, year: int | None, month: int, day: int, said: str) -> date:
        """29 February is the latest year's that has one: at most 8 years ago."""
        for one in [year] if year else range(self.now.year, self.now.year - 9, -1):
            try:
                found = date(one, month, day)
            except ValueError:
                continue
            if year or found <= self.now.date():
                return found
        raise Trouble("there is no such day", said)
