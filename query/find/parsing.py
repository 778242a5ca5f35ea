"""From tokens to the parts of a question, by the grammar.

Where the grammar cannot go on, either the clause that was begun or the token itself is left out and reported, and the
rest is read as if it were not there: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple, cast

from lark import Lark, Token
from lark.exceptions import UnexpectedToken, VisitError
from lark.lexer import Lexer
from lark.parsers.lalr_interactive_parser import InteractiveParser

from .clauses import Part
from .reading import Reading
from .spans import Calendar
from .word import Word

STRAY = frozenset({"WORD", "QUANTITY", "CMP", "BETWEEN", "EQ"})
"""What begins a clause too, but more probably belongs to the one that was begun."""


class Parsed(NamedTuple):
    """The parts of a question, the tokens that they were read from, and those that were left out."""

    parts: list[Part]
    kept: list[Word]
    dropped: list[Word]


def parse(words: list[Word], calendar: Calendar) -> Parsed:
    """Return what tokens say. Raises Trouble."""
    dropped: list[Word] = []
    try:
        tree = _parser().parse(cast(Any, words))
    except UnexpectedToken:
        words, dropped = _readable(words)
        tree = _parser().parse(cast(Any, words))
    try:
        return Parsed(Reading(calendar).transform(tree), words, dropped)
    except VisitError as error:
        raise error.orig_exc from None


@cache
def _parser() -> Lark:
    class Words(Lexer):
        """Tokens that are there already."""

        def __init__(self, _: object) -> None:
            pass

        def lex(self, data: Sequence[Word]) -> Iterator[Token]:  # type: ignore[override]
            yield from map(_token, data)

    grammar = resources.files(__package__).joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer=Words)


def _token(word: Word) -> Token:
    token = Token(word.kind, word.text)
    token.value = word
    return token


def _readable(words: list[Word]) -> tuple[list[Word], list[Word]]:
    """Return the tokens that the grammar takes, and the others.

    One pass: `states[n]` is the parser's state before the n-th kept token. What the copies have read so far is of no
    use (they share it), only which states they are in.
    """
    kept: list[Word] = []
    dropped: list[Word] = []
    states = [_parser().parse_interactive()]
    for word in words:
        after = _fed(states[-1], word.kind)
        if after is None:
            complete = _complete(states)
            begun = kept[complete:]
            after = _fed(states[complete], word.kind) if begun and word.kind != "WORD" else None
            if after is not None:
                dropped += begun
                del kept[complete:], states[complete + 1 :]
                if word.kind in STRAY:
                    after = None
        if after is None:
            dropped.append(word)
        else:
            kept.append(word)
            states.append(after)
    while _fed(states[-1], "$END") is None:
        dropped.append(kept.pop())
        states.pop()
    return kept, dropped


def _complete(states: list[InteractiveParser]) -> int:
    """Return behind how many of the kept tokens all that was said is complete."""
    return next(place for place in reversed(range(len(states))) if _fed(states[place], "MARK") is not None)


def _fed(state: InteractiveParser, kind: str) -> InteractiveParser | None:
    """Return the state behind one more token, None where the grammar cannot go on."""
    copy = cast(InteractiveParser, state.copy(deepcopy_values=False))  # type: ignore[no-untyped-call]
    try:
        copy.feed_token(Token(kind, ""))
    except UnexpectedToken:
        return None
    return copy
