"""`sidetrace sessions`: the sessions, newest first."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from ..query.filters import conditions
from ..query.page import Question
from ..query.sessions import list_sessions
from . import options
from .database import project_of, reading
from .output import Column, clean, dollars, moment, number, seconds, show_list, word

COLUMNS = (
    Column("session", lambda session: clean(session["id"]), folds=True),
    Column("users", lambda session: word(session["userIds"]), folds=True),
    Column("traces", lambda session: number(session["countTraces"]), right=True),
    Column("errors", lambda session: number(session["errorCount"]), right=True),
    Column("latency", lambda session: seconds(session["latency"]), right=True),
    Column("tokens", lambda session: number(session["totalTokens"]), right=True),
    Column("cost", lambda session: dollars(session["totalCost"]), right=True),
    Column("begun (UTC)", lambda session: moment(session["firstTimestamp"])),
)


@click.command(short_help="List sessions, newest first.")
@options.user
@options.since
@options.limit
@options.project
@options.as_json
@options.db
def command(
    user: str | None, since: datetime | None, limit: int, project: str | None, as_json: bool, db: Path | None
) -> None:
    """List sessions, the latest begun first; --since keeps those that were active since then."""
    where = (*conditions("sessions", {"userId": user}), *options.active(since))
    with reading(db) as reader:
        page = list_sessions(reader, Question(where, limit=limit, project=project_of(reader, project)))
    show_list(page, COLUMNS, "sessions", as_json)
