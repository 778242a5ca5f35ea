"""Values that a sender wrote as Python does: `{'a': 1, 'b': None}` instead of JSON (LiteLLM, LangSmith)."""

from __future__ import annotations

import ast
import re

import orjson

from ..proto.span import Value
from .observation import Json
from .values import count, parse
from .vocabulary import Reader

LONGEST = 4_000
"""Characters of a literal that are read; Python's parser needs memory and time for hostile ones."""


def literal(value: Value) -> dict[str, Json] | None:
    """Return a dict written as a Python literal or as JSON; None for all else, and for what JSON cannot hold."""
    if not isinstance(value, str) or value[:1] != "{" or len(value) > LONGEST:
        return None
    read = parse(value)
    if read is None:
        try:
            read = parse(orjson.dumps(ast.literal_eval(value)).decode())
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return None
    return read if isinstance(read, dict) and read else None


def counted(*names: str) -> Reader:
    """Return a reader of the first count that stands under one of these names, at any depth of the text of a dict."""
    found = re.compile(rf"""['"](?:{"|".join(names)})['"]:\s?(\d{{1,15}})(?=[,}}])""")

    def read(value: Value) -> int | None:
        if not isinstance(value, str):
            return None
        # a plain search for the names is faster than that for what must stand around them
        places = [place for name in names if (place := value.find(name)) > 0]
        match = found.search(value, min(places) - 1) if places else None
        return None if match is None else count(match[1])

    read.__doc__ = ", ".join(names)
    return read
