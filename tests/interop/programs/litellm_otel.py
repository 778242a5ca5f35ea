"""LiteLLM's callback `otel`, inside a span of the application that says whose it is, for LiteLLM does not."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

import litellm
from telemetry import provide
from weather import MODEL, QUESTION, TOOLS

provider = provide()
litellm.callbacks = ["otel"]
question = [{"role": "user", "content": QUESTION}]
whose = {"session.id": "sess-42", "user.id": "user-7", "metadata.plan": "pro"}

with provider.get_tracer("app").start_as_current_span("forecast", attributes=whose):
    litellm.completion(model=f"openai/{MODEL}", messages=question, tools=TOOLS, temperature=0.2)
    litellm.completion(model=f"openai/{MODEL}", messages=question)
    try:
        litellm.completion(model=f"openai/{MODEL}", messages=[{"role": "user", "content": "FAIL"}], max_retries=0)
    except litellm.BadRequestError:
        pass
    else:
        raise AssertionError("the call was to fail")

# Alone, with what the OpenAI client calls the user.
litellm.completion(model=f"openai/{MODEL}", messages=question, user="user-8")
