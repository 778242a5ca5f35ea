"""The body of a message, `{role, content | parts | …, tool_calls, …}`, whichever of its keys a sender uses."""

from __future__ import annotations

import json

from .parts import Item, first, first_text, outcome, parsed, parts, tool_call, words
from .shape import MAX_ITEMS, Message, Part, ToolCall, ToolResult, finish

CONTENTS = ("parts", "contents", "content", "_content", "blocks")
CALLS = ("tool_calls", "toolCalls", "function_calls", "invalid_tool_calls")
THOUGHTS = ("reasoning_content", "reasoning", "thinking")
BODY = frozenset({*CONTENTS, *CALLS, "function_call", "function_call_name", "refusal"})
"""Keys of which a message has at least one, unless it stands where only messages stand."""

FINISH = ("finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason")
ANSWERED = ("tool_call_id", "toolCallId", "tool_use_id", "call_id", "id")
"""Where a tool's message names the call that it answers."""


def built(body: Item, speaker: str, outer: Item | None = None) -> Message:
    """Return the message of a body: its thoughts, content and calls, each once however often it says them."""
    said: list[Part] = []
    thought = next((text for key in THOUGHTS if (text := words(body.get(key)))), None)
    if thought is not None:
        said.append({"type": "reasoning", "text": thought})
    for key in (*CONTENTS, "refusal"):
        add(said, parts(body.get(key)))
    add(said, _calls(body))
    name = first_text(body, ("name", "_name"))
    if speaker == "tool":
        return {"role": "tool", "parts": _results(body, said, name)}
    found: Message = {"role": speaker_of(said, speaker), "parts": said}
    if name is not None:
        found["name"] = name
    stopped = (stopped_by(outer) if outer else None) or stopped_by(body)
    if stopped is not None:
        found["finish_reason"] = stopped
    return found


def add(said: list[Part], more: list[Part]) -> None:
    """Add what was not said before under another key: Anthropic's tool use comes twice from OpenInference."""
    texts = [one["text"] for one in said if one["type"] == "text"]
    before = {*texts, "".join(texts)}
    for one in said:
        if one["type"] == "tool_call":
            before |= {_identity(one)}
    for one in more:
        told = one["text"] if one["type"] == "text" else _identity(one) if one["type"] == "tool_call" else None
        if told not in before:
            said.append(one)


def _identity(call: ToolCall) -> str:
    """Return what two sayings of one call have in common: its id, else all it says."""
    return call["id"] or json.dumps([call["name"], call["arguments"]], sort_keys=True)


def _calls(body: Item) -> list[Part]:
    calls: list[Part] = []
    for key in CALLS:
        listed = parsed(body.get(key))
        if isinstance(listed, list):
            items = [item for item in listed[:MAX_ITEMS] if isinstance(item, dict)]
            add(calls, [tool_call(item) or {"type": "other", "value": item} for item in items])
    named = body.get("function_call")
    if isinstance(named, dict) and (call := tool_call(named)):
        add(calls, [call])
    named = {"name": body.get("function_call_name"), "arguments": body.get("function_call_arguments_json")}  # C
    if (call := tool_call(named)) is not None:
        add(calls, [call])
    return calls


def _results(body: Item, said: list[Part], name: str | None) -> list[Part]:
    """Return what a tool's message says as the result of the call that it names."""
    if any(one["type"] == "tool_result" for one in said):
        return said
    texts = [one["text"] for one in said if one["type"] == "text"]
    content = first(body, CONTENTS)
    found: ToolResult = {
        "type": "tool_result",
        "id": first_text(body, ANSWERED),
        "result": "\n".join(texts) if len(texts) == len(said) else outcome(content),
    }
    if name is not None:
        found["name"] = name
    return [found]


def stopped_by(item: Item) -> str | None:
    """Return why the model stopped, as an item or its metadata says."""
    info = item.get("generation_info") or item.get("meta") or item.get("_meta")
    told = first_text(item, FINISH) or (first_text(info, FINISH) if isinstance(info, dict) else None)
    return finish(told)


def speaker_of(said: list[Part], word: str) -> str:
    """Return `tool` for the user's message that holds nothing but results (A, F, G, H), else the role as it is."""
    return "tool" if said and word == "user" and all(one["type"] == "tool_result" for one in said) else word
