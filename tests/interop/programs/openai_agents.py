"""The OpenAI Agents SDK under either of two instrumentations, which `BY` names: `openinference` or `genai`.

The group of a trace is the SDK's own word for a conversation. OpenInference drops it, so that the application says
whose the run is by a context manager of OpenInference.
"""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

import asyncio
import os
from contextlib import nullcontext

from agents import Agent, Runner, function_tool, trace
from telemetry import provide
from weather import MODEL, QUESTION, get_weather

provider = provide()
if os.environ["BY"] == "openinference":
    from openinference.instrumentation import using_attributes
    from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

    OpenAIAgentsInstrumentor().instrument(tracer_provider=provider)
    whose = using_attributes(session_id="sess-42", user_id="user-7", tags=["beta"], metadata={"plan": "pro"})
else:
    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
    from agents.tracing import set_trace_processors
    from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
    from opentelemetry.instrumentation.genai.openai_agents import OpenAIAgentsInstrumentor

    set_trace_processors([])  # the SDK's own would send to OpenAI
    OpenAIAgentsInstrumentor().instrument(tracer_provider=provider)
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    whose = nullcontext()

agent = Agent(name="clerk", instructions="You know the weather.", model=MODEL, tools=[function_tool(get_weather)])


async def main():
    with whose, trace("forecast", group_id="sess-42"):
        await Runner.run(agent, QUESTION)


asyncio.run(main())
provider.shutdown()
