"""`sidetrace session ID`: the tree of one session."""

from __future__ import annotations

from pathlib import Path

import click

from ..query.tree import session_tree
from . import options
from .database import project_of, reading
from .output import show_json, show_tree, titled


@click.command(short_help="Show the tree of one session.")
@click.argument("session_id", metavar="ID", callback=options.text)
@options.project
@options.as_json
@options.db
def command(session_id: str, project: str | None, as_json: bool, db: Path | None) -> None:
    """Show the traces of session ID and the observations inside each, by start.

    The time of the session is the sum of its traces' latencies; the cost of a line is that of its whole branch.
    """
    with reading(db) as reader:
        tree = session_tree(reader, session_id, project_of(reader, project))
    if as_json:
        show_json(tree)
    else:
        show_tree(titled(f"Session: {tree['id']}", tree), tree["traces"])
