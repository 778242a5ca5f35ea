"""Where in a query something is wrong: line and column, both from 1."""

from __future__ import annotations

import re
import sqlite3

from ...errors import BadQuery

_NEAR = re.compile(r'near "(?P<word>.+?)": syntax error|no such (?:column|table|function): (?P<name>.+?)(?= - |$)')
_TOKEN = re.compile(r"""--[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|\w+|\S""", re.DOTALL)


def position(query: str, offset: int) -> str:
    """Return "line L, column C" of an offset into the query."""
    before = query[: max(offset, 0)]
    return f"line {before.count(chr(10)) + 1}, column {len(before) - (before.rfind(chr(10)) + 1) + 1}"


def refusal(query: str, offset: int | None, problem: str, instead: str = "") -> BadQuery:
    """Return the error for a place in a query, in one line."""
    place = f"{position(query, offset)}: " if offset is not None else ""
    return BadQuery(" ".join(f"{place}{problem}{f'; {instead}' if instead else ''}".split()))


def pointed(query: str, message: str) -> str:
    """Return SQLite's message about a query with the line and column in front, where they can be told."""
    found = _NEAR.search(message)
    if found is None:
        return message
    wanted = found["word"] or found["name"].rpartition(".")[2]
    places = [token for token in _TOKEN.finditer(query) if token[0].strip('"').lower() == wanted.lower()]
    if found["word"]:
        places = [token for token in places if _breaks(query[: token.end()], found["word"])]
    return f"{position(query, places[0].start())}: {message}" if places else message


def _breaks(beginning: str, word: str) -> bool:
    """Whether SQLite stumbles over the last word of a beginning: over an earlier place of that word it does not."""
    db = sqlite3.connect(":memory:")
    try:
        db.execute(f"EXPLAIN {beginning}")
    except sqlite3.Error as error:
        return f'near "{word}"' in str(error)
    except sqlite3.Warning:
        return False
    finally:
        db.close()
    return False
