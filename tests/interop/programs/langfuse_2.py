"""Langfuse 2, which knows nothing of OpenTelemetry: everything goes over its ingestion API."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

import logging
from datetime import UTC, datetime, timedelta

from langfuse import Langfuse


class Complaints(logging.Handler):
    """Keeps what the SDK warns of."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.heard = []

    def emit(self, record):
        self.heard.append(record.getMessage())


complaints = Complaints()
logging.getLogger("langfuse").addHandler(complaints)

START = datetime(2026, 11, 18, 8, 26, 41, 500_000, tzinfo=UTC)


def at(seconds):
    return START + timedelta(seconds=seconds)


langfuse = Langfuse(release="r-7", environment="staging")
assert langfuse.auth_check()

trace = langfuse.trace(
    id="a trace of 2.x",
    name="forecast",
    user_id="user-7",
    session_id="sess-42",
    version="v1",
    input={"question": "weather?"},
    metadata={"plan": "pro", "deep": {"a": 1}},
    tags=["weather"],
    timestamp=at(0),
    public=True,
)
span = trace.span(id="plan", name="plan", start_time=at(1), input=["Paris"], metadata={"step": 1})
generation = span.generation(
    id="call",
    name="call",
    model="gpt-4o-mini",
    model_parameters={"temperature": "0.2"},
    input=[{"role": "user", "content": "weather?"}],
    start_time=at(2),
    usage={"input": 30, "output": 12, "total": 42, "unit": "TOKENS", "total_cost": 0.25},
)
generation.update(completion_start_time=at(3), metadata={"deep": {"er": True}})
generation.end(output="sunny", end_time=at(4), cost_details={"input": 0.1, "output": 0.2})
embedding = trace.generation(id="embed", name="embed", model="nobodys-model", start_time=at(4))
embedding.end(usage_details={"prompt_tokens": 8, "total_tokens": 8}, end_time=at(5))
trace.event(id="note", name="note", level="WARNING", status_message="rain ahead", start_time=at(5), input="x" * 10_000)
span.update(level="ERROR", status_message="no umbrella")
span.end(output={"city": "Paris"}, end_time=at(6))
trace.update(output={"answer": "sunny"}, metadata={"deep": {"b": 2}, "late": None}, tags=["beta"])

trace.score(id="score-1", name="quality", value=0.9, comment="good")
generation.score(id="score-2", name="tone", value="kind")
langfuse.score(id="score-3", trace_id=trace.id, name="grounded", value=1, data_type="BOOLEAN")

langfuse.flush()

read = langfuse.fetch_trace("a trace of 2.x").data
assert (read.name, read.user_id, read.session_id, read.output) == ("forecast", "user-7", "sess-42", {"answer": "sunny"})
assert {observation.id for observation in read.observations} == {"plan", "call", "embed", "note"}
assert [one.id for one in langfuse.fetch_traces(session_id="sess-42", tags=["beta"]).data] == ["a trace of 2.x"]
assert [one.id for one in langfuse.fetch_observations(type="GENERATION", name="call").data] == ["call"]
assert langfuse.fetch_observation("note").data.level.value == "WARNING"
assert [one.id for one in langfuse.fetch_sessions().data] == ["sess-42"]

langfuse.shutdown()
assert complaints.heard == [], complaints.heard
