"""`sidetrace traces`: the traces, newest first."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from ..query.filters import conditions
from ..query.page import Question
from ..query.traces import list_traces
from . import options
from .database import project_of, reading
from .output import Column, clean, dollars, moment, number, seconds, show_list, word

COLUMNS = (
    Column("trace", lambda trace: clean(trace["id"]), folds=True),
    Column("name", lambda trace: word(trace["name"]), folds=True),
    Column("session", lambda trace: word(trace["sessionId"]), folds=True),
    Column("user", lambda trace: word(trace["userId"]), folds=True),
    Column("errors", lambda trace: number(trace["errorCount"]), right=True),
    Column("latency", lambda trace: seconds(trace["latency"]), right=True),
    Column("tokens", lambda trace: number(trace["totalTokens"]), right=True),
    Column("cost", lambda trace: dollars(trace["totalCost"]), right=True),
    Column("time (UTC)", lambda trace: moment(trace["timestamp"])),
)

SHOWN = frozenset({"core", "metrics"})
"""The groups of fields that the table needs: no inputs and outputs, which are most of the bytes."""


@click.command(short_help="List traces, newest first.")
@options.session
@options.user
@options.since
@options.limit
@options.project
@options.as_json
@options.db
def command(
    session: str | None,
    user: str | None,
    since: datetime | None,
    limit: int,
    project: str | None,
    as_json: bool,
    db: Path | None,
) -> None:
    """List traces, the latest begun first; --since keeps those that began since then."""
    where = conditions("traces", {"sessionId": session, "userId": user, "fromTimestamp": since})
    with reading(db) as reader:
        question = Question(where, limit=limit, project=project_of(reader, project))
        page = list_traces(reader, question) if as_json else list_traces(reader, question, SHOWN)
    show_list(page, COLUMNS, "traces", as_json)
