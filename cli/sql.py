"""`sidetrace sql "SELECT …"`: read-only SQL over the public views."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from ..errors import QueryTimeout
from ..query.sql_pool import SqlPool
from ..query.sql_wire import Question
from . import options
from .database import place
from .output import Column, clean, note, show_csv, show_json, show_table, word

if TYPE_CHECKING:
    from ..query.dialect import Dialect
    from ..query.sql import SqlAnswer


class _Sql(click.Command):
    """A command whose argument may begin as SQL's comments and other commands' options do."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put a space before `-- a comment`, which click then takes for the text it is."""
        return super().parse_args(ctx, [f" {arg}" if _comment(arg) else arg for arg in args])


def _comment(arg: str) -> bool:
    return arg.startswith("--") and (arg[2:3].isspace() or "\n" in arg)


@click.command(cls=_Sql, short_help="Ask in SQL, read-only, over the public views.")
@click.argument("query", metavar="SELECT", callback=options.text)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, with a heading line.")
@click.option(
    "--limit", metavar="N", type=click.IntRange(min=1), default=10_000, show_default=True, help="Rows at most."
)
@click.option(
    "--seconds",
    metavar="S",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Time at most.",
)
@click.option(
    "--dialect",
    type=click.Choice(["postgres", "sqlite"]),
    help="How SELECT is written; told by what it says when left out.",
)
@options.as_json
@options.db
def command(
    query: str, as_csv: bool, limit: int, seconds: float, dialect: Dialect | None, as_json: bool, db: Path | None
) -> None:
    """Answer one SELECT over the views traces, observations, sessions, users, logs and scores."""
    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other")
    answer = _answer(place(db), Question(query, limit, seconds, dialect=dialect))
    names = [column["name"] for column in answer["columns"]]
    rows = answer["rows"]
    if as_json:
        show_json(answer)
    elif as_csv:
        show_csv(names, rows)
    else:
        show_table([_column(name, place, rows) for place, name in enumerate(names)], rows)
    if answer["truncated"]:
        more = "--limit N shows more" if len(rows) == limit else "the rest is too large for one answer"
        note(f"only the first {len(rows):,} rows; {more}")


def _answer(path: Path, question: Question) -> SqlAnswer:
    """Ask as the server does, in a process that can be killed: Ctrl-C ends what SQLite would not interrupt."""
    with closing(SqlPool(path)) as pool:
        try:
            answer: SqlAnswer = orjson.loads(pool.ask(question))
        except QueryTimeout:
            raise QueryTimeout(
                f"the query ran longer than {question.seconds:g} s; narrow it, or allow it more with --seconds"
            ) from None
    return answer


def _column(name: str, place: int, rows: list[list[object]]) -> Column:
    numbers = all(isinstance(row[place], int | float | None) for row in rows)
    return Column(clean(name), lambda row: word(row[place]), right=numbers, folds=not numbers)
