"""Law 2: the model is a pure function of the set of spans, whatever their order, batches and repetitions."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.log import LogRecord
from sidetrace.proto.span import Attributes, Scope, Span
from sidetrace.storage.columns import COLUMNS
from sidetrace.storage.selection import Selection, View
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.storage.store import Event

from .oracle import Model, model
from .spans import NOON, log_record, span
from .told import events

VIEWS: tuple[View, ...] = ("traces", "observations", "sessions", "users", "logs", "scores")

ids = st.integers(1, 6)
words = st.sampled_from(
    ["red", "green", "blue", 'it\'s "x"', "a" * 300, "nul\0"]
)  # SQLite's JSON functions end a text at NUL, so a view shows a payload inside `attributes` only up to it
payloads = st.sampled_from(["red", "green", '{"a": 1}'])
attributes: st.SearchStrategy[Attributes] = st.fixed_dictionaries(
    {},
    optional={
        "session.id": words,
        "langfuse.session.id": words,
        "gen_ai.conversation.id": words,
        "user.id": words,
        "langfuse.trace.name": words,
        "langfuse.release": words,
        "langfuse.version": words,
        "langfuse.trace.public": st.booleans(),
        "langfuse.trace.output": payloads,
        "langfuse.environment": words,
        "langfuse.trace.tags": st.lists(words, max_size=2),
        "langfuse.trace.metadata.colour": words,
        "metadata.size": st.integers(0, 3),
        "langfuse.trace.input": payloads,
        "langfuse.observation.input": payloads,
        "langfuse.observation.output": payloads,
        "langfuse.observation.level": st.sampled_from(["WARNING", "ERROR", "DEBUG"]),
        "langfuse.observation.type": st.sampled_from(["generation", "agent", "chain", "span"]),
        "langfuse.observation.usage_details": st.sampled_from(
            ['{"input": 3, "output": 2}', '{"input": 5}', '{"input": 0}']
        ),
        "langfuse.observation.cost_details": st.sampled_from(
            ['{"total": 0.1}', '{"total": 0}', '{"input": 0.2, "output": 0.3}']
        ),
        "gen_ai.response.id": st.sampled_from(["r1", "r2"]),
        "langfuse.internal.as_root": st.booleans(),
        "langfuse.internal.is_app_root": st.booleans(),
    },
)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    made = span(draw(st.sampled_from("abc")), draw(ids), draw(st.integers(0, 7)))
    start = draw(st.sampled_from([made.start_ns, made.start_ns, made.start_ns - 2_500_000_000, 0]))
    name, scope = draw(st.sampled_from([made.name, "", "x"])), draw(st.sampled_from([made.scope, made.scope, NATIVE]))
    return replace(made, attributes=draw(attributes), start_ns=start, name=name, scope=scope)


NATIVE = Scope("com.anthropic.sdk.python", "1")


@st.composite
def records(draw: st.DrawFn) -> LogRecord:
    """Draw a log record that says something about a span, or about a call, that may or may not be there."""
    name = draw(st.sampled_from(["gen_ai.user.message", "gen_ai.choice", "other"]))
    said: Attributes = draw(
        st.fixed_dictionaries(
            {},
            optional={"user.id": words, "session.id": words, "gen_ai.response.id": st.sampled_from(["r1", "r2"])},
        )
    )
    trace, number = draw(st.sampled_from("abc")), draw(ids)
    return log_record(trace, number, name, draw(st.sampled_from(["hi", "yo"])), draw(st.integers(0, 9)), said)


def stored(
    batches: Sequence[Sequence[Span | LogRecord | Event]], remap: bool = False
) -> dict[str, list[dict[str, Any]]]:
    """Write batches to a new file, map it again if asked to, and return all rows of all views."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder) / "order.db", synchronous="off")
        mapper = Mapper()
        try:
            for batch in batches:
                observations = [mapper.map(one) for one in batch if isinstance(one, Span)]
                logs = [one for one in batch if isinstance(one, LogRecord)]
                if observations or logs:
                    store.write("default", observations, [], logs).result(30)
                told = [one for one in batch if isinstance(one, Event)]
                if told:
                    store.record("default", told).result(30)
            if remap:
                store.remap()
                while store.remapping().running:
                    time.sleep(0.001)
            return {
                view: sorted(store.select(Selection(view, limit=1000)).rows, key=lambda row: (row["id"], str(row)))
                for view in VIEWS
            }
        finally:
            store.close()


def subset(rows: list[dict[str, Any]], expected: Model) -> Model:
    return {row["id"]: {name: row[name] for name in expected.get(row["id"], row)} for row in rows}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    arriving=st.lists(spans(), min_size=1, max_size=14),
    logs=st.lists(records(), max_size=5, unique_by=lambda record: record.time_ns),
    told=st.lists(events(), max_size=7),
    data=st.data(),
)
def test_any_order_batching_and_repetition_gives_the_same_rows(
    arriving: list[Span], logs: list[LogRecord], told: list[Event], data: st.DataObject
) -> None:
    once: list[Span | LogRecord | Event] = [*arriving, *logs, *told]
    again = data.draw(st.lists(st.sampled_from(once), max_size=4))
    shuffled = data.draw(st.permutations([*once, *again]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=5)))
    batches = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(shuffled)], strict=True) if a < b]

    at_once, in_pieces = stored([once]), stored(batches, remap=data.draw(st.booleans()))

    assert in_pieces == at_once
    traces, sessions, users = model(arriving, logs, told)
    assert subset(in_pieces["traces"], traces) == traces
    assert subset(in_pieces["sessions"], sessions) == sessions
    assert subset(in_pieces["users"], users) == users


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    arriving=st.lists(spans(), min_size=1, max_size=8),
    logs=st.lists(records(), min_size=2, max_size=6),
    timeless=st.booleans(),
    data=st.data(),
)
def test_log_records_of_one_moment_are_ordered_too(
    arriving: list[Span], logs: list[LogRecord], timeless: bool, data: st.DataObject
) -> None:
    at_once = [replace(one, time_ns=0 if timeless else NOON) for one in logs]
    everything: list[Span | LogRecord] = [*arriving, *at_once]
    shuffled = data.draw(st.permutations(everything))
    assert stored([[one] for one in shuffled]) == stored([everything])


def test_a_native_report_yields_only_to_a_report_of_something() -> None:
    told: dict[str, Any] = {"gen_ai__response__id": "r", "langfuse__observation__type": "generation"}
    native = replace(span("a", 1, **told, langfuse__observation__usage_details='{"input": 10}'), scope=NATIVE)
    silent = span("b", 1, **told)
    for order in ([native, silent], [silent, native]):
        for batches in ([order], [[one] for one in order]):
            (first, second) = stored(batches)["traces"]
            assert (first["input_tokens"], second["input_tokens"]) == (10, 0)


def test_reports_with_totals_alone_are_not_taken_for_one_another() -> None:
    outer, inner = ('{"total": 5}', '{"total": 7}')
    told: dict[str, Any] = {"langfuse__observation__type": "generation"}
    spans_ = [
        span("a", 1, **told, langfuse__observation__usage_details=outer),
        span("a", 2, 1, **told, langfuse__observation__usage_details=inner),
    ]
    assert stored([spans_])["traces"][0]["total_tokens"] == 12


@st.composite
def families(draw: st.DrawFn) -> list[Span]:
    """Draw up to nine spans of one trace, most of them without their parents at first, which claim different things."""
    numbers = draw(st.permutations(range(1, 10)))[: draw(st.integers(3, 9))]
    few = st.fixed_dictionaries(
        {}, optional={"session.id": words, "gen_ai.conversation.id": words, "metadata.size": words}
    )
    return [
        replace(span("a", number, draw(st.integers(1, 12)), **draw(few)), start_ns=NOON + draw(st.integers(0, 4)))
        for number in numbers
    ]


@settings(max_examples=200, deadline=None)
@given(arriving=families())
def test_parents_that_come_late_change_nothing_in_the_end(arriving: list[Span]) -> None:
    one_by_one = stored([[one] for one in arriving])

    assert one_by_one == stored([arriving])
    traces, sessions, _ = model(arriving)
    assert subset(one_by_one["traces"], traces) == traces
    assert subset(one_by_one["sessions"], sessions) == sessions


@pytest.mark.parametrize("view", VIEWS)
def test_every_documented_column_is_there(view: View, tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "columns.db")
    mapper = Mapper()
    made = span("a", 1, session__id="s", user__id="u")
    judged: Attributes = {"gen_ai.evaluation.name": "good", "gen_ai.evaluation.score.value": 1}
    log = log_record("a", 1, "gen_ai.evaluation.result", "", 0, judged)
    store.write("default", [mapper.map(made)], [], [log]).result(30)

    (row,) = store.select(Selection(view)).rows
    table = store.sql(f"SELECT * FROM {view}")
    store.close()

    assert list(row) == list(COLUMNS[view])
    assert {name for name, _ in table.columns} == set(COLUMNS[view])
