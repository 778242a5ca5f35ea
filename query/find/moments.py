"""Times as people say them: "yesterday", "last 24 hours", "since Monday", "between 3 and 5 November".

Days, weeks, months and years are the calendar's, in the asker's zone; "last 24 hours" and "past week" slide back from
now. A date without a year is the latest that is not in the future.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from . import clocks
from .clocks import END
from .spans import Calendar, Clock, Range
from .timewords import COUNTS, MONTHS, UNITS, WEEKDAYS
from .trouble import Trouble

MOMENT = timedelta(hours=1)
"""What is no longer is a moment: "after 10:00" and "until 10:00" mean its beginning; "after Monday" is Tuesday."""
YEARS = range(1900, 2200)
WEAK = frozenset({"since", "starting", "after", "before", "prior to", "until", "till", "up to", "through", "from", "on",
                  "in", "during",
                  "at", "between"})  # fmt: skip
"""Prepositions that make times of words that mean other things too: "may", "2025", "10:00", "3.11.2026"."""


class Found(NamedTuple):
    """A range and where in the text it ends."""

    range: Range
    end: int


Meaning: TypeAlias = Callable[[Calendar, re.Match[str]], Range]


def find(calendar: Calendar, text: str, start: int) -> Found | None:
    """Return the range that begins at `start` of a lower-case text, its preposition included. Raises Trouble."""
    found = _find(calendar, text, start)
    if found and any(one is not None and one.year not in YEARS for one in found.range):
        raise Trouble(f"only the years {YEARS[0]} to {YEARS[-1]} are known", text[start : found.end].strip())
    return found


def _find(calendar: Calendar, text: str, start: int) -> Found | None:
    if days := _DAYS_OF.match(text, start):
        said = days[0].strip()
        return Found(
            calendar.days(_year(days), MONTHS[days["month"]], int(days["first"]), int(days["day"]), said), days.end()
        )
    age = _AGE.match(text, start)
    if age and (age["ago"] or age["age"] not in ("more", "less")):
        then = calendar.ago(_count(age["count"]), UNITS[age["unit"]])
        older = age["age"] in ("older", "earlier", "more")
        return Found(Range(None, then) if older else Range(then, None), age.end())
    if hours := _hours(calendar, text, start):
        return hours
    if sliding := _SINCE.match(text, start):
        return Found(Range(calendar.ago(_count(sliding["count"]), UNITS[sliding["unit"]]), None), sliding.end())
    preposition = _PREPOSITION.match(text, start)
    word = " ".join(preposition[1].split()) if preposition else ""
    first = _span(calendar, text, preposition.end() if preposition else start, word in WEAK)
    if first is None:
        return None
    if word in ("between", "from"):
        link = (_AND if word == "between" else _TO).match(text, first.end)
        second = _span(calendar, text, link.end(), True) if link else None
        if second:
            begin = _begin(calendar, first, second)
            return Found(_ordered(begin, _ending(second.range), text[start : second.end]), second.end)
        if word == "between":
            return None
    begin, end = first.range
    match word:
        case "since" | "starting":
            return Found(Range(begin, None), first.end)
        case "after":
            return Found(Range(begin if end is None or _short(first.range) else end, None), first.end)
        case "before" | "prior to":
            return Found(Range(None, begin), first.end)
        case "until" | "till" | "through" | "up to":
            return Found(Range(None, _ending(first.range)), first.end)
    return Found(first.range, first.end)


class _Span(NamedTuple):
    """A found span; `clock` is the time of day that stands in it without a day; `weekday`: no date says which."""

    range: Range
    end: int
    clock: Clock | None = None
    weekday: bool = False


def _span(calendar: Calendar, text: str, start: int, weak: bool) -> _Span | None:
    """Return the span at `start`, with times of day before or behind it; `weak`: a preposition stands before it."""
    for pattern, meaning in (*_STRONG, *_WEAK) if weak else _STRONG:
        match = pattern.match(text, start)
        if match is None:
            continue
        span, end = meaning(calendar, match), match.end()
        if (both := clocks.BEHIND_HOURS.match(text, end)) and (hours := clocks.hours(both)):
            return _Span(_from_to(calendar, hours, span, both[0]), both.end())
        if clock := clocks.BEHIND.match(text, end):
            return _Span(clocks.at(calendar, clock, span), clock.end())
        if (part := clocks.BEHIND_PART.match(text, end)) and any(pattern is day for day, _ in _DAYS):
            return _Span(clocks.part(calendar, part["part"], span), part.end())
        return _Span(span, end, weekday=meaning is _weekday)
    clock = clocks.ALONE.match(text, start)
    if clock and (weak or clock["around"]):
        day = _day_behind(calendar, text, clock.end())
        if day:
            return _Span(clocks.at(calendar, clock, day.range), day.end)
        today = calendar.unit("days", 0)
        return _Span(clocks.at(calendar, clock, today), clock.end(), clocks.clock(clock["clock"]))
    return None


def _begin(calendar: Calendar, first: _Span, second: _Span) -> datetime | None:
    """Return where two spans begin.

    In "between 9am and 11am yesterday" the day belongs to both; "from last Monday to last Friday" begins in the week
    before on a Wednesday.
    """
    begin, other = first.range.start, second.range.start
    if first.clock and not second.clock and other:
        return calendar.at(first.clock, calendar.day(other.date())).start
    if first.weekday and begin and other and begin > other:
        return begin - timedelta(days=7)
    return begin


def _hours(calendar: Calendar, text: str, start: int) -> Found | None:
    """Return the hours of a day, of today where none is said: "from 2 to 4 pm yesterday"."""
    both = clocks.HOURS.match(text, start)
    if both is None:
        return None
    said = both[0].lstrip()
    alone = not said.startswith(("between", "from"))
    if alone and ("and" in said or both["last"].isdigit() or (both["first"].isdigit() and "to" in said)):
        return None
    hours = clocks.hours(both)
    if hours is None:
        return None
    day = _day_behind(calendar, text, both.end()) or Found(calendar.unit("days", 0), both.end())
    return Found(_from_to(calendar, hours, day.range, both[0]), day.end)


def _from_to(calendar: Calendar, hours: clocks.Hours, day: Range, said: str) -> Range:
    first, last = (calendar.at(clock, day) for clock in hours)
    return _ordered(first.start, last.start, said)


def _day_behind(calendar: Calendar, text: str, start: int) -> Found | None:
    for pattern, meaning in _DAYS:
        if day := pattern.match(text, start):
            return Found(meaning(calendar, day), day.end())
    return None


def _ordered(begin: datetime | None, end: datetime | None, said: str) -> Range:
    if begin is not None and end is not None and end <= begin:
        raise Trouble("this ends before it begins", said.strip())
    return Range(begin, end)


def _short(span: Range) -> bool:
    return span.start is not None and span.end is not None and span.end - span.start <= MOMENT


def _ending(span: Range) -> datetime | None:
    return span.start if span.end is None or _short(span) else span.end


def _year(match: re.Match[str]) -> int | None:
    return int(match["year"]) if match["year"] else None


def _count(word: str) -> int:
    return COUNTS.get(word) or int(word)


# What the patterns mean --------------------------------------------------------------------------------------------


def _instant(calendar: Calendar, match: re.Match[str]) -> Range:
    try:
        time = datetime.fromisoformat(match[0].strip().upper())
    except ValueError:
        raise Trouble("there is no such time", match[0].strip()) from None
    time = time.replace(tzinfo=calendar.now.tzinfo) if time.tzinfo is None else time
    try:
        return Range(time, time + (timedelta(minutes=1) if match["second"] is None else timedelta(seconds=1)))
    except OverflowError:
        raise Trouble("this time is beyond the calendar", match[0].strip()) from None


def _yesterday(calendar: Calendar, match: re.Match[str]) -> Range:
    return calendar.unit("days", 2 if "before" in match[0] else 1)


def _today(calendar: Calendar, _: re.Match[str]) -> Range:
    return calendar.unit("days", 0)


def _weekday(calendar: Calendar, match: re.Match[str]) -> Range:
    """ "last Monday" is before today, "Monday" may be today."""
    return calendar.weekday(WEEKDAYS[match["weekday"]], bool(match["last"]))


def _iso(calendar: Calendar, match: re.Match[str]) -> Range:
    day = int(match["day"])
    return calendar.days(_year(match), int(match["month"]), day, day, match[0].strip())


def _date(calendar: Calendar, match: re.Match[str]) -> Range:
    day = int(match["day"])
    return calendar.days(_year(match), MONTHS[match["month"]], day, day, match[0].strip())


def _slashed(calendar: Calendar, match: re.Match[str]) -> Range:
    """3/11/2026 is two days, 25/11/2026 and 11/25/2026 are one."""
    one, other = int(match["one"]), int(match["other"])
    months = {(day, month) for day, month in ((one, other), (other, one)) if 1 <= month <= 12 and 1 <= day <= 31}
    short = match["year"] is not None and len(match["year"]) == 2
    if len(months) > 1 or (short and months):
        raise Trouble("day or month first? Write it as 2026-11-03 or 3 November", match[0].strip())
    if not months:
        raise Trouble("there is no such day; write it as 2026-11-03 or 3 November", match[0].strip())
    ((day, month),) = months
    return calendar.days(_year(match), month, day, day, match[0].strip())


def _numbered(calendar: Calendar, match: re.Match[str]) -> Range:
    return calendar.nth(int(match["day"]), match[0].strip())


def _part(calendar: Calendar, match: re.Match[str]) -> Range:
    """ "last night" began yesterday."""
    return clocks.part(calendar, match["part"] or "night", calendar.unit("days", 1 if match["which"] == "last" else 0))


def _weekend(calendar: Calendar, match: re.Match[str]) -> Range:
    return calendar.weekend(match["last"] is not None)


def _quarter(calendar: Calendar, match: re.Match[str]) -> Range:
    now = (calendar.now.month + 2) // 3
    return calendar.quarter(calendar.now.year, now if match["which"] in ("this", "current") else now - 1)


def _named_quarter(calendar: Calendar, match: re.Match[str]) -> Range:
    """Q3 without a year is the latest that has begun."""
    number, year = int(match["number"]), _year(match)
    return calendar.quarter(year or calendar.now.year - (3 * number - 2 > calendar.now.month), number)


def _last(calendar: Calendar, match: re.Match[str]) -> Range:
    """ "last 3 weeks" and "past week" slide; "last week" is the calendar's, "last hour" slides."""
    unit = UNITS[match["unit"]]
    if match["count"] is None and match["which"] != "past" and unit in ("weeks", "months", "years"):
        return calendar.unit(unit, 1)
    return Range(calendar.ago(_count(match["count"] or "one"), unit), None)


def _part_of_units(calendar: Calendar, match: re.Match[str]) -> Range:
    """ "last half hour", "last couple of days", "last 1.5 hours"; a month is not divided."""
    count = 0.5 if match["half"] else 2 if match["couple"] else float(match["decimal"])
    unit = UNITS[match["unit"]]
    if count != int(count) and unit in ("months", "years"):
        raise Trouble(f"{unit} are not divided", match[0].strip())
    return Range(calendar.ago(count, unit), None)


def _and_a_half(calendar: Calendar, match: re.Match[str]) -> Range:
    unit = UNITS[match["unit"]]
    if unit in ("months", "years"):
        raise Trouble(f"{unit} are not divided", match[0].strip())
    return Range(calendar.ago(_count(match["count"] or "one") + 0.5, unit), None)


def _now(calendar: Calendar, _: re.Match[str]) -> Range:
    return Range(calendar.now, calendar.now + timedelta(seconds=1))


def _numbered_week(calendar: Calendar, match: re.Match[str]) -> Range:
    return calendar.week(_year(match), int(match["number"]), match[0].strip())


def _this(calendar: Calendar, match: re.Match[str]) -> Range:
    return calendar.unit(UNITS[match["unit"]], 0)


def _ago(calendar: Calendar, match: re.Match[str]) -> Range:
    return calendar.unit(UNITS[match["unit"]], _count(match["count"]))


def _month(calendar: Calendar, match: re.Match[str]) -> Range:
    return calendar.month(_year(match), MONTHS[match["month"]])


def _whole_year(calendar: Calendar, match: re.Match[str]) -> Range:
    return calendar.year(int(match["year"]))


# The patterns ------------------------------------------------------------------------------------------------------


def _words(table: dict[str, int] | dict[str, str]) -> str:
    return "|".join(sorted(table, key=len, reverse=True))


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"\s*(?:the\s+)?{text}{END}")


_UNIT = rf"(?P<unit>{_words(UNITS)})s?"
_COUNT = rf"(?P<count>\d{{1,6}}|{_words(COUNTS)})"
_MONTH_NAME = rf"(?P<month>{_words(MONTHS)})\b\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_ZONE = r"(?:z|[+-]\d\d:?\d\d)?"

_DAYS: list[tuple[re.Pattern[str], Meaning]] = [
    (_pattern(r"(?:day before )?yesterday"), _yesterday),
    (_pattern(r"(?:(?:earlier|so far|later)\s+)?today(?:\s+so\s+far)?"), _today),
    (_pattern(rf"(?:(?P<last>last)\s+|this\s+|past\s+)?(?:on\s+)?(?P<weekday>{_words(WEEKDAYS)})"), _weekday),
    (_pattern(r"(?P<year>\d{4})(?P<dash>[-/])(?P<month>\d{1,2})(?P=dash)(?P<day>\d{1,2})(?!t\d)"), _iso),
    (_pattern(rf"(?:on\s+)?{_DAY}(?:\s+(?:of\s+)?|-){_MONTH_NAME}(?:(?:,?\s+|-){_YEAR})?"), _date),
    (_pattern(rf"(?:on\s+)?{_MONTH_NAME}\s+(?:the\s+)?{_DAY}(?:,?\s+{_YEAR})?"), _date),
]
_STRONG: list[tuple[re.Pattern[str], Meaning]] = [
    (_pattern(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?P<second>:\d\d(?:\.\d{1,6})?)?" + _ZONE), _instant),
    *_DAYS,
    (_pattern(r"(?P<one>\d{1,2})/(?P<other>\d{1,2})(?:/(?P<year>\d{4}|\d\d))?"), _slashed),
    (_pattern(rf"(?P<which>this|last)\s+(?P<part>{clocks.PART})|tonight"), _part),
    (_pattern(r"(?:(?P<last>last|past|previous)\s+)?weekend"), _weekend),
    (_pattern(r"(?P<which>this|current|last|previous)\s+quarter"), _quarter),
    (
        _pattern(
            r"(?:last|past|previous)\s+(?:(?P<half>half(?:\s+an?)?)|(?:a\s+)?(?P<couple>couple)(?:\s+of)?"
            rf"|(?P<decimal>\d{{1,6}}\.\d{{1,3}}))\s*{_UNIT}"
        ),
        _part_of_units,
    ),
    (_pattern(rf"(?:last|past|previous)\s+(?:{_COUNT}\s*)?{_UNIT}\s+and\s+a\s+half"), _and_a_half),
    (_pattern(rf"(?P<which>last|past|previous)\s+(?:{_COUNT}\s*)?{_UNIT}"), _last),
    (_pattern(rf"(?:this|current)\s+{_UNIT}"), _this),
    (_pattern(rf"{_COUNT}\s*{_UNIT}\s+ago"), _ago),
]
_WEAK: list[tuple[re.Pattern[str], Meaning]] = [
    (_pattern(r"(?P<one>\d{1,2})\.(?P<other>\d{1,2})\.(?P<year>\d{4}|\d\d)"), _slashed),
    (_pattern(r"(?P<day>\d{1,2})(?:st|nd|rd|th)"), _numbered),
    (_pattern(rf"q(?P<number>[1-4])(?:,?\s+{_YEAR})?"), _named_quarter),
    (_pattern(rf"{_MONTH_NAME}(?:,?\s+{_YEAR})?"), _month),
    (_pattern(rf"(?:year\s+)?{_YEAR}"), _whole_year),
    (_pattern(rf"(?:calendar\s+)?(?:week|kw|cw)\s?(?P<number>\d{{1,2}})(?:,?\s+(?:of\s+)?{_YEAR})?"), _numbered_week),
    (_pattern(r"now"), _now),
]
_SINCE = re.compile(rf"\s*since\s+{_COUNT}\s*{_UNIT}(?!\s+ago){END}")
"""Said for "in the last 3 days"."""
_PREPOSITION = re.compile(
    r"\s*(since|starting|after|before|prior\s+to|until|till|up\s+to|through|between|from|on|in|during|within|over|for|at)"
    r"\s+(?:on\s+)?"
)
_DAYS_OF = re.compile(
    r"\s*(?:between|from|on)?\s*(?:the\s+)?(?P<first>\d{1,2})(?:st|nd|rd|th)?\s*(?:-|–|to|and|until|through)\s*"  # noqa: RUF001
    rf"(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH_NAME}(?:,?\s+{_YEAR})?(?![\w-])"
)
_AGE = re.compile(
    r"\s*(?P<age>older|earlier|more|newer|younger|later|less)\s+than\s+"
    rf"{_COUNT}\s*{_UNIT}(?P<ago>\s+(?:ago|old))?(?![\w-])"
)
_AND = re.compile(r"\s+(?:and|to)\s+|\s*[-–]\s*")  # noqa: RUF001
_TO = re.compile(r"\s+(?:to|until|till|through)\s+|\s*[-–]\s*")  # noqa: RUF001
VAGUE = re.compile(
    rf"(?:last|this|past|next|previous|coming)\s+(?:{clocks.PART}|weekend|quarter|sprint)(?![\w-])|"
    rf"(?:(?:in|during)\s+the|at)\s+(?:{clocks.PART})(?![\w-])|"
    r"(?:last|past|previous)\s+(?:few|several|some)\s+\w+(?![\w-])|"
    rf"tomorrow(?:\s+(?:{clocks.PART}))?(?![\w-])|next\s+\w+(?![\w-])"
)
"""Times that have no settled meaning, or that are to come."""
