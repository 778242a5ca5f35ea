"""OpenTelemetry's own instrumentation of OpenAI (v2), whose messages are log records.

The application says whose the spans are: by attributes of its own span, or by baggage that a processor copies.
"""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

import openai
from opentelemetry import baggage, context
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
from opentelemetry.processor.baggage import ALLOW_ALL_BAGGAGE_KEYS, BaggageSpanProcessor
from telemetry import provide, provide_logs
from weather import ask, fail, stream

provider, logs = provide(BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS)), provide_logs()
OpenAIInstrumentor().instrument(tracer_provider=provider, logger_provider=logs)
tracer = provider.get_tracer("app")
client = openai.OpenAI()

with tracer.start_as_current_span("forecast", attributes={"session.id": "sess-42", "user.id": "user-7"}):
    ask(client)
whose = baggage.set_baggage("user.id", "user-8", baggage.set_baggage("session.id", "sess-42"))
token = context.attach(whose)
with tracer.start_as_current_span("summary"):
    stream(client)
    fail(client)
context.detach(token)
provider.shutdown()
logs.shutdown()
