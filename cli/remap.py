"""`sidetrace remap`: maps all stored spans anew, in the receiver that holds the file, or here when none does."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..config import load
from ..query.remapping import Remap, remapping, start_remap
from . import options
from .holder import Holder, writing
from .output import number, show, show_json

EVERY = 0.1
"""Seconds between two looks at how far it is."""


@click.command(short_help="Map all stored spans anew, after a change of the mapping.")
@click.option(
    "--config", metavar="F", type=click.Path(path_type=Path), help="The configuration whose `mapping:` to use."
)
@options.as_json
@options.db
def command(config: Path | None, as_json: bool, db: Path | None) -> None:
    """Rebuild traces, sessions and users from the stored spans, by the mapping of today.

    A receiver that runs on the file does it between its commits, by its own configuration, and keeps receiving;
    otherwise it is done here, by --config, or else by the `mapping:` of the receiver that wrote the file last.
    """
    settings = load(config, {"storage.path": None if db is None else str(db)})
    path = settings.storage.path
    with writing(path, settings.mapping.extra_keys() if config else None) as held:
        if isinstance(held, Holder):
            if config is not None:
                raise click.UsageError(
                    f"the receiver at {held.url} holds {path} and maps by its own configuration;"
                    " restart it with --config"
                )
            done = _elsewhere(held)
        else:
            start_remap(held)
            done = _watch(partial(remapping, held))
    if as_json:
        show_json(done)
    else:
        show(f"{number(done['done'])} spans mapped anew")


def _elsewhere(holder: Holder) -> Remap:
    """Have the receiver do it. Raises StoreError."""
    holder.ask("POST", "/api/remap", {})
    return _watch(lambda: cast(Remap, holder.ask("GET", "/api/remap")))


def _watch(look: Callable[[], Remap]) -> Remap:
    """Draw a progress bar on standard error until the remap is over; return its end."""
    columns = TextColumn("mapping anew"), BarColumn(), MofNCompleteColumn(), TextColumn("spans"), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("remap", total=None)
        while True:
            state = look()
            bar.update(task, completed=state["done"], total=state["total"])
            if not state["running"]:
                return state
            time.sleep(EVERY)
