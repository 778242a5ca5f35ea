"""The whole conversation of an observation: its input, its output and what its other attributes add to them."""

from __future__ import annotations

from collections.abc import Mapping

from ...proto.span import Value
from ..flat import gather
from ..observation import Json
from ..values import structure
from .body import add, built
from .offers import offered, tools
from .reading import answers, bounded, messages, prompts
from .shape import Conversation, Message, Side, finish, plain

SYSTEM = ("gen_ai.system_instructions", "lk.pii.instructions", "lk.instructions")
"""Attributes that hold a system prompt beside the input (attributes.md, section 3)."""

FLAT: dict[Side, tuple[str, ...]] = {
    "input": ("llm.input_messages.", "gen_ai.prompt.", "llm.prompts."),
    "output": ("llm.output_messages.", "gen_ai.completion.", "llm.choices."),
}
"""Prefixes of flattened messages, read where the input or output itself holds none (sections 4.2, 4.3, 4.8)."""

TEXTS = ("ai.response.text", "ai.response.object", "lk.pii.response.text", "lk.response.text", "final_result")
"""Attributes that hold what a model said, as text even where that is JSON."""

BESIDE: dict[str, tuple[str, ...]] = {
    "reasoning": ("ai.response.reasoning",),
    "tool_calls": ("ai.response.toolCalls", "lk.pii.response.function_calls", "lk.response.function_calls"),
}
"""Attributes that hold the rest of the output beside its text, by the key that a message has for it."""

FINISH = (
    "gen_ai.response.finish_reasons", "gen_ai.response.finish_reason", "llm.finish_reason", "ai.response.finishReason",
    "anthropic.message.stop_reason",
)  # fmt: skip


def conversation(input: Json, output: Json, attributes: Mapping[str, Value]) -> Conversation:
    """Return what went into a model and what came out, in one form.

    `input` and `output` are an observation's, as text or structure; `attributes` are its span's and add the system
    prompt, the parts that senders keep beside the text, the reason why the model stopped and the tools on offer. An
    input that ends with the output, because its sender keeps one list of both, is shown without it.
    """
    asked, said = _side(input, "input", attributes), _output(output, attributes)
    if asked and said and asked is not said:
        asked = _without_answer(asked, said)
    before = system(attributes)
    if before and not _says(asked or [], before):
        asked = [*before, *(asked or [])]
    opened = structure(input) if isinstance(input, str) else input
    return {
        "input": None if asked is None else bounded(asked),
        "output": said,
        "tools": tools(attributes) or (offered(opened) if isinstance(opened, dict) else []),
    }


def system(attributes: Mapping[str, Value]) -> list[Message]:
    """Return the system prompt that attributes hold, as messages to stand before the input's."""
    for key in SYSTEM:
        found = prompts(structure(attributes.get(key)))
        if found:
            return found
    return []


def _says(asked: list[Message], before: list[Message]) -> bool:
    """Return whether the input holds the system prompt already, as OpenLIT's does."""
    told = [message["parts"] for message in asked if message["role"] == "system"]
    return all(message["parts"] in told for message in before)


def _side(value: Json, side: Side, attributes: Mapping[str, Value]) -> list[Message] | None:
    found = messages(value, side)
    if found and any(message["parts"] for message in found):
        return found
    for prefix in FLAT[side]:
        flat = messages(gather(attributes, prefix), side)
        if flat:
            return flat
    return found


def _output(value: Json, attributes: Mapping[str, Value]) -> list[Message] | None:
    text = isinstance(value, str) and any(attributes.get(key) == value for key in TEXTS)
    said = plain(value, "output") if text else _side(value, "output", attributes)
    beside = {key: found for key, keys in BESIDE.items() if (found := _first(attributes, keys)) is not None}
    if beside:
        said = _joined(said, built({**beside}, "assistant"))
    if said and said[-1]["role"] == "assistant" and "finish_reason" not in said[-1]:
        stopped = _finish(attributes)
        if stopped is not None:
            said[-1]["finish_reason"] = stopped
    return said


def _joined(said: list[Message] | None, rest: Message) -> list[Message]:
    """Return the output with what was sent beside it: thoughts before the text, calls behind it."""
    if not said:
        return [rest]
    last = said[-1]
    thoughts = [part for part in rest["parts"] if part["type"] == "reasoning" and part not in last["parts"]]
    last["parts"] = [*thoughts, *last["parts"]]
    add(last["parts"], [part for part in rest["parts"] if part["type"] != "reasoning"])
    return said


def _first(attributes: Mapping[str, Value], keys: tuple[str, ...]) -> Json:
    return next((found for key in keys if (found := structure(attributes.get(key))) is not None), None)


def _finish(attributes: Mapping[str, Value]) -> str | None:
    for key in FINISH:
        value = structure(attributes.get(key))
        told = finish(value[0] if isinstance(value, list) and value else value)
        if told is not None:
            return told
    return None


def _without_answer(asked: list[Message], said: list[Message]) -> list[Message]:
    """Return an input without the answer at its end, where that says what the output says."""
    end = answers(asked)
    last = [part for message in asked[end:] for part in message["parts"]]
    return asked[:end] if last and end and last == [part for message in said for part in message["parts"]] else asked
