"""Events of the ingestion API, drawn at random: about spans that telemetry brings too, and about others."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from sidetrace.storage.store import Event

from .spans import NOON, SECOND

TIMES = [f"2026-11-18T11:06:4{second}.000Z" for second in range(5)]
words = st.sampled_from(["red", "green", "blue"])
metadata = st.sampled_from(
    [{"k": 1}, {"k": {"deep": 1}}, {"k": {"deeper": "x"}, "size": 9}, {"session_id": "red"}, {"session_id": ""}, "text"]
)
observation_bodies = st.fixed_dictionaries(
    {},
    optional={
        "name": words,
        "parentObservationId": st.sampled_from(["1" * 16, "2" * 16, "x"]),
        "startTime": st.sampled_from(TIMES),
        "endTime": st.sampled_from(TIMES),
        "input": st.sampled_from(["told", {"a": 1}]),
        "output": st.sampled_from(["told", [1, 2]]),
        "metadata": metadata,
        "level": st.sampled_from(["DEBUG", "ERROR", "WARNING"]),
        "statusMessage": words,
        "model": st.sampled_from(["gpt-4o", "nobody's"]),
        "usageDetails": st.sampled_from([{"input": 3, "output": 2}, {"input": 7}, {"total": 4}]),
        "costDetails": st.sampled_from([{"total": 0.1}, {"total": 0.25}]),
        "version": words,
        "environment": words,
    },
)
trace_bodies = st.fixed_dictionaries(
    {},
    optional={
        "name": words,
        "timestamp": st.sampled_from(TIMES),
        "sessionId": words,
        "userId": words,
        "tags": st.lists(words, max_size=2),
        "metadata": metadata,
        "input": words,
        "output": words,
        "public": st.booleans(),
        "version": words,
    },
)
ids = st.sampled_from(["1" * 16, "2" * 16, "3" * 16, "x"])
traces = st.sampled_from(["a" * 32, "b" * 32, "c" * 32])
CREATES, UPDATES = ["span-create", "generation-create", "agent-create"], ["span-update", "generation-update"]


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Draw an event: about a trace, about an observation of one, or an update that names no trace."""
    name, time_ns = draw(st.sampled_from("pqr")), NOON + draw(st.integers(0, 3)) * SECOND
    trace_id = draw(traces)
    body: dict[str, Any]
    if draw(st.integers(0, 3)) == 0:
        body = draw(trace_bodies)
        return Event(name, "trace-create", time_ns, trace_id, trace_id, body)
    loose = draw(st.integers(0, 2)) == 0
    type = draw(st.sampled_from(UPDATES if loose else [*CREATES, *UPDATES]))
    body = draw(observation_bodies)
    return Event(name, type, time_ns, "" if loose else trace_id, draw(ids), body)
