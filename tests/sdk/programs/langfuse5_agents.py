"""Version 5 of the Langfuse SDK: everything it says about a trace, by decorators and by hand."""

from __future__ import annotations

import json
from typing import Any

from langfuse import get_client, observe, propagate_attributes

langfuse = get_client()
seen: dict[str, Any] = {"auth": langfuse.auth_check()}


@observe(as_type="tool")
def look_up(city: str) -> dict[str, object]:
    return {"city": city, "degrees": 21.5}


@observe(as_type="agent", name="weather agent")
def ask(question: str) -> str:
    seen["trace"] = langfuse.get_current_trace_id()
    look_up("Paris")
    with langfuse.start_as_current_observation(
        as_type="generation",
        name="answer",
        model="gpt-4o",
        model_parameters={"temperature": 0.2, "max_tokens": 100},
        input=[{"role": "user", "content": question}],
        metadata={"attempt": 1, "cached": False, "note": "first", "scores": [0.5, 1]},
    ) as generation:
        generation.update(
            output="It is sunny.",
            usage_details={"input": 40, "output": 10, "total": 50},
            cost_details={"input": 0.0001, "output": 0.0002, "total": 0.0003},
        )
        seen["generation"] = generation.id
    langfuse.create_event(name="answered", metadata={"characters": 12})
    return "It is sunny."


with propagate_attributes(
    session_id="weather-session",
    user_id="user-5",
    tags=["weather", "beta"],
    metadata={"plan": "pro", "digits": "0042", "json": '{"a": 1}'},
    trace_name="weather question",
    version="2.1.0",
):
    ask("What is the weather in Paris?")


@observe(name="fails")
def fail() -> None:
    raise ValueError("no such city")


with propagate_attributes(session_id="weather-session", user_id="user-6"):
    try:
        fail()
    except ValueError:
        seen["raised"] = True

# Attributes that begin inside: the root is stamped too, a sibling before them is not.
with langfuse.start_as_current_observation(name="late root") as root:
    with langfuse.start_as_current_observation(name="before"):
        pass
    with (
        propagate_attributes(session_id="late-session"),
        langfuse.start_as_current_observation(as_type="generation", name="after", model="gpt-4o-mini") as late,
    ):
        late.update(usage_details={"input": 7, "output": 1}, cost_details={"total": 0.5})
    seen["late"] = root.trace_id

langfuse.flush()
langfuse.shutdown()
print(json.dumps(seen))
