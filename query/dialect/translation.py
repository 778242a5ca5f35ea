"""The translation itself, apart from `translate` because it imports sqlglot."""

from __future__ import annotations

from datetime import datetime, tzinfo

from . import expressions, queries
from .functions import FUNCTIONS, Function
from .parse import parse
from .scope import Context, Scope


def translated(query: str, now: datetime, zone: tzinfo) -> tuple[str, tuple[Function, ...]]:
    """Return a Postgres question as SQLite's, and the functions it needs. Raises BadQuery."""
    tree = parse(query)
    context = Context(query, now, zone, expressions.piece, queries.ask)
    rows = queries.query(Scope(context), tree, top=True)
    return rows.sql, tuple(FUNCTIONS[name] for name in sorted(context.used))
