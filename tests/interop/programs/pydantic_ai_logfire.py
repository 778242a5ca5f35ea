"""Pydantic AI with Logfire, which sends nothing to its own service here."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

import logfire
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel
from weather import MODEL, QUESTION, get_weather

logfire.configure(send_to_logfire=False, console=False, service_name="interop")
logfire.instrument_pydantic_ai()

agent = Agent(
    OpenAIChatModel(MODEL),
    name="clerk",
    system_prompt="You know the weather.",
    model_settings={"temperature": 0.2},
    metadata={"plan": "pro", "user_id": "user-7"},
)
agent.tool_plain(get_weather)

asked = agent.run_sync(QUESTION, conversation_id="sess-42")
with logfire.span("again", _tags=["beta"], session_id="scrubbed for its name"):
    agent.run_sync("And tomorrow?", conversation_id="sess-42", message_history=asked.all_messages())
try:
    agent.run_sync("FAIL", conversation_id="sess-42")
except ModelHTTPError:
    logfire.force_flush()
