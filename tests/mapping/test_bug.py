"""A vocabulary's bug costs nothing but what the vocabulary would have said: the span is stored, and `doctor` tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from sidetrace.mapping import mapper
from sidetrace.mapping.findings import Findings
from sidetrace.mapping.mapper import Mapper
from sidetrace.mapping.vocabularies import vocabularies
from sidetrace.mapping.vocabulary import Hook, Row, Vocabulary
from sidetrace.proto.log import LogRecord
from sidetrace.proto.span import Resource, Scope, Span, Value
from sidetrace.query.doctor import doctor
from sidetrace.storage.selection import Selection
from sidetrace.storage.sqlite.store import SqliteStore

from .reading import read


def broken_row(value: Value) -> str:
    raise KeyError("row")


def broken_hook(found: Findings, span: Span) -> None:
    raise ZeroDivisionError("hook")


BROKEN = Vocabulary(
    "broken",
    rows=(Row("model", 1, "broken.row", broken_row),),
    hooks=(Hook(broken_hook, reads=(("broken.hook", "model"),), events=(("broken.event", "input"),)),),
)


@pytest.mark.parametrize(("key", "error"), [("broken.row", "KeyError"), ("broken.hook", "ZeroDivisionError")])
def test_the_span_is_stored_with_its_attributes_and_the_bug_is_counted(
    key: str, error: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = vocabularies()
    monkeypatch.setattr(mapper, "vocabularies", lambda: (*known, BROKEN))
    attributes: dict[str, Value] = {key: "x", "session.id": "s"}
    o = read(attributes, mapper=Mapper(), scope=Scope("shop"))
    assert (o.name, o.end_ns - o.start_ns) == ("work", 2_000_000_000)

    store = SqliteStore.open(tmp_path / "bug.db")
    try:
        assert store.write("default", [o], []).result(30).stored == 1
        (row,) = store.select(Selection("observations")).rows
        assert row["attributes"] == attributes
        (problem,) = doctor(store)["problems"]
        assert (problem["name"], problem["count"]) == (f"{error} in shop", 1)
        assert "work" in problem["example"]
    finally:
        store.close()


def test_a_log_record_is_stored_all_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = vocabularies()
    monkeypatch.setattr(mapper, "vocabularies", lambda: (*known, BROKEN))
    record = LogRecord(1, 1, 9, "INFO", "x", "body", {"broken.row": "x"}, "a" * 32, "b" * 16, 0, 0,
                       Resource({}), Scope("shop"))  # fmt: skip
    store = SqliteStore.open(tmp_path / "bug.db", Mapper())
    try:
        store.write("default", [], [], [record]).result(30)
        assert [row["body"] for row in store.select(Selection("logs")).rows] == ["body"]
        assert [problem["name"] for problem in doctor(store)["problems"]] == ["KeyError in shop"]
    finally:
        store.close()
