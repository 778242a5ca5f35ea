"""OpenInference for the OpenAI client: whose the spans are is said by a context manager."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

import openai
from openinference.instrumentation import OITracer, TraceConfig, using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor
from telemetry import provide
from weather import ask, fail, get_weather, stream

provider = provide()
OpenAIInstrumentor().instrument(tracer_provider=provider)
tracer = OITracer(provider.get_tracer("app"), TraceConfig())
client = openai.OpenAI()

with (
    using_attributes(session_id="sess-42", user_id="user-7", tags=["beta", "weather"], metadata={"plan": "pro"}),
    tracer.start_as_current_span("forecast", openinference_span_kind="agent") as span,
):
    span.set_output(ask(client, tracer.tool(get_weather)))
with (
    using_attributes(session_id="sess-42", user_id="user-8"),
    tracer.start_as_current_span("summary", openinference_span_kind="chain"),
):
    stream(client)
    fail(client)
    client.embeddings.create(model="text-embedding-3-small", input="Paris")
provider.shutdown()
