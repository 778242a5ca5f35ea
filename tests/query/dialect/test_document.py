"""The queries of the seed document, word for word, against answers worked out in Python."""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sidetrace.query.dialect import translate

from .conftest import Asker
from .world import NOW, ROWS, Row, close, grouped

SEED = Path(__file__).resolve().parents[4] / "shared" / "seeds" / "session-user-tracking.md"
pytestmark = pytest.mark.skipif(not SEED.exists(), reason="needs the seed document beside the checkout")


def seed_queries() -> list[str]:
    return re.findall(r"```sql\n(.*?)```", SEED.read_text(encoding="utf-8"), re.DOTALL)


def recent(days: int) -> list[Row]:
    now = NOW.replace(microsecond=123_000)
    return [row for row in ROWS if row["at"] > now - timedelta(days=days)]


def total(values: list[Any]) -> float | None:
    given = [value for value in values if value is not None]
    return sum(given) if given else None


def test_the_document_has_four_queries_and_all_are_read_as_postgres_where_they_say_so() -> None:
    assert [translate(query, None, NOW).dialect for query in seed_queries()] == [
        "postgres",
        "sqlite",
        "postgres",
        "postgres",
    ]


@pytest.mark.parametrize("dialect", ["postgres", None])
def test_performance_by_user(ask: Asker, dialect: Any) -> None:
    found = ask.table(seed_queries()[0], dialect)
    wanted = [
        (user, len(rows), statistics.fmean(row["latency_ms"] for row in rows), total([row["cost"] for row in rows]))
        for user, rows in grouped(lambda row: row["user"], recent(30)).items()
    ]
    costs: list[Any] = [row[3] for row in found.rows]
    assert costs == sorted(costs, key=lambda cost: (cost is not None, -(cost or 0)))  # DESC puts nulls first
    assert [name for name, _ in found.columns] == ["user_id", "trace_count", "avg_latency", "total_cost"]
    assert close(sorted(found.rows, key=str), sorted(wanted, key=str))


@pytest.mark.parametrize("dialect", ["postgres", None])
def test_performance_by_content_type(ask: Asker, dialect: Any) -> None:
    found = ask.table(seed_queries()[1], dialect).rows
    groups = grouped(lambda row: row["metadata"].get("content_type"))
    wanted = {
        kind: (
            len(rows),
            statistics.fmean(row["latency_ms"] for row in rows),
            [r["cost"] for r in rows if r["cost"] is not None],
        )
        for kind, rows in groups.items()
        if kind is not None
    }
    assert [row[1] for row in found] == sorted((count for count, _, _ in wanted.values()), reverse=True)
    averages = [
        (kind, count, latency, statistics.fmean(costs) if costs else None)
        for kind, (count, latency, costs) in wanted.items()
    ]
    assert close(sorted(found), sorted(averages))


@pytest.mark.parametrize("dialect", ["postgres", None])
def test_slowest_sessions(ask: Asker, dialect: Any) -> None:
    found = ask.table(seed_queries()[2], dialect).rows
    wanted = [
        (session, len(rows), sum(row["latency_ms"] for row in rows), total([row["cost"] for row in rows]))
        for session, rows in grouped(lambda row: row["session"], recent(7)).items()
    ]
    assert close(found, sorted(wanted, key=lambda row: -row[2])[:10])


def test_slow_or_expensive_users(ask: Asker) -> None:
    query = seed_queries()[3]
    assert ask.table(query, None).rows == []  # nobody has five sessions in seven days here
    found = ask.table(query.replace(">= 5", ">= 2"), None).rows
    sessions = grouped(lambda row: (row["user"], row["session"]), recent(7))
    users: dict[Any, list[tuple[float, float | None]]] = defaultdict(list)
    for (user, _), rows in sessions.items():
        users[user].append((sum(row["latency_ms"] for row in rows), total([row["cost"] for row in rows])))
    wanted = [
        (
            user,
            len(sums),
            statistics.fmean(one for one, _ in sums),
            statistics.fmean([c for _, c in sums if c is not None]),
        )
        for user, sums in users.items()
        if len(sums) >= 2
    ]
    assert wanted
    assert close(found, sorted(wanted, key=lambda row: -row[2]))
