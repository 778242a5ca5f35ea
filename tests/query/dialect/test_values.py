"""Expressions in Postgres's words: times, intervals, JSON, texts and numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from .conftest import Asker
from .world import ROWS, close, ids, stamp

BERLIN = ZoneInfo("Europe/Berlin")

UNITS: dict[str, Callable[[datetime], datetime]] = {
    "second": lambda at: at.replace(microsecond=0),
    "minute": lambda at: at.replace(second=0, microsecond=0),
    "hour": lambda at: at.replace(minute=0, second=0, microsecond=0),
    "day": lambda at: datetime(at.year, at.month, at.day),
    "week": lambda at: datetime(at.year, at.month, at.day) - timedelta(days=at.weekday()),
    "month": lambda at: datetime(at.year, at.month, 1),
    "quarter": lambda at: datetime(at.year, (at.month - 1) // 3 * 3 + 1, 1),
    "year": lambda at: datetime(at.year, 1, 1),
    "decade": lambda at: datetime(at.year // 10 * 10, 1, 1),
    "century": lambda at: datetime((at.year - 1) // 100 * 100 + 1, 1, 1),
    "millennium": lambda at: datetime((at.year - 1) // 1000 * 1000 + 1, 1, 1),
    "milliseconds": lambda at: at,
}

FIELDS: dict[str, Callable[[datetime], float]] = {
    "year": lambda at: at.year, "month": lambda at: at.month, "day": lambda at: at.day, "hour": lambda at: at.hour,
    "minute": lambda at: at.minute, "second": lambda at: at.second + at.microsecond / 1e6,
    "EPOCH": lambda at: at.timestamp(), "DOW": lambda at: at.isoweekday() % 7, "isodow": lambda at: at.isoweekday(),
    "doy": lambda at: at.timetuple().tm_yday, "week": lambda at: at.isocalendar().week,
    "isoyear": lambda at: at.isocalendar().year, "quarter": lambda at: (at.month + 2) // 3,
    "milliseconds": lambda at: at.second * 1000 + at.microsecond / 1000, "decade": lambda at: at.year // 10,
    "microseconds": lambda at: at.second * 1_000_000 + at.microsecond, "century": lambda at: (at.year + 99) // 100,
}  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_date_trunc(ask: Asker, unit: str) -> None:
    found = ask(f"SELECT date_trunc('{unit}', timestamp) FROM traces ORDER BY id")
    assert found == [(stamp(UNITS[unit](row["at"])),) for row in ROWS]


@pytest.mark.parametrize("field", FIELDS)
def test_extract_and_date_part(ask: Asker, field: str) -> None:
    found = ask(
        f"SELECT EXTRACT({field} FROM timestamp), date_part('{field.lower()}', timestamp) FROM traces ORDER BY id"
    )
    assert close(found, [(FIELDS[field](row["at"]),) * 2 for row in ROWS])


def test_months_stop_at_the_last_day_that_there_is(ask: Asker) -> None:
    assert ask(
        "SELECT DATE '2026-01-31' + INTERVAL '1 month', DATE '2024-02-29' - INTERVAL '1 year',"
        " NOW() - INTERVAL '9 months'"
    ) == [("2026-02-28 00:00:00.000", "2023-02-28 00:00:00.000", "2026-02-20 12:51:16.123")]
    days = "generate_series(DATE '2026-01-30', DATE '2026-02-01', '1 day') d"
    assert ask(f"SELECT d + INTERVAL '1 month' FROM {days}") == [
        ("2026-02-28 00:00:00.000",), ("2026-02-28 00:00:00.000",), ("2026-03-01 00:00:00.000",),
    ]  # fmt: skip


def test_intervals_are_written_as_postgres_does_and_ordered_by_length(ask: Asker) -> None:
    assert ask(
        "SELECT INTERVAL '1 day' * 3, INTERVAL '36 hours', INTERVAL '1 year 2 months 3 days 04:05:06.7',"
        " DATE '2026-03-01' - DATE '2026-02-01', TIMESTAMP '2026-03-01' - TIMESTAMP '2026-02-27 13:30:15.5',"
        " AGE(TIMESTAMP '2026-03-31', TIMESTAMP '2026-02-28'), EXTRACT(EPOCH FROM INTERVAL '2 hours')"
    ) == [("3 days", "36:00:00", "1 year 2 mons 3 days 04:05:06.7", 28, "1 day 10:29:44.5", "1 mon 3 days", 7200)]
    found = [row[0] for row in ask("SELECT end_timestamp - timestamp AS d FROM traces ORDER BY d DESC LIMIT 3")]
    wanted = sorted((row["latency_ms"] for row in ROWS), reverse=True)[:3]
    assert found == [f"00:00:{ms / 1000:06.3f}".rstrip("0").rstrip(".") for ms in wanted]


def test_json_text_is_postgres_text(ask: Asker) -> None:
    found = ask(
        "SELECT metadata->>'n', metadata->>'flag', metadata->>'ratio', metadata->'flag' FROM traces ORDER BY id"
    )
    wanted = [
        tuple(
            None if key not in row["metadata"] else json.dumps(row["metadata"][key]) for key in ("n", "flag", "ratio")
        )
        for row in ROWS
    ]
    assert [row[:2] for row in found] == [row[:2] for row in wanted]
    assert [row[3] for row in found] == [row[1] for row in wanted]
    assert [row[2] and float(row[2]) for row in found] == [row[2] and float(row[2]) for row in wanted]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7 / 2", 3), ("-7 / 2", -3), ("7.0 / 2", 3.5), ("-7 % 3", -1), ("2 ^ 10", 1024), ("'a' || NULL", None),
        ("round(2.675::numeric, 2)", 2.68), ("round(1234.5, -2)", 1200), ("'12'::int + 1", 13), ("3.7::int", 4),
        ("1.005::numeric(10,2)", 1.01), ("12::text || 'x'", "12x"), ("TRUE::text", "true"), ("'off'::boolean", 0),
        ("GREATEST(3, NULL, 1.5)", 3), ("LEAST(NULL, 2)", 2), ("COALESCE(NULL, 'x')", "x"), ("NULLIF(1, 1)", None),
        ("concat('a', NULL, 1)", "a1"), ("concat_ws('-', 'a', NULL, 'b')", "a-b"), ("split_part('a_b', '_', 2)", "b"),
        ("left('hello', -2)", "hel"), ("right('hello', 2)", "lo"), ("initcap('hello wORLD')", "Hello World"),
        ("lpad('7', 3, '0')", "007"), ("substring('hello' from 2 for 3)", "ell"), ("trim(both 'x' from 'xax')", "a"),
        ("to_char(TIMESTAMP '2026-11-01 09:05', 'YYYY-MM-DD HH24:MI')", "2026-11-01 09:05"),
        ("to_char(DATE '2026-11-01', 'FMDay, FMDDth FMMon YYYY')", "Sunday, 1st Nov 2026"),
        ("to_char(DATE '2027-01-01', 'IYYY-\"W\"IW')", "2026-W53"),
        ("to_char(1234567.891, 'FM9,999,990.00')", "1,234,567.89"),
        ("to_timestamp(1790000000)", "2026-09-21 14:13:20.000"), ("to_date('04/03/2026', 'DD/MM/YYYY')", "2026-03-04"),
        ("TIMESTAMP '2026-07-01 12:00' AT TIME ZONE 'Europe/Berlin'", "2026-07-01 10:00:00.000"),
        ("array_length(ARRAY['a', 'b'], 1)", 2), ("array_to_string(ARRAY['a', 'b'], '; ')", "a; b"),
        ("(ARRAY['a', 'b'])[2]", "b"), ("jsonb_typeof('{\"a\": 1}'::jsonb -> 'a')", "number"),
        ("jsonb_build_object('a', 1, 'b', TRUE)", '{"a":1,"b":true}'), ("width_bucket(5, 0, 10, 4)", 3),
        ("$$it's$$", "it's"), (r"E'a\'b\tc'", "a'b\tc"), ("/* c */ 1 -- d\n", 1), ("1 / 0", None),
        ("date_bin('15 minutes', TIMESTAMP '2026-01-01 10:44', TIMESTAMP '2026-01-01')", "2026-01-01 10:30:00.000"),
        ("CASE WHEN NULL THEN 1 ELSE 2 END", 2), ("'é' ILIKE 'É'", 1), ("'a' LIKE 'A'", 0),
        ("CURRENT_DATE", "2026-11-20"),
        ("'yesterday'::date", "2026-11-19"), ("floor(-1.5)", -2), ("mod(7, 4)", 3), ("'x' IN ('y', 'x')", 1),
        ("1 IN (1, NULL) AND NULL IS NULL", 1), ("width_bucket(11, 0, 10, 4)", 5), ("repeat('ab', 2)", "abab"),
    ],
)  # fmt: skip
def test_an_expression_has_postgress_value(ask: Asker, expression: str, value: Any) -> None:
    ((found,),) = ask(f"SELECT {expression}")
    assert found == (pytest.approx(value) if isinstance(value, float) else value)


def test_days_are_the_askers(ask: Asker) -> None:
    local = [row["at"].astimezone(BERLIN) for row in ROWS]
    midnights = [stamp(at.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)) for at in local]
    assert [r[0] for r in ask("SELECT date_trunc('day', timestamp) FROM traces ORDER BY id", BERLIN)] == midnights
    hours = ask("SELECT EXTRACT(hour FROM timestamp), timestamp::date FROM traces ORDER BY id", BERLIN)
    assert hours == [(at.hour, f"{at:%Y-%m-%d}") for at in local]
    found = ask("SELECT id FROM traces WHERE timestamp >= CURRENT_DATE ORDER BY id", BERLIN)
    assert [row[0] for row in found] == ids(lambda row: row["timestamp"] >= "2026-11-19 23:00:00.000")
    shifted = ask(
        "SELECT timestamp AT TIME ZONE 'Europe/Berlin', timestamp AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'"
        " FROM traces ORDER BY id"
    )
    assert shifted == [(stamp(at),) * 2 for at in local]


def test_today_is_the_askers_today(ask: Asker) -> None:
    auckland = ZoneInfo("Pacific/Auckland")  # thirteen hours ahead: there it is tomorrow already
    assert ask("SELECT CURRENT_DATE, CURRENT_DATE - 1, NOW()::date, 'today'::timestamptz", auckland) == [
        ("2026-11-21", "2026-11-20", "2026-11-21", "2026-11-20 11:00:00.000")
    ]
    assert ask("SELECT CURRENT_DATE, 'tomorrow'::date") == [("2026-11-20", "2026-11-21")]
