"""A deleted trace leaves nothing behind: the file is as if it had never come."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.log import LogRecord
from sidetrace.proto.span import Attributes, Span
from sidetrace.storage.selection import Selection
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.storage.store import Event, NewScore

from .oracle import homes
from .spans import NOON, log_record, observed, span
from .test_order import NATIVE, VIEWS, records, spans, stored
from .told import events

TRACES = ["a" * 32, "b" * 32, "c" * 32]
INDEX = {"fulltext", "fulltext_data", "fulltext_idx", "fulltext_config", "fulltext_mark"}
"""Has no rows to count; that no word stays is held in test_fulltext.py."""
KEPT = {"project", "resource", "scope", "attribute_key", "tally", "setting", *INDEX}
"""Tables that hold what traces share, or what happened."""


def rows(store: SqliteStore) -> dict[str, list[dict[str, Any]]]:
    return {
        view: sorted(store.select(Selection(view, limit=1000)).rows, key=lambda row: (row["id"], str(row)))
        for view in VIEWS
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    steps=st.lists(
        st.one_of(
            st.lists(st.one_of(spans(), spans(), records(), events()), min_size=1, max_size=5), st.sampled_from(TRACES)
        ),
        min_size=1,
        max_size=8,
    )
)
def test_deleting_is_as_if_it_had_never_come(steps: Sequence[str | list[Span | LogRecord | Event]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder) / "deleting.db", synchronous="off")
        mapper = Mapper()
        left: list[Span | LogRecord | Event] = []
        try:
            for step in steps:
                if isinstance(step, str):
                    there = bool(store.select(Selection("traces")).rows) and step in {
                        row["id"] for row in store.select(Selection("traces")).rows
                    }
                    assert store.delete_traces("default", [step]).result(30) == int(there)
                    home = homes([one for one in left if isinstance(one, Event)])
                    left = [one for one in left if _trace_of(one, home) != step or not there]
                else:
                    logs = [one for one in step if isinstance(one, LogRecord)]
                    observations = [mapper.map(one) for one in step if isinstance(one, Span)]
                    told = [one for one in step if isinstance(one, Event)]
                    if observations or logs:
                        store.write("default", observations, [], logs).result(30)
                    if told:
                        store.record("default", told).result(30)
                    left += step
            assert rows(store) == stored([left])
        finally:
            store.close()


def _trace_of(one: Span | LogRecord | Event, home: dict[str, str]) -> str:
    """Return the trace that something is shown in, and deleted with."""
    return one.trace_id or (home.get(one.entity_id, "") if isinstance(one, Event) else "")


def test_no_table_keeps_a_row_of_it(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    store = SqliteStore.open(path)
    judged: Attributes = {"gen_ai.evaluation.name": "good", "gen_ai.evaluation.score.value": 1}
    log = log_record("a", 1, "gen_ai.evaluation.result", "", 0, judged)
    said: dict[str, Any] = {
        "session__id": "s",
        "user__id": "u",
        "langfuse__trace__tags": ["t"],
        "langfuse__trace__metadata__k": 1,
    }
    store.write("default", observed(span("a", 1, **said), span("a", 2, 9, user__id="v")), [], [log]).result(30)
    posted = NewScore("1", "fine", "NUMERIC", NOON, value=1.0, trace_id="a" * 32)
    store.put_scores("default", [posted]).result(30)
    mark = store.put_mark("default", "trace", "a" * 32, public=True).result(30)
    assert mark.share is not None
    assert store.shared(mark.share) is not None

    assert store.delete_traces("default", ["a" * 32, "b" * 32]).result(30) == 1

    assert store.shared(mark.share) is None
    store.close()
    db = sqlite3.connect(path)
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")} - KEPT
    held = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
    db.close()
    assert held == dict.fromkeys(tables, 0)
    assert len(tables) > 10


def test_a_project_deletes_only_its_own(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "two.db")
    for project in ("one", "two"):
        store.write(project, observed(span("a", 1, session__id="s")), []).result(30)

    assert store.delete_traces("one", ["a" * 32]).result(30) == 1

    there = [(p, store.select(Selection("sessions", p)).total) for p in ("one", "two")]
    store.close()
    assert there == [("one", 0), ("two", 1)]


def test_a_report_that_yielded_to_a_deleted_one_counts_again(tmp_path: Path) -> None:
    usage: dict[str, Any] = {
        "gen_ai__response__id": "r",
        "langfuse__observation__type": "generation",
        "langfuse__observation__usage_details": '{"input": 10}',
    }
    store = SqliteStore.open(tmp_path / "yielded.db")
    native = replace(span("a", 1, **usage), scope=NATIVE)
    store.write("default", observed(native, span("b", 1, **usage)), []).result(30)
    before = [row["input_tokens"] for row in rows(store)["traces"]]

    store.delete_traces("default", ["b" * 32]).result(30)

    after = [row["input_tokens"] for row in rows(store)["traces"]]
    store.close()
    assert (before, after) == ([0, 10], [10])


def test_a_judgement_of_a_deleted_call_goes_with_it(tmp_path: Path) -> None:
    judged: Attributes = {
        "gen_ai.evaluation.name": "good",
        "gen_ai.evaluation.score.value": 1,
        "gen_ai.response.id": "r",
    }
    log = replace(log_record("a", 1, "gen_ai.evaluation.result", "", 0, judged), trace_id="", span_id="")
    usage: dict[str, Any] = {"gen_ai__response__id": "r", "langfuse__observation__usage_details": '{"input": 10}'}
    store = SqliteStore.open(tmp_path / "judged.db")
    call = observed(span("b", 1, langfuse__observation__type="generation", **usage))
    store.write("default", call, [], [log]).result(30)
    before = [row["trace_id"] for row in rows(store)["scores"]]

    store.delete_traces("default", ["b" * 32]).result(30)
    between = rows(store)["scores"]
    store.write("default", call, []).result(30)

    after = [row["trace_id"] for row in rows(store)["scores"]]
    store.close()
    assert (before, between, after) == (["b" * 32], [], ["b" * 32])
