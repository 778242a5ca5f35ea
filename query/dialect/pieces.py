"""A translated expression: its SQLite text, its kind, and what is known of it before it runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, TypeAlias

from .intervals import Interval

Kind: TypeAlias = Literal[
    "text", "payload", "integer", "real", "boolean", "instant", "wall", "date", "clock", "interval", "age",
    "json", "list", "null", "unknown", "any", "row",
]  # fmt: skip
"""How a value stands in SQLite, and what Postgres would call it.

payload: text that is often JSON. instant: a moment, as UTC text (timestamptz; the views' times). wall: a time without a
zone (timestamp). date, clock: text. interval: seconds. age: an interval in words. json: JSON text. list: a JSON list,
for Postgres's arrays too. unknown: a text in quotes, whose kind its neighbours decide. any: not known.
"""

POSTGRES_NAMES: dict[Kind, str] = {
    "payload": "text", "real": "numeric", "instant": "timestamp", "wall": "timestamp", "clock": "time",
    "age": "interval", "list": "array", "unknown": "text", "any": "value",
}  # fmt: skip

NUMBERS = frozenset({"integer", "real"})
TEXTS = frozenset({"text", "payload", "unknown"})
TIMES = frozenset({"instant", "wall", "date"})
INTERVALS = frozenset({"interval", "age"})

Value: TypeAlias = str | int | float | datetime | date | Interval | None


@dataclass(frozen=True, slots=True)
class Piece:
    """`sql` of a kind; `value` where it is a constant; `tight` where it needs no brackets beside an operator.

    `bare` is SQLite's own `->>` of a text from JSON, good where the type of the value does not matter.
    """

    sql: str
    kind: Kind
    value: Value = None
    tight: bool = True
    bare: str = ""

    @property
    def inner(self) -> str:
        """The text as an operand."""
        return self.sql if self.tight else f"({self.sql})"

    def of(self, kind: Kind) -> Piece:
        """Return the same text as another kind, no constant any more."""
        return replace(self, kind=kind, value=None)


def quoted(text: str) -> str:
    """Return a text as SQL; characters that end a statement early are taken out."""
    return "'" + text.replace("\0", "").replace("'", "''") + "'"


def name(identifier: str) -> str:
    """Return a name as SQL."""
    return '"' + identifier.replace("\0", "").replace('"', '""') + '"'


def text(value: str) -> Piece:
    """A constant text."""
    return Piece(quoted(value), "text", value)


def called(kind: Kind) -> str:
    """Return Postgres's word for a kind."""
    return POSTGRES_NAMES.get(kind, kind)
