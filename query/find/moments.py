"""Times as people say them: "yesterday", "last 24 hours", "since Monday", "between 3 and 5 November".

Days, weeks, months and years are the calendar's, in the asker's zone; "last 24 hours" and "past week" slide back from
now. A date without a year is the latest that is not in the future.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from .spans import Calendar, Clock, Range
from .trouble import Trouble

UNITS = {
    "second": "seconds", "sec": "seconds", "minute": "minutes", "min": "minutes", "hour": "hours", "hr": "hours",
    "day": "days", "week": "weeks", "month": "months", "year": "years",
    "s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks",
}  # fmt: skip
MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"), 1,
    )
    for name in names.split()
}  # fmt: skip
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("monday mon", "tuesday tues tue", "wednesday wed", "thursday thurs thu", "friday fri", "saturday sat",
         "sunday sun"),
    )
    for name in names.split()
}  # fmt: skip
COUNTS = {
    word: number
    for number, words in enumerate(
        ("a an one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 1
    )
    for word in words.split()
}
MOMENT = timedelta(hours=1)
"""What is no longer is a moment: "after 10:00" and "until 10:00" mean its beginning; "after Monday" is Tuesday."""
YEARS = range(1900, 2200)
WEAK = frozenset({"since", "starting", "after", "before", "until", "till", "through", "from", "on", "in", "during",
                  "at", "between"})  # fmt: skip
"""Prepositions that make times of words that mean other things too: "may", "2025", "10:00"."""


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
    preposition = _PREPOSITION.match(text, start)
    word = preposition[1] if preposition else ""
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
        case "before":
            return Found(Range(None, begin), first.end)
        case "until" | "till" | "through":
            return Found(Range(None, _ending(first.range)), first.end)
    return Found(first.range, first.end)


class _Span(NamedTuple):
    """A found span; `clock` is the time of day that stands in it without a day."""

    range: Range
    end: int
    clock: Clock | None = None


def _span(calendar: Calendar, text: str, start: int, weak: bool) -> _Span | None:
    """Return the span at `start`, with times of day before or behind it; `weak`: a preposition stands before it."""
    for pattern, meaning in (*_STRONG, *_WEAK) if weak else _STRONG:
        match = pattern.match(text, start)
        if match is None:
            continue
        span, end = meaning(calendar, match), match.end()
        if hours := _HOURS.match(text, end):
            first, last = (calendar.at(_clock(hours[name]), span) for name in ("first", "last"))
            return _Span(_ordered(first.start, last.start, hours[0]), hours.end())
        if clock := _AT.match(text, end):
            return _Span(calendar.at(_clock(clock["clock"]), span), clock.end())
        return _Span(span, end)
    if weak and (clock := _CLOCK_ALONE.match(text, start)):
        said = _clock(clock["clock"])
        for pattern, meaning in _DAYS:
            if behind := pattern.match(text, clock.end()):
                return _Span(calendar.at(said, meaning(calendar, behind)), behind.end())
        return _Span(calendar.at(said, calendar.unit("days", 0)), clock.end(), said)
    return None


def _begin(calendar: Calendar, first: _Span, second: _Span) -> datetime | None:
    """Return where two spans begin; in "between 9am and 11am yesterday" the day belongs to both."""
    if first.clock and not second.clock and second.range.start:
        day = calendar.day(second.range.start.date())
        return calendar.at(first.clock, day).start
    return first.range.start


def _ordered(begin: datetime | None, end: datetime | None, said: str) -> Range:
    if begin is not None and end is not None and end <= begin:
        raise Trouble("this ends before it begins", said.strip())
    return Range(begin, end)


def _short(span: Range) -> bool:
    return span.start is not None and span.end is not None and span.end - span.start <= MOMENT


def _ending(span: Range) -> datetime | None:
    return span.start if span.end is None or _short(span) else span.end


def _clock(text: str) -> Clock:
    if text in ("noon", "midnight"):
        return Clock(12 if text == "noon" else 0, 0, False)
    half = text[-2:] if text.endswith(("am", "pm")) else ""
    hours, _, minutes = text.removesuffix(half).strip().partition(":")
    hour, minute = int(hours), int(minutes or 0)
    if minute > 59 or not (1 <= hour <= 12 if half else hour <= 23):
        raise Trouble("there is no such time of day", text)
    return Clock(hour % 12 + (12 if half == "pm" else 0) if half else hour, minute, not minutes)


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
    raise Trouble("day or month first? Write it as 2026-11-03 or 3 November", match[0].strip())


def _last(calendar: Calendar, match: re.Match[str]) -> Range:
    """ "last 3 weeks" and "past week" slide; "last week" is the calendar's, "last hour" slides."""
    unit = UNITS[match["unit"]]
    if match["count"] is None and match["which"] != "past" and unit in ("weeks", "months", "years"):
        return calendar.unit(unit, 1)
    return Range(calendar.ago(_count(match["count"] or "one"), unit), None)


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
    return re.compile(rf"\s*(?:the\s+)?{text}{_END}")


_END = r"(?![\w-])(?:['’]s(?!\w))?"  # noqa: RUF001
_UNIT = rf"(?P<unit>{_words(UNITS)})s?"
_COUNT = rf"(?P<count>\d{{1,6}}|{_words(COUNTS)})"
_MONTH_NAME = rf"(?P<month>{_words(MONTHS)})\b\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_CLOCK = r"\d{1,2}(?::\d\d)?\s?[ap]m|\d{1,2}:\d\d|noon|midnight"
_ZONE = r"(?:z|[+-]\d\d:?\d\d)?"

_DAYS: list[tuple[re.Pattern[str], Meaning]] = [
    (_pattern(r"(?:day before )?yesterday"), _yesterday),
    (_pattern(r"today"), _today),
    (_pattern(rf"(?P<last>last\s+)?(?:on\s+)?(?P<weekday>{_words(WEEKDAYS)})"), _weekday),
    (_pattern(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?!t\d)"), _iso),
    (_pattern(rf"(?:on\s+)?{_DAY}\s+(?:of\s+)?{_MONTH_NAME}(?:,?\s+{_YEAR})?"), _date),
    (_pattern(rf"(?:on\s+)?{_MONTH_NAME}\s+(?:the\s+)?{_DAY}(?:,?\s+{_YEAR})?"), _date),
]
_STRONG: list[tuple[re.Pattern[str], Meaning]] = [
    (_pattern(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?P<second>:\d\d(?:\.\d{1,6})?)?" + _ZONE), _instant),
    *_DAYS,
    (_pattern(r"\d{1,2}/\d{1,2}(?:/\d{2,4})?"), _slashed),
    (_pattern(rf"(?P<which>last|past|previous)\s+(?:{_COUNT}\s*)?{_UNIT}"), _last),
    (_pattern(rf"(?:this|current)\s+{_UNIT}"), _this),
    (_pattern(rf"{_COUNT}\s*{_UNIT}\s+ago"), _ago),
]
_WEAK: list[tuple[re.Pattern[str], Meaning]] = [
    (_pattern(rf"{_MONTH_NAME}(?:,?\s+{_YEAR})?"), _month),
    (_pattern(rf"(?:year\s+)?{_YEAR}"), _whole_year),
]
_AT = re.compile(rf"\s+(?:at\s+)?(?P<clock>{_CLOCK}){_END}")
_CLOCK_ALONE = re.compile(rf"\s*(?:at\s+)?(?P<clock>{_CLOCK}){_END}")
_HOURS = re.compile(
    rf"\s+(?:between|from)\s+(?P<first>{_CLOCK})\s*(?:and|to|until|till|-|–)\s*(?P<last>{_CLOCK}){_END}"  # noqa: RUF001
)
_PREPOSITION = re.compile(
    r"\s*(since|starting|after|before|until|till|through|between|from|on|in|during|within|over|for|at)\s+(?:on\s+)?"
)
_DAYS_OF = re.compile(
    r"\s*(?:between|from|on)?\s*(?:the\s+)?(?P<first>\d{1,2})(?:st|nd|rd|th)?\s*(?:-|–|to|and|until|through)\s*"  # noqa: RUF001
    rf"(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH_NAME}(?:,?\s+{_YEAR})?(?![\w-])"
)
_AGE = re.compile(
    r"\s*(?P<age>older|earlier|more|newer|younger|later|less)\s+than\s+"
    rf"{_COUNT}\s*{_UNIT}(?P<ago>\s+ago)?(?![\w-])"
)
_AND = re.compile(r"\s+(?:and|to)\s+|\s*[-–]\s*")  # noqa: RUF001
_TO = re.compile(r"\s+(?:to|until|till|through)\s+|\s*[-–]\s*")  # noqa: RUF001
VAGUE = re.compile(
    r"(?:last|this|past|next|previous|coming)\s+(?:night|morning|afternoon|evening|weekend|quarter|sprint)(?![\w-])|"
    r"tonight(?![\w-])|tomorrow(?:\s+(?:night|morning|afternoon|evening))?(?![\w-])|next\s+\w+(?![\w-])"
)
"""Times that have no settled meaning, or that are to come."""
