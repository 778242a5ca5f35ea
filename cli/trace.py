"""`sidetrace trace ID`: the tree of one trace."""

from __future__ import annotations

from pathlib import Path

import click

from ..query.traces import get_trace
from ..query.tree import trace_tree
from . import options
from .database import reading
from .output import show_json, show_tree, titled


@click.command(short_help="Show the tree of one trace.")
@click.argument("trace_id", metavar="ID", callback=options.text)
@options.as_json
@options.db
def command(trace_id: str, as_json: bool, db: Path | None) -> None:
    """Show the observations of trace ID, by start; with --json all their fields, inputs and outputs too."""
    with reading(db) as reader:
        if as_json:
            show_json(get_trace(reader, trace_id))
            return
        tree = trace_tree(reader, trace_id)
    show_tree(titled(f"Trace: {tree['name']}", tree), tree["children"])
