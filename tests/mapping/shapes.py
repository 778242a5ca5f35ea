"""A small example of every shape in which messages come, with the one form that it must be read into.

The letters are those of attributes.md, section 7.
"""

from __future__ import annotations

from typing import Any

SYSTEM: dict[str, Any] = {"role": "system", "parts": [{"type": "text", "text": "be brief"}]}
USER = {"role": "user", "parts": [{"type": "text", "text": "hi"}]}
CALL = {"type": "tool_call", "id": "c1", "name": "w", "arguments": {"city": "Paris"}}
CALLING = {"role": "assistant", "parts": [CALL]}
ANSWER = {"role": "assistant", "parts": [{"type": "text", "text": "yo"}]}
STOPPED = {**ANSWER, "finish_reason": "stop"}
CALLED = {**CALLING, "finish_reason": "tool_call"}


def result(value: object = "18C", name: str | None = None, call: str | None = "c1") -> dict[str, Any]:
    part = {"type": "tool_result", "id": call, "result": value}
    return {"role": "tool", "parts": [part if name is None else {**part, "name": name}]}


ARGS = '{"city": "Paris"}'
OPENAI_CALL = {"id": "c1", "type": "function", "function": {"name": "w", "arguments": ARGS}}
LC = {"lc": 1, "type": "constructor"}
SHAPES: dict[str, tuple[Any, list[dict[str, Any]]]] = {
    "A parts": (
        [
            {"role": "system", "parts": [{"type": "text", "content": "be brief"}]},
            {"role": "user", "parts": [{"type": "text", "content": "hi"}], "name": None},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "w", "arguments": ARGS}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "18C"}]},
            {"role": "assistant", "parts": [{"type": "text", "content": "yo"}], "finish_reason": "end_turn"},
        ],
        [SYSTEM, USER, CALLING, result(), STOPPED],
    ),
    "A result of a user": (
        [{"role": "user", "parts": [{"type": "tool_call_response", "id": "c1", "name": "w", "result": "18C"}]}],
        [result(name="w")],
    ),
    "B request": (
        {
            "model": "m", "temperature": 0.2,
            "messages": [
                {"role": "developer", "content": "be brief"},
                {"role": "user", "content": [{"type": "text", "text": "hi"}]},
                {"role": "assistant", "content": None, "tool_calls": [OPENAI_CALL]},
                {"role": "tool", "tool_call_id": "c1", "content": "18C"},
            ],
        },
        [SYSTEM, USER, CALLING, result()],
    ),
    "B response": (
        {"id": "x", "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "yo"}}]},
        [STOPPED],
    ),
    "B choices": (
        [{"finish_reason": "tool_calls", "index": 0, "message": {"content": None, "role": "assistant",
          "function_call": None, "tool_calls": [OPENAI_CALL]}}],
        [CALLED],
    ),
    "B function_call": (
        [{"role": "assistant", "content": "", "function_call": {"name": "w", "arguments": ARGS}}],
        [{"role": "assistant", "parts": [{**CALL, "id": None}]}],
    ),
    "B completions": ({"choices": [{"text": "yo", "index": 0, "finish_reason": "stop"}]}, [STOPPED]),
    "B Responses input": (
        [
            {"content": "hi", "role": "user"},
            {"type": "function_call", "call_id": "c1", "id": "fc1", "name": "w", "arguments": ARGS},
            {"type": "function_call_output", "call_id": "c1", "output": "18C"},
        ],
        [USER, CALLING, result()],
    ),
    "B Responses request": ({"model": "m", "input": "hi", "instructions": "be brief"}, [SYSTEM, USER]),
    "B Responses output": (
        {
            "object": "response",
            "output": [
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "yo"}]},
            ],
        },
        [{"role": "assistant", "parts": [{"type": "reasoning", "text": "hm"}]}, ANSWER],
    ),
    "C messages": (
        [
            {"message": {"role": "user", "contents": [{"message_content": {"type": "text", "text": "hi"}}]}},
            {"message": {"role": "assistant", "tool_calls": [
                {"tool_call": {"id": "c1", "function": {"name": "w", "arguments": ARGS}}}]}},
            {"message": {"role": "tool", "content": "18C", "tool_call_id": "c1", "name": "w"}},
            {"message": {"role": "assistant", "content": "yo"}},
        ],
        [USER, CALLING, result(name="w"), ANSWER],
    ),
    "C Anthropic's tool use comes twice": (
        [{"message": {
            "role": "assistant",
            "contents": [{"message_content": {"type": "tool_use"},
                          "tool_call": {"id": "c1", "function": {"name": "w", "arguments": ARGS}}}],
            "tool_calls": [{"tool_call": {"id": "c1", "function": {"name": "w", "arguments": ARGS}}}],
        }}],
        [CALLING],
    ),
    "C text comes twice": (
        [{"message": {"role": "assistant", "content": "yo",
                      "contents": [{"message_content": {"type": "text", "text": "yo"}}]}}],
        [ANSWER],
    ),
    "C function_call_name": (
        [{"message": {"role": "assistant", "function_call_name": "w", "function_call_arguments_json": ARGS}}],
        [{"role": "assistant", "parts": [{**CALL, "id": None}]}],
    ),
    "C image": (
        [{"message": {"role": "user", "contents": [
            {"message_content": {"type": "image", "image": {"image": {"url": "https://x/a.png"}}}}]}}],
        [{"role": "user", "parts": [{"type": "media", "modality": "image", "uri": "https://x/a.png"}]}],
    ),
    "C prompts": ([{"prompt": {"text": "hi"}}], [USER]),
    "C completions": ([{"completion": {"text": "yo"}}], [ANSWER]),
    "D": (
        [
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": '[{"type": "text", "text": "hi"}]'},
            {"role": "assistant", "finish_reason": "tool_calls",
             "tool_calls": [{"id": "c1", "name": "w", "arguments": ARGS}]},
            {"role": "tool", "content": "18C", "tool_call_id": "c1"},
        ],
        [SYSTEM, USER, CALLED, result()],
    ),
    "E messages": (
        [
            {"role": "user", "content": [{"type": "text", "text": "hi"}]},
            {"role": "assistant", "content": [
                {"type": "reasoning", "text": "hm"},
                {"type": "tool-call", "toolCallId": "c1", "toolName": "w", "input": {"city": "Paris"}}]},
            {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c1", "toolName": "w",
                                          "output": {"type": "json", "value": {"t": 18}}}]},
        ],
        [USER, {"role": "assistant", "parts": [{"type": "reasoning", "text": "hm"}, CALL]}, result({"t": 18}, "w")],
    ),
    "E older": (
        [{"role": "assistant", "content": [
            {"type": "tool-call", "toolCallId": "c1", "toolName": "w", "args": {"city": "Paris"}}]},
         {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c1", "toolName": "w", "result": "18C"}]}],
        [CALLING, result(name="w")],
    ),
    "E prompt": ({"system": "be brief", "prompt": "hi"}, [SYSTEM, USER]),
    "E prompt of messages": ({"system": "be brief", "messages": [{"role": "user", "content": "hi"}]}, [SYSTEM, USER]),
    "F request": (
        {"model": "m", "system": [{"type": "text", "text": "be brief"}], "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "c1", "name": "w", "input": {"city": "Paris"}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "18C"}]}]}]},
        [SYSTEM, USER, CALLING, result()],
    ),
    "F response": (
        {"id": "m", "type": "message", "role": "assistant", "stop_reason": "end_turn", "content": [
            {"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": "yo"}]},
        [{**STOPPED, "parts": [{"type": "reasoning", "text": "hm"}, *ANSWER["parts"]]}],
    ),
    "F image": (
        [{"role": "user", "content": [
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]}],
        [{"role": "user", "parts": [
            {"type": "media", "modality": "image", "mime_type": "image/png", "data": "AAAA"}]}],
    ),
    "G": (
        {"system": [{"text": "be brief"}], "messages": [
            {"role": "user", "content": [{"text": "hi"}]},
            {"role": "assistant", "content": [
                {"toolUse": {"toolUseId": "c1", "name": "w", "input": {"city": "Paris"}}}]},
            {"role": "user", "content": [
                {"toolResult": {"toolUseId": "c1", "status": "success", "content": [{"text": "18C"}]}}]}]},
        [SYSTEM, USER, CALLING, result()],
    ),
    "G response": (
        {"output": {"message": {"role": "assistant", "content": [
            {"reasoningContent": {"reasoningText": {"text": "hm"}}}, {"text": "yo"}]}}, "stopReason": "end_turn"},
        [{**STOPPED, "parts": [{"type": "reasoning", "text": "hm"}, *ANSWER["parts"]]}],
    ),
    "G json result": (
        [{"role": "user", "content": [{"toolResult": {"toolUseId": "c1", "content": [{"json": {"t": 18}}]}}]}],
        [result({"t": 18})],
    ),
    "G image": (
        [{"role": "user", "content": [{"image": {"format": "png", "source": {"bytes": "AAAA"}}}]}],
        [{"role": "user", "parts": [
            {"type": "media", "modality": "image", "mime_type": "image/png", "data": "AAAA"}]}],
    ),
    "H request": (
        {"model": "m", "config": {"system_instruction": "be brief"}, "contents": [
            {"role": "user", "parts": [{"text": "hi"}]},
            {"role": "model", "parts": [{"function_call": {"id": "c1", "name": "w", "args": {"city": "Paris"}}}]},
            {"role": "user", "parts": [{"function_response": {"id": "c1", "name": "w", "response": {"t": 18}}}]}]},
        [SYSTEM, USER, CALLING, result({"t": 18}, "w")],
    ),
    "H REST": (
        {"systemInstruction": {"parts": [{"text": "be brief"}]}, "contents": [
            {"role": "model", "parts": [{"text": "hm", "thought": True},
                                        {"functionCall": {"name": "w", "args": {"city": "Paris"}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "w", "response": {"t": 18}}}]},
            {"role": "user", "parts": [{"inlineData": {"mimeType": "audio/wav", "data": "AAAA"}}]}]},
        [
            SYSTEM,
            {"role": "assistant", "parts": [{"type": "reasoning", "text": "hm"}, {**CALL, "id": None}]},
            result({"t": 18}, "w", call=None),
            {"role": "user", "parts": [
                {"type": "media", "modality": "audio", "mime_type": "audio/wav", "data": "AAAA"}]},
        ],
    ),
    "H response": (
        {"candidates": [{"content": {"role": "model", "parts": [{"text": "yo"}]}, "finishReason": "STOP"}]},
        [STOPPED],
    ),
    "H ADK response": (
        {"content": {"role": "model", "parts": [{"text": "yo"}]}, "finish_reason": "STOP", "partial": False},
        [STOPPED],
    ),
    "I constructors": (
        {"messages": [[
            {**LC, "id": ["langchain", "schema", "messages", "SystemMessage"], "kwargs": {"content": "be brief"}},
            {**LC, "id": ["langchain", "schema", "messages", "HumanMessage"], "kwargs": {"content": "hi"}},
            {**LC, "id": ["langchain", "schema", "messages", "AIMessage"], "kwargs": {
                "content": "", "additional_kwargs": {"refusal": None, "tool_calls": [OPENAI_CALL]},
                "tool_calls": [{"name": "w", "args": {"city": "Paris"}, "id": "c1", "type": "tool_call"}],
                "response_metadata": {"finish_reason": "tool_calls"}}},
            {**LC, "id": ["langchain", "schema", "messages", "ToolMessage"],
             "kwargs": {"content": "18C", "tool_call_id": "c1", "name": "w", "id": "another"}},
        ]]},
        [SYSTEM, USER, CALLED, result(name="w")],
    ),
    "I generations": (
        {"generations": [[{"text": "yo", "generation_info": {"finish_reason": "stop"}, "message": {
            **LC, "id": ["langchain", "schema", "messages", "AIMessage"], "kwargs": {"content": "yo"}}}]],
         "llm_output": None},
        [STOPPED],
    ),
    "I data": (
        {"messages": [{"type": "human", "data": {"content": "hi"}},
                      {"type": "tool", "data": {"content": "18C", "tool_call_id": "c1", "name": "w"}}]},
        [USER, result(name="w")],
    ),
    "I flat": (
        {"messages": [{"type": "system", "content": "be brief"}, {"type": "human", "content": "hi"}]},
        [SYSTEM, USER],
    ),
    "I command": ([{"graph": None, "update": {"messages": [{"type": "ai", "data": {"content": "yo"}}]}}], [ANSWER]),
    "I wrapped by OpenLLMetry": (
        {"inputs": {"messages": [{"role": "user", "content": "hi"}]}, "tags": ["beta"], "kwargs": {"name": "x"}},
        [USER],
    ),
    "I pair": ({"messages": [["human", "hi"]]}, [USER]),
    "J bodies": (
        [{"event.name": "gen_ai.system.message", "content": "be brief"},
         {"event.name": "gen_ai.user.message", "content": "hi"},
         {"event.name": "gen_ai.tool.message", "content": "18C", "id": "c1"}],
        [SYSTEM, USER, result()],
    ),
    "J Strands": (
        [{"name": "gen_ai.user.message", "attributes": {"content": '[{"text": "hi"}]'}},
         {"name": "gen_ai.tool.message", "attributes": {
             "content": '[{"toolResult": {"toolUseId": "c1", "content": [{"text": "18C"}]}}]'}}],
        [USER, result()],
    ),
    "J Semantic Kernel": (
        [{"event.name": "gen_ai.user.message", "body": '{"role": "user", "content": "hi"}'}],
        [USER],
    ),
    "K request": (
        {"messages": [
            {"role": "system", "content": [{"text": "be brief"}]},
            {"role": "model", "content": [{"toolRequest": {"name": "w", "ref": "c1", "input": {"city": "Paris"}}}]},
            {"role": "tool", "content": [{"toolResponse": {"name": "w", "ref": "c1", "output": "18C"}}]},
            {"role": "user", "content": [{"media": {"url": "data:image/png;base64,AAAA"}}]}],
         "config": {}, "tools": []},
        [SYSTEM, CALLING, result(name="w"),
         {"role": "user", "parts": [
             {"type": "media", "modality": "image", "mime_type": "image/png", "data": "AAAA"}]}],
    ),
    "K response": (
        {"finishReason": "stop", "message": {"role": "model", "content": [{"text": "yo"}]}, "usage": {}},
        [STOPPED],
    ),
    "L": (
        {"messages": [
            {"role": "user", "meta": {}, "name": None, "content": [{"text": "hi"}]},
            {"role": "assistant", "meta": {"finish_reason": "tool_calls"}, "content": [
                {"tool_call": {"tool_name": "w", "arguments": {"city": "Paris"}, "id": "c1"}}]},
            {"role": "tool", "content": [{"tool_call_result": {
                "result": "18C", "origin": {"tool_name": "w", "arguments": {}, "id": "c1"}, "error": False}}]}]},
        [USER, CALLED, result(name="w")],
    ),
    "L older": ({"replies": [{"_role": "assistant", "_content": [{"text": "yo"}], "_meta": {}}]}, [ANSWER]),
    "LlamaIndex": (
        {"message": {"role": "assistant", "blocks": [
            {"tool_call_id": "c1", "tool_name": "w", "tool_kwargs": {"city": "Paris"}}]}, "raw": {}},
        [CALLING],
    ),
    "LiveKit": (
        {"items": [{"type": "message", "role": "user", "content": ["hi"]},
                   {"type": "function_call", "call_id": "c1", "name": "w", "arguments": ARGS},
                   {"type": "function_call_output", "call_id": "c1", "name": "w", "output": "18C", "is_error": False}]},
        [USER, CALLING, result(name="w")],
    ),
    "LiteLLM": ({"tool_calls": [OPENAI_CALL]}, [CALLING]),
    "Langfuse's call": (
        [{"id": "x", "name": "w", "call_id": "c1", "type": "function_call", "arguments": {"city": "Paris"}}],
        [CALLING],
    ),
    "smolagents": (
        [{"role": "tool-call", "content": "w()"},
         {"role": "tool-response", "content": [{"type": "text", "text": "18C"}]}],
        [{"role": "assistant", "parts": [{"type": "text", "text": "w()"}]}, result(call=None)],
    ),
    "enum": ([{"role": "MessageRole.USER", "content": "hi"}], [USER]),
}  # fmt: skip
