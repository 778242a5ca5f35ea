"""`sidetrace saved`: the questions that were saved by name."""

from __future__ import annotations

from pathlib import Path

import click

from ..query.saved import list_saved
from . import options
from .database import place, project_of, reading
from .output import Column, clean, moment, note, show_json, show_table

COLUMNS = (
    Column("name", lambda one: clean(one["name"]), folds=True),
    Column("question", lambda one: clean(one["query"]), folds=True),
    Column("saved (UTC)", lambda one: moment(one["savedAt"])),
)


@click.command(short_help="List the saved questions, or delete one.")
@click.option("--delete", metavar="NAME", callback=options.text, help="Delete the question of this name.")
@options.project
@options.as_json
@options.db
def command(delete: str | None, project: str | None, as_json: bool, db: Path | None) -> None:
    """List the questions that were saved by `sidetrace find TEXT --save NAME`, by name.

    `sidetrace find --saved NAME` asks one anew. With --delete, lists what is left.
    """
    with reading(db) as reader:
        project = project_of(reader, project)
    if delete is not None:
        from .saving import delete as forget  # brings the writer

        forget(place(db), project, delete)
    with reading(db) as reader:
        saved = list_saved(reader, project)
    if as_json:
        show_json(saved)
    elif saved["data"]:
        show_table(COLUMNS, saved["data"])
    else:
        note("no saved questions")
