"""How a conversation looks: each message as `role: text`, calls and results of tools on lines of their own.

Line breaks of a text stay, further in than any role stands, so that no text can forge a message; every other character
that a terminal would act on is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..mapping.messages import Message, Part
from ..query.conversation import Messages
from ..query.encode import encode
from .output import clean, number, show, titled

MARGIN, HANGING = "  ", "      "
UNREMARKABLE = frozenset({"stop", "tool_call"})
"""Reasons to stop that need no mention."""


def show_conversation(generations: Sequence[Messages]) -> None:
    """Print the messages of generations, one after the other; what one repeats of the one before is left out."""
    before: list[Message] = []
    for place, generation in enumerate(generations):
        if place:
            show("")
        show(*_generation(generation, before))
        before = [*(generation["input"] or []), *(generation["output"] or [])]


def _generation(generation: Messages, before: Sequence[Message]) -> Iterator[str]:
    name, model = generation["name"] or generation["id"], generation["model"]
    yield titled(f"{name}: {model}" if model and model not in name else name, generation)
    if generation["tools"]:
        yield f"{MARGIN}tools: {', '.join(clean(tool['name']) for tool in generation['tools'])}"
    asked, answered = generation["input"] or [], generation["output"] or []
    known = _repeated(asked, before)
    if known:
        yield f"{MARGIN}({number(known)} message{'s' if known > 1 else ''} as before)"
    names = _names([*before, *asked, *answered])
    for message in (*asked[known:], *answered):
        yield from _message(message, names)
    if not asked and not answered:
        yield f"{MARGIN}(no messages)"


def _repeated(asked: Sequence[Message], before: Sequence[Message]) -> int:
    """Return how many messages at the start of an input were shown before."""
    known = 0
    for message, old in zip(asked, before, strict=False):
        if (message["role"], message["parts"]) != (old["role"], old["parts"]):
            break
        known += 1
    return known


def _names(said: Sequence[Message]) -> dict[str, str]:
    """Return the tools' names by the ids of their calls, for results that bring the id alone."""
    calls = (part for message in said for part in message["parts"] if part["type"] == "tool_call")
    return {call["id"]: call["name"] for call in calls if call["id"]}


def _message(message: Message, names: Mapping[str, str]) -> Iterator[str]:
    speaker = clean(message["role"])
    if name := message.get("name"):
        speaker += f" ({clean(name)})"
    lines = [line for part in message["parts"] for line in _lines(_part(part, names))]
    stopped = message.get("finish_reason")
    if stopped and stopped not in UNREMARKABLE:
        lines.append(f"[stopped: {clean(stopped)}]")
    for place, line in enumerate(lines or [""]):
        yield f"{HANGING if place else f'{MARGIN}{speaker}: '}{line}".rstrip()


def _lines(text: str) -> list[str]:
    return [clean(line.removesuffix("\r")) for line in text.rstrip().expandtabs(4).split("\n")]


def _part(part: Part, names: Mapping[str, str]) -> str:
    if part["type"] == "text":
        return part["text"]
    if part["type"] == "reasoning":
        return f"(thinks) {part['text']}"
    if part["type"] == "tool_call":
        return f"→ {part['name']}({_value(part['arguments'])}){_id(part['id'])}"
    if part["type"] == "tool_result":
        name = part.get("name") or names.get(part["id"] or "", "result")
        return f"← {name}{_id(part['id'])}: {_value(part['result'])}"
    if part["type"] == "media":
        data = part.get("data")
        size = f"{number(len(data))} characters of base64" if data is not None else ""
        facts = (part.get("mime_type") or part["modality"], part.get("uri"), part.get("file_id"), size)
        return f"[{', '.join(filter(None, facts))}]"
    return _value(part["value"])


def _id(call: str | None) -> str:
    return f" [{call}]" if call else ""


def _value(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else encode(value).decode()
