"""A store with spans in it, for questions asked without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.span import Resource, Scope, Span, Value
from sidetrace.storage.sqlite.store import SqliteStore

NOON = 1_790_000_000 * 10**9

Stored = Callable[[list[Span]], SqliteStore]


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Stored]:
    """Return a function that writes spans with the real mapper and store, and gives the store."""
    store = SqliteStore.open(tmp_path / "sidetrace.db")

    def write(spans: list[Span]) -> SqliteStore:
        mapper = Mapper()
        store.write("default", [mapper.map(span) for span in spans], []).result(timeout=60)
        return store

    yield write
    store.close()


def span(
    number: int,
    parent: int = 0,
    attributes: dict[str, Value] | None = None,
    *,
    trace: int = 1,
    at: float = 0,
    lasts: float = 1,
) -> Span:
    """Return a span of session `s` that starts `at` seconds past noon."""
    start = NOON + round(at * 1e9)
    return Span(
        trace_id=f"{trace:032x}",
        span_id=f"{number:016x}",
        parent_span_id=f"{parent:016x}" if parent else "",
        name=f"step {number}",
        kind=1,
        start_ns=start,
        end_ns=start + round(lasts * 1e9),
        attributes={"session.id": "s", **(attributes or {})},
        resource=Resource({}),
        scope=Scope(),
        events=[],
        links=[],
    )
