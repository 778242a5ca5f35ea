"""Times of day as people say them: "at 3pm", "from 2 to 4 pm", "around noon", "in the morning".

"At 3pm" is the hour, "at 15:20" the minute, "around" half an hour before and behind. The morning is from 6 to 12, the
afternoon to 18, the evening to 24; a night begins at 18 and ends at 6 on the next day.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import NamedTuple

from .spans import Calendar, Clock, Range
from .trouble import Trouble

PARTS = {"morning": (6, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (18, 30)}
"""Hours of the day that a part of it begins with and ends before; beyond 24 they are the next day's."""
ABOUT = timedelta(minutes=30)

CLOCK = r"\d{1,2}(?::\d\d)?\s?[ap]\.?m\b\.?|\d{1,2}\s?o'?clock|\d{1,2}:\d\d|noon|midday|midnight"
PART = "|".join(PARTS)
END = r"(?![\w-])(?:['’]s(?!\w))?"  # noqa: RUF001
_AROUND = r"(?P<around>(?:around|about|circa|roughly|approximately)\s+|~\s*)?"
_TO = r"\s*(?:and|to|until|till|-|–)\s*"  # noqa: RUF001
_HOURS = rf"(?P<first>{CLOCK}|\d{{1,2}}){_TO}(?P<last>{CLOCK}|\d{{1,2}}){END}"
BEHIND_HOURS = re.compile(rf"\s+(?:between|from)\s+{_HOURS}")
HOURS = re.compile(rf"\s*(?:(?:between|from)\s+)?{_HOURS}")
BEHIND = re.compile(rf"\s+(?:at\s+)?{_AROUND}(?P<clock>{CLOCK}){END}")
ALONE = re.compile(rf"\s*(?:at\s+)?{_AROUND}(?P<clock>{CLOCK}){END}")
BEHIND_PART = re.compile(rf"\s+(?:in\s+the\s+|during\s+the\s+|at\s+)?(?P<part>{PART}){END}")


class Hours(NamedTuple):
    """Two times of day."""

    first: Clock
    last: Clock


def clock(text: str) -> Clock:
    """Return the time of day that a text says. Raises Trouble."""
    if text in ("noon", "midday", "midnight"):
        return Clock(0 if text == "midnight" else 12, 0, False)
    bare = re.sub(r"\.|\s?o'?clock", "", text)
    half = bare[-2:] if bare.endswith(("am", "pm")) else ""
    hours, _, minutes = bare.removesuffix(half).strip().partition(":")
    hour, minute = int(hours), int(minutes or 0)
    if minute > 59 or not (1 <= hour <= 12 if half else hour <= 23):
        raise Trouble("there is no such time of day", text)
    return Clock(hour % 12 + (12 if half == "pm" else 0) if half else hour, minute, not minutes)


def hours(match: re.Match[str]) -> Hours | None:
    """Return the two times of a match of HOURS, None where neither says that it is a time: "from 2 to 4".

    In "from 2 to 4 pm" both are of the afternoon, in "from 11 to 2pm" the first is of the morning.
    """
    first, last = match["first"], match["last"]
    if first.isdigit() and last.isdigit():
        return None
    if first.isdigit() or last.isdigit():
        known = clock(last if first.isdigit() else first)
        halved = (last if first.isdigit() else first).endswith("m")
        guessed = int(first if first.isdigit() else last)
        if halved and 1 <= guessed <= 12:
            hour = guessed % 12 + (12 if known.hour >= 12 else 0)
            if first.isdigit() and hour >= known.hour and known.hour >= 12:
                hour -= 12
            elif last.isdigit() and hour <= known.hour:
                hour += 12
            other = Clock(hour % 24, 0, True)
        else:
            other = clock(f"{guessed}:00")
        return Hours(other, known) if first.isdigit() else Hours(known, other)
    return Hours(clock(first), clock(last))


def at(calendar: Calendar, match: re.Match[str], day: Range) -> Range:
    """Return the time of a match of BEHIND or ALONE on the day that a range begins with."""
    span = calendar.at(clock(match["clock"]), day)
    if match["around"] is None or span.start is None:
        return span
    return Range(span.start - ABOUT, span.start + ABOUT)


def part(calendar: Calendar, name: str, day: Range) -> Range:
    """Return a part of the day that a range begins with."""
    return calendar.part(*PARTS[name], day)
