"""One message from the form of an item: a small reader for each form, in one table.

The letters are those of attributes.md, section 7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from ..values import parse
from .body import BODY, FINISH, built, stopped_by
from .parts import Item, first, first_text, part, parts
from .shape import MAX_DEPTH, SPEAKER, Message, Side, known_role, plain, role

EVENT_NAMES = ("event.name", "event_name", "name")
EVENTS = {
    "gen_ai.system.message": "system", "gen_ai.user.message": "user", "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool", "gen_ai.choice": "assistant",
}  # fmt: skip


class At(NamedTuple):
    """Where a value stands: on which side, how many wrappers may still be opened, and whether it must be a message."""

    side: Side
    room: int = MAX_DEPTH
    sure: bool = False

    def inside(self, sure: bool = True) -> At:
        """Return the place one wrapper further in."""
        return At(self.side, self.room - 1, sure)


COMPLETIONS: tuple[tuple[str, Side], ...] = (("prompt", "input"), ("completion", "output"))

ItemReader: TypeAlias = "Callable[[Item, At], list[Message] | None]"


def _constructor(item: Item, at: At) -> list[Message] | None:
    """I: `{lc, type: constructor, id: […, "HumanMessage"], kwargs}`."""
    kwargs, name = item.get("kwargs"), item.get("id")
    if "lc" not in item or not isinstance(kwargs, dict) or not isinstance(name, list) or not name:
        return None
    return _langchain(kwargs, known_role(name[-1]) or known_role(kwargs.get("type")))


def _data(item: Item, at: At) -> list[Message] | None:
    """I: `{type: "human", data: {content}}`."""
    data = item.get("data")
    return _langchain(data, known_role(item.get("type"))) if isinstance(data, dict) else None


def _langchain(kwargs: Item, speaker: str | None) -> list[Message] | None:
    speaker = speaker or role(kwargs.get("role"))
    if speaker is None:
        return None
    body = dict(kwargs)
    more, meta = kwargs.get("additional_kwargs"), kwargs.get("response_metadata")
    if isinstance(more, dict):
        body = {**more, **{key: value for key, value in kwargs.items() if value not in (None, "", [])}}
    if isinstance(meta, dict):
        body = {**{key: meta[key] for key in FINISH if key in meta}, **body}
    return [built(body, speaker)]


def _event(item: Item, at: At) -> list[Message] | None:
    """J: the body of an event, with the event's name beside it or around it."""
    speaker = EVENTS.get(first_text(item, EVENT_NAMES) or "")
    if speaker is None:
        return None
    inner = first(item, ("body", "attributes"))
    if isinstance(inner, str):
        inner = parse(inner)
    body = inner if isinstance(inner, dict) else {key: value for key, value in item.items() if key != "name"}
    found: list[Message] = []
    chosen = body.get("message")
    if isinstance(chosen, dict):
        found.append(built(chosen, role(chosen.get("role")) or speaker, body))
    elif chosen is not None:
        found.append(built({"content": chosen}, speaker, body))
    else:
        found.append(built(body, role(body.get("role")) or speaker))
    if (result := body.get("tool.result")) is not None:
        found.append({"role": "tool", "parts": parts(result)})
    return found


def _around(item: Item, at: At) -> list[Message] | None:
    """C, B, H, K: a message inside `message`, `delta` or `content`, with the reason why the model stopped beside it."""
    for key in ("message", "delta", "content"):
        inner = item.get(key)
        if not isinstance(inner, dict) or (key == "content" and not ("parts" in inner or "role" in inner)):
            continue
        if at.room <= 0:
            return None
        found = message(inner, at.inside())
        stopped = stopped_by(item)
        if found and stopped:
            found[-1].setdefault("finish_reason", stopped)
        return found
    return None


def _completion(item: Item, at: At) -> list[Message] | None:
    """C, B: prompts and completions of models that only continue a text."""
    for key, side in COMPLETIONS:
        inner = item.get(key)
        if isinstance(inner, dict) and isinstance(inner.get("text"), str):
            return plain(inner["text"], side)
    if at.sure and isinstance(item.get("text"), str) and ("index" in item or any(key in item for key in FINISH)):
        return [built({**item, "content": item["text"]}, SPEAKER[at.side])]
    return None


def _response_item(item: Item, at: At) -> list[Message] | None:
    """B: an item of OpenAI's Responses that is no message: a call, its result, reasoning."""
    if "role" in item or not isinstance(item.get("type"), str):
        return None
    one = part(item, strict=True) if item["type"] != "text" else None
    if one is None or one["type"] in ("text", "media"):
        return None
    return [{"role": "tool" if one["type"] == "tool_result" else "assistant", "parts": [one]}]


def _plain(item: Item, at: At) -> list[Message] | None:
    """A, B, D to H, K, L: `{role, content | parts | …, tool_calls}`, and LangChain's `{type: "human", content}`."""
    given = first(item, ("role", "_role"))
    speaker = role(given) or (known_role(item.get("type")) if "content" in item else None)
    has_body = not BODY.isdisjoint(item)
    if speaker is None:
        if not has_body or not (at.sure or "tool_calls" in item or stopped_by(item)):
            return None
        speaker = SPEAKER[at.side]
    elif not has_body and not (at.sure or (known_role(given) and item.keys() <= {"role", "name", *FINISH})):
        return None
    elif "type" in item and "role" not in item and "_role" not in item:
        return _langchain(item, speaker)
    return [built(item, speaker)]


ITEMS: tuple[ItemReader, ...] = (_constructor, _data, _event, _around, _completion, _response_item, _plain)
"""The readers of one message, in the order in which they are tried."""


def message(item: Item, at: At) -> list[Message] | None:
    """Return the messages that an item is, usually one; None where it is none in any known form."""
    for reader in ITEMS:
        found = reader(item, at)
        if found is not None:
            return found
    return None
