"""Bookmarks, publications and posted scores, at the seam of the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sidetrace.errors import NotFound
from sidetrace.storage.selection import Selection
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.storage.store import Mark, NewScore, Shared

from .spans import NOON, SECOND, observed, span


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "marks.db")
    opened.write("default", observed(span("a", 1, session__id="s")), []).result(30)
    yield opened
    opened.close()


def test_publishing_and_revoking(store: SqliteStore) -> None:
    first = store.put_mark("default", "session", "s", public=True).result(30)
    assert first.public
    assert first.share is not None
    assert len(first.share) >= 32
    assert store.put_mark("default", "session", "s", public=True).result(30) == first
    assert store.put_mark("default", "session", "s", bookmarked=True).result(30) == Mark(True, True, first.share)
    assert store.shared(first.share) == Shared("default", "session", "s")
    assert store.mark("default", "session", "s") == Mark(True, True, first.share)

    assert store.put_mark("default", "session", "s", public=False).result(30) == Mark(True, False, None)
    assert store.shared(first.share) is None
    assert store.put_mark("default", "session", "s", public=True).result(30).share != first.share


def test_a_link_dies_with_its_session(store: SqliteStore) -> None:
    share = store.put_mark("default", "session", "s", public=True).result(30).share
    assert share is not None
    store.delete_traces("default", ["a" * 32]).result(30)
    assert store.shared(share) is None
    store.write("default", observed(span("b", 1, session__id="s")), []).result(30)
    assert store.shared(share) is None
    assert store.mark("default", "session", "s") == Mark()


@pytest.mark.parametrize("project", ["default", "other"])
def test_what_is_not_there_cannot_be_marked(store: SqliteStore, project: str) -> None:
    missing = "s" if project == "other" else "t"
    with pytest.raises(NotFound, match=missing):
        store.put_mark(project, "session", missing, bookmarked=True).result(30)
    assert store.mark(project, "session", missing) == Mark()


def test_an_edit_that_fails_costs_nobody_else(store: SqliteStore) -> None:
    futures = [store.put_mark("default", "trace", name * 32, bookmarked=True) for name in "aba"]
    writing = store.write("default", observed(span("c", 1)), [])
    assert futures[0].result(30) == futures[2].result(30) == Mark(bookmarked=True)
    assert isinstance(futures[1].exception(30), NotFound)
    assert writing.result(30).stored == 1


def test_a_score_with_a_stored_id_takes_its_place(store: SqliteStore) -> None:
    early = NewScore("1", "fine", "NUMERIC", NOON, value=0.5, session_id="s", comment="first", metadata={"a": [1]})
    late = NewScore("1", "good", "CATEGORICAL", NOON + SECOND, string_value="yes", trace_id="zz", environment="prod")
    store.put_scores("default", [early]).result(30)
    store.put_scores("default", [early, late]).result(30)

    (row,) = store.select(Selection("scores")).rows
    assert (row["name"], row["value"], row["string_value"]) == ("good", None, "yes")
    assert (row["session_id"], row["trace_id"], row["comment"], row["metadata"]) == (None, "zz", None, {})
    assert store.delete_scores("default", ["1", "2"]).result(30) == 1
    assert store.select(Selection("scores")).total == 0


def test_posted_scores_outlive_the_rebuilding_of_their_trace(store: SqliteStore) -> None:
    store.put_scores("default", [NewScore("1", "fine", "NUMERIC", NOON, value=1.0, trace_id="a" * 32)]).result(30)
    store.remap()
    while store.remapping().running:
        pass
    assert store.select(Selection("scores")).total == 1


def test_a_link_dies_when_the_last_trace_leaves_its_session(store: SqliteStore) -> None:
    share = store.put_mark("default", "session", "s", public=True).result(30).share
    assert share is not None
    store.write("default", observed(span("a", 2, langfuse__session__id="t")), []).result(30)
    store.write("default", observed(span("b", 1, session__id="s")), []).result(30)
    assert store.shared(share) is None
