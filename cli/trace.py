"""`sidetrace trace ID`: the tree of one trace, or its conversation."""

from __future__ import annotations

from pathlib import Path

import click

from ..query.conversation import trace_messages
from ..query.traces import get_trace
from ..query.tree import trace_tree
from . import options
from .database import project_of, reading
from .output import note, show_json, show_tree, titled
from .transcript import show_conversation


@click.command(short_help="Show the tree of one trace.")
@click.argument("trace_id", metavar="ID", callback=options.text)
@click.option("--messages", is_flag=True, help="Show what was said to models and by them, instead of the tree.")
@options.project
@options.as_json
@options.db
def command(trace_id: str, messages: bool, project: str | None, as_json: bool, db: Path | None) -> None:
    """Show the observations of trace ID, by start; with --json all their fields, inputs and outputs too.

    With --messages, show the messages of its generations in one form, whatever sent them.
    """
    with reading(db) as reader:
        own = project_of(reader, project)
        if messages:
            said = trace_messages(reader, trace_id, own)
        elif as_json:
            show_json(get_trace(reader, trace_id, own))
            return
        else:
            tree = trace_tree(reader, trace_id, own)
            show_tree(titled(f"Trace: {tree['name']}", tree), tree["children"])
            return
    if as_json:
        show_json(said)
    elif said:
        show_conversation(said)
    else:
        note("no generations")
