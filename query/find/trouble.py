"""What can be wrong with a question, with the words it is about."""

from __future__ import annotations

from .word import Word

LONGEST = 200
"""Characters of the words that a complaint shows."""


class Trouble(Exception):
    """A part of a question that cannot be meant: `problem` says why, `words` which part."""

    def __init__(self, problem: str, words: str | Word) -> None:
        super().__init__(problem)
        self.problem = problem
        self.words = words

    def said(self, text: str) -> str:
        """Return the complaint about a question, with the words as they stand in it."""
        words = text[self.words.start : self.words.end] if isinstance(self.words, Word) else self.words
        words = words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
        return f"{words!r}: {self.problem}" if words.strip() else self.problem
