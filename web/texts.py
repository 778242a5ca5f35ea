"""Long texts as pages show them: cut, as messages where they are such, else as indented JSON or as they came.

Nothing here makes HTML: what comes out is plain text, and the templates escape all of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import orjson

from ..mapping.messages import Conversation, Message, Part, conversation
from ..mapping.observation import Json
from ..proto.span import Value
from ..query.cells import payload
from ..query.encode import encode
from ..storage.selection import Cell
from .words import brief

LONGEST = 20_000
"""Characters of one text that a page shows."""

PAGE = 2_000_000
"""Characters that all texts of a page may have together; when they are used up, the rest is named and left out."""

APIECE = 200
"""What any text costs besides its characters, for the markup around it."""

OPENED = 1_000_000
"""Characters of an input and an output that are opened as JSON or messages; longer ones are shown as they came."""

MEMBERS = 100
"""Keys of metadata that a page shows."""

SPOKEN = frozenset({"GENERATION", "AGENT"})
"""Types whose plain input and output are things said."""

ONE_LINE = 80
"""Characters of JSON that needs no second line."""

IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What may stand as a picture; SVG may not, for it is a document."""

LARGEST_IMAGE = 400_000
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True, slots=True)
class Shown:
    """The beginning of a text, and how many characters of it are left out."""

    text: str
    rest: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a message: what it is, in a word or a line, and its text or picture."""

    kind: str
    label: str = ""
    body: Shown | None = None
    image: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One message: who speaks, the parts, and why the model stopped where that is worth a word."""

    speaker: str
    pieces: list[Piece]
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """An input or output: messages, of which `more` are left out, or one text."""

    title: str
    said: list[Said] = field(default_factory=list)
    more: int = 0
    body: Shown | None = None

    @property
    def cut(self) -> bool:
        """Whether something is left out."""
        bodies = [self.body, *(piece.body for each in self.said for piece in each.pieces)]
        return bool(self.more) or any(body.rest for body in bodies if body)


@dataclass(frozen=True, slots=True)
class Members:
    """Metadata and the like: keys with their values, of which `more` are left out."""

    shown: list[tuple[str, Shown]]
    more: int

    @property
    def cut(self) -> bool:
        """Whether something is left out."""
        return bool(self.more) or any(value.rest for _, value in self.shown)


class Budget:
    """How many characters the page under way may still show."""

    def __init__(self, left: int = PAGE) -> None:
        self.left = left

    @property
    def spent(self) -> bool:
        """Whether nothing more can be shown."""
        return self.left <= 0

    def show(self, text: str) -> Shown:
        """Return as much of a text as may be shown."""
        kept = text[: max(0, min(LONGEST, self.left))]
        self.left -= len(kept) + APIECE
        return Shown(kept, len(text) - len(kept))

    def value(self, value: object) -> Shown:
        """Return any value: text as it is, the rest as JSON."""
        return self.show(value if isinstance(value, str) else pretty(value))

    def members(self, values: Mapping[str, object]) -> Members:
        """Return the keys and values of an object."""
        first = list(values.items())[:MEMBERS]
        shown = [(brief(key), self.value(value)) for key, value in first if not self.spent]
        return Members(shown, len(values) - len(shown))

    def sides(self, input: Cell, output: Cell, attributes: Cell = None, type: str = "") -> list[Block]:
        """Return input and output, as far as there are any, of an observation of that type, or of a trace ("")."""
        opened = _length(input) + _length(output) <= OPENED
        told: Conversation = {"input": None, "output": None, "tools": []}
        if opened and not self.spent:
            known = cast("Mapping[str, Value]", attributes if isinstance(attributes, dict) else {})
            told = conversation(cast("Json", input), cast("Json", output), known)
        blocks = []
        for title, cell, said in (("Input", input, told["input"]), ("Output", output, told["output"])):
            value = payload(cell) if opened else cell
            if said and (type in SPOKEN or not isinstance(value, str)):
                blocks.append(self._messages(title, said))
            elif value is not None and value != "":
                blocks.append(Block(title, body=self.value(value)))
        return blocks

    def _messages(self, title: str, said: Sequence[Message]) -> Block:
        calls = (part for message in said for part in message["parts"] if part["type"] == "tool_call")
        names = {call["id"]: call["name"] for call in calls if call["id"]}
        shown = []
        for message in said:
            if self.spent:
                break
            name, stopped = message.get("name"), message.get("finish_reason", "")
            speaker = f"{message['role']} ({name})" if name else message["role"]
            pieces = [self._piece(part, names) for part in message["parts"] if not self.spent]
            self.left -= APIECE
            remarkable = "" if stopped in ("stop", "tool_call") else brief(stopped)
            shown.append(Said(brief(speaker), pieces, remarkable))
        return Block(title, shown, len(said) - len(shown))

    def _piece(self, part: Part, names: Mapping[str, str]) -> Piece:
        if part["type"] == "text":
            return Piece("text", body=self.show(part["text"]))
        if part["type"] == "reasoning":
            return Piece("reasoning", "thinks", self.show(part["text"]))
        if part["type"] == "tool_call":
            return Piece("call", f"calls {brief(part['name'])}", self._given(part["arguments"]))
        if part["type"] == "tool_result":
            name = part.get("name") or names.get(part["id"] or "") or part["id"] or ""
            return Piece("result", f"result of {brief(name)}" if name else "result", self._given(part["result"]))
        if part["type"] == "media":
            data, mime = part.get("data"), part.get("mime_type", "")
            size = f"{len(data):,} characters of base64" if data else ""
            facts = (mime or part["modality"], part.get("uri"), part.get("file_id"), size)
            return Piece("media", ", ".join(brief(fact) for fact in facts if fact), image=self._image(mime, data))
        return Piece("other", body=self.value(part["value"]))

    def _given(self, value: object) -> Shown | None:
        return None if value is None or value == "" else self.value(value)

    def _image(self, mime: str, data: str | None) -> str:
        if not data or mime not in IMAGES or len(data) > min(LARGEST_IMAGE, self.left) or not BASE64.fullmatch(data):
            return ""
        self.left -= len(data)
        return f"data:{mime};base64,{data}"


def pretty(value: object) -> str:
    """Return JSON: in one line where that is short, else indented as far as orjson can, which is 254 levels."""
    line = encode(value).decode()
    if len(line) <= ONE_LINE:
        return json.dumps(value, ensure_ascii=False)
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONEncodeError:
        return line


def _length(cell: Cell) -> int:
    return len(cell) if isinstance(cell, str) else 0
