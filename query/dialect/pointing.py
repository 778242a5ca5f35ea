"""Where in a query something is wrong: line and column, both from 1."""

from __future__ import annotations

import re
import sqlite3

from ...errors import BadQuery

_NEAR = re.compile(
    r'near "(?P<word>.+?)": syntax error'
    r'|unrecognized token: "(?P<token>.+)"|unexpected \'(?P<mark>.)\''
    r"|(?P<second>one statement at a time)|(?P<end>incomplete input)"
    r"|(?:no such (?:column|table|function)|ambiguous column name): (?P<name>.+?)(?= - |$)"
    r"|(?:arguments to|misuse of aggregate|misuse of window) (?:function )?(?P<called>\w+)\("
    r"|to use function: (?P<forbidden>\w+)|access to (?P<table>\w+)\.\w+ is prohibited"
    r"|(?P<act>cannot modify|not authorized:|authorization denied)"
)
"""What SQLite and its sandbox say, with what they mean in it."""
_QUESTIONS = frozenset({"SELECT", "WITH", "VALUES", "EXPLAIN", "QUERY", "PLAN", "("})
_WRITES = frozenset({"DELETE", "INSERT", "UPDATE", "REPLACE"})
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
    offset = (
        None if found is None or found.lastgroup is None else _offset(query, found.lastgroup, found[found.lastgroup])
    )
    return message if offset is None else f"{position(query, offset)}: {message}"


def _offset(query: str, kind: str, said: str) -> int | None:
    """Where in a query is what a message says of it, None where that cannot be told."""
    tokens = [token for token in _TOKEN.finditer(query) if not token[0].startswith(("--", "/*"))]
    if kind == "end":
        return len(query.rstrip())
    if kind == "second":
        ends = [place for place, token in enumerate(tokens) if token[0] == ";"]
        places = [token for token in tokens[ends[0] + 1 :] if token[0] != ";"] if ends else []
    elif kind == "act":
        written = [token for token in tokens if token[0].upper() in _WRITES]
        places = written if tokens and tokens[0][0].upper() in _QUESTIONS else tokens
    elif kind == "token":
        start = query.find(said)
        return start if start >= 0 else None
    else:
        wanted = said.lower() if kind in ("word", "mark") else said.rpartition(".")[2].lower()
        places = [token for token in tokens if token[0].strip('"').lower() == wanted]
    if kind == "word":
        places = [token for token in places if _breaks(query[: token.end()], said)]
    return places[0].start() if places else None


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
