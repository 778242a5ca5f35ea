"""`sidetrace sql "SELECT …"`: read-only SQL over the public views."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from ..errors import QueryTimeout
from ..query.dialect import Dialect
from ..query.sql import ask_sql
from . import options
from .database import reading
from .output import Column, clean, note, show_csv, show_json, show_table, word


@click.command(short_help="Ask in SQL, read-only, over the public views.")
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
    """Answer one SELECT over the views traces, observations, sessions, users and scores."""
    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other")
    with reading(db) as reader, interruptible(seconds):
        answer = ask_sql(reader, query, limit, seconds, dialect=dialect)
    names = [column["name"] for column in answer["columns"]]
    rows = [[_plain(value) for value in row] for row in answer["rows"]]
    if as_json:
        show_json({**answer, "rows": rows})
    elif as_csv:
        show_csv(names, rows)
    else:
        show_table([_column(name, place, rows) for place, name in enumerate(names)], rows)
    if answer["truncated"]:
        more = "--limit N shows more" if len(rows) == limit else "the rest is too large for one answer"
        note(f"only the first {len(rows):,} rows; {more}")


@contextmanager
def interruptible(seconds: float) -> Iterator[None]:
    """Let Ctrl-C end a question, which to the store looks like the end of its time. Raises QueryTimeout for that."""
    pressed = False

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield
    except QueryTimeout:
        if pressed:
            raise KeyboardInterrupt from None
        raise QueryTimeout(
            f"the query ran longer than {seconds:g} s; narrow it, or allow it more with --seconds"
        ) from None
    finally:
        signal.signal(signal.SIGINT, before)


def _column(name: str, place: int, rows: list[list[object]]) -> Column:
    numbers = all(isinstance(row[place], int | float | None) for row in rows)
    return Column(clean(name), lambda row: word(row[place]), right=numbers, folds=not numbers)


def _plain(value: object) -> object:
    """Return bytes as hexadecimal text, as `POST /api/sql` does; anything else as it is."""
    return value.hex() if isinstance(value, bytes) else value
