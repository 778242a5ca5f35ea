"""Messages from any shape that instrumentations send (attributes.md, section 7): one small reader for each, in tables.

`items.ITEMS` reads one message, `ENVELOPES` opens what holds several (a request, a response). Both go by what the value
holds, never by who sent it. Nothing here raises, whatever the value: a reader returns None for what is not its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from ..observation import Json
from ..values import parse
from .body import speaker_of, stopped_by
from .items import EVENT_NAMES, EVENTS, At, message
from .parts import Item, first, first_text, part, parts
from .shape import MAX_ITEMS, SPEAKER, Message, Part, Side, known_role, plain

REPR = re.compile(r"[A-Z]\w*\(\w+=")
"""How Python's repr of an object begins: LlamaIndex sends messages so, beside readable ones."""

DEEPEST = 200
"""Levels of nesting that are read; OTLP carries 128."""

EnvelopeReader: TypeAlias = "Callable[[Json, Item, At], list[Message] | None]"


def messages(value: Json, side: Side) -> list[Message] | None:
    """Return the messages of an input or output in one form; None where it is no conversation.

    `value` is JSON text, plain text or structure. Plain text is one message, of the user on the side of input and of
    the assistant on that of output. Messages that say nothing are left out, and what comes behind `MAX_ITEMS`.
    """
    if isinstance(value, str):
        opened = parse(value) if value.lstrip()[:1] in ("[", "{", '"') else None
        if opened is None or isinstance(opened, str):
            return plain(value if opened is None else opened, side)
        value = opened
    elif _too_deep(value):
        return None
    if isinstance(value, list):
        value = _of_side(value, side)
    found = [one for one in _read(value, At(side)) or () if one["parts"] or "finish_reason" in one]
    return bounded(found) if found else None


def _too_deep(value: Json) -> bool:
    """Return whether a structure nests deeper than anything that a decoder or a store hands out."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            member
            for one in level
            for member in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
            if isinstance(member, dict | list)
        ]
        if not level:
            return False
    return True


def bounded(found: list[Message]) -> list[Message]:
    """Return messages up to `MAX_ITEMS` of them and their parts, together."""
    room = MAX_ITEMS
    kept: list[Message] = []
    for one in found:
        if room <= 0:
            break
        room -= 1
        one["parts"] = one["parts"][:room]
        room -= len(one["parts"])
        kept.append(one)
    return kept


def answers(found: list[Message]) -> int:
    """Return how many messages stand before those of the assistant that end a conversation."""
    end = len(found)
    while end and found[end - 1]["role"] == "assistant":
        end -= 1
    return end


def _read(value: Json, at: At) -> list[Message] | None:
    """Return the messages in a value of any kind; None where there are none to be read."""
    if at.room <= 0:
        return None
    if isinstance(value, list):
        return _list(value, at)
    if isinstance(value, dict):
        found = message(value, at)
        if found is None:
            found = _envelope(value, at)
        return found
    return plain(value, at.side) if at.sure else None


def _envelope(item: Item, at: At) -> list[Message] | None:
    for key, reader in ENVELOPES:
        value = item.get(key)
        if value is not None and (found := reader(value, item, at.inside())):
            stopped = stopped_by(item)
            if stopped is not None:
                found[-1].setdefault("finish_reason", stopped)
            return found
    return None


def _list(items: list[Json], at: At) -> list[Message] | None:
    """Return the messages of a list: messages, lists of them (I), or the bare parts of one; what is odd is kept."""
    pair = _pair(items)
    if pair is not None:
        return [pair]
    found: list[Message] = []
    own: list[Part] = []
    odd: list[Json] = []
    for item in items[:MAX_ITEMS]:
        one: Part | None = None
        several = None
        if isinstance(item, list):
            several = _read(item, at.inside(at.sure))
        elif isinstance(item, dict):
            several = message(item, at.inside(at.sure)) or _update(item, at)
            if several is None:
                one = part(item, strict=True)
        elif isinstance(item, str) and at.sure and not REPR.match(item):
            several = plain(item, at.side)
        if several is not None:
            found += _spoken(own, at.side)
            own = []
            found += several
        elif one is not None:
            own.append(one)
        elif item is not None:
            odd.append(item)
    found += _spoken(own, at.side)
    if odd and found:
        found.append({"role": SPEAKER[at.side], "parts": [{"type": "other", "value": item} for item in odd]})
    return found or None


def _spoken(own: list[Part], side: Side) -> list[Message]:
    """Return bare parts as the message of whoever speaks on that side, or of the tool whose results they are."""
    if not own:
        return []
    return [{"role": speaker_of(own, SPEAKER[side]), "parts": own}]


def _pair(items: list[Json]) -> Message | None:
    """Return LangChain's short form of a message: a role and a text."""
    if len(items) != 2 or not isinstance(items[1], str):
        return None
    speaker = known_role(items[0])
    return None if speaker is None else {"role": speaker, "parts": parts(items[1])}


def _update(item: Item, at: At) -> list[Message] | None:
    """Return the messages of a LangGraph command."""
    value = item.get("update")
    return _read(value, at.inside(at.sure)) if isinstance(value, dict) else None


# --- what holds messages


def _conversation(value: Json, item: Item, at: At) -> list[Message] | None:
    """B, E, F, G, H, I, K: a request; its system prompt may stand beside the messages."""
    found = _read(value, at)
    if found is None:
        return None
    config = item.get("config")
    keys = ("system", "systemInstruction", "system_instruction", "instructions")
    told = first(item, keys) or (first(config, keys) if isinstance(config, dict) else None)
    return [*prompts(told), *found]


def prompts(told: Json) -> list[Message]:
    """Return a system prompt, sent as text, as parts or as messages, as messages of the system."""
    if isinstance(told, dict) and "parts" in told:
        told = told["parts"]
    if isinstance(told, list) and any(isinstance(item, dict) and "role" in item for item in told):
        return [{**one, "role": "system"} for one in _list(told, At("input", sure=True)) or ()]
    said = parts(told)
    return [{"role": "system", "parts": said}] if said else []


def _input(value: Json, item: Item, at: At) -> list[Message] | None:
    """B: a request to OpenAI's Responses; texts alone only where a model or instructions are named."""
    if isinstance(value, str) and not ("model" in item or "instructions" in item):
        return None
    return _conversation(value, item, at._replace(sure=isinstance(value, str)))


def _prompt(value: Json, item: Item, at: At) -> list[Message] | None:
    """E, B: `{system, prompt}`."""
    return _conversation(value, item, at) if isinstance(value, str | list) else None


def _candidates(value: Json, item: Item, at: At) -> list[Message] | None:
    return _read(value, at) if isinstance(value, list) else None


def _open(value: Json, item: Item, at: At) -> list[Message] | None:
    """Return what another wrapper holds, which may be anything."""
    return _read(value, at._replace(sure=False)) if isinstance(value, list | dict) else None


def _generated(value: Json, item: Item, at: At) -> list[Message] | None:
    return plain(value, "output")


ENVELOPES: tuple[tuple[str, EnvelopeReader], ...] = (
    ("messages", _conversation),
    ("contents", _conversation),
    ("choices", _candidates),
    ("candidates", _candidates),
    ("generations", _candidates),
    ("replies", _candidates),
    ("output", _open),
    ("input", _input),
    ("prompt", _prompt),
    ("prompts", _prompt),
    ("inputs", _open),
    ("items", _open),
    ("outputs", _open),
    ("update", _open),
    ("completion", _generated),
)
"""Keys whose value holds the messages of a request or response, in the order in which they are tried."""


# --- which side of a list that holds both


def _of_side(items: list[Json], side: Side) -> list[Json]:
    """Return the events (J) of one side: choices are output, or else the assistant's messages at the end."""
    names = [first_text(item, EVENT_NAMES) if isinstance(item, dict) else None for item in items]
    if not names or any(name not in EVENTS for name in names):
        return items
    chosen = [name == "gen_ai.choice" for name in names]
    if not any(chosen):
        end = len(names)
        while end and names[end - 1] == "gen_ai.assistant.message":
            end -= 1
        chosen = [place >= end for place in range(len(names))]
    return [item for item, output in zip(items, chosen, strict=True) if output == (side == "output")]
