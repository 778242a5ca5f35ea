"""A token between its neighbours: what rephrasing.py and doubting.py look at and put in."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from .word import Word

VALUES = frozenset({"WORD", "STRING", "QUANTITY", "VALUES", "OWNER", "OBJECT"})
PARTIAL = frozenset({"CONTAINING", "STARTS", "ENDS", "PART"})
SIGNS = frozenset({"IS", "EQ", "NE", *PARTIAL})
HAVING = frozenset({"TEXTUAL", "NAMED", "TAG", "USING", "USER", "SESSION", "TRACE", "ID", "ENVIRONMENT", "VERSION",
                    "RELEASE"})  # fmt: skip
"""Fields that are compared with texts."""
COMPARED = frozenset({"CMP", "EQ", "NE", "IS", "BETWEEN", "QUANTITY", "THAN"})
"""What stands behind a measure that is compared."""
ORDERED = frozenset({"MEASURE", "COUNTED", "NOUN", "WHEN"})

Words: TypeAlias = list[Word]


def kind_at(words: Words, place: int) -> str:
    """Return the kind of the token at a place, "" beyond both ends."""
    return words[place].kind if 0 <= place < len(words) else ""


def put(kind: str, at: int, value: object = None) -> Word:
    """Return a token without letters."""
    return Word(kind, value, at, at)


def left_out(words: Words, first: int, last: int) -> int:
    """Make tokens one that says nothing, and return where to go on."""
    words[first : last + 1] = [replace(words[first].to(words[last]), kind="VAGUE")]
    return first + 1
