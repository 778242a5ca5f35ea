"""Langfuse's page about sessions, word for word but for what `...` stands for."""
# Written for version 3 of the SDK, which is not in the environment that is checked.
# mypy: ignore-errors
# ruff: noqa: RET504

import json

from langfuse import Langfuse, get_client, observe

langfuse = get_client()


@observe()
def process_request():
    # Add to the current trace
    langfuse.update_current_trace(session_id="your-session-id")

    # ...your processing logic...
    result = "processed"
    return result


process_request()


langfuse = Langfuse()

# You can set the session_id when creating the root span
with langfuse.start_as_current_span(name="process-chat-message") as root_span:
    # Add session_id to the trace
    root_span.update_trace(session_id="chat-session-123")

    # All spans in this trace will belong to the same session
    with root_span.start_as_current_generation(name="generate-response", model="gpt-4o") as gen:
        # ...generate response...
        gen.update(output="Hello!", usage_details={"input": 12, "output": 3}, cost_details={"total": 0.0042})


with langfuse.start_as_current_span(name="another-operation"):
    # Add to the current trace
    langfuse.update_current_trace(session_id="your-session-id")


langfuse.flush()

# What the SDK reads back.
session = langfuse.api.sessions.get("your-session-id")
trace = langfuse.api.trace.get(root_span.trace_id)
print(
    json.dumps(
        {
            "trace": root_span.trace_id,
            "generation": gen.id,
            "read": {
                "session": [session.id, sorted(trace.name for trace in session.traces)],
                "trace": [trace.session_id, trace.total_cost, sorted(o.name for o in trace.observations)],
                "auth": langfuse.auth_check(),
            },
        }
    )
)
langfuse.shutdown()
