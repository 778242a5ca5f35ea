"""Langfuse 3 with its OpenAI wrapper: the trace is described while it runs."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

from langfuse import get_client, observe
from langfuse.openai import OpenAI
from weather import ask, fail, get_weather, stream

langfuse = get_client()
client = OpenAI()


@observe(as_type="agent")
def forecast():
    langfuse.update_current_trace(
        session_id="sess-42", user_id="user-7", tags=["beta", "weather"], metadata={"plan": "pro"}
    )
    return ask(client, observe(as_type="tool")(get_weather))


@observe()
def summary():
    langfuse.update_current_trace(session_id="sess-42", user_id="user-8")
    stream(client)
    fail(client)


forecast()
summary()
langfuse.flush()
