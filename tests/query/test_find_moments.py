"""Times around changes of clocks, ends of months, leap years, beginnings of weeks, odd zones, and midnight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidetrace.query.find.moments import find
from sidetrace.query.find.spans import Calendar
from sidetrace.query.find.timewords import MONTHS, WEEKDAYS
from sidetrace.query.find.trouble import Trouble

WEDNESDAY = "2026-11-25T14:30"


def span(text: str, now: str = WEDNESDAY, zone: str = "Europe/Berlin", fold: int = 0) -> tuple[str, str]:
    """Return a time's start and end in UTC, "" for open."""
    here = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(zone), fold=fold)
    found = find(Calendar(here), text, 0)
    assert found is not None, text
    assert found.end == len(text), text[found.end :]
    start, end = (
        one and one.astimezone(UTC).isoformat(timespec="minutes").removesuffix("+00:00") for one in found.range
    )
    return start or "", end or ""


def hours(text: str, now: str, zone: str = "Europe/Berlin", fold: int = 0) -> float:
    start, end = (datetime.fromisoformat(one) for one in span(text, now, zone, fold))
    return (end - start) / timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("today", "2026-10-25T12:00", 25),
        ("today", "2026-03-29T12:00", 23),
        ("yesterday", "2026-10-26T00:00", 25),
        ("yesterday", "2026-03-30T00:00", 23),
        ("this week", "2026-10-25T12:00", 7 * 24 + 1),
        ("last week", "2026-04-01T12:00", 7 * 24 - 1),
        ("this month", "2026-10-01T00:00", 31 * 24 + 1),
        ("in march", "2026-11-25T12:00", 31 * 24 - 1),
    ],
)
def test_days_have_as_many_hours_as_the_clocks_give_them(text: str, now: str, expected: int) -> None:
    assert hours(text, now) == expected


@pytest.mark.parametrize(
    ("text", "now", "fold", "start"),
    [
        # clocks went back from 03:00 to 02:00 on 25 October 2026, and forward from 02:00 to 03:00 on 29 March
        ("last 24 hours", "2026-10-25T12:00", 0, "2026-10-24T11:00"),
        ("last 24 hours", "2026-03-29T12:00", 0, "2026-03-28T10:00"),
        ("last 2 hours", "2026-10-25T02:30", 1, "2026-10-24T23:30"),
        ("last hour", "2026-03-29T03:30", 0, "2026-03-29T00:30"),
        ("last 90 minutes", "2026-10-25T03:00", 0, "2026-10-25T00:30"),
        ("past week", "2026-10-27T12:00", 0, "2026-10-20T10:00"),  # the same time of day
        ("last 3 days", "2026-03-30T12:00", 0, "2026-03-27T11:00"),
    ],
)
def test_hours_pass_whatever_the_clocks_are_set_to(text: str, now: str, fold: int, start: str) -> None:
    assert span(text, now, fold=fold) == (start, "")


def test_an_hour_that_comes_twice_is_both_and_one_that_never_comes_is_empty() -> None:
    assert span("at 2am", "2026-10-25T12:00") == ("2026-10-25T00:00", "2026-10-25T02:00")
    start, end = span("at 2am", "2026-03-29T12:00")
    assert start == end


def test_an_hour_ago_when_the_clocks_went_back() -> None:
    assert span("1 hour ago", "2026-10-25T02:30", fold=1) == ("2026-10-25T00:00", "2026-10-25T01:00")


def test_a_day_without_midnight_begins_when_it_begins() -> None:
    """In Cairo clocks go forward at midnight."""
    assert span("today", "2026-04-24T12:00", "Africa/Cairo") == ("2026-04-23T22:00", "2026-04-24T21:00")


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Asia/Kolkata", "2026-11-24T18:30"),
        ("Asia/Kathmandu", "2026-11-24T18:15"),
        ("Australia/Adelaide", "2026-11-24T13:30"),
        ("Pacific/Kiritimati", "2026-11-24T10:00"),
        ("America/St_Johns", "2026-11-25T03:30"),
        ("UTC", "2026-11-25T00:00"),
    ],
)
def test_today_begins_at_midnight_of_the_zone(zone: str, start: str) -> None:
    assert span("today", zone=zone)[0] == start
    assert span("since today", zone=zone) == (start, "")


def test_hours_of_zones_with_half_hours() -> None:
    assert span("this hour", "2026-11-25T14:45", "Asia/Kolkata") == ("2026-11-25T08:30", "2026-11-25T09:30")
    assert span("at 9am", zone="Asia/Kathmandu") == ("2026-11-25T03:15", "2026-11-25T04:15")


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("today", "2026-11-25T00:00", ("2026-11-25T00:00", "2026-11-26T00:00")),
        ("yesterday", "2026-11-25T00:00", ("2026-11-24T00:00", "2026-11-25T00:00")),
        ("today", "2026-11-25T23:59:59.999", ("2026-11-25T00:00", "2026-11-26T00:00")),
        ("yesterday", "2026-03-01T00:00", ("2026-02-28T00:00", "2026-03-01T00:00")),
        ("yesterday", "2028-03-01T00:00", ("2028-02-29T00:00", "2028-03-01T00:00")),
        ("yesterday", "2027-01-01T00:00", ("2026-12-31T00:00", "2027-01-01T00:00")),
        ("last month", "2026-03-31T10:00", ("2026-02-01T00:00", "2026-03-01T00:00")),
        ("last month", "2027-01-31T10:00", ("2026-12-01T00:00", "2027-01-01T00:00")),
        ("this month", "2028-02-29T10:00", ("2028-02-01T00:00", "2028-03-01T00:00")),
        ("past month", "2026-03-31T10:00", ("2026-02-28T10:00", "")),
        ("past year", "2028-02-29T10:00", ("2027-02-28T10:00", "")),
        ("last year", "2027-01-01T00:00", ("2026-01-01T00:00", "2027-01-01T00:00")),
        ("this year", "2026-12-31T23:59", ("2026-01-01T00:00", "2027-01-01T00:00")),
        ("2 months ago", "2026-03-31T10:00", ("2026-01-01T00:00", "2026-02-01T00:00")),
        ("this week", "2026-11-23T00:00", ("2026-11-23T00:00", "2026-11-30T00:00")),
        ("this week", "2026-11-29T23:59", ("2026-11-23T00:00", "2026-11-30T00:00")),
        ("last week", "2027-01-01T12:00", ("2026-12-21T00:00", "2026-12-28T00:00")),
        ("on monday", "2026-11-23T00:00", ("2026-11-23T00:00", "2026-11-24T00:00")),
        ("last monday", "2026-11-23T00:00", ("2026-11-16T00:00", "2026-11-17T00:00")),
        ("on tuesday", "2026-11-23T12:00", ("2026-11-17T00:00", "2026-11-18T00:00")),
        ("on 29 february", "2026-11-25T12:00", ("2024-02-29T00:00", "2024-03-01T00:00")),
        ("on 29 february", "2028-02-29T00:00", ("2028-02-29T00:00", "2028-03-01T00:00")),
        ("on 29 february", "1903-03-01T00:00", Trouble),  # 1900 had none, and 1896 is before the years that are known
        ("on 25 november", "2026-11-25T00:00", ("2026-11-25T00:00", "2026-11-26T00:00")),
        ("on 26 november", "2026-11-25T12:00", ("2025-11-26T00:00", "2025-11-27T00:00")),
        ("in november", "2026-11-01T00:00", ("2026-11-01T00:00", "2026-12-01T00:00")),
        ("in december", "2026-11-30T00:00", ("2025-12-01T00:00", "2026-01-01T00:00")),
        ("in february 2028", "2026-11-25T12:00", ("2028-02-01T00:00", "2028-03-01T00:00")),
        ("in 2025", "2026-11-25T12:00", ("2025-01-01T00:00", "2026-01-01T00:00")),
    ],
)
def test_ends_of_months_years_and_weeks(text: str, now: str, expected: tuple[str, str] | type[Trouble]) -> None:
    if isinstance(expected, tuple):
        assert span(text, now, "UTC") == expected
    else:
        with pytest.raises(expected):
            span(text, now, "UTC")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("since monday", ("2026-11-23T00:00", "")),
        ("after monday", ("2026-11-24T00:00", "")),
        ("before monday", ("", "2026-11-23T00:00")),
        ("until monday", ("", "2026-11-24T00:00")),
        ("after 10:00", ("2026-11-25T10:00", "")),
        ("until 10:00", ("", "2026-11-25T10:00")),
        ("after 9am yesterday", ("2026-11-24T09:00", "")),
        ("at 12am", ("2026-11-25T00:00", "2026-11-25T01:00")),
        ("at 12pm", ("2026-11-25T12:00", "2026-11-25T13:00")),
        ("at noon", ("2026-11-25T12:00", "2026-11-25T12:01")),
        ("yesterday at 9:30", ("2026-11-24T09:30", "2026-11-24T09:31")),
        ("on 3 november at 5pm", ("2026-11-03T17:00", "2026-11-03T18:00")),
        ("from monday to wednesday", ("2026-11-23T00:00", "2026-11-26T00:00")),
        ("between 9am and 11am yesterday", ("2026-11-24T09:00", "2026-11-24T11:00")),
        ("3-5 november", ("2026-11-03T00:00", "2026-11-06T00:00")),
        ("between 2026-11-01 and 2026-11-30", ("2026-11-01T00:00", "2026-12-01T00:00")),
        ("since 2026-11-20t10:00:00+02:00", ("2026-11-20T08:00", "")),
        ("since 2026-11-20 10:00", ("2026-11-20T10:00", "")),
        ("older than 2 weeks", ("", "2026-11-11T14:30")),
        ("more than 2 hours ago", ("", "2026-11-25T12:30")),
        ("less than 2 hours ago", ("2026-11-25T12:30", "")),
        ("a week ago", ("2026-11-16T00:00", "2026-11-23T00:00")),
        ("before the last 24 hours", ("", "2026-11-24T14:30")),
    ],
)
def test_prepositions(text: str, expected: tuple[str, str]) -> None:
    assert span(text, zone="UTC") == expected


@pytest.mark.parametrize(
    "text",
    [
        "on 31 november", "on 30 february", "on 29 february 2025", "on 2026-02-29", "on 2026-13-01", "on 2026-00-10",
        "on 0 november", "on 32 january", "at 25:00", "at 10:60", "at 13pm", "at 0am", "on 3/11", "on 11/3/2026",
        "since 2026-11-20t25:00", "between 11am and 9am", "5 to 3 november",
        "999999 days ago", "last 999999 years", "999999 months ago", "on 9999-12-31", "on 0001-01-01",
        "since 9999-12-31t23:59:59", "since 0001-01-01t00:00",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Trouble) as refused:
        span(text)
    assert refused.value.said(text).startswith("'")


@pytest.mark.parametrize("text", ["may", "10:00", "2025", "lastly", "todayish", "5 november-x", "monday-ish", "sunk"])
def test_words_that_only_look_like_times(text: str) -> None:
    found = find(Calendar(datetime.fromisoformat(WEDNESDAY).replace(tzinfo=UTC)), text, 0)
    assert found is None


SAID = st.one_of(
    st.sampled_from(["today", "yesterday", "the day before yesterday", "last week", "this month", "past year"]),
    st.sampled_from(sorted(WEEKDAYS)),
    st.builds("{} {}".format, st.integers(1, 28), st.sampled_from(sorted(MONTHS))),
    st.builds(
        "last {} {}".format, st.integers(1, 500), st.sampled_from(["hours", "days", "weeks", "months", "minutes"])
    ),
    st.builds("{} {} ago".format, st.integers(1, 500), st.sampled_from(["hours", "days", "weeks", "months"])),
)
NOWS = st.datetimes(
    datetime(2001, 1, 1), datetime(2090, 1, 1),
    timezones=st.sampled_from([ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Kolkata", "Africa/Cairo", "UTC")]),
)  # fmt: skip


@given(SAID, NOWS)
def test_a_time_begins_before_it_ends_and_before_now(text: str, now: datetime) -> None:
    found = find(Calendar(now), text, 0)
    assert found is not None
    start, end = found.range
    assert start is not None
    assert start.astimezone(UTC) <= now.astimezone(UTC) or now.fold or not _exists(now)
    assert end is None or start.astimezone(UTC) < end.astimezone(UTC)
    since, before = find(Calendar(now), f"since {text}", 0), find(Calendar(now), f"before {text}", 0)
    assert since is not None
    assert before is not None
    assert since.range.start == before.range.end == start


def _exists(now: datetime) -> bool:
    return now.astimezone(UTC).astimezone(now.tzinfo).replace(tzinfo=None) == now.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("text", "now", "start", "end"),
    [
        # in UTC; Berlin is an hour ahead in winter and two in summer
        ("yesterday morning", WEDNESDAY, "2026-11-24T05:00", "2026-11-24T11:00"),
        ("last night", "2026-03-29T12:00", "2026-03-28T17:00", "2026-03-29T04:00"),  # an hour shorter
        ("last night", "2026-10-25T12:00", "2026-10-24T16:00", "2026-10-25T05:00"),  # an hour longer
        ("tonight", "2026-12-31T12:00", "2026-12-31T17:00", "2027-01-01T05:00"),
        ("from 2 to 4 pm", WEDNESDAY, "2026-11-25T13:00", "2026-11-25T15:00"),
        ("from 11 to 1pm", WEDNESDAY, "2026-11-25T10:00", "2026-11-25T12:00"),
        ("from 9am to 5 yesterday", WEDNESDAY, "2026-11-24T08:00", "2026-11-24T16:00"),
        ("between 12 and 1 pm", WEDNESDAY, "2026-11-25T11:00", "2026-11-25T12:00"),
        ("around midnight", WEDNESDAY, "2026-11-24T22:30", "2026-11-24T23:30"),
        ("last weekend", "2026-11-22T12:00", "2026-11-13T23:00", "2026-11-15T23:00"),  # asked on a Sunday
        ("over the weekend", "2026-11-22T12:00", "2026-11-20T23:00", "2026-11-22T23:00"),
        ("last quarter", "2026-02-01T12:00", "2025-09-30T22:00", "2025-12-31T23:00"),
        ("in q4", "2026-11-25T12:00", "2026-09-30T22:00", "2026-12-31T23:00"),
        ("in q4", "2026-02-01T12:00", "2025-09-30T22:00", "2025-12-31T23:00"),
        ("in week 53", "2026-11-25T12:00", "2020-12-27T23:00", "2021-01-03T23:00"),
        ("in week 1 2026", WEDNESDAY, "2025-12-28T23:00", "2026-01-04T23:00"),
        ("on the 31st", "2026-11-25T12:00", "2026-10-30T23:00", "2026-10-31T23:00"),
        ("on 29/2/2024", WEDNESDAY, "2024-02-28T23:00", "2024-02-29T23:00"),
        ("from friday to monday", WEDNESDAY, "2026-11-19T23:00", "2026-11-23T23:00"),
        ("from wednesday to monday", WEDNESDAY, "2026-11-17T23:00", "2026-11-23T23:00"),
        ("last 1.5 days", WEDNESDAY, "2026-11-24T01:30", ""),
        ("last half hour", WEDNESDAY, "2026-11-25T13:00", ""),
        ("since 3 days", WEDNESDAY, "2026-11-22T13:30", ""),
    ],
)
def test_parts_of_days_and_other_times(text: str, now: str, start: str, end: str) -> None:
    assert span(text, now) == (start, end)


@pytest.mark.parametrize(
    "text", ["last 1.5 months", "on 31.11.2026", "in week 54", "on 3.11.26", "on the 32nd", "at 25 o'clock"]
)
def test_what_else_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Trouble):
        find(Calendar(datetime(2026, 11, 25, 12, tzinfo=UTC)), text, 0)
