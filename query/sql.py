"""Answers to SQL over the public views (design, section 5)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from ..errors import BadQuery
from ..storage.store import Reader

if TYPE_CHECKING:
    from .dialect import Dialect


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


def ask_sql(
    reader: Reader,
    query: str,
    limit: int,
    seconds: float,
    project: str | None = None,
    dialect: Dialect | None = None,
) -> SqlAnswer:
    """Answer one read-only statement with at most `limit` rows, over all projects or as if there were only `project`.

    `dialect` None tells it by what the statement says. Raises BadQuery, and QueryTimeout after `seconds`.
    """
    from .dialect import pointed, translate  # takes 12 ms, which a start need not wait for

    asked = translate(query, dialect, datetime.now(UTC))
    try:
        table = reader.sql(asked.sql, limit=limit, seconds=seconds, project=project, functions=asked.functions)
    except BadQuery as error:
        if asked.dialect == "sqlite":
            raise BadQuery(pointed(query, str(error))) from error
        raise
    return {
        "columns": [{"name": name, "type": kind} for name, kind in table.columns],
        "rows": [list(row) for row in table.rows],
        "truncated": table.truncated,
        "elapsedMs": table.elapsed_ms,
    }
