"""Saved queries, at the seam of the store."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sidetrace.storage.sqlite import database
from sidetrace.storage.sqlite.store import SqliteStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "saved.db")
    yield opened
    opened.close()


def names(store: SqliteStore, project: str = "default") -> list[tuple[str, str]]:
    """Return names and texts of the saved queries."""
    return [(each.name, each.text) for each in store.saved_queries(project)]


def test_saving_replacing_and_deleting(store: SqliteStore) -> None:
    assert names(store) == []
    before = time.time_ns()
    saved = store.save_query("default", "slow", "traces with latency > 5s").result(30)
    assert (saved.name, saved.text) == ("slow", "traces with latency > 5s")
    assert before <= saved.saved_ns <= time.time_ns()
    store.save_query("default", "dear", "cost:>1").result(30)
    assert names(store) == [("dear", "cost:>1"), ("slow", "traces with latency > 5s")]
    again = store.save_query("default", "slow", "latency:>9").result(30)
    assert again.saved_ns > saved.saved_ns
    assert again in store.saved_queries("default")
    assert names(store) == [("dear", "cost:>1"), ("slow", "latency:>9")]
    assert store.delete_query("default", "slow").result(30) is True
    assert store.delete_query("default", "slow").result(30) is False
    assert names(store) == [("dear", "cost:>1")]


def test_each_project_has_its_own(store: SqliteStore) -> None:
    store.save_query("lab", "slow", "latency:>1").result(30)
    store.save_query("shop", "slow", "latency:>2").result(30)
    assert store.delete_query("default", "slow").result(30) is False
    assert store.delete_query("lab", "slow").result(30) is True
    assert (names(store, "lab"), names(store, "shop"), names(store, "mill")) == ([], [("slow", "latency:>2")], [])


def test_they_outlive_the_process(tmp_path: Path) -> None:
    for expected in ([], [("ü/1", "user:alice")]):
        store = SqliteStore.open(tmp_path / "again.db")
        assert names(store) == expected
        store.save_query("default", "ü/1", "user:alice").result(30)
        store.close()


def test_a_file_of_before_learns_to_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.db"
    every = database.migrations()
    with monkeypatch.context() as before:
        before.setattr(database, "migrations", lambda: [each for each in every if each[0] < 5])
        SqliteStore.open(path).close()
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'saved_query'").fetchone() == (0,)
    db.close()
    store = SqliteStore.open(path)
    store.save_query("default", "all", "traces").result(30)
    assert names(store) == [("all", "traces")]
    store.close()
