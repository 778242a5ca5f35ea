"""Langfuse's page about sessions, as versions 4 and 5 of the SDK say it."""
# Written for versions of the SDK of which one is not in the environment that is checked.
# mypy: ignore-errors
# ruff: noqa: RET504

import json

from langfuse import Langfuse, get_client, observe, propagate_attributes

langfuse = get_client()


@observe()
def process_request():
    # Add to the current trace
    with propagate_attributes(session_id="your-session-id"):
        # ...your processing logic...
        result = "processed"
        return result


process_request()


langfuse = Langfuse()

# All spans in this trace will belong to the same session
with (
    propagate_attributes(session_id="chat-session-123"),
    langfuse.start_as_current_observation(name="process-chat-message") as root_span,
    root_span.start_as_current_observation(name="generate-response", as_type="generation", model="gpt-4o") as gen,
):
    # ...generate response...
    gen.update(output="Hello!", usage_details={"input": 12, "output": 3}, cost_details={"total": 0.0042})


with (
    langfuse.start_as_current_observation(name="another-operation"),
    # Add to the current trace
    propagate_attributes(session_id="your-session-id"),
):
    pass


langfuse.flush()

# What the SDK reads back: version 5 knows observations only.
if hasattr(langfuse.api, "sessions"):
    session = langfuse.api.sessions.get("your-session-id")
    trace = langfuse.api.trace.get(root_span.trace_id)
    read = {
        "session": [session.id, sorted(trace.name for trace in session.traces)],
        "trace": [trace.session_id, trace.total_cost, sorted(o.name for o in trace.observations)],
    }
else:
    there = langfuse.api.observations.get_many(session_id="your-session-id").data
    fields = "core,basic,usage"
    those = langfuse.api.observations.get_many(trace_id=root_span.trace_id, fields=fields).data
    read = {
        "session": [there[0].session_id, sorted(observation.name for observation in there)],
        "trace": [those[0].session_id, sum(o.total_cost or 0 for o in those), sorted(o.name for o in those)],
    }
print(json.dumps({"trace": root_span.trace_id, "generation": gen.id, "read": read | {"auth": langfuse.auth_check()}}))
langfuse.shutdown()
