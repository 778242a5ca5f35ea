"""The Traceloop SDK with its OpenAI instrumentation: decorators, and association properties."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

import openai
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import agent, tool, workflow
from weather import ask, fail, get_weather, stream

Traceloop.init(app_name="interop", telemetry_enabled=False)
client = openai.OpenAI()


@workflow(name="forecast")
def forecast():
    Traceloop.set_association_properties({"session_id": "sess-42", "user_id": "user-7", "plan": "pro", "tags": "beta"})
    return agent(name="clerk")(ask)(client, tool(name="get_weather")(get_weather))


@workflow(name="summary")
def summary():
    Traceloop.set_association_properties({"session_id": "sess-42", "user_id": "user-8"})
    stream(client)
    fail(client)


forecast()
summary()
