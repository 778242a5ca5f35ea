"""What is counted for whom: the report of one project, and that of all together."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sidetrace.proto.span import Rejected
from sidetrace.storage.sqlite.database import migrations
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.storage.store import Report, Store

from .spans import log_record, observed, span


def tallied(report: Report) -> dict[str, tuple[int, str]]:
    return {tally.name: (tally.count, tally.example) for tally in (*report.rejections, *report.problems)}


def test_a_report_is_of_one_project_or_of_all(store: Store) -> None:
    unpriced: Any = {"gen_ai__request__model": "made-up", "gen_ai__usage__input_tokens": 3}
    two_minds = [span("b", 1, session__id="s"), span("b", 2, 1, session_id="t")]
    lonely = span("c", 1, app__thread="x")
    ours = [span("a", 1, session__id="s", user__id="u", **unpriced), *two_minds]
    writes = [
        store.write("ours", observed(*ours), [Rejected("no id", "ours")], [log_record("a", 1, "e", "b", 1, {})]),
        store.write("theirs", observed(*ours, lonely), [Rejected("no id", "theirs 1"), Rejected("no id", "theirs 2")]),
        store.write("ours", observed(*ours), []),
        store.write("theirs", [], [], [log_record("a", 1, "e", "b", 1, {}), log_record("a", 1, "f", "b", 1, {})]),
    ]
    for write in writes:
        write.result(30)
    store.refused("too large", "nobody's")
    store.refused("too large", "our own", "ours")
    store.write("ours", [], []).result(30)

    mine, others, whole, none = (store.report(name) for name in ("ours", "theirs", None, "nobody's"))
    counts = ("received", "stored", "repeated", "traces", "sessions", "users", "logs_received", "logs_stored")
    assert [getattr(mine, name) for name in counts] == [7, 3, 3, 2, 1, 1, 1, 1]
    assert [getattr(others, name) for name in counts] == [6, 4, 0, 3, 1, 1, 2, 2]
    assert [getattr(whole, name) for name in counts] == [13, 7, 3, 5, 2, 2, 3, 3]
    assert [getattr(none, name) for name in counts] == [0] * len(counts)
    assert tallied(mine) == {"no id": (1, "ours"), "too large": (1, "our own")}
    assert tallied(others) == {"no id": (2, "theirs 2")}
    assert tallied(whole)["too large"][0] == 2
    assert tallied(whole)["no id"][0] == 3
    assert tallied(none) == {}
    assert [report.traces_without_session for report in (mine, others, whole, none)] == [0, 1, 1, 0]
    assert [[one.key for one in report.lookalikes] for report in (mine, others)] == [[], ["app.thread"]]
    assert whole.lookalikes == others.lookalikes
    assert [report.unpriced for report in (mine, others, whole, none)] == [
        [("made-up", 1)], [("made-up", 1)], [("made-up", 2)], [],
    ]  # fmt: skip
    assert [report.conflicting for report in (mine, others, whole, none)] == [1, 1, 2, 0]
    assert [len(report.conflicts) for report in (mine, others, whole, none)] == [1, 1, 2, 0]
    assert store.projects() == ["ours", "theirs"]


def test_what_one_span_of_a_commit_costs_counts_for_its_project(store: Store) -> None:
    broken = span("a", 1)
    broken.events = object()  # type: ignore[assignment]  # no column takes it, so the commit goes span by span
    writing = [
        store.write("ours", observed(span("a", 2)), [Rejected("no id", "x")]),
        store.write("theirs", observed(broken, span("b", 1)), [Rejected("no id", "y")]),
    ]
    assert [write.result(30).stored for write in writing] == [1, 1]
    assert list(tallied(store.report("ours"))) == ["no id"]
    assert set(tallied(store.report("theirs"))) == {"no id", "not storable"}


@pytest.mark.parametrize("project", ["default", None])
def test_what_an_older_version_counted_is_kept(tmp_path: Path, project: str | None) -> None:
    path = tmp_path / "old.db"
    steps = migrations()
    with closing(sqlite3.connect(path)) as db:
        db.executescript("".join(sql for number, sql in steps if number < 4))
        if project:
            db.execute("INSERT INTO project (id) VALUES ('other'), (?)", (project,))
        db.executemany(
            "INSERT INTO tally VALUES (?, ?, ?, ?, ?)",
            [("count", "received", 7, 1, ""), ("count", "stored", 5, 1, ""), ("rejection", "no id", 2, 1, "x")],
        )
        db.execute("PRAGMA application_id = 0x51DE7ACE")
        db.execute("PRAGMA user_version = 3")
        db.commit()
    with closing(SqliteStore.open(path)) as store:
        whole = store.report()
        assert (whole.schema_version, whole.received, whole.stored, tallied(whole)) == (
            steps[-1][0], 7, 5, {"no id": (2, "x")},
        )  # fmt: skip
        assert store.report("default").received == (7 if project else 0)
        assert store.report("other").received == 0
        store.write("default", observed(span("a", 1)), []).result(30)
        assert (store.report().received, store.report("default").received) == (8, 8 if project else 1)
