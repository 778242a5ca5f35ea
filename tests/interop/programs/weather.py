"""The application that most of the programs run: a question, a tool for the model to call, an answer."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

from __future__ import annotations

import json

MODEL = "gpt-4o-mini"
QUESTION = "What is the weather in Paris?"
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [
    {
        "type": "function",
        "function": {"name": "get_weather", "description": "Tell the weather of a city.", "parameters": PARAMETERS},
    }
]


def get_weather(city):
    """Tell the weather of a city."""
    return f"{city}: sunny, 21 degrees"


def ask(client, tool=get_weather):
    """Have the question answered: the model calls the tool, then answers from what it told. Two model calls."""
    messages = [{"role": "system", "content": "You know the weather."}, {"role": "user", "content": QUESTION}]
    asked = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS, temperature=0.2)
    said = asked.choices[0].message
    messages.append({"role": "assistant", "tool_calls": [call.model_dump() for call in said.tool_calls]})
    for call in said.tool_calls:
        told = tool(**json.loads(call.function.arguments))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": told})
    answered = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS, temperature=0.2)
    return answered.choices[0].message.content


def stream(client):
    """Have the question answered piece by piece. One model call."""
    pieces = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": QUESTION}],
        stream=True,
        stream_options={"include_usage": True},
    )
    return "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)


def fail(client):
    """Ask what the model refuses. One model call that fails."""
    import openai

    try:
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "FAIL"}])
    except openai.BadRequestError:
        return
    raise AssertionError("the call was to fail")
