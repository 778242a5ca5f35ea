"""From Postgres to SQLite: one question in, one question out that the store can run.

    from sidetrace.query.dialect import translate
    translate("SELECT count(*) FROM traces WHERE timestamp > NOW() - INTERVAL '7 days'", None, now).sql

SQLite's own questions go through byte for byte. Postgres's are read by sqlglot and written anew, expression by
expression, with the kind of each (`pieces`), because the same text means different things: `->>` gives text, LIKE minds
case, NULLs are large, `timestamp - timestamp` is an interval. Whatever has no translation is refused, with its line and
column and what to write instead; nothing is passed on in the hope that it means the same. Where plain SQLite cannot say
it, the translation calls functions of `functions.FUNCTIONS`, and hands them over as data.

Times are UTC. `zone` is the asker's: CURRENT_DATE, date_trunc, EXTRACT and texts without a zone follow it.
What differs from Postgres on purpose: division by zero and text that is no number give NULL instead of an error, texts
are ordered by code point, numeric is floating point, and booleans come out as 1 and 0.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from ...errors import BadQuery
from .detect import is_postgres
from .pointing import pointed, position

if TYPE_CHECKING:
    from .functions import Function

Dialect: TypeAlias = Literal["postgres", "sqlite"]


class Translated(NamedTuple):
    """SQL for SQLite, the dialect it came from, and the functions that its connection needs."""

    sql: str
    dialect: Dialect
    functions: tuple[Function, ...] = ()


def translate(query: str, dialect: Dialect | None, now: datetime, zone: tzinfo = UTC) -> Translated:
    """Return a question for SQLite; `dialect` None tells it by what the question says. `now` has a time zone.

    Raises BadQuery for what is broken, writes, or has no translation.
    """
    if (dialect or ("postgres" if is_postgres(query) else "sqlite")) == "sqlite":
        return Translated(query, "sqlite")
    from .translation import translated  # sqlglot takes a tenth of a second to import

    try:
        sql, functions = translated(query, now, zone)
    except RecursionError:
        raise BadQuery("the query is nested too deeply; ask for less at a time") from None
    return Translated(sql, "postgres", functions)


__all__ = ["Dialect", "Translated", "pointed", "position", "translate"]
