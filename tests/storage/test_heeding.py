"""Events about what telemetry brings, events that name no trace, and updates that come one by one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidetrace.mapping.observation import Json
from sidetrace.proto.span import Attributes, Span
from sidetrace.storage.selection import Condition, Row, Selection
from sidetrace.storage.sqlite.rows import SPANS_NAMED
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.storage.store import Event

from .oracle import model
from .spans import NOON, SECOND, observed, span
from .test_order import stored, subset
from .told import TIMES, observation_bodies, trace_bodies

TRACE, OTHER, ONE = "a" * 32, "b" * 32, "1" * 16


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "heeding.db")
    yield opened
    opened.close()


def about(trace_id: str, id: str, body: dict[str, Json], type: str = "span-update", name: str = "e") -> Event:
    return Event(name, type, NOON + SECOND, trace_id, id, body)


def of_trace(body: dict[str, Json], trace_id: str = TRACE) -> Event:
    return about(trace_id, trace_id, body, "trace-create")


def tell(store: SqliteStore, *events: Event) -> None:
    store.record("default", events).result(30)


def bring(store: SqliteStore, *spans: Span) -> None:
    store.write("default", observed(*spans), []).result(30)


def only(store: SqliteStore, view: Any = "observations", **equal: str) -> Row:
    where = tuple(Condition(column, "=", value) for column, value in equal.items())
    (row,) = store.select(Selection(view, where=where)).rows
    return row


# What telemetry brings. -------------------------------------------------------------------------------------------

SAID: Attributes = {
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 10,
    "langfuse.observation.type": "agent",
    "langfuse.observation.output": "their output",
    "langfuse.observation.input": "their input",
    "langfuse.observation.metadata.kept": "theirs",
    "langfuse.observation.metadata.both": "theirs",
    "langfuse.version": "1",
}
TOLD: dict[str, Json] = {
    "name": "told",
    "output": {"told": True},
    "metadata": {"both": "told", "more": {"a": 1}},
    "level": "WARNING",
    "statusMessage": "told so",
    "usageDetails": {"input": 3, "output": 4},
    "costDetails": {"total": 0.5},
    "version": "2",
    "environment": "staging",
    "endTime": TIMES[4],
}


@pytest.mark.parametrize("events_first", [False, True])
def test_each_field_that_events_say_stands_over_telemetrys_and_the_rest_stays(
    store: SqliteStore, events_first: bool
) -> None:
    telemetry = replace(span("a", 1), attributes=SAID)
    if events_first:
        tell(store, about(TRACE, ONE, TOLD))
    bring(store, telemetry)
    if not events_first:
        tell(store, about(TRACE, ONE, TOLD))
    row = only(store)
    told = ("name", "output", "level", "status_message", "version", "environment", "end_time", "calculated_total_cost")
    assert {column: row[column] for column in told} == {
        "name": "told",
        "output": '{"told":true}',
        "level": "WARNING",
        "status_message": "told so",
        "version": "2",
        "environment": "staging",
        "end_time": "2026-11-18 11:06:44.000",
        "calculated_total_cost": 0.5,
    }
    assert row["metadata"] == {"kept": "theirs", "both": "told", "more": {"a": 1}}
    assert row["usage_details"] == {"input": 3, "output": 4}
    assert (row["model"], row["input"], row["type"]) == ("gpt-4o-mini", "their input", "AGENT")
    assert (row["start_time"], row["attributes"]) == ("2026-11-18 11:06:41.000", SAID), "as telemetry said"
    trace = only(store, "traces")
    assert (trace["version"], trace["level"], trace["name"]) == ("2", "WARNING", "told")


def test_a_price_follows_the_usage_that_events_say(store: SqliteStore) -> None:
    bring(store, replace(span("a", 1), attributes={**SAID, "langfuse.observation.type": "generation"}))
    before = only(store)["calculated_total_cost"]
    tell(store, about(TRACE, ONE, {"usageDetails": {"input": 2000, "output": 20}}))
    after = only(store)["calculated_total_cost"]
    assert isinstance(before, float)
    assert after == pytest.approx(before * 2)


def test_telemetry_is_kept_as_it_came(store: SqliteStore) -> None:
    telemetry = replace(span("a", 1), attributes=SAID, end_ns=NOON + 5 * SECOND + 7)
    tell(store, about(TRACE, ONE, TOLD))
    bring(store, telemetry)
    before = only(store)
    bring(store, telemetry)
    store.remap()
    while store.remapping().running:
        pass
    assert only(store) == before
    assert store.report().repeated == 1, "what is stored is still the span that came"


def test_another_parent_is_not_heeded_and_doctor_says_so(store: SqliteStore) -> None:
    bring(store, span("a", 1), span("a", 2, 1))
    tell(store, about(TRACE, "2" * 16, {"parentObservationId": "9" * 16, "output": "told"}))
    row = only(store, id="2" * 16)
    assert (row["parent_observation_id"], row["output"]) == (ONE, "told")
    (problem,) = store.report().problems
    assert (problem.name, problem.count) == ("ingestion event names another parent than telemetry does", 1)
    assert "9999999999999999" in problem.example


def test_what_events_say_of_a_trace_lands_on_the_trace_of_telemetry(store: SqliteStore) -> None:
    said: dict[str, Any] = {
        "langfuse__trace__name": "theirs",
        "langfuse__trace__tags": ["theirs"],
        "langfuse__trace__metadata__kept": 1,
        "user__id": "their user",
        "langfuse__release": "theirs",
    }
    body: dict[str, Json] = {
        "name": "told", "tags": ["told"], "metadata": {"more": 2}, "userId": "u", "sessionId": "s",
    }  # fmt: skip
    for telemetry_first in (True, False):
        trace, trace_id = ("a", TRACE) if telemetry_first else ("b", OTHER)
        if not telemetry_first:
            tell(store, of_trace(body, trace_id))
        bring(store, span(trace, 1, **said))
        if telemetry_first:
            tell(store, of_trace(body, trace_id))
        row = only(store, "traces", id=trace_id)
        assert (row["name"], row["tags"]) == ("told", ["theirs", "told"])
        assert row["metadata"] == {"kept": 1, "more": 2, "service.name": "shop"}
        assert (row["user_id"], row["session_id"], row["release"]) == ("u", "s", "theirs")
        assert (row["observation_count"], row["root_observation_id"]) == (1, ONE)


def test_what_is_told_of_a_trace_later_does_not_lengthen_it(store: SqliteStore) -> None:
    later: dict[str, Json] = {"timestamp": "2026-11-19T11:06:40.000Z", "tags": ["told"]}
    tell(store, of_trace(later))
    assert only(store, "traces")["timestamp"] == "2026-11-19 11:06:40.000", "nothing else dates it"
    bring(store, span("a", 1, user__id="u", session__id="s"))
    bring(store, span("b", 1), span("b", 2, 1))
    tell(store, of_trace(later, OTHER))
    assert [only(store, "traces", id=id)["latency_ms"] for id in (TRACE, OTHER)] == [1000, 2000]
    assert only(store, "sessions")["duration_ms"] == 1000


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_a_span_without_any_time_does_not_date_its_trace(store: SqliteStore, order: tuple[int, ...]) -> None:
    timeless = replace(span("a", 2), start_ns=0, end_ns=0)
    steps = [
        lambda: tell(store, of_trace({"timestamp": "2026-11-19T11:06:40.000Z"})),
        lambda: bring(store, timeless),
        lambda: bring(store, span("a", 1)),
    ]
    for n in order:
        steps[n]()
    assert only(store, "traces")["latency_ms"] == 1000


# What names no trace. ---------------------------------------------------------------------------------------------


def test_an_update_without_a_trace_finds_the_smallest_in_any_order() -> None:
    events = [
        about(TRACE, "x", {"name": "in a"}, "span-create", "1"),
        about(OTHER, "x", {"name": "in b"}, "span-create", "2"),
        about("", "x", {"output": "told"}, "span-update", "3"),
    ]
    orders = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    found = [stored([[events[n]] for n in order]) for order in orders]
    assert found == [stored([events])] * len(orders)
    assert [(row["name"], row["output"]) for row in found[0]["observations"]] == [("in a", "told"), ("in b", None)]


@pytest.mark.parametrize("deleted", [TRACE, OTHER])
def test_it_goes_with_the_trace_that_showed_it(store: SqliteStore, deleted: str) -> None:
    for trace_id in (OTHER, TRACE):
        tell(store, about(trace_id, "x", {"name": "n"}, "span-create"))
    tell(store, about("", "x", {"output": "told"}), about("", "y", {"output": "waits"}))
    store.delete_traces("default", [deleted]).result(30)
    tell(store, about(TRACE if deleted == OTHER else OTHER, "x", {"level": "ERROR"}))
    assert only(store)["output"] == ("told" if deleted == OTHER else None)
    tell(store, about(TRACE, "y", {"name": "n"}, "span-create"))
    assert only(store, id="y")["output"] == "waits"


def test_doctor_counts_what_waits_for_its_trace(store: SqliteStore) -> None:
    assert store.report().waiting == (0, [])
    tell(store, about("", "x", {"output": "1"}), about("", "x", {"output": "2"}), about("", "y", {"output": "3"}))
    store.record("elsewhere", [about(TRACE, "x", {}, "span-create")]).result(30)
    assert store.report().waiting == (3, ["x", "y"])
    assert store.report("elsewhere").waiting == (0, [])
    tell(store, about(TRACE, "x", {}, "span-create"))
    assert store.report("default").waiting == (1, ["y"])


# What comes one by one. -------------------------------------------------------------------------------------------


def refs(path: Path) -> dict[str, int]:
    db = sqlite3.connect(path)
    rows = dict(db.execute("SELECT id, ref FROM observation").fetchall())
    db.close()
    return rows


@pytest.mark.parametrize("by_telemetry", [False, True])
def test_an_update_leaves_the_rest_of_its_trace_alone(store: SqliteStore, by_telemetry: bool) -> None:
    ids = [ONE, "2" * 16, "3" * 16]
    if by_telemetry:
        bring(store, span("a", 1), span("a", 2, 1), span("a", 3, 2))
    else:
        tell(
            store,
            *(
                about(TRACE, id, {"startTime": TIMES[0], "parentObservationId": parent}, "generation-create", id)
                for id, parent in zip(ids, [None, *ids], strict=False)
            ),
        )
    tell(store, of_trace({"name": "n"}))
    before = refs(store.path)
    end: dict[str, Json] = {"endTime": TIMES[4], "output": "o", "level": "ERROR", "usageDetails": {"input": 1}}
    tell(store, about(TRACE, ids[2], end, "generation-update"))
    tell(store, of_trace({"name": "n", "sessionId": "s", "tags": ["t"], "output": "o"}))
    after = refs(store.path)
    changed = {id for id in before if before[id] != after[id]}
    assert changed == {ids[2], f"t-{TRACE}"}
    trace = only(store, "traces")
    assert (trace["session_id"], trace["error_count"], trace["input_tokens"]) == ("s", 1, 1)


def usage(number: int, name: str, tokens: int) -> Event:
    return about(TRACE, f"{number}" * 16, {"usageDetails": {"input": tokens}}, "generation-update", name)


def test_tokens_that_are_taken_back_no_longer_hide_those_above(store: SqliteStore) -> None:
    bring(store, *(span("a", n, n - 1, langfuse__observation__type="generation") for n in (1, 2)))
    tell(store, usage(1, "1", 7))
    tell(store, usage(2, "2", 7))
    assert only(store, "traces")["input_tokens"] == 7, "one call, reported by two"
    tell(store, usage(2, "3", 5))
    assert only(store, "traces")["input_tokens"] == 12


def test_a_level_that_is_taken_back_is_taken_back_from_the_trace(store: SqliteStore) -> None:
    bring(store, span("a", 1))
    seen = []
    for name, level in (("1", "ERROR"), ("2", "WARNING"), ("3", "DEBUG")):
        tell(store, about(TRACE, ONE, {"level": level}, name=name))
        trace = only(store, "traces")
        seen.append((trace["level"], trace["error_count"], trace["warning_count"]))
    assert seen == [("ERROR", 1, 0), ("WARNING", 0, 1), ("DEBUG", 0, 0)]


@st.composite
def growing(draw: st.DrawFn) -> list[Span | Event]:
    """Draw a trace of a few spans or creates, parents first, and updates of them that mostly add."""
    ids = [f"{n:x}" * 16 for n in range(1, 5)]
    begun: list[Span | Event] = []
    for n in range(1, 5):
        parent = draw(st.integers(0, n - 1))
        type = draw(st.sampled_from(["span", "generation", "generation", "agent"]))
        if draw(st.booleans()):
            begun.append(span("a", n, parent, langfuse__observation__type=type))
        else:
            body: dict[str, Json] = {"startTime": TIMES[0]}
            if parent:
                body["parentObservationId"] = ids[parent - 1]
            begun.append(about(TRACE, ids[n - 1], body, f"{type}-create", f"c{n}"))
    updates = st.fixed_dictionaries(
        {},
        optional={
            "endTime": st.sampled_from(TIMES),
            "level": st.sampled_from(["DEBUG", "ERROR", "WARNING"]),
            "usageDetails": st.sampled_from([{"input": 3, "output": 2}, {"input": 7}, {"total": 4}]),
            "costDetails": st.sampled_from([{"total": 0.1}, {"total": 0.25}]),
            "version": st.sampled_from(["red", "green"]),
            "metadata": st.sampled_from([{"session_id": "red"}, {"session_id": ""}, {"k": 1}]),
        },
    )
    bodies: Sequence[Any] = draw(st.lists(st.one_of(updates, updates, observation_bodies), min_size=1, max_size=6))
    told: list[Span | Event] = [
        replace(about(TRACE, draw(st.sampled_from(ids)), body, "generation-update", f"u{n}"), time_ns=NOON + n)
        for n, body in enumerate(bodies)
    ]
    trace: Sequence[Any] = draw(st.lists(trace_bodies, max_size=3))
    told += [replace(of_trace(body), id=f"t{n}", time_ns=NOON + n) for n, body in enumerate(trace)]
    return [*begun, *draw(st.permutations(told))]


@st.composite
def corrected(draw: st.DrawFn) -> list[Span | Event]:
    """Draw generations of which each is the next one's parent, and corrections of their tokens and cost."""
    begun: list[Span | Event] = [span("a", n, n - 1, langfuse__observation__type="generation") for n in (1, 2, 3)]
    usage = st.sampled_from([{"input": 3, "output": 2}, {"input": 7}, {"input": 0}, {"total": 4}])
    said = st.one_of(st.fixed_dictionaries({"usageDetails": usage}), st.just({"costDetails": {"total": 0.1}}))
    bodies: Sequence[Any] = draw(st.lists(said, min_size=3, max_size=7))
    told = [
        replace(about(TRACE, f"{draw(st.integers(1, 3))}" * 16, body, "span-update", f"u{n}"), time_ns=NOON + n)
        for n, body in enumerate(bodies)
    ]
    return [*begun, *draw(st.permutations(told))]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.one_of(growing(), corrected()))
def test_updates_one_by_one_come_to_the_same_as_all_at_once(arriving: list[Span | Event]) -> None:
    one_by_one = stored([[one] for one in arriving])

    assert one_by_one == stored([arriving])
    spans = [one for one in arriving if isinstance(one, Span)]
    traces, sessions, users = model(spans, (), [one for one in arriving if isinstance(one, Event)])
    assert subset(one_by_one["traces"], traces) == traces
    assert subset(one_by_one["sessions"], sessions) == sessions
    assert subset(one_by_one["users"], users) == users


def test_versions_of_a_stored_span_are_found_without_reading_its_trace(store: SqliteStore) -> None:
    db = sqlite3.connect(store.path)
    plan = [row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {SPANS_NAMED}", (1, "[]"))]
    db.close()
    assert any("(trace_ref=? AND id=?)" in step for step in plan)
