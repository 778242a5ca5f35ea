"""Mapping stored spans anew: the same as importing them afresh, while more arrive, and across a stop."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto import decode, decode_logs
from sidetrace.proto.log import LogRecord
from sidetrace.proto.span import Attributes, Span
from sidetrace.storage.selection import Selection, View
from sidetrace.storage.sqlite import remap
from sidetrace.storage.sqlite.commit import Commit
from sidetrace.storage.sqlite.store import SqliteStore

from .spans import log_record, span

VIEWS: tuple[View, ...] = ("traces", "observations", "sessions", "users", "logs", "scores")
CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
OLD = Mapper()
NEW = {"session_id": ["app.conversation"], "tags": ["app.label"]}


def own(count: int) -> list[Span]:
    """Return spans that say their session by a key that only the new mapping knows."""
    return [
        span(trace, number, number // 2, app__conversation=f"c-{number % 2}", app__label=f"l{number}", session__id="s")
        for trace in "abc"
        for number in range(1, count + 1)
    ]


def captured() -> tuple[list[Span], list[LogRecord]]:
    spans = [one for body in sorted(CAPTURES.rglob("*.traces.pb")) for one in decode(body.read_bytes(), False).spans]
    logs = [
        one for body in sorted(CAPTURES.rglob("*.logs.pb")) for one in decode_logs(body.read_bytes(), False).records
    ]
    return spans, logs


def write(store: SqliteStore, mapper: Mapper, spans: Sequence[Span], logs: Sequence[LogRecord] = ()) -> None:
    store.write("default", [mapper.map(one) for one in spans], [], logs).result(30)


def rows(store: SqliteStore) -> dict[str, list[dict[str, Any]]]:
    return {
        view: sorted(store.select(Selection(view, limit=5000)).rows, key=lambda row: (row["id"], str(row)))
        for view in VIEWS
    }


def finish(store: SqliteStore) -> None:
    deadline = time.monotonic() + 60
    while store.remapping().running:
        assert time.monotonic() < deadline, store.remapping()
        time.sleep(0.01)


def test_a_remap_equals_a_fresh_import(tmp_path: Path) -> None:
    spans, logs = captured()
    spans += own(9)
    judged: Attributes = {"gen_ai.evaluation.name": "good", "gen_ai.evaluation.score.value": 0.5}
    logs.append(log_record("a", 1, "gen_ai.evaluation.result", "", 0, judged))
    old = SqliteStore.open(tmp_path / "old.db", OLD, synchronous="off")
    write(old, OLD, spans, logs)
    before = rows(old)
    old.close()

    again = SqliteStore.open(tmp_path / "old.db", Mapper(NEW), synchronous="off")
    again.remap()
    finish(again)
    fresh = SqliteStore.open(tmp_path / "fresh.db", Mapper(NEW), synchronous="off")
    write(fresh, Mapper(NEW), spans, logs)
    try:
        assert rows(again) == rows(fresh)
        assert rows(again) != before
        assert {"c-0", "c-1"} & {row["id"] for row in rows(again)["sessions"]}
        assert "s" not in {row["id"] for row in rows(again)["sessions"]}, "a session without traces is gone"
        state = again.remapping()
        assert (state.done, state.total, state.running) == (len(before["observations"]), state.total, False)
        counts = again.report()
        assert (counts.received, counts.stored) == (len(spans), len(before["observations"])), "nothing came again"
        assert counts.problems == []
    finally:
        again.close()
        fresh.close()


def test_the_receiver_keeps_receiving_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remap, "SLICE_SPANS", 2)
    spans = own(15)
    late = [span("d", number, number // 2, app__conversation="late") for number in range(1, 16)]
    old = SqliteStore.open(tmp_path / "old.db", OLD, synchronous="off")
    write(old, OLD, spans[:20])
    old.close()
    store = SqliteStore.open(tmp_path / "old.db", Mapper(NEW), synchronous="off")
    store.remap()
    for one in [*spans[20:], *late]:
        write(store, Mapper(NEW), [one])
    finish(store)
    fresh = SqliteStore.open(tmp_path / "fresh.db", Mapper(NEW), synchronous="off")
    write(fresh, Mapper(NEW), [*spans, *late])
    try:
        assert rows(store) == rows(fresh)
    finally:
        store.close()
        fresh.close()


def test_a_remap_that_was_stopped_goes_on_with_the_next_writer(tmp_path: Path) -> None:
    path = tmp_path / "stopped.db"
    store = SqliteStore.open(path, OLD, synchronous="off")
    write(store, OLD, own(9))
    store.close()
    with sqlite3.connect(path) as db:  # as a stop behind the first slice leaves it
        db.execute("INSERT INTO remap SELECT 1, 2, max(ref), 9, 27, 1 FROM trace")
    db.close()

    store = SqliteStore.open(path, Mapper(NEW), synchronous="off")
    finish(store)
    try:
        sessions = {row["session_id"] for row in rows(store)["traces"] if row["id"] != "a" * 32}
        assert sessions <= {"c-0", "c-1"}
        assert store.remapping().done == 27
    finally:
        store.close()


def test_an_empty_file_is_remapped_at_once(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "empty.db", OLD)
    store.remap()
    finish(store)
    assert store.remapping().total == 0
    store.close()


def test_a_slice_that_fails_leaves_its_traces_and_later_spans_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore.open(tmp_path / "failing.db", OLD, synchronous="off")
    try:
        write(store, OLD, own(3))
        before = rows(store)
        finished = Commit.rebuild

        def fail(commit: Commit, project_ref: int, trace_ids: Sequence[str]) -> int:
            finished(commit, project_ref, trace_ids)
            commit._refs.key("langfuse.observation.input")  # new to the file, and taken back
            raise ValueError("as a bug would")

        with monkeypatch.context() as broken:
            broken.setattr(Commit, "rebuild", fail)
            store.remap()
            finish(store)
        assert rows(store) == before
        assert [problem.name for problem in store.report().problems] == ["not mapped anew: ValueError"]

        later = span("d", 1, langfuse__observation__input="mine", langfuse__observation__output="yours")
        write(store, OLD, [later])
        (row,) = [row for row in rows(store)["observations"] if row["trace_id"] == "d" * 32]
        assert row["attributes"] == later.attributes
    finally:
        store.close()


def test_an_error_between_two_slices_does_not_end_the_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bool:
        raise sqlite3.DatabaseError("database disk image is malformed")

    store = SqliteStore.open(tmp_path / "broken.db", OLD, synchronous="off")
    try:
        write(store, OLD, own(2))
        step = remap.step
        monkeypatch.setattr(remap, "step", broken)
        store.remap()
        write(store, OLD, [span("d", 1)])
        assert store.ready()
        monkeypatch.setattr(remap, "step", step)
        finish(store)
        assert store.remapping().done == store.remapping().total
    finally:
        store.close()
