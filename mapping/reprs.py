"""Values that a sender wrote as Python does: `{'a': 1, 'b': None}` instead of JSON (LiteLLM, LangSmith)."""

from __future__ import annotations

import ast
import re

import orjson

from ..proto.span import Value
from .observation import Json
from .values import SHORT, count, parse, remembered
from .vocabulary import Reader

LONGEST = 4_000
"""Characters of a literal that are read; Python's parser needs memory and time for hostile ones."""


def literal(value: Value) -> dict[str, Json] | None:
    """Return a dict written as a Python literal or as JSON; None for all else, and for what JSON cannot hold.

    What short texts say is remembered, as in `values.structure`: nobody may change what is returned.
    """
    if not isinstance(value, str) or value[:1] != "{" or len(value) > LONGEST:
        return None
    return _remembered(value) if len(value) <= SHORT else _literal(value)


def _literal(value: str) -> dict[str, Json] | None:
    read = parse(value)
    if read is None:
        try:
            read = parse(orjson.dumps(ast.literal_eval(value)).decode())
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return None
    return read if isinstance(read, dict) and read else None


_remembered = remembered(_literal, 512)


def counted(*names: str) -> Reader:
    """Return a reader of the first count that stands under one of these names, at any depth of the text of a dict."""
    found = re.compile(rf"""['"](?:{"|".join(names)})['"]:\s?(\d{{1,15}})(?=[,}}])""")

    def read(value: Value) -> int | None:
        if not isinstance(value, str):
            return None
        first = None
        for name in names:
            # a plain search for the name is faster than that for what must stand around it
            place = value.find(name)
            while place > 0:
                match = found.match(value, place - 1)
                if match is not None:
                    if first is None or match.start() < first.start():
                        first = match
                    break
                place = value.find(name, place + 1)
        return None if first is None else count(first[1])

    read.__doc__ = ", ".join(names)
    return read
