"""Full text: equal to a plain scan over what the views show, wherever the follower is and whatever was asked."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from sidetrace.mapping.mapper import Mapper
from sidetrace.mapping.vocabularies import langfuse
from sidetrace.proto.log import LogRecord
from sidetrace.proto.span import Span
from sidetrace.storage.selection import Condition, Not, Operator, Row, Selection, View
from sidetrace.storage.sqlite import fulltext, locating, reader, remap, writer
from sidetrace.storage.sqlite.store import SqliteStore

from . import spans as plain
from .spans import SECOND, observed

VIEWS: tuple[View, ...] = ("traces", "observations", "sessions", "users")
WORDS = ["refund", "Refund", "prefunds", "fund", "AND", "NEAR", "name:", "a", "x1", "4f0e9c2d", "gpt4o", "ÅNGSTRÖM"]
SIGNS = ["*", '"', "'", "(", "-", "\n", " ", " ", " ", ".", "%", "_", "\\", "{", "“", "—", "\xa0", "\xad", "\ufffd"]
OTHERS = ["é", "e\u0301", "É", "\u017f", "\u212a", "ß", "İ", "退款", "退", "款政策", "ですか", "🙂", "\u0301", "स्त"]
LONG = ["b" * 45, "0123456789abcdef" * 3]


def span(trace: str, number: int, parent: int = 0, **attributes: Any) -> Span:
    """Return span `number` of a trace, of any number."""
    one = plain.span(trace, number, parent, **attributes)
    one.span_id, one.parent_span_id = f"{number:016x}", f"{parent:016x}" if parent else ""
    return one


def log_record(trace: str, number: int, body: str) -> LogRecord:
    """Return a message of a span."""
    record = plain.log_record(trace, number, "gen_ai.user.message", body, 1, {})
    record.span_id = f"{number:016x}"
    return record


def text(chance: random.Random, most: int) -> str:
    return "".join(chance.choice(chance.choice((WORDS, SIGNS, OTHERS, LONG))) for _ in range(chance.randint(1, most)))


def lower(one: str) -> str:
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in one)


def texts(row: Row, columns: Iterable[str]) -> list[str]:
    return [str(row[column]) for column in columns if row[column] is not None]


class Held:
    """What the views show, read without the index."""

    def __init__(self, store: SqliteStore) -> None:
        self.rows = {view: store.select(Selection(view, limit=5000)).rows for view in VIEWS}

    def said(self, view: View, row: Row, column: str) -> list[str]:
        columns = ("name", "input", "output") if column == "text" else (column,)
        if view in ("traces", "observations"):
            return texts(row, columns)
        own = [one for one in self.rows["traces"] if one[f"{view[:-1]}_id"] == row["id"]]
        return [each for one in own for each in texts(one, columns)]

    def answer(self, view: View, column: str, asked: str) -> set[Any]:
        return {
            key(row)
            for row in self.rows[view]
            if any(lower(asked) in lower(one) for one in self.said(view, row, column))
        }


def key(row: Row) -> Any:
    return (row.get("trace_id"), row["id"])


def ask(store: SqliteStore, view: View, column: str, operator: Operator, asked: str) -> set[Any]:
    page = store.select(Selection(view, where=(Condition(column, operator, asked),), limit=5000))
    assert page.total == len(page.rows)
    return {key(row) for row in page.rows}


WAITING = """
SELECT upto < ((SELECT COALESCE(max(ref), -1) FROM observation) + 1) / 16 * 16 - 1
OR EXISTS (SELECT 1 FROM fulltext_again) OR EXISTS (SELECT 1 FROM fulltext_gone)
OR EXISTS (SELECT 1 FROM fulltext_unsure) FROM fulltext_mark
"""


def settle(path: Path) -> None:
    deadline = time.monotonic() + 20
    db = sqlite3.connect(path)
    while db.execute(WAITING).fetchone()[0]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    db.close()


def upto(path: Path) -> int:
    db = sqlite3.connect(path)
    mark = int(db.execute("SELECT upto FROM fulltext_mark").fetchone()[0])
    db.close()
    return mark


@pytest.fixture(params=["at once", "in small slices", "never"])
def follower(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(writer, "INDEX_AFTER", 1000.0 if request.param == "never" else 0.0)
    if request.param == "in small slices":
        monkeypatch.setattr(fulltext, "SLICE_ROWS", 32)
        monkeypatch.setattr(fulltext, "SLICE_FURTHER", 2)
    return str(request.param)


@pytest.mark.parametrize("at_once", [locating.READ_AT_ONCE, 0])
@pytest.mark.parametrize("seed", range(3))
def test_answers_equal_a_plain_scan_after_any_history(
    tmp_path: Path, follower: str, seed: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(f"{seed} {follower} {at_once}")
    monkeypatch.setattr(locating, "READ_AT_ONCE", at_once)
    monkeypatch.setattr(reader, "COUNTING_SECONDS", 1000.0)
    monkeypatch.setattr(remap, "SLICE_SPANS", 5)
    if seed % 2:
        monkeypatch.setattr(fulltext, "MOST_GRAMS", 20)
    path = tmp_path / "any.db"
    keys = {"session_id": ["app.conversation"]}
    store = SqliteStore.open(path, Mapper(keys), synchronous="off")
    compared = found = 0
    try:
        for _ in range(25):
            what = chance.random()
            if what < 0.6:  # new spans, and old ones with other texts
                spans = []
                for _ in range(chance.randint(1, 12)):
                    said: dict[str, Any] = {}
                    if chance.random() < 0.7:
                        said["langfuse__observation__input"] = text(chance, 12)
                    if chance.random() < 0.5:
                        said["langfuse__observation__output"] = text(chance, 12)
                    if chance.random() < 0.2:
                        said["langfuse__trace__input"] = text(chance, 5)
                    if chance.random() < 0.2:
                        said["langfuse__trace__name"] = text(chance, 3)
                    said["session__id"], said["user__id"] = chance.choice("st"), chance.choice("uv")
                    one = span(chance.choice("abcdef"), chance.randint(1, 40), chance.randint(0, 3), **said)
                    one.name = text(chance, 3)
                    one.end_ns += chance.randint(0, 3) * SECOND
                    spans.append(one)
                store.write("default", observed(*spans), []).result(30)
            elif what < 0.7:
                body = text(chance, 8)
                record = log_record(chance.choice("abcdef"), chance.randint(1, 40), body)
                store.write("default", [], [], [record]).result(30)
            elif what < 0.8:
                store.delete_traces("default", [chance.choice("abcdef") * 32]).result(30)
            elif what < 0.9:
                store.remap()
            else:  # rows may be gone from the end: numbers are given anew
                store.close()
                store = SqliteStore.open(path, Mapper(keys), synchronous="off")
            if chance.random() < 0.3 and follower != "never":
                settle(path)
            while store.remapping().running:
                time.sleep(0.002)
            held = Held(store)
            said_now = ["".join(texts(row, ("name", "input", "output"))) for row in held.rows["observations"]] or [""]
            for _ in range(3):
                asked = text(chance, 4)
                if chance.random() < 0.7:  # a piece of what is there
                    whole = chance.choice(said_now)
                    at = chance.randrange(len(whole) + 1)
                    asked = whole[at : at + chance.randint(1, 25)] or asked
                for view in VIEWS:
                    for column in locating.TEXTS[view]:
                        expected = held.answer(view, column, asked)
                        assert ask(store, view, column, "contains", asked) == expected, (view, column, asked)
                        compared, found = compared + 1, found + bool(expected)
    finally:
        store.close()
    assert compared > 300
    assert found > compared / 10, "the questions mostly found nothing"


def world(path: Path, said: str = "please refund order A17-4411", traces: str = "abcd") -> SqliteStore:
    """Return a store of 20 spans a trace, which the follower has indexed as far as it does."""
    store = SqliteStore.open(path)
    for trace in traces:
        more: dict[str, Any] = {"langfuse__observation__input": f"{said} of {trace}{trace}"}
        store.write("default", observed(*(span(trace, n, **more) for n in range(1, 21))), []).result(30)
    settle(path)
    return store


def matching(path: Path, words: str) -> list[int]:
    db = sqlite3.connect(path)
    rows = [row[0] for row in db.execute("SELECT rowid FROM fulltext WHERE fulltext MATCH ?", (words,))]
    db.close()
    return rows


def test_the_index_itself_has_what_is_there_and_not_what_was_deleted(tmp_path: Path) -> None:
    path = tmp_path / "indexed.db"
    store = world(path)
    assert upto(path) == 79
    assert matching(path, '"refund" AND "bb"') == [1, 2]
    assert matching(path, '"0a17" AND "0441"') == [0, 1, 2, 3, 4]
    store.delete_traces("default", ["b" * 32]).result(30)
    settle(path)
    assert matching(path, '"bb"') == []
    assert matching(path, '"refund"') == [0, 1, 2, 3, 4]
    store.close()


def test_no_word_of_a_deleted_trace_stays(tmp_path: Path) -> None:
    path = tmp_path / "words.db"
    store = world(path, "xylophone 8e2f")
    store.delete_traces("default", [trace * 32 for trace in "abcd"]).result(30)
    settle(path)
    store.close()
    db = sqlite3.connect(path)
    assert db.execute("SELECT word FROM fulltext_word").fetchall() == []
    db.execute("INSERT INTO fulltext (fulltext) VALUES ('optimize')")
    assert b"xylo" not in b"".join(row[0] for row in db.execute("SELECT block FROM fulltext_data"))
    db.close()


@pytest.mark.parametrize("follows", [False, True])
def test_texts_that_change_behind_the_mark(tmp_path: Path, follows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "changed.db"
    store = SqliteStore.open(path)
    store.write("default", observed(*(span(trace, n) for trace in "abcd" for n in range(1, 21))), []).result(30)
    settle(path)
    if not follows:
        monkeypatch.setattr(fulltext.Follower, "step", lambda *_: False)
    store.write("default", [], [], [log_record("a", 3, "the xylophone")]).result(30)
    if follows:
        settle(path)
        assert matching(path, '"xylophone"') == [0]
    assert ask(store, "observations", "text", "contains", "xylo") == {("a" * 32, f"{3:016x}")}
    store.close()


@pytest.mark.parametrize("follows", [False, True])
def test_row_numbers_that_are_given_again(tmp_path: Path, follows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "again.db"
    store = world(path)
    store.delete_traces("default", ["d" * 32]).result(30)
    settle(path)
    store.close()
    if not follows:
        monkeypatch.setattr(fulltext.Follower, "step", lambda *_: False)
    store = SqliteStore.open(path)
    said: dict[str, Any] = {"langfuse__observation__input": "the xylophone"}
    store.write("default", observed(span("e", 1, **said)), []).result(30)
    if follows:
        settle(path)
        assert matching(path, '"xylophone"') == [3]
    assert ask(store, "traces", "text", "contains", "xylo") == {(None, "e" * 32)}
    store.close()


def test_the_follower_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "stopped.db"
    with monkeypatch.context() as slow:
        slow.setattr(writer, "INDEX_AFTER", 1000.0)
        slow.setattr(fulltext.Follower, "step", lambda *_: False)
        store = SqliteStore.open(path)
        store.write("default", observed(*(span("a", n) for n in range(1, 80))), []).result(30)
        store.close()
    assert upto(path) == -1
    db = sqlite3.connect(path, isolation_level=None)
    assert fulltext.Follower(db).step(32)
    db.close()
    assert upto(path) == 31  # of the third block more rows may be missing
    store = SqliteStore.open(path)
    settle(path)
    assert upto(path) == 79
    assert len(ask(store, "observations", "text", "contains", "STEP 1")) == 11
    store.close()


def test_an_error_of_the_index_costs_no_span(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bool:
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr(writer, "INDEX_AFTER", 0.0)
    monkeypatch.setattr(fulltext.Follower, "step", broken)
    store = SqliteStore.open(tmp_path / "broken.db")
    for number in range(1, 5):
        assert store.write("default", observed(span("a", number)), []).result(30).stored == 1
    assert store.ready()
    assert len(ask(store, "observations", "text", "contains", "step")) == 4
    store.close()


def test_base64_fills_no_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fulltext, "MOST_GRAMS", 50)
    chance = random.Random(1)
    noise = "".join(chance.choice("ABCDEFGHabcdefgh01234567+/") for _ in range(2000))
    path = tmp_path / "noise.db"
    store = world(path, f"invoice {noise} paid")
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM fulltext_word").fetchone()[0] < 10
    db.close()
    assert matching(path, f'"{fulltext.EVERYTHING}"') == [0, 1, 2, 3, 4]
    for asked in (noise[700:712], noise[:3], "INVOICE " + noise[:9], "paid of bb"):
        assert ask(store, "observations", "text", "contains", asked), asked
    store.close()


def test_negation_is_whole_and_projects_stay_apart(tmp_path: Path) -> None:
    store = world(tmp_path / "not.db")
    for where in (Condition("text", "does not contain", "BB"), Not(Condition("text", "contains", "bb"))):
        assert store.select(Selection("observations", where=(where,), limit=0)).total == 60
        assert store.select(Selection("traces", where=(where,), limit=0)).total == 3
    assert store.select(Selection("traces", "other", where=(Condition("text", "contains", "refund"),))).total == 0
    store.close()


def test_what_is_too_long_to_count_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "READ_AT_ONCE", 0)
    monkeypatch.setattr(reader, "COUNTING_SECONDS", -1.0)
    monkeypatch.setattr(reader, "COUNTING_STEPS", 1)
    store = world(tmp_path / "many.db")
    where = (Condition("text", "contains", "refund"),)
    page = store.select(Selection("observations", where=where, limit=10, offset=20))
    assert (len(page.rows), page.total, page.at_least) == (10, 30, True)
    page = store.select(Selection("observations", where=where, limit=50, offset=40))
    assert (len(page.rows), page.total, page.at_least) == (40, 80, False)
    monkeypatch.setattr(reader, "COUNTING_SECONDS", 1000.0)
    assert store.select(Selection("observations", where=where, limit=10)).total == 80
    store.close()


def test_attributes_that_can_be_a_traces_text_are_indexed() -> None:
    """Otherwise a trace's own input, which no observation has, could not be found by the index."""
    rows = [row for row in langfuse.VOCABULARY.rows if row.field in ("trace_input", "trace_output")]
    assert tuple(sorted(row.key for row in rows)) == tuple(sorted(fulltext.TRACE_KEYS))
