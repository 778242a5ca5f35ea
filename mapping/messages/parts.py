"""Parts of a message: every form in which a text, a tool call, a tool result or a medium comes, read into one.

Two tables say which reader takes an item: `TYPED` by its `type`, `KEYED` by a key that only that form has. The letters
are those of attributes.md, section 7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from ..observation import Json
from ..values import parse
from .shape import MAX_ITEMS, Media, Part, ToolCall, ToolResult

Item: TypeAlias = Mapping[str, Json]
Reader: TypeAlias = Callable[[Item], "Part | None"]

CALL_INSIDE = (
    "function", "tool_call", "toolCall", "toolUse", "functionCall", "function_call", "toolRequest", "server_tool_call",
)  # fmt: skip
RESULT_INSIDE = (
    "toolResult", "functionResponse", "function_response", "toolResponse", "tool_call_result",
    "server_tool_call_response", "origin",
)  # fmt: skip
CALL_IDS = ("call_id", "toolCallId", "tool_call_id", "toolUseId", "tool_use_id", "ref", "id")
TOOL_NAMES = ("name", "toolName", "tool_name")
ARGUMENTS = ("arguments", "args", "input", "tool_kwargs")
RESULTS = ("response", "result", "output", "content")
WORDS = ("text", "content", "thinking", "reasoning", "reasoning_text", "reasoningText", "summary", "refusal", "value")

MEDIA_INSIDE = (
    "image_url", "audio_url", "video_url", "input_audio", "inlineData", "inline_data", "fileData", "file_data", "media",
    "image", "audio", "video", "document", "file", "source", "s3Location",
)  # fmt: skip
MIME_TYPES = ("mime_type", "mimeType", "mediaType", "media_type", "contentType")
URIS = ("uri", "url", "fileUri", "file_uri")
PLACES = (*URIS, "data", "bytes", "content", "base64", "base64_image", *MEDIA_INSIDE)
"""Where a medium's uri or bytes stand, most explicit first."""
MODALITIES = ("image", "audio", "video", "document")

BESIDE = frozenset({
    "metadata", "thought", "thoughtSignature", "thought_signature", "block_type", "annotations", "custom", "mime_type",
    "mimeType", "modality", "tool_call",
})  # fmt: skip
"""Keys that may stand beside the one that tells an untyped part."""


def first(item: Item, keys: Iterable[str]) -> Json:
    """Return the first of the keys' values that is there and not null."""
    for key in keys:
        value = item.get(key)
        if value is not None:
            return value
    return None


def first_text(item: Item, keys: Iterable[str]) -> str | None:
    """Return the first of the keys' values that is a text and not empty."""
    for key in keys:
        value = item.get(key)
        if isinstance(value, str) and value:
            return value
    return None


def opened(item: Item, keys: tuple[str, ...]) -> Item:
    """Return an item together with what it wraps under one of the keys, to three levels; the inner goes first."""
    for _ in range(3):
        for key in keys:
            inner = item.get(key)
            if isinstance(inner, dict):
                item = {**{name: value for name, value in item.items() if name != key}, **inner}
                break
        else:
            break
    return item


def parsed(value: Json) -> Json:
    """Return what a JSON text stands for; any other value as it is."""
    if not isinstance(value, str):
        return value
    found = parse(value)
    return value if found is None else found


def words(value: Json) -> str | None:
    """Return what is said in a text, an item with one, or a list of those, a line each; None where nothing is."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, dict):
        return first_text(value, WORDS)
    if isinstance(value, list):
        said = [
            word
            for item in value[:MAX_ITEMS]
            if (word := item if isinstance(item, str) else first_text(item, WORDS) if isinstance(item, dict) else None)
        ]
        return "\n".join(said) or None
    return None


def tool_call(item: Item) -> ToolCall | None:
    """Return a call from any of its forms; None where it names no tool."""
    inner = opened(item, CALL_INSIDE)
    name = first_text(inner, TOOL_NAMES)
    if name is None:
        return None
    return {
        "type": "tool_call",
        "id": first_text(inner, CALL_IDS),
        "name": name,
        "arguments": parsed(first(inner, ARGUMENTS)),
    }


def function(item: Item) -> ToolCall | None:
    """Return a call in OpenAI's form; None for a tool that is offered, which looks the same without arguments."""
    inner = opened(item, CALL_INSIDE)
    return None if first(inner, ARGUMENTS) is None else tool_call(inner)


def tool_result(item: Item) -> ToolResult | None:
    """Return a result from any of its forms; None where there is no result and no id."""
    inner = opened(item, RESULT_INSIDE)
    call_id = first_text(inner, CALL_IDS)
    value = first(inner, RESULTS)
    if value is None and call_id is None:
        return None
    found: ToolResult = {"type": "tool_result", "id": call_id, "result": outcome(value)}
    name = first_text(inner, TOOL_NAMES)
    if name is not None:
        found["name"] = name
    return found


def outcome(value: Json) -> Json:
    """Return what a tool gave back, without the wrapping: texts of a list as lines, AI SDK's and Bedrock's values."""
    if isinstance(value, dict) and "value" in value and value.keys() <= {"type", "value", "providerOptions"}:  # E
        return outcome(value["value"]) if value.get("type") == "content" else value["value"]
    if isinstance(value, list) and value:
        if all(isinstance(item, dict) and _only_text(item) for item in value):
            return "\n".join(str(item["text"]) for item in value if isinstance(item, dict))
        if len(value) == 1 and isinstance(value[0], dict) and value[0].keys() == {"json"}:  # G
            return value[0]["json"]
    return value


def _only_text(item: Item) -> bool:
    return isinstance(item.get("text"), str) and item.keys() <= {"type", "text", "annotations", "citations", "id"}


def media(item: Item) -> Media | None:
    """Return a medium from any of its forms; None where there is none inside."""
    names = [str(item.get("type", "")), *item]
    inner = opened(item, MEDIA_INSIDE)
    place = next((key for key in PLACES if isinstance(inner.get(key), str) and inner[key]), None)
    file_id = first_text(inner, ("file_id", "fileId"))
    if place is None and file_id is None:
        return None
    where = str(inner[place]) if place else ""
    mime = first_text(inner, MIME_TYPES)
    if where.startswith("data:"):
        head, _, where = where.partition(",")
        mime = mime or head[5:].partition(";")[0] or None
        place = "data"
    modality = _modality(inner, mime, names)
    if mime is None and (form := first_text(inner, ("format",))):  # G, and B's audio
        mime = form if "/" in form else f"{modality}/{form}"
    found: Media = {"type": "media", "modality": modality}
    if mime is not None:
        found["mime_type"] = mime
    if place is None:
        found["file_id"] = file_id or ""
    elif place in URIS or "://" in where[:20]:
        found["uri"] = where
    else:
        found["data"] = where
    return found


def _modality(item: Item, mime: str | None, names: Iterable[str]) -> str:
    told = first_text(item, ("modality",))
    if told is not None:
        return told
    kinds = [(mime or "").partition("/")[0], *names]
    return next((known for kind in kinds for known in MODALITIES if known in kind), "document")


def said(item: Item) -> Part | None:
    """Return a text, or a thought where the part is marked as one (H)."""
    text = first_text(item, ("text", "content", "refusal"))
    if text is None:
        inner = item.get("text")
        text = first_text(inner, ("value",)) if isinstance(inner, dict) else None
    if text is None:
        return None if item.get("text") or item.get("content") else {"type": "text", "text": ""}
    return {"type": "reasoning", "text": text} if item.get("thought") is True else {"type": "text", "text": text}


def thought(item: Item) -> Part | None:
    """Return reasoning from any of its forms; None where it is withheld."""
    inner = opened(item, ("reasoningContent", "reasoning", "reasoningText"))
    text = next((word for key in WORDS if (word := words(inner.get(key)))), None)
    return None if text is None else {"type": "reasoning", "text": text}


def wrapped(item: Item) -> Part | None:
    """Return the part that OpenInference wraps once more (C); the call of a `tool_use` stands beside the wrapper."""
    inner = item["message_content"]
    if not isinstance(inner, dict) or "message_content" in inner:
        return None
    call = item.get("tool_call")
    return part({**inner, "tool_call": call} if isinstance(call, dict) else inner)


_BY_TYPE: tuple[tuple[Reader, tuple[str, ...]], ...] = (
    (said, ("text", "input_text", "output_text", "refusal", "summary_text")),
    (thought, ("reasoning", "thinking", "reasoning_text")),
    (tool_call, ("tool_call", "tool-call", "tool_use", "function_call", "server_tool_call", "server_tool_use",
                 "custom_tool_call", "mcp_call", "mcp_tool_use")),
    (function, ("function",)),
    (tool_result, ("tool_call_response", "tool-result", "tool_result", "tool_response", "function_call_output",
                   "custom_tool_call_output", "server_tool_call_response", "mcp_tool_result",
                   "web_search_tool_result")),
    (media, ("image", "image_url", "input_image", "file", "input_file", "document", "audio", "input_audio",
             "audio_url", "video", "video_url", "blob", "uri", "media")),
)  # fmt: skip
TYPED: dict[str, Reader] = {word: reader for reader, kinds in _BY_TYPE for word in kinds}
"""The readers of parts that say their type (A, B, E, F, I, and the items of OpenAI's Responses)."""

KEYED: tuple[tuple[str, Reader], ...] = (
    ("message_content", wrapped),
    *((key, tool_call) for key in ("toolUse", "functionCall", "function_call", "toolRequest", "toolCall", "tool_call",
                                   "tool_kwargs")),
    *(
        (key, tool_result)
        for key in ("toolResult", "functionResponse", "function_response", "toolResponse", "tool_call_result")
    ),
    *((key, thought) for key in ("reasoningContent", "reasoning")),
    *((key, media) for key in ("inlineData", "inline_data", "fileData", "file_data", "media", "image", "audio", "video",
                               "document")),
    ("text", said),
)  # fmt: skip
"""The readers of parts that say no type (C, G, H, K, L), by the key that tells them."""


def part(item: Item, strict: bool = False) -> Part | None:
    """Return a part, None where it is in no known form; `strict` refuses untyped items that hold more than a part."""
    kind = item.get("type")
    reader = TYPED.get(kind) if isinstance(kind, str) else None
    if reader is not None:
        return reader(item)
    for key, reader in KEYED:
        if item.get(key) is not None and not (strict and any(other != key and other not in BESIDE for other in item)):
            return reader(item)
    return None


def parts(content: Json) -> list[Part]:
    """Return the parts of a message's content: a text, JSON text of parts (D, J), a part, or a list of those."""
    if isinstance(content, str):
        return _in_text(content) or [{"type": "text", "text": content}] if content else []
    if isinstance(content, dict):
        content = [content]
    elif not isinstance(content, list):
        return [] if content is None else [{"type": "text", "text": str(content)}]
    found: list[Part] = []
    for item in content[:MAX_ITEMS]:
        one = _any(item)
        if one is not None and one != {"type": "text", "text": ""}:
            found.append(one)
    return found


def _any(item: Json) -> Part | None:
    if isinstance(item, dict):
        return part(item) or {"type": "other", "value": item}
    if isinstance(item, str):
        return {"type": "text", "text": item}
    return None if item is None else {"type": "other", "value": item}


def _in_text(content: str) -> list[Part] | None:
    """Return the parts that a text holds as JSON; None for a text that only looks like it."""
    if content[:1] != "[" or content[-1:] != "]":
        return None
    items = parse(content)
    if not isinstance(items, list) or not items:
        return None
    found = [part(item, strict=True) if isinstance(item, dict) else None for item in items[:MAX_ITEMS]]
    return None if None in found else [one for one in found if one is not None]
