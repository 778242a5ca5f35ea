"""The real command in its own process, on a database that the real store has written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.span import Rejected, Resource, Scope, Span, Value
from sidetrace.storage.sqlite.store import SqliteStore

NOON = 1_790_000_000
"""2026-09-21 14:13:20 UTC, in seconds since the epoch: when the spans of these tests begin."""


@dataclass(frozen=True)
class Answer:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Answer]
Stored = Callable[..., Path]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `python -m sidetrace` with these arguments; piped, in an empty user data directory."""

    def command(*arguments: object, environment: Mapping[str, str] | None = None) -> Answer:
        known = {name: value for name, value in os.environ.items() if not name.startswith("SIDETRACE_")}
        done = subprocess.run(
            [sys.executable, "-m", "sidetrace", *map(str, arguments)],
            env={**known, "XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path), **(environment or {})},
            capture_output=True,
            timeout=60,
        )
        return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())

    return command


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    """Write spans with the real store and return the file."""

    def write(spans: list[Span], rejected: list[Rejected] | None = None) -> Path:
        path = tmp_path / "sidetrace.db"
        store = SqliteStore.open(path)
        try:
            mapper = Mapper()
            store.write("default", [mapper.map(span) for span in spans], rejected or []).result(timeout=30)
        finally:
            store.close()
        return path

    return write


def span(
    trace: int,
    number: int,
    name: str,
    seconds: float,
    *,
    parent: int = 0,
    after: float = 0.0,
    session: str = "",
    user: str = "",
    type: str = "",
    cost: float | None = None,
    attributes: Mapping[str, Value] | None = None,
) -> Span:
    """Span `number` of a trace, `after` seconds past noon; what is empty or None is not sent."""
    start = NOON * 10**9 + round(after * 1e9)
    sent: dict[str, Value] = {
        "session.id": session,
        "user.id": user,
        "langfuse.observation.type": type,
        "langfuse.observation.cost_details": "" if cost is None else f'{{"total": {cost}}}',
    }
    return Span(
        trace_id=f"{trace:032x}",
        span_id=f"{number:016x}",
        parent_span_id=f"{parent:016x}" if parent else "",
        name=name,
        kind=1,
        start_ns=start,
        end_ns=start + round(seconds * 1e9),
        attributes={**{key: value for key, value in sent.items() if value}, **(attributes or {})},
        resource=Resource({}),
        scope=Scope(),
        events=[],
        links=[],
    )
