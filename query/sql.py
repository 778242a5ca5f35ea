"""The shapes of a question in SQL over the public views, and of its answer (design, section 5)."""

from __future__ import annotations

from typing_extensions import TypedDict


class SqlColumn(TypedDict):
    """A column of an answer: its name, and its type as far as the engine knows it."""

    name: str
    type: str


class SqlAnswer(TypedDict):
    """Rows of a question, `truncated` saying whether there were more, `elapsedMs` how long it took."""

    columns: list[SqlColumn]
    rows: list[list[object]]
    truncated: bool
    elapsedMs: float
