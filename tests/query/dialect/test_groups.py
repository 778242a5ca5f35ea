"""Aggregates, windows, sources and orders in Postgres's words."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from .conftest import Asker
from .world import ROWS, Row, close, grouped, nulls_last, stamp


def test_filter_and_conditional_aggregates(ask: Asker) -> None:
    found = ask(
        "SELECT count(*) FILTER (WHERE error_count > 0), sum(latency_ms) FILTER (WHERE user_id IS NULL),"
        " bool_or(public), bool_and(latency_ms >= 1), every(error_count < 2), count(DISTINCT user_id),"
        " count(DISTINCT (user_id, public)),"
        " 100.0 * count(*) FILTER (WHERE public) / count(*), stddev(latency_ms), var_pop(latency_ms) FROM traces"
    )
    latencies = [row["latency_ms"] for row in ROWS]
    wanted = (
        sum(row["errors"] for row in ROWS), sum(row["latency_ms"] for row in ROWS if row["user"] is None), 1, 0, 1,
        len({row["user"] for row in ROWS} - {None}), len({(row["user"], row["public"]) for row in ROWS}), 50.0,
        statistics.stdev(latencies), statistics.pvariance(latencies),
    )  # fmt: skip
    assert close(found, [wanted])


def _cont(values: list[float], fraction: float) -> float | None:
    if not values:
        return None
    values = sorted(values)
    place = fraction * (len(values) - 1)
    low = int(place)
    return values[low] + (place - low) * (values[min(low + 1, len(values) - 1)] - values[low])


def test_percentiles_alone_together_and_by_group(ask: Asker) -> None:
    latencies = [row["latency_ms"] for row in ROWS]
    found = ask(
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms), percentile_cont(0.95) WITHIN GROUP"
        " (ORDER BY latency_ms), percentile_disc(0.9) WITHIN GROUP (ORDER BY latency_ms DESC),"
        " mode() WITHIN GROUP (ORDER BY user_id), percentile_cont(ARRAY[0.1, 0.9]) WITHIN GROUP (ORDER BY latency_ms)"
        " FROM traces"
    )[0]
    most = Counter(row["user"] for row in ROWS if row["user"])
    assert found[:2] == (pytest.approx(statistics.median(latencies)), pytest.approx(_cont(latencies, 0.95)))
    assert found[2] == sorted(latencies, reverse=True)[71]
    assert found[3] == min(user for user, count in most.items() if count == max(most.values()))
    assert json.loads(found[4]) == pytest.approx([_cont(latencies, 0.1), _cont(latencies, 0.9)])
    found_by_user = ask(
        "SELECT user_id, percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) FILTER (WHERE public) AS p95"
        " FROM traces GROUP BY user_id HAVING count(*) > 5 ORDER BY user_id"
    )
    wanted = [
        (user, _cont([row["latency_ms"] for row in rows if row["public"]], 0.95))
        for user, rows in sorted(grouped(lambda row: row["user"]).items(), key=lambda pair: nulls_last(pair[0]))
        if len(rows) > 5
    ]
    assert close(found_by_user, wanted)


def test_lists_of_a_group_in_order(ask: Asker) -> None:
    found = ask(
        "SELECT user_id, string_agg(name, ', ' ORDER BY timestamp DESC), array_agg(id ORDER BY latency_ms, id),"
        " string_agg(DISTINCT session_id, '|'),"
        " array_agg(calculated_total_cost ORDER BY calculated_total_cost DESC, id)"
        " FROM traces GROUP BY user_id ORDER BY user_id"
    )
    for user, names, by_latency, sessions, costs in found:
        rows = grouped(lambda row: row["user"])[user]
        assert names == ", ".join(row["name"] for row in sorted(rows, key=lambda row: row["timestamp"], reverse=True))
        assert json.loads(by_latency) == [
            row["id"] for row in sorted(rows, key=lambda row: (row["latency_ms"], row["id"]))
        ]
        assert sessions == "|".join(sorted({row["session"] for row in rows}))
        none = [row["cost"] for row in rows if row["cost"] is None]
        assert json.loads(costs) == none + sorted(
            (row["cost"] for row in rows if row["cost"] is not None), reverse=True
        )
    assert [row[0] for row in found] == [*sorted({row["user"] for row in ROWS} - {None}), None]  # nulls are large


@pytest.mark.parametrize(
    "query",
    [
        "SELECT tag, count(*) FROM traces, jsonb_array_elements_text(tags) AS tag GROUP BY tag",
        "SELECT jsonb_array_elements_text(tags) AS tag, count(*) FROM traces GROUP BY tag",
        "SELECT unnest(tags), count(*) FROM traces GROUP BY 1",
        "SELECT tag, count(*) FROM traces t CROSS JOIN LATERAL unnest(t.tags) WITH ORDINALITY AS u(tag, n) GROUP BY 1",
        "SELECT e.value, count(*) FROM traces t JOIN LATERAL jsonb_array_elements_text(t.tags) AS e ON true GROUP BY 1",
        "WITH tagged AS (SELECT id, unnest(tags) AS tag FROM traces) SELECT tag, count(*) FROM tagged GROUP BY tag",
    ],
)
def test_tags_are_unrolled(ask: Asker, query: str) -> None:
    assert dict(ask(query)) == Counter(tag for row in ROWS for tag in row["tags"])


def test_objects_are_unrolled(ask: Asker) -> None:
    wanted = Counter(key for row in ROWS for key in row["metadata"])
    assert dict(ask("SELECT k, count(*) FROM traces, jsonb_object_keys(metadata) AS k GROUP BY k")) == wanted
    found = ask("SELECT key, value FROM traces, jsonb_each_text(metadata) WHERE (metadata->>'n')::int = 6 ORDER BY key")
    assert found == [("agent_count", "0"), ("content_type", "article"), ("flag", "true"), ("n", "6"), ("ratio", "0.75")]


@pytest.mark.parametrize(
    "series",
    [
        "generate_series(date_trunc('day', NOW() - INTERVAL '9 days'), date_trunc('day', NOW()), '1 day') AS d",
        "(SELECT generate_series(CURRENT_DATE - 9, CURRENT_DATE, '1 day') AS d) AS s",
    ],
)
def test_buckets_of_time_with_empty_ones(ask: Asker, series: str) -> None:
    found = ask(
        f"SELECT d, count(t.id) FROM {series} LEFT JOIN traces t ON date_trunc('day', t.timestamp) = d"
        " GROUP BY d ORDER BY d"
    )
    days = [datetime(2026, 11, 20) - timedelta(days=9 - day) for day in range(10)]
    counts = Counter(row["timestamp"][:10] for row in ROWS)
    assert found == [(stamp(day), counts[f"{day:%Y-%m-%d}"]) for day in days]
    assert ask("SELECT n * 2 FROM generate_series(1, 10, 4) AS g(n)") == [(2,), (10,), (18,)]


def test_distinct_on_takes_the_first_of_each(ask: Asker) -> None:
    found = ask("SELECT DISTINCT ON (user_id) user_id, id FROM traces ORDER BY user_id, latency_ms DESC, id")
    wanted = [
        (user, min(rows, key=lambda row: (-row["latency_ms"], row["id"]))["id"])
        for user, rows in sorted(grouped(lambda row: row["user"]).items(), key=lambda pair: nulls_last(pair[0]))
    ]
    assert found == wanted


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("calculated_total_cost DESC", lambda r: (r["cost"] is not None, -(r["cost"] or 0))),
        ("calculated_total_cost", lambda r: nulls_last(r["cost"])),
        ("calculated_total_cost DESC NULLS LAST", lambda r: (r["cost"] is None, -(r["cost"] or 0))),
        ("calculated_total_cost ASC NULLS FIRST", lambda r: (r["cost"] is not None, r["cost"] or 0)),
    ],
)
def test_nulls_are_large(ask: Asker, order: str, key: Callable[[Row], Any]) -> None:
    wanted = [row["id"] for row in sorted(ROWS, key=lambda row: (*key(row), row["id"]))]
    assert [row[0] for row in ask(f"SELECT id FROM traces ORDER BY {order}, id")] == wanted
    assert [row[0] for row in ask(f"SELECT id FROM traces ORDER BY {order}, id OFFSET 70")] == wanted[70:]
    assert [
        row[0] for row in ask(f"SELECT id FROM traces ORDER BY {order}, id OFFSET 3 ROWS FETCH NEXT 5 ROWS ONLY")
    ] == wanted[3:8]
    ranked = ask(f"SELECT id, row_number() OVER (ORDER BY {order}, id) AS r FROM traces ORDER BY r")
    assert [row[0] for row in ranked] == wanted


def test_windows_over_a_with_clause(ask: Asker) -> None:
    found = ask(
        "WITH daily AS (SELECT date_trunc('day', timestamp) AS day, count(*) AS n FROM traces GROUP BY 1)"
        " SELECT day, n, sum(n) OVER w, n - lag(n, 1, 0) OVER (ORDER BY day), avg(n) OVER (ORDER BY day ROWS BETWEEN 1"
        " PRECEDING AND CURRENT ROW) FROM daily WINDOW w AS (ORDER BY day) ORDER BY day"
    )
    counts = sorted(Counter(row["timestamp"][:10] for row in ROWS).items())
    running, before, wanted = 0, 0, []
    for place, (day, count) in enumerate(counts):
        running += count
        mean = float(count) if not place else (count + before) / 2
        wanted.append((f"{day} 00:00:00.000", count, running, count - before, mean))
        before = count
    assert close(found, wanted)


def test_a_with_clause_may_have_a_views_name(ask: Asker) -> None:
    assert ask("WITH traces AS (SELECT * FROM traces WHERE public) SELECT count(*) FROM traces") == [(40,)]


def test_names_are_folded_and_columns_named_as_in_postgres(ask: Asker) -> None:
    query = "SELECT T.ID, count(*), Max(NAME)::TEXT, 1 + 1, metadata->>'n' AS \"N n\" FROM Traces AS t GROUP BY 1, 5"
    assert [name for name, _ in ask.table(query, "postgres").columns] == [
        "id",
        "count",
        "max",
        "?column?",
        "N n",
    ]


def test_sets_of_rows(ask: Asker) -> None:
    first, last = (f"(SELECT id FROM traces ORDER BY id {way} LIMIT 1)" for way in ("", "DESC"))
    assert ask(f"{first} UNION ALL {last}") == [
        (ROWS[0]["id"],), (ROWS[-1]["id"],),
    ]  # fmt: skip
    assert ask("SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(n, c) ORDER BY n DESC") == [(2, "b"), (1, "a")]
    found = ask("SELECT user_id FROM traces WHERE NOT public EXCEPT SELECT user_id FROM traces WHERE public ORDER BY 1")
    private, public = ({row["user"] for row in ROWS if row["public"] is side} for side in (False, True))
    assert found == [(user,) for user in sorted(private - public)]
