"""Selections: pages behind a row, totals that nobody asks for, computed columns, and the indexes that they use."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sidetrace.errors import BadParameter
from sidetrace.storage.selection import Condition, Selection, View
from sidetrace.storage.sqlite import select
from sidetrace.storage.sqlite.select import compile_selection
from sidetrace.storage.sqlite.store import SqliteStore

from .spans import observed, span


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "selecting.db", synchronous="off")
    for trace in "abcd":
        spans = [span(trace, number, session__id=f"s{trace}") for number in (1, 2, 3)]
        opened.write("default", observed(*spans), []).result(30)
    yield opened
    opened.close()


@pytest.mark.parametrize("down", [True, False])
def test_pages_behind_a_row_hold_every_row_once(store: SqliteStore, down: bool) -> None:
    order = (("start_time_unix_nano", down), ("trace_id", down))
    columns = ("start_time_unix_nano", "trace_id", "id")
    seen: list[tuple[object, ...]] = []
    after: tuple[str | int, ...] = ()
    while rows := store.select(Selection("observations", order=order, columns=columns, limit=5, after=after)).rows:
        seen += [tuple(row.values()) for row in rows]
        last = rows[-1]
        after = (int(str(last["start_time_unix_nano"])), str(last["trace_id"]), str(last["id"]))
    assert seen == sorted(seen, reverse=down)
    assert len(seen) == 12


def test_a_row_to_begin_behind_must_fit_the_order(store: SqliteStore) -> None:
    for order, after in (
        ((("start_time", True),), ("x",)),
        ((("start_time", True), ("trace_id", False)), (1, "a", "b")),
    ):
        with pytest.raises(BadParameter, match=r"^after: "):
            store.select(Selection("observations", order=order, after=after))


def test_a_total_is_counted_for_those_who_ask(store: SqliteStore) -> None:
    for where in ((), (Condition("session_id", "=", "sa"),), (Condition("type", "=", "SPAN"),)):
        asked = store.select(Selection("observations", where=where))
        unasked = store.select(Selection("observations", where=where, counted=False))
        assert (asked.total, unasked.total) == (len(asked.rows), 0)
        assert asked.rows == unasked.rows
    assert store.select(Selection("observations", project="nobody's")).total == 0


@pytest.mark.parametrize("column", ["input_cost", "scores_avg", "comment_count", "comment_content"])
def test_computed_columns_are_for_conditions_alone(store: SqliteStore, column: str) -> None:
    with pytest.raises(BadParameter, match=rf"^{column}: traces have no such column"):
        store.select(Selection("traces", columns=(column,)))
    if column == "scores_avg":
        with pytest.raises(BadParameter, match=r"^scores_avg: traces have no such column"):
            store.select(Selection("traces", order=((column, True),)))
        with pytest.raises(BadParameter, match=r"^scores_avg: needs a key"):
            store.select(Selection("traces", where=(Condition(column, "=", 1),)))
    else:
        assert store.select(Selection("traces", order=((column, True),))).total == 4


@pytest.mark.parametrize(
    ("view", "condition", "index"),
    [
        ("traces", Condition("scores_avg", ">", 0.5, "n"), "score_by_name"),
        ("traces", Condition("score_categories", "none of", ("a",), "n"), "score_by_name"),
        ("observations", Condition("score_booleans", "=", True, "n"), "score_by_name"),
        ("sessions", Condition("scores_avg", ">", 0.5, "n"), "score_by_session"),
        ("sessions", Condition("score_booleans", "<>", True, "n"), "score_by_session"),
        ("scores", Condition("trace_id", "=", "t"), "score_by_trace"),
        ("scores", Condition("trace_id", "any of", ("t", "u")), "score_by_trace"),
        ("scores", Condition("session_id", "any of", ("s",)), "score_by_session"),
        ("scores", Condition("trace_user_id", "=", "u"), "trace_by_user"),
        ("observations", Condition("trace_id", "any of", ("t",)), "observation_by_trace"),
        ("traces", Condition("metadata", "=", "eu", "region"), "m USING PRIMARY KEY (trace_ref=? AND field=?)"),
        ("sessions", Condition("user_ids", "any of", ("u",)), "(rollup_ref=? AND kind=? AND value=?)"),
    ],
)
def test_an_index_serves(store: SqliteStore, view: View, condition: Condition, index: str) -> None:
    compiled = compile_selection(Selection(view, where=(condition,), order=(("id", False),)), 1)
    db = sqlite3.connect(store.path)
    _, near, _, total, _ = compiled
    asked = [(near.sql, [*near.parameters, 50, 0])]
    if view in ("scores", "observations"):  # the totals of traces and sessions are counted by sets
        asked.append(total)
    for sql, parameters in asked:
        plan = [str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
        assert any(index in step for step in plan), plan
    db.close()


def test_pages_of_scores_and_observations_come_in_the_order_of_an_index(store: SqliteStore) -> None:
    db = sqlite3.connect(store.path)
    for view, index in (("observations", "observation_by_start"), ("scores", "score_by_time")):
        order = (("start_time_unix_nano" if view == "observations" else "time_unix_nano", True),)
        selection = Selection(view, order=order, after=(1, "x"), counted=False)  # type: ignore[arg-type]
        near = compile_selection(selection, 1).near
        plan = [str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {near.sql}", [*near.parameters, 50, 0])]
        assert any(index in step for step in plan), plan
    db.close()


WAYS = [
    Condition("session_id", "<>", "sa"),
    Condition("session_id", "contains", "b"),
    Condition("tags", "any of", ("x",)),
    Condition("models", "does not contain", "gpt"),
    Condition("metadata", "<>", "eu", "region"),
    Condition("public", "=", False),
    Condition("latency_ms", ">=", 0),
]


@pytest.mark.parametrize("way", ["few", "near", "all"])
@pytest.mark.parametrize("down", [True, False])
def test_every_way_to_find_rows_finds_the_same(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, way: str, down: bool
) -> None:
    """Few are looked up by the keys that were counted, many along an index, or by a scan where no index is there."""
    orders = [(("timestamp", down),), (("latency_ms", down),)]
    usual = [
        store.select(Selection("traces", where=(each,), order=order, limit=2, offset=1))
        for each in WAYS
        for order in orders
    ]
    monkeypatch.setattr(select, "FEW", 1000 if way == "few" else 0)
    if way == "all":
        monkeypatch.setattr(select, "INDEXED", {})
    again = [
        store.select(Selection("traces", where=(each,), order=order, limit=2, offset=1))
        for each in WAYS
        for order in orders
    ]
    assert again == usual
    assert any(page.rows for page in usual)


def test_a_total_reads_no_table_that_its_conditions_do_not_need(store: SqliteStore) -> None:
    db = sqlite3.connect(store.path)
    for condition in (Condition("name", "=", "n"), Condition("session_id", "contains", "n")):
        total = compile_selection(Selection("traces", where=(condition,)), 1, only_project=True).total
        plan = [str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {total.sql}", total.parameters)]
        assert not any(f" {letter} " in step for letter in "psu" for step in plan), plan
    db.close()


def test_the_only_project_is_asked_of_no_row(store: SqliteStore) -> None:
    where = (Condition("type", "=", "SPAN"),)
    alone = compile_selection(Selection("observations", where=where), 1, only_project=True).total
    among = compile_selection(Selection("observations", where=where), 1).total
    assert "project_ref" not in alone.sql
    assert "project_ref" in among.sql
    store.write("other", observed(span("z", 1)), []).result(30)
    assert store.select(Selection("observations", where=where)).total == 12
    assert store.select(Selection("observations", project="other", where=where)).total == 1
