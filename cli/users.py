"""`sidetrace users`: the users, the last active first."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from ..query.page import Question
from ..query.users import list_users
from . import options
from .database import project_of, reading
from .output import Column, clean, dollars, moment, number, seconds, show_list

COLUMNS = (
    Column("user", lambda user: clean(user["id"]), folds=True),
    Column("sessions", lambda user: number(user["countSessions"]), right=True),
    Column("traces", lambda user: number(user["countTraces"]), right=True),
    Column("errors", lambda user: number(user["errorCount"]), right=True),
    Column("latency", lambda user: seconds(user["latency"]), right=True),
    Column("tokens", lambda user: number(user["totalTokens"]), right=True),
    Column("cost", lambda user: dollars(user["totalCost"]), right=True),
    Column("last (UTC)", lambda user: moment(user["lastTimestamp"])),
)


@click.command(short_help="List users, the last active first.")
@options.since
@options.limit
@options.project
@options.as_json
@options.db
def command(since: datetime | None, limit: int, project: str | None, as_json: bool, db: Path | None) -> None:
    """List users, the last active first; --since keeps those that were active since then."""
    with reading(db) as reader:
        page = list_users(reader, Question(options.active(since), limit=limit, project=project_of(reader, project)))
    show_list(page, COLUMNS, "users", as_json)
