"""Langfuse 4 and 5 with their OpenAI wrapper: the trace is described before it begins."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

from langfuse import get_client, observe, propagate_attributes
from langfuse.openai import OpenAI
from weather import ask, fail, get_weather, stream

client = OpenAI()


@observe(as_type="agent")
def forecast():
    return ask(client, observe(as_type="tool")(get_weather))


@observe()
def summary():
    stream(client)
    fail(client)


with propagate_attributes(session_id="sess-42", user_id="user-7", tags=["beta", "weather"], metadata={"plan": "pro"}):
    forecast()
with propagate_attributes(session_id="sess-42", user_id="user-8"):
    summary()
get_client().flush()
