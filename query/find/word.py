"""A token of a question, and what quantities and lists of values are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Quantity(NamedTuple):
    """A number with its unit: seconds of time, US dollars of money, per cent, or a plain number."""

    unit: Literal["time", "money", "percent", "number"]
    amount: float


class Values(NamedTuple):
    """Several values; `every`: they were joined by "and"."""

    values: tuple[str, ...]
    every: bool


@dataclass(frozen=True, slots=True)
class Word:
    """One token: its kind in the grammar, what it stands for, where in the question it is, and how it was written."""

    kind: str
    value: object
    start: int
    end: int
    text: str = ""

    def to(self, last: Word) -> Word:
        """Return all from this word to another, as one that stands for nothing but its place."""
        first, last = sorted((self, last), key=lambda word: word.start)
        return Word("", None, first.start, max(first.end, last.end))
