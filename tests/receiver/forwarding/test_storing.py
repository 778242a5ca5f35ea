"""Copies in the file: queued with what they are a copy of, also where that is stored span by span, or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sidetrace.errors import Unavailable
from sidetrace.mapping.mapper import Mapper
from sidetrace.proto import decode
from sidetrace.storage.forwarding import Bound, Copy, Ending
from sidetrace.storage.sqlite.store import SqliteStore

UP = Bound("up", 100, 100, 10_000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore.open(tmp_path / "x.db")
    yield store
    store.close()


def copy(body: bytes = b"body", *to: Bound) -> Copy:
    return Copy("traces", False, body, False, 1, to or (UP,))


def test_a_copy_is_queued_though_one_of_its_spans_cannot_be_stored(store: SqliteStore, spans: Any) -> None:
    mapper = Mapper()
    good, bad = (mapper.map(span) for span in decode(spans(2).SerializeToString(), False).spans)
    bad.span.name = object()  # type: ignore[assignment]
    written = store.write("default", [good, bad], [], (), copy()).result(10)
    assert (written.stored, len(written.rejected)) == (1, 1)
    assert [one.body for one in store.outgoing("up", 0, 10)] == [b"body"]


def test_what_cannot_be_stored_is_not_queued_either(store: SqliteStore, spans: Any) -> None:
    mapper = Mapper()
    (one,) = (mapper.map(span) for span in decode(spans(1).SerializeToString(), False).spans)
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("PRAGMA busy_timeout = 0")
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(Unavailable):
            store.write("default", [one], [], (), copy()).result(30)
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert store.outgoing("up", 0, 10) == []
    store.write("default", [one], [], (), copy()).result(30)
    assert len(store.outgoing("up", 0, 10)) == 1


def test_refs_are_never_used_again(store: SqliteStore) -> None:
    store.write("default", [], [], (), copy()).result(10)
    (first,) = store.outgoing("up", 0, 10)
    store.settle("up", [Ending(first.ref, "sent")]).result(10)
    store.write("default", [], [], (), copy(b"next")).result(10)
    store.settle("up", [Ending(first.ref, "sent")]).result(10)  # told twice
    (second,) = store.outgoing("up", 0, 10)
    assert (second.body, second.ref > first.ref) == (b"next", True)


def test_each_exporter_has_its_own_copy_and_bound(store: SqliteStore) -> None:
    small = Bound("small", 100, 100, 5)
    for body in (b"1234567", b"1", b"2"):
        store.write("default", [], [], (), copy(body, UP, small)).result(10)
    assert [one.body for one in store.outgoing("up", 0, 10)] == [b"1234567", b"1", b"2"]
    # one that is larger than the whole queue is taken when nothing else waits
    assert [one.body for one in store.outgoing("small", 0, 10)] == [b"1234567"]
    report = {one.name: one for one in store.report().exporters}
    assert (report["up"].waiting, report["small"].waiting, report["small"].waiting_bytes) == (3, 1, 7)
    assert [(one.outcome, one.requests) for one in report["small"].forwarded] == [("dropped", 2)]


def test_a_part_of_the_queue_is_read_at_a_time(store: SqliteStore) -> None:
    wide = Bound("up", 100, 100, 2**40)
    for _ in range(3):
        store.write("default", [], [], (), copy(bytes(5 * 1024**2), wide)).result(30)
    first = store.outgoing("up", 0, 10)
    assert len(first) == 1
    assert [len(store.outgoing("up", first[-1].ref, limit)) for limit in (1, 10)] == [1, 1]
