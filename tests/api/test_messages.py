"""GET /api/observations/{id}/messages."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pydantic import TypeAdapter

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto import decode
from sidetrace.query.conversation import Messages

from .conftest import Api, span, span_id, trace_id

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"

ASKED = '[{"role": "user", "parts": [{"type": "text", "content": "What is the weather in Paris?"}]}]'
CALLED = (
    '[{"role": "assistant", "finish_reason": "tool_call", "parts":'
    ' [{"type": "tool_call", "id": "c1", "name": "get_weather", "arguments": "{\\"city\\": \\"Paris\\"}"}]}]'
)


async def test_the_messages_of_an_observation(api: Api) -> None:
    sent = {
        "gen_ai.operation.name": "chat",
        "gen_ai.response.model": "gpt-4o-mini",
        "gen_ai.input.messages": ASKED,
        "gen_ai.output.messages": CALLED,
        "gen_ai.system_instructions": "Be brief.",
        "gen_ai.tool.definitions": '[{"type": "function", "name": "get_weather", "parameters": {"type": "object"}}]',
    }
    await api.write(span(1, 1, {**sent}, name="chat", lasts=1.5))
    answer = await api.get(f"/api/observations/{span_id(1)}/messages")
    TypeAdapter(Messages).validate_python(answer, strict=True)
    assert answer == {
        "id": span_id(1),
        "traceId": trace_id(1),
        "type": "GENERATION",
        "name": "chat",
        "model": "gpt-4o-mini",
        "startTime": "2026-09-21T14:13:20.000Z",
        "latencyMs": 1500.0,
        "cost": None,
        "input": [
            {"role": "system", "parts": [{"type": "text", "text": "Be brief."}]},
            {"role": "user", "parts": [{"type": "text", "text": "What is the weather in Paris?"}]},
        ],
        "output": [
            {
                "role": "assistant",
                "parts": [{"type": "tool_call", "id": "c1", "name": "get_weather", "arguments": {"city": "Paris"}}],
                "finish_reason": "tool_call",
            }
        ],
        "tools": [{"name": "get_weather", "parameters": {"type": "object"}}],
    }
    # and what was sent is still there as it came
    whole = await api.get(f"/api/public/observations/{span_id(1)}")
    assert whole["input"][0]["parts"][0]["content"] == "What is the weather in Paris?"


async def test_flattened_messages_come_from_the_attributes(api: Api) -> None:
    sent = {"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hi", "gen_ai.prompt.name": "greeting"}
    await api.write(span(1, 1, {**sent}))
    answer = await api.get(f"/api/observations/{span_id(1)}/messages")
    assert answer["input"] == [{"role": "user", "parts": [{"type": "text", "text": "hi"}]}]


async def test_what_is_no_conversation_is_null(api: Api) -> None:
    await api.write(span(1, 1, {"input": '{"args": ["Paris"]}'}))
    answer = await api.get(f"/api/observations/{span_id(1)}/messages")
    assert (answer["input"], answer["output"], answer["tools"]) == (None, None, [])


async def test_an_unknown_observation_is_404_json(api: Api) -> None:
    answer = await api.get("/api/observations/x/messages", status=404)
    assert answer["message"] == "no observation has the id 'x'"


async def test_every_captured_observation_is_answered_in_the_shape_described(api: Api) -> None:
    mapper = Mapper()
    bodies = sorted(CAPTURES.glob("*/*/*.traces.pb"))
    spans = [span for body in bodies for span in decode(body.read_bytes(), json=False).spans]
    assert spans
    await asyncio.wrap_future(api.store.write("default", [mapper.map(span) for span in spans], []))
    spoken = 0
    for sent in spans:
        answer = await api.get(f"/api/observations/{sent.span_id}/messages")
        TypeAdapter(Messages).validate_python(answer, strict=True)
        spoken += answer["input"] is not None
    assert spoken > 80
