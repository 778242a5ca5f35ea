"""The one form of a message, whoever sent it: a role and parts; and the words that other forms have for the same."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias

from typing_extensions import TypedDict


class Text(TypedDict):
    """Something said."""

    type: Literal["text"]
    text: str


class Reasoning(TypedDict):
    """What a model thought before it spoke, as far as it shows that."""

    type: Literal["reasoning"]
    text: str


class ToolCall(TypedDict):
    """A model's call of a tool; `arguments` parsed where they came as JSON text, null where none came."""

    type: Literal["tool_call"]
    id: str | None
    name: str
    arguments: object


class ToolResult(TypedDict):
    """What a tool gave back, to the call with that id."""

    type: Literal["tool_result"]
    id: str | None
    name: NotRequired[str]
    result: object


class Media(TypedDict):
    """An image, audio, video or document: one of `uri`, `data` (base64, as it came) and `file_id`."""

    type: Literal["media"]
    modality: str
    mime_type: NotRequired[str]
    uri: NotRequired[str]
    data: NotRequired[str]
    file_id: NotRequired[str]


class Other(TypedDict):
    """What no reader knows, as it came."""

    type: Literal["other"]
    value: object


Part: TypeAlias = Text | Reasoning | ToolCall | ToolResult | Media | Other


class Message(TypedDict):
    """One message. `role` is system, user, assistant or tool, or another word as it came."""

    role: str
    parts: list[Part]
    name: NotRequired[str]
    finish_reason: NotRequired[str]


class Tool(TypedDict):
    """A tool that was offered to a model; `parameters` is usually a JSON Schema."""

    name: str
    description: NotRequired[str]
    parameters: NotRequired[object]


class Conversation(TypedDict):
    """What went into a model and what came out; null where that is no conversation."""

    input: list[Message] | None
    output: list[Message] | None
    tools: list[Tool]


Side: TypeAlias = Literal["input", "output"]

SPEAKER: dict[Side, str] = {"input": "user", "output": "assistant"}
"""Who speaks where nothing says it."""

MAX_ITEMS = 10_000
"""Messages and parts of one side, together; what comes behind them is left out."""

MAX_DEPTH = 12
"""Wrappers inside wrappers that are opened."""

_ROLES = {
    "user": ("user", "human", "humanmessage", "humanmessagechunk"),
    "assistant": ("assistant", "ai", "model", "bot", "aimessage", "aimessagechunk", "tool-call"),
    "tool": ("tool", "function", "tool-response", "tool_response", "toolmessage", "toolmessagechunk", "functionmessage",
             "functionmessagechunk"),
    "system": ("system", "developer", "systemmessage", "systemmessagechunk"),
}  # fmt: skip
ROLES = {word: role for role, words in _ROLES.items() for word in words}
"""Every word for a role, in small letters, with the role it folds to (attributes.md, section 7)."""

_FINISHES = {
    "stop": ("stop", "end_turn", "endturn", "complete", "completed", "stop_sequence"),
    "tool_call": ("tool_call", "tool_calls", "tool-calls", "tool_use", "function_call"),
    "length": ("length", "max_tokens", "max_output_tokens"),
    "content_filter": ("content_filter", "content-filter", "safety", "content_filtered", "guardrail_intervened"),
}
FINISHES = {word: finish for finish, words in _FINISHES.items() for word in words}
"""Every word for why a model stopped, in small letters, with the one it folds to (attributes.md, section 3)."""


def role(word: object) -> str | None:
    """Return the role that a word stands for, the word itself where it is none of the four, None for no text."""
    if not isinstance(word, str) or not word.strip():
        return None
    return ROLES.get(word.rpartition(".")[2].lower(), word)


def known_role(word: object) -> str | None:
    """Return the role that a word stands for, None where it is none of the four."""
    return ROLES.get(word.lower()) if isinstance(word, str) else None


def finish(word: object) -> str | None:
    """Return why a model stopped, in one word for all dialects; another word as it came."""
    if not isinstance(word, str) or not word.strip():
        return None
    return FINISHES.get(word.rpartition(".")[2].lower(), word)


def plain(value: object, side: Side) -> list[Message] | None:
    """Return a plain text as the one message of whoever speaks on that side; None for nothing said."""
    if not isinstance(value, str) or not value.strip() or value == "null":
        return None
    return [{"role": SPEAKER[side], "parts": [{"type": "text", "text": value}]}]
