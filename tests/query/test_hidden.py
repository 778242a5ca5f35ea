"""The observation that stands for what events say about a trace itself is shown nowhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sidetrace.errors import NotFound
from sidetrace.query.observations import get_observation, list_observations
from sidetrace.query.observations_v2 import list_observations_v2
from sidetrace.query.page import Question
from sidetrace.query.sessions import list_sessions
from sidetrace.query.traces import get_trace
from sidetrace.query.tree import session_tree
from sidetrace.storage.selection import Condition, Selection
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.storage.store import Event

NOON = 1_790_000_000 * 10**9


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "hidden.db")
    told = {"id": "one", "name": "told", "sessionId": "chat", "input": "hi", "level": "ERROR"}
    opened.record("default", [Event("1", "trace-create", NOON, "one", "one", told)]).result(60)
    yield opened
    opened.close()


def test_it_is_in_no_list_tree_count_or_view(store: SqliteStore) -> None:
    trace = get_trace(store, "one")
    assert (trace["name"], trace["input"], trace["observations"], trace["countObservations"]) == ("told", "hi", [], 0)
    answer = list_observations(store, Question())
    assert (answer["data"], answer["meta"]["totalItems"]) == ([], 0)
    answer = list_observations(store, Question(where=(Condition("trace_id", "=", "one"),)))
    assert (answer["data"], answer["meta"]["totalItems"]) == ([], 0)
    assert list_observations_v2(store, (), "default", 10) == {"data": [], "meta": {}}
    assert session_tree(store, "chat")["traces"][0]["children"] == []
    assert store.select(Selection("traces", columns=("root_observation_id",))).rows == [{"root_observation_id": None}]
    assert store.sql("SELECT count(*) FROM observations").rows == [(0,)]
    for column in ("default_count", "debug_count"):
        assert store.select(Selection("traces", where=(Condition(column, ">", 0),))).total == 0
    (session,) = list_sessions(store, Question())["data"]
    assert (session["countTraces"], session["countObservations"]) == (1, 0)


def test_nobody_can_get_it(store: SqliteStore) -> None:
    ((hidden,),) = sqlite3.connect(store.path).execute("SELECT id FROM observation WHERE hidden = 1")
    assert hidden.startswith("t-"), "what the views look for first"
    with pytest.raises(NotFound):
        get_observation(store, hidden)
