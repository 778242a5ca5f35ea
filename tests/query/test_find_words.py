"""How a filter is put into words: those of questions, and any other."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sidetrace.query.fields import FIELDS, kind_of
from sidetrace.query.filters import TYPES
from sidetrace.query.find import Understanding, understand, words

from .find_table import BERLIN, NOW


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("show me traces with latency > 5s from yesterday", "traces with latency > 5 s, started on 2026-11-24 {}"),
        ("find all traces by user_123 with cost > $0.10", 'traces with user "user_123" and cost > $0.1'),
        (
            "traces tagged 'production' with relevance score < 0.5",
            'traces with tag "production" and score relevance < 0.5',
        ),
        (
            "sessions with more than 3 traces in the last 24 hours",
            "sessions with number of traces > 3, active since 2026-11-24 14:30 {}, counted over all of their time",
        ),
        (
            "which user spent the most yesterday?",
            "users active on 2026-11-24 {}, counted over all of their time, most expensive first, at most 1",
        ),
        ("10 slowest traces", "traces, slowest first, at most 10"),
        ("oldest sessions", "sessions, oldest first"),
        ("users by sessions", "users, by number of sessions, highest first"),
        ("traces by alice or bob without errors", 'traces with user "alice" or "bob" without errors'),
        ("traces tagged a and b not tagged c", 'traces with tag "a" and "b" without tag "c"'),
        ("failed or by alice", 'traces with (errors or user "alice")'),
        ("failed or cost > $1", "traces with (errors or cost > $1)"),
        ("traces using gpt-4o", 'traces with model "gpt-4o" (any date)'),
        ("traces about refunds", 'traces with "refunds" in name, input or output'),
        ("traces with no user", "traces with no user"),
        ("traces where output starts with hi", 'traces with output starts with "hi"'),
        ("sentiment score is good", 'traces with score sentiment "good"'),
        ("traces with a sentiment score", 'traces with a score "sentiment"'),
        ("traces without a sentiment score", 'traces without a score "sentiment"'),
        ("metadata plan is pro", 'traces with metadata plan = "pro"'),
        ("traces without metadata plan", "traces with metadata plan is not set"),
        ("bookmarked traces", "traces with bookmarked = true"),
        ("untagged traces", "traces without a tag"),
        ("traces where input is not null", "traces with an input"),
        ("sessions with no users", "sessions without a user"),
        ("sessions without traces", "sessions without traces"),
        ("traces without cost", "traces with no cost"),
        ("sessions that ended yesterday", "sessions ended on 2026-11-24 {}"),
        ("users last seen before Monday", "users last active before 2026-11-23 {}"),
        ("traces on Monday and Tuesday", "traces with (started on 2026-11-23 or started on 2026-11-24) {}"),
        ("traces last evening", "traces started from 2026-11-24 18:00 until 2026-11-25 00:00 {}"),
        (
            "sessions started before Monday and active today",
            "sessions active on 2026-11-25 and started before 2026-11-23 {}",
        ),
        ("sessions started last week", "sessions started from 2026-11-16 to 2026-11-22 {}"),
        ("traces between 9am and 11am", "traces started from 2026-11-25 09:00 until 2026-11-25 11:00 {}"),
        ("traces before 2026-11-03", "traces started before 2026-11-03 {}"),
        (
            "traces not (tagged a and by bob)",
            'traces without (tag "a" and user "bob")',
        ),
    ],
)
def test_questions_in_words(text: str, said: str) -> None:
    assert words(understand(text, NOW), BERLIN) == said.format("(Europe/Berlin)")


def test_the_same_time_in_another_zone() -> None:
    asked = understand("traces from yesterday", NOW)
    assert words(asked, UTC) == "traces started from 2026-11-23 23:00 until 2026-11-24 23:00 (UTC)"
    assert words(asked, ZoneInfo("Asia/Kolkata")).endswith("2026-11-24 04:30 until 2026-11-25 04:30 (Asia/Kolkata)")


VALUES: dict[str, Any] = {
    "datetime": "2026-11-24T10:00:00Z", "string": "x", "number": 5, "stringOptions": ["x", "y"],
    "categoryOptions": ["x"], "arrayOptions": ["x", "y"], "stringObject": "x", "numberObject": 0.5,
    "booleanObject": True, "boolean": False, "null": "",
}  # fmt: skip


@pytest.mark.parametrize("view", ["traces", "sessions", "users", "observations"])
@pytest.mark.parametrize("zone", [UTC, BERLIN], ids=str)
def test_every_filter_item_has_words(view: Any, zone: tzinfo) -> None:
    """No two items of one view that ask something else are worded alike, but for fields of the same column."""
    seen: dict[str, object] = {}
    for name, type in TYPES.items():
        for column, field in FIELDS[view].items():
            if kind_of(view, field.column) not in type.kinds:
                continue
            for operator in type.operators:
                item = {"type": name, "column": column, "operator": operator, "value": VALUES.get(name, "x")}
                item |= {"key": "k"} if type.keyed else {}
                said = words(Understanding(view, [item]), zone)
                assert said.startswith(f"{view} ")
                asked = (field.column, operator, str(VALUES.get(name, "x")))
                if operator not in ("any of", "is set", "is not set", "=", "<>"):
                    assert seen.setdefault(said, asked) == asked or name == "datetime", said


@pytest.mark.parametrize("operator", [">", ">=", "<", "<="])
def test_single_times(operator: str) -> None:
    item = {"type": "datetime", "column": "timestamp", "operator": operator, "value": "2026-11-24T10:00:00Z"}
    sign = {">": "after", ">=": "since", "<": "before", "<=": "until"}[operator]
    assert words(Understanding("traces", [item]), UTC) == f"traces started {sign} 2026-11-24 10:00 (UTC)"
