"""LiteLLM's callback `langfuse_otel`: whose the call is stands in its metadata."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

import litellm
from weather import MODEL, QUESTION, TOOLS

litellm.callbacks = ["langfuse_otel"]
model = f"openai/{MODEL}"


def complete(question, **more):
    # LiteLLM writes into the metadata that it gets: each call needs its own.
    metadata = {
        "generation_name": "forecast",
        "session_id": "sess-42",
        "trace_user_id": "user-7",
        "tags": ["beta", "weather"],
        "trace_metadata": {"plan": "pro"},
    }
    litellm.completion(model=model, messages=[{"role": "user", "content": question}], metadata=metadata, **more)


complete(QUESTION, tools=TOOLS, temperature=0.2)
complete(QUESTION)
try:
    complete("FAIL", max_retries=0)
except litellm.BadRequestError:
    pass
else:
    raise AssertionError("the call was to fail")
