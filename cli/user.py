"""`sidetrace user ID`: one user and their sessions."""

from __future__ import annotations

from pathlib import Path

import click

from ..query.filters import conditions
from ..query.page import Question
from ..query.sessions import list_sessions
from ..query.users import get_user
from . import options, sessions
from .database import project_of, reading
from .output import clean, dollars, moment, number, seconds, show, show_facts, show_json, show_list, word


@click.command(short_help="Show one user and their sessions.")
@click.argument("user_id", metavar="ID", callback=options.text)
@options.limit
@options.project
@options.as_json
@options.db
def command(user_id: str, limit: int, project: str | None, as_json: bool, db: Path | None) -> None:
    """Show the totals of user ID and their sessions, the latest begun first."""
    with reading(db) as reader:
        own = project_of(reader, project)
        user = get_user(reader, user_id, own)
        if as_json:
            show_json(user)
            return
        theirs = list_sessions(reader, Question(conditions("sessions", {"userId": user_id}), limit=limit, project=own))
    show_facts(
        {
            "user": clean(user["id"]),
            "sessions": number(user["countSessions"]),
            "traces": number(user["countTraces"]),
            "observations": f"{number(user['countObservations'])}, {number(user['errorCount'])} with errors",
            "latency": seconds(user["latency"]),
            "tokens": f"{number(user['inputTokens'])} in, {number(user['outputTokens'])} out, "
            f"{number(user['totalTokens'])} in all",
            "cost": dollars(user["totalCost"]) or "unknown",
            "tags": word(user["tags"]) or "none",
            "active (UTC)": f"{moment(user['firstTimestamp'])} to {moment(user['lastTimestamp'])}",
        }
    )
    show("")
    show_list(theirs, sessions.COLUMNS, "sessions", as_json=False)
