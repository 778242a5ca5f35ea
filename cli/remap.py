"""`sidetrace remap`: maps all stored spans anew, in the receiver that holds the file, or here when none does."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..config import load
from ..errors import OlderSchema, StoreBusy, StoreError
from ..mapping.mapper import Mapper
from ..query.remapping import Remap, remapping, start_remap
from ..storage.sqlite.store import SqliteStore
from . import options
from .output import number, show, show_json

EVERY = 0.1
"""Seconds between two looks at how far it is."""
PATIENCE = 30.0
_LOOPBACK = build_opener(ProxyHandler({}))


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
    if not path.exists():
        raise StoreError(f"no database at {path}; start `sidetrace serve` first, or name one with --db")
    keys = settings.mapping.extra_keys() if config else _keys_of(path)
    try:
        store = SqliteStore.open(path, Mapper(keys))
    except StoreBusy as busy:
        if not busy.url:
            raise
        if config is not None:
            raise click.UsageError(
                f"the receiver at {busy.url} holds {path} and maps by its own configuration; restart it with --config"
            ) from busy
        done = _elsewhere(busy.url, busy.token)
    else:
        with closing(store):
            start_remap(store)
            done = _watch(lambda: remapping(store))
    if as_json:
        show_json(done)
    else:
        show(f"{number(done['done'])} spans mapped anew")


def _keys_of(path: Path) -> dict[str, list[str]]:
    """Return the keys that the file was mapped by; none for a file of an older schema, which knows of none."""
    try:
        return SqliteStore.mapped_by(path)
    except OlderSchema:
        return {}


def _elsewhere(url: str, token: str) -> Remap:
    """Have the receiver at `url` do it, which knows us as its operator by the token. Raises StoreError."""
    _ask(f"{url}/api/remap", token, b"{}")
    return _watch(lambda: _ask(f"{url}/api/remap", token))


def _ask(url: str, token: str, body: bytes | None = None) -> Remap:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = Request(url, data=body, headers=headers)
    try:
        with _LOOPBACK.open(request, timeout=PATIENCE) as response:
            answer: Remap = orjson.loads(response.read())
    except HTTPError as error:
        with error:
            raise StoreError(f"the receiver at {url} answered {error.code}: {error.read()[:300]!r}") from error
    except (URLError, OSError) as error:
        raise StoreError(f"the receiver at {url} does not answer: {error}") from error
    return answer


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
